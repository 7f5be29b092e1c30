"""What PostgreSQL adds to its tables goes to the disk in small parts.

It asks the kernel for that with what it changes (`checkpoint_flush_after`), but pages that it adds only wait in the
kernel's memory, up to 30 seconds, and are then written at once: every commit waits for it.
"""

import ctypes
import os
import threading
from contextlib import suppress
from pathlib import Path

LARGE = 16 * 2**20
"""Bytes; smaller files are left to the kernel."""
_EVERY = 0.5
_TURNS = 4
"""Turns between two looks through all files, which are thousands."""
_START_WRITING = 2
"""SYNC_FILE_RANGE_WRITE: begin with what isn't being written, and wait for nothing."""
_C = ctypes.CDLL(None, use_errno=True)


def start_writing(file: Path) -> bool:
    """Ask the kernel to begin writing a file out; False where it can't be asked, or the file is gone."""
    ask = getattr(_C, "sync_file_range", None)
    if ask is None:
        return False
    try:
        descriptor = os.open(file, os.O_RDONLY)
    except OSError:
        return False
    try:
        return bool(ask(descriptor, ctypes.c_int64(0), ctypes.c_int64(0), ctypes.c_uint(_START_WRITING)) == 0)
    finally:
        os.close(descriptor)


class Growing:
    """The large files of a folder, and which of them changed."""

    def __init__(self, folder: Path) -> None:
        """Nothing is known of them yet."""
        self._folder = folder
        self._changed: dict[Path, int] = {}

    def look_through(self) -> None:
        """Find the files that are large by now; those that are gone are forgotten."""
        self._changed = {file: self._changed.get(file, 0) for file in _list_large(self._folder)}

    def list_changed(self) -> list[Path]:
        """Return those that changed since this was asked the last time."""
        changed = []
        for file, known in self._changed.items():
            with suppress(OSError):
                at = file.stat().st_mtime_ns
                if at != known:
                    self._changed[file] = at
                    changed.append(file)
        return changed


def _list_large(folder: Path) -> list[Path]:
    large = []
    with suppress(OSError):
        for database in os.scandir(folder):
            for file in os.scandir(database):
                with suppress(OSError):  # dropped meanwhile
                    if file.stat().st_size >= LARGE:
                        large.append(Path(file))
    return large


class WritingOut:
    """A thread that sees to the files of one cluster until it is ended."""

    def __init__(self, cluster: Path) -> None:
        """Begin."""
        self._growing = Growing(cluster / "base")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="writing-out", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop, and wait until it has."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        turn = 0
        while not self._over.wait(_EVERY):
            if turn % _TURNS == 0:
                self._growing.look_through()
            turn += 1
            for file in self._growing.list_changed():
                start_writing(file)
