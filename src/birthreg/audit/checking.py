"""Walking the chain: every link, every signature, every entry against its leaf, in constant memory."""

from collections.abc import Callable, Sequence

import asyncpg

from birthreg.audit import rules, store
from birthreg.audit.models import (
    Break,
    Extent,
    Fault,
    PublishedHead,
    Purge,
    Report,
    Seal,
    Trail,
    WholeSeal,
)
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.keys import list_public_keys
from birthreg.kernel.public_keys import PublicKeys

_STRETCH = 50_000
"""Entries checked in one transaction."""

_NAMED = 100
"""How many broken places are named; the others are counted."""

Progress = Callable[[int, int], None]
"""Told how many entries of how many are checked."""


class _Walk:
    """What a walk has found up to here."""

    def __init__(self, keys: PublicKeys, purges: Sequence[Purge], extent: Extent) -> None:
        self.keys = keys
        self.purges = rules.valid_purges(purges, keys)
        self.extent = extent
        self.breaks: list[Break] = []
        self.broken = self.purged = self.checked = 0
        self.last: Seal | None = None

    def note(self, breaks: Sequence[Break]) -> None:
        self.broken += len(breaks)
        self.breaks += breaks[: _NAMED - len(self.breaks)]


async def check_chain(
    database: Database,
    *,
    trusted: PublicKeys | None = None,
    published: PublishedHead | None = None,
    progress: Progress = lambda _done, _all: None,
) -> Report:
    """Walk the chain from its first seal and report every place where it does not hold.

    `trusted` are the only keys believed; without them those in the database are, which
    whoever can write there could have added to. `published` is a head that was given outside.
    """
    async with database.transaction() as tx:
        keys = trusted if trusted is not None else await list_public_keys(tx)
        walk = _Walk(keys, await store.list_purges(tx), await store.measure_chain(tx))
    while await _check_stretch(database, walk):
        progress(walk.checked, max(walk.extent.entries, walk.checked))
    async with database.transaction() as tx:
        if published is not None:
            await _check_published(tx, walk, published)
        unsealed = await store.count_unsealed(tx, first=walk.last.next_transaction if walk.last else 0)
    return Report(
        extent=walk.extent,
        purged=walk.purged,
        unsealed=unsealed,
        broken=walk.broken,
        breaks=tuple(walk.breaks),
        head=walk.last,
    )


async def _check_published(tx: Transaction, walk: _Walk, published: PublishedHead) -> None:
    seal = await store.find_seal(tx, number=published.number)
    if not rules.is_published_head(published, seal, walk.keys):
        walk.note([Break(fault=Fault.PUBLISHED_HEAD_DIFFERS, seal=published.number)])


async def _check_stretch(database: Database, walk: _Walk) -> bool:
    """Check the next stretch in a transaction of its own; a walk of hours may hold nothing back."""
    async with database.transaction() as tx:
        after = walk.last.number if walk.last else 0
        seals = rules.of_one_form(await store.list_whole_seals(tx, after=after, entries=_STRETCH))
        if not seals:
            return False
        first = walk.last.next_transaction if walk.last else 0
        breaks = []
        for seal in seals:
            breaks += rules.check_seal(seal, previous=walk.last, keys=walk.keys)
            walk.last = seal
            walk.checked += seal.entries
        breaks += await _check_entries(tx, walk, seals=seals, first=first)
    walk.note(sorted(breaks, key=lambda found: found.seal))
    return True


async def _check_entries(tx: Transaction, walk: _Walk, *, seals: Sequence[WholeSeal], first: int) -> list[Break]:
    breaks = []
    for trail, leaves in rules.list_leaves(seals).items():
        stream = store.stream_entries(
            tx, trail=trail, form=seals[0].form, first=first, next_=seals[-1].next_transaction
        )
        async for rows in stream:
            breaks += _compare(rows, leaves, trail=trail, seals=seals)
        breaks += await _explain_missing(tx, walk, trail=trail, missing=leaves)
    return breaks


def _compare(
    rows: Sequence[asyncpg.Record], leaves: dict[bytes, rules.Leaf], *, trail: Trail, seals: Sequence[WholeSeal]
) -> list[Break]:
    """Take the leaf of every entry that is there, and name those that have none or another."""
    breaks = []
    for identifier, transaction, content in rows:
        digest, number = leaves.pop(identifier.bytes, (None, None))
        if digest is not None and digest == rules.digest_entry(content):
            continue
        if number is None:
            number = rules.seal_at(transaction, seals)
        if number is not None:
            fault = Fault.ENTRY_CHANGED if digest else Fault.ENTRY_INSERTED
            breaks.append(rules.broken_entry(fault, seal=number, trail=trail, identifier=identifier.bytes))
    return breaks


async def _explain_missing(
    tx: Transaction, walk: _Walk, *, trail: Trail, missing: dict[bytes, rules.Leaf]
) -> list[Break]:
    """Tell entries that retention removed from those that were removed, or moved to another transaction."""
    gone = [identifier for identifier in missing if not rules.was_purged(identifier, trail, walk.purges)]
    walk.purged += len(missing) - len(gone)
    present = await store.list_present(tx, trail=trail, identifiers=gone)
    return [
        rules.broken_entry(
            Fault.ENTRY_CHANGED if identifier in present else Fault.ENTRY_REMOVED,
            seal=missing[identifier][1],
            trail=trail,
            identifier=identifier,
        )
        for identifier in gone
    ]
