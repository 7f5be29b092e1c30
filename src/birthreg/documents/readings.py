"""The acts on pictures: reading a paper, comparing two, comparing faces. Pictures themselves aren't kept."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from birthreg.access.models import Act, Officer, Scope
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.documents import reading_rules, reading_store, service
from birthreg.documents.field_rules import FieldOutcome
from birthreg.documents.models import Band, FaceComparison
from birthreg.documents.reading_models import Digests, FacesCompared, FaceSeen, NumberRead, Reading
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import NotFound
from birthreg.kernel.identifiers import new_id

USABLE_FOR = timedelta(days=1)
"""How long a look-up may rest on a reading: a paper lies on the desk once."""


async def keep_reading(
    tx: Transaction,
    officer: Officer,
    *,
    number: NumberRead,
    typed_outcome: FieldOutcome | None,
    purpose: str,
    digests: Digests,
    terminal: str,
) -> UUID:
    """Keep that a paper was read, and which number it showed."""
    identifier = new_id()
    await reading_store.insert_reading(
        tx, officer, id=identifier, number=number, typed_outcome=typed_outcome, purpose=purpose, digests=digests,
        terminal=terminal,
    )  # fmt: skip
    await _note(
        tx, officer, act="read_paper", key=identifier, terminal=terminal, sha256=[digests.sha256],
        condition=f"purpose={purpose} outcome={number.outcome} typed={typed_outcome}",
    )  # fmt: skip
    return identifier


async def find_reading(tx: Transaction, *, scope: Scope, reading: UUID) -> Reading:
    """Return what is kept of a reading.

    Raises:
        NotFound: there is none inside the scope.
    """
    found = await reading_store.find_reading(tx, scope=scope.patterns, reading=reading)
    if found is None:
        raise NotFound
    return found


async def find_usable_reading(tx: Transaction, *, organization: str, reading: UUID) -> Reading | None:
    """Return a reading that a look-up may rest on: of the officer's own organisation, at most a day old."""
    found = await reading_store.find_reading(tx, scope=[organization], reading=reading)
    return found if found is not None and tx.now - found.read_at <= USABLE_FOR else None


async def find_band(tx: Transaction, *, organization: str, comparison: UUID) -> Band | None:
    """Return what an organisation's comparison of two faces says, as scores are read now; None where it made none."""
    found = await reading_store.find_comparison(tx, scope=[organization], comparison=comparison)
    return None if found is None else (await service.read_comparison(tx, score=found.score)).band


async def note_paper_comparison(
    tx: Transaction, officer: Officer, *, digests: Sequence[Digests], regions: int, terminal: str
) -> None:
    """Write on the trail that two papers were compared."""
    await _note(
        tx, officer, act="compare_papers", key=None, terminal=terminal, sha256=[one.sha256 for one in digests],
        condition=f"regions={regions}", operation=Operation.QUERY,
    )  # fmt: skip


async def compare_faces(
    tx: Transaction,
    officer: Officer,
    *,
    faces: tuple[FaceSeen, FaceSeen],
    digests: tuple[Digests, Digests],
    terminal: str,
) -> FacesCompared:
    """Say how alike two faces are, and keep the score; the faces aren't kept."""
    score = reading_rules.score_of(faces[0].embedding, faces[1].embedding)
    comparison: FaceComparison = await service.read_comparison(tx, score=score)
    identifier = new_id()
    await reading_store.insert_comparison(
        tx, officer, id=identifier, model=service.MODEL, score=score, first=digests[0], second=digests[1],
        terminal=terminal,
    )  # fmt: skip
    await _note(
        tx, officer, act="compare_faces", key=identifier, terminal=terminal, sha256=[one.sha256 for one in digests],
        condition=f"score={score:.3f} band={comparison.band}",
    )  # fmt: skip
    return FacesCompared(id=identifier, comparison=comparison)


async def note_spent(tx: Transaction, officer: Officer, *, act: Act, terminal: str) -> None:
    """Write on the trail that an officer asked for more pictures than an hour's."""
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal, operation=Operation.QUERY,
        act=act, object="documents", key=None, succeeded=False, error_code="pictures_spent",
    )  # fmt: skip


async def _note(
    tx: Transaction,
    officer: Officer,
    *,
    act: str,
    key: UUID | None,
    terminal: str,
    sha256: Sequence[bytes],
    condition: str,
    operation: Operation = Operation.ADD,
) -> None:
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal, operation=operation, act=act,
        object="documents", key=None if key is None else str(key), condition=condition, count=len(sha256),
        detail={"sha256": [one.hex() for one in sha256]},
    )  # fmt: skip
