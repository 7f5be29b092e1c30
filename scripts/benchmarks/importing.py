"""The import of a usage file into the seeded table, by the command an operator would type."""

import asyncio
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
from birthreg.local.places import last_words
from birthreg.local.processes import Child

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


async def _count_imported(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM usages WHERE registration_reference LIKE 'I%'"))
    finally:
        await connection.close()


async def _watch(command: Child) -> int:
    peak = 0
    while command.is_running:
        peak = max(peak, read_peak_memory(command.pid))
        await asyncio.sleep(0.05)
    return peak


async def measure_import(stage: Stage) -> ImportRun:
    """Import a file of new rows, and check that each has arrived."""
    file, log = stage.folder / "usage.csv", stage.logs / "import.log"
    stage.say(f"writing {stage.plan.import_rows:,} rows to import")
    write_usage_file(file, stage.plan)
    contestant = next(other for other in stage.contestants if other.name == "birthreg")
    began = perf_counter()
    with log.open("ab") as output:
        words = (sys.executable, "-m", "birthreg", "import", "usage", str(file))
        command = Child(words, environment=environment_of(contestant), output=output)
        peak = await _watch(command)
    took = perf_counter() - began
    arrived = await _count_imported(stage.owner_url)
    if command.exit_code or arrived != stage.plan.import_rows:
        raise WrongAnswer(f"the import ended with {command.exit_code}, {arrived:,} rows arrived: {last_words(log)}")
    run = ImportRun(stage.plan.import_rows, file.stat().st_size, took, peak / 1e6)
    file.unlink()
    stage.say(f"import: {run.per_second:,.0f} rows/s, at most {run.peak_memory_mb:.0f} MB")
    return run
