"""Holding two cases for one act, always in the same order, so that acts that cross can't wait in a ring."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from birthreg.access.models import Officer, Scope
from birthreg.cases import queue_rules, refusals, service, store
from birthreg.cases.models import CaseAct, CaseRow
from birthreg.cases.service import Held
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import field_error


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the cases of an act: what is done with it, and which version of it the officer saw."""

    case: UUID
    act: CaseAct
    version: int | None = None


def require_two(one: UUID, other: UUID, *, field: str) -> None:
    """See to it that two cases are meant.

    Raises:
        FieldsWrong: it is the same one.
    """
    if one == other:
        raise field_error(
            field=field, code="case_itself", zh="不能是本案,请填写另一案件。", en="Another case, not this one."
        )


def _order(case: CaseRow) -> tuple[bool, str, UUID]:
    # By subject, as leads hold cases too; what is merged after what it may be part of, as whoever changes it does:
    # the parts of a closed case are closed.
    return case.merged_into is not None, case.subject, case.id


async def hold_both(
    tx: Transaction, officer: Officer, *, scope: Scope, sides: Sequence[Side], terminal: str
) -> list[Held]:
    """Hold cases for their parts in one act; return them in the order given.

    Raises:
        NotFound: one of them isn't inside the scope.
        PreconditionFailed: one has changed since the officer saw it.
        CaseElsewhere, CaseConflictOfInterest, CaseNotYours, CaseInAnotherQueue: refused for one of them, on the trail.
    """
    found = [await service.find_case(tx, scope=scope, case=side.case) for side in sides]
    held: dict[UUID, Held] = {}
    for case in sorted(found, key=_order):
        side = next(side for side in sides if side.case == case.id)
        held[case.id] = await _hold(tx, officer, scope=scope, side=side, terminal=terminal)
    return [held[side.case] for side in sides]


async def _hold(tx: Transaction, officer: Officer, *, scope: Scope, side: Side, terminal: str) -> Held:
    held = await service.hold(
        tx, officer, scope=scope, case=side.case, act=side.act, version=side.version, terminal=terminal
    )
    if not queue_rules.is_queue_of(side.act, held.case, scope):
        error = refusals.CaseInAnotherQueue(handler=held.case.called_handler)
        raise await service.refuse(tx, officer, case=side.case, act=side.act, terminal=terminal, error=error)
    return held


def named(held: Held) -> dict[str, Any]:
    """Return a case as the timeline of another names it."""
    return {"case": str(held.case.id), "number": held.case.number}


async def note_other(
    tx: Transaction, officer: Officer, held: Held, *, act: CaseAct, note: str | None, detail: dict[str, Any]
) -> None:
    """Write the entry on the timeline of the other case of an act; the trail has the one of the first."""
    await store.insert_entry(
        tx, case=held.case.id, act=act, officer=officer.id, organization=officer.organization,
        before=held.case.status, after=held.way.after, note=note, detail=detail,
    )  # fmt: skip
