"""What a health authority delivers, through the door and in the books."""

import asyncio
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
import pytest
from tests import make
from tests.conftest import SignIn

from birthreg.access.models import Role
from birthreg.certificates.models import CertificateNumber
from birthreg.certificates.rules import ordinal_of
from birthreg.certificates.service import load_grammar
from birthreg.imports.rules import REASONS
from birthreg.kernel.database import Database, Transaction

DOOR = "/api/v1/issuances"


def certificate(number: str = "X420100001", **changes: Any) -> dict[str, Any]:
    return {
        "certificate_number": number,
        "issue_kind": 1,
        "issued_on": "2023-05-06",
        "child_name": "李安然",
        "child_sex": 2,
        "born_at": "2023-05-04T08:30:00+08:00",
        "issuer_name": "武汉市第一妇幼保健院",
        "issuer_division": "420106",
    } | changes


@pytest.fixture
async def machine(sign_in: SignIn) -> httpx.AsyncClient:
    return await sign_in("health.hubei", role=Role.MACHINE_CLIENT, organization=make.HUBEI)


async def count(database: Database) -> int:
    async with database.transaction() as tx:
        found: int = await tx.connection.fetchval("SELECT count(*) FROM issuances")
    return found


async def test_a_delivery_says_of_each_what_became_of_it_in_order(machine: httpx.AsyncClient) -> None:
    await machine.post(DOOR, json=certificate("X420100002"))
    batch = [
        certificate("x-420100003"),
        certificate("X420100002"),
        certificate("X420100001", child_name="王小明"),
        certificate("X420100002", child_name="王小明") | {"certificate_number": "X420100004"},
    ]
    await machine.post(DOOR, json=certificate("X420100004"))
    answer = await machine.post(DOOR, json=batch)
    assert answer.status_code == 200, answer.text
    assert [(item["certificate_number"], item["outcome"]) for item in answer.json()["items"]] == [
        ("X420100003", "stored"),
        ("X420100002", "unchanged"),
        ("X420100001", "stored"),
        ("X420100004", "conflicting"),
    ]


async def test_what_is_known_is_never_overwritten(machine: httpx.AsyncClient, database: Database) -> None:
    await machine.post(DOOR, json=certificate(child_name="李安然"))
    await machine.post(DOOR, json=certificate(child_name="王小明"))
    async with database.transaction() as tx:
        assert await tx.connection.fetchval("SELECT child_name FROM issuances") == "李安然"


async def test_one_wrong_certificate_refuses_the_whole_delivery_and_is_named(
    machine: httpx.AsyncClient, database: Database
) -> None:
    batch = [
        certificate("X420100001"),
        certificate("X42O100002"),
        certificate("X420100003", child_sex=3, original_number="nothing"),
        certificate("X420100004", issuer_division="350100"),
        certificate("X420100005", born_at="2023-05-04T08:30:00"),
    ]
    answer = await machine.post(DOOR, json=batch)
    assert answer.status_code == 422
    assert {(error["field"], error["code"]) for error in answer.json()["errors"]} == {
        ("[1].certificate_number", "number_malformed"),
        ("[2].child_sex", "sex_unknown"),
        ("[2].original_number", "number_malformed"),
        ("[3].issuer_division", "issuer_outside_scope"),
        ("[4].born_at", "offset_missing"),
    }
    assert await count(database) == 0


@pytest.mark.parametrize(
    "content",
    [
        certificate(issue_kind=7),
        certificate(issued_on="yesterday"),
        certificate(child_name=""),
        certificate(issuer_division="42"),
        certificate(surprise=1),
        certificate(original_number="X420100001"),
        certificate(child_name="李\x00安然"),
        certificate(born_at="0001-01-01T00:00:00+14:00"),
        certificate(born_at="9999-12-31T23:59:59-10:00"),
        certificate(issued_on="9999-12-31"),
        [],
        [certificate()] * 2 + ["X420100001"],
        "X420100001",
    ],
)
async def test_a_wrong_certificate_is_told_and_not_kept(
    machine: httpx.AsyncClient, database: Database, content: Any
) -> None:
    answer = await machine.post(DOOR, json=content)
    assert answer.status_code == 422, answer.text
    assert await count(database) == 0


