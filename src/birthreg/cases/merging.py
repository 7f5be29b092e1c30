"""Letting a case go on as part of another, and by itself again."""

from uuid import UUID

from birthreg.access.models import Officer, Scope
from birthreg.cases import refusals, service, shape_refusals
from birthreg.cases import shape_store as store
from birthreg.cases.labels import ACT_NAMES, STATUS_NAMES
from birthreg.cases.models import Acted, CaseAct
from birthreg.cases.pairing import Side, hold_both, named, note_other, require_two
from birthreg.cases.queueing import stood_still
from birthreg.cases.shape_models import MergeRequest, UnmergeRequest
from birthreg.kernel.clock import china_day
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import Conflict, Contended


async def merge(
    tx: Transaction, officer: Officer, *, scope: Scope, case: UUID, asked: MergeRequest, version: int | None,
    terminal: str,
) -> Acted:  # fmt: skip
    """Let a case go on as part of another, with all that was merged into it; each keeps its leads and its timeline.

    The other weighs from now on what both hold, and carries on with its own investigator and deadline.

    Raises:
        NotFound, PreconditionFailed: as for every act on a case, of either of them.
        CaseElsewhere, CaseNotYours, CaseConflictOfInterest: refused for one of them, on the trail.
    """
    require_two(case, asked.into, field="into")
    part, whole = await hold_both(
        tx, officer, scope=scope, terminal=terminal,
        sides=(Side(case=case, act=CaseAct.MERGE, version=version), Side(case=asked.into, act=CaseAct.ABSORPTION)),
    )  # fmt: skip
    await store.merge_case(tx, case=case, into=asked.into, paused=stood_still(part.case, today=china_day(tx.now)))
    await store.weigh_cases(tx, cases=(asked.into,))
    await note_other(tx, officer, whole, act=CaseAct.ABSORPTION, note=asked.reason, detail=named(part))
    return await service.trace(tx, officer, part, note=asked.reason, detail=named(whole))


async def unmerge(
    tx: Transaction, officer: Officer, *, scope: Scope, case: UUID, asked: UnmergeRequest, version: int | None,
    terminal: str,
) -> Acted:  # fmt: skip
    """Let a merged case go on by itself again, with the leads that joined it meanwhile; its term has run on.

    Raises:
        NotFound, PreconditionFailed: as for every act on a case.
        Contended: it is merged anew at this moment.
        CaseOutside, CaseElsewhere, CaseNotYours, CaseConflictOfInterest: refused, on the trail.
    """
    root = await _find_whole(tx, officer, scope=scope, case=case, terminal=terminal)
    whole, part = await hold_both(
        tx, officer, scope=scope, terminal=terminal,
        sides=(Side(case=root, act=CaseAct.ABSORPTION), Side(case=case, act=CaseAct.UNMERGE, version=version)),
    )  # fmt: skip
    if await store.find_root(tx, case=case) != root:
        raise Contended
    await store.unmerge_case(tx, case=case)
    await store.weigh_cases(tx, cases=(case, root))
    await note_other(tx, officer, whole, act=CaseAct.UNMERGE, note=asked.reason, detail=named(part))
    return await service.trace(tx, officer, part, note=asked.reason, detail=named(whole))


async def _find_whole(tx: Transaction, officer: Officer, *, scope: Scope, case: UUID, terminal: str) -> UUID:
    """Return the case that a merged one is worked on in: who may take in a case may let it go."""
    found = await service.find_case(tx, scope=scope, case=case)
    root = await store.find_root(tx, case=case)
    error: Conflict | None = None
    if root == case:
        error = refusals.CaseElsewhere(status=STATUS_NAMES[found.status], act=ACT_NAMES[CaseAct.UNMERGE])
    elif not await _is_inside(tx, scope=scope, case=root):
        error = shape_refusals.CaseOutside()
    if error is not None:
        raise await service.refuse(tx, officer, case=case, act=CaseAct.UNMERGE, terminal=terminal, error=error)
    return root


async def _is_inside(tx: Transaction, *, scope: Scope, case: UUID) -> bool:
    return any(node.is_inside for node in await store.list_nodes(tx, scope=scope, cases=(case,)))
