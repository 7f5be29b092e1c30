"""A whole instance as a test sees it: a process tree over a data folder, and a port."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import httpx

import birthreg
from birthreg.local.places import socket_folder

# The program under test is the one that the tests import, wherever a child works.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("BIRTHREG_")}
ENVIRONMENT["PYTHONPATH"] = str(Path(birthreg.__file__).parents[1])

GENEROUSLY = 60.0
"""Seconds; a bound against hanging, not a promise."""


def find_free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def command(*arguments: str) -> list[str]:
    """Return the command line of our own program."""
    return [sys.executable, "-m", "birthreg", *arguments]


def run(*arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        command(*arguments),
        env={**ENVIRONMENT, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=GENEROUSLY,
        check=False,
    )


def processes_in(folder: Path) -> list[int]:
    """Return the processes that work below a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            place = (entry / "cwd").readlink()
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if place.is_relative_to(folder.resolve()) and state != "Z":
            found.append(int(entry.name))
    return found


def kill(processes: Iterable[int]) -> None:
    """Kill processes; one that ended on the way is no matter."""
    for pid in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


class Instance:
    """`birthreg up` over a data folder; `with` starts it, waits until it says where to click, and stops it."""

    def __init__(
        self,
        data: Path,
        *,
        port: int | None = None,
        environment: Mapping[str, str] | None = None,
        demonstration: bool = False,
    ) -> None:
        """Name the folder; the port is a free one unless given."""
        self.data = data
        self._flags = () if demonstration else ("--no-demo",)
        self.port = port or find_free_port()
        self._environment = {**ENVIRONMENT, **(environment or {})}
        self._log = data.with_name(f"{data.name}.log")

    def start(self) -> None:
        """Start it, and wait for nothing."""
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command("up", *self._flags, "--port", str(self.port), "--data-dir", str(self.data)),
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> "Instance":
        """Start it and wait."""
        self.start()
        wait_for(
            lambda: "Ctrl-C" in self.said or self.process.poll() is not None,
            what=lambda: self.said,
            within=(1 if self._flags else 4) * GENEROUSLY,  # the demonstration is much to tell on a busy machine
        )
        assert self.process.poll() is None, self.said
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(GENEROUSLY)
        # Where the path was too long for sockets, a killed one leaves them in the temporary folder.
        shutil.rmtree(socket_folder(self.data), ignore_errors=True)

    @property
    def said(self) -> str:
        """What it has printed so far."""
        return self._log.read_text(encoding="utf-8")

    def ask(self, path: str = "/schema/openapi.json") -> int:
        """Return the status of an answer, 0 when there is none."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=5, trust_env=False).status_code
        except httpx.TransportError:
            return 0

    def sign_in(self) -> int:
        """Return the status of a sign-in that the database has to refuse."""
        body = {"officer_id": "nobody", "password": "not-the-password"}
        address = f"http://127.0.0.1:{self.port}/api/v1/sessions"
        try:
            return httpx.post(address, json=body, timeout=10, trust_env=False).status_code
        except httpx.TransportError:
            return 0

    def kill_everything(self) -> None:
        """Kill the parent and all that works under its folder, as a power cut would."""
        self.process.kill()
        kill(processes_in(self.data))
        self.process.wait(GENEROUSLY)


def wait_for(
    condition: Callable[[], bool], *, what: Callable[[], str] = lambda: "it did not come", within: float = GENEROUSLY
) -> None:
    """Wait until something holds, so many seconds at most."""
    until = time.monotonic() + within
    while not condition():
        assert time.monotonic() < until, what()
        time.sleep(0.05)
