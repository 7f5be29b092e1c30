"""A changed data key reaches every row, whatever happens meanwhile."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec
import pytest
from tests.kernel import sealed_people
from tests.kernel.sealed_people import LONG_AGO, PEOPLE, add_key, make_people, marks, put_people, renew_all, row
from tests.local.instances import ENVIRONMENT, GENEROUSLY

from birthreg.kernel import renewal
from birthreg.kernel.data_keys import DataKey
from birthreg.kernel.database import Database
from birthreg.kernel.renewal import (
    DataKeyInUse,
    DataKeyNeeded,
    DataKeyNotFound,
    find_retirable,
    list_rows_left,
    renew_some,
    require_unneeded,
)
from birthreg.kernel.sealed_tables import SealedColumn, SealedTable
from birthreg.kernel.vault import Vault


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def old(keys: Path) -> DataKey:
    """The key that everything lies under at first."""
    keys.mkdir()
    return add_key(keys, in_use_from=LONG_AGO)


@pytest.fixture
def vault(keys: Path, old: DataKey) -> Vault:
    """The vault of before: it is not looked for newer keys."""
    vault = Vault(keys)
    assert vault.current().id == old.id
    vault._looked = float("inf")
    return vault


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    owner = await make_people(database_url)
    yield owner
    await owner.close()


def rotate(keys: Path) -> Vault:
    """A new key in use for a day, and the vault that knows it."""
    add_key(keys, in_use_from=LONG_AGO + timedelta(days=29))
    return Vault(keys)


async def rows_left(database: Database, vault: Vault) -> tuple[int, int]:
    async with database.transaction() as tx:
        [left] = await list_rows_left(tx, vault=vault, tables=[PEOPLE])
    return left.rows, left.unreadable


async def check(database: Database, vault: Vault, key: DataKey) -> None:
    async with database.transaction() as tx:
        await require_unneeded(tx, vault=vault, tables=[PEOPLE], key=key)


@pytest.mark.servers
async def test_every_row_gets_the_new_key_and_keeps_its_values(
    database: Database, owner: asyncpg.Connection, vault: Vault, keys: Path
) -> None:
    await put_people(owner, vault, range(1000))
    new = rotate(keys)
    assert await rows_left(database, new) == (1000, 0)
    assert await renew_all(database, new) == 4
    assert await marks(owner) == {new.current().mark: 3000}
    assert await rows_left(database, new) == (0, 0)
    for person in await owner.fetch("SELECT id, phone, address, phone_blind FROM people"):
        assert new.open(person["phone"], bound_to="people.phone") == f"138-{person['id']:04d}-0000"
        assert new.open(person["address"], bound_to="people.address") == f"address {person['id']}"
        assert person["phone_blind"] == new.blind(f"138{person['id']:04d}0000", bound_to="phone")


async def test_a_finished_walk_is_not_walked_again(
    database: Database, owner: asyncpg.Connection, vault: Vault, keys: Path
) -> None:
    await put_people(owner, vault, range(10))
    new = rotate(keys)
    await renew_all(database, new)
    assert await renew_all(database, new) == 0


async def test_with_one_key_alone_nothing_is_read(database: Database, owner: asyncpg.Connection, vault: Vault) -> None:
    await put_people(owner, vault, range(10))
    assert not await renew_some(database, vault=vault, tables=[PEOPLE])
    assert await owner.fetchval("SELECT count(*) FROM key_renewals") == 0


async def test_a_walk_waits_until_what_was_sealed_just_before_is_committed(
    database: Database, owner: asyncpg.Connection, vault: Vault, keys: Path
) -> None:
    await put_people(owner, vault, range(10))
    add_key(keys, in_use_from=datetime.now(UTC))
    assert not await renew_some(database, vault=Vault(keys), tables=[PEOPLE], settled_after=timedelta(hours=1))
    assert await owner.fetchval("SELECT count(*) FROM key_renewals") == 0


async def test_what_is_empty_stays_empty(
    database: Database, owner: asyncpg.Connection, vault: Vault, keys: Path
) -> None:
    await owner.copy_records_to_table("people", records=[row(vault, 1, phone=None), row(vault, 2, address=None)])
    new = rotate(keys)
    await renew_all(database, new)
    kept = await owner.fetch(
        "SELECT phone IS NULL AS phone, address IS NULL AS address, phone_blind IS NULL AS blind FROM people"
        " ORDER BY id"
    )
    assert [tuple(record) for record in kept] == [(True, False, True), (False, True, False)]
    assert set(await marks(owner)) == {new.current().mark}


@pytest.mark.servers
@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("uuid", [UUID(int=place) for place in range(700)]),
        ("text", [f"O'Neil's \\ \"{place}\" %s" for place in range(700)]),
        ("timestamptz", [LONG_AGO + timedelta(microseconds=place) for place in range(700)]),
    ],
)
async def test_a_primary_key_of_any_kind_is_walked_along(
    database: Database, database_url: str, vault: Vault, keys: Path, kind: str, values: list[object]
) -> None:
    owner = await make_people(database_url, key=kind)
    await owner.copy_records_to_table("people", records=[row(vault, value) for value in values])
    new = rotate(keys)
    assert await renew_all(database, new) == 3
    assert await marks(owner) == {new.current().mark: 2100}
    await owner.close()


async def test_names_that_need_quotes_are_quoted(
    database: Database, owner: asyncpg.Connection, vault: Vault, keys: Path
) -> None:
    await owner.execute(
        'CREATE TABLE "the ""people" ("the id" int PRIMARY KEY, "a phone" bytea);'
        ' GRANT SELECT, UPDATE ON "the ""people" TO birthreg_service'
    )
    await owner.execute('INSERT INTO "the ""people" VALUES (1, $1)', vault.seal("x", bound_to="p"))
    table = SealedTable(name='the "people', key="the id", sealed=(SealedColumn("a phone", bound_to="p"),))
    new = rotate(keys)
    assert await renew_all(database, new, table) == 1
    assert new.open(await owner.fetchval('SELECT "a phone" FROM "the ""people"'), bound_to="p") == "x"


@pytest.mark.servers
async def test_a_row_that_somebody_writes_to_is_not_waited_for_and_not_forgotten(
    database: Database, owner: asyncpg.Connection, vault: Vault, keys: Path, old: DataKey
) -> None:
    await put_people(owner, vault, range(10))
    new = rotate(keys)
    async with asyncio.timeout(GENEROUSLY), database.transaction() as tx:
        await tx.connection.execute(
            "UPDATE people SET phone = $1, phone_blind = $2 WHERE id = 3", *row(vault, 3, phone="139-0000-0000")[2::2]
        )
        await renew_all(database, new)
        assert (await marks(owner))[old.mark] == 3
        assert await rows_left(database, new) == (10, 0)
    await renew_all(database, new)
    person = await owner.fetchrow("SELECT phone, phone_blind FROM people WHERE id = 3")
    assert new.open(person["phone"], bound_to="people.phone") == "139-0000-0000"
    assert person["phone_blind"] == new.blind("13900000000", bound_to="phone")
    assert set(await marks(owner)) == {new.current().mark}


@pytest.mark.slow
async def test_rows_that_are_written_while_the_key_changes_lose_nothing(
    database: Database, owner: asyncpg.Connection, vault: Vault, keys: Path, old: DataKey
) -> None:
    await put_people(owner, vault, range(1500))
    written = {key: f"138-{key:04d}-0000" for key in range(1500)}
    over = asyncio.Event()

    async def write(lane: int) -> None:
        desk, turn = Vault(keys), 0
        while not over.is_set():
            turn += 1
            key, phone = (lane + 4 * turn * 37) % 1500, f"139-{lane:04d}-{turn:04d}"
            if turn % 5 == 0:
                key = 2000 + turn * 4 + lane
            async with database.transaction() as tx:
                _, name, *cells = row(desk, key, phone=phone)
                await tx.connection.execute(
                    "INSERT INTO people (id, name, phone, address, phone_blind) VALUES ($1, $2, $3, $4, $5)"
                    "    ON CONFLICT (id) DO UPDATE SET phone = excluded.phone, address = excluded.address,"
                    " phone_blind = excluded.phone_blind",
                    key,
                    name,
                    *cells,
                )
            written[key] = phone

    writers = [asyncio.create_task(write(lane)) for lane in range(4)]
    await asyncio.sleep(0.2)
    add_key(keys, in_use_from=datetime.now(UTC) + timedelta(seconds=1.5))
    new = Vault(keys)
    while new.current().id == old.id:  # noqa: ASYNC110 - time passes, nothing happens
        await asyncio.sleep(0.05)
    await renew_all(database, new)
    over.set()
    await asyncio.gather(*writers)
    async with asyncio.timeout(GENEROUSLY):
        while await needed(database, new, old):
            await renew_all(database, new)
    assert set(await marks(owner)) == {new.current().mark}
    found = {
        person["id"]: new.open(person["phone"], bound_to="people.phone")
        for person in await owner.fetch("SELECT id, phone FROM people")
    }
    assert found == written


async def needed(database: Database, vault: Vault, key: DataKey) -> bool:
    try:
        await check(database, vault, key)
    except DataKeyNeeded:
        return True
    return False


@pytest.mark.slow
@pytest.mark.servers
async def test_two_workers_share_the_work_and_neither_does_it_twice(
    database: Database, owner: asyncpg.Connection, vault: Vault, keys: Path
) -> None:
    await put_people(owner, vault, range(3000))
    new = rotate(keys)
    async with asyncio.timeout(GENEROUSLY):
        while (await rows_left(database, new))[0]:
            await asyncio.gather(renew_all(database, new), renew_all(database, Vault(keys)))
    assert await marks(owner) == {new.current().mark: 9000}
    assert await owner.fetchval("SELECT seen FROM key_renewals") == 3000


def start_worker(job: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, sealed_people.__file__, job], env=ENVIRONMENT)


@pytest.mark.slow
@pytest.mark.servers
async def test_a_worker_that_is_killed_on_the_way_is_followed_by_one_that_goes_on(
    database: Database, owner: asyncpg.Connection, vault: Vault, keys: Path, database_url: str
) -> None:
    await put_people(owner, vault, range(9000))
    new = rotate(keys)
    job = msgspec.json.encode(sealed_people.Job(url=database_url, keys=str(keys))).decode()
    for done in (0, 600):
        worker = start_worker(job)
        while (await owner.fetchval("SELECT coalesce(max(seen), 0) FROM key_renewals")) <= done:
            assert worker.poll() is None
            await asyncio.sleep(0.005)
        worker.kill()
        worker.wait(GENEROUSLY)
    left, _ = await rows_left(database, new)
    assert 0 < left < 9000
    async with asyncio.timeout(GENEROUSLY):  # until the server has noticed that the killed one is gone
        while (await rows_left(database, new))[0]:
            await renew_all(database, new)
    assert await marks(owner) == {new.current().mark: 27000}
    assert await owner.fetchval("SELECT seen FROM key_renewals") == 9000
    for person in await owner.fetch("SELECT id, phone, phone_blind FROM people"):
        assert new.open(person["phone"], bound_to="people.phone") == f"138-{person['id']:04d}-0000"
        assert person["phone_blind"] == new.blind(f"138{person['id']:04d}0000", bound_to="phone")


@pytest.mark.parametrize(
    "damage",
    [
        "phone = set_byte(phone, 20, get_byte(phone, 20) # 1)",
        "phone = address",
        "phone = '\\x00'",
        "phone = NULL",
        "address = '\\xffffffff' || substring(address FROM 5)",
    ],
)
async def test_a_row_that_does_not_open_is_left_as_it_is_and_holds_up_nobody(
    database: Database, owner: asyncpg.Connection, vault: Vault, keys: Path, old: DataKey, damage: str
) -> None:
    await put_people(owner, vault, range(10))
    await owner.execute(f"UPDATE people SET {damage} WHERE id = 4")
    before = await owner.fetchrow("SELECT phone, address, phone_blind FROM people WHERE id = 4")
    new = rotate(keys)
    await renew_all(database, new)
    assert await rows_left(database, new) == (0, 1)
    assert await owner.fetchrow("SELECT phone, address, phone_blind FROM people WHERE id = 4") == before
    assert (await marks(owner))[new.current().mark] == 27
    with pytest.raises(DataKeyNeeded, match="1 rows"):
        await check(database, new, old)


async def test_a_key_is_kept_while_a_row_needs_it_and_may_go_afterwards(
    database: Database, owner: asyncpg.Connection, vault: Vault, keys: Path, old: DataKey
) -> None:
    await put_people(owner, vault, range(10))
    new = rotate(keys)
    with pytest.raises(DataKeyNeeded, match=r"10 rows \(people\)"):
        await check(database, new, old)
    await renew_all(database, new)
    await check(database, new, old)
    assert find_retirable(new, identifier=old.id, now=datetime.now(UTC)).id == old.id


async def test_a_row_that_came_behind_the_walk_is_found_and_renewed_after_all(
    database: Database, owner: asyncpg.Connection, vault: Vault, keys: Path, old: DataKey
) -> None:
    new = rotate(keys)
    await put_people(owner, new, range(100, 110))
    await renew_all(database, new)
    await put_people(owner, vault, range(1))
    with pytest.raises(DataKeyNeeded):
        await check(database, new, old)
    await renew_all(database, new)
    await check(database, new, old)
    assert set(await marks(owner)) == {new.current().mark}


def test_the_key_in_use_and_the_coming_one_cannot_be_retired(keys: Path, old: DataKey) -> None:
    coming = add_key(keys, in_use_from=datetime.now(UTC) + timedelta(hours=1))
    for key in (old, coming):
        with pytest.raises(DataKeyInUse):
            find_retirable(Vault(keys), identifier=key.id, now=datetime.now(UTC))


def test_a_key_that_was_in_use_a_moment_ago_cannot_be_retired(keys: Path, old: DataKey) -> None:
    begun = datetime.now(UTC) - timedelta(minutes=5)
    add_key(keys, in_use_from=begun)
    with pytest.raises(DataKeyInUse, match="60 minutes"):
        find_retirable(Vault(keys), identifier=old.id, now=datetime.now(UTC))
    assert find_retirable(Vault(keys), identifier=old.id, now=begun + renewal.UNUSED_FOR)


def test_a_key_that_nobody_knows_cannot_be_retired(vault: Vault) -> None:
    with pytest.raises(DataKeyNotFound):
        find_retirable(vault, identifier="00000000", now=datetime.now(UTC))


async def test_far_more_rows_than_are_counted_are_estimated(
    database: Database, owner: asyncpg.Connection, vault: Vault, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put_people(owner, vault, range(1000))
    await owner.execute("ANALYZE people")
    monkeypatch.setattr(renewal, "_COUNTED_TO", 100)
    assert await rows_left(database, rotate(keys)) == (1000, 0)
