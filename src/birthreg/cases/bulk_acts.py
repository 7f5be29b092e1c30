"""Which acts can be done with many cases at once: what each asks for, who may, and how it is done with one."""

from collections.abc import Awaitable, Callable

import msgspec

from birthreg.access.models import Act
from birthreg.cases import linking, queueing
from birthreg.cases.bulk_models import BulkAct, BulkRequest
from birthreg.cases.models import Acted
from birthreg.cases.queue_models import AssignmentRequest, SuspensionAsked
from birthreg.cases.queueing import SUSPENSION_END, Asked
from birthreg.cases.shape_models import LinkRequest
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import FieldError, FieldsWrong
from birthreg.kernel.language import Text

Perform = Callable[[Transaction, Asked, BulkRequest], Awaitable[Acted]]


class BulkWay(msgspec.Struct, frozen=True):
    """How an act is done with one case of many."""

    perform: Perform
    needs: tuple[str, ...]
    """The fields without which it can't be done."""
    permission: Act = Act.WORK_CASES
    can_be_undone: bool = True


async def _note(tx: Transaction, one: Asked, asked: BulkRequest) -> Acted:
    return await queueing.note(tx, one, text=asked.text or "")


async def _link(tx: Transaction, one: Asked, asked: BulkRequest) -> Acted:
    wanted = msgspec.convert({"other": asked.other, "reason": asked.reason}, LinkRequest)
    return await linking.link(
        tx, one.officer, scope=one.scope, case=one.case, asked=wanted, version=one.version, terminal=one.terminal
    )


async def _assign(tx: Transaction, one: Asked, asked: BulkRequest) -> Acted:
    wanted = AssignmentRequest(investigator=asked.investigator or "", reason=asked.reason or "")
    return await queueing.assign(tx, one, wanted=wanted)


async def _release(tx: Transaction, one: Asked, asked: BulkRequest) -> Acted:
    return await queueing.release(tx, one, reason=asked.reason or "")


async def _suspend(tx: Transaction, one: Asked, asked: BulkRequest) -> Acted:
    wanted = SuspensionAsked(until=asked.until, awaited=asked.awaited, reason=asked.reason or "")
    return await queueing.suspend(tx, one, wanted=queueing.read_suspension(wanted))


async def _escalate(tx: Transaction, one: Asked, asked: BulkRequest) -> Acted:
    return await queueing.escalate(tx, one, reason=asked.reason or "")


BULK_WAYS = {
    BulkAct.NOTE: BulkWay(_note, ("text",), can_be_undone=False),
    BulkAct.LINK: BulkWay(_link, ("other", "reason")),
    BulkAct.ASSIGNMENT: BulkWay(_assign, ("investigator", "reason"), permission=Act.LEAD_CASES),
    BulkAct.RELEASE: BulkWay(_release, ("reason",)),
    BulkAct.SUSPENSION: BulkWay(_suspend, ("reason",)),
    BulkAct.ESCALATION: BulkWay(_escalate, ("reason",)),
}

_OF_SOME = {"text", "reason", "other", "investigator", "until", "awaited"}
_ALSO = {BulkAct.SUSPENSION: {"until", "awaited"}}
_MISSING = Text("请填写。", "Needed for this act.")
_STRANGE = Text("此操作不使用该项。", "This act has no use for it.")
_EITHER = Text("请填写 case_ids 或 filter 之一。", "Give either case_ids or filter.")


def require_whole(asked: BulkRequest) -> None:
    """See to it that a request says what its act needs, and nothing that it has no use for.

    Raises:
        FieldsWrong: which fields are missing, strange, or say nothing.
    """
    needed = set(BULK_WAYS[asked.act].needs)
    given = {name for name in _OF_SOME if getattr(asked, name) is not None}
    errors = [FieldError(field=name, code="field_missing", message=_MISSING) for name in sorted(needed - given)]
    if asked.act is BulkAct.SUSPENSION and not given & _ALSO[asked.act]:
        errors.append(FieldError(field="until", code="suspension_end", message=SUSPENSION_END))
    strange = given - needed - _ALSO.get(asked.act, set())
    errors += [FieldError(field=name, code="field_strange", message=_STRANGE) for name in sorted(strange)]
    if (asked.case_ids is None) == (asked.filter is None):
        errors.append(FieldError(field="case_ids", code="cases_or_filter", message=_EITHER))
    if errors:
        raise FieldsWrong(errors=tuple(errors))
    queueing.read_moment(asked.until)
