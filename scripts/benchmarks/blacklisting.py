"""A file of void numbers at the doors, from its sending to its undoing, while desks go on asking."""

import asyncio
import statistics
from pathlib import Path
from time import perf_counter
from typing import Any

import asyncpg
import httpx
import msgspec

from benchmarks.contestants import sign_in
from benchmarks.load import Sample, arrive
from benchmarks.numbers import Place, lay_out, number_at
from benchmarks.plan import Plan
from benchmarks.seeds import ADMINISTRATORS
from benchmarks.stage import Stage, WrongAnswer
from benchmarks.wire import HOST

_HEADER = "first,last,count,reason,document_number,event_date,institution,note\n"
_DOOR = "/api/v1/blacklist/imports"
_LONGEST = 900.0


class BlacklistRound(msgspec.Struct, frozen=True, kw_only=True):
    """One file: seconds of each step, and what the desks felt just before it and meanwhile."""

    import_seconds: float
    """From its sending until every row is staged."""
    preview_seconds: float
    commit_seconds: float
    """From the second person's approval until all of it is in force."""
    undo_seconds: float
    quiet: Sample
    meanwhile: Sample

    @property
    def steps(self) -> tuple[float, float, float, float]:
        """Seconds of import, preview, commit and undo."""
        return self.import_seconds, self.preview_seconds, self.commit_seconds, self.undo_seconds

    @property
    def beside(self) -> float:
        """99th percentile of the look-ups beside the file, as a multiple of the quiet one before it."""
        return self.meanwhile.p99_ms / self.quiet.p99_ms


class BlacklistRun(msgspec.Struct, frozen=True, kw_only=True):
    """Several files of one size, each beside its own quiet stretch.

    A machine that stutters hits one side of a round by chance; the median of the rounds says what files cost.
    """

    rows: int
    rounds: list[BlacklistRound]

    @property
    def slowest(self) -> float:
        """Seconds of the step that took longest in any round."""
        return max(max(each.steps) for each in self.rounds)

    @property
    def beside(self) -> float:
        """Median of what the rounds say of the look-ups beside their file."""
        return statistics.median(each.beside for each in self.rounds)


def write_blacklist_file(file: Path, plan: Plan, turn: int) -> None:
    """Write new single numbers of all letters and provinces, at each turn others."""
    layout, first = lay_out(plan.usages), turn * plan.blacklist_rows
    with file.open("w", encoding="utf-8", newline="") as out:
        out.write(_HEADER)
        for index in range(first, first + plan.blacklist_rows):
            number = number_at(layout, index % plan.usages, Place.BATCH + index // plan.usages)
            out.write(f"{number},,,lost_by_institution,F-{index % 1000},2024-03-01,妇幼保健院,\n")


class _Desk:
    """An administrator at the doors."""

    def __init__(self, client: httpx.AsyncClient, token: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}

    async def send(self, file: Path) -> str:
        with file.open("rb") as content:
            return str((await self._ask("POST", _DOOR, files={"file": (file.name, content)}))["id"])

    async def act(self, batch: str, act: str, **body: str) -> None:
        await self._ask("POST", f"{_DOOR}/{batch}/{act}", json=body or None)

    async def wait(self, batch: str, *, until: str) -> float:
        """Wait until the batch has come so far, or its file is staged, and return the moment."""
        give_up = perf_counter() + _LONGEST
        while perf_counter() < give_up:
            seen = await self._ask("GET", f"{_DOOR}/{batch}")
            staged = seen["bytes_done"] == seen["bytes_total"]
            if seen["status"] == until or (until == "staged" and staged):
                return perf_counter()
            if seen["status"] == "failed":
                break
            await asyncio.sleep(0.2)
        raise WrongAnswer(f"the file of void numbers never came to be {until}: {seen}")

    async def _ask(self, method: str, door: str, **content: Any) -> dict[str, Any]:
        answer = await self._client.request(method, door, headers=self._headers, **content)
        if answer.is_error:
            raise WrongAnswer(f"{door} answered {answer.status_code}: {answer.text}")
        found: dict[str, Any] = answer.json()
        return found


async def _go_through(port: int, file: Path) -> tuple[float, float, float, float]:
    """Bring the file, have it approved, have it taken back; return the seconds of each step."""
    async with httpx.AsyncClient(base_url=f"http://{HOST}:{port}", timeout=120) as client:
        one, other = [_Desk(client, await sign_in(client, officer)) for officer in ADMINISTRATORS]
        begin = perf_counter()
        batch = await one.send(file)
        staged = await one.wait(batch, until="staged")
        ready = await one.wait(batch, until="ready")
        await one.act(batch, "commit")
        wanted = perf_counter()
        await other.act(batch, "approval", decision="approve", reason="-")
        in_force = await one.wait(batch, until="in_force")
        await one.act(batch, "undo", reason="-")
        unwanted = perf_counter()
        await other.act(batch, "approval", decision="approve", reason="-")
        undone = await one.wait(batch, until="undone")
    return staged - begin, ready - staged, in_force - wanted, undone - unwanted


async def _settle(stage: Stage) -> None:
    """Do now what the server would do at its own time after a file, so that the next quiet stretch is quiet.

    The host of a virtual machine writes later what it took at once; it is given time for that.
    """
    connection = await asyncpg.connect(stage.owner_url)
    try:
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
    await asyncio.sleep(stage.plan.blacklist_rest_seconds)


async def _measure_round(stage: Stage, port: int, turn: int) -> BlacklistRound:
    """Ask for a while with nothing beside, then go on asking while one file goes its whole way."""
    plan, file = stage.plan, stage.folder / f"blacklist-{turn}.csv"
    write_blacklist_file(file, plan, turn)
    await _settle(stage)
    deck, rate = stage.decks["birthreg"].requests, plan.arrivals_rate
    for seconds in (plan.warm_up, plan.blacklist_quiet_seconds):
        quiet = await arrive(port, deck, rate=rate, seconds=seconds, seed=7 + 2 * turn)
    over = asyncio.Event()
    desks = asyncio.create_task(arrive(port, deck, rate=rate, seconds=4 * _LONGEST, seed=8 + 2 * turn, until=over))
    try:
        steps = await _go_through(port, file)
    finally:
        over.set()
        meanwhile = await desks
    file.unlink()
    return BlacklistRound(
        import_seconds=steps[0], preview_seconds=steps[1], commit_seconds=steps[2], undo_seconds=steps[3],
        quiet=quiet, meanwhile=meanwhile,
    )  # fmt: skip


async def measure_blacklist(stage: Stage) -> BlacklistRun:
    """Bring, approve and undo a file in turns with quiet stretches, under the same random arrivals."""
    plan, rounds = stage.plan, []
    stage.say(f"{plan.blacklist_rounds} times {plan.blacklist_rows:,} void numbers")
    async with stage.playing("birthreg") as player:
        for turn in range(plan.blacklist_rounds):
            seen = await _measure_round(stage, player.contestant.port, turn)
            rounds.append(seen)
            told = " · ".join(f"{seconds:.1f}" for seconds in seen.steps)
            stage.say(
                f"void numbers: import, preview, commit, undo {told} s; p99 {seen.quiet.p99_ms:.1f} ms quiet,"
                f" {seen.meanwhile.p99_ms:.1f} ms meanwhile"
            )
    return BlacklistRun(rows=plan.blacklist_rows, rounds=rounds)
