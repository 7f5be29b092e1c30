"""`birthreg faces calibrate|list`: how scores of faces are read, by a study."""

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from birthreg.cli.commands import Commands
from birthreg.cli.databases import open_database
from birthreg.cli.failures import WrongArgument
from birthreg.cli.officers import operator
from birthreg.kernel.language import Text
from birthreg.settings import read_settings

if TYPE_CHECKING:
    from birthreg.documents.models import Calibration, NewCalibration
    from birthreg.kernel.errors import FieldError

_TERMINAL = "terminal"


def add_commands(commands: Commands) -> None:
    """Add the commands over calibrations."""
    group = commands.group(
        "faces",
        sentence=Text("人脸比对分数的校准", "how scores of faces are read"),
        example="birthreg faces list",
    )
    calibrate = group.add(
        "calibrate",
        sentence=Text("录入研究结果,自生效时间起按其解释分数", "let a study say how scores are read from a moment on"),
        example="birthreg faces calibrate study.json",
        run=run_calibrate,
    )
    calibrate.add_argument("file", type=Path, metavar="FILE", help="格式见运行手册“人脸” · as the operating guide says")
    group.add(
        "list",
        sentence=Text("历次校准,最新的在前", "the calibrations, the latest first"),
        example="birthreg faces list",
        run=run_list,
    )


def run_calibrate(arguments: argparse.Namespace) -> int:
    """Enter a study."""
    print(f"已录入 · entered: {asyncio.run(_calibrate(_read_study(arguments.file)))}")
    return 0


def run_list(_arguments: argparse.Namespace) -> int:
    """Print the calibrations, one a line."""
    for one in asyncio.run(_list()):
        on = "儿童 · children" if one.for_children else "未经儿童校准 · uncalibrated for children"
        begin = f"{one.in_force_from:%Y-%m-%dT%H:%M:%SZ}"
        print(f"{one.id}  {begin}  {one.list_from:.2f}  {one.strong_from:.2f}  {on}  {one.study}")
    return 0


def _read_study(file: Path) -> "NewCalibration":
    from birthreg.documents.models import NewCalibration

    try:
        return msgspec.json.decode(file.read_bytes(), type=NewCalibration)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WrongArgument(Text(f"{file}: 格式有误({error})", f"{file}: not a study ({error})")) from error


async def _calibrate(study: "NewCalibration") -> str:
    from birthreg.documents import service
    from birthreg.documents.face_refusals import CalibrationUnusable

    async with open_database(read_settings()) as database, database.transaction() as tx:
        try:
            return str(await service.calibrate(tx, operator(), new=study, terminal=_TERMINAL))
        except CalibrationUnusable as error:
            raise WrongArgument(_tell(error.errors)) from error


def _tell(errors: "tuple[FieldError, ...]") -> Text:
    return Text(
        "; ".join(f"{one.field}: {one.message.zh}" for one in errors),
        "; ".join(f"{one.field}: {one.message.en}" for one in errors),
    )


async def _list() -> "list[Calibration]":
    from birthreg.documents import service

    async with open_database(read_settings()) as database, database.transaction() as tx:
        return await service.list_calibrations(tx)
