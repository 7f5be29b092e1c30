"""Turns what was seen into one table and one file."""

import statistics
from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from benchmarks.blacklisting import BlacklistRun
from benchmarks.cases import CaseRun
from benchmarks.importing import ImportRun
from benchmarks.load import Sample
from benchmarks.machine import Machine
from benchmarks.measures import BatchRun, Round
from benchmarks.numbers import MIX
from benchmarks.plan import Plan
from benchmarks.registering import Race, RegistrationRun
from benchmarks.screening import ScreeningRun


class Goal(msgspec.Struct, frozen=True):
    """One figure beside what was promised."""

    what: str
    seen: float
    promised: str
    met: bool


class Results(msgspec.Struct, kw_only=True):
    """Everything that one run saw; measures that were not asked for are empty."""

    started_at: datetime
    commit: str
    plan: Plan
    mix: dict[str, int] = msgspec.field(default_factory=lambda: MIX)
    generator: str
    machine: Machine
    single: dict[str, list[Round]] = msgspec.field(default_factory=dict)
    arrivals: dict[str, Sample] = msgspec.field(default_factory=dict)
    batches: list[BatchRun] = msgspec.field(default_factory=list)
    imported: ImportRun | None = None
    blacklist: BlacklistRun | None = None
    registered: RegistrationRun | None = None
    race: Race | None = None
    screening: ScreeningRun | None = None
    cases: CaseRun | None = None
    goals: list[Goal] = msgspec.field(default_factory=list)
    valid: bool = False
    """Every request was answered with 200, and no answer was wrong."""


def _median(rounds: Sequence[Round]) -> float:
    return statistics.median(each.sample.per_second for each in rounds)


def _compare(results: Results, other: str, promised: float) -> Iterator[Goal]:
    """Compare medians; the rounds' own ratios, each of neighbours in time, show how steady that is."""
    if not {"birthreg", other} <= set(results.single):
        return
    ours, theirs = results.single["birthreg"], results.single[other]
    ratio = _median(ours) / _median(theirs)
    ratios = [our.sample.per_second / their.sample.per_second for our, their in zip(ours, theirs, strict=True)]
    what = f"single look-ups, birthreg ÷ {other} (rounds {min(ratios):.2f}–{max(ratios):.2f})"
    yield Goal(what, ratio, f"≥ {promised:.1f}", ratio >= promised)


def list_goals(results: Results) -> list[Goal]:
    """Hold every measured figure against its promise."""
    goals = [*_compare(results, "bare", 1.0), *_compare(results, "conventional", 4.0)]
    if "birthreg" in results.arrivals:
        p99 = results.arrivals["birthreg"].p99_ms
        goals.append(Goal("p99 at random arrivals, ms", p99, "< 25", p99 < 25))
    if results.batches:
        best = max(run.per_second for run in results.batches)
        goals.append(Goal("numbers a second in batches", best, "≥ 100,000", best >= 100_000))
    if results.imported:
        rate, memory = results.imported.per_second, results.imported.peak_memory_mb
        goals.append(Goal("rows a second imported", rate, "≥ 150,000", rate >= 150_000))
        goals.append(Goal("peak memory of the import, MB", memory, "< 300", memory < 300))
    if (listed := results.blacklist) is not None:
        goals.append(Goal("slowest step of a file of void numbers, s", listed.slowest, "< 60", listed.slowest < 60))
        rounds = [each.beside for each in listed.rounds]
        what = f"look-ups' p99 beside that file ÷ quiet, median (rounds {min(rounds):.2f}–{max(rounds):.2f})"
        goals.append(Goal(what, listed.beside, "≤ 2", listed.beside <= 2))
    if results.registered:
        rate = results.registered.per_second
        goals.append(Goal("registrations a second", rate, "≥ 300", rate >= 300))
    if (race := results.race) is not None:
        what = f"registered by {race.desks} desks on {race.numbers} numbers, {race.refused} refused"
        goals.append(Goal(what, race.registered, f"= {race.numbers}", race.is_fair))
    return [*goals, *_screening_goals(results.screening), *_case_goals(results.cases)]


