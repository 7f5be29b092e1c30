"""Many numbers at once: cut into groups that run side by side, answered in the order asked."""

import asyncio
import time
from collections.abc import Coroutine, Iterable, Sequence
from typing import TypeVar
from uuid import UUID

from birthreg.access.models import Officer
from birthreg.access.service import SessionEnded
from birthreg.access.terminals import name_terminal
from birthreg.kernel.database import Database
from birthreg.kernel.errors import Overloaded
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.keys import Signer
from birthreg.kernel.language import Language
from birthreg.verification import receipts, service
from birthreg.verification.budget import LookupBudget
from birthreg.verification.models import Asking, BatchItem, BatchRequest, BatchVerdict, Lookup, Verdict
from birthreg.verification.service import Grammars

T = TypeVar("T")

GROUP = 1_250
"""Numbers in one transaction: large enough to share its cost, small enough that others get their turn."""

SIDE_BY_SIDE = 2

LONGEST_SECONDS = 30.0
"""How long a batch may wait and run before its asker is told that too many are under way."""


async def verify_in_groups(
    database: Database, askings: Sequence[Asking], *, grammars: Grammars, places: asyncio.Semaphore
) -> list[Lookup]:
    """Decide and record many questions, each group in a transaction of its own, as many side by side as `places`.

    Raises:
        SessionEnded: the session no longer stands; what was answered before is on record.
    """
    parts = _cut(askings)
    groups = await _together([_verify_group(database, part, grammars, places) for part in parts])
    return [
        service.lookup_of(asking, decision, group)
        for part, group in zip(parts, groups, strict=True)
        for asking, decision in zip(part, group.decisions, strict=True)
        if decision is not None
    ]


async def _verify_group(
    database: Database, askings: Sequence[Asking], grammars: Grammars, places: asyncio.Semaphore
) -> service.Group:
    async with places:
        began = time.perf_counter()
        async with database.transaction() as tx:
            group = await service.verify_group(tx, askings, grammars=grammars)
    service.meter(group.decisions, seconds=time.perf_counter() - began)
    if None in group.decisions:
        raise SessionEnded
    return group


def _cut(items: Sequence[T]) -> list[Sequence[T]]:
    return [items[start : start + GROUP] for start in range(0, len(items), GROUP)]


async def _together(works: Iterable[Coroutine[None, None, T]]) -> list[T]:
    """Do all side by side; when one fails, the others are not begun or given up, and its error is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
    except* Exception as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


class Batches:
    """Answers batches; all that are under way share the same few places at the database."""

    def __init__(self, database: Database, *, budget: LookupBudget) -> None:
        """Use a pool of at least `SIDE_BY_SIDE` connections."""
        self._database = database
        self._budget = budget
        self._grammars = Grammars()
        self._places = asyncio.Semaphore(SIDE_BY_SIDE)

    async def verify(
        self, request: BatchRequest, *, signer: Signer, officer: Officer, terminal: str, language: Language
    ) -> BatchVerdict:
        """Answer a batch: recorded one by one, attested together.

        Raises:
            SessionEnded: the session no longer stands.
            BudgetSpent: the officer may not ask this many for now.
            Overloaded: too many batches are under way.
        """
        batch: UUID = new_id()
        asker = service.asker_of(
            officer, purpose=request.purpose, terminal=name_terminal(terminal, request.terminal),
            on_behalf_of=request.on_behalf_of, batch=batch,
        )  # fmt: skip

        async def answer(items: Sequence[BatchItem]) -> list[Verdict]:
            # Asked and told group by group, so that the database works on one while we speak of another.
            askings = [service.ask(asker, item.certificate_number, item.reference) for item in items]
            group = await _verify_group(self._database, askings, self._grammars, self._places)
            return service.tell_group(askings, group, language)

        await self._budget.spend(asker, amount=len(request.items))
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                answers = await _together([answer(part) for part in _cut(request.items)])
        except TimeoutError as error:
            raise Overloaded(retry_after=10) from error
        verdicts = [verdict for part in answers for verdict in part]
        receipt = receipts.attest_batch(
            batch, verdicts, officer=officer, purpose=request.purpose, signer=signer,
            issued_at=int(verdicts[-1].as_of.timestamp()),
        )  # fmt: skip
        return BatchVerdict(id=batch, items=verdicts, receipt=receipt)
