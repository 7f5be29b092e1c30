"""Numbers shown at desks, as look-ups of groups, and the cases that come of it."""

from typing import Any

from tests import make

from birthreg.access.models import Officer
from birthreg.cases.leads import admit_attempts
from birthreg.kernel.database import Transaction
from birthreg.verification.models import Purpose
from birthreg.verification.service import Grammars, ask, asker_of, verify_group

CASES = """
SELECT cases.id, cases.number, cases.subject, cases.status, cases.severity, cases.leads, cases.kinds,
       cases.organization, cases.household_organization, cases.handler, cases.certificate_number
  FROM cases ORDER BY cases.id
"""
LEADS = """
SELECT case_id, kind, rule, severity, certificate_number, organization, sentence_zh, sentence_en, source_id
  FROM case_leads ORDER BY id
"""


async def show(
    tx: Transaction, *numbers: str, officer: Officer | None = None, purpose: Purpose = Purpose.BIRTH_REGISTRATION
) -> None:
    """Look numbers up, as one group, and let the listed ones open cases, as the worker does."""
    asker = asker_of(officer or make.signed_in(), purpose=purpose, terminal="desk", in_session=False)
    await verify_group(tx, [ask(asker, number) for number in numbers], grammars=Grammars())
    while await admit_attempts(tx, limit=1_000):
        pass


async def cases(tx: Transaction) -> list[dict[str, Any]]:
    """Return all cases, oldest first."""
    return [dict(row) for row in await tx.connection.fetch(CASES)]


async def leads(tx: Transaction) -> list[dict[str, Any]]:
    """Return all leads, oldest first."""
    return [dict(row) for row in await tx.connection.fetch(LEADS)]
