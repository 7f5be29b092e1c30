"""`birthreg serve`: the application under Granian."""

import asyncio
import gc
import logging
import signal
import time
from types import FrameType
from typing import TYPE_CHECKING, Any

from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server

from birthreg.access.service import demonstrating
from birthreg.cases.events import STREAMS_OF_A_PROCESS
from birthreg.kernel.database import Database
from birthreg.kernel.errors import DatabaseUnavailable
from birthreg.kernel.logs import logging_config, set_up_logs
from birthreg.local.processes import die_with_parent
from birthreg.local.up import check_port, refuse_open_demonstration
from birthreg.settings import Settings, read_settings

if TYPE_CHECKING:
    from birthreg.app import Service

logger = logging.getLogger("birthreg")

_AT_ONCE = 1024
"""Connections that all service processes together answer at a time, beside streams of events."""

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
        backpressure=_AT_ONCE // settings.workers + STREAMS_OF_A_PROCESS,
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
    application.on_startup.append(_end_streams_at_signals)
    _collect_garbage_seldom()
    return application


async def _end_streams_at_signals(application: Any) -> None:
    """End streams of events as soon as this process is asked to stop: the server waits for answers, and they never end.

    The server's own handlers of these signals were there before, and go on.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        before = signal.getsignal(number)

        def stop(number: int, frame: FrameType | None, before: Any = before) -> None:
            loop.call_soon_threadsafe(application.state.events.stop)
            if callable(before):
                before(number, frame)

        signal.signal(number, stop)


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
