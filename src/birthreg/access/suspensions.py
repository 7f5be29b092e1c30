"""One function per act: suspend an officer, end that, and ask for it where work goes on without a session."""

from birthreg.access import store
from birthreg.access.models import OfficerRow, Scope
from birthreg.access.service import OfficerNotFound, find_officer, record_officer
from birthreg.audit.models import Operation
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import Forbidden, PreconditionFailed
from birthreg.kernel.language import Text


class OfficerSuspended(Forbidden):
    """提交人已被停用,处理中止。

    The officer who sent the file is suspended; it goes no further.
    """

    remedy = Text("请由其他有权限的账号重新提交。", "Let another officer who may send it again.")


async def require_not_suspended(tx: Transaction, *, officer: str) -> None:
    """Make sure, where work goes on after its officer has left the desk, that they aren't suspended meanwhile.

    Raises:
        OfficerSuspended: they are.
    """
    if await store.is_suspended(tx, officer=officer):
        raise OfficerSuspended


async def suspend(
    tx: Transaction, *, scope: Scope, officer: str, by: str, organization: str, terminal: str, reason: str,
    version: int | None = None,
) -> OfficerRow:  # fmt: skip
    """Suspend an officer at once: open sessions end with this commit.

    Raises:
        OfficerNotFound: no such officer inside the scope.
        PreconditionFailed: changed since the caller saw this version.
    """
    await _hold_officer(tx, scope=scope, officer=officer, version=version)
    await store.suspend_officer(tx, scope=scope, officer=officer)
    await store.end_sessions_of(tx, officer=officer)
    await record_officer(
        tx, by=by, organization=organization, operation=Operation.CHANGE, act="suspend_officer",
        officer=officer, terminal=terminal, reason=reason,
    )  # fmt: skip
    return await find_officer(tx, scope=scope, officer=officer)


async def reinstate(
    tx: Transaction, *, scope: Scope, officer: str, by: str, organization: str, terminal: str, reason: str,
    version: int | None = None,
) -> OfficerRow:  # fmt: skip
    """End a suspension, and the lock that failed attempts left.

    Raises:
        OfficerNotFound: no such officer inside the scope.
        PreconditionFailed: changed since the caller saw this version.
    """
    await _hold_officer(tx, scope=scope, officer=officer, version=version)
    await store.reinstate_officer(tx, scope=scope, officer=officer)
    await record_officer(
        tx, by=by, organization=organization, operation=Operation.CHANGE, act="reinstate_officer",
        officer=officer, terminal=terminal, reason=reason,
    )  # fmt: skip
    return await find_officer(tx, scope=scope, officer=officer)


async def _hold_officer(tx: Transaction, *, scope: Scope, officer: str, version: int | None) -> None:
    present = await store.lock_officer(tx, scope=scope, officer=officer)
    if present is None:
        raise OfficerNotFound
    if version is not None and version != present.version:
        raise PreconditionFailed
