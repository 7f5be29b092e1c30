"""Named queries of access; touched by this room alone."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from birthreg.access.models import (
    Account,
    OfficerCount,
    OfficerRow,
    OfficerVersion,
    Organization,
    PreviousSession,
    Role,
    Scope,
    Secret,
    SessionId,
    Standing,
    Suspension,
)
from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries

_SQL = load_queries("access")


async def find_secret(tx: Transaction, *, officer: str) -> Secret | None:
    """Return what the password is compared with, or None."""
    return await tx.one(_SQL["find_secret"], Secret, id=officer)


async def use_second_factor(tx: Transaction, *, officer: str, step: int) -> None:
    """Let the codes up to this time step be taken no more."""
    await tx.execute(_SQL["use_second_factor"], id=officer, step=step)


async def find_account(tx: Transaction, *, officer: str) -> Account | None:
    """Return the account, locked, or None."""
    return await tx.one(_SQL["find_account"], Account, id=officer)


async def record_attempt(tx: Transaction, *, officer: str, failed_attempts: int, locked_until: datetime | None) -> None:
    """Keep how many attempts failed in a row."""
    await tx.execute(_SQL["record_attempt"], id=officer, failed_attempts=failed_attempts, locked_until=locked_until)


async def open_session(tx: Transaction, *, session: UUID, officer: str, terminal: str, expires_at: datetime) -> None:
    """Begin a session."""
    await tx.execute(_SQL["open_session"], id=session, officer=officer, terminal=terminal, expires_at=expires_at)


async def find_previous_session(tx: Transaction, *, officer: str, session: UUID) -> PreviousSession | None:
    """Return the session before this one."""
    return await tx.one(_SQL["find_previous_session"], PreviousSession, officer=officer, id=session)


async def end_session(tx: Transaction, *, session: UUID) -> bool:
    """End one session; False when it had ended."""
    return await tx.execute(_SQL["end_session"], id=session) == 1


async def end_sessions_of(tx: Transaction, *, officer: str) -> int:
    """End every open session of an officer and return how many there were."""
    return await tx.execute(_SQL["end_sessions_of"], officer=officer)


async def find_standing(tx: Transaction, *, session: UUID) -> Standing | None:
    """Return the session's standing, or None when it stands no longer."""
    return await tx.one(_SQL["find_standing"], Standing, id=session)


async def list_standing(tx: Transaction, *, sessions: Iterable[UUID]) -> set[UUID]:
    """Return which of these sessions still stand."""
    return {found.id for found in await tx.all(_SQL["list_standing"], SessionId, ids=list(sessions))}


async def insert_organization(tx: Transaction, *, code: str, name: str) -> None:
    """Name an organisation that has no name yet."""
    await tx.execute(_SQL["insert_organization"], code=code, name=name)


async def insert_officer(
    tx: Transaction,
    *,
    officer: str,
    name: str,
    role: Role,
    organization: str,
    password_hash: str,
    totp_secret: str | None,
    demonstration: bool,
) -> bool:
    """Admit an officer; False when the identifier is taken."""
    return (
        await tx.execute(
            _SQL["insert_officer"],
            id=officer,
            name=name,
            role=role,
            organization=organization,
            password_hash=password_hash,
            totp_secret=totp_secret,
            demonstration=demonstration,
        )
        == 1
    )


async def set_password(tx: Transaction, *, officer: str, password_hash: str, totp_secret: str | None) -> None:
    """Replace the secrets of an officer."""
    await tx.execute(_SQL["set_password"], id=officer, password_hash=password_hash, totp_secret=totp_secret)


async def suspend_officer(tx: Transaction, *, scope: Scope, officer: str) -> bool:
    """Suspend; False when already suspended."""
    return await tx.execute(_SQL["suspend_officer"], id=officer, scope=scope.patterns) == 1


async def reinstate_officer(tx: Transaction, *, scope: Scope, officer: str) -> bool:
    """Reinstate; False when neither suspended nor locked."""
    return await tx.execute(_SQL["reinstate_officer"], id=officer, scope=scope.patterns) == 1


async def is_suspended(tx: Transaction, *, officer: str) -> bool:
    """Say whether an officer is suspended; somebody who is no officer isn't."""
    return await tx.one(_SQL["find_suspension"], Suspension, id=officer) is not None


async def lock_officer(tx: Transaction, *, scope: Scope, officer: str) -> OfficerVersion | None:
    """Hold an officer inside the scope and return the version there is."""
    return await tx.one(_SQL["lock_officer"], OfficerVersion, id=officer, scope=scope.patterns)


async def find_officer(tx: Transaction, *, scope: Scope, officer: str) -> OfficerRow | None:
    """Return one officer inside the scope."""
    return await tx.one(_SQL["find_officer"], OfficerRow, id=officer, scope=scope.patterns)


async def list_officers(tx: Transaction, *, scope: Scope, after: str, limit: int) -> list[OfficerRow]:
    """Return officers inside the scope, after an identifier."""
    return await tx.all(_SQL["list_officers"], OfficerRow, scope=scope.patterns, after=after, limit=limit)


async def count_officers(tx: Transaction) -> OfficerCount:
    """Count the officers."""
    return await tx.one(_SQL["count_officers"], OfficerCount) or OfficerCount(0, 0)


async def find_organization(tx: Transaction, *, code: str) -> Organization | None:
    """Return an organisation, or None."""
    return await tx.one(_SQL["find_organization"], Organization, code=code)
