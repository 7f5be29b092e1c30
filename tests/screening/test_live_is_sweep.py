"""A rule finds the same of one registration at a desk as of all of them in a sweep, with the same evidence."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.screening.facts import FIRST, INDEX_PROBES, LAST, one_rule
from tests.screening.world_maker import PLANTS, World, enter_world, make_world

from birthreg.kernel.database import SERVICE_ROLE, Database, Transaction
from birthreg.local.servers import OWNER_ROLE
from birthreg.screening import store
from birthreg.screening.models import Mode, Standing
from birthreg.screening.rule_files import load_rules
from birthreg.screening.statements import ONE, STRETCH, Statement, compose

Found = dict[tuple[str, UUID], Any]

ALL = [
    (rule, Standing(code, 1, Mode.LIVE, rule.severity, rule.defaults, rule.digest))
    for code, rule in load_rules().items()
]
LIVE = compose(ALL, candidates=ONE)
SWEEP = compose(ALL, candidates=STRETCH)


async def run(tx: Transaction, statement: Statement, **place: Any) -> Found:
    _, hits = await store.run(tx, statement=statement, **place)
    found = {(hit.rule, hit.registration_id): hit.evidence for hit in hits}
    assert len(found) == len(hits), "a rule finds a registration once"
    return found


async def sweep_in_parts(tx: Transaction, cuts: list[UUID]) -> Found:
    found: Found = {}
    for after, up_to in zip([FIRST, *cuts], [*cuts, LAST], strict=True):
        part = await run(tx, SWEEP, after=after, up_to=up_to)
        assert not found.keys() & part.keys()
        found |= part
    return found


def coincide(world: World, draw: st.DataObject) -> None:
    """Let registrations of a world have more in common than they had."""
    rows = world.books["screening_facts"]
    columns = ["mother", "father", "child", "applicant", "applicant_phone", "county", "issuer_division", "officer",
               "organization", "birth_date", "entered_at", "child_name", "original_number", "standing"]  # fmt: skip
    for _ in range(draw.draw(st.integers(0, 60))):
        one, other = (draw.draw(st.sampled_from(rows)) for _ in range(2))
        column = draw.draw(st.sampled_from(columns))
        one[column] = other["certificate_number"] if column == "original_number" else other[column]
        if column == "standing":
            one[column] = False


@asynccontextmanager
async def books_of(books: Database, world: World) -> AsyncIterator[Transaction]:
    """Books that hold one world, until the end."""
    async with books.transaction() as tx:
        attempt = tx.connection.transaction()
        await attempt.start()
        try:
            await tx.connection.execute(f"SET LOCAL ROLE {OWNER_ROLE}")
            await enter_world(tx.connection, world)
            await tx.connection.execute(f"SET LOCAL ROLE {SERVICE_ROLE}")
            yield tx
        finally:
            await attempt.rollback()


async def sit_at_a_desk(tx: Transaction) -> None:
    """Let all that follows be planned as it is for desks."""
    for name, value in ({"plan_cache_mode": "force_generic_plan"} | dict.fromkeys(INDEX_PROBES, "off")).items():
        await tx.connection.execute("SELECT set_config($1, $2, true)", name, value)


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(seed=st.integers(0, 2**32), plain=st.integers(0, 40), data=st.data())
async def test_live_is_sweep(books: Database, seed: int, plain: int, data: st.DataObject) -> None:
    world = make_world(seed=seed, plain=plain)
    coincide(world, data)
    registrations = sorted(row["registration_id"] for row in world.books["screening_facts"])
    cuts = sorted(data.draw(st.sets(st.sampled_from(registrations), max_size=4)))
    async with books_of(books, world) as tx:
        swept = await run(tx, SWEEP, after=FIRST, up_to=LAST)
        assert await sweep_in_parts(tx, cuts) == swept
        for code in PLANTS:
            alone = await run(tx, one_rule(code, candidates=STRETCH), after=FIRST, up_to=LAST)
            assert alone == {key: evidence for key, evidence in swept.items() if key[0] == code}
        await sit_at_a_desk(tx)
        assert await run(tx, LIVE, registrations=registrations) == swept
        live: Found = {}
        for registration in registrations:
            live |= await run(tx, LIVE, registrations=[registration])
        assert live == swept
    assert len({rule for rule, _ in swept}) > len(PLANTS) / 2
