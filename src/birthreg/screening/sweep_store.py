"""Named queries of sweeps; touched by this room alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from birthreg.access.models import Officer, Scope
from birthreg.kernel.database import Transaction
from birthreg.kernel.identifiers import first_id_at
from birthreg.kernel.sql import load_queries
from birthreg.screening.models import Standing
from birthreg.screening.sweep_models import (
    Alone,
    Backfill,
    Cut,
    Due,
    Ended,
    Example,
    Pace,
    RuleCount,
    Span,
    Sweep,
    SweepPart,
    SweepRequest,
    SweepRule,
    SweepStatus,
    Traffic,
)

_SQL = load_queries("screening_sweeps")
_LAST = UUID(int=2**128 - 1)


async def find_span(tx: Transaction, *, after: UUID) -> Span:
    """Return where a sweep ends that is asked for now, and how many registrations it is over."""
    found = await tx.one(_SQL["find_span"], Span, after=after, latest=first_id_at(tx.now))
    assert found is not None  # noqa: S101 - it is one row
    return found


async def insert_sweep(
    tx: Transaction,
    officer: Officer,
    *,
    id: UUID,  # noqa: A002 - the column's name
    asked: SweepRequest,
    rules: Sequence[Standing],
    rules_version: int,
    reach: str,
    after: UUID,
    span: Span,
) -> None:
    """Keep a sweep that is asked for, with the versions of the rules that it begins with."""
    codes = [rule.code for rule in rules]
    await tx.execute(
        _SQL["insert_sweep"], id=id, rules=codes, rules_version=rules_version, since=asked.since,
        note=asked.note.strip(), officer=officer.id, organization=officer.organization, reach=reach, after=after,
        up_to=span.up_to, total=span.total,
    )  # fmt: skip
    await tx.execute(
        _SQL["insert_sweep_rules"], sweep=id, codes=codes, versions=[rule.version for rule in rules]
    )  # fmt: skip


async def find_sweep(tx: Transaction, officer: Officer, *, scope: Scope, sweep: UUID) -> Sweep | None:
    """Return a sweep that the officer may see."""
    return await tx.one(
        _SQL["find_sweep"], Sweep, id=sweep, scope=scope.patterns, organization=officer.organization
    )  # fmt: skip


async def list_sweeps(
    tx: Transaction, officer: Officer, *, scope: Scope, before: UUID | None, limit: int
) -> list[Sweep]:
    """Return the sweeps that the officer may see, newest first."""
    return await tx.all(
        _SQL["list_sweeps"], Sweep, scope=scope.patterns, organization=officer.organization, before=before or _LAST,
        limit=limit,
    )  # fmt: skip


async def hold_sweep(tx: Transaction, *, scope: Scope, sweep: UUID) -> Sweep | None:
    """Return a sweep that was asked for inside the scope, and let nobody else change it meanwhile."""
    return await tx.one(_SQL["hold_sweep"], Sweep, id=sweep, scope=scope.patterns)


async def change_sweep(tx: Transaction, *, sweep: UUID, status: SweepStatus) -> None:
    """Pause a sweep, let it go on, or give it up."""
    await tx.execute(_SQL["change_sweep"], id=sweep, status=status)


async def list_sweep_rules(tx: Transaction, *, sweeps: Sequence[UUID]) -> list[SweepRule]:
    """Return what each version of the rules found in some sweeps."""
    return await tx.all(_SQL["list_sweep_rules"], SweepRule, sweeps=list(sweeps))


async def list_paces(tx: Transaction, *, sweeps: Sequence[UUID], since: datetime) -> dict[UUID, int]:
    """Return how many registrations some sweeps went through since a moment."""
    paces = await tx.all(_SQL["list_paces"], Pace, sweeps=list(sweeps), since=since)
    return {pace.sweep_id: pace.registrations for pace in paces}


async def list_examples(tx: Transaction, *, sweep: UUID, limit: int) -> list[Example]:
    """Return a few findings of each rule in a sweep; none of rules on trial."""
    return await tx.all(_SQL["list_examples"], Example, sweep=sweep, limit=limit)


async def plan_for_many(tx: Transaction) -> None:
    """Let the statements of a transaction be planned for many rows."""
    await tx.execute(_SQL["plan_for_many"])


async def is_busy(tx: Transaction, *, within: timedelta) -> bool:
    """Say whether desks have looked numbers up of late."""
    found = await tx.one(_SQL["find_traffic"], Traffic, since=first_id_at(tx.now - within))
    return found is not None and found.is_busy


async def is_alone(tx: Transaction) -> bool:
    """Say whether this transaction is the only one that runs a part beside desks, and let no other be."""
    found = await tx.one(_SQL["is_alone"], Alone)
    return found is not None and found.is_alone


async def take_part(tx: Transaction, *, sweep: UUID | None) -> SweepPart | None:
    """Return the next part that nobody works on, and keep others away from it until this transaction ends."""
    return await tx.one(_SQL["take_part"], SweepPart, sweep=sweep)


async def cut_part(tx: Transaction, *, sweep: UUID | None, size: int) -> Cut | None:
    """Cut the next part; None when nothing is left to cut."""
    return await tx.one(_SQL["cut_part"], Cut, sweep=sweep, size=size)


async def finish_part(
    tx: Transaction, *, part: SweepPart, rules_version: int, counts: Sequence[RuleCount]
) -> Ended | None:
    """Write that a part is done; None when its sweep was given up meanwhile."""
    return await tx.one(
        _SQL["finish_part"], Ended, sweep=part.sweep_id, number=part.number, registrations=part.registrations,
        found=sum(count.found for count in counts), rules_version=rules_version,
        codes=[count.code for count in counts],
        versions=[count.version for count in counts],
        founds=[count.found for count in counts],
        shadows=[count.shadows for count in counts],
        offs=[count.is_off for count in counts],
    )  # fmt: skip


async def take_due(tx: Transaction, *, before: datetime, limit: int) -> list[UUID]:
    """Take registrations off the list of those that are to be screened again."""
    return [due.registration_id for due in await tx.all(_SQL["take_due"], Due, before=before, limit=limit)]


async def hold_backfill(tx: Transaction) -> Backfill | None:
    """Return how far the facts of older registrations are written, for who goes on; None when all are, or another
    goes on.
    """
    return await tx.one(_SQL["hold_backfill"], Backfill)


async def move_backfill(tx: Transaction, *, up_to: UUID) -> None:
    """Note that facts are written up to a registration."""
    await tx.execute(_SQL["move_backfill"], up_to=up_to)


async def list_known(tx: Transaction, *, registrations: Sequence[UUID]) -> set[UUID]:
    """Return which of some registrations have their facts already."""
    found = await tx.all(_SQL["list_known"], Due, registrations=list(registrations))
    return {one.registration_id for one in found}
