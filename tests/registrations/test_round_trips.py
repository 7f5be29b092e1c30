"""What a registration costs the database, and how many are brought in at once."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from tests import make
from tests.registrations.desks import newborn, numbers

from birthreg.access.models import Role, Scope
from birthreg.certificates.models import CertificateNumber
from birthreg.filing.models import Level
from birthreg.kernel.clock import now_utc
from birthreg.kernel.database import Database
from birthreg.kernel.idempotency import Answer, once
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.language import Language
from birthreg.kernel.vault import Vault
from birthreg.registrations import reading, service
from birthreg.registrations.acting import Books
from birthreg.registrations.book_models import Registered, SearchRequest
from birthreg.registrations.models import Application
from birthreg.registrations.seeding import Entered, copy_registrations
from birthreg.screening.rulebook import Rulebook
from birthreg.verification.service import Grammars

NUMBERS = numbers(8_000)


def application(number: str, **changes: Any) -> Application:
    return msgspec.convert(newborn(number, **changes), Application)


async def enter(database: Database, books: Books, number: str) -> list[str]:
    """Register as the door does, and return what was sent to the database."""
    sent: list[str] = []

    def note(query: Any) -> None:
        sent.append(query.query)

    async with database.transaction() as tx:
        session = await tx.connection.fetchval("SELECT id FROM sessions LIMIT 1")
        officer = msgspec.structs.replace(make.signed_in(), session=session)
        tx.connection.add_query_logger(note)
        try:

            async def act() -> Answer:
                done = await service.register(
                    tx, officer, books=books, application=application(number, child={"name": f"李{number[-3:]}"}),
                    terminal="desk",
                    language=Language.ENGLISH,
                )  # fmt: skip
                assert isinstance(done, Registered)
                return Answer(201, msgspec.json.encode(done))

            await once(tx, officer=officer.id, key=number, door="/registrations", body=b"", act=act)
        finally:
            tx.connection.remove_query_logger(note)
    return sent


@pytest.fixture
async def desk(database: Database) -> None:
    """An officer with a session."""
    async with database.transaction() as tx:
        await make.officer(tx)
        await tx.connection.execute(
            "INSERT INTO sessions (id, officer, terminal, started_at, expires_at)"
            " VALUES (gen_random_uuid(), 'clerk.wuchang', 'desk', now(), now() + interval '1 hour')"
        )


@pytest.mark.parametrize(("upstream", "statements"), [("", 6), ("https://above", 7)])
async def test_a_registration_takes_six_statements_between_begin_and_commit(
    database: Database, desk: None, tmp_path: Path, upstream: str, statements: int
) -> None:
    """Key; facts and session; claim; all that is written; rules; answer. And the filing's place in its order."""
    del desk
    books = Books(Vault(tmp_path), Grammars(), Level(organization=make.WUHAN, upstream_url=upstream), Rulebook())
    await enter(database, books, next(NUMBERS))  # reads the grammar's tables once
    sent = await enter(database, books, next(NUMBERS))
    assert len(sent) == statements, sent


async def test_registrations_are_brought_in_by_copy(database: Database, tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    entered = [
        Entered(
            id=new_id(), application=application(number, child={"name": f"李安{place}"}),
            number=CertificateNumber(number), officer="clerk.wuchang", entered_at=now_utc() - timedelta(days=1),
        )
        for place, number in zip(range(500), NUMBERS, strict=False)
    ]  # fmt: skip
    async with database.transaction() as tx:
        await copy_registrations(tx, entered, vault=vault, by="operator", terminal="here")
    officer = make.signed_in(Role.PREFECTURE_ADMIN, make.WUHAN, "admin.wuhan")
    async with database.transaction() as tx:
        found = await reading.search(
            tx, officer, scope=Scope(patterns=("4201%",)), wanted=SearchRequest(phone="13800000000"), vault=vault,
            limit=501, terminal="desk",
        )  # fmt: skip
    assert len(found) == len(entered)
    with pytest.raises(asyncpg.UniqueViolationError):
        async with database.transaction() as tx:
            await copy_registrations(tx, entered[:1], vault=vault, by="operator", terminal="here")
