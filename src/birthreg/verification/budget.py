"""How much an officer may ask: a brake against looking through the country's numbers.

Counting runs beside the look-up and never delays it, so an officer can overshoot by what is
under way; a refusal is written on the trail once a minute, not once a question.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Coroutine, Iterable, Mapping

from birthreg.access.models import Role
from birthreg.access.rules import LOOKUPS_PER_HOUR
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.kernel.budgets import WINDOW, Budgets, Spent
from birthreg.kernel.clock import Clock
from birthreg.kernel.database import Database
from birthreg.kernel.errors import BudgetSpent, DomainError
from birthreg.verification.models import Asker

_COUNT_EVERY = 0.2
"""Seconds for which look-ups are added up before Valkey hears of them: one message, not one a group."""

_TOLD_EVERY = 60.0
"""Seconds between two entries on the trail for the same officer."""


class LookupBudget:
    """Spends the look-ups of a group and names the officers who have none left."""

    def __init__(self, budgets: Budgets, *, database: Database, clock: Clock) -> None:
        """Count in Valkey; write refusals to the database's trail."""
        self._budgets = budgets
        self._database = database
        self._clock = clock
        self._spent: dict[str, tuple[float, Spent]] = {}
        self._told: dict[str, float] = {}
        self._uncounted: Counter[str] = Counter()
        self._roles: dict[str, Role] = {}
        self._counting: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, askers: Iterable[Asker]) -> dict[str, DomainError]:
        """Return who may ask no more, as last counted, and count the others a moment later."""
        refused: dict[str, DomainError] = {}
        for asker in askers:
            if self._spent and self._blocked(asker.officer):
                refused[asker.officer] = self._refusal(asker)
                self._beside(self._tell(asker))
            else:
                self._roles[asker.officer] = asker.role
                self._uncounted[asker.officer] += 1
        if self._uncounted and self._counting is None:
            self._counting = self._beside(self._count_soon())
        return refused

    async def _count_soon(self) -> None:
        await asyncio.sleep(_COUNT_EVERY)
        self._counting = None
        # Taken together: who asks while these are counted belongs to the next time.
        counts, self._uncounted = self._uncounted, Counter()
        roles, self._roles = self._roles, {}
        await self._count(counts, roles)

    async def spend(self, asker: Asker, *, amount: int) -> None:
        """Spend the look-ups of a batch, or of a part of a file, before it is asked; one that is refused costs none.

        Raises:
            BudgetSpent: there is not enough left; single questions may still pass.
        """
        limit = LOOKUPS_PER_HOUR[asker.role]
        now = self._clock().timestamp()
        spent = (await self._budgets.spend({asker.officer: (amount, limit)}, now=now)).get(asker.officer)
        if spent is None:
            return
        await self._budgets.spend({asker.officer: (-amount, limit)}, now=now)
        await self._tell(asker)
        raise BudgetSpent(
            subject=asker.officer, window=WINDOW, limit=limit, left=spent.left, asked=amount,
            retry_after=spent.retry_after,
        )  # fmt: skip

    async def stop(self) -> None:
        """Let what is being counted come to its end."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _beside(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _blocked(self, officer: str) -> bool:
        until, _ = self._spent.get(officer, (0.0, None))
        return until > time.monotonic()

    def _refusal(self, asker: Asker) -> BudgetSpent:
        until, spent = self._spent[asker.officer]
        wait = max(1, int(until - time.monotonic()))
        return BudgetSpent(subject=asker.officer, window=WINDOW, limit=spent.limit, left=0, asked=1, retry_after=wait)

    async def _count(self, counts: Mapping[str, int], roles: Mapping[str, Role]) -> None:
        amounts = {officer: (amount, LOOKUPS_PER_HOUR[roles[officer]]) for officer, amount in counts.items()}
        spent = await self._budgets.spend(amounts, now=self._clock().timestamp())
        for officer, found in spent.items():
            self._spent[officer] = (time.monotonic() + found.retry_after, found)
        for officer in counts.keys() - spent.keys():
            self._spent.pop(officer, None)

    async def _tell(self, asker: Asker) -> None:
        now = time.monotonic()
        if now - self._told.get(asker.officer, float("-inf")) < _TOLD_EVERY:
            return
        self._told[asker.officer] = now
        async with self._database.transaction() as tx:
            await record(
                tx,
                officer=asker.officer,
                organization=asker.organization,
                terminal=asker.terminal,
                operation=Operation.QUERY,
                act="verify",
                object="certificate_number",
                key=None,
                succeeded=False,
                error_code="budget_spent",
                condition=asker.purpose,
            )
