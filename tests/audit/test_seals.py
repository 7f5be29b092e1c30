"""Sealing: nothing in flight is missed, nothing is sealed twice."""

import asyncio
import hashlib
import random
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest
from asyncpg import Connection
from tests.audit.factories import act, acts, look_up

from birthreg.audit import service
from birthreg.audit.checking import check_chain
from birthreg.audit.jobs import seal
from birthreg.audit.models import Seal
from birthreg.audit.service import NumbersWentBack, list_seals
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.keys import Keyring, make_signer, put_into_use


async def _heads(database: Database) -> list[Seal]:
    async with database.transaction() as tx:
        return await list_seals(tx)


async def test_everything_written_is_sealed(database: Database, keyring: Keyring) -> None:
    await acts(database, transactions=4, each=3, look_ups=2)
    assert await seal(database, keyring) == 20
    [made] = await _heads(database)
    assert (made.number, made.entries, made.lookups, made.first_transaction) == (1, 20, 8, 0)


async def test_a_quiet_second_makes_no_seal(database: Database, keyring: Keyring) -> None:
    await acts(database, transactions=1)
    await seal(database, keyring)
    assert await seal(database, keyring) == 0
    assert len(await _heads(database)) == 1


async def test_an_empty_trail_is_whole(database: Database) -> None:
    report = await check_chain(database)
    assert (report.broken, report.unsealed, report.head) == (0, 0, None)


async def test_a_sealed_trail_is_whole(database: Database, keyring: Keyring) -> None:
    for _ in range(3):
        await acts(database, transactions=2)
        await seal(database, keyring)
    report = await check_chain(database)
    assert (report.broken, report.extent.seals, report.extent.entries, report.unsealed) == (0, 3, 30, 0)


async def test_what_is_newer_than_the_last_seal_is_told(database: Database, keyring: Keyring) -> None:
    await acts(database, transactions=1)
    await seal(database, keyring)
    await acts(database, transactions=1, each=2, look_ups=5)
    report = await check_chain(database)
    assert (report.broken, report.unsealed) == (0, 7)


async def test_an_entry_of_a_long_transaction_is_sealed_when_it_ends(database: Database, keyring: Keyring) -> None:
    async with database.transaction() as slow:
        await act(slow, key="slow")
        await acts(database, transactions=2, each=1, look_ups=0)
        assert await seal(database, keyring) == 0
    assert await seal(database, keyring) == 3
    assert (await check_chain(database)).broken == 0


async def test_what_ended_before_a_long_transaction_began_is_sealed_at_once(
    database: Database, keyring: Keyring
) -> None:
    await acts(database, transactions=1, each=2, look_ups=0)
    async with database.transaction() as slow:
        await act(slow)
        assert await seal(database, keyring) == 2
    assert await seal(database, keyring) == 1


async def test_a_rolled_back_act_leaves_no_gap(database: Database, keyring: Keyring) -> None:
    with suppress(ZeroDivisionError):
        async with database.transaction() as tx:
            await act(tx)
            raise ZeroDivisionError
    await acts(database, transactions=1, each=1, look_ups=0)
    assert await seal(database, keyring) == 1
    assert (await check_chain(database)).broken == 0


async def test_sealers_that_race_make_one_chain(database: Database, keyring: Keyring) -> None:
    await acts(database, transactions=3)
    counts = await asyncio.gather(*(seal(database, keyring) for _ in range(4)))
    assert sum(counts) == 15
    assert (await check_chain(database)).broken == 0


async def test_many_writers_and_sealers_at_once_lose_nothing(database: Database, keyring: Keyring) -> None:
    chance = random.Random(7)

    async def write() -> None:
        for _ in range(15):
            async with database.transaction() as tx:
                await act(tx)
                await asyncio.sleep(chance.random() / 100)
                await look_up(tx, count=2)

    async def keep_sealing() -> None:
        while not written.is_set():
            await seal(database, keyring)

    written = asyncio.Event()
    sealers = [asyncio.create_task(keep_sealing()) for _ in range(2)]
    await asyncio.gather(*(write() for _ in range(5)))
    written.set()
    await asyncio.gather(*sealers)
    await seal(database, keyring)
    report = await check_chain(database)
    assert (report.broken, report.extent.entries, report.unsealed) == (0, 15 * 5 * 3, 0)


async def test_a_seal_ends_after_the_transaction_that_fills_it(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "ENTRIES_PER_SEAL", 12)
    await acts(database, transactions=6, each=3, look_ups=2)
    assert await seal(database, keyring) == 30
    assert [made.entries for made in await _heads(database)] == [15, 15]
    assert (await check_chain(database)).broken == 0


async def test_a_rotated_key_goes_on_with_the_chain(database: Database, keyring: Keyring, tmp_path: Path) -> None:
    await acts(database, transactions=1)
    await seal(database, keyring)
    put_into_use(tmp_path / "keys", make_signer("seal"))
    await acts(database, transactions=1)
    await seal(database, Keyring(tmp_path / "keys"))
    newer, older = await _heads(database)
    assert newer.key_id != older.key_id
    assert (await check_chain(database)).broken == 0


