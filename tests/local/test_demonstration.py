import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from tests import make

from birthreg.access.models import Role, Scope
from birthreg.access.sessions import sign_in
from birthreg.cases.dossiers import read_signed
from birthreg.cases.models import LeadKind, Outcome, Status
from birthreg.kernel.database import Database
from birthreg.kernel.keys import Keyring
from birthreg.kernel.vault import Vault
from birthreg.local.believable import OFFICERS
from birthreg.local.demonstration import PASSWORD, seed
from birthreg.local.servers import OWNER_ROLE, Postgres
from birthreg.registrations.book_models import SearchRequest
from birthreg.registrations.reading import search
from birthreg.screening.baseline import reckon_usual_shares
from birthreg.screening.rule_files import load_rules
from birthreg.screening.sweep_models import SweepRequest
from birthreg.screening.sweeping import go_through
from birthreg.screening.sweeps import request_sweep
from birthreg.verification.models import PresentedCertificate, Purpose
from birthreg.verification.service import Grammars, ask, asker_of, verify_group


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    return Vault(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    return Keyring(tmp_path_factory.mktemp("signing"))


@pytest.fixture(scope="module")
async def seeded(server: Postgres, template: str, vault: Vault, keyring: Keyring) -> AsyncIterator[Database]:
    """A database with the demonstration, for tests that change nothing."""
    name = f"test_{uuid4().hex}"
    connection = await asyncpg.connect(server.url(role=OWNER_ROLE, database="postgres"))
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    database = Database(server.url(role=OWNER_ROLE, database=name))
    await database.open()
    await seed(database, vault, keyring)
    yield database
    await database.close()
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


async def value(database: Database, query: str, *arguments: Any) -> Any:
    async with database.transaction() as tx:
        return await tx.connection.fetchval(query, *arguments)


async def verdict(database: Database, number: str, certificate: PresentedCertificate | None = None) -> str:
    """Ask as a desk would, and leave no trace of it."""
    asker = asker_of(make.signed_in(), purpose=Purpose.BIRTH_REGISTRATION, terminal="desk", in_session=False)
    asking = ask(asker, number, certificate=certificate)
    async with database.transaction() as tx:
        inner = tx.connection.transaction()
        await inner.start()
        group = await verify_group(tx, [asking], grammars=Grammars())
        await inner.rollback()
    return "ended" if group.decisions[0] is None else group.decisions[0].verdict.value


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("X420100001", "clear"),
        ("X420100002", "used"),
        ("X420100003", "blacklisted"),
        ("X420100004", "reserved"),
        ("X420100005", "clear"),
        *((f"X4201000{place}", "blacklisted") for place in range(10, 20)),
        *((f"X4201000{place}", "clear") for place in range(20, 30)),
    ],
)
async def test_a_fixed_number_has_its_verdict(seeded: Database, number: str, expected: str) -> None:
    assert await verdict(seeded, number) == expected


async def test_the_number_issued_to_another_child_is_a_mismatch_for_any_child_named(seeded: Database) -> None:
    presented = PresentedCertificate(child_name="李安然", child_sex=2, born_at="2023-05-04")
    assert await verdict(seeded, "X420100005", presented) == "mismatch"


@pytest.mark.parametrize("number", ["X420100001", "X420100020"])
async def test_a_clear_number_stays_clear_whatever_child_is_named(seeded: Database, number: str) -> None:
    assert await verdict(seeded, number, PresentedCertificate(child_name="李安然")) == "clear"


@pytest.mark.parametrize("table", ["issuances", "usages", "lookups", "blacklist_entries"])
async def test_the_numbers_left_for_trying_are_never_touched(seeded: Database, table: str) -> None:
    column = "first" if table == "blacklist_entries" else "certificate_number"
    query = f"SELECT count(*) FROM {table} WHERE {column} BETWEEN 'X420100020' AND 'X420100029'"
    assert await value(seeded, query) == 0


@pytest.mark.parametrize(("officer", "role", "organization"), [(row[0], row[2], row[3]) for row in OFFICERS])
async def test_every_officer_signs_in_with_the_known_password(
    seeded: Database, officer: str, role: Role, organization: str
) -> None:
    signed_in = await sign_in(seeded, officer_id=officer, password=PASSWORD, otp=None, terminal="desk")
    assert (signed_in.officer.role, signed_in.officer.organization) == (role, organization)


