"""The trail's nouns."""

from datetime import datetime
from enum import IntEnum
from uuid import UUID

import msgspec


class Operation(IntEnum):
    """The kind of an act, as logs of police applications number it."""

    SIGN_IN = 0
    QUERY = 1
    ADD = 2
    CHANGE = 3
    DELETE = 4


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One act on the trail, whether it was written there itself or is a look-up's own record."""

    id: UUID
    trail: str
    """The table that holds it: `audit_entries` or `lookups`."""
    recorded_at: datetime
    officer: str
    organization: str
    terminal: str
    operation: Operation
    act: str
    succeeded: bool
    error_code: str | None
    condition: str | None
    count: int
    object: str
    key: str | None
    transaction_number: int


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """One link of the chain, over the entries of transactions [`first_transaction`, `next_transaction`)."""

    number: int
    sealed_at: datetime
    first_transaction: int
    next_transaction: int
    entries: int
    lookups: int
    """How many of the entries, the last ones of the tree, are look-ups."""
    leaves: bytes
    """Per entry, 16 bytes of identifier and 32 bytes of digest, in the order of the tree."""
    root: bytes
    previous: bytes
    head: bytes
    key_id: str
    signature: bytes
