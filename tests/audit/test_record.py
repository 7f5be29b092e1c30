"""Writing on the trail."""

import asyncpg
import pytest
from tests.audit.factories import act

from birthreg.kernel.database import Transaction


async def test_an_act_stands_on_the_trail_with_its_moment(tx: Transaction) -> None:
    await act(tx, key=None, condition="file.csv", count=3, detail={"new": 2})
    row = await tx.connection.fetchrow("SELECT * FROM audit_entries")
    assert (row["officer"], row["operation"], row["count"], row["detail"]) == (
        "clerk.wuchang",
        2,
        3,
        {"new": 2},
    )
    assert row["recorded_at"] == tx.now
    assert row["succeeded"]


@pytest.mark.parametrize("table", ["audit_entries", "lookups", "audit_seals", "audit_purges", "signing_keys"])
@pytest.mark.parametrize("change", ["UPDATE {} SET key_id = key_id", "DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}"])
async def test_the_service_can_change_nothing_of_the_trail(tx: Transaction, table: str, change: str) -> None:
    change = change.replace("key_id", "id" if table in ("audit_entries", "lookups", "signing_keys") else "key_id")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await tx.connection.execute(change.format(table))


async def test_the_service_cannot_reach_a_partition_past_its_table(tx: Transaction) -> None:
    partition = await tx.connection.fetchval(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_entries'::regclass LIMIT 1"
    )
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await tx.connection.execute(f"DELETE FROM {partition}")
