"""Writes that go to the database as one statement."""

import pytest

from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.errors import DomainError, NotFound, NotPermitted
from birthreg.kernel.sql import Query, join_writes


def query(text: str, *parameters: str) -> Query:
    return Query(name="it", returns="rows", sentence="", text=text, parameters=parameters)


NAME = query("INSERT INTO organizations (code, name) VALUES ($1, $2)", "code", "name")


async def names(tx: Transaction) -> list[str]:
    return [row["name"] for row in await tx.connection.fetch("SELECT name FROM organizations ORDER BY code")]


def test_the_parameters_of_each_come_after_those_before() -> None:
    joined = join_writes(
        (query("INSERT INTO a VALUES ($1, '$1', $2)", "x", "y"), query("DELETE FROM b WHERE c = $1", "c"))
    )
    assert joined == (
        "WITH write_0 AS (INSERT INTO a VALUES ($1, '$1', $2)), write_1 AS (DELETE FROM b WHERE c = $3) SELECT"
    )


async def test_a_write_alone_is_done_at_once(tx: Transaction) -> None:
    await tx.write(NAME, code="420100000001", name="一")
    assert await names(tx) == ["一"]


async def test_writes_together_are_done_at_the_end(tx: Transaction) -> None:
    async with tx.together():
        await tx.write(NAME, code="420100000001", name="一")
        async with tx.together():
            await tx.write(NAME, code="420100000002", name="二")
        assert await names(tx) == []
    assert await names(tx) == ["一", "二"]


async def test_what_asks_for_an_answer_sends_first_what_waits(tx: Transaction) -> None:
    async with tx.together():
        await tx.write(NAME, code="420100000001", name="一")
        assert await tx.execute(NAME, code="420100000002", name="二") == 1
        assert await names(tx) == ["一", "二"]


@pytest.mark.parametrize(("error", "kept"), [(NotPermitted(role="clerk", act="it"), ["一"]), (NotFound(), [])])
async def test_what_waited_is_kept_with_a_refusal_that_leaves_a_trace(
    database: Database, error: DomainError, kept: list[str]
) -> None:
    async def fail() -> None:
        async with database.transaction() as tx, tx.together():
            await tx.write(NAME, code="420100000001", name="一")
            raise error

    with pytest.raises(type(error)):
        await fail()
    async with database.transaction() as tx:
        assert await names(tx) == kept