def _screening_goals(run: ScreeningRun | None) -> Iterator[Goal]:
    if run is None:
        return
    smaller, larger = run.sweeps
    yield Goal(
        f"registrations a second swept with {run.rules} rules", larger.per_second, "≥ 50,000",
        larger.per_second >= 50_000,
    )  # fmt: skip
    ratio = larger.per_second / smaller.per_second
    yield Goal(f"the same ÷ that of {smaller.registrations:,} registrations", ratio, "≥ 0.7", ratio >= 0.7)
    beside = run.meanwhile.p99_ms / run.quiet.p99_ms
    yield Goal("look-ups' p99 beside a sweep ÷ quiet", beside, "≤ 2", beside <= 2)
    added = run.registering_p95_ms - run.registering_without_p95_ms
    yield Goal("what every rule adds to a registration, p95 in ms", added, "≤ 5", added <= 5)


def _case_goals(run: CaseRun | None) -> Iterator[Goal]:
    if run is None:
        return
    page, drawn = run.first_page.p95_ms, run.next_case.p95_ms
    yield Goal(
        f"first page of {run.cases:,} open cases, {run.investigators} investigators, p95 ms", page, "≤ 40", page <= 40
    )
    yield Goal("next case of the same, p95 ms", drawn, "≤ 50", drawn <= 50)
    yield Goal(f"drawn twice of {run.draws:,}", run.doubles, "= 0", run.doubles == 0)


def is_valid(results: Results) -> bool:
    """Say whether every request of every load was answered with 200."""
    rounds = [each.sample for seen in results.single.values() for each in seen]
    listed = results.blacklist.rounds if results.blacklist else []
    listing = [sample for each in listed for sample in (each.quiet, each.meanwhile)]
    screening = [results.screening.quiet, results.screening.meanwhile] if results.screening else []
    seen = [*rounds, *results.arrivals.values(), *listing, *screening]
    return all(sample.failures == 0 and sample.requests > 0 for sample in seen)


def _warnings(results: Results) -> list[str]:
    elsewhere = [each.cores_elsewhere for rounds in results.single.values() for each in rounds]
    lines = []
    if elsewhere and statistics.median(elsewhere) > 0.3:
        lines.append("DISTURBED: others kept this machine busy, see the last column · 受干扰:本机另有负载")
    if not results.valid:
        lines.append("INVALID: some requests were not answered with 200 · 无效:有请求未得到 200 应答")
    return lines


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in [head, *rows]]
    lines.insert(1, ["-" * width for width in widths])
    return ["| " + " | ".join(line) + " |" for line in lines] + [""]


def _render_single(results: Results) -> list[str]:
    rows = []
    for name, rounds in results.single.items():
        rates = [each.sample.per_second for each in rounds]
        middle = [statistics.median(getattr(each.sample, field) for each in rounds) for field in ("p50_ms", "p99_ms")]
        costs = [
            statistics.median(getattr(each, f"{side}_microseconds") for each in rounds)
            for side in ("server", "databases", "generator")
        ]
        spread = f"{min(rates):,.0f}–{max(rates):,.0f}"
        elsewhere = f"{statistics.median(each.cores_elsewhere for each in rounds):.2f}"
        figures = (*(f"{ms:.1f}" for ms in middle), *(f"{us:.0f}" for us in costs), elsewhere)
        rows.append([name, f"{_median(rounds):,.0f}", spread, *figures])
    head = ["single", "look-ups/s", "rounds", "p50 ms", "p99 ms"]
    head += ["µs server", "µs databases", "µs generator", "cores elsewhere"]
    return _table(head, rows) if rows else []


def _render_arrivals(results: Results) -> list[str]:
    rows = [
        [
            name,
            f"{sample.per_second:,.0f}",
            f"{sample.p50_ms:.1f}",
            f"{sample.p99_ms:.1f}",
            f"{sample.max_ms:.1f}",
        ]
        for name, sample in results.arrivals.items()
    ]
    return _table(["random arrivals", "look-ups/s", "p50 ms", "p99 ms", "longest ms"], rows) if rows else []


def _render_bulk(results: Results) -> list[str]:
    rows = [
        [
            f"batches of {results.plan.batch_size:,}, {run.in_flight} in flight",
            f"{run.per_second:,.0f}",
            f"{run.slowest_ms:,.0f} ms the slowest",
        ]
        for run in results.batches
    ]
    if (run := results.imported) is not None:
        rows.append(
            [
                f"import of {run.rows:,} usages",
                f"{run.per_second:,.0f}",
                f"{run.peak_memory_mb:.0f} MB at most",
            ]
        )
    return _table(["bulk", "numbers/s", ""], rows) if rows else []


