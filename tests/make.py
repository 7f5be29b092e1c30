"""One short factory per noun; a test overrides only what matters to it."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from redis.asyncio import Redis

from birthreg.access import service as access
from birthreg.access.models import Officer, Role
from birthreg.kernel.budgets import Budgets
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.identifiers import new_id
from birthreg.registrations.models import Application
from birthreg.verification.budget import LookupBudget
from birthreg.verification.jobs import Files, verify_waiting_file
from birthreg.verification.service import Grammars

HUBEI = "420000000000"
WUHAN = "420100000000"
WUCHANG = "420106510000"
FANCHENG = "420606510000"
NOON = datetime(2024, 6, 1, 4, 0, tzinfo=UTC)
PASSWORD = "birthreg-demo"

NAMES = {
    HUBEI: "湖北省公安厅",
    WUHAN: "武汉市公安局",
    WUCHANG: "武昌分局水果湖派出所",
    "420600000000": "襄阳市公安局",
    FANCHENG: "樊城分局王寨派出所",
}


async def organization(tx: Transaction, code: str = WUCHANG) -> str:
    """A known organisation."""
    await access.name_organization(tx, code=code, name=NAMES.get(code, f"机构 {code}"))
    return code


async def officer(
    tx: Transaction,
    id: str = "clerk.wuchang",  # noqa: A002 - the field's name
    *,
    role: Role = Role.CLERK,
    organization: str = WUCHANG,
    password: str = PASSWORD,
    second_factor: bool = False,
) -> str | None:
    """An officer who can sign in; returns the secret of the second factor."""
    await access.name_organization(tx, code=organization, name=NAMES.get(organization, f"机构 {organization}"))
    return await access.admit_officer(
        tx,
        officer=id,
        name=id,
        role=role,
        organization=organization,
        password=password,
        second_factor=second_factor,
    )


def signed_in(role: Role = Role.CLERK, organization: str = WUCHANG, id: str = "clerk.wuchang") -> Officer:  # noqa: A002
    """An officer as a token names one."""
    return Officer(
        id=id,
        name=id,
        role=role,
        organization=organization,
        organization_name=NAMES.get(organization, organization),
        session=new_id(),
    )


async def verify_file(database: Database, folder: Path, *, redis_url: str = "redis://127.0.0.1:1") -> bool:
    """What the worker does once a second with the files that wait; without Valkey no budget is counted."""
    async with Redis.from_url(redis_url, socket_timeout=0.5) as redis:
        budget = LookupBudget(Budgets(redis), database=database, clock=database.clock)
        return await verify_waiting_file(database, files=Files(folder / "files"), grammars=Grammars(), budget=budget)


async def usage(tx: Transaction, number: str = "X420100002", **changes: Any) -> str:
    """A number that was used."""
    row = {
        "used_at": NOON,
        "organization": FANCHENG,
        "registration_reference": "R-1",
        "registration_id": None,
        "reserved": False,
    } | changes
    await tx.connection.execute(
        "INSERT INTO usages (certificate_number, used_at, organization, registration_reference, registration_id,"
        " reserved) VALUES ($1, $2, $3, $4, $5, $6)",
        number,
        *row.values(),
    )
    return number


async def listing(tx: Transaction, first: str = "X420100003", last: str | None = None, **changes: Any) -> UUID:
    """A blacklist entry in force: one number, or a range."""
    organization_code = await organization(tx, changes.pop("organization", WUHAN))
    row = {
        "reason": "stolen",
        "document_number": "武公通〔2024〕1号",
        "event_date": date(2024, 1, 2),
        "listed_at": NOON,
        "listed_by": "admin.wuhan",
        "lifted_at": None,
        "note": None,
    } | changes
    entry = new_id()
    await tx.connection.execute(
        "INSERT INTO blacklist_entries (id, first, last, count, organization, reason, document_number, event_date,"
        " listed_at, listed_by, lifted_at, note) VALUES ($1, $2, $3,"
        " certificate_ordinal($3) - certificate_ordinal($2) + 1, $4, $5, $6, $7, $8, $9, $10, $11)",
        entry,
        first,
        last or first,
        organization_code,
        *row.values(),
    )
    return entry


async def announcement(tx: Transaction, entry: UUID) -> UUID:
    """The announcement of an entry."""
    identifier = new_id()
    await tx.connection.execute(
        "INSERT INTO blacklist_announcements (id, list_version, act, entry_id, first, last, count, reason,"
        " document_number, event_date, organization, announced_by, announced_at)"
        " SELECT $1, version, 'add', entries.id, first, last, count, reason, document_number, event_date, organization,"
        " listed_by, listed_at FROM blacklist_state, (SELECT id, first, last, count, reason, document_number,"
        " event_date, organization, listed_by, listed_at FROM blacklist_entries WHERE id = $2) AS entries",
        identifier,
        entry,
    )
    return identifier


async def issuance(tx: Transaction, number: str = "X420100005", **changes: Any) -> str:
    """A certificate that the health authority issued."""
    row = {
        "issue_kind": 1,
        "issued_on": date(2023, 5, 6),
        "child_name": "李安然",
        "child_sex": 2,
        "born_at": datetime(2023, 5, 4, 0, 30, tzinfo=UTC),
        "mother_name": "王桂兰",
        "father_name": "李建国",
        "issuer_name": "武汉市第一妇幼保健院",
        "issuer_division": "420106",
        "issuer_code": "420106001",
        "original_number": None,
        "delivered_at": NOON,
        "delivered_by": "health.hubei",
    } | changes
    columns = ", ".join(row)
    places = ", ".join(f"${place}" for place in range(2, len(row) + 2))
    await tx.connection.execute(
        f"INSERT INTO issuances (certificate_number, {columns}) VALUES ($1, {places})",
        number,
        *row.values(),
    )
    return number


PLAIN_NEWBORN: dict[str, Any] = {
    "certificate_number": "X420100020",
    "certificate": {"issued_on": "2024-05-22", "issuer_name": "武汉市第一妇幼保健院", "issuer_division": "420106"},
    "child": {"name": "李安然", "sex": 2, "born_at": "2024-05-20T08:30:00+08:00", "ethnic_group": "01"},
    "mother": {"name": "王桂兰", "household": "same", "citizen_number": "420106199003070040"},
    "father": {"name": "李建国", "household": "same", "citizen_number": "420106198808120039"},
    "marital_status": "married",
    "guardians": [{"name": "王桂兰", "relation": "mother"}],
    "applicant": {"name": "李建国", "relation": "father", "phone": "13800000000"},
    "household": {
        "kind": 1,
        "address": "武汉市武昌区水果湖街 1 号",
        "division": "420106",
        "head_name": "李建国",
        "relation": "30",
    },
    "accepted_at": WUCHANG,
    "registered_at": WUCHANG,
    "applied_on": "2024-06-01",
}


def application_body(**changes: Any) -> dict[str, Any]:
    """A plain newborn's application as JSON; a dictionary changes single fields of a part, None takes a part away."""
    body: dict[str, Any] = {}
    for name, value in (PLAIN_NEWBORN | changes).items():
        part = PLAIN_NEWBORN.get(name)
        body[name] = part | value if isinstance(part, dict) and isinstance(value, dict) else value
    if "division" not in changes.get("household", {}):
        body["household"]["division"] = body["registered_at"][:6]
    return body


def application(**changes: Any) -> Application:
    """A plain newborn's application, of a day's work at noon; changes as for `application_body`."""
    return msgspec.convert(application_body(**changes), Application)
