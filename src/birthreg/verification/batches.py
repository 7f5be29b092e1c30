"""Many numbers at once: cut into groups that run side by side, answered in the order asked."""

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID

from birthreg.access.models import Officer
from birthreg.access.service import SessionEnded
from birthreg.kernel.database import Database
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.keys import Signer
from birthreg.kernel.language import Language
from birthreg.verification import service
from birthreg.verification.budget import LookupBudget
from birthreg.verification.models import Asking, BatchRequest, BatchVerdict, Lookup
from birthreg.verification.service import Grammars

GROUP = 1_250
"""Numbers in one transaction: large enough to share its cost, small enough that others get their turn."""

SIDE_BY_SIDE = 2


async def verify_in_groups(database: Database, askings: Sequence[Asking], *, grammars: Grammars) -> list[Lookup]:
    """Decide and record many questions, each group in a transaction of its own.

    Raises:
        SessionEnded: the session no longer stands; what was answered before is on record.
    """
    places = asyncio.Semaphore(SIDE_BY_SIDE)

    async def run(group: Sequence[Asking]) -> list[Lookup | None]:
        async with places:
            began = time.perf_counter()
            async with database.transaction() as tx:
                done = await service.verify_group(tx, group, grammars=grammars)
        service.meter(done.lookups, seconds=time.perf_counter() - began)
        return done.lookups

    groups = [askings[start : start + GROUP] for start in range(0, len(askings), GROUP)]
    answers = await asyncio.gather(*(run(group) for group in groups))
    lookups = [lookup for answer in answers for lookup in answer]
    standing = [lookup for lookup in lookups if lookup is not None]
    if len(standing) < len(lookups):
        raise SessionEnded
    return standing


def _ask(officer: Officer, request: BatchRequest, batch: UUID, terminal: str) -> list[Asking]:
    return [
        service.ask(
            officer,
            typed=item.certificate_number,
            purpose=request.purpose,
            terminal=request.terminal or terminal,
            reference=item.reference,
            on_behalf_of=request.on_behalf_of,
            batch=batch,
        )
        for item in request.items
    ]


async def verify_batch(
    database: Database,
    *,
    budget: LookupBudget,
    grammars: Grammars,
    signer: Signer,
    officer: Officer,
    request: BatchRequest,
    terminal: str,
    language: Language,
) -> BatchVerdict:
    """Answer a batch: recorded one by one, attested together.

    Raises:
        SessionEnded: the session no longer stands.
        BudgetSpent: the officer may not ask this many for now.
    """
    batch: UUID = new_id()
    askings = _ask(officer, request, batch, terminal)
    await budget.spend(askings[0], amount=len(askings))
    lookups = await verify_in_groups(database, askings, grammars=grammars)
    items = [service.tell(lookup, language=language, receipt=None) for lookup in lookups]
    receipt = service.attest_batch(
        batch,
        items,
        officer=officer,
        purpose=request.purpose,
        issued_at=int(lookups[-1].recorded_at.timestamp()),
        signer=signer,
    )
    return BatchVerdict(id=batch, items=items, receipt=receipt)
