"""`birthreg export`: write the list of void numbers into a file."""

import argparse
import asyncio
from pathlib import Path

from birthreg.cli.commands import Commands
from birthreg.cli.databases import open_database
from birthreg.cli.failures import WrongArgument
from birthreg.kernel.language import Text
from birthreg.settings import read_settings

_EVERYWHERE = "000000000000"


def add_commands(commands: Commands) -> None:
    """Add the commands that take data out."""
    group = commands.group(
        "export",
        sentence=Text("导出文件(CSV)", "write a file (CSV)"),
        example="birthreg export blacklist list.csv",
    )
    command = group.add(
        "blacklist",
        sentence=Text(
            "导出有效的作废编号与号段;格式与导入相同,再导入不产生变化",
            "write the void numbers and ranges in force, as they are imported; imported again they change nothing",
        ),
        example="birthreg export blacklist list.csv --organization 420100000000",
        run=run_export,
    )
    command.add_argument("file", type=Path, help="写入的 CSV 文件(UTF-8) · the CSV to write (UTF-8)")
    command.add_argument(
        "--organization",
        metavar="CODE",
        default=_EVERYWHERE,
        help="只导出此机构及其下级的条目 · only the entries of this organisation and of those below it",
    )


def run_export(arguments: argparse.Namespace) -> int:
    """Write the list into a file; 0 when it is whole."""
    entries = asyncio.run(_export(arguments.file, arguments.organization))
    print(f"{arguments.file}: 条目 entries {entries:,}")
    return 0


async def _export(file: Path, organization: str) -> int:
    from birthreg.access.rules import scope_of
    from birthreg.blacklist.exporting import export_entries, record_operators_export

    if not (len(organization) == 12 and organization.isascii() and organization.isdigit()):
        raise WrongArgument(Text("机构代码应为 12 位数字", "an organisation code has 12 digits"))
    entries = -1
    async with open_database(read_settings()) as database:
        async with database.transaction() as tx:
            await record_operators_export(tx)
        partial = file.with_name(f"{file.name}.part")
        with partial.open("wb") as out:
            async for piece in export_entries(database, scope=scope_of(organization)):
                entries += piece.count(b"\r\n")
                out.write(piece)
        partial.replace(file)
    return entries
