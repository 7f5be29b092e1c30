"""The demonstration: a small believable province, told the same at every first start, and told once.

One transaction makes all of it, so a start that was cut short leaves nothing behind.
"""

from collections.abc import Sequence
from datetime import datetime, time
from random import Random

import msgspec

from birthreg.access.models import Officer, Role
from birthreg.access.service import admit_officer, has_officers, name_organization
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.cases.leads import admit_attempts
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.keys import Keyring, Signer
from birthreg.kernel.public_keys import Purpose
from birthreg.kernel.vault import Vault
from birthreg.local.believable import MINISTRY, OFFICERS, ORGANIZATIONS, STATIONS
from birthreg.local.casework import work_on_cases
from birthreg.local.desks import Inquiry, list_inquiries
from birthreg.local.entries import Entries
from birthreg.local.fixed import hold_fixed, tell_fixed, use_fixed
from birthreg.local.households import Households
from birthreg.local.oddities import tell_oddities
from birthreg.local.pending import OF_HELD, tell_changes, tell_held, tell_refused
from birthreg.local.proposals import propose_some
from birthreg.local.stories import LOCAL, RECENTLY, Storyteller
from birthreg.local.suspicions import find_suspicious, list_latest
from birthreg.local.voids import id_at, list_wasted
from birthreg.local.watching import fill_lists, tell_rivals
from birthreg.verification.service import Grammars, ask, asker_of, verify_group

PASSWORD = "birthreg-demo"  # noqa: S105 - known to everybody, so the service listens on this machine alone
SEED = 420_000


async def seed(database: Database, vault: Vault, keyring: Keyring) -> None:
    """Fill a database that nobody has used yet; where officers are admitted, demonstration or not, do nothing."""
    async with database.transaction() as tx:
        if await has_officers(tx):
            return
        await _admit(tx)
        await _tell(tx, vault, signer=keyring.current(Purpose.DOSSIER))


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


async def _tell(tx: Transaction, vault: Vault, *, signer: Signer) -> None:
    teller = Storyteller(Random(SEED), today=tx.now.astimezone(LOCAL).date())  # noqa: S311 - stories, not secrets
    fixed = tell_fixed(teller.today)
    teller.tell()
    tell_oddities(teller)
    listed = list_wasted(teller)
    since = datetime.combine(teller.today - RECENTLY, time(), LOCAL)
    known = [usage for usage in teller.used if usage.used_at < since]
    recent, courses = tell_changes(teller, [usage for usage in teller.used if usage.used_at >= since])
    courses += tell_held(teller)
    refused = tell_refused(teller, known, listed)
    held = [course.usage for course in courses if course.fate in OF_HELD]
    inquiries = list_inquiries(teller, recent=[*recent, *held], known=known, listed=listed)

    await _copy(tx, "issuances", [*fixed.issued, *teller.issued])
    await _copy(tx, "blacklist_entries", listed, computed=("count",))
    await _copy(tx, "rival_claims", tell_rivals(teller, known))
    entries = Entries(Households(teller, fixed), vault)
    await entries.bring_in(tx, [use_fixed(), *known], held=[hold_fixed(teller.today)])
    await _ask_all(tx, teller.random, inquiries)
    await entries.bring_in(tx, recent, held=held)
    await entries.live_on(tx, courses, refused)
    await propose_some(tx, listed)
    await fill_lists(tx)
    await find_suspicious(tx, recent, today=teller.today)
    await work_on_cases(tx, signer=signer)
    latest = await list_latest(tx, Random(SEED), today=teller.today)  # noqa: S311 - stories, not secrets
    await _ask_all(tx, Random(SEED), latest)  # noqa: S311 - stories, not secrets
    await _record(tx, registrations=len(teller.used), lookups=len(inquiries) + len(latest))


async def _copy(tx: Transaction, table: str, rows: Sequence[msgspec.Struct], *, computed: tuple[str, ...] = ()) -> None:
    columns = (*rows[0].__struct_fields__, *computed)
    values = ([getattr(row, column) for column in columns] for row in rows)
    await tx.connection.copy_records_to_table(table, columns=list(columns), records=values)


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
        await admit_attempts(then, limit=1)


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
