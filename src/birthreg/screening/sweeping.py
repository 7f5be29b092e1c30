"""Going through a sweep: parts side by side where nobody asks, one by one where desks do."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from enum import Enum
from uuid import UUID

from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.kernel.database import Database, Transaction
from birthreg.screening import service, store, sweep_store
from birthreg.screening.finding_models import Finding
from birthreg.screening.models import FoundBy, Hit, Mode
from birthreg.screening.rulebook import Rulebook
from birthreg.screening.sweep_models import Ended, RuleCount, SweepPart

LANES = min(16, len(os.sched_getaffinity(0)))
"""Parts that are run side by side where nobody asks: one a processor, and no more than a server has room for."""
PART = 20_000
"""Registrations of one part where nobody asks."""
PART_BESIDE_DESKS = 2_000
_ASKED_OF_LATE = timedelta(seconds=2)
_STANDS_BY = 0.5
"""Seconds until a lane that stands back for desks looks again."""

OnProgress = Callable[[], Awaitable[None]]


class SweepGivenUp(Exception):
    """A sweep was cancelled while one of its parts was run: the part is undone."""


class _Step(Enum):
    DONE = "a part was gone through"
    NONE = "no part is there that nobody works on"
    BUSY = "desks are asking, and another part is run already"


class Lane:
    """One connection's way through a sweep, part by part."""

    def __init__(self, database: Database, *, sweep: UUID | None, is_first: bool) -> None:
        """Name the sweep; None takes whichever was asked for first. Only first lanes run beside desks."""
        self._database = database
        self._sweep = sweep
        self._is_first = is_first
        self._rulebook = Rulebook()
        self._is_busy = False

    async def run(self, over: asyncio.Event, on_progress: OnProgress | None) -> bool:
        """Go through parts until none is left; say whether there was any."""
        any_done = False
        while not over.is_set():
            begun = time.monotonic()
            step = await self._step()
            if step is _Step.NONE:
                break
            any_done = True
            if step is _Step.BUSY:
                await asyncio.sleep(_STANDS_BY)
            elif self._is_busy:  # half of the time is left to desks
                await asyncio.sleep(time.monotonic() - begun)
            if on_progress is not None:
                await on_progress()
        if self._is_first:
            over.set()
        return any_done

    async def _step(self) -> _Step:
        step = await self._run_part()
        if step is not _Step.NONE:
            return step
        async with self._database.transaction() as tx:
            size = PART_BESIDE_DESKS if self._is_busy else PART
            cut = await sweep_store.cut_part(tx, sweep=self._sweep, size=size)
        return _Step.NONE if cut is None else await self._run_part(or_else=_Step.DONE)

    async def _run_part(self, *, or_else: _Step = _Step.NONE) -> _Step:
        """Run a part and write what it found, or nothing of it; `or_else` where others took all that there were."""
        try:
            async with self._database.transaction() as tx:
                await sweep_store.plan_for_many(tx)
                self._is_busy = await sweep_store.is_busy(tx, within=_ASKED_OF_LATE)
                if self._is_busy and not (self._is_first and await sweep_store.is_alone(tx)):
                    return _Step.BUSY
                part = await sweep_store.take_part(tx, sweep=self._sweep)
                if part is None:
                    return or_else
                await _go_through(tx, part, rulebook=self._rulebook)
        except SweepGivenUp:
            pass
        return _Step.DONE


async def _go_through(tx: Transaction, part: SweepPart, *, rulebook: Rulebook) -> None:
    hits = await _search(tx, part, rulebook=rulebook)
    # In one order whoever keeps them: two sweeps over the same registrations don't lock each other out.
    hits.sort(key=lambda hit: (hit.registration_id, hit.rule))
    kept = await service.keep(tx, rulebook=rulebook, hits=hits, found_by=FoundBy.SWEEP, sweep=part.sweep_id)
    counts = _count(part, kept, rulebook)
    ended = await sweep_store.finish_part(tx, part=part, rules_version=rulebook.version, counts=counts)
    if ended is None:
        raise SweepGivenUp
    if ended.is_done:
        await _note_end(tx, ended)


async def _search(tx: Transaction, part: SweepPart, *, rulebook: Rulebook) -> list[Hit]:
    """Run the rules over a part, in the versions that stand now."""
    while True:
        statement = await rulebook.sweeping(tx, part.rules)
        if statement is None or part.registrations == 0:
            return []
        version, hits = await store.run(tx, statement=statement, after=part.after, up_to=part.up_to)
        if version == rulebook.version:
            return hits


def _count(part: SweepPart, kept: Sequence[Finding], rulebook: Rulebook) -> list[RuleCount]:
    found = Counter(finding.rule for finding in kept if not finding.is_shadow)
    shadows = Counter(finding.rule for finding in kept if finding.is_shadow)
    return [
        RuleCount(
            code,
            rulebook.standings[code].version,
            found[code],
            shadows[code],
            is_off=code not in rulebook.rules or rulebook.standings[code].mode is Mode.OFF,
        )
        for code in part.rules
        if code in rulebook.standings
    ]


async def _note_end(tx: Transaction, ended: Ended) -> None:
    await record(
        tx, officer="worker", organization=ended.organization, terminal="worker", operation=Operation.ADD,
        act="finish_sweep", object="sweep", key=str(ended.id), count=ended.found,
        detail={"rules": ended.rules, "registrations": ended.total},
    )  # fmt: skip


async def go_through(
    database: Database, *, lanes: int, sweep: UUID | None = None, on_progress: OnProgress | None = None
) -> bool:
    """Go through what waits, as many parts side by side as there are lanes; say whether there was anything.

    It returns when no part is left that nobody works on. A lane that fails stops the others, and its part is undone.
    """
    over = asyncio.Event()
    tasks = [
        asyncio.create_task(Lane(database, sweep=sweep, is_first=place == 0).run(over, on_progress))
        for place in range(lanes)
    ]
    try:
        return any(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
