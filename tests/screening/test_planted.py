"""Every suspicious kind that was planted in a made-up world is found, and nothing that only looks like it."""

import json

import asyncpg
import pytest
from tests.screening.facts import sweep_rule
from tests.screening.world_maker import PLANTS, World, enter_world, make_world

from birthreg.kernel.database import Database
from birthreg.screening.rule_files import fields_of, load_rules
from birthreg.screening.sentences import say


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
        found = (await sweep_rule(tx, code)).keys()
    assert planted.planted[code]
    assert planted.innocent[code]
    assert not planted.planted[code] - found
    assert not planted.innocent[code] & found
    assert not planted.plain & found


@pytest.mark.parametrize("code", sorted(PLANTS))
async def test_a_sentence_is_made_of_evidence_alone_which_names_nobody(
    books: Database, planted: World, code: str
) -> None:
    rows = {row["registration_id"]: row for row in planted.books["screening_facts"]}
    says = load_rules()[code].says
    async with books.transaction() as tx:
        found = await sweep_rule(tx, code)
    for registration, evidence in found.items():
        assert fields_of(says.zh) <= evidence.keys()
        sentence = say(says, evidence, {})
        said = sentence.zh + sentence.en + json.dumps(evidence, ensure_ascii=False)
        people = [rows[registration][column] for column in ("child_name", "mother_name", "father_name")]
        assert not [name for name in people if name and name in said]
