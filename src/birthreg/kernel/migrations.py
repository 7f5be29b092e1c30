"""Bring a database to the present schema: each file of `sql/migrations/` once, in order.

Runs as the owner. The service's role owns nothing and gets its grants here.
"""

import re
from pathlib import Path

import asyncpg

from birthreg.kernel.errors import Conflict
from birthreg.kernel.language import Text
from birthreg.kernel.sql import sql_folder

_LOCK = 0x62727468
"""Advisory lock number, so that two starts at once migrate one after the other."""


class MigrationsAhead(Conflict):
    """数据库结构比本程序新(版本 {found},本程序为 {known})。

    The database is newer than this program (version {found}, this program knows {known}).
    """

    remedy = Text("请升级程序后再启动。", "Install the newer program, then start again.")


def list_migrations() -> list[tuple[int, Path]]:
    """Return version and file of every migration, oldest first."""
    files = sorted((sql_folder() / "migrations").glob("[0-9][0-9][0-9][0-9]_*.sql"))
    return [(int(re.match(r"\d+", file.name).group()), file) for file in files]  # type: ignore[union-attr]


async def migrate(connection: asyncpg.Connection) -> list[str]:
    """Apply what is missing and return the names applied; twice is once.

    Raises:
        MigrationsAhead: the database was made by a newer program.
    """
    applied = []
    async with connection.transaction():
        # Also taken by a start on another database of this cluster: roles belong to the cluster.
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations (version int PRIMARY KEY, name text NOT NULL,"
            " applied_at timestamptz NOT NULL DEFAULT clock_timestamp())"
        )
        current = await connection.fetchval("SELECT coalesce(max(version), 0) FROM migrations")
        files = list_migrations()
        if current > files[-1][0]:
            raise MigrationsAhead(found=current, known=files[-1][0])
        for version, file in files:
            if version > current:
                await connection.execute(file.read_text(encoding="utf-8"))
                await connection.execute("INSERT INTO migrations (version, name) VALUES ($1, $2)", version, file.stem)
                applied.append(file.stem)
    return applied
