"""What is entered, corrected, claimed or delivered later lets others be screened again, and none of it is lost."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests import make
from tests.registrations.desks import REGISTRATIONS, admin, clerk, newborn, numbers, registered
from tests.screening.facts import enter_fact
from tests.worlds import World

from birthreg.certificates.rules import CHINA
from birthreg.kernel.clock import now_utc
from birthreg.kernel.database import Transaction
from birthreg.kernel.identifiers import new_id
from birthreg.screening import service, sweep_store
from birthreg.screening.models import FoundBy
from birthreg.screening.rulebook import Rulebook

NUMBERS = numbers(64_000)
ELSEWHERE = "420502"
"""Another prefecture of the province."""
APPROVE = {"decision": "approve", "reason": "与证件核对无误。"}
SOON = timedelta(seconds=5)


async def work(world: World, *, after: timedelta = SOON) -> None:
    """What the worker does with all that is due so much later."""
    rulebook = Rulebook()
    async with world.database.transaction() as tx:
        await tx.connection.execute("SELECT set_config('plan_cache_mode', 'force_generic_plan', true)")
        later = Transaction(tx.connection, now=tx.now + after, database=tx.database)
        due = await sweep_store.take_due(later, before=later.now, limit=1_000)
        if due:
            await service.screen(later, rulebook=rulebook, registrations=due, found_by=FoundBy.AGAIN)


async def due(world: World, *registrations: UUID) -> dict[UUID, datetime]:
    """Which of some registrations are due, and when."""
    async with world.database.transaction() as tx:
        rows = await tx.connection.fetch(
            "SELECT registration_id, due_at FROM screening_due WHERE registration_id = ANY ($1)", registrations
        )
    return {row["registration_id"]: row["due_at"] for row in rows}


async def found(world: World, rule: str, registrations: Sequence[UUID]) -> set[UUID]:
    """Of which of some registrations a rule has a finding in the books."""
    async with world.database.transaction() as tx:
        rows = await tx.connection.fetch(
            "SELECT registration_id FROM findings WHERE rule = $1 AND registration_id = ANY ($2)", rule, registrations
        )
    return {row["registration_id"] for row in rows}


async def owner(world: World, query: str, *arguments: Any) -> None:
    """What only the owner of the books may do."""
    connection = await asyncpg.connect(world.settings.database_url)
    await connection.execute(query, *arguments)
    await connection.close()


def issued_elsewhere(number: str) -> dict[str, Any]:
    """A newborn whose certificate another prefecture issued."""
    issued = newborn(number)["certificate"]["issued_on"]
    return newborn(number, certificate={"issued_on": issued, "issuer_division": ELSEWHERE})


async def enter_elsewhere(world: World, number: str) -> UUID:
    """Enter such a newborn of parents whom nobody knows; return the registration."""
    async with world.database.transaction() as tx:
        return await enter_fact(tx, certificate_number=number, issuer_division=ELSEWHERE)


async def test_a_correction_lets_the_others_be_found_whom_it_makes_suspicious(world: World) -> None:
    """Two numbers of one batch are no run; the third was mistyped, and is corrected."""
    first, second, third, wrong = "Z426400100", "Z426400103", "Z426400107", "Z426499999"
    others = [await enter_elsewhere(world, number) for number in (first, second)]
    desk = await clerk(world)
    corrected = UUID(await registered(desk, issued_elsewhere(wrong)))
    await work(world)
    assert await found(world, "serial_run", [corrected, *others]) == set()
    body = {"certificate_number": third, "reason": "录入有误。"}
    change = await desk.post(f"{REGISTRATIONS}/{corrected}/corrections", json=body)
    assert change.status_code == 201, change.text
    approval = f"{REGISTRATIONS}/{corrected}/corrections/{change.json()['id']}/approval"
    approved = await (await admin(world)).post(approval, json=APPROVE)
    assert approved.status_code == 200, approved.text
    assert (await due(world, corrected, *others)).keys() == {corrected}
    await work(world)
    assert await found(world, "serial_run", [corrected, *others]) == {corrected}
    assert (await due(world, corrected, *others)).keys() == set(others)
    await work(world, after=2 * SOON)
    assert await found(world, "serial_run", [corrected, *others]) == {corrected, *others}


async def test_a_rival_claim_wakes_who_stands_on_the_number_and_it_is_found(world: World) -> None:
    number = next(NUMBERS)
    async with world.database.transaction() as tx:
        registration = await enter_fact(tx, certificate_number=number)
        gone = await enter_fact(tx, certificate_number=number, standing=False)
        await claim(tx, number)
    assert (await due(world, registration, gone)).keys() == {registration}
    await work(world)
    assert await found(world, "number_two_children", [registration, gone]) == {registration}
    assert await due(world, registration) == {}


async def claim(tx: Transaction, *claimed: str) -> None:
    """Somebody else's file names these numbers, in one statement."""
    await tx.connection.execute(
        "INSERT INTO rival_claims (certificate_number, source, organization, claimed_at)"
        " SELECT number, 'imported', $2, $3 FROM unnest($1::text[]) AS claimed (number)",
        claimed, make.FANCHENG, make.NOON,
    )  # fmt: skip


