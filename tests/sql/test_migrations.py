"""The schema from nothing, and what the role that the service runs as cannot do to it."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from birthreg.kernel.migrations import MigrationsAhead, list_migrations, migrate
from birthreg.local.servers import OWNER_ROLE, Postgres

NAMES = [file.stem for _, file in list_migrations()]


@pytest.fixture
async def empty_url(server: Postgres) -> AsyncIterator[str]:
    """A database in which nothing was ever migrated."""
    name = f"empty_{uuid4().hex}"
    connection = await asyncpg.connect(server.url(role=OWNER_ROLE, database="postgres"))
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    yield server.url(role=OWNER_ROLE, database=name)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [version for version, _ in list_migrations()] == list(range(1, len(NAMES) + 1))


@pytest.mark.servers
async def test_migrating_an_empty_database_applies_all_and_twice_is_once(empty_url: str) -> None:
    connection = await asyncpg.connect(empty_url)
    assert await migrate(connection) == NAMES
    assert await migrate(connection) == []
    await connection.close()


@pytest.mark.servers
async def test_two_starts_at_once_migrate_one_after_the_other(empty_url: str) -> None:
    connections = [await asyncpg.connect(empty_url) for _ in range(2)]
    applied = await asyncio.gather(*(migrate(connection) for connection in connections))
    assert sorted(applied) == [[], NAMES]
    for connection in connections:
        await connection.close()


async def migrate_to(connection: asyncpg.Connection, last: int) -> None:
    """Apply the migrations up to one, as a former program did."""
    await connection.execute(
        "CREATE TABLE migrations (version int PRIMARY KEY, name text NOT NULL,"
        " applied_at timestamptz NOT NULL DEFAULT clock_timestamp())"
    )
    for version, file in list_migrations()[:last]:
        await connection.execute(file.read_text(encoding="utf-8"))
        await connection.execute("INSERT INTO migrations (version, name) VALUES ($1, $2)", version, file.stem)


_CORRECTED = """
INSERT INTO organizations (code, name) VALUES ('420100000000', '武汉市公安局');
INSERT INTO blacklist_entries (id, first, last, count, reason, document_number, event_date, organization, listed_at,
                               listed_by, lifted_at, replaces, split_from, first_listed_at)
SELECT id::uuid, first, last, certificate_ordinal(last) - certificate_ordinal(first) + 1, 'stolen', '武公通〔2024〕8号',
       '2024-05-01', '420100000000', listed_at::timestamptz, 'admin.wuhan', lifted_at::timestamptz, replaces::uuid,
       split_from::uuid, first_listed_at::timestamptz
  FROM (VALUES
    ('00000000-0000-7000-8000-000000000001', 'X420100010', 'X420100019', '2024-06-01Z', '2024-06-02Z', NULL, NULL,
     NULL),
    ('00000000-0000-7000-8000-000000000002', 'X420100010', 'X420100019', '2024-06-02Z', '2024-06-03Z',
     '00000000-0000-7000-8000-000000000001', NULL, NULL),
    ('00000000-0000-7000-8000-000000000003', 'X420100011', 'X420100019', '2024-06-03Z', NULL, NULL,
     '00000000-0000-7000-8000-000000000002', '2024-06-02Z'))
    AS told (id, first, last, listed_at, lifted_at, replaces, split_from, first_listed_at);
INSERT INTO blacklist_objections (id, version, status, entry_id, entry_listed_by, certificate_number, objector,
                                  relation, grounds, organization, received_by, received_by_organization,
                                  received_at, due_on, due_is_certain)
VALUES ('00000000-0000-7000-8000-0000000000a1', 1, 'received', '00000000-0000-7000-8000-000000000003', 'admin.wuhan',
        'X420100012', '王桂兰', 'mother', '误列', '420100000000', 'clerk.wuchang', '420100000000', '2024-06-04Z',
        '2024-06-24', true);
INSERT INTO blacklist_proposals (id, act, status, first, last, count, reason, document_number, event_date, entry_id,
                                 objection_id, organization, proposed_by, proposed_by_organization, proposed_at,
                                 decided_by, decided_by_organization, decided_at, decision_reason)
VALUES ('00000000-0000-7000-8000-0000000000b1', 'lift', 'refused', 'X420100012', 'X420100012', 1, 'stolen', '9号',
        '2024-05-01', '00000000-0000-7000-8000-000000000003', '00000000-0000-7000-8000-0000000000a1', '420100000000',
        'admin2.wuhan', '420100000000', '2024-06-05Z', 'admin3.wuhan', '420100000000', '2024-06-06Z', '证据不足');
UPDATE blacklist_objections
   SET status = 'upheld', version = 2, decided_by = 'admin2.wuhan', decided_by_organization = '420100000000',
       decided_at = '2024-06-05Z', decision_reason = '属实', proposal_id = '00000000-0000-7000-8000-0000000000b1';
