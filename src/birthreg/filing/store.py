"""Named queries of filing; touched by this room alone."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from birthreg.access.models import Scope
from birthreg.filing.models import (
    Envelope,
    FilingStatus,
    KeptAnswer,
    Message,
    NewFiling,
    Outcome,
    Owed,
    Received,
    ReceivedSequence,
    Rejected,
    Subordinate,
    Taken,
)
from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries

_SQL = load_queries("filing")


async def insert_filing(tx: Transaction, filing: NewFiling, *, id: UUID, due_at: datetime) -> Owed:  # noqa: A002
    """Let a filing wait as the next of its registration."""
    owed = await tx.one(_SQL["owe_filing"], Owed, id=id, due_at=due_at, **msgspec.structs.asdict(filing))
    assert owed is not None  # noqa: S101 - the statement inserts one row or raises
    return owed


async def list_filings_of(tx: Transaction, *, registration: UUID) -> list[FilingStatus]:
    """Return the filings of one registration, in their order."""
    return await tx.all(_SQL["list_filings_of"], FilingStatus, registration_id=registration)


async def find_subordinates(tx: Transaction, *, key_ids: Sequence[str]) -> list[Subordinate]:
    """Return the known instances of the level below that sign with these keys."""
    return await tx.all(_SQL["find_subordinates"], Subordinate, key_ids=list(set(key_ids)))


async def advance_sequence(tx: Transaction, message: Message, *, subordinate: str) -> bool:
    """Say whether it is a filing's turn, and hold its registration until the transaction ends."""
    advanced = await tx.one(
        _SQL["advance_sequence"],
        ReceivedSequence,
        registration_id=message.registration_id,
        subordinate=subordinate,
        sequence=message.sequence,
    )
    return advanced is not None


async def find_sequence(tx: Transaction, *, registration: UUID, subordinate: str) -> int:
    """Return how many filings of a registration were received from a subordinate."""
    found = await tx.one(_SQL["find_sequence"], ReceivedSequence, registration_id=registration, subordinate=subordinate)
    return found.received if found else 0


async def keep_received(tx: Transaction, envelope: Envelope, *, taken: Taken) -> None:
    """Keep a filing from below as it was signed, with the answer."""
    rejected = taken if isinstance(taken, Rejected) else None
    await tx.execute(
        _SQL["keep_received"],
        **msgspec.structs.asdict(envelope.message),
        subordinate=envelope.subordinate,
        jws=envelope.jws,
        outcome=Outcome.REJECTED if rejected else Outcome.ACCEPTED,
        code=rejected.code if rejected else None,
        holder=rejected.holder if rejected else None,
        holder_registration=rejected.holder_registration if rejected else None,
    )


async def find_kept_answer(tx: Transaction, *, filing: UUID) -> KeptAnswer | None:
    """Return what a filing said that was received before, and what was answered."""
    return await tx.one(_SQL["find_kept_answer"], KeptAnswer, id=filing)


async def list_received(
    tx: Transaction, *, scope: Scope, rejected_alone: bool, before: UUID, limit: int
) -> list[Received]:
    """Return filings from below inside the scope, newest first."""
    query = _SQL["list_rejected_received" if rejected_alone else "list_received"]
    return await tx.all(query, Received, scope=scope.patterns, before=before, limit=limit)
