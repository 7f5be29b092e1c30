"""What rules read of a registration, entered without one; and one rule alone, over all of it or at one desk."""

import itertools
from datetime import date
from typing import Any
from uuid import UUID

from tests import make

from birthreg.kernel.database import Transaction
from birthreg.kernel.identifiers import new_id
from birthreg.screening import store
from birthreg.screening.models import Mode, Standing
from birthreg.screening.rule_files import load_rules
from birthreg.screening.statements import ONE, STRETCH, Statement, compose

FIRST = UUID(int=0)
LAST = UUID(int=2**128 - 1)
INDEX_PROBES = ("enable_hashjoin", "enable_mergejoin", "enable_seqscan")
"""What the pool of the desks has switched off."""

_COUNT = itertools.count(1)


def plain_fact() -> dict[str, Any]:
    """A newborn of married parents, registered with both, of whom nobody else knows anything: nothing is suspicious.

    Everybody is new, and numbers lie far apart; people, telephones and addresses are links, so any integers.
    """
    place = next(_COUNT)
    links = {
        name: place * 10 + digit
        for digit, name in enumerate(("child", "mother", "father", "applicant_phone", "address"))
    }
    return links | {
        "registration_id": new_id(),
        "standing": True,
        "certificate_number": f"Y42{place * 10_007 % 10_000_000:07d}",
        "organization": make.WUCHANG,
        "household_organization": make.WUCHANG,
        "county": "420106",
        "officer": "clerk.wuchang",
        "entered_at": make.NOON,
        "applied_on": date(2024, 6, 1),
        "child_name": f"李安{chr(0x4E00 + place % 20_000)}",
        "sex": 2,
        "birth_date": date(2024, 5, 20),
        "issued_on": date(2024, 5, 22),
        "issuer_name": "武汉市第一妇幼保健院",
        "issuer_code": "420106001",
        "issuer_division": "420106",
        "issue_kind": 1,
        "original_number": None,
        "born_outside": False,
        "household_kind": 1,
        "collective_kind": None,
        "relation": "30",
        "with_mother": True,
        "with_father": True,
        "exception": None,
        "unregistered_kind": None,
        "marital_status": "married",
        "mother_name": f"王桂{chr(0x4E00 + place % 20_000)}",
        "mother_birth_date": date(1990, 3, 7),
        "mother_province": "42",
        "father_name": f"李建{chr(0x4E00 + place % 20_000)}",
        "father_province": "42",
        "applicant": links["father"],
        "applicant_relation": "father",
        "has_paternity_report": False,
        "has_adoption_proof": False,
    }


async def enter_fact(tx: Transaction, **changes: Any) -> UUID:
    """A registration as rules read it: a plain newborn, but for what is changed."""
    row = plain_fact() | changes
    places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
    await tx.connection.execute(f"INSERT INTO screening_facts ({', '.join(row)}) VALUES ({places})", *row.values())
    registration: UUID = row["registration_id"]
    return registration


def one_rule(code: str, *, candidates: str, **parameters: Any) -> Statement:
    """One rule as a statement, with its defaults but for what is given."""
    rule = load_rules()[code]
    standing = Standing(code, 1, Mode.LIVE, rule.severity, rule.defaults | parameters, rule.digest)
    return compose([(rule, standing)], candidates=candidates)


async def sweep_rule(tx: Transaction, code: str, **parameters: Any) -> dict[UUID, dict[str, Any]]:
    """What one rule finds of all registrations, as a sweep: the evidence by registration."""
    statement = one_rule(code, candidates=STRETCH, **parameters)
    _, hits = await store.run(tx, statement=statement, after=FIRST, up_to=LAST)
    assert len({hit.registration_id for hit in hits}) == len(hits), "a rule finds a registration once"
    return {hit.registration_id: hit.evidence for hit in hits}


async def _probe(tx: Transaction, *, only: bool) -> None:
    await tx.connection.execute(
        "SELECT set_config('plan_cache_mode', $1, true)", "force_generic_plan" if only else "auto"
    )  # fmt: skip
    for name in INDEX_PROBES:
        await tx.connection.execute("SELECT set_config($1, $2, true)", name, "off" if only else "on")


async def screen_one(tx: Transaction, code: str, registration: UUID, **parameters: Any) -> dict[str, Any] | None:
    """What one rule finds of one registration, planned as at a desk: the evidence, or None."""
    await _probe(tx, only=True)
    statement = one_rule(code, candidates=ONE, **parameters)
    _, hits = await store.run(tx, statement=statement, registrations=[registration])
    await _probe(tx, only=False)
    assert len(hits) <= 1, "a rule finds a registration once"
    return hits[0].evidence if hits else None
