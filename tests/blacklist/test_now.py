"""Whether a number is listed at this very moment, for who waited while the list changed."""

from datetime import timedelta

import pytest
from tests import make

from birthreg.blacklist import service
from birthreg.certificates.models import CertificateNumber
from birthreg.kernel.clock import now_utc
from birthreg.kernel.database import Database, Transaction

NUMBER = CertificateNumber("X420100015")


@pytest.mark.parametrize(("first", "last"), [("X420100015", None), ("X420099000", "X420101999")])
async def test_an_entry_that_came_into_force_after_the_asker_began_is_met(
    database: Database, first: str, last: str | None
) -> None:
    async with database.transaction() as asking:
        assert await service.is_listed_now(asking, number=NUMBER) is None
        async with database.transaction() as tx:
            await make.organization(tx, make.WUHAN)
            entry = await make.listing(tx, first, last, listed_at=now_utc())
        assert await service.is_listed_now(asking, number=NUMBER) == make.WUHAN
        async with database.transaction() as tx:
            await tx.connection.execute("UPDATE blacklist_entries SET lifted_at = now() WHERE id = $1", entry)
        assert await service.is_listed_now(asking, number=NUMBER) is None


@pytest.mark.parametrize(("first", "last"), [("X420100015", None), ("X420100010", "X420100019")])
async def test_a_hold_works_until_its_time_by_the_clock_of_the_books(
    tx: Transaction, first: str, last: str | None
) -> None:
    for lapses_in, held_by in ((timedelta(seconds=-1), None), (timedelta(hours=1), make.WUHAN)):
        await _hold(tx, first, last, lapses_in=lapses_in)
        tx.now += timedelta(days=2)
        assert await service.is_listed_now(tx, number=NUMBER) == held_by


async def test_numbers_beside_an_entry_are_not_listed(tx: Transaction) -> None:
    await make.listing(tx, "X420100010", "X420100014")
    await make.listing(tx, "X420100016", "X420100019")
    await make.listing(tx, "X420100017")
    assert await service.is_listed_now(tx, number=NUMBER) is None


async def _hold(tx: Transaction, first: str, last: str | None, *, lapses_in: timedelta) -> None:
    """A hold that began an hour ago and whose end nobody has recorded yet."""
    entry = await make.listing(
        tx, first, last, document_number=str(lapses_in), listed_at=now_utc() - timedelta(hours=1)
    )
    proposal = await tx.connection.fetchval(
        "INSERT INTO blacklist_proposals (id, act, first, last, count, reason, document_number, event_date,"
        " organization, proposed_by, proposed_by_organization, proposed_at, held)"
        " SELECT gen_random_uuid(), 'add', first, last, count, reason, document_number, event_date, organization,"
        " 'admin.wuhan', organization, now(), true FROM blacklist_entries WHERE id = $1 RETURNING id",
        entry,
    )
    await tx.connection.execute(
        "INSERT INTO blacklist_entries (id, first, last, count, reason, document_number, event_date, organization,"
        " listed_at, listed_by, lapses_at, proposal_id)"
        " SELECT gen_random_uuid(), first, last, count, reason, document_number, event_date, organization, listed_at,"
        " listed_by, $2, $3 FROM blacklist_entries WHERE id = $1",
        entry, now_utc() + lapses_in, proposal,
    )  # fmt: skip
    await tx.connection.execute("UPDATE blacklist_entries SET lifted_at = now() WHERE id = $1", entry)