"""


@pytest.mark.servers
async def test_what_former_programs_left_undecided_or_undated_is_mended(empty_url: str) -> None:
    """Migration 44: an upheld objection without a lift waits again; a corrected entry is as old as what it corrects."""
    connection = await asyncpg.connect(empty_url)
    await migrate_to(connection, 43)
    await connection.execute(_CORRECTED)
    await migrate(connection)
    listed = await connection.fetch("SELECT first_listed_at FROM blacklist_entries ORDER BY id")
    assert [row[0] and row[0].day for row in listed] == [None, 1, 1]
    (objection,) = await connection.fetch("SELECT status, version, proposal_id, decided_by FROM blacklist_objections")
    assert tuple(objection) == ("received", 3, None, None)
    await connection.close()


async def test_a_database_made_by_a_newer_program_is_left_alone(owner: asyncpg.Connection) -> None:
    transaction = owner.transaction()
    await transaction.start()
    await owner.execute("INSERT INTO migrations (version, name) VALUES (9999, '9999_later')")
    with pytest.raises(MigrationsAhead):
        await migrate(owner)
    await transaction.rollback()


@pytest.mark.servers
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE own (id int)",
        "CREATE VIEW own AS SELECT 1",
        "CREATE FUNCTION own() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA own",
        "CREATE ROLE other",
        "ALTER TABLE usages ADD COLUMN other int",
        "ALTER TABLE audit_entries DISABLE TRIGGER ALL",
        "DROP TABLE usages",
        "DROP TABLE lookups_elsewhen",
        "DROP INDEX lookups_by_number",
        "TRUNCATE usages",
        "UPDATE audit_entries SET officer = 'somebody'",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
        "UPDATE audit_entries_elsewhen SET officer = 'somebody'",
        "DELETE FROM audit_entries_elsewhen",
        "UPDATE audit_seals SET head = ''",
        "DELETE FROM audit_seals",
        "TRUNCATE audit_seals",
        "INSERT INTO audit_purges DEFAULT VALUES",
        "DELETE FROM audit_purges",
        "UPDATE lookups SET verdict = 'clear'",
        "DELETE FROM lookups",
        "TRUNCATE lookups",
        "DELETE FROM lookups_elsewhen",
        "INSERT INTO audit_entries (transaction_number) VALUES (1)",
        "INSERT INTO lookups (transaction_number) VALUES (1)",
        "DELETE FROM usages",
        "UPDATE issuances SET child_name = 'x'",
        "DELETE FROM issuances",
        "DELETE FROM blacklist_entries",
        "UPDATE blacklist_entries SET first = 'A000000000'",
        "INSERT INTO blacklist_blocks DEFAULT VALUES",
        "DELETE FROM blacklist_blocks",
        "UPDATE certificate_letters SET year = 2000",
        "UPDATE grammar_state SET version = 1",
        "INSERT INTO certificate_editions (edition, first_day) VALUES (8, '2027-01-01')",
        "UPDATE provinces SET complete_from = 2020",
        "INSERT INTO divisions (code, name) VALUES ('420199', 'x')",
        "UPDATE watched_issuers SET ended_by = 'x'",
        "INSERT INTO list_changes (status) VALUES ('approved')",
        "UPDATE list_changes SET after = NULL",
        "DELETE FROM list_changes",
        "INSERT INTO list_history (key) VALUES ('x')",
        "DELETE FROM list_history",
        "DELETE FROM officers",
        "DELETE FROM sessions",
        "UPDATE signing_keys SET public_key = ''",
        "DELETE FROM signing_keys",
        "DELETE FROM key_renewals",
        "UPDATE usages SET reserved = false",
        "INSERT INTO usage_history SELECT FROM usage_history",
        "DELETE FROM usage_history",
        "UPDATE registrations SET officer = 'nobody'",
        "DELETE FROM registrations",
        "DELETE FROM registration_people",
        "UPDATE registration_changes SET reason = ''",
        "DELETE FROM registration_acts",
        "UPDATE registration_refusals SET codes = '{}'",
        "UPDATE filings SET outcome = 'accepted'",
        "DELETE FROM filings",
        "TRUNCATE filings",
        "DELETE FROM filings_elsewhen",
        "UPDATE received_filings SET outcome = 'accepted'",
        "DELETE FROM received_filings",
        "DELETE FROM received_sequences",
        "DELETE FROM filing_sequences",
        "UPDATE subordinates SET public_key = ''",
        "DELETE FROM subordinates",
        "DELETE FROM filing_upstream",
        "INSERT INTO monthly_tables (name) VALUES ('own')",
        "UPDATE migrations SET version = 0",
        "SELECT continue_trail_numbers()",
        "RESET ROLE; SET ROLE birthreg_owner",
        "COPY usages TO PROGRAM 'cat'",
    ],
)
async def test_the_role_of_the_service_may_not(shared_login: asyncpg.Connection, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await shared_login.execute(statement)


@pytest.fixture(scope="module")
async def shared_login(shared_url: str) -> AsyncIterator[asyncpg.Connection]:
    """The service's own login, which has no role to go back to."""
    connection = await asyncpg.connect(shared_url.replace(OWNER_ROLE, "birthreg_service"))
    assert await connection.fetchval("SELECT session_user") == "birthreg_service"
    yield connection
    await connection.close()


@pytest.mark.servers
async def test_the_service_owns_nothing_and_is_in_no_role(owner: asyncpg.Connection) -> None:
    owned = await owner.fetch(
        "SELECT relname FROM pg_class WHERE relowner = 'birthreg_service'::regrole"
        " UNION ALL SELECT proname FROM pg_proc WHERE proowner = 'birthreg_service'::regrole"
    )
    memberships = await owner.fetch("SELECT 1 FROM pg_auth_members WHERE member = 'birthreg_service'::regrole")
    role = await owner.fetchrow(
        "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication FROM pg_roles"
        " WHERE rolname = 'birthreg_service'"
    )
    assert not owned
    assert not memberships
    assert not any(role)


async def test_a_months_table_stands_ready_for_the_coming_year(empty_url: str) -> None:
    owner = await asyncpg.connect(empty_url)
    await migrate(owner)
    for table in ("lookups", "audit_entries", "filings", "received_filings"):
        ready = await owner.fetchval(
            "SELECT bool_and(to_regclass($1 || to_char(now() + months * interval '1 month', '_YYYYMM')) IS NOT NULL)"
            "  FROM generate_series(0, 12) AS months",
            table,
        )
        assert ready
    await owner.close()
