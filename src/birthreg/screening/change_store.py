"""Named queries of rules and their changes; touched by this room alone."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from birthreg.access.models import Officer, Scope
from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries
from birthreg.screening.change_models import (
    BackTest,
    BackTestTurn,
    Boundary,
    ChangeId,
    ChangeStatus,
    Compared,
    LookedAt,
    NewVersion,
    RuleChange,
    RuleVersion,
    RuleWeight,
)
from birthreg.screening.models import Standing
from birthreg.screening.statements import Statement

_SQL = load_queries("screening_changes")
NONE = UUID(int=0)


async def weigh_rules(tx: Transaction, *, codes: Sequence[str]) -> list[RuleWeight]:
    """Return rules as they stand, with what came of them, in the order of their codes."""
    return await tx.all(_SQL["weigh_rules"], RuleWeight, codes=codes)


async def estimate_looked_at(tx: Transaction) -> int:
    """Return how many registrations rules look at, roughly where there are many."""
    found = await tx.one(_SQL["estimate_looked_at"], LookedAt)
    return found.registrations if found else 0


async def list_versions(tx: Transaction, *, code: str) -> list[RuleVersion]:
    """Return every version that a rule ever had, newest first."""
    return await tx.all(_SQL["list_versions"], RuleVersion, code=code)


async def begin_back_test(tx: Transaction) -> bool:
    """Say whether a back-test may begin: nobody else is at one."""
    turn = await tx.one(_SQL["begin_back_test"], BackTestTurn)
    return turn is not None and turn.granted


async def limit_time(tx: Transaction, *, milliseconds: int) -> None:
    """Let the next statements take no longer than this."""
    await tx.execute(_SQL["limit_time"], milliseconds=str(milliseconds))


async def find_newest_fact(tx: Transaction) -> UUID:
    """Return the newest registration that rules look at, or the lowest identifier of all where there is none."""
    found = await tx.one(_SQL["find_newest_fact"], Boundary)
    return found.registration_id if found else NONE


async def find_cut(tx: Transaction, *, up_to: UUID, count: int) -> UUID:
    """Return the registration before the last so many up to one; the lowest identifier of all where there are fewer."""
    found = await tx.one(_SQL["find_cut"], Boundary, up_to=up_to, count=count)
    return found.registration_id if found else NONE


async def compare(tx: Transaction, *, statement: Statement, scope: Scope, after: UUID, up_to: UUID) -> Compared:
    """Run a rule as it stands and as it is wanted over one part of the books; samples are inside the scope."""
    values = statement.bind(now=tx.now, after=after, up_to=up_to, scope=list(scope.patterns))
    return msgspec.convert(await tx.connection.fetchrow(statement.query.text, *values), Compared)


async def insert_change(
    tx: Transaction, *, change: UUID, officer: Officer, present: Standing, wanted: Standing, reason: str,
    back_test: BackTest, cost: float | None,
) -> bool:  # fmt: skip
    """Let a change wait for a second person; False where one waits already."""
    found = await tx.one(
        _SQL["insert_change"], ChangeId, id=change, rule=present.code, rule_version=present.version, mode=wanted.mode,
        severity=wanted.severity, parameters=wanted.parameters, reason=reason, back_test=back_test, cost=cost,
        proposed_by=officer.id, organization=officer.organization,
    )  # fmt: skip
    return found is not None


async def find_open_change(tx: Transaction, *, rule: str) -> UUID | None:
    """Return the change of a rule that waits for a second person."""
    found = await tx.one(_SQL["find_open_change"], ChangeId, rule=rule)
    return found.id if found else None


async def lock_change(tx: Transaction, *, scope: Scope, change: UUID) -> RuleChange | None:
    """Return a change proposed inside the scope, held until the transaction ends."""
    if await tx.one(_SQL["lock_change"], ChangeId, id=change, scope=scope.patterns) is None:
        return None
    return await find_change(tx, scope=scope, change=change)


async def find_change(tx: Transaction, *, scope: Scope, change: UUID) -> RuleChange | None:
    """Return a change proposed inside the scope."""
    return await tx.one(_SQL["find_change"], RuleChange, id=change, scope=scope.patterns)


async def list_changes(
    tx: Transaction, *, scope: Scope, rule: str | None, status: ChangeStatus | None, before: UUID, limit: int
) -> list[RuleChange]:
    """Return changes proposed inside the scope, newest first."""
    return await tx.all(
        _SQL["list_changes"], RuleChange, scope=scope.patterns, rule=rule, status=status, before=before, limit=limit
    )


async def decide_change(
    tx: Transaction, *, change: UUID, status: ChangeStatus, officer: Officer, reason: str, new_version: int | None
) -> None:
    """Keep what became of a change that this transaction holds."""
    await tx.execute(
        _SQL["decide_change"], id=change, status=status, officer=officer.id, organization=officer.organization,
        reason=reason, new_version=new_version,
    )  # fmt: skip


async def set_rule(tx: Transaction, *, change: UUID, officer: Officer) -> int | None:
    """Let a rule stand as a change wants it; return its new version, None where it was changed since."""
    found = await tx.one(_SQL["set_rule"], NewVersion, change=change, officer=officer.id)
    return found.version if found else None
