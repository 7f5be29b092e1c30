"""Lists come in pages with an opaque cursor that stays right while rows are added."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import date
from typing import Annotated, Generic, TypeVar
from uuid import UUID

import msgspec
from litestar.params import QueryParameter

from birthreg.kernel.errors import field_error

ItemT = TypeVar("ItemT")

Limit = Annotated[int, QueryParameter(ge=1, le=500, description="每页条数 · items per page")]
Cursor = Annotated[
    str | None, QueryParameter(max_length=200, description="上一页的 next_cursor · next_cursor of the page before")
]


class Page(msgspec.Struct, Generic[ItemT], frozen=True):
    """One page; `next_cursor` is None on the last."""

    items: list[ItemT]
    next_cursor: str | None

    @classmethod
    def cut(cls, found: list[ItemT], *, limit: int, cursor_of: Callable[[ItemT], object]) -> "Page[ItemT]":
        """Make a page of `limit` items from a list that was asked for one more."""
        if len(found) <= limit:
            return cls(found, None)
        return cls(found[:limit], encode_cursor(cursor_of(found[limit - 1])))


def encode_cursor(value: object) -> str:
    """Make a place in a list opaque."""
    return urlsafe_b64encode(str(value).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> str | None:
    """Read a cursor back.

    Raises:
        FieldsWrong: it isn't one of ours.
    """
    if cursor is None:
        return None
    try:
        return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError as error:
        raise _not_ours() from error


def decode_id_cursor(cursor: str | None) -> UUID | None:
    """Read a cursor that holds an identifier.

    Raises:
        FieldsWrong: it isn't one of ours.
    """
    place = decode_cursor(cursor)
    try:
        return None if place is None else UUID(place)
    except ValueError as error:
        raise _not_ours() from error


def decode_number_cursor(cursor: str | None) -> int | None:
    """Read a cursor that holds a number.

    Raises:
        FieldsWrong: it isn't one of ours.
    """
    place = decode_cursor(cursor)
    try:
        number = None if place is None else int(place)
    except ValueError as error:
        raise _not_ours() from error
    if number is not None and not 0 <= number < 2**63:
        raise _not_ours()
    return number


def decode_day_cursor(cursor: str | None) -> tuple[date, str] | None:
    """Read a cursor that holds a day and what was shown last of it.

    Raises:
        FieldsWrong: it isn't one of ours.
    """
    place = decode_cursor(cursor)
    if place is None:
        return None
    day, _, last = place.partition(" ")
    try:
        return date.fromisoformat(day), last.encode("ascii").decode()
    except ValueError as error:
        raise _not_ours() from error


def decode_place(cursor: str | None) -> tuple[int, UUID] | None:
    """Read a cursor that holds a number and an identifier.

    Raises:
        FieldsWrong: it isn't one of ours.
    """
    place = decode_cursor(cursor)
    if place is None:
        return None
    number, _, identifier = place.partition(":")
    try:
        found = int(number), UUID(identifier)
    except ValueError as error:
        raise _not_ours() from error
    if not 0 <= found[0] < 2**63:
        raise _not_ours()
    return found


def _not_ours() -> Exception:
    return field_error(
        field="cursor",
        code="cursor_invalid",
        zh="游标无效,请使用上一页返回的 next_cursor。",
        en="Not a cursor; use the next_cursor of the page before.",
    )
