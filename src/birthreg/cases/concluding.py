"""The acts that end a case, and that open it again: two persons conclude, a lead reopens."""

from uuid import UUID

from birthreg.access.models import Officer, Scope
from birthreg.cases import concluding_refusals, concluding_store, dossier_store, dossiers, service
from birthreg.cases.checklist import list_open_steps
from birthreg.cases.concluding_models import ConclusionRequest, ConfirmationRequest, Decision
from birthreg.cases.evidence_checking import look_at
from birthreg.cases.evidence_files import EvidenceFolder
from birthreg.cases.models import Acted, CaseAct, Outcome
from birthreg.cases.queue_rules import LEASE
from birthreg.cases.queueing import day_lease
from birthreg.cases.service import Held
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import DomainError
from birthreg.kernel.keys import Signer
from birthreg.kernel.language import Text
from birthreg.screening.finding_models import Outcome as FindingOutcome
from birthreg.screening.service import conclude_finding


async def conclude(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    case: UUID,
    asked: ConclusionRequest,
    version: int | None,
    terminal: str,
) -> Acted:
    """Propose how a case ends; nothing is ended before a lead has confirmed it.

    Raises:
        CaseStepsOpen, CaseNothingCorrected, CaseNothingRevoked: refused, on the trail.
        NotFound, PreconditionFailed, refusals: as for every act.
    """
    act = CaseAct.CONCLUSION
    held = await service.hold(tx, officer, scope=scope, case=case, act=act, version=version, terminal=terminal)
    await _require_ready(tx, officer, held, outcome=asked.outcome)
    await concluding_store.propose(tx, case=case, outcome=asked.outcome, officer=officer.id, reason=asked.reason)
    return await service.trace(tx, officer, held, note=asked.reason, detail={"outcome": asked.outcome})


async def confirm(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    case: UUID,
    asked: ConfirmationRequest,
    version: int | None,
    terminal: str,
    signer: Signer,
    folder: EvidenceFolder,
) -> Acted:
    """Confirm a proposed conclusion, or give the case back to its investigator.

    Confirmed, the case is closed with all that was merged into it, its findings say what it showed, and the dossier
    of a referral is sealed by `signer`, its evidence in `folder` read anew. What was required of the proposal is
    required once more: a lead may have joined meanwhile.

    Raises:
        CaseStepsOpen, CaseNothingCorrected, CaseNothingRevoked: refused, on the trail.
        NotFound, PreconditionFailed, refusals: as for every act.
    """
    act = CaseAct.CONFIRMATION if asked.decision is Decision.APPROVE else CaseAct.REJECTION
    if act is CaseAct.CONFIRMATION:
        await _look_at_evidence(tx, scope=scope, case=case, folder=folder)
    held = await service.hold(tx, officer, scope=scope, case=case, act=act, version=version, terminal=terminal)
    outcome = held.case.proposed_outcome
    if outcome is None or act is CaseAct.REJECTION:
        await concluding_store.take_back_proposal(tx, case=case, lease_until=day_lease(tx.now))
        return await service.trace(tx, officer, held, note=asked.reason, detail={"outcome": outcome})
    await _require_ready(tx, officer, held, outcome=outcome)
    await concluding_store.close(tx, case=case, officer=officer.id)
    await _tell_findings(
        tx, case=case, outcome=FindingOutcome.UNFOUNDED if outcome is Outcome.CLEARED else FindingOutcome.CONFIRMED
    )
    acted = await service.trace(tx, officer, held, note=asked.reason, detail={"outcome": outcome})
    if outcome is Outcome.REFERRED:
        await dossiers.make(tx, officer, scope=scope, case=case, signer=signer)
    return acted


async def _look_at_evidence(tx: Transaction, *, scope: Scope, case: UUID, folder: EvidenceFolder) -> None:
    """Let the dossier of a referral say how its evidence is now."""
    row = await service.find_case(tx, scope=scope, case=case)
    if row.proposed_outcome is Outcome.REFERRED:
        files = await dossier_store.list_all_evidence(tx, scope=scope, case=case)
        await look_at(tx.database, folder=folder, files=files)


async def withdraw(
    tx: Transaction, officer: Officer, *, scope: Scope, case: UUID, reason: str, version: int | None, terminal: str
) -> Acted:
    """Take one's own conclusion back before a lead has decided on it; the case is worked on again.

    Raises:
        NotFound, PreconditionFailed, refusals: as for every act.
    """
    act = CaseAct.WITHDRAWAL
    held = await service.hold(tx, officer, scope=scope, case=case, act=act, version=version, terminal=terminal)
    await concluding_store.take_back_proposal(tx, case=case, lease_until=tx.now + LEASE)
    return await service.trace(tx, officer, held, note=reason, detail={"outcome": held.case.proposed_outcome})


async def reopen(
    tx: Transaction, officer: Officer, *, scope: Scope, case: UUID, reason: str, version: int | None, terminal: str
) -> Acted:
    """Open a closed case again, with a new term; its steps, and what its findings were said to be, are open again too.

    Raises:
        CaseClosedAsPart, CaseOpenElsewhere: refused, on the trail.
        NotFound, PreconditionFailed, refusals: as for every act.
    """
    act = CaseAct.REOPENING
    held = await service.hold(tx, officer, scope=scope, case=case, act=act, version=version, terminal=terminal)
    if held.case.merged_into is not None:
        whole = await concluding_store.find_whole(tx, case=case)
        await _refuse(tx, officer, held, concluding_refusals.CaseClosedAsPart(number=whole))
    while not (number := await concluding_store.find_open_case(tx, case=case)):
        if await concluding_store.reopen(tx, case=case):
            break
    else:
        await _refuse(tx, officer, held, concluding_refusals.CaseOpenElsewhere(number=number))
    await concluding_store.reopen_steps(tx, case=case)
    await _tell_findings(tx, case=case, outcome=None)
    return await service.trace(tx, officer, held, note=reason, detail={"outcome": held.case.outcome})


async def _require_ready(tx: Transaction, officer: Officer, held: Held, *, outcome: Outcome) -> None:
    case = held.case.id
    if still_open := await list_open_steps(tx, scope=held.scope, case=case):
        texts = [one.step.text for one in still_open]
        named = Text(";".join(text.zh for text in texts), "; ".join(text.en for text in texts))
        await _refuse(
            tx, officer, held, concluding_refusals.CaseStepsOpen(count=len(still_open), steps=named)
        )  # fmt: skip
    if outcome not in (Outcome.CORRECTED, Outcome.REGISTRATION_REVOKED):
        return
    ended = await concluding_store.find_registrations_ended(tx, case=case)
    if outcome is Outcome.CORRECTED and not ended.is_corrected:
        await _refuse(tx, officer, held, concluding_refusals.CaseNothingCorrected())
    if outcome is Outcome.REGISTRATION_REVOKED and not ended.is_revoked:
        await _refuse(tx, officer, held, concluding_refusals.CaseNothingRevoked())


async def _refuse(tx: Transaction, officer: Officer, held: Held, error: DomainError) -> None:
    raise await service.refuse(
        tx, officer, case=held.case.id, act=held.way.act, terminal=held.terminal, error=error
    )  # fmt: skip


async def _tell_findings(tx: Transaction, *, case: UUID, outcome: FindingOutcome | None) -> None:
    for finding in await concluding_store.list_findings_of(tx, case=case):
        await conclude_finding(tx, finding=finding, outcome=outcome)
