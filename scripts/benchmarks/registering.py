"""Registrations: how many a second with everything that belongs to one, and a race of desks for the same numbers."""

import asyncio
import statistics
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from time import perf_counter

import asyncpg
import msgspec

from benchmarks.contestants import Contestant, Running, free_port, running, sign_in_all
from benchmarks.machine import measure_commits
from benchmarks.measures import Costs
from benchmarks.numbers import Layout, Place, lay_out, number_at
from benchmarks.seeds import STATION
from benchmarks.stage import Stage, WrongAnswer
from benchmarks.wire import Line, Reply, build_request, close_lines, open_lines
from birthreg.kernel.citizen_numbers import check_character

PATH = "/api/v1/registrations"
_NOBODY = "http://127.0.0.1:9"
"""A level above that isn't reached: what is owed is written, and waits."""


class RegistrationRun(msgspec.Struct, frozen=True, kw_only=True):
    """Desks that register as fast as they are answered; µs are processor time for one registration."""

    desks: int
    registrations: int
    seconds: float
    p50_ms: float
    p99_ms: float
    commits_per_second: float
    """Single-row commits on one connection, just before."""
    server_microseconds: float
    databases_microseconds: float
    generator_microseconds: float
    cores_elsewhere: float

    @property
    def per_second(self) -> float:
        """Registrations a second."""
        return self.registrations / self.seconds


class Race(msgspec.Struct, frozen=True, kw_only=True):
    """Desks that entered the same numbers at the same time, over several processes of the service."""

    desks: int
    numbers: int
    processes: int
    registered: int
    refused: int

    @property
    def is_fair(self) -> bool:
        """Every number was registered once, and everybody else was refused."""
        return self.registered == self.numbers and self.refused == self.desks - self.numbers


def make_desks(birthreg: Contestant) -> Contestant:
    """The service as two processes on ports of their own, owing what it registers to a level above."""
    second = free_port()
    serve, work = birthreg.commands
    level = {"BIRTHREG_UPSTREAM_URL": _NOBODY, "BIRTHREG_ORGANIZATION": "420000000000"}
    return msgspec.structs.replace(
        birthreg,
        name="registering",
        commands=(serve, ("/usr/bin/env", f"BIRTHREG_PORT={second}", *serve), work),
        environment=birthreg.environment | level,
        other_port=second,
    )


def _number(layout: Layout, turn: int) -> str:
    """Return a number that nobody has used, of the newest letter: with an older one every birth would be suspicious."""
    return number_at(layout, 26 * turn + 25, Place.UNKNOWN)


def _citizen_number(born: str, turn: int) -> str:
    digits = f"420106{born}{turn % 1000:03d}"
    return digits + check_character(digits)


def _body(number: str, turn: int) -> bytes:
    """Return the application of a newborn, each with other people."""
    today = datetime.now(UTC) + timedelta(hours=8)
    born, issued = today - timedelta(days=20), today - timedelta(days=17)
    mother = {"name": f"李{turn}", "citizen_number": _citizen_number("19940307", 2 * turn), "phone": _phone(turn)}
    father = {"name": f"王{turn}", "citizen_number": _citizen_number("19920812", 2 * turn + 1)}
    return msgspec.json.encode({
        "certificate_number": number,
        "certificate": {"issued_on": f"{issued:%Y-%m-%d}", "issuer_name": "武汉市第一妇幼保健院"},
        "child": {"name": f"王安{turn}", "sex": 1, "born_at": f"{born:%Y-%m-%d}T08:30:00+08:00", "ethnic_group": "01"},
        "mother": {**mother, "household": "same"},
        "father": {**father, "household": "same"},
        "marital_status": "married",
        "guardians": [{**mother, "relation": "mother"}],
        "applicant": {**father, "relation": "father", "phone": _phone(turn)},
        "household": {
            "kind": 1, "address": f"武汉市武昌区安和路 {turn} 号", "division": "420106", "head_name": f"王{turn}",
            "relation": "20",
        },
        "accepted_at": STATION,
        "registered_at": STATION,
        "applied_on": f"{today:%Y-%m-%d}",
    })  # fmt: skip


def _phone(turn: int) -> str:
    return f"154{turn:08d}"


def registration_requests(stage: Stage, tokens: Sequence[str], turns: range, *, desks_each: int = 1) -> Iterator[bytes]:
    """Yield requests for numbers that nobody has used; each desk sends under a key of its own."""
    layout = lay_out(stage.plan.usages)
    for turn in turns:
        body = _body(_number(layout, turn), turn)
        for desk in range(desks_each):
            token, key = tokens[(turn * desks_each + desk) % len(tokens)], f"{turn}-{desk}"
            yield build_request(PATH, body, token=token, idempotency_key=key)


async def _count(url: str, table: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))  # noqa: S608 (our own names)
    finally:
        await connection.close()


