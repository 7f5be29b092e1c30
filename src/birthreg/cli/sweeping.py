"""`birthreg sweep`: run the rules over all that was ever registered."""

import argparse
import asyncio
import sys
import time
from contextlib import contextmanager
from datetime import date, datetime
from datetime import time as time_of_day
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from birthreg.cli.commands import Commands
from birthreg.cli.databases import open_database
from birthreg.cli.failures import WrongArgument, complain
from birthreg.cli.officers import operator
from birthreg.kernel.language import Language, Text
from birthreg.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from birthreg.kernel.database import Database
    from birthreg.screening.sweep_models import Example, SweepShown

_TERMINAL = "terminal"
_LOOKS_EVERY = 0.25
"""Seconds between two looks at how far it is."""


def add_commands(commands: Commands) -> None:
    """Add the command that sweeps."""
    command = commands.add(
        "sweep",
        sentence=Text(
            "全面倒查:用规则检查全部登记;查出可疑登记时退出码为 1",
            "run the rules over all registrations; ends with 1 when something suspicious was found",
        ),
        example="birthreg sweep --rule collective_household --since 2024-01-01",
        run=run_sweep,
    )
    command.add_argument(
        "--rule",
        action="append",
        metavar="CODE",
        help="只用此规则,可重复;默认为所有未停用的规则 · only this rule, may be repeated; default all that run",
    )
    command.add_argument(
        "--since",
        type=date.fromisoformat,
        metavar="DATE",
        help="只查此日以来办理的登记,如 2024-01-01 · only what was entered since this day",
    )


def run_sweep(arguments: argparse.Namespace) -> int:
    """Sweep, and print what was found; 0 when nothing was, 1 when something was or the sweep was given up."""
    settings = read_settings()
    since = _begin_of(arguments.since, settings)
    begin = time.monotonic()
    try:
        done, examples = asyncio.run(_sweep(settings, arguments.rule, since))
    except KeyboardInterrupt:
        complain("已中断,后台进程会继续这次倒查 · interrupted, the worker goes on with this sweep")
        raise
    return _tell(done, examples, seconds=time.monotonic() - begin)


def _begin_of(day: date | None, settings: Settings) -> datetime | None:
    if day is None:
        return None
    if not 1900 <= day.year < 3000:
        raise WrongArgument(Text(f"--since {day}: 日期有误", f"--since {day}: not a day of registrations"))
    return datetime.combine(day, time_of_day(), ZoneInfo(settings.timezone))


async def _sweep(
    settings: Settings, rules: list[str] | None, since: datetime | None
) -> "tuple[SweepShown, list[Example]]":
    from birthreg.screening import sweeps
    from birthreg.screening.baseline import reckon_usual_shares
    from birthreg.screening.sweeping import LANES

    async with open_database(settings, command_timeout=600, size=LANES + 1) as database:
        await _backfill(database, settings)
        await reckon_usual_shares(database)
        sweep = await _request(database, rules, since)
        with _progress() as watch:
            done = await _go_through(database, sweep, lanes=LANES, watch=watch)
        async with database.transaction() as tx:
            return done, await sweeps.list_examples(tx, sweep=sweep)


async def _backfill(database: "Database", settings: Settings) -> None:
    """Write what rules read of registrations from before there were rules, where the worker hasn't yet."""
    from birthreg.kernel.vault import Vault
    from birthreg.registrations.jobs import backfill_facts

    vault = Vault(settings.keys, given=settings.data_keys)
    while await backfill_facts(database, vault=vault):
        pass


async def _request(database: "Database", rules: list[str] | None, since: datetime | None) -> "UUID":
    from birthreg.access.models import Act
    from birthreg.access.service import permit
    from birthreg.screening import sweeps
    from birthreg.screening.sweep_models import SweepRequest

    async with database.transaction() as tx:
        scope = await permit(tx, operator(), act=Act.RUN_SWEEPS, terminal=_TERMINAL)
        asked = SweepRequest(rules=rules, since=since, note="birthreg sweep")
        requested = await sweeps.request_sweep(tx, operator(), scope=scope, asked=asked, terminal=_TERMINAL)
    return requested.id


async def _go_through(
    database: "Database", sweep: "UUID", *, lanes: int, watch: "Callable[[SweepShown], None]"
) -> "SweepShown":
    """Work along until the sweep is over, whoever else does."""
    from birthreg.screening import sweeping
    from birthreg.screening.sweep_models import OVER

    looked_at = 0.0

    async def look() -> None:
        nonlocal looked_at
        if time.monotonic() - looked_at >= _LOOKS_EVERY:
            looked_at = time.monotonic()
            watch(await _look(database, sweep))

    while True:
        await sweeping.go_through(database, lanes=lanes, sweep=sweep, on_progress=look)
        now = await _look(database, sweep)
        watch(now)
        if now.status in OVER:
            return now
        await asyncio.sleep(_LOOKS_EVERY)


async def _look(database: "Database", sweep: "UUID") -> "SweepShown":
    from birthreg.access.models import Act
    from birthreg.access.rules import reach_of
    from birthreg.kernel.errors import NotFound
    from birthreg.screening import sweeps
    from birthreg.screening.rule_files import load_rules

    scope = reach_of(operator(), Act.READ_SWEEPS)
    if scope is None:
        raise NotFound
    async with database.transaction() as tx:
        found = await sweeps.find_sweep(tx, operator(), scope=scope, sweep=sweep)
        [shown] = await sweeps.show(tx, [found], rules=load_rules(), language=Language.CHINESE)
    return shown


@contextmanager
def _progress() -> "Iterator[Callable[[SweepShown], None]]":
    """Show a bar where somebody watches."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn(
            "{task.completed:,.0f} / {task.total:,.0f} · 可疑 found {task.fields[found]:,} · {task.fields[rate]:,.0f}/s"
        ),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("倒查 sweep", total=1, found=0, rate=0.0)

        def watch(sweep: "SweepShown") -> None:
            bar.update(
                task,
                completed=sweep.done,
                total=max(sweep.total, 1),
                found=sweep.found,
                rate=sweep.rate or 0.0,
                description=f"倒查 {sweep.status}",
            )

        yield watch


def _tell(sweep: "SweepShown", examples: "list[Example]", *, seconds: float) -> int:
    from birthreg.screening.rule_files import load_rules

    rules = load_rules()
    for rule in sorted(sweep.rules, key=lambda rule: -rule.found):
        if rule.found or rule.shadows:
            on_trial = f"(试运行 on trial: {rule.shadows:,})" if rule.shadows else ""
            title = rules[rule.code].title
            print(f"{rule.found:>8,}  {title.zh} · {title.en} [{rule.code}]{on_trial}")
        for example in (one for one in examples if one.rule == rule.code):
            number = example.certificate_number or "-"
            print(f"          {number}  {example.sentence_zh} · {example.sentence_en}")
        if rule.skipped_since or rule.changed_since:
            print(
                f"          {rule.code}: 倒查期间停用或变更过,请再次倒查 · switched off or changed meanwhile,"
                f" sweep again: birthreg sweep --rule {rule.code}"
            )
    print(
        f"已查 registrations {sweep.done:,} · 新发现 new findings {sweep.found:,} · {seconds:.1f} s"
        f" · {sweep.done / max(seconds, 0.001):,.0f}/s"
    )
    if sweep.status != "done":
        complain("这次倒查已被取消 · this sweep was cancelled")
        return 1
    return 1 if sweep.found else 0
