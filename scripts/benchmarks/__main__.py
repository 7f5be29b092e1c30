"""Seeds, starts, measures, reports."""

import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import asyncpg
import msgspec
import uvloop

from benchmarks.blacklisting import measure_blacklist
from benchmarks.cases import measure_cases
from benchmarks.contestants import DidNotStart, make_bare, make_birthreg, make_conventional
from benchmarks.importing import measure_import
from benchmarks.load import GeneratorFailed, choose_generator
from benchmarks.machine import describe, measure_echoes
from benchmarks.measures import measure_arrivals, measure_batches, measure_single
from benchmarks.plan import Options, read_options
from benchmarks.registering import measure_registrations
from benchmarks.report import Results, is_valid, list_goals, render
from benchmarks.screening import measure_screening
from benchmarks.seeds import fingerprint, seed
from benchmarks.servers import owner_url, read_settings, servers
from benchmarks.stage import Stage, WrongAnswer, draw_asks
from birthreg.local.failures import StartFailed
from birthreg.local.servers import Postgres

_BEGAN = perf_counter()
_ROOT = Path(__file__).resolve().parents[2]


def _say(text: str) -> None:
    print(f"[{perf_counter() - _BEGAN:6.0f} s] {text}", file=sys.stderr, flush=True)


async def _prepare_database(postgres: Postgres, options: Options) -> str:
    """Make a database with fresh seeds and return its name; kept seeds are copied, so that they stay as they are."""
    seeds = f"seeds_{fingerprint(options.plan)}"
    whole = f"{seeds}_whole"
    connection = await asyncpg.connect(owner_url(postgres, "postgres"))
    try:
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", whole):
            await connection.execute(f"DROP DATABASE IF EXISTS {seeds}")
            await connection.execute(f"CREATE DATABASE {seeds}")
            await seed(owner_url(postgres, seeds), options.plan, _say)
            if options.keep is None:
                return seeds
            await connection.execute(f"ALTER DATABASE {seeds} RENAME TO {whole}")
        _say("copying the kept seeds")
        await connection.execute("DROP DATABASE IF EXISTS benchmark")
        await connection.execute(f"CREATE DATABASE benchmark TEMPLATE {whole} STRATEGY file_copy")
    finally:
        await connection.close()
    return "benchmark"


async def _settle(url: str) -> None:
    """Start all contestants alike: nothing waits to be written, and the books are in memory as far as they fit."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm; CHECKPOINT")
        await connection.execute(
            "SELECT pg_prewarm(oid) FROM pg_class"
            " WHERE relkind IN ('r', 'i') AND relname ~ '^(usages|blacklist|issuances)' ORDER BY relkind DESC"
        )
    finally:
        await connection.close()
    os.sync()


@asynccontextmanager
async def _set_stage(options: Options) -> AsyncIterator[Stage]:
    with ExitStack() as leaving:
        folder = Path(leaving.enter_context(tempfile.TemporaryDirectory(prefix="birthreg-benchmark-")))
        postgres, valkey = leaving.enter_context(servers(folder, kept=options.keep))
        database = await _prepare_database(postgres, options)
        await _settle(owner_url(postgres, database))
        url = postgres.url(database=database)
        everyone = (make_bare(url), make_conventional(url), make_birthreg(url, valkey.url, folder / "birthreg"))
        stage = Stage(
            plan=options.plan,
            owner_url=owner_url(postgres, database),
            databases=(postgres.pid or 0, valkey.pid or 0),
            folder=folder,
            logs=(options.keep or folder) / "logs",
            generator=choose_generator(options.generator),
            say=_say,
            contestants=[contestant for contestant in everyone if contestant.name in options.contestants],
            asks=draw_asks(options.plan),
            decks={},
        )
        leaving.callback(stage.close)
        yield stage


def _read_commit() -> str:
    answer = subprocess.run(
        ("/usr/bin/env", "git", "-C", str(_ROOT), "describe", "--always", "--dirty"),
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.stdout.strip() or "unknown"


async def run(options: Options, echoes: float) -> Results:
    """Do one whole run."""
    async with _set_stage(options) as stage:
        results = Results(
            started_at=datetime.now(UTC),
            commit=_read_commit(),
            plan=options.plan,
            generator=stage.generator,
            machine=await describe(stage.owner_url, await read_settings(stage.owner_url), echoes=echoes),
        )
        if "single" in options.only:
            results.single = await measure_single(stage)
        if "arrivals" in options.only:
            results.arrivals = await measure_arrivals(stage)
        if "batch" in options.only:
            results.batches = await measure_batches(stage)
        if "import" in options.only:
            results.imported = await measure_import(stage)
        if "blacklist" in options.only:
            results.blacklist = await measure_blacklist(stage)
        if "screening" in options.only:  # before numbers that desks ask for are registered
            results.screening = await measure_screening(stage)
        if "cases" in options.only:
            results.cases = await measure_cases(stage)
        if "registration" in options.only:
            results.registered, results.race = await measure_registrations(stage)
    results.goals, results.valid = list_goals(results), is_valid(results)
    return results


def _keep(results: Results, file: Path | None) -> Path:
    if file is None:
        file = _ROOT / ".birthreg" / "benchmark" / f"{results.started_at:%Y-%m-%dT%H%M%SZ}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(results)))
    return file


def main() -> int:
    """Run, print, keep; 0 when every figure counts, 1 when one doesn't."""
    options = read_options()
    echoes = measure_echoes()
    try:
        results = uvloop.run(run(options, echoes))
    except (DidNotStart, GeneratorFailed, StartFailed, WrongAnswer) as error:
        print(f"scripts/benchmark: {error}", file=sys.stderr)
        return 1
    file = _keep(results, options.json)
    print(render(results))
    _say(f"kept in {file}")
    return 0 if results.valid else 1


if __name__ == "__main__":
    sys.exit(main())
