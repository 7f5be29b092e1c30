"""Seeds, starts, measures, reports."""

import asyncio
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

from benchmarks import postgres
from benchmarks.contestants import make_bare, make_birthreg, make_conventional
from benchmarks.importing import measure_import
from benchmarks.load import choose_generator
from benchmarks.machine import describe, measure_echoes
from benchmarks.measures import measure_arrivals, measure_batches, measure_single
from benchmarks.plan import Options, read_options
from benchmarks.report import Results, is_valid, list_goals, render
from benchmarks.seeds import fingerprint, seed
from benchmarks.stage import Stage, WrongAnswer, draw_asks
from benchmarks.valkey import valkey

_BEGAN = perf_counter()
_ROOT = Path(__file__).resolve().parents[2]


def _say(text: str) -> None:
    print(f"[{perf_counter() - _BEGAN:6.0f} s] {text}", file=sys.stderr, flush=True)


async def _prepare_database(host: str, options: Options) -> str:
    """Give a database with fresh seeds: copied from kept ones, where there are."""
    name = f"seeds_{fingerprint(options.plan)}"
    connection = await asyncpg.connect(host=host, user="postgres", database="postgres")
    try:
        if not await connection.fetchval(
            "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name + "_whole"
        ):
            await connection.execute(f"DROP DATABASE IF EXISTS {name}")
            await connection.execute(f"CREATE DATABASE {name}")
            await seed(postgres.url_of(host, name), options.plan, _say)
            if options.keep is None:
                return postgres.url_of(host, name)
            await connection.execute(f"ALTER DATABASE {name} RENAME TO {name}_whole")
        _say("copying the kept seeds")
        await connection.execute("DROP DATABASE IF EXISTS benchmark")
        await connection.execute(f"CREATE DATABASE benchmark TEMPLATE {name}_whole STRATEGY file_copy")
    finally:
        await connection.close()
    return postgres.url_of(host, "benchmark")


@asynccontextmanager
async def _set_stage(options: Options) -> AsyncIterator[Stage]:
    with ExitStack() as leaving:
        folder = Path(leaving.enter_context(tempfile.TemporaryDirectory(prefix="birthreg-benchmark-")))
        folder.chmod(0o755)
        data = options.keep.absolute() if options.keep else folder
        async with postgres.server(data / "pg") as (host, process), valkey(folder) as redis_url:
            url = await _prepare_database(host, options)
            everyone = (
                make_bare(url),
                make_conventional(url),
                make_birthreg(url, redis_url, folder / "birthreg"),
            )
            stage = Stage(
                plan=options.plan,
                url=url,
                postgres=process,
                folder=folder,
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
        ("git", "-C", str(_ROOT), "describe", "--always", "--dirty"),
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
            machine=await describe(stage.url, postgres.SETTINGS, echoes=echoes),
        )
        if "single" in options.only:
            results.single = await measure_single(stage)
        if "arrivals" in options.only:
            results.arrivals = await measure_arrivals(stage)
        if "batch" in options.only:
            results.batches = await measure_batches(stage)
        if "import" in options.only:
            results.imported = await measure_import(stage)
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
    except (WrongAnswer, RuntimeError) as error:
        print(f"scripts/benchmark: {error}", file=sys.stderr)
        return 1
    file = _keep(results, options.json)
    print(render(results))
    _say(f"kept in {file}")
    return 0 if results.valid else 1


if __name__ == "__main__":
    sys.exit(main())
