"""The queue of cases: its first page, and the next case, for many investigators who draw from the same one."""

import asyncio
import random
import statistics
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from time import perf_counter

import asyncpg
import httpx
import msgspec
from argon2 import PasswordHasher

from benchmarks.contestants import running, sign_in
from benchmarks.seeds import PASSWORD
from benchmarks.stage import Stage, WrongAnswer
from benchmarks.wire import HOST, Line, Reply, build_reading, build_request, close_lines, open_lines

INVESTIGATORS = 50
PROVINCE = "420000000000"
_PATH = "/api/v1/cases"
_PAUSE_SECONDS = 1.0
"""From an answer to the same investigator's next question, on the average; far shorter than anybody reads."""

_ORGANIZATIONS = """
INSERT INTO organizations (code, name)
SELECT '42' || lpad(p::text, 2, '0') || lpad(c::text, 2, '0') || '000000', '第' || p || '市第' || c || '分局'
  FROM generate_series(1, 17) AS p, generate_series(0, 12) AS c
    ON CONFLICT DO NOTHING
"""

# Three of five at the province, whose queue holds every case; the others at its prefectures.
_OFFICERS = """
WITH province AS (
    INSERT INTO organizations (code, name) VALUES ('420000000000', '省公安厅') ON CONFLICT DO NOTHING
)
INSERT INTO officers (id, name, role, organization, password_hash, created_at)
SELECT 'investigator.' || n, '测试侦查员', 'investigator',
       CASE WHEN n % 5 < 3 THEN '420000000000' ELSE '42' || lpad((1 + n % 17)::text, 2, '0') || '00000000' END, $1,
       now()
  FROM generate_series(1, $2::int) AS n
    ON CONFLICT DO NOTHING
"""

# Opened over a year, at two hundred counties, of every severity; each with a lead and the entry of its opening.
_CASES = """
WITH opened AS (
    INSERT INTO cases (id, number, subject, certificate_number, child_birth_date, organization, household_organization,
                       handler, status, opened_at, severity, leads, kinds, allowed_days, clock_from)
    SELECT new_id_at(at), new_case_number(county, at), 'number:' || 'W' || lpad(k::text, 9, '0'),
           'W' || lpad(k::text, 9, '0'), CASE WHEN k % 3 > 0 THEN at::date - (k * 37 % 3000)::int END,
           left(county, 6) || '510000', left(county, 6) || '510000', county, 'waiting', at, severity, 1 + k % 4,
           1 + k % 2, term_of(severity), at::date
      FROM generate_series(1, $1::bigint) AS k,
           LATERAL (SELECT '42' || lpad((1 + k % 17)::text, 2, '0') || lpad((1 + k % 12)::text, 2, '0') || '000000'
                           AS county,
                           now() - ((k * 7919) % $1::bigint) * (interval '365 days' / $1::bigint) AS at,
                           (ARRAY['low', 'medium', 'high'])[1 + (k * 31) % 3] AS severity) AS drawn
    RETURNING id, organization, opened_at, severity, certificate_number
),
led AS (
    INSERT INTO case_leads (id, case_id, kind, source_id, rule, severity, certificate_number, organization,
                            sentence_zh, sentence_en, found_at)
    SELECT id, id, 'attempt', id, 'attempt', severity, certificate_number, organization, '可疑。', 'Suspicious.',
           opened_at
      FROM opened
)
INSERT INTO case_entries (id, case_id, act, officer, organization, at, after)
SELECT id, id, 'open', 'birthreg', organization, opened_at, 'waiting'
  FROM opened
"""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What investigators felt who asked at their own pace."""

    requests: int
    seconds: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    failures: int


class CaseRun(msgspec.Struct, frozen=True, kw_only=True):
    """The queue's first page and next case, then draws as fast as they are answered."""

    cases: int
    investigators: int
    first_page: Asked
    next_case: Asked
    draws: int
    doubles: int
    """Cases that two were given; held against the answers and the timelines."""
    draws_seconds: float
    draws_p95_ms: float

    @property
    def draws_per_second(self) -> float:
        """Cases drawn a second."""
        return self.draws / self.draws_seconds


async def seed_cases(connection: asyncpg.Connection, count: int) -> None:
    """Fill the queue with so many cases that wait; what was there before goes. The login is the owner's."""
    await connection.execute("TRUNCATE cases, case_leads, case_entries, case_places CASCADE")
    await connection.execute(_ORGANIZATIONS)
    await connection.execute(_OFFICERS, PasswordHasher().hash(PASSWORD), INVESTIGATORS)
    await connection.execute(_CASES, count)
    for table in ("cases", "case_leads", "case_entries", "case_places", "organizations"):
        await connection.execute(f"VACUUM (ANALYZE) {table}")
    await connection.execute("CHECKPOINT")


