"""The import of a usage file into the seeded table, by the command an operator would type."""

import asyncio
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import asyncpg
import msgspec

from benchmarks.contestants import environment_of
from benchmarks.numbers import PROVINCES, Place, lay_out, number_at
from benchmarks.plan import Plan
from benchmarks.processes import read_peak_memory
from benchmarks.stage import Stage, WrongAnswer

_HEADER = "certificate_number,used_at,organization,registration_reference\n"


class ImportRun(msgspec.Struct, frozen=True):
    """One import: the whole command from start to end, and the most memory that it held."""

    rows: int
    file_bytes: int
    seconds: float
    peak_memory_mb: float

    @property
    def per_second(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds


def write_usage_file(file: Path, plan: Plan) -> None:
    """Write new usages of all letters and provinces, in scattered order."""
    layout = lay_out(plan.usages)
    with file.open("w", encoding="utf-8", newline="") as out:
        out.write(_HEADER)
        for index in range(plan.import_rows):
            number = number_at(layout, index % plan.usages, Place.IMPORTED + index // plan.usages)
            province = PROVINCES[index // 26 % len(PROVINCES)]
            day = f"2024-{1 + index % 12:02d}-{1 + index % 28:02d}T{index % 24:02d}:{index % 60:02d}:00+08:00"
            out.write(f"{number},{day},{province}{1 + index % 10:02d}{1 + index % 7:02d}510000,I{index}\n")


async def _count_usages(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(
            await connection.fetchval("SELECT count(*) FROM usages WHERE registration_reference LIKE 'I%'")
        )
    finally:
        await connection.close()


async def _watch(process: subprocess.Popen[bytes]) -> int:
    peak = 0
    while process.poll() is None:
        peak = max(peak, read_peak_memory(process.pid))
        await asyncio.sleep(0.1)
    return peak


async def measure_import(stage: Stage) -> ImportRun:
    """Import a file of new rows, and check that each has arrived."""
    file = stage.folder / "usage.csv"
    stage.say(f"writing {stage.plan.import_rows:,} rows to import")
    write_usage_file(file, stage.plan)
    contestant = next(other for other in stage.contestants if other.name == "birthreg")
    log = stage.folder / "import.log"
    with log.open("ab") as output:
        began = perf_counter()
        process = subprocess.Popen(
            (sys.executable, "-m", "birthreg", "import", "usage", str(file)),
            env=environment_of(contestant),
            stdout=output,
            stderr=output,
        )
        peak = await _watch(process)
    took = perf_counter() - began
    arrived = await _count_usages(stage.url)
    if process.returncode or arrived != stage.plan.import_rows:
        raise WrongAnswer(f"the import ended with {process.returncode}, {arrived:,} rows arrived; see {log}")
    run = ImportRun(stage.plan.import_rows, file.stat().st_size, took, peak / 1e6)
    file.unlink()
    stage.say(f"import: {run.per_second:,.0f} rows/s, at most {run.peak_memory_mb:.0f} MB")
    return run
