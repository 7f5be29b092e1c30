"""What PostgreSQL adds to its tables goes to the disk in small parts.

It asks the kernel for that with what it changes (`checkpoint_flush_after`), but pages that it adds only wait in the
kernel's memory, up to 30 seconds, and are then written at once: every commit waits for it.

This is a program of its own, `python -m birthreg.local.writing_out`, that works in the cluster's folder: a thread
of the supervisor would make the kernel tell its children twice that it was killed.
"""

import ctypes
import os
import time
from contextlib import suppress
from itertools import count
from pathlib import Path

LARGE = 16 * 2**20
"""Bytes; smaller files are left to the kernel."""
_TEMPORARY = "pgsql_tmp"
"""Where sorts spill to; most of these files are gone before the kernel would write them."""
_EVERY = 0.5
_TURNS = 4
"""Turns between two looks through all files, which are thousands."""
_START_WRITING = 2
"""SYNC_FILE_RANGE_WRITE: begin with what isn't being written, and wait for nothing."""
_ASK = getattr(ctypes.CDLL(None), "sync_file_range", None)


def start_writing(file: Path) -> bool:
    """Ask the kernel to begin writing a file out; False where it can't be asked, or the file is gone."""
    if _ASK is None:
        return False
    try:
        descriptor = os.open(file, os.O_RDONLY)
    except OSError:
        return False
    try:
        return bool(_ASK(descriptor, ctypes.c_int64(0), ctypes.c_int64(0), ctypes.c_uint(_START_WRITING)) == 0)
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
    for database in _list_entries(folder):
        for file in _list_entries(database) if database.name != _TEMPORARY else ():
            with suppress(OSError):  # dropped meanwhile
                if file.stat().st_size >= LARGE:
                    large.append(Path(file))
    return large


def _list_entries(folder: os.PathLike[str]) -> list[os.DirEntry[str]]:
    """List a folder; one that is gone, or none, holds nothing."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def main(folder: Path) -> None:
    """See to the files of a cluster until this process is ended; where the kernel can't be asked, end at once."""
    if _ASK is None:
        return
    growing = Growing(folder / "base")
    for turn in count():
        if turn % _TURNS == 0:
            growing.look_through()
        for file in growing.list_changed():
            start_writing(file)
        time.sleep(_EVERY)


if __name__ == "__main__":
    main(Path.cwd())