async def until_somebody_waits(tx: Transaction) -> None:
    """Wait until another connection waits for a row of this one."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
    async with asyncio.timeout(30):
        while not await tx.connection.fetchval(waiting):  # noqa: ASYNC110 - the database has no event
            await asyncio.sleep(0.01)


async def test_two_files_of_rival_claims_in_opposite_orders_wait_for_each_other_in_no_ring(world: World) -> None:
    """Whoever comes second waits at the first registration, whatever comes first in the file."""
    one, other = next(NUMBERS), next(NUMBERS)
    async with world.database.transaction() as tx:
        registrations = [await enter_fact(tx, certificate_number=number) for number in (one, other)]

    async def second() -> None:
        async with world.database.transaction() as tx:
            await claim(tx, other, one)

    async with world.database.transaction() as tx:
        await tx.connection.execute("INSERT INTO screening_due VALUES ($1, now())", registrations[0])
        waiting = asyncio.create_task(second())
        await until_somebody_waits(tx)
        await tx.connection.execute("SET LOCAL lock_timeout = '10s'")
        await tx.connection.execute("INSERT INTO screening_due VALUES ($1, now())", registrations[1])
    await waiting
    assert (await due(world, *registrations)).keys() == set(registrations)


async def test_rejected_filings_of_one_answer_wake_their_registrations_in_one_order(world: World) -> None:
    async with world.database.transaction() as tx:
        registrations = [await enter_fact(tx, certificate_number=next(NUMBERS)) for _ in range(3)]
        await tx.connection.execute(
            "INSERT INTO filings (id, kind, registration_id, sequence, certificate_number, organization, occurred_at,"
            " outcome, code, holder, owed_at, due_at, attempts, settled_at)"
            " SELECT gen_random_uuid(), 'registration', facts.registration_id, 1, facts.certificate_number,"
            " facts.organization, $2, 'rejected', 'certificate_used', $3, $2, $2, 1, $2 FROM screening_facts AS facts"
            " WHERE facts.registration_id = ANY ($1) ORDER BY facts.registration_id DESC",
            registrations, make.NOON, make.FANCHENG,
        )  # fmt: skip
        woken = await tx.connection.fetch(
            "SELECT registration_id FROM screening_due WHERE registration_id = ANY ($1) ORDER BY ctid", registrations
        )
    assert [row["registration_id"] for row in woken] == sorted(registrations)


async def test_two_desks_at_one_moment_are_found_though_neither_saw_the_other(world: World) -> None:
    first = await enter_elsewhere(world, "Z426500100")
    rulebook = Rulebook()
    both = []
    async with world.database.transaction() as tx, world.database.transaction() as other:
        for desk, number in ((tx, "Z426500101"), (other, "Z426500102")):
            both.append(await enter_fact(desk, certificate_number=number, issuer_division=ELSEWHERE))
            await service.screen(desk, rulebook=rulebook, registrations=both[-1:])
    assert await found(world, "serial_run", [first, *both]) == set()
    assert (await due(world, *both)).keys() == set(both)
    await work(world)
    assert await found(world, "serial_run", [first, *both]) == set(both)
    await work(world, after=2 * SOON)
    assert await found(world, "serial_run", [first, *both]) == {first, *both}


async def test_a_wake_that_meets_one_that_waits_already_is_not_screened_before_it_is_whole(world: World) -> None:
    """The worker passes over a registration that somebody wakes at this moment, and comes back to it."""
    number = next(NUMBERS)
    async with world.database.transaction() as tx:
        registration = await enter_fact(tx, certificate_number=number)
        await service.screen(tx, rulebook=Rulebook(), registrations=[registration])
    async with world.database.transaction() as tx:
        await claim(tx, number)
        await work(world)
        assert (await due(world, registration)).keys() == {registration}
    await work(world)
    assert await found(world, "number_two_children", [registration]) == {registration}


async def test_a_wake_while_the_worker_screens_is_kept_for_its_next_turn(world: World) -> None:
    number = next(NUMBERS)
    async with world.database.transaction() as tx:
        registration = await enter_fact(tx, certificate_number=number)
        await service.screen(tx, rulebook=Rulebook(), registrations=[registration])

    async def rival() -> None:
        async with world.database.transaction() as tx:
            await claim(tx, number)

    async with world.database.transaction() as tx:
        assert registration in await sweep_store.take_due(tx, before=tx.now + SOON, limit=1_000)
        waking = asyncio.create_task(rival())
        await until_somebody_waits(tx)
    await waking
    await work(world)
    assert await found(world, "number_two_children", [registration]) == {registration}


@pytest.mark.parametrize("moment", ["1969-12-31 23:59:59.999+00", "1912-01-01 00:00+08", "1970-01-01 00:00+00"])
async def test_a_moment_before_1970_has_the_lowest_identifier(world: World, moment: str) -> None:
    lowest = await world.ask("SELECT first_id_at($1::text::timestamptz)", moment)
    assert lowest == UUID("00000000-0000-7000-8000-000000000000")
    assert lowest < await world.ask("SELECT first_id_at('1970-01-01 00:00:00.001+00')") < new_id()


async def enter_unissued(world: World, *, days_ago: int, **changes: Any) -> UUID:
    """A registration of Hubei on a number without a record, screened at its desk."""
    await owner(world, "UPDATE provinces SET complete_from = 2020 WHERE code = '42'")
    issued_on = now_utc().astimezone(CHINA).date() - timedelta(days=days_ago)
    async with world.database.transaction() as tx:
        changes = {"certificate_number": next(NUMBERS), "issued_on": issued_on, "birth_date": issued_on} | changes
        registration = await enter_fact(tx, **changes)
        await service.screen(tx, rulebook=Rulebook(), registrations=[registration])
    return registration


def begin_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=CHINA)


async def test_who_has_no_record_of_issue_yet_is_looked_at_when_it_can_come_no_more(world: World) -> None:
    """Issued two days ago, a record may come for five more days and today."""
    registration = await enter_unissued(world, days_ago=2)
    await work(world)
    later = begin_of(now_utc().astimezone(CHINA).date() + timedelta(days=6))
    assert await due(world, registration) == {registration: later}
    await work(world, after=later - now_utc() - timedelta(minutes=1))
    assert await due(world, registration) == {registration: later}
    await work(world, after=later - now_utc() + SOON)
    assert await found(world, "never_issued", [registration]) == {registration}
    assert await due(world, registration) == {}


async def test_a_look_at_once_loses_no_later_one_and_a_later_one_delays_none(world: World) -> None:
    registration = await enter_unissued(world, days_ago=0)
    number = await world.ask("SELECT certificate_number FROM screening_facts WHERE registration_id = $1", registration)
    await work(world)
    [later] = (await due(world, registration)).values()
    async with world.database.transaction() as tx:
        await claim(tx, number)
    assert (await due(world, registration))[registration] < later
    await work(world)
    assert await found(world, "number_two_children", [registration]) == {registration}
    assert await due(world, registration) == {registration: later}


@pytest.mark.parametrize(
    "changes",
    [
        {"certificate_number": "Z430000001"},
        {"certificate_number": "A420000001"},
        {"certificate_number": None},
        {"standing": False},
    ],
    ids=["another province", "printed before records were complete", "no number", "no longer standing"],
)
async def test_who_needs_no_record_of_issue_is_looked_at_no_more(world: World, changes: dict[str, Any]) -> None:
    registration = await enter_unissued(world, days_ago=0, **changes)
    await work(world)
    assert await due(world, registration) == {}


async def test_a_record_that_comes_in_time_ends_the_waiting(world: World) -> None:
    registration = await enter_unissued(world, days_ago=0)
    await work(world)
    async with world.database.transaction() as tx:
        number = await tx.connection.fetchval(
            "SELECT certificate_number FROM screening_facts WHERE registration_id = $1", registration
        )
        await issue(tx, number, registration)
    await work(world, after=timedelta(days=30))
    assert await found(world, "never_issued", [registration]) == set()
    assert await due(world, registration) == {}


async def issue(tx: Transaction, number: str, registration: UUID, **changes: Any) -> None:
    """The health authority's record of a number, which agrees with a registration but for what is changed."""
    row = await tx.connection.fetchrow(
        "SELECT child_name, sex, birth_date, mother_name FROM screening_facts WHERE registration_id = $1", registration
    )
    assert row is not None
    said = {
        "child_name": row["child_name"], "child_sex": row["sex"], "born_at": begin_of(row["birth_date"]),
        "mother_name": row["mother_name"],
    }  # fmt: skip
    await make.issuance(tx, number, **(said | changes))