async def test_every_officer_is_marked_as_a_demonstration(seeded: Database) -> None:
    assert await value(seeded, "SELECT count(*) FROM officers WHERE NOT demonstration") == 0


async def test_the_province_has_its_promised_size(seeded: Database) -> None:
    assert 19_000 < await value(seeded, "SELECT count(*) FROM usages") < 21_000
    assert await value(seeded, "SELECT count(*) FROM issuances") > 20_000
    assert await value(seeded, "SELECT count(*) FROM blacklist_entries WHERE lapses_at IS NULL") == 300
    assert await value(seeded, "SELECT count(*) FROM blacklist_entries WHERE first < last AND lapses_at IS NULL") == 20
    assert await value(seeded, "SELECT count(*) FROM registrations") > 20_000
    assert 200 < await value(seeded, "SELECT count(*) FROM lookups") < 1_000


async def test_the_list_is_in_motion_and_its_books_agree(seeded: Database) -> None:
    assert await value(seeded, "SELECT count(*) FROM blacklist_proposals WHERE status = 'proposed'") == 3
    assert await value(seeded, "SELECT count(*) FROM blacklist_entries WHERE lapses_at > now()") == 1
    assert await value(seeded, "SELECT count(*) FROM blacklist_acknowledgements") == 1
    assert await value(seeded, "SELECT count(*) FROM blacklist_objections WHERE status = 'received'") == 1
    agreeing = (
        "SELECT count(*) FROM blacklist_entries AS entries JOIN blacklist_versions AS versions ON entry_id = entries.id"
        " WHERE valid_from = listed_at AND NOT EXISTS (SELECT FROM blacklist_versions AS later"
        " WHERE later.entry_id = entries.id AND later.id > versions.id)"
        " AND valid_to IS NOT DISTINCT FROM coalesce(lifted_at, lapses_at)"
    )
    assert await value(seeded, agreeing) == 301


@pytest.mark.parametrize(
    "moment",
    [
        "used_at) FROM usages",
        "entered_at) FROM registrations",
        "recorded_at) FROM registration_acts",
        "recorded_at) FROM audit_entries WHERE act NOT IN ('seed_demonstration', 'copy_registrations')",
        "delivered_at) FROM issuances",
        "recorded_at) FROM lookups",
        "at) FROM case_entries",
        "listed_at) FROM blacklist_entries",
    ],
)
async def test_nothing_happens_in_the_future(seeded: Database, moment: str) -> None:
    assert await value(seeded, f"SELECT max({moment} HAVING max({moment.partition(')')[0]}) < now()") is not None


async def test_ordinary_papers_agree_with_their_letter_and_edition(seeded: Database) -> None:
    odd = await value(
        seeded,
        "SELECT count(*) FROM issuances JOIN certificate_letters ON letter = left(certificate_number, 1)"
        " WHERE extract(year FROM issued_on) NOT BETWEEN year - 1 AND year + 1"
        "    OR (year BETWEEN 2019 AND 2022 AND issued_on > '2023-03-31')",
    )
    assert 10 <= odd <= 100


async def test_every_registration_of_the_last_weeks_was_looked_up_before(seeded: Database) -> None:
    unasked = await value(
        seeded,
        "SELECT count(*) FROM usages WHERE used_at > now() - interval '50 days' AND NOT reserved AND NOT EXISTS ("
        "SELECT FROM lookups WHERE lookups.certificate_number = usages.certificate_number AND recorded_at < used_at)",
    )
    assert unasked == 0


async def test_every_use_belongs_to_its_registration(seeded: Database) -> None:
    apart = await value(
        seeded,
        "SELECT count(*) FROM usages AS usage WHERE NOT EXISTS ("
        "SELECT FROM registrations WHERE id = usage.registration_id AND organization = usage.organization"
        " AND (certificate_number = usage.certificate_number OR EXISTS (SELECT FROM registration_changes AS change"
        " WHERE change.registration_id = registrations.id AND new_number = usage.certificate_number"
        " AND change.status = 'proposed')))",
    )
    assert apart == 0
    assert await value(seeded, "SELECT count(*) FROM registration_people WHERE citizen_number IS NOT NULL") > 60_000


