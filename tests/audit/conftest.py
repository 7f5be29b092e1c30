"""A key directory, a sealer, and a hand that may do what the service may not."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from birthreg.kernel.keys import Keyring


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    """Keys of this test alone."""
    return Keyring(tmp_path / "keys")


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """The database's owner, who can tamper."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()
