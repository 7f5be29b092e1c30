"""One function per act on a change of a rule: propose, decide, withdraw; two persons and a back-test for each."""

from uuid import UUID

import msgspec

from birthreg.access.models import Act, Officer, Scope
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import DomainError, FieldsWrong, NotFound, PreconditionFailed, field_error
from birthreg.kernel.identifiers import new_id
from birthreg.screening import change_store as store
from birthreg.screening import parameter_rules, refusals
from birthreg.screening.back_testing import back_test
from birthreg.screening.change_models import ChangeStatus, Choice, RuleChange, RuleChangeRequest
from birthreg.screening.models import Rule, Standing
from birthreg.screening.rulebook import Rulebook

OBJECT = "rule_change"
_LAST = UUID(int=2**128 - 1)


async def propose(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    code: str,
    asked: RuleChangeRequest,
    version: int | None,
    terminal: str,
) -> RuleChange:
    """Try a change of a rule out, and let it wait for a second person; nothing changes until then.

    Raises:
        NotFound: there is no such rule.
        PreconditionFailed: the rule has changed since it was read.
        FieldsWrong: what was sent is wrong, or would change nothing.
        RuleChangeOpen, BackTestRunning: not now.
    """
    rule, present = await find_standing(tx, code=code)
    if version is not None and version != present.version:
        raise PreconditionFailed
    wanted = _read(rule, present, asked)
    await _require_none_open(tx, officer, code=code, terminal=terminal)
    tried = await back_test(tx, rule=rule, present=present, wanted=wanted, newest=asked.newest, scope=scope)
    change = new_id()
    inserted = await store.insert_change(
        tx, change=change, officer=officer, present=present, wanted=wanted, reason=asked.reason,
        back_test=tried.back_test, cost=tried.cost,
    )  # fmt: skip
    if not inserted:  # somebody else's came in meanwhile
        await _require_none_open(tx, officer, code=code, terminal=terminal)
    await _note(tx, officer, act=Act.PROPOSE_RULES, change=change, told=_told(present, wanted), terminal=terminal)
    return await find_change(tx, scope=scope, change=change)


async def decide(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    change: UUID,
    choice: Choice,
    reason: str,
    version: int | None,
    terminal: str,
) -> RuleChange:
    """Approve or refuse what another administrator proposed; approved, it is in force when this transaction commits.

    Raises:
        NotFound: no such change proposed inside the scope.
        PreconditionFailed: it has changed since it was read.
        RuleChangeDecided, RuleChangeOwn, RuleChangeStale: it can't be decided, or not by this officer.
    """
    act = Act.DECIDE_RULES
    found = await _hold_open(tx, officer, scope=scope, change=change, version=version, act=act, terminal=terminal)
    if found.proposed_by == officer.id:
        raise await _refused(tx, officer, act=act, key=change, terminal=terminal, error=refusals.RuleChangeOwn())
    if choice is Choice.REFUSE:
        return await _close(
            tx, officer, found=found, status=ChangeStatus.REFUSED, act="refuse_rule_change", reason=reason,
            terminal=terminal,
        )  # fmt: skip
    new_version = await store.set_rule(tx, change=change, officer=officer)
    if new_version is None:
        _, present = await find_standing(tx, code=found.rule)
        stale = refusals.RuleChangeStale(proposed=found.rule_version, present=present.version)
        raise await _refused(tx, officer, act=act, key=change, terminal=terminal, error=stale)
    return await _close(
        tx, officer, found=found, status=ChangeStatus.APPROVED, act="approve_rule_change", reason=reason,
        terminal=terminal, new_version=new_version,
    )  # fmt: skip


async def withdraw(
    tx: Transaction, officer: Officer, *, scope: Scope, change: UUID, reason: str, version: int | None, terminal: str
) -> RuleChange:
    """Take back what one proposed oneself.

    Raises:
        NotFound: no such change proposed inside the scope.
        PreconditionFailed: it has changed since it was read.
        RuleChangeDecided, RuleChangeNotOwn: it can't be taken back, or not by this officer.
    """
    act = "withdraw_rule_change"
    found = await _hold_open(tx, officer, scope=scope, change=change, version=version, act=act, terminal=terminal)
    if found.proposed_by != officer.id:
        raise await _refused(tx, officer, act=act, key=change, terminal=terminal, error=refusals.RuleChangeNotOwn())
    return await _close(
        tx, officer, found=found, status=ChangeStatus.WITHDRAWN, act=act, reason=reason, terminal=terminal
    )


