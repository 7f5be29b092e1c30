"""Lets the later life of the demonstration's registrations happen: by the acts, and the rules, of every other."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from uuid import UUID

import msgspec

from birthreg.access.models import Act, Officer, Scope
from birthreg.access.rules import reach_of
from birthreg.access.sessions import begin_unproved, sign_out
from birthreg.cases.leads import admit_attempts
from birthreg.kernel.database import Transaction
from birthreg.kernel.language import Language
from birthreg.local.believable import STATIONS
from birthreg.local.pending import Course, Fate
from birthreg.local.stories import LOCAL
from birthreg.registrations import changes, later, service
from birthreg.registrations.acting import Books
from birthreg.registrations.book_models import Decided, Denied
from birthreg.registrations.life_models import ChangeKind, LifeAct
from birthreg.registrations.models import Application

_ADMINS = {"4201": ("admin.wuhan", "admin2.wuhan"), "4206": ("admin.xiangyang", "admin2.xiangyang")}
_OFFICE = {"4201": "10.42.1.2", "4206": "10.42.6.2"}
_STATIONS = {station.code: station for station in STATIONS}

Doing = Callable[[Transaction, Officer, str], Awaitable[object]]
"""What an officer does at a terminal."""


class Step(msgspec.Struct, frozen=True):
    """One act of one officer, at its moment; `refused` says that it came to nothing, as was to be shown."""

    at: datetime
    officer: str
    terminal: str
    do: Doing
    refused: bool = False


def list_attempts(applications: list[tuple[datetime, Application]], *, books: Books) -> list[Step]:
    """Return the attempts that are refused at the desk."""
    steps = []
    for at, application in applications:
        station = _STATIONS[application.accepted_at]
        do = partial(_register, books=books, application=application)
        steps.append(Step(at, station.clerk, station.terminal, do, refused=True))
    return steps


async def _register(
    tx: Transaction, officer: Officer, terminal: str, *, books: Books, application: Application
) -> object:
    return await service.register(
        tx, officer, books=books, application=application, terminal=terminal, language=Language.CHINESE
    )


def list_steps(course: Course, registration: UUID, *, books: Books) -> Iterator[Step]:
    """Yield what was done with a registration after it was entered."""
    usage = course.usage
    station, prefecture = _STATIONS[usage.organization], usage.organization[:4]
    admin = _ADMINS[prefecture][int(usage.certificate_number[-1]) % 2]

    def at_desk(do: Doing, day: date) -> Step:
        return Step(_at(day, 10, usage.certificate_number), station.clerk, station.terminal, do)

    def at_office(do: Doing, day: date) -> Step:
        return Step(_at(day, 14, usage.certificate_number), admin, _OFFICE[prefecture], do)

    match course.fate:
        case Fate.APPROVED | Fate.REFUSED:
            yield at_office(partial(_decide, registration=registration, books=books, fate=course.fate), course.day)
        case Fate.WITHDRAWN:
            yield at_desk(partial(_withdraw, registration=registration, books=books), course.day)
        case Fate.CORRECTED | Fate.CORRECTION_PROPOSED | Fate.CORRECTION_REFUSED:
            yield at_desk(partial(_correct, registration=registration, books=books, right=usage.paper), course.day)
        case Fate.REVOKED | Fate.REVOCATION_PROPOSED | Fate.REVOCATION_REFUSED:
            yield at_desk(partial(_revoke, registration=registration), course.day)
    if course.fate in _DECISIONS:
        do = partial(_decide_change, registration=registration, books=books, fate=course.fate)
        yield at_office(do, course.day + timedelta(days=1))


def _at(day: date, hour: int, number: str) -> datetime:
    """Return a moment of a day that follows from the number; the desk's hour and the office's don't meet."""
    return datetime.combine(day, time(hour), LOCAL) + timedelta(seconds=int(number[-5:]) % 7200)


def _scope(officer: Officer, act: Act) -> Scope:
    scope = reach_of(officer, act)
    assert scope is not None  # noqa: S101 - the demonstration's officers may do what they are told to do
    return scope


