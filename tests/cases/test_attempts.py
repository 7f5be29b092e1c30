"""A listed number shown at a desk for a registration opens a case, and the desk waits for none of it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from tests import make
from tests.cases.leads import admit
from tests.cases.shown import cases, leads, show
from tests.screening.facts import enter_fact

from birthreg.access.models import Role
from birthreg.blacklist.models import BLACKLIST_REASONS
from birthreg.cases import jobs as case_jobs
from birthreg.cases.leads import admit_attempts
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.identifiers import new_id
from birthreg.verification.models import Purpose
from birthreg.verification.service import Grammars, ask, asker_of, verify_group

LISTED, OTHER, FREE = "X420100003", "X420100044", "X420100001"


async def test_a_listed_number_shown_at_a_desk_opens_a_case_that_says_who_when_and_why(page: Transaction) -> None:
    await make.listing(page, LISTED)
    await make.organization(page, make.WUCHANG)
    await show(page, LISTED)
    [case], [lead] = await cases(page), await leads(page)
    assert (case["subject"], case["status"], case["severity"]) == (f"number:{LISTED}", "waiting", "high")
    assert case["handler"] == "420106000000"
    assert (lead["case_id"], lead["kind"], lead["rule"]) == (case["id"], "attempt", "attempt")
    assert lead["sentence_zh"].startswith("武昌分局水果湖派出所于 20")
    assert lead["sentence_zh"].endswith(
        f"为办理登记查验编号 {LISTED},该编号已列入失效名单(被盗,文号 武公通〔2024〕1号)。"
    )
    assert lead["sentence_en"].endswith("it is listed as void (stolen, document 武公通〔2024〕1号).")
    assert await page.connection.fetchval("SELECT officer FROM lookups WHERE id = $1", lead["source_id"])


@pytest.mark.parametrize("purpose", [Purpose.INVESTIGATION, Purpose.AUDIT, Purpose.EXCHANGE])
async def test_who_looks_into_a_number_shows_nobodys_certificate(page: Transaction, purpose: Purpose) -> None:
    await make.listing(page, LISTED)
    await show(page, LISTED, purpose=purpose)
    assert await cases(page) == []


async def test_a_number_of_a_listed_range_counts_as_one_listed_by_itself(page: Transaction) -> None:
    await make.listing(page, "X420100010", "X420100019")
    await show(page, "X420100012", purpose=Purpose.BACK_FILL)
    assert [case["subject"] for case in await cases(page)] == ["number:X420100012"]


async def test_an_officer_who_asks_again_the_same_day_adds_nothing_and_another_does(page: Transaction) -> None:
    await make.listing(page, LISTED)
    await show(page, LISTED, LISTED)
    await show(page, LISTED)
    assert len(await leads(page)) == 1
    await show(page, LISTED, officer=make.signed_in(id="clerk2.wuchang"))
    tomorrow = Transaction(page.connection, now=page.now + timedelta(days=1), database=page.database)
    await show(tomorrow, LISTED)
    assert [case["leads"] for case in await cases(page)] == [3]


async def show_for(tx: Transaction, officer: str, client: str = "his.zhongnan") -> None:
    """Look the listed number up from a machine client, for an officer."""
    program = make.signed_in(Role.MACHINE_CLIENT, make.WUCHANG, client)
    asker = asker_of(
        program, purpose=Purpose.BIRTH_REGISTRATION, terminal="desk", on_behalf_of=officer, in_session=False
    )  # fmt: skip
    await verify_group(tx, [ask(asker, LISTED)], grammars=Grammars())
    await admit_attempts(tx, limit=10)


async def test_a_number_that_a_program_shows_counts_once_a_day_for_each_officer_it_asks_for(page: Transaction) -> None:
    await make.listing(page, LISTED)
    for officer in ("clerk.wuchang", "clerk.wuchang", "clerk2.wuchang", "clerk.wuchang"):
        await show_for(page, officer)
    assert len(await leads(page)) == 2
    await show_for(page, "clerk.wuchang", client="his.xiehe")
    await show(page, LISTED)  # at the station's own desk, by the officer for whom the program has asked
    assert len(await leads(page)) == 2
    await show(page, LISTED, officer=make.signed_in(id="his.zhongnan"))  # nobody's deputy
    assert len(await leads(page)) == 3
    tomorrow = Transaction(page.connection, now=page.now + timedelta(days=1), database=page.database)
    await show_for(tomorrow, "clerk.wuchang")
    assert [case["leads"] for case in await cases(page)] == [4]


async def test_an_attempt_after_the_case_was_closed_opens_another(page: Transaction) -> None:
    await make.listing(page, LISTED)
    await show(page, LISTED)
    for status in ("investigating", "concluding", "closed"):
        await page.connection.execute(CLOSE[status])
    await show(page, LISTED)
    assert sorted(case["status"] for case in await cases(page)) == ["closed", "waiting"]


CLOSE = {
    "investigating": "UPDATE cases SET status = 'investigating', investigator = 'i', lease_until = now()",
    "concluding": "UPDATE cases SET status = 'concluding', lease_until = NULL, proposed_outcome = 'cleared',"
    " proposed_by = 'i', proposed_at = now(), proposed_reason = 'so'",
    "closed": "UPDATE cases SET status = 'closed', outcome = 'cleared', confirmed_by = 'l', closed_at = now()",
}


async def test_a_listed_number_that_stands_in_the_books_is_about_its_child(page: Transaction) -> None:
    child = await enter_fact(page, certificate_number=LISTED)
    await make.listing(page, LISTED)
    await show(page, LISTED)
    [case] = await cases(page)
    assert case["subject"].startswith("child:")
    assert await page.connection.fetchval("SELECT registration_id FROM cases") == child


async def look_up(tx: Transaction, *numbers: str) -> None:
    """Look numbers up at a desk, as one group, and nothing else."""
    asker = asker_of(make.signed_in(), purpose=Purpose.BIRTH_REGISTRATION, terminal="desk", in_session=False)
    await verify_group(tx, [ask(asker, number) for number in numbers], grammars=Grammars())


async def statements(page: Transaction, *numbers: str) -> list[str]:
    """Look numbers up and return what was sent to the database."""
    sent: list[str] = []

    def note(query: Any) -> None:
        sent.append(query.query)

    page.connection.add_query_logger(note)
    await look_up(page, *numbers)
    await asyncio.sleep(0)  # the driver tells of a statement when the loop comes round
    page.connection.remove_query_logger(note)
    return sent


async def test_look_ups_that_meet_a_listed_number_send_no_further_statement(page: Transaction) -> None:
    await make.listing(page, LISTED)
    await make.usage(page, "X420100002")
    await look_up(page, FREE)
    free = await statements(page, FREE, "X420100002", "not a number")
    assert not [text for text in free if "attempts_owed" in text]
    with_one = await statements(page, FREE, LISTED)
    assert len(with_one) == len(free)
    assert len([text for text in with_one if "attempts_owed" in text]) == 1
    assert not [text for text in with_one if "case" in text.lower().replace("case when", "")]


async def test_fifty_listed_numbers_among_ten_thousand_open_fifty_cases_in_one_statement(page: Transaction) -> None:
    numbers = [f"X4207{place:05d}" for place in range(10_000)]
    for number in numbers[::200]:
        await make.listing(page, number)
    await look_up(page, *numbers)
    assert await admit_attempts(page, limit=200) == 50
    assert sorted(case["certificate_number"] for case in await cases(page)) == numbers[::200]


async def test_a_desk_waits_for_no_act_on_the_numbers_case(database: Database) -> None:
    async with database.transaction() as tx:
        await make.listing(tx, LISTED)
        await show(tx, LISTED)
    async with database.transaction() as act:
        await act.connection.execute("SELECT FROM cases FOR UPDATE")
        async with asyncio.timeout(5), database.transaction() as desk:
            await desk.connection.execute("SET LOCAL lock_timeout = '1s'")
            await look_up(desk, LISTED)
    assert not await case_jobs.admit_attempts(database)
    async with database.transaction() as tx:
        assert await tx.connection.fetchval("SELECT count(*) FROM attempts_owed") == 0
        assert len(await leads(tx)) == 1  # the same officer, the same day


async def test_what_is_owed_is_taken_part_by_part_and_by_one_worker_at_a_time(database: Database) -> None:
    numbers = [f"X42070{place:04d}" for place in range(7)]
    async with database.transaction() as tx:
        for number in numbers:
            await make.listing(tx, number)
        await look_up(tx, *numbers, numbers[0])
    async with database.transaction() as one:
        assert await admit_attempts(one, limit=5) == 5
        async with database.transaction() as other:
            assert await admit_attempts(other, limit=5) == 0
    async with database.transaction() as tx:
        assert await admit_attempts(tx, limit=5) == 3
        assert sorted(case["certificate_number"] for case in await cases(tx)) == numbers
        assert {case["leads"] for case in await cases(tx)} == {1}


async def test_a_worker_that_dies_in_between_leaves_what_is_owed_to_the_next(database: Database) -> None:
    async with database.transaction() as tx:
        await make.listing(tx, LISTED)
        await look_up(tx, LISTED)
    connection = await database.connect()
    await connection.execute("BEGIN")
    assert await admit_attempts(Transaction(connection, now=database.clock(), database=database), limit=5) == 1
    connection.terminate()
    async with asyncio.timeout(10):
        while not await value(database, "SELECT count(*) FROM cases"):
            await case_jobs.admit_attempts(database)
    assert await value(database, "SELECT count(*) FROM attempts_owed") == 0


async def value(database: Database, question: str) -> int:
    """Ask the books for one figure."""
    async with database.transaction() as tx:
        found: int = await tx.connection.fetchval(question)
    return found


async def test_attempts_and_findings_on_one_number_that_race_open_one_case(database: Database) -> None:
    async with database.transaction() as tx:
        await make.listing(tx, LISTED)
        await make.listing(tx, OTHER)

    async def attempt(place: int) -> None:
        async with database.transaction() as tx:
            both = (LISTED, OTHER) if place % 2 else (OTHER, LISTED)
            await show(tx, *both, officer=make.signed_in(id=f"clerk{place}"))

    async def find() -> None:
        async with database.transaction() as tx:
            await admit(tx, number=LISTED, kind="finding", rule="invalid_certificate", source=new_id())

    works: list[Any] = [attempt(place) for place in range(8)] + [find() for _ in range(4)]
    await asyncio.gather(*works)
    async with database.transaction() as tx:
        found = await cases(tx)
    assert {case["subject"]: (case["leads"], case["kinds"]) for case in found} == {
        f"number:{LISTED}": (12, 2),
        f"number:{OTHER}": (8, 1),
    }


async def test_the_reasons_of_the_list_are_said_alike_in_the_books_and_in_the_service(page: Transaction) -> None:
    kept = await page.connection.fetch(
        "SELECT code, zh, en FROM unnest($1::text[]) AS code CROSS JOIN LATERAL void_reason(code)",
        list(BLACKLIST_REASONS),
    )
    assert {row["code"]: (row["zh"], row["en"]) for row in kept} == {
        code: (text.zh, text.en) for code, text in BLACKLIST_REASONS.items()
    }
