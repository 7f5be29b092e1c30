"""Writing on the trail."""

import asyncpg
import pytest

from birthreg.audit.models import Operation
from birthreg.audit.service import record


async def test_an_act_stands_on_the_trail_with_its_moment(tx):
    await record(
        tx, officer="clerk.wuchang", organization="420106510000", terminal="10.0.0.1", operation=Operation.ADD,
        act="import_usage", object="usages", key=None, condition="file.csv", count=3, detail={"new": 2},
    )  # fmt: skip
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
@pytest.mark.parametrize("act", ["UPDATE {} SET key_id = key_id", "DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}"])
async def test_the_service_can_change_nothing_of_the_trail(tx, table, act):
    act = act.replace("key_id", "id" if table in ("audit_entries", "lookups", "signing_keys") else "key_id")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await tx.connection.execute(act.format(table))


async def test_the_service_cannot_reach_a_partition_past_its_table(tx):
    partition = await tx.connection.fetchval(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_entries'::regclass LIMIT 1"
    )
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await tx.connection.execute(f"DELETE FROM {partition}")
