"""Leads that wait for a case, cases that leave a queue, who holds what in which order, and what is seen then."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from tests import make
from tests.cases.leads import admit
from tests.cases.queue import MINE, asked, bring, investigator, waiting
from tests.cases.shaped import DESK
from tests.cases.test_bulk import who
from tests.cases.test_machine import registered_by
from tests.screening.facts import enter_fact

from birthreg.access.rules import scope_of
from birthreg.cases import bulk, concluding_store, evidence_store, queueing, refusals
from birthreg.cases.bulk_models import BulkAct, BulkRequest
from birthreg.cases.models import Status
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.identifiers import new_id
from birthreg.screening import service as screening
from birthreg.screening.models import FoundBy
from birthreg.screening.rulebook import Rulebook

NUMBER = "X420100020"
HOLD = "SELECT id FROM cases WHERE id = $1 FOR UPDATE"


async def until_one_waits(tx: Transaction) -> None:
    """Return when somebody else waits for what this transaction holds."""
    query = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
    async with asyncio.timeout(30):
        while not await tx.connection.fetchval(query):  # noqa: ASYNC110 - the books tell nobody who waits
            await asyncio.sleep(0.01)


async def test_a_lead_is_kept_though_a_child_comes_to_stand_on_its_number_while_it_waits(database: Database) -> None:
    async with database.transaction() as tx:
        case = await admit(tx, number=NUMBER)

    async def join() -> UUID:
        async with database.transaction() as tx:
            return await admit(tx, number=NUMBER)

    async with database.transaction() as holder:
        await holder.connection.execute(HOLD, case)
        joining = asyncio.create_task(join())
        await until_one_waits(holder)
        async with database.transaction() as tx:
            await enter_fact(tx, certificate_number=NUMBER)
    assert await joining == case
    async with database.transaction() as tx:
        assert await tx.connection.fetchval("SELECT leads FROM cases WHERE id = $1", case) == 2


async def test_a_case_that_lay_in_a_queue_of_another_county_is_drawn_there_no_more(page: Transaction) -> None:
    case = await admit(page, organization=make.WUCHANG)
    move = "UPDATE cases SET handler = $2 WHERE id = $1"
    await page.connection.execute(move, case, "420602000000")
    await page.connection.execute(move, case, "420600000000")
    below = investigator("investigator.xiangcheng", "420602000000")
    assert await queueing.claim_next(page, below, scope=scope_of(below.organization), terminal="desk") is None
    left = "SELECT count(*) FROM case_places WHERE case_id = $1 AND prefix LIKE '420602%'"
    assert await page.connection.fetchval(left, case) == 0
    above = investigator("investigator.xiangyang", "420600000000")
    drawn = await queueing.claim_next(page, above, scope=scope_of(above.organization), terminal="desk")
    assert drawn is not None
    assert drawn.id == case


async def test_who_closes_a_case_and_who_checks_its_evidence_never_wait_in_a_ring(database: Database) -> None:
    digest = bytes(32)
    async with database.transaction() as tx:
        part, whole = await waiting(tx, 1), await bring(tx, await waiting(tx, 2), Status.CONCLUDING)
        await tx.connection.execute("UPDATE cases SET status = 'merged', merged_into = $2 WHERE id = $1", part, whole)
        await tx.connection.execute(
            "INSERT INTO evidence_files (sha256, sm3, size, media_type, kept_at, checked_at)"
            " VALUES ($1, $1, 1, 'image/png', now(), now())", digest,
        )  # fmt: skip
        await tx.connection.execute(
            "INSERT INTO case_evidence (id, case_id, sha256, file_name, officer, organization, added_at)"
            " SELECT gen_random_uuid(), id, $1, 'a.png', 'somebody', organization, now() FROM cases", digest,
        )  # fmt: skip

    async def check() -> list[Status]:
        async with database.transaction() as tx:
            return [case.status for case in await evidence_store.hold_cases_of_file(tx, sha256=digest)]

    async with database.transaction() as closer:
        await closer.connection.execute(HOLD, whole)
        checking = asyncio.create_task(check())
        await until_one_waits(closer)
        await concluding_store.close(closer, case=whole, officer="lead.wuhan")
    assert await checking == [Status.CLOSED, Status.CLOSED]


async def test_who_finds_something_holds_what_is_due_before_any_case(database: Database) -> None:
    rulebook = Rulebook()
    async with database.transaction() as tx:
        found, *others = [await enter_fact(tx, applicant_phone=77, mother=mother) for mother in (1, 2, 3)]
        await tx.connection.execute("INSERT INTO screening_due SELECT id, now() FROM unnest($1::uuid[]) AS id", others)
        number = await tx.connection.fetchval(
            "SELECT certificate_number FROM screening_facts WHERE registration_id = $1", found
        )

    async def screen() -> list[str]:
        async with database.transaction() as tx:
            kept = await screening.screen(tx, rulebook=rulebook, registrations=[found], found_by=FoundBy.AGAIN)
            return [finding.rule for finding in kept]

    async with database.transaction() as worker:
        await worker.connection.execute("DELETE FROM screening_due")
        screening_one = asyncio.create_task(screen())
        await until_one_waits(worker)
        assert await admit(worker, number=number, source=new_id())
    assert "shared_phone" in await screening_one


async def lists_it(tx: Transaction, _case: UUID) -> None:
    await make.listing(tx, NUMBER, listed_by=MINE)


async def approves_it(tx: Transaction, case: UUID) -> None:
    about = await registered_by(tx, "clerk.wuchang")
    await tx.connection.execute(
        "INSERT INTO registration_acts (id, registration_id, recorded_at, act, status, officer, organization, reason)"
        " SELECT $1, registration_id, now(), 'approve', 'effective', $2, $3, 'so' FROM cases WHERE id = $4",
        new_id(), MINE, make.WUHAN, about,
    )  # fmt: skip
    await tx.connection.execute("UPDATE cases SET status = 'merged', merged_into = $2 WHERE id = $1", about, case)


async def is_in_what_is_merged(tx: Transaction, case: UUID) -> None:
    about = await registered_by(tx, MINE)
    await tx.connection.execute("UPDATE cases SET status = 'merged', merged_into = $2 WHERE id = $1", about, case)


@pytest.mark.parametrize("meanwhile", [lists_it, approves_it, is_in_what_is_merged])
async def test_who_gets_a_hand_in_a_case_while_waiting_for_it_is_stopped(
    database: Database, meanwhile: Callable[[Transaction, UUID], Awaitable[None]]
) -> None:
    async with database.transaction() as tx:
        case = await admit(tx, number=NUMBER)

    async def note() -> None:
        async with database.transaction() as tx:
            await queueing.note(tx, asked(case), text="记录")

    async with database.transaction() as holder:
        await holder.connection.execute(HOLD, case)
        noting = asyncio.create_task(note())
        await until_one_waits(holder)
        await meanwhile(holder, case)
    with pytest.raises(refusals.CaseConflictOfInterest):
        await noting


async def note_both(tx: Transaction, part: UUID, whole: UUID) -> None:
    request = BulkRequest(act=BulkAct.NOTE, case_ids=[part, whole], text="记录")
    await bulk.act_on_many(tx, who(), asked=request)


async def link_both(tx: Transaction, part: UUID, whole: UUID) -> None:
    with pytest.raises(refusals.CaseElsewhere):  # the part isn't closed any more when its turn comes
        await DESK.link(tx, part, whole)


@pytest.mark.parametrize("touch", [note_both, link_both])
async def test_who_opens_a_closed_case_again_and_who_touches_its_parts_never_wait_in_a_ring(
    database: Database, touch: Callable[[Transaction, UUID, UUID], Awaitable[None]]
) -> None:
    async with database.transaction() as tx:
        part, whole = await waiting(tx, 1), await bring(tx, await waiting(tx, 2), Status.CONCLUDING)
        await tx.connection.execute("UPDATE cases SET status = 'merged', merged_into = $2 WHERE id = $1", part, whole)
        await concluding_store.close(tx, case=whole, officer="lead.wuhan")

    async def act() -> None:
        async with database.transaction() as tx:
            await touch(tx, part, whole)

    async with database.transaction() as lead:
        await lead.connection.execute(HOLD, whole)
        touching = asyncio.create_task(act())
        await until_one_waits(lead)
        assert await concluding_store.reopen(lead, case=whole)
    await touching
    async with database.transaction() as tx:
        assert await tx.connection.fetchval("SELECT status FROM cases WHERE id = $1", part) == "merged"
