"""One function per act: sign in and out, admit, suspend, and the guard of every other act."""

from datetime import timedelta
from uuid import UUID

import msgspec

from birthreg.access import store
from birthreg.access.models import (
    Account,
    Act,
    Officer,
    OfficerRow,
    PreviousSession,
    Role,
    Scope,
    SignInRefusal,
    Standing,
)
from birthreg.access.passwords import (
    hash_password,
    new_password,
    new_totp_secret,
    password_matches,
    second_factor_matches,
)
from birthreg.access.rules import LOCK_AFTER_FAILURES, LOCK_MINUTES, SESSION_HOURS, reach_of
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import Conflict, NotFound, NotPermitted, Unauthenticated, field_error
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.language import Text

UNKNOWN = "-"
"""Stands for the organisation of somebody who isn't known."""


class SessionEnded(Unauthenticated):
    """登录已结束(退出、停用或超过 12 小时)。

    The session has ended (signed out, suspended or older than 12 hours).
    """


class OfficerExists(Conflict):
    """账号 {officer} 已存在。

    The officer id {officer} is taken.
    """

    remedy = Text("请换用其他账号名。", "Choose another id.")


class OfficerNotFound(NotFound):
    """没有这个账号,或不在您的管辖范围内。

    No such officer, or outside your jurisdiction.
    """


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A session that has begun."""

    officer: Officer
    previous: PreviousSession | None


async def sign_in(
    tx: Transaction, *, officer_id: str, password: str, otp: str | None, terminal: str
) -> SignedIn | SignInRefusal:
    """Begin a session, or say why not; both are on the trail."""
    account = await store.find_account(tx, officer=officer_id)
    refusal = await _refuse(tx, account, password=password, otp=otp)
    await record(
        tx,
        officer=officer_id[:64],
        organization=account.organization if account else UNKNOWN,
        terminal=terminal,
        operation=Operation.SIGN_IN,
        act="sign_in",
        object="session",
        key=None,
        succeeded=refusal is None,
        error_code=refusal,
    )
    if refusal is not None or account is None:
        return refusal or SignInRefusal.WRONG_CREDENTIALS
    return await _begin(tx, account, terminal=terminal)


async def _refuse(tx: Transaction, account: Account | None, *, password: str, otp: str | None) -> SignInRefusal | None:
    if account is None:
        await password_matches(password, None)
        return SignInRefusal.WRONG_CREDENTIALS
    if account.locked_until is not None and account.locked_until > tx.now:
        return SignInRefusal.LOCKED
    if not await password_matches(password, account.password_hash):
        await _count_failure(tx, account)
        return SignInRefusal.WRONG_CREDENTIALS
    if account.totp_secret and not second_factor_matches(account.totp_secret, otp, now=tx.now):
        await _count_failure(tx, account)
        return SignInRefusal.WRONG_SECOND_FACTOR
    return SignInRefusal.SUSPENDED if account.suspended_at else None


async def _count_failure(tx: Transaction, account: Account) -> None:
    failed = account.failed_attempts + 1
    lock = failed >= LOCK_AFTER_FAILURES
    await store.record_attempt(
        tx,
        officer=account.id,
        failed_attempts=0 if lock else failed,
        locked_until=tx.now + timedelta(minutes=LOCK_MINUTES) if lock else None,
    )


async def _begin(tx: Transaction, account: Account, *, terminal: str) -> SignedIn:
    if account.failed_attempts:
        await store.record_attempt(tx, officer=account.id, failed_attempts=0, locked_until=None)
    officer = Officer(
        id=account.id,
        name=account.name,
        role=account.role,
        organization=account.organization,
        organization_name=account.organization_name,
        session=new_id(),
    )
    await store.open_session(
        tx,
        session=officer.session,
        officer=officer.id,
        terminal=terminal,
        expires_at=tx.now + timedelta(hours=SESSION_HOURS),
    )
    previous = await store.find_previous_session(tx, officer=officer.id, session=officer.session)
    return SignedIn(officer=officer, previous=previous)


async def require_standing(tx: Transaction, *, session: UUID) -> Standing:
    """Make sure, in the act's own transaction, that the session still stands.

    Raises:
        SessionEnded: signed out, suspended, or the shift is over.
    """
    standing = await store.find_standing(tx, session=session)
    if standing is None:
        raise SessionEnded
    return standing


async def permit(tx: Transaction, officer: Officer, *, act: Act, terminal: str) -> Scope:
    """Return the scope in which the officer may do this act.

    A refusal is written to the trail in a transaction of its own, since raising rolls this one back.

    Raises:
        NotPermitted: the role may not.
    """
    scope = reach_of(officer, act)
    if scope is not None:
        return scope
    async with tx.database.transaction() as own:
        await record(
            own,
            officer=officer.id,
            organization=officer.organization,
            terminal=terminal,
            operation=Operation.QUERY,
            act=act,
            object="door",
            key=None,
            succeeded=False,
            error_code="not_permitted",
        )
    raise NotPermitted(role=officer.role, act=act)


async def sign_out(tx: Transaction, officer: Officer, *, terminal: str) -> None:
    """End the session; from this commit on its tokens are worth nothing, anywhere."""
    await store.end_session(tx, session=officer.session)
    await record(
        tx,
        officer=officer.id,
        organization=officer.organization,
        terminal=terminal,
        operation=Operation.SIGN_IN,
        act="sign_out",
        object="session",
        key=None,
    )


async def name_organization(tx: Transaction, *, code: str, name: str) -> None:
    """Make an organisation known.

    Raises:
        FieldsWrong: the code isn't twelve digits.
    """
    if not (len(code) == 12 and code.isascii() and code.isdigit()):
        raise field_error(
            field="organization",
            code="organization_form",
            zh="机构代码应为 12 位数字(GA 380)。",
            en="An organisation code has 12 digits (GA 380).",
        )
    await store.insert_organization(tx, code=code, name=name)


async def admit_officer(
    tx: Transaction,
    *,
    officer: str,
    name: str,
    role: Role,
    organization: str,
    password: str,
    second_factor: bool = False,
    demonstration: bool = False,
    by: str = "operator",
) -> str | None:
    """Admit an officer and return the secret of the second factor, when one is switched on.

    Raises:
        OfficerExists: the id is taken.
        NotFound: the organisation isn't known.
    """
    if await store.find_organization(tx, code=organization) is None:
        raise NotFound
    secret = new_totp_secret() if second_factor else None
    admitted = await store.insert_officer(
        tx,
        officer=officer,
        name=name,
        role=role,
        organization=organization,
        password_hash=await hash_password(password),
        totp_secret=secret,
        demonstration=demonstration,
    )
    if not admitted:
        raise OfficerExists(officer=officer)
    await _record_officer(
        tx, by=by, organization=organization, operation=Operation.ADD, act="admit_officer", officer=officer
    )
    return secret


async def _record_officer(
    tx: Transaction,
    *,
    by: str,
    organization: str,
    operation: Operation,
    act: str,
    officer: str,
    terminal: str = "terminal",
    reason: str | None = None,
) -> None:
    await record(
        tx,
        officer=by,
        organization=organization,
        terminal=terminal,
        operation=operation,
        act=act,
        object="officer",
        key=officer,
        condition=reason,
    )


async def reset_officer(
    tx: Transaction, *, officer: str, password: str, second_factor: bool, by: str = "operator"
) -> str | None:
    """Give an officer a new password, end every session, and return the new second factor if wanted.

    Raises:
        OfficerNotFound: there is no such officer.
    """
    secret = new_totp_secret() if second_factor else None
    password_hash = await hash_password(password)
    if not await store.set_password(tx, officer=officer, password_hash=password_hash, totp_secret=secret):
        raise OfficerNotFound
    await store.end_sessions_of(tx, officer=officer)
    await _record_officer(
        tx, by=by, organization=UNKNOWN, operation=Operation.CHANGE, act="reset_officer", officer=officer
    )
    return secret


async def suspend(
    tx: Transaction, *, scope: Scope, officer: str, by: str, organization: str, terminal: str, reason: str
) -> OfficerRow:
    """Suspend an officer at once: open sessions end with this commit.

    Raises:
        OfficerNotFound: no such officer inside the scope.
    """
    await store.suspend_officer(tx, scope=scope, officer=officer)
    found = await find_officer(tx, scope=scope, officer=officer)
    await store.end_sessions_of(tx, officer=officer)
    await _record_officer(
        tx, by=by, organization=organization, operation=Operation.CHANGE, act="suspend_officer",
        officer=officer, terminal=terminal, reason=reason,
    )  # fmt: skip
    return found


async def reinstate(
    tx: Transaction, *, scope: Scope, officer: str, by: str, organization: str, terminal: str, reason: str
) -> OfficerRow:
    """End a suspension.

    Raises:
        OfficerNotFound: no such officer inside the scope.
    """
    await store.reinstate_officer(tx, scope=scope, officer=officer)
    found = await find_officer(tx, scope=scope, officer=officer)
    await _record_officer(
        tx, by=by, organization=organization, operation=Operation.CHANGE, act="reinstate_officer",
        officer=officer, terminal=terminal, reason=reason,
    )  # fmt: skip
    return found


async def find_officer(tx: Transaction, *, scope: Scope, officer: str) -> OfficerRow:
    """Return one officer.

    Raises:
        OfficerNotFound: no such officer inside the scope.
    """
    found = await store.find_officer(tx, scope=scope, officer=officer)
    if found is None:
        raise OfficerNotFound
    return found


async def list_officers(tx: Transaction, *, scope: Scope, after: str, limit: int) -> list[OfficerRow]:
    """Return the officers inside the scope, by identifier."""
    return await store.list_officers(tx, scope=scope, after=after, limit=limit)


async def has_officers(tx: Transaction) -> bool:
    """Say whether anybody was ever admitted here."""
    return (await store.count_officers(tx)).officers > 0


async def demonstrating(tx: Transaction) -> bool:
    """Say whether demonstration officers, whose password everybody knows, can sign in here."""
    return (await store.count_officers(tx)).demonstration > 0


async def ensure_first_administrator(tx: Transaction) -> str | None:
    """Admit the first security administrator where there is no officer yet, and return its password."""
    if await has_officers(tx):
        return None
    password = new_password()
    await name_organization(tx, code="000000000000", name="公安部")
    await admit_officer(
        tx,
        officer="security",
        name="安全管理员",
        role=Role.SECURITY_ADMIN,
        organization="000000000000",
        password=password,
    )
    return password
