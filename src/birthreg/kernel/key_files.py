"""Private key files: there whole or not at all, closed to others, changed by one process at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from birthreg.kernel.errors import Unavailable
from birthreg.kernel.language import Text


class KeyUnusable(Unavailable):
    """密钥 {file} 无法使用:{why_zh}。

    The key {file} can't be used: {why_en}.
    """

    remedy = Text(
        "请检查密钥目录(BIRTHREG_KEY_DIR)的文件与权限,或从备份恢复。",
        "Check the files and permissions of the key directory (BIRTHREG_KEY_DIR), or restore it.",
    )
    retryable = False


def read_private(file: Path) -> bytes:
    """Read a private file.

    Raises:
        KeyUnusable: it can't be read, or other users can read it as well.
    """
    try:
        open_to_all = file.stat().st_mode & 0o007
        content = file.read_bytes()
    except OSError as error:
        raise KeyUnusable(file=file, why_zh="无法读取", why_en=str(error)) from error
    if open_to_all:
        raise KeyUnusable(file=file, why_zh="其他用户可以读取", why_en="other users can read it")
    return content


def write_whole(file: Path, content: bytes, *, mode: int) -> None:
    """Write a file that is there whole or not at all, also after a power cut."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(file)
    _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: a key that sealed something must not vanish with the power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the directory alone; the system lets go when the process ends, however it ends."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
