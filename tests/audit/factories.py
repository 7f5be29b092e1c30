"""Short factories for what stands on the trail."""

from typing import Any
from uuid import UUID

from birthreg.audit.service import record
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.identifiers import new_id


async def act(tx: Transaction, *, key: str | None = "a", **changes: Any) -> None:
    """Write one act."""
    given = {"officer": "clerk.wuchang", "organization": "420106510000", "operation": 2, **changes}
    await record(tx, terminal="10.0.0.1", act="add", object="thing", key=key, **given)


async def look_up(tx: Transaction, *, number: str = "X420100001", count: int = 1) -> list[UUID]:
    """Write look-ups as verification does."""
    ids = [new_id() for _ in range(count)]
    answer = {"reasons": [{"code": "number_used", "text": '已使用 "\n\\'}], "share": 1.50}
    await tx.connection.execute(
        "INSERT INTO lookups (id, recorded_at, officer, organization, terminal, purpose, certificate_number,"
        " verdict, answer, list_version, rule_version)"
        " SELECT id, $2, 'clerk.wuchang', '420106510000', '10.0.0.1', 'birth_registration', $3,"
        " 'used', $4, 1, 1 FROM unnest($1::uuid[]) AS id",
        ids,
        tx.now,
        number,
        answer,
    )
    return ids


async def acts(database: Database, *, transactions: int, each: int = 3, look_ups: int = 2) -> None:
    """Write a few transactions of acts and look-ups."""
    for _ in range(transactions):
        async with database.transaction() as tx:
            for n in range(each):
                await act(tx, key=str(n))
            await look_up(tx, count=look_ups)
