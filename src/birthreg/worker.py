"""The composition root of the worker: every job is listed here and nowhere else."""

import asyncio
import logging
import signal
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from functools import partial

import httpx
import msgspec
import uvloop
from redis.asyncio import Redis

from birthreg.audit.jobs import seal
from birthreg.blacklist import jobs as blacklist_jobs
from birthreg.cases import jobs as case_jobs
from birthreg.cases.evidence_checking import check_due_file, sweep_evidence
from birthreg.cases.evidence_files import EvidenceFolder
from birthreg.cases.watching import watch_lookups
from birthreg.documents.jobs import turn_some_faces
from birthreg.documents.turning import SEALED_TABLES as FACE_TABLES
from birthreg.filing.jobs import MOST_WARNED, warn_of_waiting
from birthreg.filing.models import Level
from birthreg.filing.sending import Sender, open_client
from birthreg.imports.jobs import compare_staged_batch, run_waiting_imports, sweep_uploads
from birthreg.kernel.budgets import Budgets
from birthreg.kernel.clock import now_utc
from birthreg.kernel.database import Database
from birthreg.kernel.errors import DomainError
from birthreg.kernel.idempotency import forget_old_answers
from birthreg.kernel.keys import Keyring
from birthreg.kernel.partitions import ensure_partitions
from birthreg.kernel.renewal import renew_some
from birthreg.kernel.sealed_tables import SealedTable
from birthreg.kernel.vault import Vault
from birthreg.registrations.jobs import backfill_facts
from birthreg.registrations.sealing import SEALED_TABLES as REGISTRATION_TABLES
from birthreg.screening import jobs as screening_jobs
from birthreg.screening.baseline import reckon_usual_shares
from birthreg.screening.rulebook import Rulebook
from birthreg.screening.sweeping import LANES
from birthreg.settings import Settings, read_settings
from birthreg.verification.budget import LookupBudget
from birthreg.verification.jobs import Files, sweep_files, verify_waiting_file
from birthreg.verification.service import Grammars

logger = logging.getLogger("birthreg")


SEALED_TABLES: tuple[SealedTable, ...] = (*REGISTRATION_TABLES, *FACE_TABLES)
"""Every table with personal data under a data key; what isn't listed keeps the key that it was sealed with."""


ENDS_WITHIN = 10
"""Seconds from the signal to the end, whatever hangs; past them the kernel ends the worker (SIGALRM).

Nothing is lost by that: what a job hadn't committed, the next worker does again.
"""


class Pools(msgspec.Struct, frozen=True):
    """The connections of the worker, by what they are for."""

    database: Database
    """All that isn't named below."""
    books: Database
    """Look-ups."""
    probing: Database
    """Rules over a few registrations."""
    sweeping: Database
    """Rules over all of them, in as many connections as there are processors."""

    @classmethod
    def of(cls, url: str) -> "Pools":
        """Name the pools of a database; nothing is opened yet."""
        return cls(
            Database(url, size=4),
            Database(url, size=1, generic_plans=True),
            Database(url, size=1, generic_plans=True),
            Database(url, size=LANES, command_timeout=600),
        )

    def all(self) -> tuple[Database, ...]:
        """Return each of them, in the order in which they are opened."""
        return self.database, self.books, self.probing, self.sweeping


class Job(msgspec.Struct, frozen=True):
    """Something that the worker does again and again; it says whether there is more to do at once."""

    name: str
    every: timedelta
    run: Callable[[], Awaitable[bool]]


def list_jobs(settings: Settings, pools: Pools, *, budget: LookupBudget, upstream: httpx.AsyncClient) -> list[Job]:
    """Name every job with its rhythm; `upstream` is for filings."""
    database = pools.database
    keyring = Keyring(settings.keys)
    files = Files(settings.data_dir / "files")
    grammars = Grammars()

    async def seal_trail() -> bool:
        await seal(database, keyring)
        return False

    async def verify_files() -> bool:
        return await verify_waiting_file(pools.books, files=files, grammars=grammars, budget=budget)

    async def run_imports() -> bool:
        return await run_waiting_imports(database, uploads=settings.data_dir / "imports")

    return [
        *_filing_jobs(settings, database, upstream, keyring),
        *_housekeeping_jobs(settings, database, files),
        *_blacklist_jobs(database),
        *_screening_jobs(settings, pools),
        *_case_jobs(database),
        *_evidence_jobs(settings, database),
        Job("seal_trail", timedelta(seconds=1), seal_trail),
        Job("watch_lookups", timedelta(seconds=5), partial(watch_lookups, database)),
        Job("verify_files", timedelta(seconds=1), verify_files),
        Job("run_imports", timedelta(seconds=1), run_imports),
    ]


def _blacklist_jobs(database: Database) -> list[Job]:
    """Name what keeps the list and looks back from it."""
    return [
        Job("lapse_holds", timedelta(seconds=5), partial(blacklist_jobs.lapse_holds, database)),
        Job("look_back", timedelta(seconds=2), partial(blacklist_jobs.look_back, database)),
        Job("compare_batches", timedelta(seconds=1), partial(compare_staged_batch, database)),
        Job("carry_out_batches", timedelta(seconds=1), partial(blacklist_jobs.carry_out_batches, database)),
        Job("look_back_on_batches", timedelta(seconds=1), partial(blacklist_jobs.look_back_on_batches, database)),
    ]


