"""`birthreg officer add|disable|reset`: who may sign in, decided at the terminal of the server."""

import argparse
import asyncio
import re
import socket
from typing import TYPE_CHECKING

from birthreg.cli.commands import Commands
from birthreg.cli.failures import WrongArgument
from birthreg.kernel.language import Text
from birthreg.settings import read_settings

if TYPE_CHECKING:
    from birthreg.access.models import Act, Officer, OfficerRow, Scope

OPERATOR = "operator"
"""Stands on the trail for who works at the server's terminal."""

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
_ROLES = (
    "clerk", "prefecture_admin", "province_admin", "investigator", "lead_investigator", "auditor", "security_admin",
    "machine_client",
)  # fmt: skip


def add_commands(commands: Commands) -> None:
    """Add the commands over officers."""
    group = commands.group(
        "officer",
        sentence=Text("账号:新增、停用、重置", "officers: add, disable, reset"),
        example="birthreg officer disable clerk.wuchang --reason 调离",
    )
    _add_add(group)
    disable = group.add(
        "disable",
        sentence=Text("停用账号,立即生效", "suspend an officer at once; open sessions end"),
        example="birthreg officer disable clerk.wuchang --reason 调离",
        run=run_disable,
    )
    disable.add_argument("officer", type=officer_id, metavar="ID", help="账号 · the officer's id")
    disable.add_argument("--reason", required=True, type=reason_text, help="原因,记入审计 · why, kept on the trail")
    reset = group.add(
        "reset",
        sentence=Text("重置密码,结束该账号的全部登录", "give a new password and end every session"),
        example="birthreg officer reset clerk.wuchang --otp",
        run=run_reset,
    )
    reset.add_argument("officer", type=officer_id, metavar="ID", help="账号 · the officer's id")
    _add_otp(reset)


def _add_add(group: Commands) -> None:
    add = group.add(
        "add",
        sentence=Text("新增账号,密码只显示一次", "admit an officer; the password is shown once"),
        example="birthreg officer add clerk.jianghan --name 王芳 --role clerk --organization 420103510000"
        " --organization-name 江汉分局民族街派出所 --otp",
        run=run_add,
    )
    add.add_argument("officer", type=officer_id, metavar="ID", help="账号:小写字母、数字、. _ - · the officer's id")
    add.add_argument("--name", required=True, help="姓名 · the officer's name")
    add.add_argument("--role", required=True, choices=_ROLES, metavar="ROLE", help=f"角色 · one of {', '.join(_ROLES)}")
    add.add_argument(
        "--organization",
        required=True,
        type=organization_code,
        metavar="CODE",
        help="12 位机构代码 · its twelve digits (GA 380)",
    )
    add.add_argument(
        "--organization-name",
        metavar="NAME",
        help="机构名称,机构首次出现时必填 · its name, needed when the organisation isn't known yet",
    )
    _add_otp(add)


def _add_otp(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--otp", action="store_true", help="启用动态口令 · switch the second factor (TOTP) on")


def operator() -> "Officer":
    """Return who works at the server's terminal, who may do what an administrator of the ministry may."""
    from birthreg.access.models import Officer, Role
    from birthreg.kernel.identifiers import new_id

    return Officer(
        id=OPERATOR, name=OPERATOR, role=Role.PROVINCE_ADMIN, organization="0" * 12, organization_name="",
        session=new_id(),
    )  # fmt: skip


def officer_id(text: str) -> str:
    """Read an officer's id."""
    if not _ID.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"账号为 2–64 个小写字母、数字或 . _ - · an id is 2–64 of a–z, 0–9, . _ -, not {text!r}"
        )
    return text


def organization_code(text: str) -> str:
    """Read an organisation's code."""
    if not re.fullmatch(r"[0-9]{12}", text):
        raise argparse.ArgumentTypeError(
            f"机构代码应为 12 位数字 · an organisation code has twelve digits, not {text!r}"
        )
    return text


def reason_text(text: str) -> str:
    """Read a reason."""
    if not 2 <= len(text.strip()) <= 500:
        raise argparse.ArgumentTypeError("原因应为 2–500 个字符 · a reason has 2 to 500 characters")
    return text.strip()


