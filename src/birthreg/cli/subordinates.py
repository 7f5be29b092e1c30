"""`birthreg subordinate add|list|end`: whose filings this instance receives."""

import argparse
import asyncio
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from birthreg.cli.commands import Commands
from birthreg.cli.officers import OPERATOR, organization_code, reason_text
from birthreg.kernel.language import Text
from birthreg.settings import read_settings

if TYPE_CHECKING:
    from birthreg.filing.delivery_models import EndedKey, Subordinate


def add_commands(commands: Commands) -> None:
    """Add the commands over subordinates."""
    group = commands.group(
        "subordinate",
        sentence=Text("下级:登记、列表、终止", "instances of the level below: add, list, end"),
        example="birthreg subordinate list",
    )
    add = group.add(
        "add",
        sentence=Text("登记下级及其备案公钥", "receive filings that are signed with a key"),
        example="birthreg subordinate add 420100000000 --name 武汉市公安局 --keys wuhan.jwks.json",
        run=run_add,
    )
    add.add_argument(
        "organization", type=organization_code, metavar="CODE", help="12 位机构代码 · its twelve digits (GA 380)"
    )
    add.add_argument("--name", required=True, help="机构名称 · its name")
    add.add_argument(
        "--keys",
        required=True,
        type=Path,
        metavar="FILE",
        help="下级 birthreg key show filing 的输出 · what `birthreg key show filing` printed there",
    )
    group.add(
        "list",
        sentence=Text("已登记的下级", "the instances below and their keys"),
        example="birthreg subordinate list",
        run=run_list,
    )
    end = group.add(
        "end",
        sentence=Text("终止公钥或下级,立即生效", "accept a key, or every key of an organisation, no more"),
        example="birthreg subordinate end 420100000000 --reason 机构撤并",
        run=run_end,
    )
    end.add_argument("named", metavar="KEY|CODE", help="公钥标识或机构代码 · a key's id or an organisation's code")
    end.add_argument("--reason", required=True, type=reason_text, help="原因,记入审计 · why, kept on the trail")


def run_add(arguments: argparse.Namespace) -> int:
    """Make an instance below known by its keys."""
    for key in asyncio.run(_add(arguments.organization, arguments.name, arguments.keys.read_bytes())):
        print(f"已登记 · added: {arguments.organization} {arguments.name} {key}")
    return 0


def run_list(_arguments: argparse.Namespace) -> int:
    """Print the instances below, a key a line."""
    for one in asyncio.run(_list()):
        ended = f"终止于 · ended {one.ended_at:%Y-%m-%d %H:%M}" if one.ended_at else "有效 · in use"
        print(f"{one.organization}  {one.key_id}  {one.added_at:%Y-%m-%d}  {ended}  {one.name}")
    return 0


def run_end(arguments: argparse.Namespace) -> int:
    """End a key, or every key of an organisation."""
    for key in asyncio.run(_end(arguments.named, arguments.reason)):
        print(f"已终止 · ended: {key.organization} {key.key_id}")
    return 0


async def _add(organization: str, name: str, document: bytes) -> list[str]:
    from birthreg.cli.databases import open_database
    from birthreg.filing.subordinates import add_subordinate
    from birthreg.kernel.public_keys import read_jwks

    keys = read_jwks(document).values()
    async with open_database(read_settings()) as database, database.transaction() as tx:
        return await add_subordinate(
            tx, organization=organization, name=name, keys=keys, by=OPERATOR, terminal=socket.gethostname()
        )


async def _list() -> "list[Subordinate]":
    from birthreg.cli.databases import open_database
    from birthreg.filing.subordinates import list_subordinates

    async with open_database(read_settings()) as database, database.transaction() as tx:
        return await list_subordinates(tx)


async def _end(named: str, reason: str) -> "list[EndedKey]":
    from birthreg.cli.databases import open_database
    from birthreg.filing.subordinates import end_subordinate

    async with open_database(read_settings()) as database, database.transaction() as tx:
        return await end_subordinate(tx, named=named, reason=reason, by=OPERATOR, terminal=socket.gethostname())
