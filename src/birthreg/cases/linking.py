"""Linking cases that belong together, and parting them again."""

from uuid import UUID

import msgspec

from birthreg.access.models import Officer, Scope
from birthreg.cases import service, shape_refusals
from birthreg.cases import shape_store as store
from birthreg.cases.models import Acted, CaseAct
from birthreg.cases.pairing import Side, hold_both, named, note_other, require_two
from birthreg.cases.shape_models import CaseLink, LinkRequest
from birthreg.kernel.database import Transaction
from birthreg.screening.showing import Reader

_FIRST = UUID(int=0)


async def list_links(
    tx: Transaction, *, scope: Scope, case: UUID, after: UUID | None, limit: int, reader: Reader
) -> list[CaseLink]:
    """Return the cases inside the scope that a case is linked to, as this reader sees them.

    Raises:
        NotFound: no such case inside the scope.
    """
    await service.find_case(tx, scope=scope, case=case)
    found = await store.list_links(tx, scope=scope, case=case, after=after or _FIRST, limit=limit)
    return [msgspec.structs.replace(one, reason=reader.text(one.reason)) for one in found]


async def link(
    tx: Transaction, officer: Officer, *, scope: Scope, case: UUID, asked: LinkRequest, version: int | None,
    terminal: str,
) -> Acted:  # fmt: skip
    """Link a case to another, both ways; each goes on by itself.

    Raises:
        NotFound, PreconditionFailed: as for every act on a case, of either of them.
        CasesLinked, CaseElsewhere, CaseConflictOfInterest: refused, on the trail.
    """
    require_two(case, asked.other, field="other")
    one, other = await hold_both(
        tx, officer, scope=scope, terminal=terminal,
        sides=(Side(case=case, act=CaseAct.LINK, version=version), Side(case=asked.other, act=CaseAct.LINK)),
    )  # fmt: skip
    if not await store.insert_link(tx, officer, one=case, other=asked.other, reason=asked.reason):
        error = shape_refusals.CasesLinked()
        raise await service.refuse(tx, officer, case=case, act=CaseAct.LINK, terminal=terminal, error=error)
    await store.touch_cases(tx, cases=(case, asked.other))
    await note_other(tx, officer, other, act=CaseAct.LINK, note=asked.reason, detail=named(one))
    return await service.trace(tx, officer, one, note=asked.reason, detail=named(other))


async def unlink(
    tx: Transaction, officer: Officer, *, scope: Scope, case: UUID, from_case: UUID, version: int | None,
    terminal: str,
) -> Acted:  # fmt: skip
    """Part two linked cases; their timelines keep that they were linked.

    Raises:
        NotFound, PreconditionFailed: as for every act on a case, of either of them.
        CasesNotLinked, CaseElsewhere, CaseConflictOfInterest: refused, on the trail.
    """
    require_two(case, from_case, field="other")
    one, other = await hold_both(
        tx, officer, scope=scope, terminal=terminal,
        sides=(Side(case=case, act=CaseAct.UNLINK, version=version), Side(case=from_case, act=CaseAct.UNLINK)),
    )  # fmt: skip
    if not await store.delete_link(tx, one=case, other=from_case):
        error = shape_refusals.CasesNotLinked()
        raise await service.refuse(tx, officer, case=case, act=CaseAct.UNLINK, terminal=terminal, error=error)
    await store.touch_cases(tx, cases=(case, from_case))
    await note_other(tx, officer, other, act=CaseAct.UNLINK, note=None, detail=named(one))
    return await service.trace(tx, officer, one, detail=named(other))