@asynccontextmanager
async def _investigators(stage: Stage) -> AsyncIterator[tuple[list[Line], list[str]]]:
    """Sign everybody in, each at a line of their own."""
    birthreg = next(other for other in stage.contestants if other.name == "birthreg")
    async with running(birthreg, stage.logs / "cases.log") as player:
        port = player.contestant.port
        async with httpx.AsyncClient(base_url=f"http://{HOST}:{port}", timeout=30) as client:
            tokens = [await sign_in(client, f"investigator.{n}") for n in range(1, INVESTIGATORS + 1)]
        lines = await open_lines(port, INVESTIGATORS)
        yield lines, tokens
        close_lines(lines)


async def _ask_at_their_pace(lines: Sequence[Line], requests: Sequence[bytes], *, seconds: float) -> Asked:
    """Let each ask, read the answer for a while, and ask again."""
    chance = random.Random(50)
    latencies: list[float] = []
    wrong: list[Reply] = []
    began = perf_counter()

    async def work(line: Line, request: bytes) -> None:
        await asyncio.sleep(chance.uniform(0, _PAUSE_SECONDS))
        while (sent := perf_counter()) < began + seconds:
            reply = await line.ask(request)
            latencies.append(perf_counter() - sent)
            if reply.status != 200:
                wrong.append(reply)
            await asyncio.sleep(chance.expovariate(1 / _PAUSE_SECONDS))

    await asyncio.gather(*(work(line, request) for line, request in zip(lines, requests, strict=True)))
    if wrong:
        raise WrongAnswer(f"an investigator was answered with {wrong[0].status}: {wrong[0].body[:300]!r}")
    cuts = statistics.quantiles(latencies, n=100)
    return Asked(
        requests=len(latencies), seconds=perf_counter() - began, p50_ms=cuts[49] * 1000, p95_ms=cuts[94] * 1000,
        p99_ms=cuts[98] * 1000, failures=len(wrong),
    )  # fmt: skip


async def _draw_all(lines: Sequence[Line], requests: Sequence[bytes], *, draws: int) -> tuple[list[str], list[float]]:
    """Draw until so many are drawn, everybody as fast as they are answered."""
    drawn: list[str] = []
    latencies: list[float] = []
    left = draws

    async def work(line: Line, request: bytes) -> None:
        nonlocal left
        while left > 0:
            left -= 1
            sent = perf_counter()
            reply = await line.ask(request)
            latencies.append(perf_counter() - sent)
            case = msgspec.json.decode(reply.body).get("case") if reply.status == 200 else None
            if case is None:
                raise WrongAnswer(f"a draw was answered with {reply.status}: {reply.body[:300]!r}")
            drawn.append(case["id"])

    await asyncio.gather(*(work(line, request) for line, request in zip(lines, requests, strict=True)))
    return drawn, latencies


async def _count_doubles(connection: asyncpg.Connection, drawn: Sequence[str], *, before: int) -> int:
    """Hold answers against timelines: every case that was drawn was drawn once, by whom it lies with."""
    claims, cases = await connection.fetchrow(
        "SELECT count(*), count(DISTINCT case_id) FROM case_entries WHERE act = 'claim'"
    )
    if claims != before + len(drawn):
        raise WrongAnswer(f"{len(drawn):,} draws were answered, and timelines tell of {claims - before:,}")
    return max(len(drawn) - len(set(drawn)), claims - cases)


async def measure_cases(stage: Stage) -> CaseRun:
    """Read first pages and draw at an investigator's pace, then draw as fast as it goes."""
    plan = stage.plan
    connection = await asyncpg.connect(stage.owner_url, command_timeout=1200)
    try:
        stage.say(f"seeding {plan.cases:,} open cases")
        await seed_cases(connection, plan.cases)
        async with _investigators(stage) as (lines, tokens):
            reading = [build_reading(_PATH, token=token) for token in tokens]
            drawing = [build_request(f"{_PATH}/next", b"", token=token) for token in tokens]
            for requests in (reading, drawing):
                await _ask_at_their_pace(lines, requests, seconds=plan.warm_up)
            first_page = await _ask_at_their_pace(lines, reading, seconds=plan.arrivals_seconds)
            next_case = await _ask_at_their_pace(lines, drawing, seconds=plan.arrivals_seconds)
            stage.say(f"cases: p95 {first_page.p95_ms:.1f} ms the first page, {next_case.p95_ms:.1f} ms the next case")
            before = await connection.fetchval("SELECT count(*) FROM case_entries WHERE act = 'claim'")
            began = perf_counter()
            drawn, latencies = await _draw_all(lines, drawing, draws=plan.draws)
            seconds = perf_counter() - began
            doubles = await _count_doubles(connection, drawn, before=before)
            stage.say(f"cases: {plan.draws:,} drawn, {plan.draws / seconds:,.0f} a second, {doubles} twice")
    finally:
        await connection.close()
    return CaseRun(
        cases=plan.cases, investigators=INVESTIGATORS, first_page=first_page, next_case=next_case, draws=len(drawn),
        doubles=doubles, draws_seconds=seconds, draws_p95_ms=statistics.quantiles(latencies, n=20)[18] * 1000,
    )  # fmt: skip
