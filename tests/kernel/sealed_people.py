"""An invented table with sealed columns, for tests of renewal; also run as a worker that a test kills."""

import asyncio
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import msgspec

from birthreg.kernel.data_keys import DataKey, new_key, put_key
from birthreg.kernel.database import Database
from birthreg.kernel.renewal import renew_some
from birthreg.kernel.sealed_tables import BlindColumn, SealedColumn, SealedTable
from birthreg.kernel.vault import Vault

LONG_AGO = datetime.now(UTC) - timedelta(days=30)
PEOPLE = SealedTable(
    name="people",
    sealed=(SealedColumn("phone", bound_to="people.phone"), SealedColumn("address", bound_to="people.address")),
    blind=(BlindColumn("phone_blind", source="phone", bound_to="phone", normal=lambda phone: phone.replace("-", "")),),
)


async def make_people(url: str, *, key: str = "bigint") -> asyncpg.Connection:
    """Make the table with the grants that a room would give, and return its owner's connection."""
    owner = await asyncpg.connect(url)
    await owner.execute(
        f"CREATE TABLE people (id {key} PRIMARY KEY, name text, phone bytea, address bytea, phone_blind bytea);"
        " GRANT SELECT, INSERT, UPDATE (phone, address, phone_blind) ON people TO birthreg_service"
    )
    return owner


def row(
    vault: Vault, key: object, phone: str | None = "138-0013-8000", address: str | None = "珞珈山路 16 号"
) -> tuple[object, str, bytes | None, bytes | None, bytes | None]:
    """A row as a room would store it."""
    return (
        key,
        f"person {key}",
        None if phone is None else vault.seal(phone, bound_to="people.phone"),
        None if address is None else vault.seal(address, bound_to="people.address"),
        None if phone is None else vault.blind(phone.replace("-", ""), bound_to="phone"),
    )


async def put_people(owner: asyncpg.Connection, vault: Vault, keys: range) -> None:
    """Store people under the key in use; a person's phone number tells who it is."""
    rows = [row(vault, key, phone=f"138-{key:04d}-0000", address=f"address {key}") for key in keys]
    await owner.copy_records_to_table("people", records=rows)


def add_key(directory: Path, *, in_use_from: datetime) -> DataKey:
    """A further key, in use from then on."""
    put_key(directory, key := new_key(in_use_from=in_use_from))
    return key


async def marks(owner: asyncpg.Connection) -> Mapping[bytes, int]:
    """How many values stand under each key."""
    found = await owner.fetch(
        "SELECT substring(value FROM 1 FOR 4) AS mark, count(*) AS values FROM people,"
        " unnest(ARRAY[phone, address, phone_blind]) AS value WHERE value IS NOT NULL GROUP BY 1"
    )
    return {record["mark"]: record["values"] for record in found}


async def renew_all(database: Database, vault: Vault, *tables: SealedTable) -> int:
    """Renew until nothing is left to do, and return in how many blocks."""
    blocks = 0
    while await renew_some(database, vault=vault, tables=tables or (PEOPLE,), settled_after=timedelta(0)):
        blocks += 1
    return blocks


class Job(msgspec.Struct):
    """Where a worker of a test works."""

    url: str
    keys: str


async def _work(job: Job) -> None:
    database = Database(job.url, size=2)
    await database.open()
    await renew_all(database, Vault(Path(job.keys)))
    await database.close()


if __name__ == "__main__":
    asyncio.run(_work(msgspec.json.decode(sys.argv[1], type=Job)))
