"""Brings the demonstration's registrations into the books, and lets them live on."""

from collections.abc import Sequence
from random import Random
from uuid import UUID

from birthreg.certificates.models import CertificateNumber
from birthreg.filing.models import Level
from birthreg.kernel.database import Transaction
from birthreg.kernel.vault import Vault
from birthreg.local.believable import STATIONS
from birthreg.local.households import Households
from birthreg.local.later_life import list_attempts, list_steps, live_on
from birthreg.local.pending import Course
from birthreg.local.stories import Odd, Used
from birthreg.local.voids import id_at
from birthreg.registrations.acting import Books
from birthreg.registrations.life_models import RegistrationStatus
from birthreg.registrations.seeding import Entered, copy_registrations
from birthreg.screening.rulebook import Rulebook
from birthreg.verification.service import Grammars

_CLERKS = {station.code: station.clerk for station in STATIONS}


class Entries:
    """The registrations of the demonstration: each has its number's use, its people, and a moment of its own."""

    def __init__(self, households: Households, vault: Vault) -> None:
        """Nothing of it is owed to a level above: it happened before that one was named."""
        self._households = households
        self._vault = vault
        self._books = Books(vault, Grammars(), Level(organization="", upstream_url=""), Rulebook())

    async def bring_in(self, tx: Transaction, effective: Sequence[Used], *, held: Sequence[Used]) -> None:
        """Copy registrations that took effect, and such as await approval."""
        entered = [
            *(self._enter(usage, RegistrationStatus.EFFECTIVE) for usage in effective),
            *(self._enter(usage, RegistrationStatus.HELD) for usage in held),
        ]
        await copy_registrations(tx, entered, vault=self._vault, by="operator", terminal="terminal")

    async def live_on(self, tx: Transaction, courses: list[Course], refused: list[Used]) -> None:
        """Let what was entered be decided, corrected and revoked, and others be refused."""
        attempts = [(usage.used_at, self._households.apply(usage)) for usage in refused]
        steps = list_attempts(attempts, books=self._books)
        for course in courses:
            steps += list_steps(course, registration_of(course.usage), books=self._books)
        await live_on(tx, steps)

    def _enter(self, usage: Used, status: RegistrationStatus) -> Entered:
        held = status is RegistrationStatus.HELD
        grounds = ["over_six", *(["unregistered_person"] if usage.odd is Odd.UNREGISTERED else [])]
        return Entered(
            id=registration_of(usage),
            application=self._households.apply(usage),
            number=CertificateNumber(usage.certificate_number),
            officer=_CLERKS[usage.organization],
            entered_at=usage.used_at,
            status=status,
            held_for=tuple(grounds) if held else (),
        )


def registration_of(usage: Used) -> UUID:
    """Return the identifier of a registration, the same in every telling."""
    return id_at(Random(usage.registration_reference + usage.certificate_number), usage.used_at)  # noqa: S311 - a story
