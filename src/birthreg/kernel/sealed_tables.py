"""What a room says of a table that holds sealed columns, so that its keys can be changed behind its back."""

from collections.abc import Callable

import msgspec


def as_it_is(value: str) -> str:
    """Leave a value as it is."""
    return value


class SealedColumn(msgspec.Struct, frozen=True):
    """A `bytea` column of what `Vault.seal` returned; null where there is nothing to seal."""

    name: str
    bound_to: str


class BlindColumn(msgspec.Struct, frozen=True):
    """A `bytea` column of what `Vault.blind` returned for the value in a sealed column of the same row."""

    name: str
    source: str
    """The sealed column's name."""
    bound_to: str
    normal: Callable[[str], str] = as_it_is
    """Brings an opened value to the form that is searched, as the room does before it blinds."""


class SealedTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table with sealed columns; the service may SELECT it, and UPDATE these columns.

    `key` is its primary key, one column of any type that has an order. `sealed` and `blind` are rewritten by the
    worker when the key changes; the values they stand for stay what they are.
    """

    name: str
    key: str = "id"
    sealed: tuple[SealedColumn, ...]
    blind: tuple[BlindColumn, ...] = ()