@pytest.mark.parametrize(("status", "count"), [("held", 8), ("refused", 3), ("withdrawn", 2), ("revoked", 3)])
async def test_registrations_stand_in_every_state(seeded: Database, status: str, count: int) -> None:
    assert await value(seeded, "SELECT count(*) FROM registrations WHERE status = $1", status) == count


@pytest.mark.parametrize(
    ("kind", "status", "count"),
    [
        ("correction", "approved", 4),
        ("correction", "proposed", 2),
        ("correction", "refused", 1),
        ("revocation", "approved", 3),
        ("revocation", "proposed", 1),
        ("revocation", "refused", 1),
    ],
)
async def test_changes_stand_in_every_state(seeded: Database, kind: str, status: str, count: int) -> None:
    query = "SELECT count(*) FROM registration_changes WHERE kind = $1 AND status = $2"
    assert await value(seeded, query, kind, status) == count


async def test_attempts_were_refused_for_numbers_and_by_the_policy(seeded: Database) -> None:
    codes = await value(seeded, "SELECT array_agg(DISTINCT codes[1]) FROM registration_refusals")
    assert {"verdict_used", "verdict_blacklisted", "neither_parent", "paternity_report_missing"} <= set(codes)


async def test_the_reserved_number_is_held_by_a_child_over_six_with_its_four_proofs(seeded: Database) -> None:
    held = "FROM registrations WHERE certificate_number = 'X420100004'"
    assert await value(seeded, f"SELECT status {held}") == "held"
    proofs = (await value(seeded, f"SELECT particulars {held}"))["late_proofs"]
    assert all(proofs[name] for name in ("visit_report", "face_comparison", "fingerprint_comparison", "dna_report"))


async def test_nothing_of_the_seed_is_owed_upward(seeded: Database) -> None:
    assert await value(seeded, "SELECT count(*) FROM filing_outbox") == 0


async def test_a_family_is_found_by_its_telephone_number(seeded: Database, vault: Vault) -> None:
    """The agent who stands at one desk after the other."""
    async with seeded.transaction() as tx:
        found = await search(
            tx, make.signed_in(Role.PROVINCE_ADMIN, make.HUBEI), scope=Scope(patterns=("42%",)),
            wanted=SearchRequest(phone="15400000042"), vault=vault, limit=50, terminal="desk",
        )  # fmt: skip
    assert len(found) == 12


async def test_cases_stand_in_every_state(seeded: Database) -> None:
    found = await value(
        seeded, "SELECT jsonb_object_agg(status, count) FROM (SELECT status, count(*) FROM cases GROUP BY 1) AS c"
    )
    assert set(found) == set(Status), found
    assert 60 <= sum(found.values()) <= 90
    outcomes = await value(seeded, "SELECT array_agg(DISTINCT outcome) FROM cases WHERE outcome IS NOT NULL")
    assert set(outcomes) == set(Outcome)
    kinds = await value(seeded, "SELECT array_agg(DISTINCT kind) FROM case_leads")
    assert set(kinds) == set(LeadKind) - {LeadKind.FILING_REJECTED}


async def test_every_referred_case_has_its_dossier(seeded: Database) -> None:
    async with seeded.transaction() as tx:
        rows = await tx.connection.fetch(
            "SELECT cases.id, closed_at, confirmed_by, jws FROM cases LEFT JOIN case_dossiers ON case_id = cases.id"
            " WHERE outcome = 'referred'"
        )
    assert rows
    for row in rows:
        dossier = read_signed(row["jws"]).dossier
        assert (dossier.case.id, dossier.made_by) == (row["id"], row["confirmed_by"])
        assert dossier.iat == int(row["closed_at"].timestamp())
        assert [entry.act for entry in dossier.timeline][-2:] == ["conclusion", "confirmation"]


