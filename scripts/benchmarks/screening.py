"""Sweeps over histories of two sizes beside one plain reading of the same rows, and what desks feel of screening."""

import statistics
from time import perf_counter
from uuid import UUID

import asyncpg
import msgspec

from benchmarks.contestants import Running
from benchmarks.histories import forget_findings, seed_histories
from benchmarks.load import Sample, arrive
from benchmarks.registering import desks_at, registration_requests
from benchmarks.stage import Stage, WrongAnswer
from birthreg.access.models import Act, Officer, Role
from birthreg.access.rules import reach_of
from birthreg.kernel.database import Database
from birthreg.kernel.identifiers import new_id
from birthreg.screening import sweeps
from birthreg.screening.baseline import reckon
from birthreg.screening.statements import COLUMNS
from birthreg.screening.sweep_models import SweepRequest
from birthreg.screening.sweeping import LANES, go_through

_BLOCKS = 5
_A_SECOND = 50
"""Registrations a second at random times: some forty times what the whole country enters in office hours."""
_OPERATOR = Officer(
    id="benchmark", name="benchmark", role=Role.PROVINCE_ADMIN, organization="000000000000", organization_name="",
    session=new_id(),
)  # fmt: skip


class SweepRun(msgspec.Struct, frozen=True, kw_only=True):
    """One sweep with every rule; the reading touches all that rules may read, on one core."""

    registrations: int
    seconds: float
    found: int
    reading_seconds: float

    @property
    def per_second(self) -> float:
        """Registrations a second."""
        return self.registrations / self.seconds


class ScreeningRun(msgspec.Struct, frozen=True, kw_only=True):
    """Sweeps, look-ups without and beside one, and registrations with every rule on and off."""

    rules: int
    lanes: int
    sweeps: list[SweepRun]
    quiet: Sample
    meanwhile: Sample
    swept_meanwhile: int
    """Registrations that were swept while desks asked."""
    registering_p95_ms: float
    registering_without_p95_ms: float


async def _request(database: Database) -> tuple[UUID, int]:
    """Ask for a sweep with every rule, and return it with how many rules there are."""
    scope = reach_of(_OPERATOR, Act.RUN_SWEEPS)
    if scope is None:
        raise WrongAnswer("an administrator of the ministry may not sweep")
    async with database.transaction() as tx:
        asked = await sweeps.request_sweep(tx, _OPERATOR, scope=scope, asked=SweepRequest(), terminal="-")
    return asked.id, len(asked.rules)


async def _measure_sweep(stage: Stage, connection: asyncpg.Connection, count: int) -> tuple[SweepRun, int]:
    stage.say(f"seeding {count:,} registrations")
    await seed_histories(connection, count, usages=stage.plan.usages)
    columns = ", ".join(f"count({column})" for column in COLUMNS)
    await connection.execute("SET max_parallel_workers_per_gather = 0")
    for _ in range(2):  # the second time from memory, as far as it fits
        begin = perf_counter()
        await connection.fetchrow(f"SELECT {columns} FROM screening_facts")  # noqa: S608 (our own names)
        reading = perf_counter() - begin
    database = Database(stage.owner_url, size=LANES, command_timeout=600)
    await database.open()
    async with database.transaction() as tx:
        await reckon(tx)
    sweep, rules = await _request(database)
    begin = perf_counter()
    await go_through(database, lanes=LANES, sweep=sweep)
    seconds = perf_counter() - begin
    await database.close()
    row = await connection.fetchrow("SELECT status, done, found FROM sweeps WHERE id = $1", sweep)
    if row is None or (row["status"], row["done"]) != ("done", count):
        raise WrongAnswer(f"a sweep over {count:,} registrations ended as {row}")
    run = SweepRun(registrations=count, seconds=seconds, found=row["found"], reading_seconds=reading)
    stage.say(f"sweep: {run.per_second:,.0f} registrations/s, {run.found:,} found; read in {reading:.1f} s")
    return run, rules


