"""Who reads what of a registration, and how it is found."""

import pytest
from tests import make
from tests.registrations.desks import (
    REGISTRATIONS,
    admin,
    clerk,
    newborn,
    numbers,
    over_six,
    province,
    register,
    registered,
    strange_admin,
)
from tests.worlds import World

from birthreg.access.models import Role
from birthreg.registrations.sealing import normalize_phone

NUMBERS = numbers(3_000)
SECRETS = ("420106199003070040", "420106198808120039", "13800000000", "武汉市武昌区水果湖街 1 号")
NAMES = ("李安然", "王桂兰", "李建国")
SEARCHES = f"{REGISTRATIONS}/searches"


@pytest.mark.parametrize(
    ("role", "organization", "secrets", "names"),
    [
        (Role.CLERK, make.WUCHANG, True, True),
        (Role.CLERK, make.WUHAN, False, True),
        (Role.PREFECTURE_ADMIN, make.WUHAN, True, True),
        (Role.PROVINCE_ADMIN, make.HUBEI, True, True),
        (Role.INVESTIGATOR, make.WUHAN, True, True),
        (Role.LEAD_INVESTIGATOR, make.WUHAN, True, True),
        (Role.AUDITOR, make.WUHAN, False, False),
    ],
)
async def test_personal_data_is_shown_by_role(
    world: World, role: Role, organization: str, secrets: bool, names: bool
) -> None:
    number = next(NUMBERS)
    registration = await registered(await clerk(world), newborn(number))
    desk = await world.desk(role, organization)
    answer = await desk.get(f"{REGISTRATIONS}/{registration}")
    assert answer.status_code == 200
    assert [secret in answer.text for secret in SECRETS] == [secrets] * len(SECRETS)
    assert [name in answer.text for name in NAMES] == [names] * len(NAMES)
    assert answer.json()["masked"] is not secrets
    listed = (await desk.get(REGISTRATIONS)).text
    assert ("李安然" in listed) is names
    assert (number in answer.text, number in listed) == (names, names)


async def test_a_registration_reads_as_it_was_entered(world: World) -> None:
    body = newborn(
        next(NUMBERS),
        mother={"other_identity": {"kind": "passport", "number": "E12345678"}, "citizen_number": None,
                "phone": "+86 139-0000-0000", "address": "武昌区中南路 2 号", "birth_date": "1990-03-07"},
        guardians=[{"name": "王桂兰", "relation": "mother", "phone": "13700000000"},
                   {"name": "李建国", "relation": "father", "citizen_number": "420106198808120039"}],
    )  # fmt: skip
    registration = await registered(await clerk(world), body)
    read = (await (await clerk(world)).get(f"{REGISTRATIONS}/{registration}")).json()["application"]

    def plain(value: object) -> object:
        """What was given; fields left open and defaults don't count."""
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items() if item not in (None, [], False)}
        return [plain(item) for item in value] if isinstance(value, list) else value

    expected = plain(body)
    assert isinstance(expected, dict)
    found = plain(read)
    assert isinstance(found, dict)
    found["certificate"].pop("issue_kind")
    assert found == expected


async def test_another_jurisdiction_finds_nothing_but_what_lies_there(world: World) -> None:
    here = await registered(await clerk(world), newborn(next(NUMBERS)))
    there = await registered(await clerk(world), newborn(next(NUMBERS), registered_at=make.FANCHENG))
    desk = await strange_admin(world)
    assert (await desk.get(f"{REGISTRATIONS}/{here}")).status_code == 404
    assert (await desk.get(f"{REGISTRATIONS}/{there}")).status_code == 200
    found = (await desk.post(SEARCHES, json={"citizen_number": "420106199003070040"})).json()["items"]
    assert there in [row["id"] for row in found]
    assert here not in [row["id"] for row in found]


async def test_a_list_keeps_to_every_filter_at_once(world: World) -> None:
    number = next(NUMBERS)
    here = await registered(await clerk(world), newborn(number))
    desk = await province(world)

    async def found(**wanted: str) -> list[str]:
        answer = await desk.get(REGISTRATIONS, params={"number": number, **wanted})
        assert answer.status_code == 200, answer.text
        return [row["id"] for row in answer.json()["items"]]

    assert await found(organization=make.WUCHANG, since="2020-01-01T00:00:00Z") == [here]
    assert await found(organization=make.FANCHENG) == []
    assert await found(since="2200-01-01T00:00:00Z") == []
    assert await found(until="1969-12-31T00:00:00Z") == []


@pytest.mark.parametrize("status", ["refused", "withdrawn", "revoked", "held"])
async def test_what_stands_no_more_is_listed_by_its_status(world: World, status: str) -> None:
    answer = await (await province(world)).get(
        REGISTRATIONS, params={"status": status, "since": "2020-01-01T00:00:00Z"}
    )
    assert answer.status_code == 200, answer.text
    assert {row["status"] for row in answer.json()["items"]} <= {status}


