"""`birthreg verify`: look numbers up at the terminal of the server, recorded like every look-up."""

import argparse
import asyncio
import os
import pwd
import socket
import sys
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from birthreg.cli.commands import Commands
from birthreg.cli.failures import WrongArgument
from birthreg.kernel.language import Language, Text
from birthreg.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from birthreg.access.models import Officer, OfficerRow
    from birthreg.kernel.database import Database, Transaction
    from birthreg.verification.models import Verdict

_PURPOSES = ("birth_registration", "late_registration", "back_fill", "investigation", "audit", "exchange")
_PART = 2_500
"""Numbers shown together; a file of any length passes through in such parts."""

_WIDTH = 120
"""Columns of a table that goes into a file or a pipe."""


def add_commands(commands: Commands) -> None:
    """Add the command that verifies."""
    verify = commands.add(
        "verify",
        sentence=Text(
            "在服务器终端核验编号;全部可登记返回 0,否则返回 1",
            "verify numbers at the terminal; 0 when all may be registered, else 1",
        ),
        example="birthreg verify X420100001 X420100003 --officer admin.wuhan --purpose investigation",
        run=run_verify,
    )
    verify.add_argument("number", nargs="*", metavar="NUMBER", help="编号,原样输入 · numbers as typed")
    verify.add_argument(
        "--file",
        type=Path,
        help="CSV 或 XLSX,编号在 certificate_number 列或第一列 · numbers in column certificate_number, or the first",
    )
    verify.add_argument(
        "--officer", required=True, metavar="ID", help="以谁的名义查询,记入审计 · who asks; it is recorded"
    )
    verify.add_argument("--on-behalf-of", metavar="ID", help="系统客户端代谁查询 · for whom a machine client asks")
    verify.add_argument(
        "--purpose",
        choices=_PURPOSES,
        default="birth_registration",
        metavar="PURPOSE",
        help=f"用途,默认 birth_registration · why, one of {', '.join(_PURPOSES)}",
    )
    verify.add_argument("--json", action="store_true", help="每行一个 JSON · one JSON per line")
    verify.add_argument(
        "--language", choices=[language.value for language in Language], default="zh-CN", help="文字 · of the texts"
    )


def run_verify(arguments: argparse.Namespace) -> int:
    """Verify, show, and say by the exit code whether all may be registered."""
    if bool(arguments.number) == (arguments.file is not None):
        raise WrongArgument(
            Text("请给出编号或 --file 之一", "give either numbers or --file, as birthreg verify --help shows")
        )
    count = sum(1 for _ in _rows(arguments))
    if not count:
        raise WrongArgument(Text(f"{arguments.file} 中没有编号", f"there is no number in {arguments.file}"))
    verdicts = asyncio.run(_verify(arguments, count=count))
    if not arguments.json and count > 1:
        print(" · ".join(f"{kind} {times}" for kind, times in verdicts.most_common()))
    return 0 if verdicts.keys() <= {"clear", "review"} else 1


def _rows(arguments: argparse.Namespace) -> "Iterator[tuple[str, str | None]]":
    """Yield each number with its reference."""
    from birthreg.verification.files import LARGEST_CELL, read_rows

    if arguments.file is not None:
        yield from read_rows(arguments.file)
    for number in arguments.number:
        yield number[:LARGEST_CELL], None


async def _verify(arguments: argparse.Namespace, *, count: int) -> Counter[str]:
    """Verify part by part and return how often each verdict was given."""
    from birthreg.cli.databases import open_database
    from birthreg.kernel.identifiers import new_id
    from birthreg.verification.batches import SIDE_BY_SIDE, verify_in_groups
    from birthreg.verification.models import Purpose
    from birthreg.verification.service import Grammars, ask, asker_of, tell

    language, grammars, batch = Language(arguments.language), Grammars(), new_id()
    places = asyncio.Semaphore(SIDE_BY_SIDE)
    rows, verdicts = _rows(arguments), Counter[str]()
    async with open_database(read_settings()) as database:
        officer = await _let_in(database, arguments, count=count)
        # No session: who may ask was settled when the command began.
        asker = asker_of(
            officer, purpose=Purpose(arguments.purpose), terminal=socket.gethostname(),
            on_behalf_of=arguments.on_behalf_of, batch=batch, in_session=False,
        )  # fmt: skip
        while part := list(islice(rows, _PART)):
            askings = [ask(asker, typed, reference) for typed, reference in part]
            lookups = await verify_in_groups(database, askings, grammars=grammars, places=places)
            told = [tell(lookup, language=language, receipt=None) for lookup in lookups]
            verdicts.update(verdict.verdict.value for verdict in told)
            (_print_json if arguments.json else _print_table)(told)
    return verdicts


