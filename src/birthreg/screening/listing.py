"""One function per act on the lists that rules and the number's grammar read: two persons change them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from birthreg.access.models import Act, Officer, Scope
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import Conflict, DomainError, NotFound, PreconditionFailed
from birthreg.kernel.identifiers import new_id
from birthreg.screening import list_refusals as refusals
from birthreg.screening import list_rules as rules
from birthreg.screening import list_store as store
from birthreg.screening.list_models import (
    ChangeChoice,
    ChangeStatus,
    ListAct,
    ListChange,
    ListChangeRequest,
    ListedKey,
    ListName,
    PastChange,
)

OBJECT = "reference_list"
_LAST = UUID(int=2**128 - 1)
_CHINA = timedelta(hours=8)


async def list_rows(
    tx: Transaction, *, list_name: ListName, prefix: str, ended: bool | None, after: str | None, limit: int
) -> list[ListedKey]:
    """Return the rows of a list in their order; `ended` asks for those that still hold (False) or no more (True)."""
    today = (tx.now.astimezone(UTC) + _CHINA).date()
    return await store.list_rows(
        tx, list_name=list_name, prefix=prefix, ended=ended, after=after or "", limit=limit, today=today
    )


async def list_history(
    tx: Transaction, *, list_name: ListName, key: str | None, before: int | None, limit: int
) -> list[PastChange]:
    """Return every change of a list, or of one row, newest first, whoever wrote it."""
    return await store.list_history(tx, list_name=list_name, key=key, before=before or 2**63 - 1, limit=limit)


async def propose(
    tx: Transaction, officer: Officer, *, list_name: ListName, asked: ListChangeRequest, terminal: str
) -> ListChange:
    """Propose to change one row of a list; nothing changes until another province administrator approves.

    Raises:
        FieldsWrong: what was sent makes no sense for this list.
        NotFound: what is to end isn't in the list.
        ListRowUnchanged, ListRowEnded, ListChangeWaits: there is nothing to change, or another change waits.
    """
    identifier = new_id()
    key = rules.read_key(list_name, asked, fresh=str(identifier))
    await store.lock_lists(tx)
    before = await store.find_row(tx, list_name=list_name, key=key)
    if before is None and asked.act is ListAct.END:
        raise NotFound
    after = rules.row_after(list_name, asked, before=before)
    if list_name is ListName.EDITIONS and after is not None:
        rules.require_order(after, await store.list_editions_beside(tx, edition=after["edition"]))
    error = _refusal(list_name, before, after)
    proposed = None
    if error is None:
        proposed = await store.insert_change(
            tx, officer, change=identifier, list_name=list_name, key=key, act=asked.act, after=after,
            reason=asked.reason, document_number=asked.document_number,
        )  # fmt: skip
    if proposed is None:
        raise await _refused(
            tx, officer, act=Act.PROPOSE_LISTS, key=f"{list_name} {key}", terminal=terminal,
            error=error or refusals.ListChangeWaits(),
        )  # fmt: skip
    await _record(tx, officer, change=proposed, act=Act.PROPOSE_LISTS, operation=Operation.ADD, terminal=terminal)
    return proposed


async def decide(
    tx: Transaction, officer: Officer, *, scope: Scope, list_name: ListName, change: UUID, choice: ChangeChoice,
    reason: str, version: int | None, terminal: str,
) -> ListChange:  # fmt: skip
    """Approve or refuse what another proposed; approved, the list says so when this transaction commits.

    Raises:
        NotFound: no such change was proposed inside the scope.
        PreconditionFailed: it has changed since it was read.
        ListChangeDecided, AnotherAdministratorDecides, ListRowChanged: it can't be decided so, or not by this officer.
    """
    found = await _find_open(
        tx, officer, scope=scope, list_name=list_name, change=change, version=version, act=Act.DECIDE_LISTS,
        terminal=terminal,
    )  # fmt: skip
    approves = choice is ChangeChoice.APPROVE
    error: DomainError | None = None
    if found.proposed_by == officer.id:
        error = refusals.AnotherAdministratorDecides()
    elif approves and await store.find_row(tx, list_name=list_name, key=found.key) != found.before:
        error = refusals.ListRowChanged()
    elif approves and list_name is ListName.EDITIONS and found.after is not None:
        rules.require_order(found.after, await store.list_editions_beside(tx, edition=int(found.key)))
    if error is not None:
        raise await _refused(tx, officer, act=Act.DECIDE_LISTS, key=str(change), terminal=terminal, error=error)
    status = ChangeStatus.APPROVED if approves else ChangeStatus.REFUSED
    act = "approve_list_change" if approves else "refuse_list_change"
    return await _close(tx, officer, found=found, status=status, reason=reason, act=act, terminal=terminal)


async def withdraw(
    tx: Transaction, officer: Officer, *, scope: Scope, list_name: ListName, change: UUID, reason: str,
    version: int | None, terminal: str,
) -> ListChange:  # fmt: skip
    """Take back what one proposed oneself.

    Raises:
        NotFound: no such change was proposed inside the scope.
        PreconditionFailed: it has changed since it was read.
        ListChangeDecided, OnlyProposerWithdraws: it can't be taken back, or not by this officer.
    """
    act = "withdraw_list_change"
    found = await _find_open(
        tx, officer, scope=scope, list_name=list_name, change=change, version=version, act=act, terminal=terminal
    )
    if found.proposed_by != officer.id:
        error = refusals.OnlyProposerWithdraws()
        raise await _refused(tx, officer, act=act, key=str(change), terminal=terminal, error=error)
    return await _close(
        tx, officer, found=found, status=ChangeStatus.WITHDRAWN, reason=reason, act=act, terminal=terminal
    )


async def find_change(tx: Transaction, *, scope: Scope, list_name: ListName, change: UUID) -> ListChange:
    """Return one change that was proposed inside the scope.

    Raises:
        NotFound: there is none.
    """
    found = await store.find_change(tx, scope=scope, list_name=list_name, change=change)
    if found is None:
        raise NotFound
    return found


async def list_changes(
    tx: Transaction, *, scope: Scope, list_name: ListName, status: ChangeStatus | None, before: UUID | None, limit: int
) -> list[ListChange]:
    """Return the changes of a list that were proposed inside the scope, newest first."""
    return await store.list_changes(
        tx, scope=scope, list_name=list_name, status=status, before=before or _LAST, limit=limit
    )


def _refusal(list_name: ListName, before: dict[str, Any] | None, after: dict[str, Any] | None) -> Conflict | None:
    if before == after:
        return refusals.ListRowUnchanged()
    if list_name is ListName.WATCHED_ISSUERS and before is not None and before["ended_at"] is not None:
        return refusals.ListRowEnded()
    return None


async def _find_open(
    tx: Transaction, officer: Officer, *, scope: Scope, list_name: ListName, change: UUID, version: int | None,
    act: str, terminal: str,
) -> ListChange:  # fmt: skip
    await store.lock_lists(tx)
    found = await find_change(tx, scope=scope, list_name=list_name, change=change)
    if version is not None and version != found.version:
        raise PreconditionFailed
    if found.status is not ChangeStatus.PROPOSED:
        error = refusals.ListChangeDecided(status=found.status)
        raise await _refused(tx, officer, act=act, key=str(change), terminal=terminal, error=error)
    return found


async def _close(
    tx: Transaction, officer: Officer, *, found: ListChange, status: ChangeStatus, reason: str, act: str,
    terminal: str,
) -> ListChange:  # fmt: skip
    await store.decide_change(tx, officer, change=found.id, status=status, reason=reason, now=_moment(tx, found))
    await _record(tx, officer, change=found, act=act, operation=Operation.CHANGE, terminal=terminal)
    scope = Scope(patterns=(found.organization,))
    return await find_change(tx, scope=scope, list_name=found.list_name, change=found.id)


def _moment(tx: Transaction, found: ListChange) -> datetime:
    """Return when it is decided: never before it was proposed, also where it waited for a later transaction."""
    return max(tx.now, found.proposed_at)


async def _record(
    tx: Transaction, officer: Officer, *, change: ListChange, act: str, operation: Operation, terminal: str
) -> None:
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal, operation=operation, act=act,
        object=OBJECT, key=str(change.id), condition=f"{change.list_name} {change.key}",
        detail={"act": str(change.act), "before": change.before, "after": change.after},
    )  # fmt: skip


async def _refused(
    tx: Transaction, officer: Officer, *, act: str, key: str, terminal: str, error: DomainError
) -> DomainError:
    """Keep a refused attempt on the trail, and return the refusal to be raised."""
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal, operation=Operation.CHANGE,
        act=act, object=OBJECT, key=key, succeeded=False, error_code=error.code,
    )  # fmt: skip
    return error
