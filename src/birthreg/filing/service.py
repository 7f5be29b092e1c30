"""One function per act: owe a filing to the level above, say where filings stand, send one again."""

from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from birthreg.access.models import Officer, Scope
from birthreg.access.rules import jurisdiction_prefix
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.filing import store
from birthreg.filing.delivery_models import Received
from birthreg.filing.models import DayRow, FilingStatus, Lag, Level, NewFiling, Owed, Status, Upstream
from birthreg.filing.rules import ALLOWED
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import Conflict, NotFound, field_error
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.language import Text

MOST_DAYS = 92
_LAST_ID = UUID(int=2**128 - 1)
_CHINA = ZoneInfo("Asia/Shanghai")


class FilingNotSetAside(Conflict):
    """该备案未被搁置,系统会自动报送,无需重送。

    This filing is not set aside: it is delivered by itself, and needs no resending.
    """

    remedy = Text("请在备案看板查看其状态。", "Look at its state on the board.")


class FilingNotOpen(NotFound):
    """没有这条未完成的备案,或不在您的管辖范围内。

    There is no such filing that is still to be delivered, or it lies outside your jurisdiction.
    """


async def owe(tx: Transaction, *, level: Level, filing: NewFiling) -> Owed | None:
    """Owe the level above a filing, in the transaction of the act; None where there is no level above.

    One round trip. The act records itself on the trail; the filing is part of it.
    """
    if not level.upstream_url:
        return None
    return await store.insert_filing(tx, filing, id=new_id(), due_at=tx.now + ALLOWED)


async def find_filing_of(tx: Transaction, *, registration: UUID) -> list[FilingStatus]:
    """Return the filings of a registration in their order; for whoever may see the registration."""
    return await store.list_filings_of(tx, registration=registration)


async def list_filings(
    tx: Transaction, *, scope: Scope, status: Status | None = None, before: UUID | None = None, limit: int = 50
) -> list[FilingStatus]:
    """Return a page of the filings inside the scope, newest first; `before` is the last of the page before."""
    return await store.list_filings(tx, scope=scope, status=status, before=before or _LAST_ID, limit=limit)


async def list_received(
    tx: Transaction, *, scope: Scope, rejected_alone: bool = False, before: UUID | None = None, limit: int = 50
) -> list[Received]:
    """Return a page of what came from below inside the scope, newest first."""
    return await store.list_received(
        tx, scope=scope, rejected_alone=rejected_alone, before=before or _LAST_ID, limit=limit
    )


async def read_board(
    tx: Transaction,
    *,
    scope: Scope,
    first_day: date | None,
    last_day: date | None,
    organization: str | None = None,
    after: tuple[date, str] | None = None,
    limit: int = 50,
) -> list[DayRow]:
    """Return how organisations filed what they owed, by day of China's clocks; the last week unless asked.

    Raises:
        FieldsWrong: the days are in the wrong order, or too many.
    """
    last_day = last_day or tx.now.astimezone(_CHINA).date()
    first_day = first_day or date.fromordinal(max(1, last_day.toordinal() - 6))
    _require_days(first_day, last_day)
    return await store.read_board(
        tx,
        scope=scope,
        within=jurisdiction_prefix(organization) if organization else "",
        since=_midnight(first_day),
        until=_midnight(last_day + timedelta(days=1)),
        timezone=_CHINA.key,
        after=after or (date.max, ""),
        limit=limit,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), _CHINA)


def _require_days(first: date, last: date) -> None:
    if not 1990 <= first.year <= last.year < 3000 or first > last:
        raise field_error(
            field="from", code="days_wrong", zh="起始日期应不晚于截止日期。", en="`from` lies on or before `to`."
        )
    if (last - first).days >= MOST_DAYS:
        raise field_error(
            field="from",
            code="days_too_many",
            zh=f"一次最多查询 {MOST_DAYS} 天。",
            en=f"At most {MOST_DAYS} days at a time.",
        )


async def read_lag(tx: Transaction) -> Lag:
    """Return how it stands with the level above, for the whole instance, in counts."""
    return await store.read_lag(tx)


async def read_upstream(tx: Transaction, *, level: Level) -> Upstream:
    """Say whether the level above answers, and what waits for it."""
    lag = await store.read_lag(tx)
    known = lag.reached_at is not None or lag.failed_at is not None
    return Upstream(
        configured=bool(level.upstream_url),
        reachable=lag.failed_at is None if known else None,
        reached_at=lag.reached_at,
        failing_since=lag.failed_at,
        failure=lag.failure,
        waiting=lag.waiting,
        set_aside=lag.set_aside,
        overdue=lag.overdue,
        oldest_waiting_at=lag.oldest_owed_at,
    )


async def resend(tx: Transaction, officer: Officer, *, scope: Scope, filing: UUID, terminal: str) -> None:
    """Let a filing that was set aside take its turn at once.

    Raises:
        FilingNotOpen: there is none that waits, inside the scope.
        FilingNotSetAside: it is delivered by itself.
    """
    found = await store.find_open(tx, scope=scope, filing=filing)
    if found is None:
        raise FilingNotOpen
    if not found.set_aside:
        raise FilingNotSetAside
    await store.resend(tx, filing=filing)
    await record(
        tx,
        officer=officer.id,
        organization=officer.organization,
        terminal=terminal,
        operation=Operation.CHANGE,
        act="resend_filing",
        object="filing",
        key=str(filing),
    )