def run_add(arguments: argparse.Namespace) -> int:
    """Admit an officer and show the secrets this once."""
    password, otp_secret = asyncio.run(_add(arguments))
    _show_once(arguments.officer, password, otp_secret)
    return 0


def run_disable(arguments: argparse.Namespace) -> int:
    """Suspend an officer."""
    officer = asyncio.run(_disable(arguments.officer, arguments.reason))
    print(f"已停用 · suspended: {officer.id}({officer.name},{officer.organization_name})")
    return 0


def run_reset(arguments: argparse.Namespace) -> int:
    """Replace an officer's secrets and show the new ones this once."""
    password, otp_secret = asyncio.run(_reset(arguments.officer, second_factor=arguments.otp))
    _show_once(arguments.officer, password, otp_secret)
    return 0


async def _add(arguments: argparse.Namespace) -> tuple[str, str | None]:
    from birthreg.access.models import Role
    from birthreg.access.passwords import new_password
    from birthreg.access.service import admit_officer, name_organization
    from birthreg.cli.databases import open_database
    from birthreg.kernel.errors import NotFound

    password = new_password()
    async with open_database(read_settings()) as database, database.transaction() as tx:
        if arguments.organization_name:
            await name_organization(tx, code=arguments.organization, name=arguments.organization_name)
        try:
            otp_secret = await admit_officer(
                tx,
                officer=arguments.officer,
                name=arguments.name,
                role=Role(arguments.role),
                organization=arguments.organization,
                password=password,
                second_factor=arguments.otp,
            )
        except NotFound as error:
            raise _organization_unknown(arguments.organization) from error
    return password, otp_secret


def _organization_unknown(code: str) -> WrongArgument:
    return WrongArgument(
        Text(
            f"机构 {code} 尚未登记,请用 --organization-name 给出名称",
            f"the organisation {code} isn't known yet: give its name as --organization-name",
        )
    )


async def _disable(officer: str, reason: str) -> "OfficerRow":
    from birthreg.access.models import Act
    from birthreg.access.service import find_officer
    from birthreg.access.suspensions import suspend
    from birthreg.cli.databases import open_database

    scope = scope_of_operator(Act.SUSPEND_OFFICERS)
    async with open_database(read_settings()) as database, database.transaction() as tx:
        found = await find_officer(tx, scope=scope, officer=officer)
        return await suspend(
            tx,
            scope=scope,
            officer=officer,
            by=OPERATOR,
            organization=found.organization,  # whose auditors are to see it
            terminal=socket.gethostname(),
            reason=reason,
        )


async def _reset(officer: str, *, second_factor: bool) -> tuple[str, str | None]:
    from birthreg.access.passwords import new_password
    from birthreg.access.service import reset_officer
    from birthreg.cli.databases import open_database

    password = new_password()
    async with open_database(read_settings()) as database, database.transaction() as tx:
        return password, await reset_officer(tx, officer=officer, password=password, second_factor=second_factor)


def scope_of_operator(act: "Act") -> "Scope":
    """Return how far an act reaches for who works at the server's terminal.

    By the policy table it is a security administrator of the ministry: all officers, no business data.
    """
    from birthreg.access.models import Officer, Role
    from birthreg.access.names import ACT_NAMES, ROLE_NAMES, name_of
    from birthreg.access.rules import reach_of
    from birthreg.kernel.errors import NotPermitted
    from birthreg.kernel.identifiers import new_id

    operator = Officer(
        id=OPERATOR,
        name=OPERATOR,
        role=Role.SECURITY_ADMIN,
        organization="000000000000",
        organization_name="",
        session=new_id(),
    )
    scope = reach_of(operator, act)
    if scope is None:
        raise NotPermitted(role=name_of(ROLE_NAMES, operator.role), act=name_of(ACT_NAMES, act))
    return scope


def _show_once(officer: str, password: str, otp_secret: str | None) -> None:
    print(f"账号 · officer: {officer}")
    print(f"密码(仅显示这一次) · password (shown only this once): {password}")
    if otp_secret is not None:
        print(f"动态口令密钥(仅显示这一次) · second factor (shown only this once): {otp_secret}")
