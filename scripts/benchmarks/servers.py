"""One PostgreSQL and one Valkey for all contestants: those that `birthreg up` embeds, as it sets them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from birthreg.local.accounts import choose_account
from birthreg.local.places import embedded_postgres_programs, embedded_valkey_program
from birthreg.local.servers import OWNER_ROLE, Postgres, Valkey

_TOLD = (
    "shared_buffers",
    "work_mem",
    "max_wal_size",
    "checkpoint_timeout",
    "fsync",
    "full_page_writes",
    "synchronous_commit",
)


@contextmanager
def servers(folder: Path, *, kept: Path | None) -> Iterator[tuple[Postgres, Valkey]]:
    """Run both; the data of PostgreSQL is kept where that is wanted."""
    data = kept or folder
    data.mkdir(parents=True, exist_ok=True)
    programs = (embedded_postgres_programs(), embedded_valkey_program())
    postgres = Postgres(data, account=choose_account(data, programs=programs))
    valkey = Valkey(folder, account=choose_account(folder, programs=programs))
    try:
        postgres.start()
        valkey.start()
        yield postgres, valkey
    finally:
        valkey.stop()
        postgres.stop(within=60)


def owner_url(postgres: Postgres, database: str) -> str:
    """Return the owner's login: it seeds and counts, and no contestant uses it."""
    return postgres.url(role=OWNER_ROLE, database=database)


async def read_settings(url: str) -> dict[str, str]:
    """Return the settings that speed depends on."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT name, current_setting(name) AS value FROM pg_settings WHERE name = ANY ($1)", _TOLD
        )
    finally:
        await connection.close()
    return {row["name"]: row["value"] for row in rows}
