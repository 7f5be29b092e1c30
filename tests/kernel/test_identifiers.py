"""What is asked for since a moment begins with the first identifier that this moment can have."""

from datetime import UTC, datetime, timedelta

import pytest

from birthreg.kernel.database import Database
from birthreg.kernel.identifiers import first_id_at


@pytest.mark.parametrize("microseconds", [0, 1, 499, 500, 501, 999])
async def test_the_database_and_the_service_begin_a_moment_with_the_same_identifier(
    database: Database, microseconds: int
) -> None:
    moment = datetime(2026, 11, 22, 8, 30, tzinfo=UTC) + timedelta(microseconds=microseconds)
    async with database.transaction() as tx:
        assert await tx.connection.fetchval("SELECT first_id_at($1)", moment) == first_id_at(moment)
