"""Every suspicious kind that was planted in a made-up world is found, and nothing that only looks like it."""

import asyncpg
import pytest
from tests.screening.facts import sweep_rule
from tests.screening.world_maker import PLANTS, World, enter_world, make_world

from birthreg.kernel.database import Database
from birthreg.screening.rule_files import load_rules


@pytest.fixture(scope="module")
async def planted(books: Database) -> World:
    """A world of two thousand plain registrations, with three groups of each kind."""
    world = make_world(seed=20_240_601, plain=2_000, groups=3)
    connection = await asyncpg.connect(books._url)
    await enter_world(connection, world)
    await connection.close()
    return world


def test_every_rule_is_planted() -> None:
    assert set(PLANTS) == set(load_rules())


def test_the_same_seed_makes_the_same_world() -> None:
    first, second = (make_world(seed=7, plain=20) for _ in range(2))
    assert first.books == second.books


@pytest.mark.parametrize("code", sorted(PLANTS))
async def test_what_was_planted_is_found_and_what_looks_like_it_is_not(
    books: Database, planted: World, code: str
) -> None:
    async with books.transaction() as tx:
        found = set(await sweep_rule(tx, code))
    assert planted.planted[code]
    assert planted.innocent[code]
    assert not planted.planted[code] - found
    assert not planted.innocent[code] & found
    assert not planted.plain & found
