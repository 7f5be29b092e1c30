"""The acts on faces: how scores are read, templates of registered children, and the search among them.

Pictures are read elsewhere (`faces`), beside the loop; here come what they were turned into.
"""

from typing import TypeAlias
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from birthreg.access.models import Officer, Scope
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.documents import store
from birthreg.documents.face_refusals import CalibrationUnusable, FaceSearchUnavailable, FacesEnough, fault_errors
from birthreg.documents.face_rules import FIRST, MOST_TEMPLATES, list_faults, note_on, read_score
from birthreg.documents.models import Calibration, FaceComparison, FaceHit, NewCalibration, SearchPurpose
from birthreg.documents.reading_models import FaceSeen
from birthreg.documents.turning import seal, turn
from birthreg.documents.weights import RECOGNIZER
from birthreg.kernel.database import Transaction
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.language import Text
from birthreg.kernel.vault import Vault

Embedding: TypeAlias = NDArray[np.float32]

MODEL = RECOGNIZER.digest
"""The model in use; templates of another aren't compared with its own."""

_MOST_CALIBRATIONS = 200


def embedding_of(face: FaceSeen) -> Embedding:
    """Return what a face is compared by, as it came from the processes that read."""
    return np.array(face.embedding, np.float32)


async def find_calibration(tx: Transaction) -> Calibration:
    """Return how scores are read now."""
    return await store.find_calibration(tx, model=MODEL) or FIRST


async def find_note(tx: Transaction) -> Text:
    """Return how far scores can be believed now."""
    return note_on(await find_calibration(tx))


async def list_calibrations(tx: Transaction) -> list[Calibration]:
    """Return how scores were read, are and will be, the latest first."""
    return await store.list_calibrations(tx, model=MODEL, limit=_MOST_CALIBRATIONS)


async def calibrate(tx: Transaction, officer: Officer, *, new: NewCalibration, terminal: str) -> UUID:
    """Let a study say how scores are read from a moment on; what was said before stays in the history.

    Raises:
        CalibrationUnusable: its bands or its points can't be used.
    """
    faults = list_faults(list_from=new.list_from, strong_from=new.strong_from, points=new.points)
    begin = new.in_force_from or tx.now
    if begin < tx.now:
        faults.append("reaches_back")
    if faults:
        raise CalibrationUnusable(errors=fault_errors(faults))
    identifier = new_id()
    await store.insert_calibration(
        tx, id=identifier, model=MODEL, new=new, in_force_from=begin, officer=officer.id,
        organization=officer.organization,
    )  # fmt: skip
    await _note(
        tx, officer, operation=Operation.ADD, act="calibrate_faces", key=identifier, terminal=terminal,
        condition=f"list_from={new.list_from} strong_from={new.strong_from} in_force_from={begin}",
    )  # fmt: skip
    return identifier


async def read_comparison(tx: Transaction, *, score: float) -> FaceComparison:
    """Read the score of two faces as it is read now, with how often the study erred there."""
    calibration = await find_calibration(tx)
    return read_score(score, calibration, await store.list_points(tx, calibration=calibration.id))


async def keep_template(
    tx: Transaction,
    officer: Officer,
    *,
    vault: Vault,
    embedding: Embedding,
    registration: UUID,
    organization: str,
    household_organization: str,
    terminal: str,
) -> UUID:
    """Keep the face of a registered child, so that the same child is found when it is registered again.

    The organisations are those of the registration, which the caller holds: where it was accepted, and where the
    child is registered.

    Raises:
        FacesEnough: as many pictures of the child are kept as may be.
    """
    identifier = new_id()
    is_kept = await store.keep_template(
        tx, id=identifier, registration=registration, organization=organization,
        household_organization=household_organization, model=MODEL, sealed=seal(vault, embedding),
        turned=turn(vault.current(), embedding), officer=officer.id, at_most=MOST_TEMPLATES,
    )  # fmt: skip
    if not is_kept:
        raise FacesEnough(most=MOST_TEMPLATES)
    await _note(tx, officer, operation=Operation.ADD, act="keep_face", key=registration, terminal=terminal)
    return identifier


async def forget_templates(tx: Transaction, officer: Officer, *, registration: UUID, terminal: str) -> int:
    """Forget a child's face, and say how many templates there were; who asks has found the registration."""
    forgotten = await store.forget_templates(tx, registration=registration)
    await _note(
        tx, officer, operation=Operation.DELETE, act="forget_face", key=registration, terminal=terminal, count=forgotten
    )
    return forgotten


async def search(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    vault: Vault,
    embedding: Embedding,
    purpose: SearchPurpose,
    terminal: str,
    besides: UUID | None = None,
) -> tuple[FaceHit, ...]:
    """Look among the children registered inside the scope for one who looks the same; at most five, nearest first.

    `besides` is the child's own registration, which isn't looked at. The trail keeps who searched, what for, and
    which registrations were shown with which score.

    Raises:
        FaceSearchUnavailable: the database can't search.
    """
    if not await store.is_searchable(tx):
        raise FaceSearchUnavailable
    calibration = await find_calibration(tx)
    points = await store.list_points(tx, calibration=calibration.id)
    near = await store.find_near(
        tx, scope=scope.patterns, model=MODEL, probes=[turn(key, embedding) for key in vault.list_keys()],
        at_least=calibration.list_from, besides=besides,
    )  # fmt: skip
    shown = [f"{face.registration_id}:{face.score:.3f}" for face in near]
    await _note(
        tx, officer, operation=Operation.QUERY, act="search_faces", key=besides, terminal=terminal,
        condition=f"purpose={purpose} calibration={calibration.id}", count=len(near), shown=shown,
    )  # fmt: skip
    return tuple(
        FaceHit(registration_id=face.registration_id, comparison=read_score(face.score, calibration, points))
        for face in near
    )


async def _note(
    tx: Transaction,
    officer: Officer,
    *,
    operation: Operation,
    act: str,
    key: UUID | None,
    terminal: str,
    condition: str | None = None,
    count: int = 1,
    shown: list[str] | None = None,
) -> None:
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal, operation=operation, act=act,
        object="faces", key=None if key is None else str(key), condition=condition, count=count,
        detail=None if shown is None else {"shown": shown},
    )  # fmt: skip
