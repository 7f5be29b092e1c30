"""The acts on sweeps: ask for one, pause it, let it go on, give it up, see how far it is."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from birthreg.access.models import Act, Officer, Scope
from birthreg.access.rules import jurisdiction_prefix
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.kernel.clock import require_moment
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import Conflict, FieldError, FieldsWrong, NotFound, PreconditionFailed, field_error
from birthreg.kernel.identifiers import first_id_at, new_id
from birthreg.kernel.language import Language, Text
from birthreg.screening import sweep_store as store
from birthreg.screening.models import Mode, Rule, Standing
from birthreg.screening.rulebook import Rulebook
from birthreg.screening.sweep_models import (
    OVER,
    Example,
    Sweep,
    SweepRequest,
    SweepRule,
    SweepRuleShown,
    SweepShown,
    SweepStatus,
)

_FIRST = UUID(int=0)
_EPOCH = datetime.fromtimestamp(0, UTC)
"""No identifier is older."""
PACE_OVER = timedelta(minutes=1)


class NoRuleRuns(Conflict):
    """所有规则均已停用,没有可以倒查的内容。

    Every rule is switched off: there is nothing to sweep with.
    """

    remedy = Text("请先启用或试运行至少一条规则。", "Switch at least one rule on, live or on trial.")


class SweepNotThere(Conflict):
    """倒查现为“{status}”状态,不能执行此操作。

    The sweep is {status}: this can't be done with it now.
    """

    remedy = Text("请刷新后核对倒查的状态。", "Look at where the sweep stands.")
    leaves_a_trace = True


_STATUS_NAMES = {
    SweepStatus.WAITING: Text("等待", "waiting"),
    SweepStatus.RUNNING: Text("进行中", "running"),
    SweepStatus.PAUSED: Text("已暂停", "paused"),
    SweepStatus.DONE: Text("已完成", "done"),
    SweepStatus.CANCELLED: Text("已取消", "cancelled"),
}


async def request_sweep(
    tx: Transaction, officer: Officer, *, scope: Scope, asked: SweepRequest, terminal: str
) -> Sweep:
    """Ask for a sweep of all registrations of this instance; the worker begins with it as soon as it can.

    Raises:
        FieldsWrong: a rule is unknown or switched off, or the first moment lies ahead.
        NoRuleRuns: every rule is switched off.
    """
    since = require_moment(asked.since, field="since")
    if since is not None and since >= tx.now:
        raise field_error(
            field="since", code="since_ahead", zh="起始时间不能晚于现在。", en="The first moment lies ahead."
        )  # fmt: skip
    rulebook = Rulebook()
    await rulebook.read(tx)
    rules = _choose(rulebook, asked.rules)
    after = first_id_at(max(since, _EPOCH)) if since else _FIRST
    sweep = new_id()
    await store.insert_sweep(
        tx, officer, id=sweep, asked=asked, rules=rules, rules_version=rulebook.version,
        reach=jurisdiction_prefix(officer.organization) + "%", after=after,
        span=await store.find_span(tx, after=after),
    )  # fmt: skip
    await _note(
        tx, officer, act=Act.RUN_SWEEPS, operation=Operation.ADD, sweep=sweep, terminal=terminal,
        condition=f"since={since.isoformat()}" if since else None,
        detail={"rules": [rule.code for rule in rules]},
    )  # fmt: skip
    return await find_sweep(tx, officer, scope=scope, sweep=sweep)


def _choose(rulebook: Rulebook, codes: Sequence[str] | None) -> list[Standing]:
    """Return the rules that are asked for, in their order."""
    running = {code: one for code, one in rulebook.standings.items() if one.mode is not Mode.OFF}
    running = {code: one for code, one in running.items() if code in rulebook.rules}
    wrong = [_wrong(place, code, rulebook.rules) for place, code in enumerate(codes or ()) if code not in running]
    if wrong:
        raise FieldsWrong(count=len(wrong), errors=tuple(wrong))
    chosen = [one for code, one in sorted(running.items()) if codes is None or code in codes]
    if not chosen:
        raise NoRuleRuns
    return chosen


def _wrong(place: int, code: str, rules: dict[str, Rule]) -> FieldError:
    if code in rules:
        said = Text(f"规则 {code} 已停用。", f"The rule {code} is switched off.")
        return FieldError(field=f"rules[{place}]", code="rule_off", message=said)
    said = Text(f"没有规则 {code}。", f"There is no rule {code}.")
    return FieldError(field=f"rules[{place}]", code="rule_unknown", message=said)


async def find_sweep(tx: Transaction, officer: Officer, *, scope: Scope, sweep: UUID) -> Sweep:
    """Return a sweep of the jurisdiction, or of one above it.

    Raises:
        NotFound: there is none.
    """
    found = await store.find_sweep(tx, officer, scope=scope, sweep=sweep)
    if found is None:
        raise NotFound
    return found


async def list_sweeps(
    tx: Transaction, officer: Officer, *, scope: Scope, before: UUID | None, limit: int
) -> list[Sweep]:
    """Return the sweeps of the jurisdiction and of those above it, newest first."""
    return await store.list_sweeps(tx, officer, scope=scope, before=before, limit=limit)


async def pause(
    tx: Transaction, officer: Officer, *, scope: Scope, sweep: UUID, version: int | None, terminal: str
) -> Sweep:
    """Let no further part of a sweep begin.

    Raises:
        NotFound, PreconditionFailed, SweepNotThere: it isn't there, has changed, or doesn't run.
    """
    held = await _hold(tx, scope=scope, sweep=sweep, version=version)
    allowed = held.status in (SweepStatus.WAITING, SweepStatus.RUNNING)
    return await _change(
        tx, officer, held, SweepStatus.PAUSED, scope=scope, allowed=allowed, act="pause", terminal=terminal
    )


async def resume(
    tx: Transaction, officer: Officer, *, scope: Scope, sweep: UUID, version: int | None, terminal: str
) -> Sweep:
    """Let a paused sweep go on where it stopped.

    Raises:
        NotFound, PreconditionFailed, SweepNotThere: it isn't there, has changed, or isn't paused.
    """
    held = await _hold(tx, scope=scope, sweep=sweep, version=version)
    status = SweepStatus.RUNNING if held.started_at else SweepStatus.WAITING
    allowed = held.status is SweepStatus.PAUSED
    return await _change(tx, officer, held, status, scope=scope, allowed=allowed, act="resume", terminal=terminal)


async def cancel(
    tx: Transaction, officer: Officer, *, scope: Scope, sweep: UUID, version: int | None, terminal: str
) -> Sweep:
    """Give a sweep up; what it has found stays, and nothing is added.

    Raises:
        NotFound, PreconditionFailed, SweepNotThere: it isn't there, has changed, or is over.
    """
    held = await _hold(tx, scope=scope, sweep=sweep, version=version)
    allowed = held.status not in OVER
    return await _change(
        tx, officer, held, SweepStatus.CANCELLED, scope=scope, allowed=allowed, act="cancel", terminal=terminal
    )  # fmt: skip


async def _hold(tx: Transaction, *, scope: Scope, sweep: UUID, version: int | None) -> Sweep:
    held = await store.hold_sweep(tx, scope=scope, sweep=sweep)
    if held is None:
        raise NotFound
    if version is not None and version != held.version:
        raise PreconditionFailed
    return held


async def _change(
    tx: Transaction,
    officer: Officer,
    held: Sweep,
    status: SweepStatus,
    *,
    scope: Scope,
    allowed: bool,
    act: str,
    terminal: str,
) -> Sweep:
    error = None if allowed else SweepNotThere(status=_STATUS_NAMES[held.status])
    await _note(
        tx, officer, act=Act.RUN_SWEEPS, operation=Operation.CHANGE, sweep=held.id, terminal=terminal, condition=act,
        error_code=error.code if error else None,
    )  # fmt: skip
    if error is not None:
        raise error
    await store.change_sweep(tx, sweep=held.id, status=status)
    return await find_sweep(tx, officer, scope=scope, sweep=held.id)


async def show(
    tx: Transaction, sweeps: Sequence[Sweep], *, rules: dict[str, Rule], language: Language
) -> list[SweepShown]:
    """Tell how far sweeps are, how fast, and what each rule has found so far."""
    names = [sweep.id for sweep in sweeps]
    counts: dict[UUID, list[SweepRule]] = defaultdict(list)
    for count in await store.list_sweep_rules(tx, sweeps=names):
        counts[count.sweep_id].append(count)
    paces = await store.list_paces(tx, sweeps=names, since=tx.now - PACE_OVER)
    return [
        _show(tx, sweep, _by_rule(sweep, counts[sweep.id], rules, language), paces.get(sweep.id, 0)) for sweep in sweeps
    ]


def _by_rule(
    sweep: Sweep, counts: Sequence[SweepRule], rules: dict[str, Rule], language: Language
) -> list[SweepRuleShown]:
    titles = {code: rules[code].title.speak(language) if code in rules else code for code in sweep.rules}
    return [_show_rule(code, title, [one for one in counts if one.code == code]) for code, title in titles.items()]


def _show_rule(code: str, title: str, counts: Sequence[SweepRule]) -> SweepRuleShown:
    asked = min(count.version for count in counts)
    run = [(count.since, count) for count in counts if count.since]
    return SweepRuleShown(
        code=code,
        title=title,
        versions=[count.version for count in counts],
        found=sum(count.found for count in counts),
        shadows=sum(count.shadows for count in counts),
        skipped_since=min((since for since, count in run if count.is_off), default=None),
        changed_since=min((since for since, count in run if count.version != asked), default=None),
    )


def _show(tx: Transaction, sweep: Sweep, rules: list[SweepRuleShown], lately: int) -> SweepShown:
    rate = _rate(tx, sweep, lately)
    return SweepShown(
        id=sweep.id,
        status=sweep.status,
        rules=rules,
        since=sweep.since,
        note=sweep.note,
        requested_at=sweep.requested_at,
        requested_by=sweep.requested_by,
        organization=sweep.organization,
        total=max(sweep.total, sweep.done),
        done=sweep.done,
        found=sweep.found,
        rate=rate,
        seconds_left=max(sweep.total - sweep.done, 0) / rate if rate else None,
        started_at=sweep.started_at,
        rules_changed_at=sweep.rules_changed_at,
        ended_at=sweep.ended_at,
    )


def _rate(tx: Transaction, sweep: Sweep, lately: int) -> float | None:
    """Return registrations a second over the last minute, or since it moves again where that is shorter."""
    if sweep.status is not SweepStatus.RUNNING or sweep.moving_since is None:
        return None
    over = min(PACE_OVER, tx.now - sweep.moving_since)
    return lately / max(over.total_seconds(), 0.001)


async def list_examples(tx: Transaction, *, sweep: UUID, limit: int = 3) -> list[Example]:
    """Return a few findings of each rule in a sweep, for who runs it at the server."""
    return await store.list_examples(tx, sweep=sweep, limit=limit)


async def _note(
    tx: Transaction,
    officer: Officer,
    *,
    act: str,
    operation: Operation,
    sweep: UUID,
    terminal: str,
    condition: str | None,
    error_code: str | None = None,
    detail: dict[str, object] | None = None,
) -> None:
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal, operation=operation, act=act,
        object="sweep", key=str(sweep), condition=condition, succeeded=error_code is None, error_code=error_code,
        detail=detail,
    )  # fmt: skip
