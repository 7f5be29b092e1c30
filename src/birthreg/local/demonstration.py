"""The demonstration: a small believable province, told the same at every first start, and told once.

One transaction makes all of it, so a start that was cut short leaves nothing behind.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random

import msgspec

from birthreg.access.models import Officer, Role
from birthreg.access.service import admit_officer, has_officers, name_organization
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.identifiers import new_id
from birthreg.local.believable import HOSPITALS, MINISTRY, OFFICERS, ORGANIZATIONS, STATIONS, Family
from birthreg.local.desks import Inquiry, list_inquiries
from birthreg.local.oddities import tell_oddities
from birthreg.local.stories import LOCAL, RECENTLY, Issued, Storyteller, Used
from birthreg.local.voids import id_at, list_wasted
from birthreg.verification.service import Grammars, ask, asker_of, verify_group

PASSWORD = "birthreg-demo"  # noqa: S105 - known to everybody, so the service listens on this machine alone
SEED = 420_000


async def seed(database: Database) -> None:
    """Fill a database that nobody has used yet; where officers are admitted, demonstration or not, do nothing."""
    async with database.transaction() as tx:
        if await has_officers(tx):
            return
        await _admit(tx)
        await _tell(tx)


async def _admit(tx: Transaction) -> None:
    for code, name in ORGANIZATIONS.items():
        await name_organization(tx, code=code, name=name)
    for officer, name, role, organization in OFFICERS:
        await admit_officer(
            tx,
            officer=officer,
            name=name,
            role=role,
            organization=organization,
            password=PASSWORD,
            demonstration=True,
        )


async def _tell(tx: Transaction) -> None:
    teller = Storyteller(Random(SEED), today=tx.now.astimezone(LOCAL).date())  # noqa: S311 - stories, not secrets
    teller.tell()
    tell_oddities(teller)
    listed = list_wasted(teller)
    since = datetime.combine(teller.today - RECENTLY, time(), LOCAL)
    known = [usage for usage in teller.used if usage.used_at < since]
    recent = [usage for usage in teller.used if usage.used_at >= since]
    await _copy(tx, "issuances", [*_fixed_papers(teller), *teller.issued])
    await _copy(tx, "usages", [*_fixed_uses(teller.today), *known])
    await _copy(tx, "blacklist_entries", listed, computed=("count",))
    inquiries = list_inquiries(teller, recent=recent, known=known, listed=listed)
    await _ask_all(tx, teller.random, inquiries)
    await _copy(tx, "usages", recent)
    await _record(tx, registrations=len(teller.used), lookups=len(inquiries))


async def _copy(tx: Transaction, table: str, rows: Sequence[msgspec.Struct], *, computed: tuple[str, ...] = ()) -> None:
    columns = (*rows[0].__struct_fields__, *computed)
    values = ([getattr(row, column) for column in columns] for row in rows)
    await tx.connection.copy_records_to_table(table, columns=list(columns), records=values)


def _fixed_papers(teller: Storyteller) -> list[Issued]:
    """Papers of two of the fixed numbers; the names on the second are such that nobody types them by chance."""
    apart = Storyteller(Random(SEED), today=teller.today)  # noqa: S311 - the same on every day
    born, issued = datetime(2023, 4, 28, 6, 12, tzinfo=LOCAL), date(2023, 5, 4)
    apart.issue(HOSPITALS[0], Family("周子墨", 1, "陈雨桐", "周明远"), born, issued, number="X420100002")
    born, issued = datetime(2023, 9, 3, 21, 40, tzinfo=LOCAL), date(2023, 9, 8)
    apart.issue(HOSPITALS[0], Family("皇甫砚秋", 2, "贺兰静川", "皇甫松年"), born, issued, number="X420100005")
    return apart.issued


def _fixed_uses(today: date) -> list[Used]:
    return [
        Used(
            certificate_number="X420100002",
            used_at=datetime(2023, 5, 16, 10, 24, 31, tzinfo=LOCAL),
            organization="420606510000",
            registration_reference="42060651202305160007",
        ),
        Used(
            certificate_number="X420100004",
            used_at=datetime.combine(today - timedelta(days=12), time(15, 8), LOCAL),
            organization="420106510000",
            registration_reference="42010651-approval-0004",
            reserved=True,
        ),
    ]


async def _ask_all(tx: Transaction, random: Random, inquiries: list[Inquiry]) -> None:
    """Ask each question at its own moment, by the rules that answer every other."""
    grammars = Grammars()
    officers = {
        station.code: Officer(
            id=station.clerk,
            name=station.clerk_name,
            role=Role.CLERK,
            organization=station.code,
            organization_name=station.name,
            session=new_id(),
        )
        for station in STATIONS
    }
    for inquiry in inquiries:
        asker = asker_of(
            officers[inquiry.station.code],
            purpose=inquiry.purpose,
            terminal=inquiry.station.terminal,
            in_session=False,
        )
        asking = ask(asker, inquiry.typed, certificate=inquiry.certificate)
        asking = msgspec.structs.replace(asking, id=id_at(random, inquiry.at))
        then = Transaction(tx.connection, now=inquiry.at, database=tx.database)
        await verify_group(then, [asking], grammars=grammars)


async def _record(tx: Transaction, *, registrations: int, lookups: int) -> None:
    await record(
        tx,
        officer="operator",
        organization=MINISTRY,
        terminal="terminal",
        operation=Operation.ADD,
        act="seed_demonstration",
        object="demonstration",
        key=None,
        count=registrations,
        detail={"lookups": lookups},
    )
