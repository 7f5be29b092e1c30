"""`birthreg serve`: the application under Granian."""

import asyncio
import gc
import logging
import signal
import time
from typing import TYPE_CHECKING

from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server

from birthreg.access.service import demonstrating
from birthreg.kernel.database import Database
from birthreg.kernel.errors import DatabaseUnavailable
from birthreg.kernel.logs import logging_config, set_up_logs
from birthreg.local.processes import die_with_parent
from birthreg.local.up import check_port, refuse_open_demonstration
from birthreg.settings import Settings, read_settings

if TYPE_CHECKING:
    from birthreg.app import Service

logger = logging.getLogger("birthreg")

_FOR_RUNNING_REQUESTS = 3
"""Seconds that a stop leaves to requests that are being answered."""


def serve(settings: Settings) -> int:
    """Serve until a signal comes; workers that die are started again."""
    check_port(settings)
    if not settings.listens_on_loopback:
        _refuse_open_demonstration(settings)
    server = Server(
        "birthreg.app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=settings.workers,
        loop=Loops.uvloop,
        respawn_failed_workers=True,
        workers_kill_timeout=_FOR_RUNNING_REQUESTS,
        log_dictconfig=logging_config(settings.log_format),
        log_level=LogLevels.warning,
    )
    logger.info("listening on %s:%s", settings.host, settings.port)
    server.serve(target_loader=load_application, wrap_loader=False)
    return 0


def load_application() -> "Service":
    """Make the application, in a worker process that must not outlive the one that started it."""
    die_with_parent(signal.SIGTERM)
    from birthreg.app import create_app

    set_up_logs(read_settings().log_format)
    application = create_app()
    _collect_garbage_seldom()
    return application


def _collect_garbage_seldom() -> None:
    """Spare the collector what lives as long as the process: it took a seventh of the time under load.

    Answers hold no cycles and are freed by counting; the young generation just needs room for
    the few hundred objects of each request under way.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _refuse_open_demonstration(settings: Settings) -> None:
    """Wait for the database, since only it knows whether there are demonstration officers."""
    while True:
        try:
            refuse_open_demonstration(settings, demonstration=asyncio.run(_demonstrating(settings)))
        except DatabaseUnavailable as error:
            logger.warning("%s", error)
            time.sleep(1)
        else:
            return


async def _demonstrating(settings: Settings) -> bool:
    database = Database(settings.database_url, size=1)
    await database.open()
    try:
        async with database.transaction() as tx:
            return await demonstrating(tx)
    finally:
        await database.close()
