"""Look-ups as they go to the books; a listed number shown for a registration is owed to a case with its record."""

from collections.abc import Iterator, Sequence

from birthreg.cases.lead_models import Attempt
from birthreg.cases.leads import owe_attempts
from birthreg.kernel.database import Transaction
from birthreg.verification import store
from birthreg.verification.models import RULE_VERSION, Asking, Decision, Purpose

_REGISTERING = frozenset({Purpose.BIRTH_REGISTRATION, Purpose.LATE_REGISTRATION, Purpose.BACK_FILL})
"""Who investigates, audits or exchanges shows nobody's certificate."""


async def record(tx: Transaction, *, decided: Sequence[tuple[Asking, Decision]], list_version: int) -> None:
    """Keep a group of look-ups in one statement, with the listed numbers among them that were shown at desks."""
    async with tx.together():
        await store.record_lookups(tx, decided=decided, list_version=list_version, rule_version=RULE_VERSION)
        await owe_attempts(tx, attempts=list(_attempts(decided)))


def _attempts(decided: Sequence[tuple[Asking, Decision]]) -> Iterator[Attempt]:
    for asking, decision in decided:
        listing = decision.blacklist
        if listing is not None and asking.certificate_number and asking.asker.purpose in _REGISTERING:
            yield Attempt(
                lookup=asking.id,
                number=asking.certificate_number,
                officer=asking.asker.on_behalf_of or asking.asker.officer,
                organization=asking.asker.organization,
                reason=listing.reason,
                document_number=listing.document_number,
            )
