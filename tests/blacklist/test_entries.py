"""The list as its doors show it: now, as it was, of one number, in pages."""

from datetime import UTC, datetime, timedelta

import asyncpg
import httpx
import pytest
from tests import make
from tests.conftest import SignIn

from birthreg.access.models import Role, Scope
from birthreg.blacklist import service
from birthreg.blacklist.models import EntryStatus
from birthreg.certificates.models import CertificateNumber
from birthreg.kernel.database import Database, Transaction

DOOR = "/api/v1/blacklist/entries"
NATION = Scope(patterns=("%",))
MARCH, MAY, JULY = (datetime(2024, month, 1, tzinfo=UTC) for month in (3, 5, 7))


@pytest.fixture
async def admin(sign_in: SignIn) -> httpx.AsyncClient:
    return await sign_in("admin.wuhan", role=Role.PREFECTURE_ADMIN, organization=make.WUHAN)


async def numbers(desk: httpx.AsyncClient, **query: object) -> list[str]:
    answer = await desk.get(DOOR, params={key: str(value) for key, value in query.items()})
    assert answer.status_code == 200, answer.text
    return [item["first"] for item in answer.json()["items"]]


async def test_the_list_is_read_as_it_stood_at_a_moment(admin: httpx.AsyncClient, database: Database) -> None:
    async with database.transaction() as tx:
        await make.listing(tx, "X420100001", listed_at=MARCH, lifted_at=MAY)
        await make.listing(tx, "X420100002", listed_at=MAY)
    assert await numbers(admin, as_of=MARCH - timedelta(days=1)) == []
    assert await numbers(admin, as_of=MARCH) == ["X420100001"]
    assert await numbers(admin, as_of=MAY, status="in_force") == ["X420100002"]
    assert await numbers(admin, status="lifted") == ["X420100001"]
    assert await numbers(admin, as_of=MARCH, status="lifted") == []
    assert await numbers(admin) == ["X420100002", "X420100001"]


@pytest.mark.parametrize(
    ("number", "held"),
    [
        ("X420100009", False),
        ("X420100010", True),
        ("X420100015", True),
        ("X420100019", True),
        ("X420100020", False),
        ("Y420100015", False),
    ],
)
async def test_a_range_holds_its_first_its_last_and_all_between(tx: Transaction, number: str, held: bool) -> None:
    await make.listing(tx, "X420100010", "X420100019")
    found = await service.list_entries_of_number(tx, scope=NATION, number=CertificateNumber(number))
    assert bool(found) is held


async def test_the_widest_range_is_found_from_its_far_end(tx: Transaction) -> None:
    await make.listing(tx, "X420000000", "X429999999")
    for number in ("X420000000", "X429999999"):
        assert await service.list_entries_of_number(tx, scope=NATION, number=CertificateNumber(number))
    assert not await service.list_entries_of_number(tx, scope=NATION, number=CertificateNumber("X430000000"))


async def test_overlapping_entries_are_all_shown_newest_first(tx: Transaction) -> None:
    for first, last in (("X420100010", "X420100019"), ("X420100015", "X420100015"), ("X420100000", "X420100099")):
        await make.listing(tx, first, last, document_number=first)
    found = await service.list_entries_of_number(tx, scope=NATION, number=CertificateNumber("X420100015"))
    assert [entry.first for entry in found] == ["X420100000", "X420100015", "X420100010"]
    assert {entry.status for entry in found} == {EntryStatus.IN_FORCE}


async def test_a_number_is_shown_wherever_it_was_listed(admin: httpx.AsyncClient, database: Database) -> None:
    async with database.transaction() as tx:
        await make.listing(tx, "X350100001", organization="350100000000")
    assert await numbers(admin) == []
    assert await numbers(admin, number="x-350100001") == ["X350100001"]


async def test_of_a_foreign_entry_the_case_behind_it_is_not_told(tx: Transaction) -> None:
    await make.listing(tx, "X350100001", organization="350100000000", note="一家医院")
    number = CertificateNumber("X350100001")
    for scope, told in ((NATION, "一家医院"), (Scope(patterns=("42%",)), None)):
        [entry] = await service.list_entries_of_number(tx, scope=scope, number=number)
        assert entry.note == told
        assert entry.document_number == "武公通〔2024〕1号"


async def test_pages_follow_each_other_without_gap_or_repeat(admin: httpx.AsyncClient, database: Database) -> None:
    async with database.transaction() as tx:
        for place in range(7):
            await make.listing(tx, f"X42010000{place}")
    seen: list[str] = []
    query: dict[str, str] = {"limit": "3"}
    for _ in range(3):
        page = (await admin.get(DOOR, params=query)).json()
        seen += [item["first"] for item in page["items"]]
        query["cursor"] = page["next_cursor"]
    assert seen == [f"X42010000{place}" for place in range(6, -1, -1)]
    assert page["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"number": "X42"}, "number"),
        ({"status": "gone"}, "status"),
        ({"as_of": "yesterday"}, "as_of"),
        ({"as_of": "2024-05-01T00:00:00"}, "as_of"),
        ({"limit": "0"}, "limit"),
        ({"limit": "501"}, "limit"),
        ({"cursor": "nonsense"}, "cursor"),
    ],
)
async def test_a_wrong_query_is_told_by_its_field(admin: httpx.AsyncClient, query: dict[str, str], field: str) -> None:
    answer = await admin.get(DOOR, params=query)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_every_change_of_the_list_is_a_new_version(tx: Transaction) -> None:
    versions = [await service.read_version(tx)]
    entry = await make.listing(tx, "X420100001")
    versions.append(await service.read_version(tx))
    await make.listing(tx, "X420100010", "X420100019")
    versions.append(await service.read_version(tx))
    await tx.connection.execute("UPDATE blacklist_entries SET lifted_at = $1 WHERE id = $2", JULY, entry)
    versions.append(await service.read_version(tx))
    assert versions == [1, 2, 3, 4]


async def test_a_lifted_range_leaves_no_block_behind(tx: Transaction) -> None:
    entry = await make.listing(tx, "X420100990", "X420103010")
    blocks = "SELECT array_agg(block ORDER BY block) FROM blacklist_blocks"
    assert await tx.connection.fetchval(blocks) == ["X420100", "X420101", "X420102", "X420103"]
    await tx.connection.execute("UPDATE blacklist_entries SET lifted_at = $1 WHERE id = $2", JULY, entry)
    assert await tx.connection.fetchval(blocks) is None


@pytest.mark.parametrize(
    ("first", "last"), [("X420100019", "X420100010"), ("X420100010", "Y420100019"), ("X400000000", "X410000000")]
)
async def test_an_impossible_range_is_impossible_in_the_books(tx: Transaction, first: str, last: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await make.listing(tx, first, last)
