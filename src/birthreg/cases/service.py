"""One function per act: read a case, and hold one for an act.

Every act on a case goes the same way: `hold` it, where scope, state, person and conflict of interest are looked at
in one place; change it; `trace` it, which writes the one entry on its timeline and the one on the trail.
"""

from typing import Any
from uuid import UUID

import msgspec

from birthreg.access.models import Officer, Scope
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.cases import refusals, rules, store
from birthreg.cases.labels import ACT_NAMES, STATUS_NAMES
from birthreg.cases.models import Acted, CaseAct, CaseRow, Guard, HeldRow, Way, Who
from birthreg.cases.queue_rules import LEASE
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import DomainError, NotFound, PreconditionFailed

OBJECT = "case"
SYSTEM = "birthreg"
"""Who acts where nobody asks: the service itself."""

WORKER = "worker"
"""The terminal of the service itself."""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A case that this transaction holds for an act, with the row of the state machine that allows it."""

    case: HeldRow
    way: Way
    terminal: str
    scope: Scope


async def find_case(tx: Transaction, *, scope: Scope, case: UUID) -> CaseRow:
    """Return one case inside the scope.

    Raises:
        NotFound: there is none.
    """
    found = await store.find_case(tx, scope=scope, case=case)
    if found is None:
        raise NotFound
    return found


async def hold(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    case: UUID,
    act: CaseAct,
    version: int | None,
    terminal: str,
) -> Held:
    """Hold a case for an act.

    Raises:
        NotFound: no such case inside the scope.
        PreconditionFailed: it has changed since the officer saw `version`.
        CaseElsewhere, CaseConflictOfInterest, CaseNotYours, CaseLeadDecides, CaseSecondPerson: refused, on the trail.
    """
    row = await store.hold_case(tx, officer, scope=scope, case=case)
    if row is None:
        raise NotFound
    if version is not None and version != row.version:
        raise PreconditionFailed
    way = _judge(row, officer, act=act)
    if isinstance(way, DomainError):
        raise await refuse(tx, officer, case=case, act=act, terminal=terminal, error=way)
    return Held(case=row, way=way, terminal=terminal, scope=scope)


def _judge(row: HeldRow, officer: Officer, *, act: CaseAct) -> Way | DomainError:
    way = rules.find_way(row.status, act)
    if row.has_conflict:
        return refusals.CaseConflictOfInterest()
    if way is None:
        return refusals.CaseElsewhere(
            status=STATUS_NAMES[row.status], act=ACT_NAMES[act], remedy=refusals.tell_where(row, act)
        )
    if not rules.is_person(way, row, officer):
        if way.who is Who.LEAD:
            return refusals.CaseLeadDecides(act=ACT_NAMES[act])
        return refusals.CaseNotYours(investigator=row.called_investigator, act=ACT_NAMES[act])
    if way.guard is Guard.OTHER_PERSON and row.proposed_by == officer.id:
        return refusals.CaseSecondPerson()
    return way


async def refuse(
    tx: Transaction, officer: Officer, *, case: UUID, act: CaseAct, terminal: str, error: DomainError
) -> DomainError:
    """Write a refused attempt on the trail; return the refusal, to be raised."""
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal, operation=Operation.CHANGE,
        act=f"case_{act}", object=OBJECT, key=str(case), succeeded=False, error_code=error.code,
    )  # fmt: skip
    return error


async def trace(
    tx: Transaction,
    officer: Officer,
    held: Held,
    *,
    note: str | None = None,
    detail: dict[str, Any] | None = None,
    operation: Operation = Operation.CHANGE,
) -> Acted:
    """Write the one entry on the timeline and the one on the trail, and tell how the case stands now.

    `note` is kept on the timeline alone; `detail` says what the act was about, without personal data. Who works on a
    case keeps it: any act that changes something lets the lease begin anew.
    """
    told = detail or {}
    entry = await store.insert_entry(
        tx, case=held.case.id, act=held.way.act, officer=officer.id, organization=officer.organization,
        before=held.case.status, after=held.way.after, note=note, detail=told,
    )  # fmt: skip
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=held.terminal,
        operation=operation, act=f"case_{held.way.act}", object=OBJECT, key=str(held.case.id),
        condition=held.way.after, detail=told,
    )  # fmt: skip
    if operation is Operation.CHANGE and officer.id == held.case.investigator:
        await store.keep_lease(tx, case=held.case.id, officer=officer.id, until=tx.now + LEASE)
    case = await find_case(tx, scope=held.scope, case=held.case.id)
    return Acted(
        id=case.id, number=case.number, version=case.version, status=case.status, handler=case.handler,
        investigator=case.investigator, lease_until=case.lease_until, entry_id=entry,
    )  # fmt: skip


async def trace_by_system(
    tx: Transaction, case: CaseRow, *, act: CaseAct, detail: dict[str, Any] | None = None
) -> None:
    """Write the one entry on the timeline and the one on the trail of what the service did by itself.

    `case` is as it was before, held by this transaction.

    Raises:
        LookupError: the state machine knows no such act in that state.
    """
    way = rules.find_way(case.status, act)
    if way is None:
        raise LookupError(f"no {act} in state {case.status}")
    told = detail or {}
    await store.insert_entry(
        tx, case=case.id, act=act, officer=SYSTEM, organization=case.organization, before=case.status,
        after=way.after, note=None, detail=told,
    )  # fmt: skip
    await record(
        tx, officer=SYSTEM, organization=case.organization, terminal=WORKER, operation=Operation.CHANGE,
        act=f"case_{act}", object=OBJECT, key=str(case.id), condition=way.after, detail=told,
    )  # fmt: skip