def _render_blacklist(results: Results) -> list[str]:
    if (run := results.blacklist) is None:
        return []
    rows = [
        [
            f"{run.rows:,}", *(f"{seconds:.1f}" for seconds in each.steps),
            f"{each.quiet.p99_ms:.1f}", f"{each.meanwhile.p99_ms:.1f}",
        ]
        for each in run.rounds
    ]  # fmt: skip
    head = [
        "void numbers by file",
        "import s",
        "preview s",
        "commit s",
        "undo s",
        "look-ups' p99 quiet ms",
        "meanwhile ms",
    ]
    return _table(head, rows)


def _render_registrations(results: Results) -> list[str]:
    if (run := results.registered) is None:
        return []
    head = ["registrations", "a second", "p50 ms", "p99 ms", "commits/s"]
    head += ["µs server", "µs databases", "µs generator", "cores elsewhere"]
    figures = (run.per_second, run.p50_ms, run.p99_ms, run.commits_per_second)
    costs = (run.server_microseconds, run.databases_microseconds, run.generator_microseconds)
    row = [f"{run.desks} desks", *(f"{figure:,.1f}" for figure in figures), *(f"{us:,.0f}" for us in costs)]
    row.append(f"{run.cores_elsewhere:.2f}")
    return _table(head, [row])


def _render_screening(results: Results) -> list[str]:
    if (run := results.screening) is None:
        return []
    rows = [
        [
            f"{sweep.registrations:,}", f"{sweep.seconds:.1f}", f"{sweep.per_second:,.0f}", f"{sweep.found:,}",
            f"{sweep.reading_seconds:.1f}",
        ]
        for sweep in run.sweeps
    ]  # fmt: skip
    head = [f"swept with {run.rules} rules, {run.lanes} side by side", "s", "a second", "found", "read once, s"]
    beside = [
        [
            f"{run.quiet.p99_ms:.1f}", f"{run.meanwhile.p99_ms:.1f}", f"{run.swept_meanwhile:,}",
            f"{run.registering_p95_ms:.1f}", f"{run.registering_without_p95_ms:.1f}",
        ]
    ]  # fmt: skip
    desks = ["look-ups' p99 quiet ms", "beside a sweep ms", "swept meanwhile", "register p95 ms", "without rules ms"]
    return [*_table(head, rows), *_table(desks, beside)]


def _render_cases(results: Results) -> list[str]:
    if (run := results.cases) is None:
        return []
    rows = [
        [what, f"{each.requests / each.seconds:,.0f}", f"{each.p50_ms:.1f}", f"{each.p95_ms:.1f}", f"{each.p99_ms:.1f}"]
        for what, each in (("first page", run.first_page), ("next case", run.next_case))
    ]
    rows.append(["draws without a pause", f"{run.draws_per_second:,.0f}", "", f"{run.draws_p95_ms:.1f}", ""])
    head = [f"{run.cases:,} open cases, {run.investigators} investigators", "a second", "p50 ms", "p95 ms", "p99 ms"]
    return _table(head, rows)


def render(results: Results) -> str:
    """Lay the results out as Markdown tables; µs are processor time per look-up."""
    plan, machine = results.plan, results.machine
    mix = ", ".join(f"{share} % {kind}" for kind, share in results.mix.items())
    goals = [[goal.what, f"{goal.seen:,.2f}", goal.promised, "yes" if goal.met else "no"] for goal in results.goals]
    return "\n".join(
        [
            "",
            f"{machine.processor}, {machine.cores} cores, {machine.memory_gb} GB, Linux {machine.kernel}, "
            f"Python {machine.python}, PostgreSQL {machine.postgres}. Alone and on one connection it commits "
            f"{machine.commits_per_second:,.0f} rows a second and echoes {machine.echoes_per_second:,.0f} messages.",
            f"{plan.usages:,} usages, {plan.singles:,} listed numbers, {plan.ranges:,} listed ranges, "
            f"{plan.issuances:,} issuances. Asked: {mix}; {plan.connections} connections kept busy by "
            f"{'wrk' if results.generator == 'wrk' else 'our own client'}.",
            "",
            *_render_single(results),
            *_render_arrivals(results),
            *_render_bulk(results),
            *_render_blacklist(results),
            *_render_registrations(results),
            *_render_screening(results),
            *_render_cases(results),
            *(_table(["goal", "seen", "promised", "met"], goals) if goals else []),
            *_warnings(results),
        ]
    )