async def _look_up_meanwhile(stage: Stage, connection: asyncpg.Connection) -> tuple[Sample, Sample, int]:
    """Ask at random times, first while nothing else is done, then while the worker sweeps."""
    plan = stage.plan
    await forget_findings(connection)
    async with stage.playing("birthreg") as player:
        port, deck = player.contestant.port, stage.decks["birthreg"].requests
        for seconds in (plan.warm_up, plan.arrivals_seconds):
            quiet = await arrive(port, deck, rate=plan.arrivals_rate, seconds=seconds, seed=11)
        database = Database(stage.owner_url, size=1)
        await database.open()
        sweep, _ = await _request(database)
        await database.close()
        meanwhile = await arrive(port, deck, rate=plan.arrivals_rate, seconds=plan.arrivals_seconds, seed=12)
        swept = await connection.fetchval("SELECT done FROM sweeps WHERE id = $1", sweep)
        await connection.execute(
            "UPDATE sweeps SET status = 'cancelled', ended_at = now() WHERE id = $1 AND ended_at IS NULL", sweep
        )
    return quiet, meanwhile, int(swept)


async def _register(stage: Stage, player: Running, tokens: tuple[str, ...], turns: range) -> Sample:
    """Register at random times, as desks do: what screening adds is felt by a family, not by a queue.

    A fifth goes ahead uncounted: where rules have just changed, each connection plans them anew.
    """
    requests = list(registration_requests(stage, tokens, turns))
    ahead = len(requests) // 5
    for part in (requests[:ahead], requests[ahead:]):
        seen = await arrive(
            player.contestant.port, part, rate=_A_SECOND, seconds=len(part) / _A_SECOND, seed=turns.start, status=201
        )
        if seen.failures:
            raise WrongAnswer(f"{seen.failures} of {seen.requests} registrations were not answered with 201")
    return seen


async def _register_with_and_without(stage: Stage, connection: asyncpg.Connection) -> tuple[float, float]:
    """Register in turns with every rule and with none; return the median 95th percentiles in ms."""
    plan = stage.plan
    block = plan.registrations_a_block
    first = plan.first_turn_left
    seen: dict[bool, list[float]] = {True: [], False: []}
    await connection.execute("CREATE TEMP TABLE modes AS SELECT code, mode FROM screening_rules")
    async with desks_at(stage) as (player, tokens):
        for turn in range(2 * _BLOCKS + 2):
            with_rules = turn % 2 == 0
            await connection.execute(
                "UPDATE screening_rules SET mode = CASE WHEN $1 THEN modes.mode ELSE 'off' END"
                " FROM modes WHERE modes.code = screening_rules.code",
                with_rules,
            )
            sample = await _register(stage, player, tokens, range(first + turn * block, first + (turn + 1) * block))
            if turn >= 2:  # the first of each warms up
                seen[with_rules].append(sample.p95_ms or 0.0)
    await connection.execute(
        "UPDATE screening_rules SET mode = modes.mode FROM modes WHERE modes.code = screening_rules.code"
    )
    return statistics.median(seen[True]), statistics.median(seen[False])


async def measure_screening(stage: Stage) -> ScreeningRun:
    """Sweep a fifth and then all, ask meanwhile, and register with rules and without."""
    connection = await asyncpg.connect(stage.owner_url)
    try:
        runs = []
        for count in (stage.plan.screened // 5, stage.plan.screened):
            run, rules = await _measure_sweep(stage, connection, count)
            runs.append(run)
        quiet, meanwhile, swept = await _look_up_meanwhile(stage, connection)
        stage.say(f"look-ups: p99 {quiet.p99_ms:.1f} ms quiet, {meanwhile.p99_ms:.1f} ms beside a sweep")
        with_rules, without = await _register_with_and_without(stage, connection)
        stage.say(f"registrations: p95 {with_rules:.1f} ms with every rule, {without:.1f} ms with none")
    finally:
        await connection.close()
    return ScreeningRun(
        rules=rules, lanes=LANES, sweeps=runs, quiet=quiet, meanwhile=meanwhile, swept_meanwhile=swept,
        registering_p95_ms=with_rules, registering_without_p95_ms=without,
    )  # fmt: skip
