"""One act on many cases: each by itself, told case by case, and taken back within ten minutes."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from uuid import UUID

import asyncpg
import msgspec

from birthreg.access.models import Officer, Scope
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.cases import bulk_store as store
from birthreg.cases import reading
from birthreg.cases.bulk_acts import BULK_WAYS
from birthreg.cases.bulk_models import MOST_CASES, BulkAct, BulkCase, BulkItem, BulkReport, BulkRequest
from birthreg.cases.models import Acted
from birthreg.cases.queue_models import CaseFilter
from birthreg.cases.queueing import Asked
from birthreg.kernel.database import CONNECTION_LOST, Transaction
from birthreg.kernel.errors import Conflict, DomainError, FieldsWrong, NotFound, Unavailable
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.language import Language, Text

logger = logging.getLogger("birthreg.cases")

OBJECT = "case_bulk"
UNDO_FOR = timedelta(minutes=10)
_FAULT = Text("此案办理时发生内部错误,未作更改。", "A fault of the service; this case was left as it is.")

_OF_ALL = (
    Unavailable, *CONNECTION_LOST, asyncpg.TransactionRollbackError, asyncpg.CharacterNotInRepertoireError,
    asyncpg.UntranslatableCharacterError,
)  # fmt: skip
"""Faults that are no one case's: the whole act ends."""

One = Callable[[Transaction], Awaitable[Acted]]


class Bulking(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts on many cases, from where, and in which language they are told."""

    officer: Officer
    scope: Scope
    terminal: str
    language: Language


async def act_on_many(tx: Transaction, who: Bulking, *, asked: BulkRequest) -> BulkReport:
    """Do one act with many cases, each by itself: where it is refused for one, the others go on.

    A preview does the same and takes it back case by case, so that it says what would happen now.
    """
    cases, has_more = await _choose(tx, who, asked)
    await tx.settle()
    bulk = None if asked.preview else new_id()
    if bulk is not None:
        await store.insert_bulk(tx, who.officer, bulk=bulk, act=asked.act)
    items = await _go_through(tx, who, cases, asked=asked, bulk=bulk)
    done = sum(item.done for item in items)
    await trail(tx, who, act="case_bulk" if bulk else "case_bulk_preview", key=bulk, told=asked.act, count=done)
    return BulkReport(
        id=bulk, act=asked.act, preview=asked.preview, done=done, refused=len(items) - done, has_more=has_more,
        undo_until=tx.now + UNDO_FOR if bulk else None, items=items,
    )  # fmt: skip


async def _choose(tx: Transaction, who: Bulking, asked: BulkRequest) -> tuple[list[UUID], bool]:
    """Return the cases that are meant, each once, and whether the filter finds more than one act takes."""
    if asked.filter is None:
        return list(dict.fromkeys(asked.case_ids or ())), False
    await reading.require_kind(tx, asked.filter.kind, field="filter.kind")
    wanted = CaseFilter(**msgspec.structs.asdict(asked.filter))
    found = await reading.list_cases(
        tx, who.officer, scope=who.scope, wanted=wanted, after=None, limit=MOST_CASES + 1
    )  # fmt: skip
    return [case.id for case in found[:MOST_CASES]], len(found) > MOST_CASES


async def _go_through(
    tx: Transaction, who: Bulking, cases: Sequence[UUID], *, asked: BulkRequest, bulk: UUID | None
) -> list[BulkItem]:
    """Do the act with each case, in the order in which they are held; tell of them in the order given."""
    if bulk is None:
        found = await store.list_cases(tx, scope=who.scope, cases=cases)
    else:
        others = () if asked.other is None else (asked.other,)
        found = await store.hold_cases(tx, scope=who.scope, cases=[*cases, *others])
    way = BULK_WAYS[asked.act]
    items = {}
    for case in found:
        if case.id not in cases:
            continue
        one = Asked(officer=who.officer, scope=who.scope, case=case.id, version=None, terminal=who.terminal)

        async def perform(part: Transaction, one: Asked = one) -> Acted:
            return await way.perform(part, one, asked)

        do = _rehearse if bulk is None else apart
        items[case.id] = await do(tx, case, perform, language=who.language)
        version = items[case.id].version
        if bulk is not None and version is not None:
            await store.insert_item(tx, bulk=bulk, case=case, version=version, other=asked.other)
    return [items.get(case) or _unknown(case, who.language) for case in cases]


async def _rehearse(tx: Transaction, case: BulkCase, act: One, *, language: Language) -> BulkItem:
    """Say what would come of one case, and let it go at once: nobody waits for the rest of a preview."""
    attempt = tx.connection.transaction()
    await attempt.start()
    try:
        item = await apart(tx, case, act, language=language)
    finally:
        await attempt.rollback()
    return msgspec.structs.replace(item, version=None, entry_id=None)


async def apart(tx: Transaction, case: BulkCase, act: One, *, language: Language) -> BulkItem:
    """Do something with one case so that the others stand whatever comes of it."""
    refusal: DomainError | None = None
    await tx.settle()
    # Its own transaction: what waits to be written together with the others would go with them.
    part = Transaction(tx.connection, now=tx.now, database=tx.database)
    try:
        async with tx.connection.transaction():
            try:
                acted = await act(part)
            except DomainError as error:
                if not error.leaves_a_trace:
                    raise
                refusal = error
    except _OF_ALL:
        raise
    except DomainError as error:
        refusal = error
    except Exception:
        logger.exception("fault in an act on many cases, at case %s", case.number)
        return _refused(case, "unexpected_fault", _FAULT.speak(language))
    if refusal is not None:
        return _refused(case, refusal.code, _why(refusal).speak(language))
    return BulkItem(
        case_id=case.id, number=case.number, done=True, before=case.status, after=acted.status,
        version=acted.version, entry_id=acted.entry_id,
    )  # fmt: skip


def _why(error: DomainError) -> Text:
    return error.errors[0].message if isinstance(error, FieldsWrong) and error.errors else error.message


def _refused(case: BulkCase, code: str, message: str) -> BulkItem:
    return BulkItem(
        case_id=case.id, number=case.number, done=False, before=case.status, after=case.status, code=code,
        message=message,
    )  # fmt: skip


def _unknown(case: UUID, language: Language) -> BulkItem:
    error = NotFound()
    return BulkItem(
        case_id=case, number=None, done=False, before=None, after=None, code=error.code,
        message=error.message.speak(language),
    )  # fmt: skip


async def trail(
    tx: Transaction, who: Bulking, *, act: str, key: UUID | None, told: BulkAct, count: int,
    error: Conflict | None = None,
) -> None:  # fmt: skip
    """Write on the trail that an officer acted on many cases; each of these has an entry of its own."""
    await record(
        tx, officer=who.officer.id, organization=who.officer.organization, terminal=who.terminal,
        operation=Operation.CHANGE if key else Operation.QUERY, act=act, object=OBJECT,
        key=None if key is None else str(key), condition=told, count=count, succeeded=error is None,
        error_code=None if error is None else error.code,
    )  # fmt: skip
