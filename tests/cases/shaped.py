"""Investigators at work on how cases hang together, and cases in the states that they meet them in."""

from typing import Any
from uuid import UUID

import msgspec
from tests import make

from birthreg.access.models import Officer, Role, Scope
from birthreg.access.rules import scope_of
from birthreg.cases import linking, merging, splitting
from birthreg.cases.models import Acted
from birthreg.cases.shape_models import LinkRequest, MergeRequest, Split, SplitRequest, UnmergeRequest
from birthreg.kernel.database import Transaction

WHY = "两案的证明出自同一批次。"
STATE = {
    "waiting": "status = 'waiting'",
    "investigating": "status = 'investigating', investigator = 'investigator.wuhan', lease_until = now() + '1 hour'",
    "suspended": "status = 'suspended', investigator = 'investigator.wuhan', lease_until = NULL, awaited = 'letter',"
    " paused_on = '2024-05-27'",
    "concluding": "status = 'concluding', investigator = 'investigator.wuhan', lease_until = NULL,"
    " proposed_outcome = 'cleared', proposed_by = 'investigator.wuhan', proposed_at = now(), proposed_reason = 'why'",
    "closed": "status = 'closed', outcome = 'cleared', closed_at = now(), confirmed_by = 'lead.wuhan'",
    "reopened": "status = 'reopened', investigator = NULL, outcome = NULL, closed_at = NULL, confirmed_by = NULL",
}
WAY_TO = {
    "waiting": [],
    "investigating": ["investigating"],
    "suspended": ["investigating", "suspended"],
    "concluding": ["investigating", "concluding"],
    "closed": ["investigating", "concluding", "closed"],
    "reopened": ["investigating", "concluding", "closed", "reopened"],
}


async def bring_to(tx: Transaction, case: UUID, state: str) -> None:
    """Let a waiting case stand as it does after some acts."""
    for step in WAY_TO[state]:
        await tx.connection.execute(f"UPDATE cases SET {STATE[step]} WHERE id = $1", case)


class Desk(msgspec.Struct, frozen=True):
    """An investigator, and what lies in their reach."""

    officer: Officer
    scope: Scope

    @property
    def _who(self) -> dict[str, Any]:
        return {"scope": self.scope, "version": None, "terminal": "desk"}

    async def link(self, tx: Transaction, case: UUID, other: UUID) -> Acted:
        asked = LinkRequest(other=other, reason=WHY)
        return await linking.link(tx, self.officer, case=case, asked=asked, **self._who)

    async def unlink(self, tx: Transaction, case: UUID, other: UUID) -> Acted:
        return await linking.unlink(tx, self.officer, case=case, from_case=other, **self._who)

    async def merge(self, tx: Transaction, case: UUID, into: UUID) -> Acted:
        asked = MergeRequest(into=into, reason=WHY)
        return await merging.merge(tx, self.officer, case=case, asked=asked, **self._who)

    async def unmerge(self, tx: Transaction, case: UUID) -> Acted:
        return await merging.unmerge(tx, self.officer, case=case, asked=UnmergeRequest(reason=WHY), **self._who)

    async def split(self, tx: Transaction, case: UUID, *leads: UUID) -> Split:
        asked = SplitRequest(lead_ids=list(leads), reason=WHY)
        return await splitting.split(tx, self.officer, case=case, asked=asked, **self._who)


def desk(id: str = "investigator.wuhan", role: Role = Role.INVESTIGATOR, organization: str = make.WUHAN) -> Desk:  # noqa: A002
    """An investigator of Wuhan, or somebody else."""
    return Desk(make.signed_in(role, organization, id), scope_of(organization))


DESK = desk()
LEAD = desk("lead.wuhan", Role.LEAD_INVESTIGATOR)


async def timeline(tx: Transaction, case: UUID) -> list[str]:
    """The acts on a case, in their order."""
    query = "SELECT act FROM case_entries WHERE case_id = $1 ORDER BY seq"
    return [row["act"] for row in await tx.connection.fetch(query, case)]


async def trail(tx: Transaction, officer: str = "investigator.wuhan") -> list[tuple[str, bool, str | None, str]]:
    """What an officer's acts left on the trail: act, whether it succeeded, the refusal's code, the case."""
    query = "SELECT act, succeeded, error_code, key FROM audit_entries WHERE officer = $1 ORDER BY id"
    return [tuple(row) for row in await tx.connection.fetch(query, officer)]


async def lead_ids(tx: Transaction, case: UUID, kind: str | None = None) -> list[UUID]:
    """The leads of a case alone, all or of one kind."""
    query = "SELECT id FROM case_leads WHERE case_id = $1 AND kind = coalesce($2, kind) ORDER BY id"
    return [row["id"] for row in await tx.connection.fetch(query, case, kind)]


async def standing(tx: Transaction, case: UUID, *columns: str) -> Any:
    """Some columns of a case; of one column, its value."""
    row = await tx.connection.fetchrow(f"SELECT {', '.join(columns)} FROM cases WHERE id = $1", case)
    assert row is not None
    return tuple(row) if len(columns) > 1 else row[0]
