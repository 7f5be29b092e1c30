"""The trail's queries."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from birthreg.audit import rules
from birthreg.audit.models import (
    Claim,
    Cut,
    Entry,
    Extent,
    Horizon,
    Leaves,
    Present,
    Purge,
    Seal,
    Trail,
    Unsealed,
    WholeSeal,
)
from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries

_queries = load_queries("audit")

_AHEAD = 5_000
"""Rows that a stream holds at once."""


async def insert_entry(tx: Transaction, **columns: object) -> None:
    """Append one act."""
    await tx.write(_queries["insert_entry"], **columns)


async def list_entries(tx: Transaction, **filters: object) -> list[Entry]:
    """Return a page of the trail, newest first."""
    return await tx.all(_queries["list_entries"], Entry, **filters)


async def list_seals(tx: Transaction, *, before: int | None, limit: int) -> list[Seal]:
    """Return a page of seals, newest first."""
    return await tx.all(_queries["list_seals"], Seal, before=before, limit=limit)


async def is_only_sealer(tx: Transaction) -> bool:
    """Tell whether this transaction, and no other, may seal until it ends."""
    claim = await tx.one(_queries["claim_sealing"], Claim)
    return claim is not None and claim.claimed


async def find_seal(tx: Transaction, *, number: int) -> Seal | None:
    """Return one seal."""
    return await tx.one(_queries["find_seal"], Seal, number=number)


async def find_horizon(tx: Transaction) -> int:
    """Return the transaction number before which nothing can appear any more."""
    horizon = await tx.one(_queries["find_horizon"], Horizon)
    return 0 if horizon is None else horizon.transaction


async def find_cut(tx: Transaction, *, first: int, horizon: int, limit: int) -> int | None:
    """Return where the next seal ends, or None when there is nothing to seal."""
    cut = await tx.one(_queries["find_cut"], Cut, first=first, horizon=horizon, limit=limit)
    return None if cut is None else cut.next


async def gather_leaves(tx: Transaction, *, trail: Trail, first: int, next_: int) -> bytes:
    """Return the leaves of a table's entries in a range of transactions."""
    found = await tx.one(_queries["gather_leaves"], Leaves, trail=trail.value, first=first, next=next_)
    return b"" if found is None else found.leaves


async def stream_entries(
    tx: Transaction, *, trail: Trail, form: int, first: int, next_: int
) -> AsyncIterator[list[asyncpg.Record]]:
    """Yield every entry of a table in a range of transactions, some thousands at once.

    They are rows of `Content` for a seal of the first form and of `Digest` for the second: rows, not
    structs, since there are millions.
    """
    query = _queries["stream_digests" if form == rules.FORM else "stream_contents"]
    bound: dict[str, Any] = {"trail": trail.value, "first": first, "next": next_}
    cursor = await tx.connection.cursor(query.text, *(bound[name] for name in query.parameters))
    while rows := await cursor.fetch(_AHEAD):
        yield rows


async def insert_seal(tx: Transaction, seal: WholeSeal) -> None:
    """Append a seal."""
    await tx.execute(_queries["insert_seal"], **msgspec.structs.asdict(seal))


async def list_whole_seals(tx: Transaction, *, after: int, entries: int) -> list[WholeSeal]:
    """Return the next seals of the chain, as many as hold about so many entries, one at least."""
    return await tx.all(_queries["list_whole_seals"], WholeSeal, after=after, entries=entries)


async def measure_chain(tx: Transaction) -> Extent:
    """Return how long the chain is."""
    return await tx.one(_queries["measure_chain"], Extent) or Extent(seals=0, entries=0)


async def count_unsealed(tx: Transaction, *, first: int) -> int:
    """Return how many entries are newer than the chain."""
    found = await tx.one(_queries["count_unsealed"], Unsealed, first=first)
    return 0 if found is None else found.entries


async def list_present(tx: Transaction, *, trail: Trail, identifiers: Sequence[bytes]) -> set[bytes]:
    """Return which of these entries stand in a table, in whatever transaction."""
    if not identifiers:
        return set()
    ids = [UUID(bytes=identifier) for identifier in identifiers]
    found = await tx.all(_queries["list_present"], Present, trail=trail.value, ids=ids)
    return {row.id.bytes for row in found}


async def list_purges(tx: Transaction) -> list[Purge]:
    """Return every certificate of retention."""
    return await tx.all(_queries["list_purges"], Purge)


async def insert_purge(tx: Transaction, purge: Purge) -> None:
    """Keep a certificate of retention."""
    await tx.execute(_queries["insert_purge"], **msgspec.structs.asdict(purge))