CHINA = timezone(timedelta(hours=8))
TOMORROW = (datetime.now(CHINA) + timedelta(days=1)).date().isoformat()


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("issued_on", TOMORROW, "date_in_future"),
        ("issued_on", "1899-12-31", "date_too_early"),
        ("born_at", f"{TOMORROW}T23:59:59+08:00", "moment_in_future"),
        ("born_at", "1899-12-31T23:59:59+08:00", "moment_too_early"),
    ],
)
async def test_a_day_is_refused_by_the_rule_that_files_are_held_to(
    machine: httpx.AsyncClient, database: Database, field: str, value: str, code: str
) -> None:
    answer = await machine.post(DOOR, json=certificate(**{field: value}))
    told = [(error["field"], error["code"]) for error in answer.json()["errors"]]
    assert (answer.status_code, told) == (422, [(f"[0].{field}", code)])
    assert await count(database) == 0
    assert code in REASONS


async def test_more_than_ten_thousand_are_refused(machine: httpx.AsyncClient, database: Database) -> None:
    answer = await machine.post(DOOR, json=[certificate(f"X4{place:08d}") for place in range(10_001)])
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "delivery_size")
    assert await count(database) == 0


async def test_one_number_twice_in_a_delivery_is_told_once_and_kept_once(
    machine: httpx.AsyncClient, database: Database
) -> None:
    answer = await machine.post(DOOR, json=[certificate(), certificate(), certificate(child_name="王小明")])
    assert answer.status_code == 200, answer.text
    assert await count(database) == 1
    assert [item["outcome"] for item in answer.json()["items"]] == ["stored", "unchanged", "conflicting"]


async def test_the_same_key_with_other_content_is_refused(machine: httpx.AsyncClient, database: Database) -> None:
    key = {"Idempotency-Key": "delivery-1"}
    first = await machine.post(DOOR, json=certificate("X420100001"), headers=key)
    same = await machine.post(DOOR, json=certificate("X420100001"), headers=key)
    other = await machine.post(DOOR, json=certificate("X420100002"), headers=key)
    assert first.json() == same.json() == {"items": [{"certificate_number": "X420100001", "outcome": "stored"}]}
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert await count(database) == 1


async def test_two_deliveries_of_one_number_at_once_are_kept_once(
    machine: httpx.AsyncClient, database: Database
) -> None:
    deliveries = [[certificate(f"X4201000{place:02d}") for place in order] for order in (range(40), range(39, -1, -1))]
    answers = await asyncio.gather(*(machine.post(DOOR, json=delivery) for delivery in deliveries))
    assert [answer.status_code for answer in answers] == [200, 200]
    outcomes = [item["outcome"] for answer in answers for item in answer.json()["items"]]
    assert sorted(outcomes) == ["stored"] * 40 + ["unchanged"] * 40
    assert await count(database) == 40


async def test_the_grammar_of_the_books_is_the_one_of_the_domain(tx: Transaction) -> None:
    grammar = await load_grammar(tx)
    assert (grammar.years["A"], grammar.years["K"], grammar.years["X"], grammar.years["Z"]) == (2000, 2010, 2023, 2025)
    assert [edition.edition for edition in grammar.editions] == [1, 2, 3, 4, 5, 6, 7]
    assert len(grammar.provinces) == 31
    assert grammar.provinces["42"].name == "湖北省"


@pytest.mark.parametrize("number", ["A000000000", "K520030471", "X999999999", "Z999999999"])
async def test_the_books_count_numbers_as_the_rules_do(tx: Transaction, number: str) -> None:
    ordinal = await tx.connection.fetchval("SELECT certificate_ordinal($1)", number)
    assert ordinal == ordinal_of(CertificateNumber(number))
    assert await tx.connection.fetchval("SELECT certificate_number($1)", ordinal) == number
