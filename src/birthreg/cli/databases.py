"""How a command reaches the database: the configured one, else the embedded one of a running instance."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from birthreg.cli.failures import WrongArgument
from birthreg.kernel.language import Text
from birthreg.settings import Settings

if TYPE_CHECKING:
    from birthreg.kernel.database import Database


def database_url(settings: Settings) -> str:
    """Return the service's login at the configured server, or at the embedded one of the data folder.

    Raises:
        WrongArgument: no server is configured and none runs for the data folder.
    """
    if settings.database_url:
        return settings.database_url
    from birthreg.kernel.database import SERVICE_ROLE
    from birthreg.local.places import socket_folder
    from birthreg.local.servers import DATABASE

    folder = socket_folder(settings.data_dir)
    if not (folder / ".s.PGSQL.5432").exists():
        raise WrongArgument(
            Text(
                f"{settings.data_dir} 没有正在运行的实例,请先执行 birthreg up,或设置 BIRTHREG_DATABASE_URL",
                f"no instance runs in {settings.data_dir}: start birthreg up, or set BIRTHREG_DATABASE_URL",
            )
        )
    return f"postgresql://{SERVICE_ROLE}@/{DATABASE}?host={quote(str(folder), safe='/')}"


@asynccontextmanager
async def open_database(settings: Settings, *, command_timeout: float = 30, size: int = 2) -> "AsyncIterator[Database]":
    """Open the database for one command, in so many connections; `command_timeout` is in seconds."""
    from birthreg.kernel.database import Database

    database = Database(database_url(settings), size=size, command_timeout=command_timeout)
    await database.open()
    try:
        yield database
    finally:
        await database.close()
