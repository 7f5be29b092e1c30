"""Named queries of findings; touched by this room alone."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from birthreg.access.models import Scope
from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries
from birthreg.screening.finding_models import FindingFilter, FindingId, FindingRow, Outcome

_SQL = load_queries("screening_findings")
_FIRST_MOMENT = datetime(1996, 1, 1, tzinfo=UTC)


async def find_finding(tx: Transaction, *, scope: Scope, finding: UUID) -> FindingRow | None:
    """Return one finding inside the scope."""
    return next(iter(await _read(tx, scope=scope, found=[FindingId(finding)])), None)


async def _read(tx: Transaction, *, scope: Scope, found: Sequence[FindingId]) -> list[FindingRow]:
    return await tx.all(_SQL["read_findings"], FindingRow, ids=[one.id for one in found], scope=scope.patterns)


async def list_findings(
    tx: Transaction, *, scope: Scope, wanted: FindingFilter, station: str | None, before: UUID, limit: int
) -> list[FindingRow]:
    """Return findings inside the scope, newest first, by the index that fits what is wanted.

    `station` is the one organisation of all of them, where that is known.
    """
    if wanted.registration is not None:
        query = _SQL["list_findings_of_registration"]
    elif wanted.number is not None:
        query = _SQL["list_findings_of_number"]
    elif station is not None:
        query = _SQL["list_findings_of_organization"]
    elif wanted.rule is not None:
        query = _SQL["list_findings_of_rule"]
    else:
        query = _SQL["list_findings"]
    found = await tx.all(
        query, FindingId, scope=scope.patterns, before=before, limit=limit, since=wanted.since or _FIRST_MOMENT,
        registration=wanted.registration, number=wanted.number, organization=station, rule=wanted.rule,
        severity=wanted.severity, status=wanted.status, shadow=wanted.shadow,
    )  # fmt: skip
    return await _read(tx, scope=scope, found=found)


async def lock_finding(tx: Transaction, *, scope: Scope, finding: UUID) -> FindingRow | None:
    """Return a finding inside the scope, held until the transaction ends."""
    if await tx.one(_SQL["lock_finding"], FindingId, id=finding, scope=scope.patterns) is None:
        return None
    return await find_finding(tx, scope=scope, finding=finding)


async def suppress_finding(
    tx: Transaction, *, finding: UUID, until: datetime | None, officer: str | None, reason: str | None
) -> None:
    """Let a finding that this transaction holds rest until then; with nothing given, no more."""
    await tx.execute(_SQL["suppress_finding"], id=finding, until=until, officer=officer, reason=reason)


async def conclude_finding(tx: Transaction, *, finding: UUID, outcome: Outcome | None) -> int:
    """Keep what a concluded case says of a finding; return whether there was one."""
    return await tx.execute(_SQL["conclude_finding"], id=finding, outcome=outcome)


async def conclude_findings(tx: Transaction, *, registration: UUID, rule: str, outcome: Outcome | None) -> int:
    """Keep what a concluded case says of all that a rule found of a registration; return how many."""
    return await tx.execute(_SQL["conclude_findings"], registration=registration, rule=rule, outcome=outcome)