async def _let_in(database: "Database", arguments: argparse.Namespace, *, count: int) -> "Officer":
    """Find the officer in whose name is asked, and put on the trail that it is asked here, by whom."""
    from birthreg.access.models import Act, Officer, Role
    from birthreg.access.service import permit
    from birthreg.kernel.identifiers import new_id

    async with database.transaction() as tx:
        row = await _find_officer(tx, arguments.officer)
        if (row.role is Role.MACHINE_CLIENT) != (arguments.on_behalf_of is not None):
            raise WrongArgument(
                Text(
                    "系统客户端须用 --on-behalf-of 注明代谁查询,民警不得代查",
                    "--on-behalf-of is for machine clients, who must give it, and for nobody else",
                )
            )
        officer = Officer(
            id=row.id,
            name=row.name,
            role=row.role,
            organization=row.organization,
            organization_name=row.organization_name,
            session=new_id(),
        )
        act = Act.VERIFY if count == 1 else Act.VERIFY_MANY
        await permit(tx, officer, act=act, terminal=socket.gethostname())
        await _record(tx, officer, purpose=arguments.purpose, count=count)
    return officer


async def _find_officer(tx: "Transaction", officer: str) -> "OfficerRow":
    from birthreg.access.models import Act
    from birthreg.access.service import OfficerNotFound, find_officer
    from birthreg.cli.officers import scope_of_operator

    try:
        row = await find_officer(tx, scope=scope_of_operator(Act.READ_OFFICERS), officer=officer)
    except OfficerNotFound as error:
        raise WrongArgument(
            Text(f"没有账号 {officer},请核对 --officer", f"there is no officer {officer}; check --officer")
        ) from error
    if row.suspended_at is not None:
        raise WrongArgument(
            Text(f"账号 {officer} 已停用,请换用其他账号", f"the officer {officer} is suspended; name another")
        )
    return row


async def _record(tx: "Transaction", officer: "Officer", *, purpose: str, count: int) -> None:
    from birthreg.audit.models import Operation
    from birthreg.audit.service import record
    from birthreg.cli.officers import OPERATOR

    await record(
        tx,
        officer=OPERATOR,
        organization=officer.organization,
        terminal=socket.gethostname(),
        operation=Operation.QUERY,
        act="verify_at_terminal",
        object="officer",
        key=officer.id,
        condition=purpose,
        count=count,
        detail={"user": _user()},
    )


def _user() -> str:
    """Return who runs this command, as the operating system knows it."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _print_json(told: "Sequence[Verdict]") -> None:
    import msgspec

    for verdict in told:
        print(msgspec.json.encode(verdict).decode())


def _print_table(told: "Sequence[Verdict]") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text as Cell

    table = Table("编号 · number", "结论 · verdict", "说明 · reasons and next step", show_lines=True)
    for verdict in told:
        lines = [*(reason.message for reason in verdict.reasons), verdict.next_step]
        style = "green" if verdict.verdict == "clear" else "yellow" if verdict.may_register else "red"
        table.add_row(
            Cell(_printable(verdict.typed)), Cell(verdict.verdict, style), Cell("\n".join(map(_printable, lines)))
        )
    Console(width=None if sys.stdout.isatty() else _WIDTH).print(table)


def _printable(text: str) -> str:
    """What was typed may hold anything, and a terminal obeys control characters."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
