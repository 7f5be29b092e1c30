"""Filings from below into the books of numbers, held to the list as it stands when the number is claimed."""

import asyncio
from typing import Any

import msgspec
import pytest
from tests import make

from birthreg.filing.models import Accepted, Kind, Message, Rejected
from birthreg.kernel.clock import now_utc
from birthreg.kernel.database import Database
from birthreg.kernel.identifiers import new_id
from birthreg.registrations.taking import take

NUMBER = "Z420099001"


def message(**changes: Any) -> Message:
    plain = {
        "iss": make.WUHAN, "id": str(new_id()), "registration_id": str(new_id()), "sequence": 1,
        "kind": Kind.REGISTRATION, "certificate_number": NUMBER, "previous_number": None,
        "organization": make.WUCHANG, "used_at": now_utc().isoformat(), "occurred_at": now_utc().isoformat(),
    }  # fmt: skip
    return msgspec.convert(plain | changes, Message)


@pytest.fixture
async def known(database: Database) -> None:
    async with database.transaction() as tx:
        await make.organization(tx, make.WUHAN)


async def test_a_filing_that_began_before_an_entry_was_approved_is_rejected_after_it(
    database: Database, known: None
) -> None:
    del known
    async with database.transaction() as filing:
        async with database.transaction() as approval:
            await make.listing(approval, NUMBER, organization=make.WUHAN, listed_at=approval.now)
        taken = await take(filing, message())
    assert taken == Rejected(code="certificate_blacklisted", holder=make.WUHAN)


async def test_a_filing_that_waits_for_a_change_of_the_list_is_judged_by_what_it_waited_for(
    database: Database, known: None
) -> None:
    del known
    async with database.transaction() as filing:
        async with database.transaction() as approval:
            await approval.connection.execute("SELECT pg_advisory_xact_lock(list_lock())")
            taking = asyncio.ensure_future(take(filing, message()))
            await asyncio.sleep(0.2)
            await make.listing(approval, NUMBER, organization=make.WUHAN, listed_at=approval.now)
        assert isinstance(await taking, Rejected)


async def test_a_number_that_nobody_lists_is_taken(database: Database) -> None:
    async with database.transaction() as tx:
        assert await take(tx, message()) == Accepted()
