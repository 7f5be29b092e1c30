"""Named queries of filing; touched by this room alone."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from birthreg.access.models import Scope
from birthreg.filing.delivery_models import (
    Answer,
    Due,
    EndedKey,
    Envelope,
    FoundOutbox,
    KeptAnswer,
    Outcome,
    Received,
    ReceivedSequence,
    Retry,
    Settled,
    Subordinate,
    Warned,
)
from birthreg.filing.models import DayRow, FilingStatus, Lag, Message, NewFiling, Owed, Rejected, Status, Taken
from birthreg.kernel.database import Transaction
from birthreg.kernel.identifiers import first_id_at
from birthreg.kernel.sql import load_queries

_SQL = load_queries("filing")
_CLOCKS_DIFFER = timedelta(days=1)


async def insert_filing(tx: Transaction, filing: NewFiling, *, id: UUID, due_at: datetime) -> Owed:  # noqa: A002
    """Let a filing wait as the next of its registration."""
    facts = msgspec.structs.asdict(filing)
    owed = await tx.one(_SQL["owe_filing"], Owed, id=id, due_at=due_at, filing_kind=facts.pop("kind"), **facts)
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


async def claim_due(tx: Transaction, *, lease_until: datetime, limit: int) -> list[Due]:
    """Lease the filings whose turn it is; none while the level above is given a pause."""
    return await tx.all(_SQL["claim_due"], Due, lease_until=lease_until, limit=limit)


async def settle_filings(tx: Transaction, *, answers: Sequence[Answer]) -> list[Settled]:
    """Take filings with a final answer out of the outbox; one that another worker settled is passed over."""
    return await tx.all(
        _SQL["settle_filings"],
        Settled,
        ids=[answer.id for answer in answers],
        outcomes=[answer.outcome for answer in answers],
        codes=[answer.code for answer in answers],
        holders=[answer.holder for answer in answers],
    )


async def put_off(tx: Transaction, *, retries: Sequence[Retry]) -> None:
    """Let filings be tried again, each at its time."""
    await tx.execute(
        _SQL["put_off"],
        ids=[retry.id for retry in retries],
        next_attempts=[retry.next_attempt_at for retry in retries],
        codes=[retry.code for retry in retries],
        refusals=[retry.refusals for retry in retries],
        alone=[retry.alone for retry in retries],
        set_aside=[retry.set_aside for retry in retries],
    )


async def note_reached(tx: Transaction) -> None:
    """Say that the level above answers."""
    await tx.execute(_SQL["note_reached"])


async def note_failure(tx: Transaction, *, failure: str, paused_until: datetime) -> None:
    """Say that the level above doesn't answer as it should, and send nothing until a moment."""
    await tx.execute(_SQL["note_failure"], failure=failure, paused_until=paused_until)


async def warn_of_waiting(tx: Transaction, *, due_before: datetime, limit: int) -> list[Warned]:
    """Mark the filings that are due soon and weren't warned of, and return them, oldest first."""
    return await tx.all(_SQL["warn_of_waiting"], Warned, due_before=due_before, limit=limit)


async def read_lag(tx: Transaction) -> Lag:
    """Return how it stands with the level above."""
    lag = await tx.one(_SQL["read_lag"], Lag)
    assert lag is not None  # noqa: S101 - its row is made by the migration
    return lag


async def read_board(
    tx: Transaction,
    *,
    scope: Scope,
    within: str,
    since: datetime,
    until: datetime,
    timezone: str,
    after: tuple[date, str],
    limit: int,
) -> list[DayRow]:
    """Return how organisations filed what they owed between two moments, by day and organisation, newest day first.

    Identifiers are made when something is owed, so they bound which months are read.
    """
    return await tx.all(
        _SQL["read_board"],
        DayRow,
        scope=scope.patterns,
        within=within + "%",
        first_id=first_id_at(since - _CLOCKS_DIFFER),
        last_id=first_id_at(until + _CLOCKS_DIFFER),
        since=since,
        until=until,
        timezone=timezone,
        after_day=after[0],
        after_organization=after[1],
        limit=limit,
    )


async def list_filings(
    tx: Transaction, *, scope: Scope, status: Status | None, before: UUID, limit: int
) -> list[FilingStatus]:
    """Return filings inside the scope, newest first; the few of a kind are found without reading the many."""
    if status is Status.REJECTED:
        return await tx.all(_SQL["list_rejected"], FilingStatus, scope=scope.patterns, before=before, limit=limit)
    query = _SQL["list_open" if status in (Status.WAITING, Status.SET_ASIDE) else "list_filings"]
    return await tx.all(query, FilingStatus, scope=scope.patterns, status=status, before=before, limit=limit)


async def find_open(tx: Transaction, *, scope: Scope, filing: UUID) -> FoundOutbox | None:
    """Return a filing inside the scope that isn't settled, held until the transaction ends."""
    return await tx.one(_SQL["find_open"], FoundOutbox, id=filing, scope=scope.patterns)


async def resend(tx: Transaction, *, filing: UUID) -> None:
    """Let a filing that was set aside take its turn at once."""
    await tx.execute(_SQL["resend"], id=filing)


async def add_subordinate(tx: Transaction, *, key_id: str, organization: str, name: str, public_key: bytes) -> bool:
    """Make a key of an instance below known; False when it was known."""
    added = await tx.execute(
        _SQL["add_subordinate"], key_id=key_id, organization=organization, name=name, public_key=public_key
    )
    return added == 1


async def list_subordinates(tx: Transaction) -> list[Subordinate]:
    """Return the instances of the level below and their keys."""
    return await tx.all(_SQL["list_subordinates"], Subordinate)


async def end_subordinate(tx: Transaction, *, named: str) -> list[EndedKey]:
    """Accept a key, or all keys of an organisation, no more; return those that ended now."""
    return await tx.all(_SQL["end_subordinate"], EndedKey, named=named)