async def send_all(lines: list[Line], requests: list[bytes]) -> tuple[list[Reply], list[float]]:
    """Send each on the next line that is free; return answers and how long each took."""
    replies: list[Reply] = []
    latencies: list[float] = []

    async def desk(line: Line) -> None:
        while requests:
            request, sent = requests.pop(), perf_counter()
            replies.append(await line.ask(request))
            latencies.append(perf_counter() - sent)

    await asyncio.gather(*(desk(line) for line in lines))
    return replies, latencies


def _require_all(replies: list[Reply]) -> None:
    wrong = next((reply for reply in replies if reply.status != 201), None)
    if wrong is not None:
        raise WrongAnswer(f"a registration was answered with {wrong.status}: {wrong.body[:300]!r}")


@asynccontextmanager
async def desks_at(stage: Stage) -> AsyncIterator[tuple[Running, tuple[str, ...]]]:
    birthreg = next(other for other in stage.contestants if other.name == "birthreg")
    contestant = make_desks(birthreg)
    async with running(contestant, stage.logs / "registering.log") as player:
        *tokens, _client = await sign_in_all(contestant.port, clerks=stage.plan.connections)
        yield player, tuple(tokens)


async def _measure(stage: Stage, player: Running, tokens: tuple[str, ...]) -> RegistrationRun:
    """One process of the service, as `birthreg up` runs it."""
    plan, contestant = stage.plan, player.contestant
    lines = await open_lines(contestant.port, plan.connections)
    # A few desks first: the service opens its connections to the database, and plans, without a crowd that waits.
    warm = min(plan.registrations, 4 * plan.connections)
    for turns, desks in ((range(warm // 2), lines[:4]), (range(warm // 2, warm), lines)):
        _require_all((await send_all(desks, list(registration_requests(stage, tokens, turns))))[0])
    commits = await measure_commits(stage.owner_url, seconds=1)
    requests = list(registration_requests(stage, tokens, range(warm, warm + plan.registrations)))
    recorded, before = await _count(stage.owner_url, "registrations"), Costs.count(stage, player)
    replies, latencies = await send_all(lines, requests)
    costs = Costs.count(stage, player).since(before)
    close_lines(lines)
    _require_all(replies)
    for table in ("registrations", "filing_outbox"):
        if await _count(stage.owner_url, table) != recorded + plan.registrations:
            raise WrongAnswer(f"{plan.registrations:,} registrations were answered, and {table} holds others")
    ordered, per_registration = sorted(latencies), 1e6 / plan.registrations
    return RegistrationRun(
        desks=plan.connections,
        registrations=plan.registrations,
        seconds=costs.moment,
        p50_ms=statistics.median(ordered) * 1000,
        p99_ms=ordered[int(len(ordered) * 0.99)] * 1000,
        commits_per_second=commits,
        server_microseconds=costs.server * per_registration,
        databases_microseconds=costs.databases * per_registration,
        generator_microseconds=costs.generator * per_registration,
        cores_elsewhere=costs.elsewhere,
    )


async def _race(stage: Stage, contestant: Contestant, tokens: tuple[str, ...]) -> Race:
    """Two desks for each number, at the same moment, at different processes."""
    plan = stage.plan
    first = 5 * plan.registrations + 4 * plan.connections
    turns = range(first, first + plan.raced)
    requests = list(registration_requests(stage, tokens, turns, desks_each=2))
    lines = [line for port in contestant.ports for line in await open_lines(port, plan.raced)]
    replies = await asyncio.gather(
        *(line.ask(request) for line, request in zip(lines, requests[::2] + requests[1::2], strict=True))
    )
    close_lines(lines)
    answered = Counter(reply.status for reply in replies)
    layout = lay_out(plan.usages)
    numbers = [_number(layout, turn) for turn in turns]
    registered, refused = await _count_race(stage.owner_url, numbers)
    if answered != Counter({201: registered, 409: refused}):
        raise WrongAnswer(f"the desks were told {dict(answered)}, the books say {registered} and {refused}")
    return Race(
        desks=len(requests), numbers=plan.raced, processes=len(contestant.ports), registered=registered, refused=refused
    )


async def _count_race(url: str, numbers: list[str]) -> tuple[int, int]:
    """Count in the books who registered and who was refused."""
    connection = await asyncpg.connect(url)
    try:
        row = await connection.fetchrow(
            "SELECT (SELECT count(*) FROM registrations JOIN usages ON registration_id = registrations.id"
            "         WHERE registrations.certificate_number = ANY ($1)) AS registered,"
            " (SELECT count(*) FROM registration_refusals WHERE certificate_number = ANY ($1)) AS refused",
            numbers,
        )
    finally:
        await connection.close()
    return int(row["registered"]), int(row["refused"])


async def measure_registrations(stage: Stage) -> tuple[RegistrationRun, Race]:
    """Register with all desks at one process, then race at two."""
    async with desks_at(stage) as (player, tokens):
        run = await _measure(stage, player, tokens)
        stage.say(f"registrations: {run.per_second:,.0f}/s, p99 {run.p99_ms:.1f} ms")
        race = await _race(stage, player.contestant, tokens)
        stage.say(f"race: {race.registered} registered, {race.refused} refused")
    return run, race