async def find_change(tx: Transaction, *, scope: Scope, change: UUID) -> RuleChange:
    """Return a change proposed inside the scope.

    Raises:
        NotFound: there is none.
    """
    found = await store.find_change(tx, scope=scope, change=change)
    if found is None:
        raise NotFound
    return found


async def list_changes(
    tx: Transaction, *, scope: Scope, rule: str | None, status: ChangeStatus | None, before: UUID | None, limit: int
) -> list[RuleChange]:
    """Return changes proposed inside the scope, newest first."""
    return await store.list_changes(tx, scope=scope, rule=rule, status=status, before=before or _LAST, limit=limit)


async def find_standing(tx: Transaction, *, code: str) -> tuple[Rule, Standing]:
    """Return a rule's file and how it stands.

    Raises:
        NotFound: there is no such rule.
    """
    rulebook = Rulebook()
    await rulebook.read(tx)
    if code not in rulebook.rules or code not in rulebook.standings:
        raise NotFound
    return rulebook.rules[code], rulebook.standings[code]


def _read(rule: Rule, present: Standing, asked: RuleChangeRequest) -> Standing:
    """Return how a rule would stand."""
    parameters = parameter_rules.whole_where_asked(rule, asked.parameters or {})
    flaws = parameter_rules.flaws_of(rule, parameters)
    if flaws:
        raise FieldsWrong(count=len(flaws), errors=flaws)
    wanted = msgspec.structs.replace(
        present,
        mode=asked.mode or present.mode,
        severity=asked.severity or present.severity,
        parameters=present.parameters | parameters,
    )
    if wanted == present:
        raise field_error(
            field="body",
            code="rule_change_empty",
            zh="与现状相同,没有可变更的内容。",
            en="The rule stands like this already; nothing would change.",
        )
    return wanted


def _told(present: Standing, wanted: Standing) -> str:
    """Say for the trail what a change does."""
    parts = [
        f"{name}: {getattr(present, name)} → {getattr(wanted, name)}"
        for name in ("mode", "severity")
        if getattr(present, name) != getattr(wanted, name)
    ]
    changed = sorted(name for name, value in wanted.parameters.items() if present.parameters.get(name) != value)
    return " · ".join((f"{present.code} v{present.version}", *parts, *(f"parameter: {name}" for name in changed)))


async def _require_none_open(tx: Transaction, officer: Officer, *, code: str, terminal: str) -> None:
    waiting = await store.find_open_change(tx, rule=code)
    if waiting is not None:
        error = refusals.RuleChangeOpen(change=waiting)
        raise await _refused(tx, officer, act=Act.PROPOSE_RULES, key=waiting, terminal=terminal, error=error)


async def _hold_open(
    tx: Transaction, officer: Officer, *, scope: Scope, change: UUID, version: int | None, act: str, terminal: str
) -> RuleChange:
    found = await store.lock_change(tx, scope=scope, change=change)
    if found is None:
        raise NotFound
    if version is not None and version != found.version:
        raise PreconditionFailed
    if found.status is not ChangeStatus.PROPOSED:
        error = refusals.RuleChangeDecided(status=found.status)
        raise await _refused(tx, officer, act=act, key=change, terminal=terminal, error=error)
    return found


async def _close(
    tx: Transaction,
    officer: Officer,
    *,
    found: RuleChange,
    status: ChangeStatus,
    act: str,
    reason: str,
    terminal: str,
    new_version: int | None = None,
) -> RuleChange:
    await store.decide_change(
        tx, change=found.id, status=status, officer=officer, reason=reason, new_version=new_version
    )
    past = Standing(
        found.rule, found.rule_version, found.mode_before, found.severity_before, found.parameters_before, b""
    )
    wanted = msgspec.structs.replace(
        past, mode=found.mode, severity=found.severity, parameters=found.parameters
    )  # fmt: skip
    await _note(tx, officer, act=act, change=found.id, told=_told(past, wanted), terminal=terminal, is_new=False)
    return await find_change(tx, scope=Scope(patterns=(found.proposed_by_organization,)), change=found.id)


async def _note(
    tx: Transaction, officer: Officer, *, act: str, change: UUID, told: str, terminal: str, is_new: bool = True
) -> None:
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal,
        operation=Operation.ADD if is_new else Operation.CHANGE, act=act, object=OBJECT, key=str(change),
        condition=told,
    )  # fmt: skip


async def _refused(
    tx: Transaction, officer: Officer, *, act: str, key: UUID, terminal: str, error: DomainError
) -> DomainError:
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal, operation=Operation.CHANGE,
        act=act, object=OBJECT, key=str(key), succeeded=False, error_code=error.code,
    )  # fmt: skip
    return error
