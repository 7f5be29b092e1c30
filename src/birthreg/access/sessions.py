"""One function per act: sign in, and sign out."""

from datetime import timedelta

from birthreg.access import store
from birthreg.access.models import UNKNOWN, Account, Officer, SignedIn, SignInRefusal
from birthreg.access.passwords import password_matches, second_factor_step
from birthreg.access.rules import LOCK_AFTER_FAILURES, LOCK_MINUTES, SESSION_HOURS
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.errors import NotFound
from birthreg.kernel.identifiers import new_id


async def sign_in(
    database: Database, *, officer_id: str, password: str, otp: str | None, terminal: str
) -> SignedIn | SignInRefusal:
    """Begin a session, or say why not; both are on the trail.

    The password is compared while no connection is held, for unknown and locked accounts as well.
    What follows from it is decided with the account locked: however many guess at once, those after
    the last that is allowed find the lock, and a password that was right then opens nothing.
    """
    async with database.transaction() as tx:
        seen = await store.find_secret(tx, officer=officer_id)
    matches = await password_matches(password, seen.password_hash if seen else None)
    async with database.transaction() as tx:
        account = await store.find_account(tx, officer=officer_id)
        if account is not None and seen is not None and account.password_hash != seen.password_hash:
            matches = False  # given a new one meanwhile
        refusal = await _refuse(tx, account, matches=matches, otp=otp)
        await _record_attempt(tx, officer_id, account, refusal, terminal=terminal)
        if refusal is not None or account is None:
            return refusal or SignInRefusal.WRONG_CREDENTIALS
        return await _begin(tx, account, terminal=terminal)


async def begin_unproved(tx: Transaction, *, officer_id: str, terminal: str) -> Officer:
    """Begin a session without a password, in the caller's transaction: for the demonstration's past days alone.

    Raises:
        NotFound: no such officer.
    """
    account = await store.find_account(tx, officer=officer_id)
    if account is None:
        raise NotFound
    await _record_attempt(tx, officer_id, account, None, terminal=terminal)
    return (await _begin(tx, account, terminal=terminal)).officer


async def _record_attempt(
    tx: Transaction, officer_id: str, account: Account | None, refusal: SignInRefusal | None, *, terminal: str
) -> None:
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


async def _refuse(tx: Transaction, account: Account | None, *, matches: bool, otp: str | None) -> SignInRefusal | None:
    if account is None:
        return SignInRefusal.WRONG_CREDENTIALS
    if account.locked_until is not None and account.locked_until > tx.now:
        return SignInRefusal.LOCKED
    if not matches:
        await _count_failure(tx, account)
        return SignInRefusal.WRONG_CREDENTIALS
    if account.totp_secret and not await _takes_code(tx, account, account.totp_secret, otp):
        await _count_failure(tx, account)
        return SignInRefusal.WRONG_SECOND_FACTOR
    return SignInRefusal.SUSPENDED if account.suspended_at else None


async def _takes_code(tx: Transaction, account: Account, secret: str, otp: str | None) -> bool:
    """Check a one-time code and use it up."""
    step = second_factor_step(secret, otp, now=tx.now, after=account.second_factor_step)
    if step is None:
        return False
    await store.use_second_factor(tx, officer=account.id, step=step)
    return True


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
    return SignedIn(officer=officer, previous=previous, started_at=tx.now)


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