async def _decide(
    tx: Transaction, officer: Officer, terminal: str, *, registration: UUID, books: Books, fate: Fate
) -> object:
    approved = fate is Fate.APPROVED
    return await later.decide(
        tx, officer, scope=_scope(officer, Act.DECIDE_REGISTRATIONS), books=books, registration=registration,
        decision=Decided.APPROVE if approved else Decided.REFUSE, terminal=terminal,
        reason="材料齐全,比对无异常,同意补报。" if approved else "入户调查与申报情况不符,退回核实。",
    )  # fmt: skip


async def _withdraw(tx: Transaction, officer: Officer, terminal: str, *, registration: UUID, books: Books) -> object:
    return await later.withdraw(
        tx, officer, scope=_scope(officer, Act.CHANGE_REGISTRATIONS), books=books, registration=registration,
        reason="家长撤回申请,待补齐材料后重新申报。", terminal=terminal,
    )  # fmt: skip


async def _correct(
    tx: Transaction, officer: Officer, terminal: str, *, registration: UUID, books: Books, right: str
) -> object:
    return await changes.propose_correction(
        tx, officer, scope=_scope(officer, Act.CHANGE_REGISTRATIONS), books=books, registration=registration,
        typed=right, reason="录入时两位数字颠倒,已核对证件原件。", terminal=terminal,
    )  # fmt: skip


async def _revoke(tx: Transaction, officer: Officer, terminal: str, *, registration: UUID) -> object:
    return await changes.propose_revocation(
        tx, officer, scope=_scope(officer, Act.CHANGE_REGISTRATIONS), registration=registration,
        reason="家长反映该儿童已在外省登记,申请撤销本次登记。", terminal=terminal,
    )  # fmt: skip


_DECISIONS = {
    Fate.CORRECTED: (ChangeKind.CORRECTION, LifeAct.APPROVE, "已核对副页,同意更正。"),
    Fate.CORRECTION_REFUSED: (ChangeKind.CORRECTION, LifeAct.REFUSE, "副页模糊,请补充证件原件照片后重报。"),
    Fate.REVOKED: (ChangeKind.REVOCATION, LifeAct.APPROVE, "经与外省核实,确属重复登记,同意撤销。"),
    Fate.REVOCATION_REFUSED: (ChangeKind.REVOCATION, LifeAct.REFUSE, "经核实外省并无登记,不予撤销。"),
}


async def _decide_change(
    tx: Transaction, officer: Officer, terminal: str, *, registration: UUID, books: Books, fate: Fate
) -> object:
    kind, act, reason = _DECISIONS[fate]
    return await changes.decide_change(
        tx, officer, scope=_scope(officer, Act.DECIDE_REGISTRATIONS), books=books, registration=registration,
        kind=kind, act=act, reason=reason, terminal=terminal,
    )  # fmt: skip


async def live_on(tx: Transaction, steps: list[Step]) -> None:
    """Take every step in its order, each by its officer and at its own moment."""
    steps = sorted(steps, key=lambda step: step.at)
    last = {step.officer: step for step in steps}
    officers = {officer: await _sign_in(tx, step) for officer, step in last.items()}
    for step in steps:
        then = Transaction(tx.connection, now=step.at, database=tx.database)
        outcome = await step.do(then, officers[step.officer], step.terminal)
        if isinstance(outcome, Denied) is not step.refused:
            raise AssertionError(f"the demonstration went astray at {step}: {outcome}")
        await admit_attempts(then, limit=1)
    for officer, step in last.items():
        evening = Transaction(tx.connection, now=step.at + timedelta(minutes=40), database=tx.database)
        await sign_out(evening, officers[officer], terminal=step.terminal)


async def _sign_in(tx: Transaction, step: Step) -> Officer:
    """Begin a session on the morning of an officer's last day; it covers what was done before."""
    morning = datetime.combine(step.at.astimezone(LOCAL), time(8, 40), LOCAL)
    then = Transaction(tx.connection, now=morning, database=tx.database)
    return await begin_unproved(then, officer_id=step.officer, terminal=step.terminal)