async def test_every_act_on_a_case_has_one_entry_on_its_timeline_and_one_on_the_trail(seeded: Database) -> None:
    apart = """
    SELECT count(*)
      FROM (SELECT case_id::text AS key, 'case_' || act AS act, at FROM case_entries WHERE act NOT IN ('open', 'join')
            EXCEPT ALL
            SELECT key, act, recorded_at FROM audit_entries WHERE object = 'case') AS unmatched
    """
    assert await value(seeded, apart) == 0
    assert await value(seeded, "SELECT count(*) FROM case_entries WHERE act NOT IN ('open', 'join')") == await value(
        seeded, "SELECT count(*) FROM audit_entries WHERE object = 'case'"
    )
    assert await value(seeded, "SELECT count(*) FROM case_entries WHERE note IS NOT NULL") > 40


async def test_each_entry_of_a_case_follows_from_the_one_before(seeded: Database) -> None:
    broken = """
    SELECT count(*)
      FROM (SELECT act, before, at, lag(after) OVER course AS stood, lag(at) OVER course AS earlier
              FROM case_entries WINDOW course AS (PARTITION BY case_id ORDER BY seq)) AS entries
     WHERE act <> 'open' AND (before <> stood OR at < earlier AND act <> 'join')
    """
    assert await value(seeded, broken) == 0


async def test_every_rule_finds_something_in_the_demonstration(seeded: Database) -> None:
    investigator = make.signed_in(Role.PROVINCE_ADMIN, make.HUBEI, "admin.hubei")
    async with seeded.transaction() as tx:
        asked = SweepRequest(note="全面倒查")
        sweep = await request_sweep(tx, investigator, scope=Scope(patterns=("42%",)), asked=asked, terminal="desk")
    await reckon_usual_shares(seeded)
    while await go_through(seeded, lanes=1, sweep=sweep.id):
        pass
    found = await value(seeded, "SELECT array_agg(DISTINCT rule) FROM findings")
    assert set(found) == set(load_rules())
    suspicious = await value(seeded, "SELECT count(DISTINCT registration_id) FROM findings")
    assert 200 < suspicious < 500


async def test_seeding_twice_is_seeding_once(seeded: Database, vault: Vault, keyring: Keyring) -> None:
    counts = (
        "SELECT (SELECT count(*) FROM usages) + (SELECT count(*) FROM lookups) + (SELECT count(*) FROM audit_entries)"
    )
    before = await value(seeded, counts)
    await seed(seeded, vault, keyring)
    assert await value(seeded, counts) == before


async def test_two_databases_are_told_the_same(
    seeded: Database, database: Database, vault: Vault, keyring: Keyring
) -> None:
    await seed(database, vault, keyring)
    digest = (
        "SELECT md5(string_agg(usages::text, '' ORDER BY certificate_number)) ||"
        " (SELECT md5(string_agg(entries::text, '' ORDER BY id)) FROM blacklist_entries AS entries"
        "  WHERE lapses_at IS NULL AND lift_proposal_id IS NULL) ||"
        " (SELECT md5(string_agg(typed || recorded_at, '' ORDER BY id)) FROM lookups) ||"
        " (SELECT md5(string_agg(certificate_number || status, '' ORDER BY certificate_number, status))"
        "  FROM cases WHERE status <> 'waiting') FROM usages"
    )
    first, second = await asyncio.gather(value(seeded, digest), value(database, digest))
    assert first == second


async def test_a_lead_confirms_what_waits_for_a_conclusion(
    client: httpx.AsyncClient, database: Database, vault: Vault, keyring: Keyring
) -> None:
    await seed(database, vault, keyring)
    signed_in = await client.post("/api/v1/sessions", json={"officer_id": "lead.wuhan", "password": PASSWORD})
    client.headers["Authorization"] = f"Bearer {signed_in.json()['access_token']}"
    waiting = await value(
        database, "SELECT array_agg(id) FROM cases WHERE status = 'concluding' AND handler LIKE '4201%'"
    )
    assert waiting
    for case in waiting:
        answer = await client.post(
            f"/api/v1/cases/{case}/confirmation", json={"decision": "approve", "reason": "记录齐全,同意。"}
        )
        assert (answer.status_code, answer.json().get("status")) == (200, "closed"), answer.text


async def test_a_database_with_real_officers_is_left_alone(database: Database, vault: Vault, keyring: Keyring) -> None:
    async with database.transaction() as tx:
        await make.officer(tx)
    await seed(database, vault, keyring)
    assert await value(database, "SELECT count(*) FROM officers") == 1
    assert await value(database, "SELECT count(*) FROM usages") == 0
