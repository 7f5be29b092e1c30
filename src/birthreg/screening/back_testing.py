"""What a change of a rule would do, tried out over the newest registrations: read only, and never for long."""

import asyncio
from collections.abc import Callable, Sequence

import asyncpg
import msgspec

from birthreg.access.models import Scope
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.errors import field_error
from birthreg.screening import change_store, store
from birthreg.screening.change_models import BackTest, Compared, HitSample, Sample
from birthreg.screening.comparing import SAMPLES, compare, is_alike
from birthreg.screening.models import Rule, Standing
from birthreg.screening.refusals import BackTestRunning
from birthreg.screening.sentences import places_in, say
from birthreg.screening.statements import Statement

SECONDS = 10.0
"""What a back-test may take in all; past it the answer covers fewer registrations."""

_HANGS = 60.0
"""After so many seconds a server that says nothing counts as away; long before it ends a statement itself."""

_FIRST_PART, _PART = 2_000, 20_000
"""Registrations to a part, the newest first: what was looked at before the time is over counts."""


class Tried(msgspec.Struct, frozen=True):
    """A back-test, and how many microseconds the rule took for a registration (None where it looked at none)."""

    back_test: BackTest
    cost: float | None


class _Seen(msgspec.Struct):
    """The parts that a walk has ended with, and the seconds that they took."""

    parts: list[Compared] = []
    seconds: float = 0.0


async def back_test(
    tx: Transaction,
    *,
    rule: Rule,
    present: Standing,
    wanted: Standing,
    newest: int,
    scope: Scope,
    seconds: float = SECONDS,
) -> Tried:
    """Run a rule as it stands and as it is wanted over the newest registrations, and say where they differ.

    On a connection of its own, in a transaction that only reads, so that desks wait for nothing; `tx` names places.

    Raises:
        BackTestRunning: somebody tries out a rule at this moment.
        FieldsWrong: the rule can't be run with these parameters.
    """
    statement = compare(rule, present=present, wanted=wanted)
    seen, until = _Seen(), asyncio.get_running_loop().time() + seconds
    try:
        is_complete = await _try(tx.database, seen, statement=statement, newest=newest, scope=scope, until=until)
    except asyncpg.QueryCanceledError:
        is_complete = False
    except asyncpg.DataError as error:
        raise _unworkable() from error
    told = await _tell(tx, rule, seen.parts, asked=newest, is_complete=is_complete)
    runs = told.looked_at * (1 if is_alike(present, wanted) else 2)
    return Tried(told, seen.seconds * 1e6 / runs if runs else None)


async def _try(
    database: Database, seen: _Seen, *, statement: Statement, newest: int, scope: Scope, until: float
) -> bool:
    connection = await database.connect(command_timeout=_HANGS)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            tx = Transaction(connection, now=database.clock(), database=database)
            if not await change_store.begin_back_test(tx):
                raise BackTestRunning
            return await _walk(tx, seen, statement=statement, newest=newest, scope=scope, until=until)
    finally:
        await connection.close()


async def _walk(tx: Transaction, seen: _Seen, *, statement: Statement, newest: int, scope: Scope, until: float) -> bool:
    """Compare part by part from the newest registration on; say whether all that were asked for have been seen."""
    await _limit(tx, until)
    left, size, up_to = newest, _FIRST_PART, await change_store.find_newest_fact(tx)
    while left > 0 and up_to != change_store.NONE:
        if not await _limit(tx, until):
            return False
        after = await change_store.find_cut(tx, up_to=up_to, count=min(size, left))
        begun = asyncio.get_running_loop().time()
        seen.parts.append(await change_store.compare(tx, statement=statement, scope=scope, after=after, up_to=up_to))
        seen.seconds += asyncio.get_running_loop().time() - begun
        left, up_to, size = left - size, after, _PART
    return True


async def _limit(tx: Transaction, until: float) -> bool:
    """Let the next statements end by then; False when the time is over."""
    remaining = until - asyncio.get_running_loop().time()
    await change_store.limit_time(tx, milliseconds=max(1, int(remaining * 1000)))
    return remaining > 0


def _unworkable() -> Exception:
    return field_error(
        field="parameters",
        code="rule_parameter_unworkable",
        zh="规则无法以这些参数运行:计算超出范围。",
        en="The rule can't be run with these parameters: something is out of range.",
    )


async def _tell(tx: Transaction, rule: Rule, parts: Sequence[Compared], *, asked: int, is_complete: bool) -> BackTest:
    """Put the parts together, with a sentence for each sample."""
    gone, new = _first(parts, lambda part: part.gone_samples), _first(parts, lambda part: part.new_samples)
    names = await store.name_places(
        tx, codes=sorted({code for sample in (*gone, *new) for code in places_in(sample.evidence)})
    )
    return BackTest(
        asked=asked,
        looked_at=sum(part.looked_at for part in parts),
        is_complete=is_complete,
        findings_now=sum(part.findings_now for part in parts),
        findings_after=sum(part.findings_after for part in parts),
        gone=sum(part.gone for part in parts),
        new=sum(part.new for part in parts),
        gone_samples=[_sample(rule, sample, names) for sample in gone],
        new_samples=[_sample(rule, sample, names) for sample in new],
        tested_at=tx.now,
    )


def _first(parts: Sequence[Compared], of: Callable[[Compared], list[HitSample]]) -> list[HitSample]:
    return [sample for part in parts for sample in of(part)][:SAMPLES]


def _sample(rule: Rule, sample: HitSample, names: dict[str, str]) -> Sample:
    return Sample(
        registration_id=sample.registration_id, certificate_number=sample.certificate_number,
        organization=sample.organization, household_organization=sample.household_organization,
        sentence=say(rule.says, sample.evidence, names),
    )  # fmt: skip
