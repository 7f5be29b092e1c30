"""Short factories for what stands on the trail."""

from typing import Any
from uuid import UUID

import msgspec

from birthreg.audit import rules, store
from birthreg.audit.models import Trail, WholeSeal
from birthreg.audit.service import find_last_seal, record
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.keys import Keyring, register


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


async def seal_in_the_first_form(database: Database, keyring: Keyring) -> None:
    """Seal as was done before the second form: a leaf per entry, over its text."""
    signer = keyring.current("seal")
    async with database.transaction() as tx:
        last, leaves = await find_last_seal(tx), {}
        first, horizon = last.next_transaction if last else 0, await store.find_horizon(tx)
        for trail in Trail:
            stream = store.stream_entries(tx, trail=trail, form=1, first=first, next_=horizon)
            leaves[trail] = [row[0].bytes + rules.digest_entry(row[2]) async for rows in stream for row in rows]
        joined = b"".join(leaf for ofone in leaves.values() for leaf in ofone)
        seal = WholeSeal(
            number=last.number + 1 if last else 1, form=1, sealed_at=tx.now, first_transaction=first,
            next_transaction=horizon, entries=sum(map(len, leaves.values())), lookups=len(leaves[Trail.LOOKUPS]),
            leaves=joined, root=rules.root_over(joined, form=1), previous=last.head if last else rules.GENESIS,
            head=b"", key_id=signer.key_id, signature=b"",
        )  # fmt: skip
        head = rules.head_of(seal)
        await register(tx, signer)
        await store.insert_seal(tx, msgspec.structs.replace(seal, head=head, signature=signer.sign(head)))
