"""Many numbers at once: cut into groups that run side by side, answered in the order asked."""

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID

from birthreg.access.models import Officer
from birthreg.access.service import SessionEnded
from birthreg.kernel.database import Database
from birthreg.kernel.errors import Overloaded
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.keys import Signer
from birthreg.kernel.language import Language
from birthreg.verification import receipts, service
from birthreg.verification.budget import LookupBudget
from birthreg.verification.models import Asking, BatchItem, BatchRequest, BatchVerdict, Lookup, Verdict
from birthreg.verification.service import Grammars

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
    groups = [askings[start : start + GROUP] for start in range(0, len(askings), GROUP)]
    answers = await asyncio.gather(*(_verify_group(database, group, grammars, places) for group in groups))
    return [lookup for answer in answers for lookup in answer]


async def _verify_group(
    database: Database, askings: Sequence[Asking], grammars: Grammars, places: asyncio.Semaphore
) -> list[Lookup]:
    async with places:
        began = time.perf_counter()
        async with database.transaction() as tx:
            done = await service.verify_group(tx, askings, grammars=grammars)
    service.meter(done.lookups, seconds=time.perf_counter() - began)
    standing = [lookup for lookup in done.lookups if lookup is not None]
    if len(standing) < len(askings):
        raise SessionEnded
    return standing


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
        terminal = request.terminal or terminal

        async def answer(items: Sequence[BatchItem]) -> list[Verdict]:
            # Asked and told group by group, so that the database works on one while we speak of another.
            askings = _ask(officer, request, items, batch, terminal)
            lookups = await _verify_group(self._database, askings, self._grammars, self._places)
            return [service.tell(lookup, language=language, receipt=None) for lookup in lookups]

        first = _ask(officer, request, request.items[:1], batch, terminal)[0]
        await self._budget.spend(first, amount=len(request.items))
        parts = [request.items[start : start + GROUP] for start in range(0, len(request.items), GROUP)]
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                answers = await asyncio.gather(*(answer(part) for part in parts))
        except TimeoutError as error:
            raise Overloaded(retry_after=10) from error
        verdicts = [verdict for part in answers for verdict in part]
        receipt = receipts.attest_batch(
            batch, verdicts, officer=officer, purpose=request.purpose, signer=signer,
            issued_at=int(verdicts[-1].as_of.timestamp()),
        )  # fmt: skip
        return BatchVerdict(id=batch, items=verdicts, receipt=receipt)


def _ask(
    officer: Officer, request: BatchRequest, items: Sequence[BatchItem], batch: UUID, terminal: str
) -> list[Asking]:
    return [
        service.ask(
            officer,
            typed=item.certificate_number,
            purpose=request.purpose,
            terminal=terminal,
            reference=item.reference,
            on_behalf_of=request.on_behalf_of,
            batch=batch,
        )
        for item in items
    ]
