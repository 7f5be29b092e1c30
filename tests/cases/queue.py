"""Cases of the queue for tests: opened as whoever finds something opens them, then put where a test begins."""

from datetime import datetime, timedelta
from uuid import UUID

from tests import make
from tests.cases.leads import admit

from birthreg.access.models import Officer, Role
from birthreg.access.rules import scope_of
from birthreg.cases.models import Status
from birthreg.cases.queueing import Asked
from birthreg.kernel.database import Database, Transaction

MINE, COLLEAGUE, LEAD, SECOND_LEAD = "investigator.wuhan", "investigator2.wuhan", "lead.wuhan", "lead2.wuhan"
WUCHANG_COUNTY = "420106000000"


def investigator(id: str = MINE, organization: str = make.WUHAN) -> Officer:  # noqa: A002 - the field's name
    """An investigator."""
    return make.signed_in(Role.INVESTIGATOR, organization, id)


def lead(id: str = LEAD, organization: str = make.WUHAN) -> Officer:  # noqa: A002 - the field's name
    """A lead investigator."""
    return make.signed_in(Role.LEAD_INVESTIGATOR, organization, id)


def asked(case: UUID, officer: Officer | None = None, *, version: int | None = None) -> Asked:
    """Who asks for an act, at a desk."""
    by = officer or investigator()
    return Asked(officer=by, scope=scope_of(by.organization), case=case, version=version, terminal="desk")


async def waiting(tx: Transaction, place: int = 0, **changes: object) -> UUID:
    """A case that waits; each place has a number of its own."""
    return await admit(tx, number=f"X42099{place:04d}", **changes)  # type: ignore[arg-type]


_INTO = {
    Status.INVESTIGATING: "status = 'investigating', investigator = holder, lease_until = moment + interval '2 hours'",
    Status.SUSPENDED: "status = 'suspended', lease_until = NULL, awaited = 'dna_result',"
    " paused_on = (moment AT TIME ZONE 'Asia/Shanghai')::date",
    Status.CONCLUDING: "status = 'concluding', lease_until = NULL, proposed_outcome = 'cleared',"
    " proposed_by = holder, proposed_at = moment, proposed_reason = 'why'",
    Status.CLOSED: "status = 'closed', outcome = 'cleared', closed_at = moment, confirmed_by = 'lead.else'",
    Status.REOPENED: "status = 'reopened', investigator = NULL, outcome = NULL, closed_at = NULL,"
    " confirmed_by = NULL, proposed_outcome = NULL, proposed_by = NULL, proposed_at = NULL, proposed_reason = NULL",
    Status.MERGED: "status = 'merged', merged_into = other",
}
_ON_THE_WAY = {
    Status.WAITING: (),
    Status.INVESTIGATING: (Status.INVESTIGATING,),
    Status.SUSPENDED: (Status.INVESTIGATING, Status.SUSPENDED),
    Status.CONCLUDING: (Status.INVESTIGATING, Status.CONCLUDING),
    Status.CLOSED: (Status.INVESTIGATING, Status.CONCLUDING, Status.CLOSED),
    Status.REOPENED: (Status.INVESTIGATING, Status.CONCLUDING, Status.CLOSED, Status.REOPENED),
    Status.MERGED: (Status.MERGED,),
}


async def bring(tx: Transaction, case: UUID, status: Status, *, holder: str = MINE) -> UUID:
    """Bring a case that waits into a state, by the ways that cases go."""
    other = await waiting(tx, 9999) if status is Status.MERGED else None
    for step in _ON_THE_WAY[status]:
        await tx.connection.execute(
            "WITH given (case_id, holder, moment, other) AS (SELECT $1::uuid, $2::text, $3::timestamptz, $4::uuid)"
            f" UPDATE cases SET {_INTO[step]} FROM given WHERE id = case_id",
            case, holder, tx.now, other,
        )  # fmt: skip
    return case


def later(tx: Transaction, **parts: float) -> Transaction:
    """The same transaction, some time later."""
    return Transaction(tx.connection, now=tx.now + timedelta(**parts), database=tx.database)


def at(database: Database, moment: datetime) -> Database:
    """The same books at another moment; the caller opens and closes them."""
    return Database(database._url, clock=lambda: moment)
