"""What the worker does with evidence: look at each file again in time, and remove what no row names."""

import asyncio
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.cases import evidence_store, service, store
from birthreg.cases.evidence_files import EvidenceFolder
from birthreg.cases.evidence_models import DueFile, EvidenceRow, FileState, HeldCase
from birthreg.cases.models import CaseAct
from birthreg.kernel.database import Database, Transaction

logger = logging.getLogger("birthreg")

WHOLE_AGAIN = timedelta(days=28)
"""After so long a file is looked at again, so that thirty days never pass."""
HARMED_AGAIN = timedelta(hours=1)
"""A file may have been restored from a backup."""
LEFT_BEHIND = timedelta(days=1)
_OFFICER = "birthreg"
_BATCH = 1000


async def check_due_file(database: Database, *, folder: EvidenceFolder) -> bool:
    """Read anew the file that waits longest, and say how it was found; False when none is due.

    One that is harmed, or whole again, is told on the timeline of each case that has it.
    """
    async with database.transaction() as tx:
        due = await evidence_store.find_due_file(tx, whole=WHOLE_AGAIN, harmed=HARMED_AGAIN)
    if due is None:
        return False
    state = await asyncio.to_thread(folder.check, due.sha256, due.sm3)
    async with database.transaction() as tx:
        await _note(tx, due, state)
    return True


async def look_at(database: Database, *, folder: EvidenceFolder, files: Iterable[EvidenceRow]) -> None:
    """Read files anew for who is about to rely on them; what is found otherwise than it was is told as by the check.

    In transactions of their own, so that the alarm stands whatever comes of the act; the caller holds no case yet.
    """
    for file in files:
        state = await asyncio.to_thread(folder.look, file.sha256)
        if state is not file.state:
            due = DueFile(sha256=file.sha256, sm3=file.sm3, state=file.state, checked_at=file.checked_at)
            async with database.transaction() as tx:
                await _note(tx, due, state)


async def _note(tx: Transaction, due: DueFile, state: FileState) -> None:
    # Cases before their file, as who brings evidence holds them.
    has_changed = state is not due.state
    cases = await evidence_store.hold_cases_of_file(tx, sha256=due.sha256) if has_changed else []
    if not await evidence_store.note_check(tx, sha256=due.sha256, state=state, seen_at=due.checked_at):
        return
    if has_changed and state is not FileState.WHOLE:
        logger.error("evidence %s is %s", due.sha256.hex(), state)
    for case in cases:
        await _raise_alarm(tx, case, due, state)


async def _raise_alarm(tx: Transaction, case: HeldCase, due: DueFile, state: FileState) -> None:
    detail = {"evidence": str(case.evidence_id), "sha256": due.sha256.hex(), "state": state, "was": due.state}
    await store.insert_entry(
        tx, case=case.id, act=CaseAct.EVIDENCE_CHECK, officer=_OFFICER, organization=case.organization,
        before=case.status, after=case.status, note=None, detail=detail,
    )  # fmt: skip
    await record(
        tx, officer=_OFFICER, organization=case.organization, terminal="worker", operation=Operation.QUERY,
        act=f"case_{CaseAct.EVIDENCE_CHECK}", object=service.OBJECT, key=str(case.id), condition=state,
        succeeded=state is FileState.WHOLE, error_code=None if state is FileState.WHOLE else "evidence_harmed",
        detail=detail,
    )  # fmt: skip


async def sweep_evidence(database: Database, *, folder: EvidenceFolder) -> None:
    """Remove the files of requests that broke off between file and commit; a day old at least."""
    async with database.transaction() as tx:
        before = tx.now - LEFT_BEHIND
    await asyncio.to_thread(folder.sweep_incoming, before=before)
    kept = await asyncio.to_thread(lambda: list(folder.list_kept(before=before)))
    for begin in range(0, len(kept), _BATCH):
        digests = kept[begin : begin + _BATCH]
        async with database.transaction() as tx:
            known = await evidence_store.list_known_files(tx, digests=digests)
        for digest in digests:
            if digest not in known:
                await _remove(database, folder, digest, before=before)


async def _remove(database: Database, folder: EvidenceFolder, digest: bytes, *, before: datetime) -> None:
    """Remove a file, unless somebody brings it at this moment."""
    async with database.transaction() as tx:
        await evidence_store.hold_file(tx, sha256=digest)
        if not await evidence_store.list_known_files(tx, digests=[digest]):
            await asyncio.to_thread(folder.remove, digest, before=before)
