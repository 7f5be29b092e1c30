"""What is kept of readings and of comparisons of faces, in the books."""

from collections.abc import Sequence
from uuid import UUID

from birthreg.access.models import Officer
from birthreg.documents.reading_models import Digests, KeptComparison, NumberRead, Reading
from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries

_SQL = load_queries("documents_readings")


async def insert_reading(
    tx: Transaction,
    officer: Officer,
    *,
    id: UUID,  # noqa: A002 - the column's name
    number: NumberRead,
    typed_outcome: str | None,
    purpose: str,
    digests: Digests,
    terminal: str,
) -> None:
    """Keep what was read of a paper."""
    await tx.execute(
        _SQL["insert_reading"], id=id, officer=officer.id, organization=officer.organization, terminal=terminal,
        purpose=purpose, sha256=digests.sha256, sm3=digests.sm3, outcome=number.outcome,
        certificate_number=number.value, typed_outcome=typed_outcome,
    )  # fmt: skip


async def find_reading(tx: Transaction, *, scope: Sequence[str], reading: UUID) -> Reading | None:
    """Return one reading inside the scope."""
    return await tx.one(_SQL["find_reading"], Reading, id=reading, scope=list(scope))


async def insert_comparison(
    tx: Transaction,
    officer: Officer,
    *,
    id: UUID,  # noqa: A002 - the column's name
    model: str,
    score: float,
    first: Digests,
    second: Digests,
    terminal: str,
) -> None:
    """Keep what comparing two faces gave."""
    await tx.execute(
        _SQL["insert_comparison"], id=id, officer=officer.id, organization=officer.organization, terminal=terminal,
        model=model, score=score, first_sha256=first.sha256, second_sha256=second.sha256,
    )  # fmt: skip


async def find_comparison(tx: Transaction, *, scope: Sequence[str], comparison: UUID) -> KeptComparison | None:
    """Return one comparison of two faces inside the scope."""
    return await tx.one(_SQL["find_comparison"], KeptComparison, id=comparison, scope=list(scope))