async def test_an_auditor_sees_no_day_of_birth_and_no_number_of_a_paper(world: World) -> None:
    body = newborn(
        next(NUMBERS), reference="张三 13800000000", mother={"birth_date": "1990-03-07"},
        proofs=[{"kind": "marriage_certificate", "document_number": "J420106-2019-000123"}],
    )  # fmt: skip
    registration = await registered(await clerk(world), body)
    auditor = await world.desk(Role.AUDITOR, make.WUHAN)
    answer = await auditor.get(f"{REGISTRATIONS}/{registration}")
    assert answer.status_code == 200
    for clear in ("张三", "13800000000", "J420106-2019-000123", "1990-03-07", body["child"]["born_at"][:10]):
        assert clear not in answer.text, clear


async def test_reading_leaves_a_trace(world: World) -> None:
    registration = await registered(await clerk(world), newborn(next(NUMBERS)))
    await (await admin(world)).get(f"{REGISTRATIONS}/{registration}")
    query = "SELECT count(*) FROM audit_entries WHERE act = 'read_registrations' AND key = $1"
    assert await world.ask(query, registration) == 1


@pytest.mark.parametrize(
    "wanted",
    [
        {"citizen_number": "11010119900307123x"},
        {"citizen_number": "１１０１０１１９９００３０７１２３Ｘ", "part": "mother"},
        {"phone": "+86 136 1234 5678"},
        {"address": "武昌区珞珈山路99号"},
        {"name": "欧阳"},
        {"name": "司马懿之", "part": "applicant"},
        {"similar_name": "欧阳安燃"},
    ],
)
async def test_people_are_found_by_what_is_sealed_and_by_name(world: World, wanted: dict[str, str]) -> None:
    if not await world.ask("SELECT count(*) FROM registrations WHERE child_name = '欧阳安然'"):
        body = newborn(
            next(NUMBERS), child={"name": "欧阳安然"},
            household={"address": "武昌区珞珈山路 99 号"},
            applicant={"name": "司马懿之", "relation": "other", "phone": "13612345678"},
        )  # fmt: skip
        body["mother"]["citizen_number"] = sound_number("11010119900307126")
        await registered(await clerk(world), body)
    if "citizen_number" in wanted:
        wanted = wanted | {"citizen_number": sound_number("11010119900307126").lower()}
    answer = await (await clerk(world)).post(SEARCHES, json=wanted)
    assert answer.status_code == 200, answer.text
    assert [row["child_name"] for row in answer.json()["items"]] == ["欧阳安然"]


def sound_number(digits: str) -> str:
    from birthreg.kernel.citizen_numbers import check_character  # noqa: PLC0415 - one test's tool

    return digits + check_character(digits)


async def test_a_search_asks_for_one_thing(world: World) -> None:
    desk = await clerk(world)
    for body in ({}, {"phone": "13800000000", "name": "李建"}):
        answer = await desk.post(SEARCHES, json=body)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "search_one_key")


async def test_pages_stay_right_while_registrations_are_entered(world: World) -> None:
    desk = await clerk(world)
    for _ in range(5):
        await registered(desk, newborn(next(NUMBERS)))
    first = (await desk.get(REGISTRATIONS, params={"limit": 2})).json()
    await registered(desk, newborn(next(NUMBERS)))
    second = (await desk.get(REGISTRATIONS, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    identifiers = [row["id"] for page in (first, second) for row in page["items"]]
    assert len(set(identifiers)) == 4
    assert identifiers == sorted(identifiers, reverse=True)


async def test_lists_are_narrowed_by_status_organisation_and_time(world: World) -> None:
    desk, above = await clerk(world, "420106530000"), await admin(world)
    here = {"accepted_at": "420106530000", "registered_at": "420106530000"}
    effective = await registered(desk, newborn(next(NUMBERS), **here))
    held = await registered(desk, over_six(next(NUMBERS), **here))
    entered = (await desk.get(f"{REGISTRATIONS}/{held}")).json()["entered_at"]

    async def found(**params: str) -> list[str]:
        answer = await above.get(REGISTRATIONS, params=params)
        assert answer.status_code == 200, answer.text
        return [row["id"] for row in answer.json()["items"]]

    assert await found(organization="420106530000") == [held, effective]
    assert await found(organization="420106530000", status="held") == [held]
    assert held in await found(status="held")
    assert effective not in await found(status="held")
    assert await found(organization="420106530000", until=entered) == [effective]
    assert await found(organization="420106530000", since=entered) == [held]
    assert await found(organization="420606990000") == []


async def test_investigators_see_who_was_refused(world: World) -> None:
    number = next(NUMBERS)
    await registered(await clerk(world), newborn(number))
    await register(await clerk(world), newborn(number))
    investigator = await world.desk(Role.INVESTIGATOR, make.WUHAN)
    found = (await investigator.get(f"{REGISTRATIONS}/refusals", params={"number": number})).json()["items"]
    assert [(row["officer"], row["act"], row["codes"]) for row in found] == [
        (f"clerk.{make.WUCHANG}", "register", ["verdict_used"])
    ]
    elsewhere = await world.desk(Role.INVESTIGATOR, "420600000000")
    assert (await elsewhere.get(f"{REGISTRATIONS}/refusals", params={"number": number})).json()["items"] == []


@pytest.mark.parametrize(("typed", "normal"), [("+86 138-0000-0000", "13800000000"), ("027 8765 4321", "02787654321")])
def test_a_telephone_number_is_its_digits(typed: str, normal: str) -> None:
    assert normalize_phone(typed) == normal
