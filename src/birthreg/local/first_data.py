"""What a database holds before its first use: the tables, and somebody who can sign in."""

from collections.abc import Awaitable, Callable

import asyncpg
import msgspec

from birthreg.access.service import demonstrating, ensure_first_administrator
from birthreg.audit.service import continue_numbers
from birthreg.kernel.database import CONNECTION_LOST, Database
from birthreg.kernel.keys import Keyring
from birthreg.kernel.language import Text
from birthreg.kernel.migrations import migrate
from birthreg.kernel.vault import Vault
from birthreg.local.failures import StartFailed
from birthreg.screening.divisions import load_divisions
from birthreg.screening.service import enter_rules

Seed = Callable[[Database, Vault, Keyring], Awaitable[None]]
"""Fills a database with demonstration data, what is personal sealed, what was signed signed; twice is once."""


_SEEDING_SECONDS = 600
"""A bound against hanging: a busy machine takes its time over a hundred thousand people."""


class FirstData(msgspec.Struct, frozen=True, kw_only=True):
    """Who can sign in now; `first_password` is that of the first security administrator, told once."""

    demonstration: bool
    first_password: str | None


async def migrate_database(owner_url: str) -> list[str]:
    """Bring the database to the present schema as its owner; return the names of what was applied.

    Raises:
        StartFailed: the server can't be reached, or refuses the owner.
        MigrationsAhead: the database was made by a newer program.
    """
    try:
        connection = await asyncpg.connect(owner_url, timeout=10)
    except (*CONNECTION_LOST, asyncpg.PostgresError) as error:
        raise StartFailed(
            Text(
                f"无法连接数据库,请检查 BIRTHREG_[OWNER_]DATABASE_URL:{error}",
                f"cannot reach the database, check BIRTHREG_[OWNER_]DATABASE_URL: {error}",
            )
        ) from error
    try:
        applied = await migrate(connection)
        await continue_numbers(connection)
        await load_divisions(connection)
    finally:
        await connection.close()
    await enter_rule_files(owner_url)
    return applied


async def enter_rule_files(owner_url: str) -> None:
    """Enter what is new in the rules of screening, as the database's owner."""
    database = Database(owner_url, role="none", size=1)
    await database.open()
    try:
        async with database.transaction() as tx:
            await enter_rules(tx)
    finally:
        await database.close()


async def prepare_first_data(url: str, *, seed: Seed | None, vault: Vault, keyring: Keyring) -> FirstData:
    """Seed the demonstration, or admit the first security administrator where nobody could sign in."""
    database = Database(url, size=4, command_timeout=_SEEDING_SECONDS)
    await database.open()
    try:
        if seed is not None:
            await seed(database, vault, keyring)
        async with database.transaction() as tx:
            password = await ensure_first_administrator(tx)
            return FirstData(demonstration=await demonstrating(tx), first_password=password)
    finally:
        await database.close()
