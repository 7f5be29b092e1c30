"""Registrations that a later one points at are screened again, and older ones get what rules read of them."""

from datetime import timedelta
from uuid import UUID

from tests.registrations.desks import clerk, newborn, numbers, over_six, registered
from tests.screening.facts import enter_fact
from tests.worlds import World

from birthreg.kernel.clock import now_utc
from birthreg.kernel.database import Database
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.vault import Vault
from birthreg.registrations.jobs import backfill_facts
from birthreg.screening.jobs import screen_due
from birthreg.screening.rulebook import Rulebook

NUMBERS = numbers(61_000)


async def screen_again(world: World) -> None:
    probing = Database(world.settings.database_url, size=1, generic_plans=True)
    await probing.open()
    try:
        while await screen_due(probing, rulebook=Rulebook()):
            pass
    finally:
        await probing.close()


async def test_who_is_due_is_screened_again_and_is_due_no_more(world: World) -> None:
    async with world.database.transaction() as tx:
        due = [await enter_fact(tx, household_kind=2, collective_kind="community") for _ in range(450)]
        late = await enter_fact(tx, household_kind=2, collective_kind="community")
        await tx.connection.execute(
            "INSERT INTO screening_due SELECT id, $2 FROM unnest($1::uuid[]) AS due (id)",
            due, now_utc() - timedelta(seconds=5),
        )  # fmt: skip
        await tx.connection.execute("INSERT INTO screening_due VALUES ($1, $2)", late, now_utc() + timedelta(hours=1))
    await screen_again(world)
    found = "SELECT count(*) FROM findings WHERE registration_id = ANY ($1) AND rule = $2 AND found_by = 'again'"
    assert await world.ask(found, due, "collective_household") == 450
    assert await world.ask("SELECT array_agg(registration_id) FROM screening_due") == [late]


async def test_older_registrations_get_the_facts_that_a_desk_would_have_written(world: World) -> None:
    desk = await clerk(world)
    entered = [await registered(desk, newborn(next(NUMBERS))) for _ in range(3)]
    entered.append(await registered(desk, over_six(next(NUMBERS))))
    ids = [UUID(one) for one in entered]
    async with world.database.transaction() as tx:
        rows = "SELECT screening_facts FROM screening_facts WHERE registration_id = ANY ($1) ORDER BY registration_id"
        before = await tx.connection.fetch(rows, ids)
        await tx.connection.execute("SET LOCAL ROLE birthreg_owner")
        await tx.connection.execute("DELETE FROM screening_facts WHERE registration_id = ANY ($1)", ids[1:])
        await tx.connection.execute("UPDATE screening_backfill SET up_to = $1, last = $2", UUID(int=0), new_id())
    vault = Vault(world.settings.keys, given=world.settings.data_keys)
    while await backfill_facts(world.database, vault=vault):
        pass
    async with world.database.transaction() as tx:
        assert await tx.connection.fetch(rows, ids) == before
    assert await world.ask("SELECT up_to = last FROM screening_backfill")
    assert not await backfill_facts(world.database, vault=vault)
