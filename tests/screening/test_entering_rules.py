"""The rules' files are entered once, by whoever migrates, and read by everybody else."""

import asyncio

import asyncpg
import msgspec
import pytest

from birthreg.kernel.database import Database
from birthreg.kernel.errors import NotFound
from birthreg.kernel.language import Language
from birthreg.local.first_data import enter_rule_files
from birthreg.screening import rule_reading, store
from birthreg.screening.rule_files import load_rules
from birthreg.screening.rulebook import Rulebook


async def test_releases_side_by_side_do_not_take_turns_in_what_a_rule_says(database: Database) -> None:
    """The newer one is entered; the older goes on reading, is started again, and changes nothing."""
    older = msgspec.structs.replace(min(load_rules().values(), key=lambda rule: rule.code), code="bounded")
    newer = msgspec.structs.replace(older, digest=b"newer", text=f"{older.text} ")
    async with database.transaction() as tx:
        for rule in (older, newer, older, newer, older):
            await store.enter_rule(tx, rule=rule)
        versions = await tx.connection.fetch(
            "SELECT version, digest FROM screening_rule_versions WHERE code = 'bounded' ORDER BY version"
        )
        standing = {one.code: one for one in await store.list_standings(tx)}["bounded"]
    assert [(row["version"], row["digest"]) for row in versions] == [(1, older.digest), (2, b"newer")]
    assert (standing.version, standing.digest) == (2, b"newer")


async def test_reading_the_rules_enters_none(database: Database) -> None:
    code = min(load_rules())
    async with database.transaction() as tx:
        await tx.connection.execute("UPDATE screening_rules SET digest = 'other', version = 2 WHERE code = $1", code)
        before = await store.read_version(tx), await store.list_standings(tx)
        rulebook = Rulebook()
        await rulebook.read(tx)
        await rulebook.live(tx)
        assert (await store.read_version(tx), await store.list_standings(tx)) == before
        assert rulebook.standings[code].version == 2


async def test_a_rule_that_is_not_in_the_books_is_not_run_and_that_is_said(
    database: Database, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    code = min(load_rules())
    owner = await asyncpg.connect(database_url)
    await owner.execute("DELETE FROM screening_rules WHERE code = $1", code)
    await owner.close()
    rulebook = Rulebook()
    async with database.transaction() as tx:
        statement = await rulebook.live(tx)
        assert [
            rule.code for rule in await rule_reading.list_rules(tx, after=None, limit=1, language=Language.ENGLISH)
        ] != [code]
        with pytest.raises(NotFound):
            await rule_reading.find_rule(tx, code=code, language=Language.ENGLISH)
    assert statement is not None
    assert f"SELECT '{code}' AS rule" not in statement.query.text
    assert code in caplog.text


async def test_several_who_migrate_at_once_enter_each_rule_once(database: Database, database_url: str) -> None:
    owner = await asyncpg.connect(database_url)
    await owner.execute("TRUNCATE screening_rules, screening_rule_versions CASCADE")
    await owner.close()
    await asyncio.gather(*(enter_rule_files(database_url) for _ in range(3)))
    async with database.transaction() as tx:
        standings = await store.list_standings(tx)
        entered = await tx.connection.fetchval("SELECT count(*) FROM screening_rule_versions")
    assert [one.code for one in standings] == sorted(load_rules())
    assert {one.version for one in standings} == {1}
    assert entered == len(standings)
