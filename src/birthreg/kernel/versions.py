"""What changes has a version, told as `ETag`; who changes it may say with `If-Match` which one they saw."""

import re
from typing import Annotated

from litestar.params import HeaderParameter

from birthreg.kernel.errors import field_error

IfMatch = Annotated[
    str | None,
    HeaderParameter(
        name="If-Match",
        description="读取时得到的 ETag;已变化时答复 412 · the ETag that was read; 412 when it has changed since",
    ),
]

_ETAG = re.compile(r'"(\d{1,9})"')


def etag_of(version: int) -> str:
    """Return the tag of a version."""
    return f'"{version}"'


def version_in(tag: str | None) -> int | None:
    """Return the version that a caller saw; None when they don't say, or take any.

    Raises:
        FieldsWrong: it is no tag of ours.
    """
    if tag is None or tag.strip() == "*":
        return None
    found = _ETAG.fullmatch(tag.strip())
    if found is None:
        raise field_error(
            field="If-Match",
            code="etag_invalid",
            zh="不是有效的 ETag,请使用读取时返回的值。",
            en="Not an ETag; use the one that came with what was read.",
        )
    return int(found.group(1))
