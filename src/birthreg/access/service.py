"""One function per act: admit and suspend officers, and the guard of every other act."""

from collections.abc import Iterable
from uuid import UUID

from birthreg.access import store
from birthreg.access.models import Act, Officer, OfficerRow, Organization, Role, Scope, Standing
from birthreg.access.names import ACT_NAMES, ROLE_NAMES, name_of
from birthreg.access.passwords import hash_password, new_password, new_totp_secret
from birthreg.access.rules import reach_of
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import (
    Conflict,
    NotFound,
    NotPermitted,
    Unauthenticated,
    field_error,
)
from birthreg.kernel.language import Text


class SessionEnded(Unauthenticated):
    """登录已结束(退出、停用或超过 12 小时)。

    The session has ended (signed out, suspended or older than 12 hours).
    """


class OfficerExists(Conflict):
    """账号 {officer} 已存在。

    The officer id {officer} is taken.
    """

    remedy = Text("请换用其他账号名。", "Choose another id.")


class OrganizationUnknown(NotFound):
    """没有代码为 {organization} 的机构。

    No organisation has the code {organization}.
    """

    remedy = Text("请核对 12 位机构代码,或先登记该机构。", "Check the 12 digits, or make the organisation known first.")


class OfficerNotFound(NotFound):
    """没有这个账号,或不在您的管辖范围内。

    No such officer, or outside your jurisdiction.
    """


async def require_standing(tx: Transaction, *, session: UUID) -> Standing:
    """Make sure, in the act's own transaction, that the session still stands.

    Raises:
        SessionEnded: signed out, suspended, or the shift is over.
    """
    standing = await store.find_standing(tx, session=session)
    if standing is None:
        raise SessionEnded
    return standing


async def list_standing(tx: Transaction, *, sessions: Iterable[UUID]) -> set[UUID]:
    """Return which of these sessions still stand, for what goes on long after its door was opened."""
    return await store.list_standing(tx, sessions=sessions)


async def permit(tx: Transaction, officer: Officer, *, act: Act, terminal: str) -> Scope:
    """Return the scope in which the officer may do this act.

    Asked before anything is written: a refusal stands on the trail, and with it all that its transaction wrote.

    Raises:
        NotPermitted: the role may not.
    """
    scope = reach_of(officer, act)
    if scope is not None:
        return scope
    await record(
        tx,
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
    raise NotPermitted(role=name_of(ROLE_NAMES, officer.role), act=name_of(ACT_NAMES, act))


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


async def require_organization(tx: Transaction, *, code: str) -> Organization:
    """Return a known organisation.

    Raises:
        OrganizationUnknown: there is none with this code.
    """
    found = await store.find_organization(tx, code=code)
    if found is None:
        raise OrganizationUnknown(organization=code)
    return found


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
    await record_officer(
        tx, by=by, organization=organization, operation=Operation.ADD, act="admit_officer", officer=officer
    )
    return secret


async def record_officer(
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
    """Write on the trail what was done to an officer, and by whom."""
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
    password_hash = await hash_password(password)
    account = await store.find_account(tx, officer=officer)
    if account is None:
        raise OfficerNotFound
    secret = new_totp_secret() if second_factor else None
    await store.set_password(tx, officer=officer, password_hash=password_hash, totp_secret=secret)
    await store.end_sessions_of(tx, officer=officer)
    await record_officer(
        tx, by=by, organization=account.organization, operation=Operation.CHANGE, act="reset_officer",
        officer=officer,
    )  # fmt: skip
    return secret


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
