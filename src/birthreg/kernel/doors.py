"""What a door says of itself: the types it takes, how much, and where in a request something is."""

from collections.abc import Callable, Iterator
from typing import Any

from litestar import Request
from litestar.datastructures import State
from litestar.enums import RequestEncodingType
from litestar.params import BodyKwarg

from birthreg.kernel.errors import FieldError, TooLarge
from birthreg.kernel.language import Text

_MIB = 1024 * 1024
TOO_LARGE = "too_large"
"""Under this a door keeps its own refusal of too large a body, as `opt` of its handler."""
_NUL = "\x00"

_SPLIT_FILE = Text(
    "请拆分为较小的文件,分别提交;照片请降低分辨率。",
    "Split the file and send the parts one by one; take a photo with a lower resolution.",
)
_SPLIT_LIST = Text("请减少每次提交的条数,分批提交。", "Send fewer items at a time.")
_HAS_NUL = Text(
    "含有无法保存的字符(NUL,U+0000),请删除。", "Holds a character that can't be kept (NUL, U+0000); remove it."
)


class DoorRequest(Request[Any, Any, State]):
    """A request that remembers what was sent as JSON, so that an error can name a place in it."""

    async def json(self) -> Any:
        """Return the body's content."""
        sent = await super().json()
        self.scope["state"]["sent"] = sent
        return sent


def kinds_of(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Return the types of a door's parameters, by the names that are sent; `data` is the body."""
    parameters = request.route_handler.parsed_fn_signature.parameters.items()
    return {getattr(field.kwarg_definition, "name", None) or name: field.annotation for name, field in parameters}


def too_large(request: Request[Any, Any, Any]) -> TooLarge:
    """Return the refusal of a body that is over the door's limit, with what helps there."""
    own: Callable[[], TooLarge] | None = request.route_handler.opt.get(TOO_LARGE)
    if own is not None:
        return own()
    limit = request.route_handler.resolve_request_max_body_size() or 0
    body = request.route_handler.parsed_fn_signature.parameters.get("data")
    kind = body.kwarg_definition if body else None
    remedy = None
    if isinstance(kind, BodyKwarg) and kind.media_type == RequestEncodingType.MULTI_PART:
        remedy = _SPLIT_FILE
    elif limit > _MIB:
        remedy = _SPLIT_LIST
    return TooLarge(limit=f"{limit // _MIB} MiB", remedy=remedy)


def unstorable_in(request: Request[Any, Any, Any]) -> tuple[FieldError, ...]:
    """Name the texts of a request that hold a character which the database can't keep, as far as they are known."""
    places = [name for name, value in request.query_params.multi_items() if _NUL in value]
    places += [name for name, value in request.path_params.items() if _NUL in str(value)]
    places += _places_of_nul(request.scope.get("state", {}).get("sent"), "")
    return tuple(FieldError(field=place, code="text_unstorable", message=_HAS_NUL) for place in places[:100])


def _places_of_nul(sent: Any, place: str) -> Iterator[str]:
    if isinstance(sent, str) and _NUL in sent:
        yield place or "body"
    elif isinstance(sent, dict):
        for name, value in sent.items():
            yield from _places_of_nul(value, f"{place}.{name}" if place else name)
    elif isinstance(sent, list):
        for number, value in enumerate(sent):
            yield from _places_of_nul(value, f"{place}[{number}]")
