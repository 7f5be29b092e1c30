"""What rooms share when the lines of a file are checked and merged set-wise.

The lines stand in the temporary tables that `open_staging()` makes on a connection. A room
that takes rows from files reads `staged`, writes what it can't take to `refused`, keeps what it
read in a table of its own, and merges from there: no line passes through Python.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """The columns that a kind of file may have, by name; those not kept are read past."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    not_kept: tuple[str, ...] = ()

    def places(self, header: Sequence[str]) -> dict[str, int | None]:
        """Say where each kept column stands in a line, counted from 1; None where the file has none."""
        names = list(header)
        return {name: names.index(name) + 1 if name in names else None for name in (*self.required, *self.optional)}


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """How the staged lines are to be read: the width of a line, where each column stands, for whom."""

    import_id: UUID
    width: int
    places: Mapping[str, int | None]
    officer: str
    organization: str
    reach: Sequence[str]
    """LIKE patterns of the organisations that rows may be brought for."""


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the sound lines of a block; `same` stood in the books already."""

    new: int
    same: int
