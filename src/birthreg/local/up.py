"""`birthreg up`: a whole instance from nothing, in one process tree that ends as one."""

import fcntl
import http.client
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from birthreg.kernel.keys import Keyring
from birthreg.kernel.language import Text
from birthreg.kernel.vault import Vault
from birthreg.local.accounts import choose_account
from birthreg.local.failures import StartFailed, WrongUse
from birthreg.local.first_data import FirstData, Seed, migrate_database, prepare_first_data
from birthreg.local.interrupts import Interrupts
from birthreg.local.places import embedded_postgres_programs, embedded_valkey_program
from birthreg.local.servers import OWNER_ROLE, Postgres, Valkey
from birthreg.local.supervision import Program, Supervisor
from birthreg.settings import Settings, environment_of

_ANSWERS_WITHIN = 60.0


def up(settings: Settings, *, seed: Seed | None = None) -> None:
    """Start everything, say where to click, and keep it running until a signal comes.

    Raises:
        StartFailed: something is in the way; whatever was started is stopped again.
    """
    keys = settings.key_dir and settings.key_dir.resolve()
    settings = msgspec.structs.replace(settings, data_dir=_make_data_folder(settings.data_dir), key_dir=keys)
    interrupts = Interrupts()
    with _hold(settings.data_dir), interrupts.heard():
        supervisor = Supervisor()
        try:
            Program.end_leftovers(settings.data_dir)
            check_port(settings)
            _start(settings, supervisor, interrupts, seed=seed)
            supervisor.watch()
        except KeyboardInterrupt:
            _say("正在停止…… · stopping…")
        finally:
            interrupts.ignore()
            supervisor.stop()
            Program.end_leftovers(settings.data_dir, gently_for=0)


def _start(settings: Settings, supervisor: Supervisor, interrupts: Interrupts, *, seed: Seed | None) -> None:
    _say("正在启动数据库…… · starting the database…")
    settings = _start_servers(settings, supervisor)
    interrupts.run(migrate_database(settings.owner_database_url or settings.database_url))
    if seed is not None:
        _say("正在准备演示数据…… · preparing the demonstration data…")
    vault = Vault(settings.keys, given=settings.data_keys)
    keyring = Keyring(settings.keys)
    first = interrupts.run(prepare_first_data(settings.database_url, seed=seed, vault=vault, keyring=keyring))
    refuse_open_demonstration(settings, demonstration=first.demonstration)
    environment = environment_of(settings)
    serve = Program("serve", data=settings.data_dir, environment=environment)
    supervisor.start(serve)
    supervisor.start(Program("work", data=settings.data_dir, environment=environment))
    _wait_until_answering(settings, serve)
    print(_welcome(settings, first), flush=True)


def _start_servers(settings: Settings, supervisor: Supervisor) -> Settings:
    """Start the servers that aren't configured, and return the settings with all of them."""
    data = settings.data_dir
    if settings.database_url and settings.redis_url:
        return settings
    account = choose_account(data, programs=(embedded_postgres_programs(), embedded_valkey_program().parent))
    if not settings.database_url:
        postgres = Postgres(data, account=account)
        supervisor.start(postgres)
        urls = {"database_url": postgres.url(), "owner_database_url": postgres.url(role=OWNER_ROLE)}
        settings = msgspec.structs.replace(settings, **urls)
    if not settings.redis_url:
        valkey = Valkey(data, account=account)
        supervisor.start(valkey)
        settings = msgspec.structs.replace(settings, redis_url=valkey.url)
    return settings


def _make_data_folder(folder: Path) -> Path:
    """Make the data folder, closed to others but for the servers' account when root starts it."""
    try:
        if not folder.exists():
            folder.mkdir(parents=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        return folder.resolve()
    except OSError as error:
        raise WrongUse(
            Text(
                f"无法创建数据目录 {folder}:{error.strerror};请换用 --data-dir",
                f"cannot make the data folder {folder}: {error.strerror}; choose another --data-dir",
            )
        ) from error


@contextmanager
def _hold(folder: Path) -> Iterator[None]:
    """Hold the data folder alone; the kernel lets go of it however this process ends."""
    try:
        lock = (folder / "lock").open("a+", encoding="ascii")
    except OSError as error:
        raise WrongUse(
            Text(
                f"无法写入数据目录 {folder}:{error.strerror};请换用 --data-dir",
                f"cannot write to the data folder {folder}: {error.strerror}; choose another --data-dir",
            )
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            holder = lock.read().strip()
            raise WrongUse(
                Text(
                    f"数据目录 {folder} 正被另一个 birthreg(进程 {holder})使用;请先停止它,或换用 --data-dir",
                    f"the data folder {folder} is in use by another birthreg (process {holder});"
                    " stop it, or choose another --data-dir",
                )
            ) from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def check_port(settings: Settings) -> None:
    """Refuse a place to listen that can't be had.

    Raises:
        WrongUse: the port is in use, or the address isn't one of this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as listener:
            # As the service listens: a connection of a service stopped a moment ago is no hindrance.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as error:
        place = f"{settings.host}:{settings.port}"
        raise WrongUse(
            Text(
                f"无法监听 {place}({error.strerror});端口可能已被占用,请用 --port 换一个",
                f"cannot listen on {place} ({error.strerror}); port in use? choose another by --port",
            )
        ) from error


def refuse_open_demonstration(settings: Settings, *, demonstration: bool) -> None:
    """Keep demonstration officers, whose password everybody knows, from being reached by other machines.

    Raises:
        WrongUse: there are some, and the service would listen beyond this machine.
    """
    if demonstration and not settings.listens_on_loopback:
        raise WrongUse(
            Text(
                f"库中有演示账号,服务只能监听本机;请去掉 BIRTHREG_HOST={settings.host},"
                "或换用 --data-dir 并加 --no-demo",
                f"demonstration officers are present, so the service listens on this machine only;"
                f" drop BIRTHREG_HOST={settings.host}, or use another --data-dir with --no-demo",
            )
        )


def _wait_until_answering(settings: Settings, serve: Program) -> None:
    until = time.monotonic() + _ANSWERS_WITHIN
    while serve.is_running and time.monotonic() < until:
        if _answers(settings):
            return
        time.sleep(0.1)
    raise StartFailed(Text("服务未能启动,原因见上方日志", "the service did not start; its log above says why"))


def _answers(settings: Settings) -> bool:
    connection = http.client.HTTPConnection(_local_host(settings), settings.port, timeout=2)
    try:
        connection.request("GET", "/health/live")
        connection.getresponse().read()
    except OSError:
        return False
    except http.client.HTTPException:
        return True
    finally:
        connection.close()
    return True


def _local_host(settings: Settings) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared, not bound


def _welcome(settings: Settings, first: FirstData) -> str:
    """Say in one block where to click, how to sign in and how to stop."""
    host = _local_host(settings)
    address = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/schema"
    lines = [f"  打开 · open      {address}"]
    if first.demonstration:
        lines.append("  登录 · sign in   clerk.wuchang / birthreg-demo   (演示数据 · demonstration data)")
    if first.first_password is not None:
        lines.append(f"  登录 · sign in   security / {first.first_password}   (仅显示这一次 · shown only this once)")
    lines.append(f"  数据 · data      {settings.data_dir}")
    lines.append("  停止 · stop      Ctrl-C")
    return "\n".join(["", "birthreg 已启动 · is running", *lines, ""])


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
