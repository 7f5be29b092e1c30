"""Named queries of evidence; touched by this room alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from birthreg.access.models import Officer, Scope
from birthreg.cases.evidence_files import Staged
from birthreg.cases.evidence_models import (
    DueFile,
    EvidenceHealth,
    EvidenceId,
    EvidenceRow,
    FileState,
    HeldCase,
    KnownFile,
)
from birthreg.kernel.database import Transaction
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.sql import load_queries

_SQL = load_queries("cases_evidence")


async def hold_file(tx: Transaction, *, sha256: bytes) -> None:
    """Let no other transaction keep or remove a file until this one ends."""
    await tx.execute(_SQL["hold_file"], sha256=sha256)


async def insert_file(tx: Transaction, *, staged: Staged) -> None:
    """Know a file whose content has just been written."""
    await tx.execute(
        _SQL["insert_file"], sha256=staged.sha256, sm3=staged.sm3, size=staged.size, media_type=staged.media_type
    )


async def insert_evidence(
    tx: Transaction, officer: Officer, *, case: UUID, sha256: bytes, file_name: str, description: str | None
) -> UUID:
    """Bring a file to a case; return what it is there."""
    evidence = new_id()
    await tx.execute(
        _SQL["insert_evidence"], id=evidence, case=case, sha256=sha256, file_name=file_name, description=description,
        officer=officer.id, organization=officer.organization,
    )  # fmt: skip
    return evidence


async def find_same(tx: Transaction, *, scope: Scope, case: UUID, sha256: bytes) -> UUID | None:
    """Return the evidence that a file is in a case already, as far as its parts lie inside the scope."""
    found = await tx.one(_SQL["find_same"], EvidenceId, case=case, scope=scope.patterns, sha256=sha256)
    return found.id if found else None


async def list_evidence(tx: Transaction, *, scope: Scope, case: UUID, after: UUID, limit: int) -> list[EvidenceRow]:
    """Return a case's evidence inside the scope in the order in which it was brought."""
    return await tx.all(
        _SQL["list_evidence"], EvidenceRow, case=case, scope=scope.patterns, after=after, limit=limit
    )  # fmt: skip


async def find_evidence(tx: Transaction, *, scope: Scope, case: UUID, evidence: UUID) -> EvidenceRow | None:
    """Return one piece of a case's evidence inside the scope."""
    return await tx.one(
        _SQL["find_evidence"], EvidenceRow, case=case, scope=scope.patterns, evidence=evidence
    )  # fmt: skip


async def find_due_file(tx: Transaction, *, whole: timedelta, harmed: timedelta) -> DueFile | None:
    """Return the file that waits longest, if one was not looked at for so long."""
    return await tx.one(
        _SQL["find_due_file"], DueFile, whole_before=tx.now - whole, harmed_before=tx.now - harmed
    )  # fmt: skip


async def hold_cases_of_file(tx: Transaction, *, sha256: bytes) -> list[HeldCase]:
    """Return the cases that have a file, held until the transaction ends."""
    return await tx.all(_SQL["hold_cases_of_file"], HeldCase, sha256=sha256)


async def note_check(tx: Transaction, *, sha256: bytes, state: FileState, seen_at: datetime) -> bool:
    """Say how a file was found; False where it was touched since it was seen."""
    return await tx.execute(_SQL["note_check"], sha256=sha256, state=state, seen_at=seen_at) > 0


async def list_known_files(tx: Transaction, *, digests: Sequence[bytes]) -> set[bytes]:
    """Return which of these files a row names."""
    return {one.sha256 for one in await tx.all(_SQL["list_known_files"], KnownFile, digests=list(digests))}


async def weigh_evidence(tx: Transaction) -> EvidenceHealth | None:
    """Return how many files are harmed, and since when one waits to be looked at."""
    return await tx.one(_SQL["weigh_evidence"], EvidenceHealth)
