"""`birthreg import`: bring a file of usages, issuances or void numbers in."""

import argparse
import asyncio
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from birthreg.cli.commands import Commands
from birthreg.cli.databases import open_database
from birthreg.cli.failures import WrongArgument, complain
from birthreg.kernel.language import Text
from birthreg.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from birthreg.imports.models import Import
    from birthreg.kernel.database import Database

_OPERATOR = "operator"
_TERMINAL = "terminal"
_KINDS = {
    "usage": Text("使用记录", "used numbers"),
    "issuances": Text("签发记录", "issued certificates"),
    "blacklist": Text("作废编号与号段", "void numbers and ranges"),
}


def add_commands(commands: Commands) -> None:
    """Add the commands that bring files in."""
    group = commands.group(
        "import",
        sentence=Text("导入文件(CSV、XLSX)", "bring a file in (CSV, XLSX)"),
        example="birthreg import usage usage.csv",
    )
    for kind, what in _KINDS.items():
        needs_organization = kind == "blacklist"
        option = " --organization 420100000000" if needs_organization else ""
        command = group.add(
            kind,
            sentence=Text(
                f"导入{what.zh};中断后再次执行即从断点继续",
                f"bring in {what.en}; once interrupted, the same command goes on from there",
            ),
            example=f"birthreg import {kind} {kind}.csv{option}",
            run=run_import,
        )
        command.set_defaults(kind=kind)
        command.add_argument("file", type=Path, help="CSV(UTF-8 或 GB18030)或 XLSX · CSV (UTF-8, GB18030) or XLSX")
        command.add_argument(
            "--organization",
            metavar="CODE",
            required=needs_organization,
            default="-",
            help="导入机构的 12 位代码 · 12 digits of the importing organisation",
        )
        command.add_argument(
            "--rejections",
            type=Path,
            metavar="FILE",
            help="被拒绝的行写入此文件,默认 <文件>.rejected.csv · where refused rows go, <file>.rejected.csv",
        )


def run_import(arguments: argparse.Namespace) -> int:
    """Bring a file in; 0 when every row stands in the books, 1 when some or all don't."""
    file: Path = arguments.file
    if not file.stat().st_size:
        raise WrongArgument(Text(f"{file} 是空文件", f"{file} is empty"))
    report = arguments.rejections or file.with_name(f"{file.name}.rejected.csv")
    begin = time.monotonic()
    ended = asyncio.run(_bring_in(arguments.kind, file, arguments.organization, report))
    return _tell(ended, file=file, report=report, seconds=time.monotonic() - begin)


async def _bring_in(kind: str, file: Path, organization: str, report: Path) -> "Import":
    from birthreg.imports import service
    from birthreg.imports.reports import write_rejections

    async with open_database(read_settings()) as database:
        import_id = await _start(database, kind, file, organization)
        with _progress(file) as watch:
            ended = await service.run_import(database, import_id=import_id, path=file, on_progress=watch)
        if ended.rows_rejected:
            await write_rejections(database, import_id=import_id, path=report)
    return ended


async def _start(database: "Database", kind: str, file: Path, organization: str) -> "UUID":
    """Go on with the import of this very file, or begin one."""
    from birthreg.imports import service
    from birthreg.imports.models import Kind, NewImport
    from birthreg.imports.reading import digest_file
    from birthreg.kernel.identifiers import new_id

    asked = NewImport(
        id=new_id(),
        kind=Kind(kind),
        officer=_OPERATOR,
        organization=organization,
        terminal=_TERMINAL,
        reach=("%",),
        file_name=file.name,
        file_digest=await asyncio.to_thread(digest_file, file),
        bytes_total=await asyncio.to_thread(lambda: file.stat().st_size),
    )
    while True:
        async with database.transaction() as tx:
            interrupted = await service.find_interrupted(tx, asked)
            if interrupted is None:
                return await service.start_import(tx, asked)
            seconds = (interrupted.lease_until - tx.now).total_seconds() if interrupted.lease_until else 0.0
        if seconds <= 0:
            line = interrupted.lines_done + 1
            complain(f"从第 {line} 行继续 · going on from line {line}")
            return interrupted.id
        complain(
            f"另一进程正在导入该文件,{seconds:.0f} 秒后再看 · another process has this file, waiting {seconds:.0f} s"
        )
        await asyncio.sleep(seconds + 0.1)


@contextmanager
def _progress(file: Path) -> "Iterator[Callable[[Import], None]]":
    """Show a bar where somebody watches."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn(
            "新增 new {task.fields[new]:,} · 相同 same {task.fields[same]:,} · 拒绝 rejected {task.fields[rejected]:,}"
        ),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(file.name, total=None, new=0, same=0, rejected=0)

        def watch(progress: "Import") -> None:
            bar.update(
                task,
                completed=progress.bytes_done,
                total=progress.bytes_total,
                new=progress.rows_new,
                same=progress.rows_same,
                rejected=progress.rows_rejected,
            )

        yield watch


def _tell(ended: "Import", *, file: Path, report: Path, seconds: float) -> int:
    if ended.error_message is not None:
        complain(f"{file}: {ended.error_message.zh} · {ended.error_message.en}")
        return 1
    rows = ended.rows_new + ended.rows_same + ended.rows_rejected
    print(
        f"{file}: 新增 new {ended.rows_new:,} · 相同 same {ended.rows_same:,} · 拒绝 rejected {ended.rows_rejected:,}"
        f" · {seconds:.1f} s · {rows / max(seconds, 0.001):,.0f} 行/秒 rows/s"
    )
    if ended.columns_not_kept:
        print(f"未保存的列 · columns not kept: {', '.join(ended.columns_not_kept)}")
    if ended.rows_rejected:
        complain(f"被拒绝的行及原因见 · refused rows and reasons are in {report}")
        return 1
    return 0
