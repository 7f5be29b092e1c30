"""Child processes that end with us, and what an earlier run that was killed left behind."""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO

from birthreg.kernel.language import Text
from birthreg.local.accounts import Account
from birthreg.local.failures import StartFailed

OWN_NAME = Path(sys.executable).name[:15]
"""How the kernel names a process of our own programs."""

_PR_SET_PDEATHSIG = 1


def die_with_parent(signal_number: signal.Signals = signal.SIGTERM) -> None:
    """Ask the kernel to signal this process when the one that started it ends, however it ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal_number)


class Child:
    """A process in a session of its own, so that Ctrl-C reaches us alone and we stop it in order."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        account: Account | None = None,
        output: IO[bytes] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        """Start it; if we are killed, the kernel sends it its stop signal."""
        self._stop_signal = stop_signal
        prefix: list[str | Path] = []
        if account is not None or shutil.which("setpriv"):
            switch = account.switch if account else ()
            prefix = ["setpriv", f"--pdeathsig={stop_signal.name[3:]}", *switch, "--"]
        self._process = subprocess.Popen(  # noqa: S603 - our own programs, no shell
            [*prefix, *command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The process id; it stays the same when the child takes on another account."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the child lives."""
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How it ended, negative for a signal; None while it runs."""
        return self._process.poll()

    def ask_to_stop(self, signal_number: signal.Signals | None = None) -> None:
        """Send the stop signal, or another one."""
        self._process.send_signal(signal_number or self._stop_signal)

    def wait(self, until: float) -> bool:
        """Wait for the end, until a moment of the monotonic clock; say whether it came."""
        try:
            self._process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """End the child and whatever it started in its session, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()


class Runner:
    """What runs one child at a time, and none before it is started."""

    _child: Child | None = None

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self._child is not None and self._child.is_running

    @property
    def exit_code(self) -> int | None:
        """How its process ended, negative for a signal; None while it lives, and where there was none."""
        return self._child.exit_code if self._child else None

    @property
    def pid(self) -> int | None:
        """Its process id."""
        return self._child.pid if self._child else None


def find_processes(folder: Path, *, names: Iterable[str]) -> list[int]:
    """Find processes of these names that work in a folder, in Linux's `/proc`; elsewhere none."""
    place = folder.resolve()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        # A process may end meanwhile; another user's can't be looked into.
        with contextlib.suppress(OSError):
            name = (entry / "comm").read_text(encoding="utf-8", errors="replace").strip()
            if name in names and (entry / "cwd").readlink() == place:
                found.append(int(entry.name))
    return found


def end_leftovers(folder: Path, *, names: Iterable[str], gently_for: float = 5.0) -> None:
    """End the processes that a killed run left in a folder, gently first where there is time for that.

    The caller holds the data folder, so what runs there belongs to nobody.

    Raises:
        StartFailed: one of them doesn't end, as on a disk that doesn't answer.
    """
    names = frozenset(names)
    gently = [(signal.SIGINT, gently_for)] if gently_for else []  # else they would only begin to complain
    for signal_number, patience in (*gently, (signal.SIGKILL, 5.0)):
        _signal(find_processes(folder, names=names), signal_number)
        until = time.monotonic() + patience
        while find_processes(folder, names=names) and time.monotonic() < until:
            time.sleep(0.05)
    if left := find_processes(folder, names=names):
        listed = ", ".join(map(str, left))
        raise StartFailed(
            Text(
                f"上次运行留下的进程 {listed} 无法结束,请重启机器",
                f"processes {listed} of an earlier run don't end; reboot",
            )
        )


def _signal(processes: Iterable[int], signal_number: signal.Signals) -> None:
    for pid in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal_number)
