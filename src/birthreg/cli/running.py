"""`birthreg up`, `serve`, `work`, `migrate`: run the service, whole or in parts."""

import argparse
import asyncio
from pathlib import Path

import msgspec

from birthreg.cli.commands import Commands
from birthreg.cli.failures import WrongArgument
from birthreg.kernel.language import Text
from birthreg.kernel.logs import set_up_logs
from birthreg.settings import Settings, read_settings

_SERVERS = "BIRTHREG_DATABASE_URL=postgresql://birthreg_service@db/birthreg BIRTHREG_REDIS_URL=redis://cache"


def add_commands(commands: Commands) -> None:
    """Add the commands that run the service."""
    up = commands.add(
        "up",
        sentence=Text(
            "一条命令启动全部:内置数据库、演示数据、服务与后台任务",
            "start everything: servers, data, service, jobs",
        ),
        example="birthreg up --port 8001 --data-dir ./second --no-demo",
        run=run_up,
    )
    up.add_argument("--port", type=port_number, help="端口,默认 8000 · port, default 8000")
    up.add_argument("--data-dir", type=Path, help="数据目录,默认 .birthreg · data folder, default .birthreg")
    up.add_argument("--no-demo", action="store_true", help="不要演示数据 · without demonstration data")
    commands.add(
        "serve",
        sentence=Text(
            "只运行服务(需 BIRTHREG_DATABASE_URL、BIRTHREG_REDIS_URL)",
            "run the service alone, against configured servers",
        ),
        example=f"{_SERVERS} birthreg serve",
        run=run_serve,
    )
    commands.add(
        "work",
        sentence=Text("只运行后台任务", "run the background jobs alone, against configured servers"),
        example=f"{_SERVERS} birthreg work",
        run=run_work,
    )
    commands.add(
        "migrate",
        sentence=Text("以属主身份升级数据库结构", "bring the database to the present schema, as its owner"),
        example="BIRTHREG_OWNER_DATABASE_URL=postgresql://postgres@db/birthreg birthreg migrate",
        run=run_migrate,
    )


def port_number(text: str) -> int:
    """Read a port."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"端口应为 1–65535 · a port is 1–65535, not {text!r}")
    return int(text)


def run_up(arguments: argparse.Namespace) -> int:
    """Run an instance until a signal comes."""
    from birthreg.local.demonstration import seed
    from birthreg.local.up import up

    settings = read_settings()
    given = {name: value for name in ("port", "data_dir") if (value := getattr(arguments, name)) is not None}
    settings = msgspec.structs.replace(settings, **given)
    set_up_logs(settings.log_format)
    up(settings, seed=None if arguments.no_demo else seed)
    return 0


def run_serve(_arguments: argparse.Namespace) -> int:
    """Serve until a signal comes."""
    from birthreg.cli.serving import serve

    return serve(_configured())


def run_work(_arguments: argparse.Namespace) -> int:
    """Work until a signal comes."""
    from birthreg.worker import main

    _configured()
    return main()


def run_migrate(_arguments: argparse.Namespace) -> int:
    """Migrate and name what was applied."""
    from birthreg.local.first_data import migrate_database

    settings = read_settings()
    set_up_logs(settings.log_format)
    url = settings.owner_database_url or settings.database_url
    if not url:
        raise _missing("BIRTHREG_OWNER_DATABASE_URL")
    applied = asyncio.run(migrate_database(url))
    for name in applied:
        print(name)
    if not applied:
        print("数据库结构已是最新 · the schema is up to date")
    return 0


def _configured() -> Settings:
    """Read settings that name both servers."""
    settings = read_settings()
    set_up_logs(settings.log_format)
    for name, value in (("DATABASE_URL", settings.database_url), ("REDIS_URL", settings.redis_url)):
        if not value:
            raise _missing(f"BIRTHREG_{name}")
    return settings


def _missing(name: str) -> WrongArgument:
    return WrongArgument(
        Text(
            f"请设置 {name},或用 birthreg up 启动内置服务器",
            f"set {name}, or use birthreg up with its embedded servers",
        )
    )
