"""Pictures behind a registration: the reading and the comparison of faces that it names, and the child's face."""

from datetime import timedelta
from uuid import UUID

import pytest
from tests import make
from tests.documents.doors import face
from tests.registrations.desks import admin, clerk, codes, newborn, numbers, over_six, register
from tests.worlds import World

from birthreg.access.models import Role
from birthreg.kernel.identifiers import new_id

NUMBERS = numbers(3_700_000)


async def a_reading(world: World, number: str, *, organization: str = make.WUCHANG, age: int = 0) -> UUID:
    """A reading of a station that is some hours old."""
    reading = new_id()
    async with world.database.transaction() as tx:
        await tx.connection.execute(
            "INSERT INTO document_readings VALUES ($1, $2, 'x', $3, 't', 'audit', $4, $4, 'sure', $5)",
            reading, tx.now - timedelta(hours=age), organization, b"0" * 32, number,
        )  # fmt: skip
    return reading


async def a_comparison(world: World, *, organization: str, score: float = 0.1) -> UUID:
    """A comparison of faces that an organisation made."""
    comparison = new_id()
    async with world.database.transaction() as tx:
        await tx.connection.execute(
            "INSERT INTO face_comparisons VALUES ($1, $2, 'x', $3, 't', 'm', $5, $4, $4)",
            comparison, tx.now, organization, b"0" * 32, score,
        )  # fmt: skip
    return comparison


async def test_a_registration_rests_on_a_reading_and_its_look_up_says_so(world: World) -> None:
    number = next(NUMBERS)
    body = newborn(number, reading_id=str(await a_reading(world, number)))
    answer = await register(await clerk(world), body)
    assert answer.status_code == 201, answer.text
    kept = await world.ask("SELECT answer->'entry'->>'entered_by' FROM lookups WHERE certificate_number = $1", number)
    assert kept == "both"


async def test_a_number_read_otherwise_warns_and_refuses_nobody(world: World) -> None:
    number = next(NUMBERS)
    answer = await register(await clerk(world), newborn(number, reading_id=str(await a_reading(world, next(NUMBERS)))))
    assert answer.status_code == 201, answer.text
    found = await world.ask("SELECT answer->'findings'->0->>'code' FROM lookups WHERE certificate_number = $1", number)
    assert found == "number_differs_from_reading"


async def test_a_reading_named_without_a_number_is_looked_for_too(world: World) -> None:
    body = newborn(None, exception="foundling", reading_id=str(new_id()))
    answer = await register(await clerk(world), body)
    assert (answer.status_code, codes(answer)) == (422, ["reading_unusable"])


async def test_the_reading_that_an_over_six_registration_names_is_kept_with_it(world: World) -> None:
    desk, number = await clerk(world), next(NUMBERS)
    reading = str(await a_reading(world, number))
    held = (await register(desk, over_six(number, reading_id=reading))).json()["id"]
    shown = (await desk.get(f"/api/v1/registrations/{held}")).json()
    assert shown["application"]["reading_id"] == reading