@pytest.mark.parametrize("setting", ["timezone = 'Asia/Shanghai'", "datestyle = 'German'", "bytea_output = 'escape'",
                                     "extra_float_digits = 0", "standard_conforming_strings = on"])  # fmt: skip
async def test_the_sealed_text_does_not_depend_on_the_session(
    database: Database, owner: Connection, setting: str
) -> None:
    await acts(database, transactions=1)
    before = await owner.fetch("SELECT content, digest FROM trail ORDER BY id")
    await owner.execute(f"SET {setting}")
    assert await owner.fetch("SELECT content, digest FROM trail ORDER BY id") == before


async def test_the_sealed_text_is_this_one(owner: Connection) -> None:
    await owner.execute(
        "INSERT INTO lookups (id, recorded_at, officer, organization, terminal, purpose, certificate_number, verdict,"
        " answer, list_version, rule_version, transaction_number) VALUES ('01a20147-d4c1-75d1-86af-547778b6c590',"
        " '2026-11-22 03:14:15.000123+00', '张三', '420106510000', '10.0.0.1', 'audit', 'X420100001', 'used',"
        """ '{"b": 1.50, "a": ["\\u0001\\"", null, true]}', 3, 1, 4711)"""
    )
    assert await owner.fetchval("SELECT content FROM trail") == (
        '[1, "lookups", "01a20147-d4c1-75d1-86af-547778b6c590", 1795317255000123, "张三", "420106510000", null,'
        ' "10.0.0.1", "audit", null, null, "X420100001", "used",'
        ' {"a": ["\\u0001\\"", null, true], "b": 1.50}, 3, 1, null, 4711]'
    )


async def test_the_sealed_bytes_are_those_of_this_row(owner: Connection) -> None:
    await owner.execute(
        "INSERT INTO lookups (id, recorded_at, officer, organization, terminal, purpose, certificate_number, verdict,"
        " answer, list_version, rule_version, transaction_number) VALUES ('01a20147-d4c1-75d1-86af-547778b6c590',"
        " '2026-11-22 03:14:15.000123+00', '张三', '420106510000', '10.0.0.1', 'audit', 'X420100001', 'used',"
        """ '{"b": 1.50, "a": [null, true]}', 3, 1, 4711)"""
    )
    recorded_at = 1795317255000123 - 946684800000000
    text, uuid, moment, long, int_, jsonb = 25, 2950, 1184, 20, 23, 3802
    fields: list[tuple[int, bytes | None]] = [
        (text, b"lookups"), (uuid, bytes.fromhex("01a20147d4c175d186af547778b6c590")),
        (moment, recorded_at.to_bytes(8)), (text, "张三".encode()), (text, b"420106510000"), (text, None),
        (text, b"10.0.0.1"), (text, b"audit"), (text, None), (text, None), (text, b"X420100001"), (text, b"used"),
        (jsonb, b'\x01{"a": [null, true], "b": 1.50}'), (long, (3).to_bytes(8)), (int_, (1).to_bytes(4)),
        (uuid, None), (long, (4711).to_bytes(8)),
    ]  # fmt: skip
    row = len(fields).to_bytes(4) + b"".join(
        kind.to_bytes(4) + (b"\xff" * 4 if value is None else len(value).to_bytes(4) + value) for kind, value in fields
    )
    assert await owner.fetchval("SELECT digest FROM trail") == hashlib.sha256(row).digest()


async def _restore_into_a_cluster_that_counts_lower(owner: Connection) -> None:
    """Everything that a restored database says, with numbers far above this cluster's own."""
    await owner.execute("""
        CREATE OR REPLACE FUNCTION trail_base() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT 0::bigint'
    """)


@pytest.fixture
async def restored(database: Database, keyring: Keyring, owner: Connection) -> Connection:
    """A database sealed up to high numbers in a cluster that counts low."""
    await owner.execute("""
        CREATE OR REPLACE FUNCTION trail_base() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT 5000000000::bigint'
    """)
    await acts(database, transactions=2)
    await seal(database, keyring)
    await acts(database, transactions=1)
    await _restore_into_a_cluster_that_counts_lower(owner)
    return owner


async def test_numbers_grow_on_after_a_restore(restored: Connection, database: Database, keyring: Keyring) -> None:
    base = await service.continue_numbers(restored)
    assert base is not None
    await acts(database, transactions=1)
    assert await seal(database, keyring) == 10
    report = await check_chain(database)
    assert (report.broken, report.extent.entries) == (0, 20)


@pytest.mark.usefixtures("restored")
async def test_sealing_refuses_to_go_back(database: Database, keyring: Keyring) -> None:
    with pytest.raises(NumbersWentBack):
        await seal(database, keyring)


async def test_continuing_twice_is_once(restored: Connection) -> None:
    await service.continue_numbers(restored)
    assert await service.continue_numbers(restored) is None


async def test_numbers_that_grow_anyway_are_left_alone(database: Database, owner: Connection) -> None:
    await acts(database, transactions=1)
    assert await service.continue_numbers(owner) is None


async def test_the_service_cannot_move_the_numbers(tx: Transaction) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await tx.connection.execute("SELECT continue_trail_numbers()")