def _case_jobs(database: Database) -> list[Job]:
    """Name what the service does with cases by itself."""
    return [
        Job("admit_attempts", timedelta(seconds=1), partial(case_jobs.admit_attempts, database)),
        Job("return_lapsed_cases", timedelta(seconds=5), partial(case_jobs.return_lapsed, database)),
        Job("resume_cases", timedelta(seconds=5), partial(case_jobs.resume_due, database)),
        Job("reckon_deadlines", timedelta(seconds=1), partial(case_jobs.reckon_deadlines, database)),
        Job("sound_alarms", timedelta(seconds=10), partial(case_jobs.sound_alarms, database)),
    ]


def _screening_jobs(settings: Settings, pools: Pools) -> list[Job]:
    """Name what screens again: all registrations where somebody asks for it, some where others point at them."""
    vault = Vault(settings.keys, given=settings.data_keys)
    due = partial(screening_jobs.screen_due, pools.probing, rulebook=Rulebook())
    return [
        Job("sweep", timedelta(seconds=1), partial(screening_jobs.sweep, pools.sweeping, lanes=LANES)),
        Job("screen_due", timedelta(seconds=1), due),
        Job("backfill_facts", timedelta(seconds=10), partial(backfill_facts, pools.database, vault=vault)),
    ]


def _evidence_jobs(settings: Settings, database: Database) -> list[Job]:
    """Name what looks after the files of cases."""
    folder = EvidenceFolder(settings.data_dir / "evidence")

    async def sweep() -> bool:
        await sweep_evidence(database, folder=folder)
        return False

    return [
        Job("check_evidence", timedelta(minutes=1), partial(check_due_file, database, folder=folder)),
        Job("sweep_evidence", timedelta(hours=24), sweep),
    ]


def _housekeeping_jobs(settings: Settings, database: Database, files: Files) -> list[Job]:
    """Name what nobody waits for."""
    vault = Vault(settings.keys, given=settings.data_keys)

    async def renew_keys() -> bool:
        begun = time.monotonic()
        more = await renew_some(database, vault=vault, tables=SEALED_TABLES)
        if more:  # half of the time is left to others
            await asyncio.sleep(time.monotonic() - begun)
        return more

    async def keep_house() -> bool:
        async with database.transaction() as tx:
            await forget_old_answers(tx)
        await ensure_partitions(database, until=now_utc() + timedelta(days=400))
        return False

    async def sweep() -> bool:
        await sweep_files(database, files=files)
        await sweep_uploads(database, uploads=settings.data_dir / "imports")
        return False

    return [
        Job("renew_keys", timedelta(seconds=2), renew_keys),
        Job("turn_faces", timedelta(minutes=5), partial(turn_some_faces, database, vault=vault)),
        Job("reckon_usual_shares", timedelta(hours=1), partial(reckon_usual_shares, database)),
        Job("sweep_files", timedelta(hours=1), sweep),
        Job("keep_house", timedelta(hours=6), keep_house),
    ]


def _filing_jobs(settings: Settings, database: Database, upstream: httpx.AsyncClient, keyring: Keyring) -> list[Job]:
    """Name what runs only where there is a level above."""
    if not settings.upstream_url:
        return []
    level = Level(organization=settings.organization, upstream_url=settings.upstream_url)
    sender = Sender(database, upstream, level=level, keyring=keyring)

    async def deliver_filings() -> bool:
        await sender.deliver()
        return False

    async def warn() -> bool:
        return await warn_of_waiting(database) == MOST_WARNED

    return [
        Job("deliver_filings", timedelta(seconds=1), deliver_filings),
        Job("warn_of_waiting", timedelta(seconds=30), warn),
    ]


async def work(settings: Settings) -> None:
    """Run every job until SIGTERM or SIGINT; a job that fails is tried again, the others go on.

    The end is bounded in time: `ENDS_WITHIN`.
    """
    pools = Pools.of(settings.database_url)
    for pool in pools.all():
        await pool.open()
    redis = Redis.from_url(settings.redis_url, socket_timeout=0.5, socket_connect_timeout=0.5)
    budget = LookupBudget(Budgets(redis), database=pools.database, clock=now_utc)
    upstream = open_client()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    jobs = list_jobs(settings, pools, budget=budget, upstream=upstream)
    tasks = [asyncio.create_task(_repeat(job), name=job.name) for job in jobs]
    await stopping.wait()
    signal.alarm(ENDS_WITHIN)
    await _end(tasks, pools)
    await asyncio.gather(upstream.aclose(), redis.aclose(), *(pool.close() for pool in pools.all()))


def main() -> int:
    """Work, by the settings of the environment, until a signal comes."""
    uvloop.run(work(read_settings()))
    return 0


async def _end(tasks: Iterable[asyncio.Task[None]], pools: Pools) -> None:
    """Cancel until all have ended: where a connection is lost at the same moment, one cancellation may be lost too."""
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=1)
        if running:  # a server that hangs doesn't take back what was asked of it
            for pool in pools.all():
                pool.terminate()


async def _repeat(job: Job) -> None:
    """Run a job for ever; an outage is told when it begins and when it is over, any other fault each time."""
    waits_for, tries, since = "", 0, 0.0
    while True:
        more = False
        try:
            more = await job.run()
            if tries:
                told = job.name, time.monotonic() - since, tries
                waits_for, tries = "", 0
                logger.info("job %s goes on after %.0f seconds and %d tries in vain", *told)
        except DomainError as error:
            if error.code != waits_for:
                logger.warning("job %s waits: %s", job.name, error)
            since = since if tries else time.monotonic()
            waits_for, tries = error.code, tries + 1
        except Exception:
            logger.exception("job %s failed and will be tried again", job.name)
        if not more:
            await asyncio.sleep(job.every.total_seconds())
