"""Pictures behind a registration: the reading and the comparison that it names, and the child's face."""

from uuid import UUID

import msgspec

from birthreg.access.models import Officer, Scope
from birthreg.documents.models import Band
from birthreg.documents.reading_models import FaceSeen
from birthreg.documents.readings import find_band
from birthreg.documents.service import embedding_of, forget_templates, keep_template
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import Conflict, field_error
from birthreg.kernel.language import Text
from birthreg.kernel.vault import Vault
from birthreg.registrations import later
from birthreg.registrations.book_models import RegistrationRow
from birthreg.registrations.late_rules import AWAITS_PREFECTURE, note_face
from birthreg.registrations.life_models import RegistrationStatus
from birthreg.registrations.models import Application, FaceProof, LateProofs
from birthreg.registrations.policy_models import Note
from birthreg.verification.entering import require_reading, rest_on_reading
from birthreg.verification.models import Asking

_STANDING = (RegistrationStatus.HELD, RegistrationStatus.EFFECTIVE)


class FaceNotKept(Conflict):
    """该登记不是 6 周岁以上补报,或已终止,不保存人脸。

    This registration isn't of a child older than six, or has ended; no face is kept.
    """

    remedy = Text(
        "无须保存;人脸仅在 6 周岁以上补报核查时保存。", "Nothing is to be kept: faces serve that check alone."
    )


class FaceKept(msgspec.Struct, frozen=True, kw_only=True):
    """A child's face that is found from now on when the same child is registered again."""

    id: UUID
    registration_id: UUID


class FaceForgotten(msgspec.Struct, frozen=True, kw_only=True):
    """How many pictures of a child's face were kept until now; none is any more."""

    registration_id: UUID
    templates: int


async def rest_on_pictures(
    tx: Transaction, officer: Officer, *, application: Application, asking: Asking | None
) -> Asking | None:
    """Hold an application to the reading and the comparison of faces that it names; without any nothing is asked.

    Raises:
        FieldsWrong: there is none of the officer's own organisation, or the reading is older than a day.
    """
    comparison = comparison_of(application.late_proofs)
    if comparison is not None:
        await _require_comparison(tx, officer, comparison=comparison)
    if application.reading_id is None:
        return asking
    if asking is None:
        await require_reading(tx, organization=officer.organization, reading=application.reading_id)
        return None
    return await rest_on_reading(tx, asking, reading=application.reading_id)


def comparison_of(proofs: LateProofs | None) -> UUID | None:
    """Return the comparison that the proof of a child's face names."""
    return proofs.face_comparison.comparison_id if proofs and proofs.face_comparison else None


async def _require_comparison(tx: Transaction, officer: Officer, *, comparison: UUID) -> None:
    if await find_band(tx, organization=officer.organization, comparison=comparison) is None:
        raise field_error(
            field="late_proofs.face_comparison.comparison_id",
            code="face_comparison_unknown",
            zh="本单位没有这次人脸比对;请重新比对,或不填此项。",
            en="Your organisation made no such comparison; compare again, or leave it out.",
        )


async def are_faces_alike(tx: Transaction, *, organization: str, comparison: UUID | None) -> bool:
    """Say whether the comparison that a proof names found its faces alike; no comparison found nothing."""
    if comparison is None:
        return False
    return await find_band(tx, organization=organization, comparison=comparison) in (Band.POSSIBLE, Band.STRONG)


async def note_face_of(tx: Transaction, row: RegistrationRow) -> list[Note]:
    """Note, for whoever decides, that the proof of a child's face says the opposite of the comparison it names."""
    kept = (row.particulars.get("late_proofs") or {}).get("face_comparison")
    proof = msgspec.convert(kept, FaceProof | None)
    comparison = proof.comparison_id if proof else None
    alike = await are_faces_alike(tx, organization=row.organization, comparison=comparison)
    return list(note_face(proof, alike=alike))


async def keep_face(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    registration: UUID,
    face: FaceSeen,
    vault: Vault,
    terminal: str,
) -> FaceKept:
    """Keep the face of a child older than six; it goes when the registration ends or its record does.

    Raises:
        NotFound: there is no such registration inside the scope.
        FaceNotKept: the child wasn't older than six, or the registration has ended.
        FacesEnough: as many pictures of the child are kept as may be.
    """
    row = (await later.hold(tx, scope=scope, registration=registration, version=None)).row
    if AWAITS_PREFECTURE.code not in row.held_for or row.status not in _STANDING:
        raise FaceNotKept
    identifier = await keep_template(
        tx, officer, vault=vault, embedding=embedding_of(face), registration=registration,
        organization=row.organization, household_organization=row.household_organization, terminal=terminal,
    )  # fmt: skip
    return FaceKept(id=identifier, registration_id=registration)


async def forget_face(
    tx: Transaction, officer: Officer, *, scope: Scope, registration: UUID, terminal: str
) -> FaceForgotten:
    """Forget a child's face; asking again finds none and does no harm.

    Raises:
        NotFound: there is no such registration inside the scope.
    """
    await later.hold(tx, scope=scope, registration=registration, version=None)
    forgotten = await forget_templates(tx, officer, registration=registration, terminal=terminal)
    return FaceForgotten(registration_id=registration, templates=forgotten)
