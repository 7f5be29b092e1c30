"""The transaction: what is committed, and what is told when the server is away."""

import asyncio

import asyncpg
import pytest

from birthreg.kernel.database import Database
from birthreg.kernel.errors import Contended, DatabaseUnavailable, NotFound, NotPermitted, TextUnstorable

WRITE = "INSERT INTO organizations (code, name) VALUES ('420000000000', 'somewhere')"
COUNT = "SELECT count(*) FROM organizations"


async def count(database: Database) -> int:
    async with database.transaction() as tx:
        found: int = await tx.connection.fetchval(COUNT)
    return found


async def write_and_raise(database: Database, error: Exception) -> None:
    async with database.transaction() as tx:
        await tx.connection.execute(WRITE)
        raise error


async def write_and_lose(database: Database, owner_url: str) -> None:
    owner = await asyncpg.connect(owner_url)
    async with database.transaction() as tx:
        await tx.connection.execute(WRITE)
        await owner.execute("SELECT pg_terminate_backend($1)", await tx.connection.fetchval("SELECT pg_backend_pid()"))
        await owner.close()
        await tx.connection.fetchval(COUNT)


async def test_what_ends_well_is_committed(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.connection.execute(WRITE)
    assert await count(database) == 1


@pytest.mark.parametrize("fault", [NotFound, ZeroDivisionError])
async def test_what_is_raised_is_rolled_back(database: Database, fault: type[Exception]) -> None:
    with pytest.raises(fault):
        await write_and_raise(database, fault())
    assert await count(database) == 0


async def test_a_refusal_that_leaves_a_trace_is_raised_and_its_trace_committed(database: Database) -> None:
    with pytest.raises(NotPermitted):
        await write_and_raise(database, NotPermitted(role="clerk", act="read_trail"))
    assert await count(database) == 1


async def test_a_character_that_cannot_be_kept_is_wrong_input(database: Database) -> None:
    for statement in ("SELECT $1::text", "SELECT $1::jsonb"):
        with pytest.raises(TextUnstorable):
            async with database.transaction() as tx:
                await tx.connection.fetchval(statement, "a\x00b")


async def test_a_violated_constraint_stays_what_it_is(database: Database) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        async with database.transaction() as tx:
            await tx.connection.execute("INSERT INTO organizations (code, name) VALUES ('1', '')")


async def test_a_server_that_is_away_is_told_as_such() -> None:
    database = Database("postgresql://birthreg_service@127.0.0.1:1/birthreg")
    await database.open()
    with pytest.raises(DatabaseUnavailable):
        async with database.transaction():
            pass
    with pytest.raises(DatabaseUnavailable):
        await database.connect()
    await database.close()


async def test_a_connection_lost_on_the_way_is_told_and_the_next_one_works(
    database: Database, database_url: str
) -> None:
    with pytest.raises(DatabaseUnavailable):
        await write_and_lose(database, database_url)
    assert await count(database) == 0


async def test_every_connection_runs_as_the_service(database: Database) -> None:
    async with database.transaction() as tx:
        assert await tx.connection.fetchval("SELECT current_user") == "birthreg_service"
    connection = await database.connect()
    assert await connection.fetchval("SELECT current_user") == "birthreg_service"
    await connection.close()


async def test_a_closed_pool_is_a_server_that_is_away(database_url: str) -> None:
    database = Database(database_url)
    with pytest.raises(DatabaseUnavailable):
        async with database.transaction():
            pass


async def _lock_both(database: Database, first: str, then: str, barrier: asyncio.Barrier) -> None:
    async with database.transaction() as tx:
        await tx.connection.execute("SELECT pg_advisory_xact_lock(hashtext($1))", first)
        await barrier.wait()
        await tx.connection.execute("SELECT pg_advisory_xact_lock(hashtext($1))", then)


async def test_of_two_acts_that_wait_for_each_other_one_is_told_to_try_again(database: Database) -> None:
    barrier = asyncio.Barrier(2)
    ended = await asyncio.gather(
        _lock_both(database, "a", "b", barrier), _lock_both(database, "b", "a", barrier), return_exceptions=True
    )
    refused = [error for error in ended if error is not None]
    assert [type(error) for error in refused] == [Contended]
    assert Contended.retryable
