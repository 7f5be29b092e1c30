"""`birthreg audit verify`, `birthreg audit head`: is the trail whole, and what to publish of it."""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from birthreg.cli.commands import Commands
from birthreg.cli.failures import WrongArgument, complain
from birthreg.cli.key_sets import read_key_set
from birthreg.kernel.language import Text
from birthreg.settings import read_settings

if TYPE_CHECKING:
    from birthreg.audit.models import Break, PublishedHead, Report
    from birthreg.kernel.public_keys import PublicKeys


def add_commands(commands: Commands) -> None:
    """Add the commands over the trail."""
    audit = commands.group(
        "audit", sentence=Text("审计记录与封存链", "the trail and its chain of seals"), example="birthreg audit verify"
    )
    verify = audit.add(
        "verify",
        sentence=Text(
            "核对封存链:指出被改动、删除或事后插入的记录",
            "walk the chain and name what was changed, removed or inserted",
        ),
        example="birthreg audit verify --head published-head.json --keys jwks.json",
        run=run_verify,
    )
    verify.add_argument("--head", type=Path, metavar="FILE", help="曾对外公布的链头 · a head that was published before")
    verify.add_argument(
        "--keys", type=Path, metavar="JWKS", help="只信任此文件中的公钥 · believe the public keys of this file alone"
    )
    audit.add(
        "head",
        sentence=Text("输出最新链头(JSON),供对外公布", "print the latest head as JSON, to publish outside"),
        example="birthreg audit head > published-head.json",
        run=run_head,
    )


def run_verify(arguments: argparse.Namespace) -> int:
    """Walk the chain; 0 when it holds, 1 when it doesn't."""
    report = asyncio.run(_check(_read_head(arguments.head), _read_keys(arguments.keys)))
    for found in report.breaks:
        print(_tell_break(found))
    if report.broken > len(report.breaks):
        more = report.broken - len(report.breaks)
        print(f"另有 {more} 处未列出 · and {more} more")
    _tell_outcome(report)
    return 1 if report.broken else 0


def run_head(_arguments: argparse.Namespace) -> int:
    """Print the newest seal's head."""
    import msgspec

    head = asyncio.run(_find_head())
    if head is None:
        complain("尚无封存记录,请先启动服务 · nothing is sealed yet, start the service first")
        return 1
    print(msgspec.json.encode(head).decode())
    return 0


async def _check(published: "PublishedHead | None", trusted: "PublicKeys | None") -> "Report":
    from rich.console import Console
    from rich.progress import Progress

    from birthreg.audit.checking import check_chain
    from birthreg.cli.databases import open_database

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("核对 · checking", total=None)
        async with open_database(read_settings()) as database:
            return await check_chain(
                database,
                trusted=trusted,
                published=published,
                progress=lambda done, of: bar.update(task, completed=done, total=of),
            )


async def _find_head() -> "PublishedHead | None":
    from birthreg.audit.rules import publish
    from birthreg.audit.service import find_last_seal
    from birthreg.cli.databases import open_database

    async with open_database(read_settings()) as database, database.transaction() as tx:
        seal = await find_last_seal(tx)
        return None if seal is None else publish(seal)


def _read_head(file: Path | None) -> "PublishedHead | None":
    import msgspec

    from birthreg.audit.models import PublishedHead

    try:
        return None if file is None else msgspec.json.decode(file.read_bytes(), type=PublishedHead)
    except ValueError as error:
        raise WrongArgument(
            Text(
                f"{file} 不是 birthreg audit head 输出的链头",
                f"{file} is no head as birthreg audit head prints it: {error}",
            )
        ) from error


def _read_keys(file: Path | None) -> "PublicKeys | None":
    return None if file is None else read_key_set(file)


def _tell_break(found: "Break") -> str:
    from birthreg.audit.models import FAULTS

    said = FAULTS[found.fault]
    entry = "" if found.entry is None else f" {found.trail} {found.entry}"
    return f"封存 {found.seal}:{said.zh}{entry} · seal {found.seal}: {said.en}{entry}"


def _tell_outcome(report: "Report") -> None:
    seals, entries = report.extent.seals, report.extent.entries
    if report.head is not None:
        print(f"链头 · head: {report.head.number} {report.head.head.hex()}")
    print(
        f"封存 {seals} 次,记录 {entries} 条,其中按保留期限清除 {report.purged} 条;尚未封存 {report.unsealed} 条"
        f" · {seals} seals over {entries} entries, {report.purged} of them purged; {report.unsealed} not yet sealed"
    )
    if report.broken:
        print(f"不完整:{report.broken} 处 · NOT whole: broken in {report.broken} places")
    else:
        print("完整 · whole")
