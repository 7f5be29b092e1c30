"""What an auditor sees of used numbers: when and where they were used, not which they were."""

from typing import TypeVar
from uuid import UUID

import msgspec

from birthreg.blacklist.notice_models import PastUse
from birthreg.blacklist.proposal_models import UsedNumber
from birthreg.kernel.masking import mask_number
from birthreg.kernel.paging import Page, decode_cursor, decode_place

_FARTHEST = 10**12
_NOBODY = UUID(int=0)
UseT = TypeVar("UseT", PastUse, UsedNumber)


class Place(msgspec.Struct, frozen=True):
    """Where a page of used numbers begins: after a number, or, where numbers are hidden, after so many of them."""

    after: str = ""
    skipped: int = 0


def read_place(cursor: str | None, *, in_clear: bool) -> Place:
    """Read a cursor back.

    Raises:
        FieldsWrong: it isn't one of ours.
    """
    if in_clear:
        return Place(after=decode_cursor(cursor) or "")
    skipped, _ = decode_place(cursor) or (0, _NOBODY)
    return Place(skipped=min(skipped, _FARTHEST))


def cut_page(found: list[UseT], *, place: Place, limit: int, in_clear: bool) -> Page[UseT]:
    """Make a page of used numbers; unless `in_clear` neither it nor its cursor tells which they are."""

    def cursor_of(use: UseT) -> object:
        return use.certificate_number if in_clear else f"{place.skipped + limit}:{_NOBODY}"

    page = Page.cut(found, limit=limit, cursor_of=cursor_of)
    return page if in_clear else Page([_hide(use) for use in page.items], page.next_cursor)


def _hide(use: UseT) -> UseT:
    hidden = mask_number(use.certificate_number)
    return msgspec.structs.replace(use, certificate_number=hidden, registration_reference=None)
