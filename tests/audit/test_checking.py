"""Tampering of each sort is found, and named."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from asyncpg import Connection
from tests.audit.factories import acts, look_up, seal_in_the_first_form

from birthreg.audit import rules, service
from birthreg.audit.checking import check_chain
from birthreg.audit.jobs import seal
from birthreg.audit.models import Fault, Trail
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.identifiers import first_id_at
from birthreg.kernel.keys import Keyring, Signer, make_signer


@pytest.fixture
async def chain(database: Database, keyring: Keyring) -> Database:
    """Four seals over twenty entries."""
    for _ in range(4):
        await acts(database, transactions=1)
        await seal(database, keyring)
    return database


async def _faults(database: Database, **options: Any) -> list[tuple[Fault, int]]:
    report = await check_chain(database, **options)
    assert report.broken == len(report.breaks)
    return [(found.fault, found.seal) for found in report.breaks]


@pytest.mark.parametrize("column", ["officer", "organization", "terminal", "act", "object", "key", "error_code"])
async def test_any_changed_word_of_an_act_is_found(chain: Database, owner: Connection, column: str) -> None:
    entry = await owner.fetchval(
        f"UPDATE audit_entries SET {column} = 'changed'"
        " WHERE id = (SELECT id FROM audit_entries ORDER BY id DESC LIMIT 1) RETURNING id"
    )
    report = await check_chain(chain)
    [found] = report.breaks
    assert (found.fault, found.seal, found.trail, found.entry) == (
        Fault.ENTRY_CHANGED,
        4,
        Trail.ENTRIES,
        entry,
    )


@pytest.mark.parametrize(
    "change",
    ["verdict = 'clear'", "recorded_at = recorded_at + interval '1 microsecond'", "purpose = 'audit'",
     "certificate_number = 'X420100002'", "answer = '{}'", "transaction_number = 1", "list_version = 2",
     "reference = ''", "typed = 'x'", "on_behalf_of = 'x'", "rule_version = 9", "batch_id = id",
     "transaction_number = transaction_number + 1000"],
)  # fmt: skip
async def test_any_changed_part_of_a_look_up_is_found(chain: Database, owner: Connection, change: str) -> None:
    entry = await owner.fetchval(
        f"UPDATE lookups SET {change} WHERE id = (SELECT id FROM lookups ORDER BY id LIMIT 1) RETURNING id"
    )
    report = await check_chain(chain)
    [found] = report.breaks
    assert (found.fault, found.seal, found.trail, found.entry) == (
        Fault.ENTRY_CHANGED,
        1,
        Trail.LOOKUPS,
        entry,
    )


@pytest.fixture
async def long_chain(database: Database, keyring: Keyring) -> Database:
    """Two seals as they were made once, two as they are made now."""
    for make in (seal_in_the_first_form, seal_in_the_first_form, seal, seal):
        await acts(database, transactions=1)
        await make(database, keyring)
    return database


async def test_what_was_sealed_in_the_first_form_is_still_checked(long_chain: Database, owner: Connection) -> None:
    assert await _faults(long_chain) == []
    assert await owner.fetch("SELECT form FROM audit_seals ORDER BY number") == [(1,), (1,), (2,), (2,)]
    changed = await owner.fetch("UPDATE lookups SET terminal = 'x' RETURNING id")
    report = await check_chain(long_chain)
    assert [(found.fault, found.seal) for found in report.breaks] == [
        (Fault.ENTRY_CHANGED, number) for number in (1, 1, 2, 2, 3, 3, 4, 4)
    ]
    assert {found.entry for found in report.breaks} == {row["id"] for row in changed}


async def test_one_entry_of_thousands_of_one_moment_is_found_and_named(
    database: Database, owner: Connection, keyring: Keyring
) -> None:
    async with database.transaction() as tx:
        changed, removed, *_ = await look_up(tx, count=3000)
    await seal(database, keyring)
    await owner.execute("UPDATE lookups SET verdict = 'clear' WHERE id = $1", changed)
    await owner.execute("DELETE FROM lookups WHERE id = $1", removed)
    inserted = await owner.fetchval(
        "INSERT INTO lookups SELECT (json_populate_record(one, json_build_object('id', gen_random_uuid()))).*"
        " FROM (SELECT lookups AS one FROM lookups LIMIT 1) AS model RETURNING id"
    )
    report = await check_chain(database)
    assert {(found.fault, found.entry) for found in report.breaks} == {
        (Fault.ENTRY_CHANGED, changed), (Fault.ENTRY_REMOVED, removed), (Fault.ENTRY_INSERTED, inserted),
    }  # fmt: skip


async def test_a_removed_entry_is_found_and_named(chain: Database, owner: Connection) -> None:
    entry = await owner.fetchval(
        "DELETE FROM lookups WHERE id = (SELECT id FROM lookups ORDER BY id DESC LIMIT 1) RETURNING id"
    )
    [found] = (await check_chain(chain)).breaks
    assert (found.fault, found.seal, found.entry) == (Fault.ENTRY_REMOVED, 4, entry)


async def test_an_entry_inserted_afterwards_is_found_and_named(chain: Database, owner: Connection) -> None:
    entry = await owner.fetchval("""
        INSERT INTO audit_entries (id, recorded_at, officer, organization, terminal, operation, act, succeeded, object,
                                   transaction_number)
        SELECT gen_random_uuid(), recorded_at, officer, organization, terminal, operation, act, succeeded, object,
               transaction_number
          FROM audit_entries ORDER BY id LIMIT 1
        RETURNING id""")
    [found] = (await check_chain(chain)).breaks
    assert (found.fault, found.seal, found.entry) == (Fault.ENTRY_INSERTED, 1, entry)


async def test_the_service_cannot_choose_a_transaction(tx: Transaction) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await tx.connection.execute("INSERT INTO audit_entries (id, transaction_number) VALUES (gen_random_uuid(), 1)")


async def test_a_removed_seal_is_found_and_its_entries_are_not_blamed(chain: Database, owner: Connection) -> None:
    await owner.execute("DELETE FROM audit_seals WHERE number = 2")
    assert await _faults(chain) == [(Fault.SEAL_REMOVED, 2)]


@pytest.mark.parametrize("change", ["sealed_at = sealed_at + interval '1 second'", "root = previous",
                                    "lookups = lookups - 1", "key_id = 'x'", "form = 1"])  # fmt: skip
async def test_a_changed_seal_is_found(chain: Database, owner: Connection, change: str) -> None:
    await owner.execute(f"UPDATE audit_seals SET {change} WHERE number = 3")
    assert (Fault.HEAD_CHANGED, 3) in await _faults(chain)


async def test_a_seal_that_follows_another_is_found(chain: Database, owner: Connection) -> None:
    await owner.execute("UPDATE audit_seals SET previous = root WHERE number = 2")
    assert (Fault.LINK_BROKEN, 2) in await _faults(chain)


async def test_a_forged_entry_with_forged_digests_fails_by_its_signature(chain: Database, owner: Connection) -> None:
    await owner.execute(
        "UPDATE lookups SET verdict = 'review' WHERE id = (SELECT id FROM lookups ORDER BY id DESC LIMIT 1)"
    )
    async with chain.transaction() as tx:
        [last, before] = await service.list_seals(tx, limit=2)
        forged = await service._make_seal(tx, signer=make_signer("seal"), last=before, cut=last.next_transaction)
    await owner.execute(
        "UPDATE audit_seals SET leaves = $1, root = $2, sealed_at = $3, head = $4 WHERE number = 4",
        forged.leaves, forged.root, forged.sealed_at,
        rules.head_of(rules.msgspec.structs.replace(forged, key_id=last.key_id)),
    )  # fmt: skip
    assert await _faults(chain) == [(Fault.SIGNATURE_WRONG, 4)]


async def test_torn_leaves_are_found(chain: Database, owner: Connection) -> None:
    await owner.execute("ALTER TABLE audit_seals DROP CONSTRAINT audit_seals_leaves_are_whole")
    await owner.execute("UPDATE audit_seals SET leaves = '' WHERE number = 4")
    assert {(Fault.HEAD_CHANGED, 4), (Fault.LEAVES_CHANGED, 4)} <= set(await _faults(chain))


async def test_only_trusted_keys_are_believed(chain: Database, keyring: Keyring) -> None:
    ours = keyring.current("seal").public
    assert await _faults(chain, trusted={ours.id: ours}) == []
    assert await _faults(chain, trusted={}) == [(Fault.KEY_UNKNOWN, number) for number in (1, 2, 3, 4)]


async def test_a_published_head_is_still_in_the_chain(chain: Database, database: Database, keyring: Keyring) -> None:
    async with database.transaction() as tx:
        published = rules.publish((await service.list_seals(tx))[1])
    await acts(database, transactions=1)
    await seal(database, keyring)
    assert await _faults(chain, published=published) == []


async def test_a_chain_cut_short_and_sealed_anew_differs_from_the_published_head(
    chain: Database, owner: Connection, keyring: Keyring
) -> None:
    async with chain.transaction() as tx:
        published = rules.publish((await service.list_seals(tx))[0])
    await owner.execute("DELETE FROM lookups WHERE id = (SELECT id FROM lookups ORDER BY id DESC LIMIT 1)")
    await owner.execute("DELETE FROM audit_seals WHERE number = 4")
    await seal(chain, keyring)
    assert await _faults(chain) == []
    assert await _faults(chain, published=published) == [(Fault.PUBLISHED_HEAD_DIFFERS, 4)]


async def test_many_broken_entries_are_counted_and_the_first_are_named(
    database: Database, owner: Connection, keyring: Keyring
) -> None:
    async with database.transaction() as tx:
        await look_up(tx, count=500)
    await seal(database, keyring)
    await owner.execute("DELETE FROM lookups")
    report = await check_chain(database)
    assert (report.broken, len(report.breaks)) == (500, 100)


@pytest.fixture
async def aged(database: Database, owner: Connection, keyring: Keyring) -> Database:
    """A chain whose look-ups are two months old, in a partition of their own."""
    await acts(database, transactions=2)
    then = datetime.now(UTC) - timedelta(days=45)
    for n, identifier in enumerate(await owner.fetch("SELECT id FROM lookups")):
        moved = rules.UUID(int=first_id_at(then).int + n)
        await owner.execute("UPDATE lookups SET id = $1 WHERE id = $2", moved, identifier["id"])
    await seal(database, keyring)
    await acts(database, transactions=1)
    await seal(database, keyring)
    partition = await owner.fetchval("SELECT tableoid::regclass::text FROM lookups ORDER BY id LIMIT 1")
    assert partition != "lookups_elsewhen"
    await owner.execute(f"DROP TABLE {partition}")
    return database


async def _certify(database_url: str, *, signer: Signer, trail: Trail, before: datetime) -> None:
    as_owner = Database(database_url, role="none")
    await as_owner.open()
    async with as_owner.transaction() as tx:
        await service.certify_purge(tx, signer=signer, trail=trail, before=before, reason="retention")
    await as_owner.close()


def _days_ago(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


async def test_a_dropped_partition_without_a_certificate_is_a_hole(aged: Database) -> None:
    assert await _faults(aged) == [(Fault.ENTRY_REMOVED, 1)] * 4


async def test_a_dropped_partition_with_a_certificate_leaves_the_chain_whole(
    aged: Database, database_url: str, keyring: Keyring
) -> None:
    await _certify(database_url, signer=keyring.current("seal"), trail=Trail.LOOKUPS, before=_days_ago(40))
    report = await check_chain(aged)
    assert (report.broken, report.purged) == (0, 4)


async def test_a_certificate_for_an_earlier_moment_excuses_nothing(
    aged: Database, database_url: str, keyring: Keyring
) -> None:
    await _certify(database_url, signer=keyring.current("seal"), trail=Trail.LOOKUPS, before=_days_ago(50))
    assert await _faults(aged) == [(Fault.ENTRY_REMOVED, 1)] * 4


async def test_a_certificate_for_the_other_table_excuses_nothing(
    aged: Database, database_url: str, keyring: Keyring
) -> None:
    await _certify(database_url, signer=keyring.current("seal"), trail=Trail.ENTRIES, before=_days_ago(40))
    assert await _faults(aged) == [(Fault.ENTRY_REMOVED, 1)] * 4


async def test_a_changed_certificate_excuses_nothing(
    aged: Database, database_url: str, keyring: Keyring, owner: Connection
) -> None:
    await _certify(database_url, signer=keyring.current("seal"), trail=Trail.LOOKUPS, before=_days_ago(50))
    await owner.execute("UPDATE audit_purges SET before = now()")
    assert await _faults(aged) == [(Fault.ENTRY_REMOVED, 1)] * 4


async def test_a_certificate_of_another_purposes_key_excuses_nothing(
    aged: Database, database_url: str, keyring: Keyring
) -> None:
    await _certify(database_url, signer=keyring.current("receipt"), trail=Trail.LOOKUPS, before=_days_ago(40))
    assert await _faults(aged) == [(Fault.ENTRY_REMOVED, 1)] * 4


async def test_the_service_cannot_certify_a_purge(tx: Transaction, keyring: Keyring) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.certify_purge(
            tx, signer=keyring.current("seal"), trail=Trail.LOOKUPS, before=tx.now, reason="none"
        )
