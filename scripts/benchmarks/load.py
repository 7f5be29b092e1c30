"""Asks: a closed loop on keep-alive connections, and an open loop at random times."""

import asyncio
import gc
import random
import shutil
import statistics
import tempfile
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import msgspec

from benchmarks.wire import HOST, Line, close_lines, open_lines

_WRK_SCRIPT = Path(__file__).with_name("wrk.lua")


class GeneratorFailed(Exception):
    """The load did not come about."""


class Sample(msgspec.Struct, frozen=True):
    """What one stretch of load saw; failures are answers other than 200, and none at all."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    failures: int
    p95_ms: float | None = None
    """None where the generator doesn't tell."""

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return self.requests / self.seconds


def choose_generator(wanted: str) -> str:
    """Prefer wrk, which costs a tenth of what Python costs; the own client needs nothing installed."""
    if wanted == "auto":
        return "wrk" if shutil.which("wrk") else "own"
    return wanted


def _summarize(latencies: list[float], seconds: float, failures: int) -> Sample:
    ordered = sorted(latencies) or [0.0]
    return Sample(
        requests=len(latencies),
        seconds=seconds,
        p50_ms=statistics.median(ordered) * 1000,
        p99_ms=ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000,
        max_ms=ordered[-1] * 1000,
        failures=failures,
        p95_ms=ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))] * 1000,
    )


class Deck(msgspec.Struct, frozen=True):
    """Prepared requests, and the file in which wrk finds the same."""

    requests: list[bytes]
    file: Path

    @classmethod
    def make(cls, requests: list[bytes]) -> "Deck":
        """Write the requests down."""
        with tempfile.NamedTemporaryFile(prefix="birthreg-benchmark-", suffix=".requests", delete=False) as file:
            file.writelines(b"%08d%b" % (len(request), request) for request in requests)
        return cls(requests, Path(file.name))

    def close(self) -> None:
        """Remove the file."""
        self.file.unlink(missing_ok=True)


async def _press_with_wrk(port: int, deck: Deck, *, connections: int, seconds: int, first: int) -> Sample:
    process = await asyncio.create_subprocess_exec(
        *("wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s"),
        *(
            "--timeout",
            "10s",
            "--script",
            str(_WRK_SCRIPT),
            f"http://{HOST}:{port}",
            "--",
            str(deck.file),
            str(first),
        ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    if process.returncode:
        raise GeneratorFailed(f"wrk ended with {process.returncode}: {errors.decode()}")
    line = next(line for line in output.splitlines() if line.startswith(b'{"requests"'))
    return msgspec.json.decode(line, type=Sample)


async def _press_with_own(port: int, deck: Deck, *, connections: int, seconds: int, first: int) -> Sample:
    lines = await open_lines(port, connections)
    latencies: list[float] = []
    failures = 0
    place = first
    began = perf_counter()

    async def press(line: Line) -> None:
        nonlocal failures, place
        while (sent := perf_counter()) < began + seconds:
            place += 1
            reply = await line.ask(deck.requests[place % len(deck.requests)])
            latencies.append(perf_counter() - sent)
            if reply.status != 200:
                failures += 1
                await asyncio.sleep(0)

    await asyncio.gather(*(press(line) for line in lines))
    took = perf_counter() - began
    close_lines(lines)
    return _summarize(latencies, took, failures)


async def press(generator: str, port: int, deck: Deck, *, connections: int, seconds: int, first: int) -> Sample:
    """Keep every connection busy: each sends its next request when the last is answered."""
    way = _press_with_wrk if generator == "wrk" else _press_with_own
    return await way(port, deck, connections=connections, seconds=seconds, first=first)


async def arrive(
    port: int,
    requests: Sequence[bytes],
    *,
    rate: float,
    seconds: float,
    seed: int,
    until: asyncio.Event | None = None,
    status: int = 200,
) -> Sample:
    """Send at random times (a Poisson process), answered or not; latency counts from the time it was due.

    It ends after so many seconds, or when something else is over.
    """
    chance = random.Random(seed)
    # Taken in turn, so that no server finds one idle for long and hangs up.
    idle = deque(await open_lines(port, 16))
    latencies: list[float] = []
    failures = 0

    async def ask(request: bytes, due: float) -> None:
        nonlocal failures
        line = idle.popleft() if idle else (await open_lines(port, 1))[0]
        reply = await line.ask(request)
        latencies.append(perf_counter() - due)
        failures += reply.status != status
        idle.append(line)

    # What is prepared stays to the end: collecting it would be measured as a wait of the desks.
    gc.collect()
    gc.freeze()
    tasks = []
    began = due = perf_counter()
    for place in range(int(rate * seconds)):
        if until is not None and until.is_set():
            break
        due += chance.expovariate(rate)
        await asyncio.sleep(due - perf_counter())
        tasks.append(asyncio.create_task(ask(requests[place % len(requests)], due)))
    await asyncio.gather(*tasks)
    took = perf_counter() - began
    close_lines(idle)
    return _summarize(latencies, took, failures)