@pytest.mark.parametrize(
    ("said", "is_woken"),
    [
        ({}, False),
        ({"mother_name": None, "child_sex": 9}, False),
        ({"child_sex": 1}, True),
        ({"child_name": "赵不同"}, True),
        ({"born_at": make.NOON}, True),
    ],
    ids=["as registered", "silent", "another sex", "another name", "another day"],
)
async def test_a_record_that_comes_late_wakes_who_is_registered_otherwise(
    world: World, said: dict[str, Any], is_woken: bool
) -> None:
    number = next(NUMBERS)
    async with world.database.transaction() as tx:
        registration = await enter_fact(tx, certificate_number=number)
        await issue(tx, number, registration, **said)
    assert bool(await due(world, registration)) == is_woken
    await work(world)
    assert bool(await found(world, "issued_differs", [registration])) == is_woken


async def test_a_record_that_replaces_a_number_wakes_both_who_stand_on_them(world: World) -> None:
    old, new = next(NUMBERS), next(NUMBERS)
    async with world.database.transaction() as tx:
        both = [await enter_fact(tx, certificate_number=number) for number in (old, new)]
        await issue(tx, new, both[1], original_number=old, issue_kind=3)
    assert (await due(world, *both)).keys() == set(both)
    await work(world)
    assert await found(world, "replaced_number_used", both) == set(both)