async def test_a_reading_among_the_late_proofs_is_no_field_and_said_to_be_none(world: World) -> None:
    body = over_six(next(NUMBERS))
    body["late_proofs"]["reading_id"] = str(new_id())
    answer = await register(await clerk(world), body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith("late_proofs")


@pytest.mark.parametrize("other", [{"age": 25}, {"organization": make.FANCHENG}])
async def test_a_reading_that_is_old_or_anothers_is_named(world: World, other: dict[str, object]) -> None:
    number = next(NUMBERS)
    reading = await a_reading(world, number, **other)  # type: ignore[arg-type] # each case names one
    answer = await register(await clerk(world), newborn(number, reading_id=str(reading)))
    assert (answer.status_code, codes(answer)) == (422, ["reading_unusable"])


@pytest.mark.parametrize(("organization", "status"), [(make.WUCHANG, 201), (make.FANCHENG, 422)])
async def test_the_proof_of_a_face_names_a_comparison_of_the_own_organisation(
    world: World, organization: str, status: int
) -> None:
    body = over_six(next(NUMBERS))
    body["late_proofs"]["face_comparison"]["comparison_id"] = str(await a_comparison(world, organization=organization))
    answer = await register(await clerk(world), body)
    assert answer.status_code == status, answer.text
    if status == 422:
        assert codes(answer) == ["face_comparison_unknown"]
    else:
        shown = (await (await clerk(world)).get(f"/api/v1/registrations/{answer.json()['id']}")).json()
        proof = shown["application"]["late_proofs"]["face_comparison"]
        assert proof["comparison_id"] == body["late_proofs"]["face_comparison"]["comparison_id"]


@pytest.mark.parametrize(("score", "noted"), [(0.1, []), (0.45, ["late_faces_alike"]), (0.9, ["late_faces_alike"])])
async def test_a_proof_that_its_own_comparison_contradicts_is_noted_to_clerk_and_approver_and_refused_nobody(
    world: World, score: float, noted: list[str]
) -> None:
    body = over_six(next(NUMBERS))
    comparison = await a_comparison(world, organization=make.WUCHANG, score=score)
    body["late_proofs"]["face_comparison"]["comparison_id"] = str(comparison)
    answer = await register(await clerk(world), body)
    assert (answer.status_code, answer.json()["status"]) == (201, "held"), answer.text
    assert [note["code"] for note in answer.json()["notes"] if note["code"].startswith("late_faces")] == noted
    shown = await (await admin(world)).get(f"/api/v1/registrations/{answer.json()['id']}")
    assert [note["code"] for note in shown.json()["notes"]] == noted
    for note in shown.json()["notes"]:
        assert note["field"] == "late_proofs.face_comparison.result"
        assert "由办案人员判断" in note["next_step"]


async def test_the_face_of_a_newborn_is_not_kept(world: World) -> None:
    desk = await clerk(world)
    child = (await register(desk, newborn(next(NUMBERS)))).json()["id"]
    answer = await desk.post(f"/api/v1/registrations/{child}/face", files={"file": ("p.png", face(0))})
    assert (answer.status_code, answer.json()["code"]) == (409, "face_not_kept")


async def test_a_face_is_forgotten_by_itself_by_whoever_may_have_the_registration_corrected(world: World) -> None:
    desk = await clerk(world)
    child = (await register(desk, over_six(next(NUMBERS)))).json()["id"]
    path, files = f"/api/v1/registrations/{child}/face", {"file": ("p.png", face(3))}
    assert (await desk.post(path, files=files)).status_code == 201
    assert (await (await world.stranger()).delete(path)).status_code == 401
    assert (await (await world.desk(Role.INVESTIGATOR, make.WUHAN)).delete(path)).status_code == 403
    assert (await (await clerk(world, make.FANCHENG)).delete(path)).status_code == 404
    for templates in (1, 0):
        answer = await desk.delete(path)
        assert answer.json() == {"registration_id": child, "templates": templates}
    query = "SELECT array_agg(act || ' ' || count ORDER BY id) FROM audit_entries WHERE key = $1 AND object = 'faces'"
    assert await world.ask(query, child) == ["keep_face 1", "forget_face 1", "forget_face 0"]


async def test_no_more_than_five_pictures_of_a_child_are_kept(world: World) -> None:
    desk = await clerk(world)
    child = (await register(desk, over_six(next(NUMBERS)))).json()["id"]
    path, files = f"/api/v1/registrations/{child}/face", {"file": ("p.png", face(4))}
    assert {(await desk.post(path, files=files)).status_code for _ in range(5)} == {201}
    answer = await desk.post(path, files=files)
    assert (answer.status_code, answer.json()["code"]) == (409, "faces_enough")
    assert (await desk.delete(path)).json()["templates"] == 5


async def test_a_registration_that_is_withdrawn_takes_its_face_along(world: World) -> None:
    desk = await clerk(world)
    child = (await register(desk, over_six(next(NUMBERS)))).json()["id"]
    path, files = f"/api/v1/registrations/{child}/face", {"file": ("p.png", face(5))}
    assert (await desk.post(path, files=files)).status_code == 201
    taken_back = await desk.post(f"/api/v1/registrations/{child}/withdrawal", json={"reason": "材料不全,撤回"})
    assert taken_back.status_code == 200, taken_back.text
    assert (await desk.delete(path)).json()["templates"] == 0
    assert (await desk.post(path, files=files)).json()["code"] == "face_not_kept"
