"""The acts on evidence: bring it, list it, take it out. Each leaves its entry, the looking too."""

import asyncio
from pathlib import Path
from typing import IO
from uuid import UUID

from birthreg.access.models import Officer, Scope
from birthreg.audit.models import Operation
from birthreg.cases import concluding_store, evidence_store, service
from birthreg.cases.evidence_checking import look_at
from birthreg.cases.evidence_files import EvidenceFolder, Staged
from birthreg.cases.evidence_models import FILE_STATE_NAMES, Evidence, EvidenceBrought, EvidenceRow, FileState
from birthreg.cases.evidence_refusals import EvidenceHarmed, EvidenceThere
from birthreg.cases.evidence_types import name_to_save
from birthreg.cases.models import Acted, CaseAct
from birthreg.cases.service import Held
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import NotFound
from birthreg.kernel.identifiers import new_id
from birthreg.screening.showing import Reader

_LONGEST_NAME = 200


async def stage(folder: EvidenceFolder, *, content: IO[bytes], file_name: str) -> Staged:
    """Take what was sent to disk; no case is held meanwhile.

    Raises:
        EvidenceEmpty, EvidenceTooLarge, EvidenceTypeUnknown, EvidenceTypeDiffers: it isn't taken.
    """
    return await asyncio.to_thread(folder.stage, content, name=new_id(), file_name=file_name[-_LONGEST_NAME:])


async def bring(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    case: UUID,
    folder: EvidenceFolder,
    staged: Staged,
    file_name: str,
    description: str | None,
    version: int | None,
    terminal: str,
) -> EvidenceBrought:
    """Make a staged file evidence of a case. A file that was harmed since is whole again by being brought anew.

    Raises:
        EvidenceThere: the case has it already; refused, on the trail.
        NotFound, PreconditionFailed, refusals: as for every act.
    """
    held = await service.hold(
        tx, officer, scope=scope, case=case, act=CaseAct.EVIDENCE, version=version, terminal=terminal
    )
    same = await _find_same(tx, officer, held, sha256=staged.sha256)
    await evidence_store.hold_file(tx, sha256=staged.sha256)
    await asyncio.to_thread(folder.keep, staged)
    await evidence_store.insert_file(tx, staged=staged)
    evidence = same or await evidence_store.insert_evidence(
        tx, officer, case=case, sha256=staged.sha256, file_name=file_name[-_LONGEST_NAME:], description=description
    )
    acted = await _trace_bringing(tx, officer, held, evidence, staged, is_mended=same is not None, note=description)
    row = await _found(tx, scope=scope, case=case, evidence=evidence)
    return EvidenceBrought(evidence=_tell(row), case=acted)


async def _trace_bringing(
    tx: Transaction, officer: Officer, held: Held, evidence: UUID, staged: Staged, *, is_mended: bool, note: str | None
) -> Acted:
    await concluding_store.count_version(tx, case=held.case.id)
    detail = {
        "evidence": str(evidence), "sha256": staged.sha256.hex(), "sm3": staged.sm3.hex(), "size": staged.size,
        "media_type": staged.media_type, "mended": is_mended,
    }  # fmt: skip
    return await service.trace(tx, officer, held, note=note, detail=detail)


async def _find_same(tx: Transaction, officer: Officer, held: Held, *, sha256: bytes) -> UUID | None:
    """Return the evidence that a harmed file is in a case; one that is whole isn't brought twice."""
    case = held.case.id
    same = await evidence_store.find_same(tx, scope=held.scope, case=case, sha256=sha256)
    if same is None:
        return None
    found = await _found(tx, scope=held.scope, case=case, evidence=same)
    if found.state is FileState.WHOLE:
        raise await service.refuse(
            tx, officer, case=case, act=held.way.act, terminal=held.terminal, error=EvidenceThere(evidence=same)
        )
    return same


async def list_evidence(
    tx: Transaction, *, scope: Scope, case: UUID, after: UUID | None, limit: int, reader: Reader
) -> list[Evidence]:
    """Return the evidence of a case inside the scope in the order in which it was brought.

    Who reads numbers masked isn't told names of files and descriptions, which may name people.

    Raises:
        NotFound: there is no such case.
    """
    await service.find_case(tx, scope=scope, case=case)
    rows = await evidence_store.list_evidence(tx, scope=scope, case=case, after=after or UUID(int=0), limit=limit)
    return [_tell(row, clear=reader.clear) for row in rows]


async def take_out(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    case: UUID,
    evidence: UUID,
    folder: EvidenceFolder,
    terminal: str,
) -> tuple[EvidenceRow, Path]:
    """Return a piece of evidence and where its file lies, read anew; that it was seen stands on the timeline.

    Raises:
        EvidenceHarmed: its file is damaged or gone; refused, on the trail.
        NotFound, refusals: as for every act.
    """
    act = CaseAct.EVIDENCE_VIEW
    await service.find_case(tx, scope=scope, case=case)
    seen = await _found(tx, scope=scope, case=case, evidence=evidence)
    await look_at(tx.database, folder=folder, files=[seen])
    held = await service.hold(tx, officer, scope=scope, case=case, act=act, version=None, terminal=terminal)
    row = await _found(tx, scope=scope, case=case, evidence=evidence)
    if row.state is not FileState.WHOLE:
        error = EvidenceHarmed(state=FILE_STATE_NAMES[row.state])
        raise await service.refuse(tx, officer, case=case, act=act, terminal=terminal, error=error)
    detail = {"evidence": str(evidence), "sha256": row.sha256.hex()}
    await service.trace(tx, officer, held, detail=detail, operation=Operation.QUERY)
    return row, folder.place_of(row.sha256)


async def _found(tx: Transaction, *, scope: Scope, case: UUID, evidence: UUID) -> EvidenceRow:
    row = await evidence_store.find_evidence(tx, scope=scope, case=case, evidence=evidence)
    if row is None:
        raise NotFound
    return row


def _tell(row: EvidenceRow, *, clear: bool = True) -> Evidence:
    hidden = ("sha256", "sm3", "file_name", "description")
    kept = {name: getattr(row, name) for name in Evidence.__struct_fields__ if name not in hidden}
    return Evidence(
        **kept,
        file_name=row.file_name if clear else name_to_save("", row.media_type),
        description=row.description if clear else None,
        sha256=row.sha256.hex(),
        sm3=row.sm3.hex(),
    )
