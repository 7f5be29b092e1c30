"""What is suspicious is told as it is entered, and kept with its evidence."""

from typing import Any
from uuid import UUID

from tests.registrations.desks import clerk, newborn, numbers, register
from tests.worlds import World

NUMBERS = numbers(60_000)
IN_COLLECTIVE: dict[str, Any] = {
    "household": {"kind": 2, "collective_kind": "police_station", "head_name": None, "relation": None},
    "mother": {"household": "none"},
    "father": {"household": "none"},
    "exception": "parents_without_household",
    "proofs": [{"kind": "parents_without_household", "document_number": "证-1"}],
}


async def test_a_plain_newborn_is_not_suspicious(world: World) -> None:
    desk = await clerk(world)
    answer = await register(desk, newborn(next(NUMBERS)))
    assert answer.status_code == 201, answer.text
    assert answer.json()["findings"] == []


async def test_a_suspicious_registration_is_flagged_in_its_answer_and_kept(world: World) -> None:
    desk = await clerk(world)
    answer = await register(desk, newborn(next(NUMBERS), **IN_COLLECTIVE))
    assert answer.status_code == 201, answer.text
    [found] = [one for one in answer.json()["findings"] if one["code"] == "collective_household"]
    assert found["message"] == "落户在派出所集体户"
    async with world.database.transaction() as tx:
        kept = await tx.connection.fetchrow(
            "SELECT rule, evidence, sentence_en FROM findings WHERE registration_id = $1 AND rule = $2",
            UUID(answer.json()["id"]), "collective_household",
        )  # fmt: skip
    assert kept is not None
    assert kept["evidence"] == {"collective_kind": "police_station"}
    assert kept["sentence_en"] == "registered in the collective household of a police station"
