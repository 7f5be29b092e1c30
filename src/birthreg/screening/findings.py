"""Reading findings, and letting one rest for a stated time."""

from datetime import timedelta
from uuid import UUID

from birthreg.access.models import Act, Officer, Scope
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import DomainError, NotFound, PreconditionFailed, field_error
from birthreg.screening import finding_store as store
from birthreg.screening import refusals
from birthreg.screening.finding_models import FindingFilter, FindingRow, FindingStatus, SuppressionRequest

OBJECT = "finding"
LONGEST = timedelta(days=366)
"""A finding rests for a year at most; then somebody looks at it again."""

_LAST = UUID(int=2**128 - 1)
_END = "end_suppression"


async def find_finding(tx: Transaction, *, scope: Scope, finding: UUID) -> FindingRow:
    """Return one finding inside the scope.

    Raises:
        NotFound: there is none.
    """
    found = await store.find_finding(tx, scope=scope, finding=finding)
    if found is None:
        raise NotFound
    return found


async def list_findings(
    tx: Transaction, officer: Officer, *, scope: Scope, wanted: FindingFilter, before: UUID | None, limit: int
) -> list[FindingRow]:
    """Return findings inside the scope, newest first; shadows apart from what counts."""
    own = officer.organization if scope.patterns == (f"{officer.organization}%",) else None
    return await store.list_findings(
        tx, scope=scope, wanted=wanted, station=wanted.organization or own, before=before or _LAST, limit=limit
    )


async def suppress(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    finding: UUID,
    asked: SuppressionRequest,
    version: int | None,
    terminal: str,
) -> FindingRow:
    """Let a finding rest until a moment within a year, or until another moment than before.

    Raises:
        NotFound: no such finding inside the scope.
        PreconditionFailed: it has changed since it was read.
        FieldsWrong: the moment has passed, or is too far off.
        RegistrarMayNotSuppress, FindingConcluded: it can't rest, or not by this officer.
    """
    if not tx.now < asked.until <= tx.now + LONGEST:
        raise field_error(
            field="until", code="suppression_time", zh="应为将来的时间,且不超过一年。",
            en="Must lie in the future, within a year.",
        )  # fmt: skip
    act = Act.SUPPRESS_FINDINGS
    found = await _hold(tx, officer, scope=scope, finding=finding, version=version, act=act, terminal=terminal)
    if found.outcome is not None:
        error = refusals.FindingConcluded(outcome=found.outcome)
        raise await _refused(tx, officer, act=act, finding=finding, terminal=terminal, error=error)
    await store.suppress_finding(tx, finding=finding, until=asked.until, officer=officer.id, reason=asked.reason)
    told = f"{found.rule} until {asked.until.isoformat()}"
    await _note(tx, officer, act=act, finding=finding, terminal=terminal, told=told)
    return await find_finding(tx, scope=scope, finding=finding)


async def end_suppression(
    tx: Transaction, officer: Officer, *, scope: Scope, finding: UUID, version: int | None, terminal: str
) -> FindingRow:
    """Let a finding rest no more.

    Raises:
        NotFound: no such finding inside the scope.
        PreconditionFailed: it has changed since it was read.
        RegistrarMayNotSuppress, FindingNotSuppressed: it isn't this officer's, or doesn't rest.
    """
    found = await _hold(tx, officer, scope=scope, finding=finding, version=version, act=_END, terminal=terminal)
    if found.status is not FindingStatus.SUPPRESSED:
        error = refusals.FindingNotSuppressed()
        raise await _refused(tx, officer, act=_END, finding=finding, terminal=terminal, error=error)
    await store.suppress_finding(tx, finding=finding, until=None, officer=None, reason=None)
    await _note(tx, officer, act=_END, finding=finding, terminal=terminal, told=found.rule)
    return await find_finding(tx, scope=scope, finding=finding)


async def _hold(
    tx: Transaction, officer: Officer, *, scope: Scope, finding: UUID, version: int | None, act: str, terminal: str
) -> FindingRow:
    found = await store.lock_finding(tx, scope=scope, finding=finding)
    if found is None:
        raise NotFound
    if version is not None and version != found.version:
        raise PreconditionFailed
    if found.registrar == officer.id:
        error = refusals.RegistrarMayNotSuppress()
        raise await _refused(tx, officer, act=act, finding=finding, terminal=terminal, error=error)
    return found


async def _note(tx: Transaction, officer: Officer, *, act: str, finding: UUID, terminal: str, told: str) -> None:
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal, operation=Operation.CHANGE,
        act=act, object=OBJECT, key=str(finding), condition=told,
    )  # fmt: skip


async def _refused(
    tx: Transaction, officer: Officer, *, act: str, finding: UUID, terminal: str, error: DomainError
) -> DomainError:
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal, operation=Operation.CHANGE,
        act=act, object=OBJECT, key=str(finding), succeeded=False, error_code=error.code,
    )  # fmt: skip
    return error
