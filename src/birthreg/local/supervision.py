"""Keep processes alive: start them in order, start again what dies, stop all of them in time."""

import logging
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from birthreg.local.failures import StartFailed
from birthreg.local.processes import OWN_NAME, Child, Runner, end_leftovers

logger = logging.getLogger("birthreg.local")

STOP_WITHIN = 5.0
"""Seconds that Ctrl-C may take, whatever runs."""

_FOR_PROGRAMS = 3.5
"""Seconds of these that running requests and jobs have to end by themselves."""

_LOOK_EVERY = 0.25
_LONGEST_BACK_OFF = 5.0
_HEALTHY_AFTER = 30.0


class Member(Protocol):
    """What is kept alive: an embedded server or one of our programs."""

    name: str

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""

    @property
    def exit_code(self) -> int | None:
        """How its process ended, negative for a signal; None while it lives, and where there was none."""

    def start(self) -> None:
        """Start it."""

    def stop(self, *, within: float) -> None:
        """Stop it within so many seconds."""


class Program(Runner):
    """One of birthreg's own commands as a child.

    It works in a folder of its own under the data folder: what a killed run left is found there.
    """

    _FOLDER = "programs"

    def __init__(self, command: str, *, data: Path, environment: Mapping[str, str]) -> None:
        """Name the command, such as `serve`, and the settings it gets."""
        self.name = f"birthreg {command}"
        self._command = [sys.executable, "-P", "-m", "birthreg", command]
        self._folder = data / self._FOLDER
        self._environment = environment

    @classmethod
    def end_leftovers(cls, data: Path, *, gently_for: float = _FOR_PROGRAMS) -> None:
        """End the programs under a data folder that we hold which no instance stands for."""
        end_leftovers(data / cls._FOLDER, names=(OWN_NAME,), gently_for=gently_for)

    def start(self) -> None:
        """Start it, after ending what may be left of the one before."""
        if self._child is not None:
            self._child.kill()
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._child = Child(self._command, folder=self._folder, environment=self._environment)

    def ask_to_stop(self) -> None:
        """Ask it to finish what it is at and end."""
        if self._child is not None and self._child.is_running:
            self._child.ask_to_stop()

    def stop(self, *, within: float) -> None:
        """Ask it to end, then end it with all that it started."""
        if self._child is not None:
            self.ask_to_stop()
            self._child.wait(time.monotonic() + within)
            self._child.kill()


class _Watch:
    """When a member was started last, and how long to wait before the next try."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.back_off = 0.0

    def next_try(self) -> float:
        """Return when to try again; a member that ran for a while is tried at once."""
        now = time.monotonic()
        healthy = now - self.started > _HEALTHY_AFTER
        self.back_off = 0.0 if healthy else min(max(self.back_off * 2, 0.25), _LONGEST_BACK_OFF)
        return now + self.back_off


class Supervisor:
    """The servers and programs of one instance."""

    def __init__(self) -> None:
        """Begin with none."""
        self._members: list[Member] = []

    def start(self, member: Member) -> None:
        """Start a member and keep it from now on."""
        self._members.append(member)
        member.start()

    def watch(self) -> None:
        """Start again whatever dies, until the caller is interrupted."""
        watches = {member.name: _Watch() for member in self._members}
        due: dict[str, float] = {}
        while True:
            for member in self._members:
                watch = watches[member.name]
                if member.is_running:
                    continue
                if member.name not in due:
                    due[member.name] = watch.next_try()
                    logger.warning("%s", tell_end(member))
                if time.monotonic() >= due[member.name]:
                    del due[member.name]
                    watch.started = time.monotonic()
                    _try_start(member)
            time.sleep(_LOOK_EVERY)

    def stop(self) -> None:
        """Stop everything: the programs first, together, then the servers they stand on."""
        begin = time.monotonic()
        programs = [member for member in self._members if isinstance(member, Program)]
        for program in programs:
            program.ask_to_stop()
        for program in programs:
            program.stop(within=begin + _FOR_PROGRAMS - time.monotonic())
        servers = [member for member in reversed(self._members) if not isinstance(member, Program)]
        for server in servers:
            left = begin + STOP_WITHIN - time.monotonic()
            server.stop(within=max(left / 2, 0.3))
        self._members.clear()


def tell_end(member: Member) -> str:
    """Say that a member ended, and how, in both languages."""
    code = member.exit_code
    if code is None:
        zh, en = "没有进程", "no process"
    elif code < 0:
        zh, en = (f"{word} {signal.Signals(-code).name}" for word in ("信号", "signal"))
    else:
        zh, en = f"退出码 {code}", f"exit status {code}"
    return f"{member.name} 已退出({zh}),将重新启动 · {member.name} ended ({en}), starting it again"


def _try_start(member: Member) -> None:
    try:
        member.start()
    except (StartFailed, OSError) as error:
        logger.error("%s", error)
