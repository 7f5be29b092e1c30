"""The nouns of entering: how a number came to be asked."""

from enum import StrEnum
from uuid import UUID

import msgspec


class EnteredBy(StrEnum):
    """How a number came to be asked."""

    TYPED = "typed"
    """By hand; a reading beside it showed no number surely."""
    READ = "read"
    BOTH = "both"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A number's way into a question that rests on a reading; without a reading there is none."""

    entered_by: EnteredBy
    reading_id: UUID
    read_number: str | None = None
    """The number as read, where it was read surely and isn't the one that was typed."""
