"""The act of listening to what changes in cases."""

from birthreg.access.models import Act, Officer, Scope
from birthreg.access.readings import record_reading
from birthreg.cases.event_models import Ending
from birthreg.cases.streaming import Streaming
from birthreg.cases.tailing import Listener, Tail
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import BudgetSpent
from birthreg.kernel.language import Text

OBJECT = "event"
STREAMS_OF_AN_OFFICER = 8
STREAMS_OF_A_PROCESS = 500


class StreamsSpent(BudgetSpent):
    """事件流已达上限({limit} 个)。

    There are as many event streams as there may be ({limit}).
    """

    remedy = Text(
        "请关闭不用的页面,或改用 follow=false 定时查询。",
        "Close pages that aren't used, or poll with follow=false.",
    )


async def listen(
    tx: Transaction, officer: Officer, *, tail: Tail, scope: Scope, last: str | None, follow: bool, terminal: str
) -> Streaming:
    """Let an officer listen from now on, after what was missed since the event `last`; or tell that alone.

    Raises:
        StreamsSpent: the officer, or this process, has too many streams.
    """
    for limit, open_now in (
        (STREAMS_OF_AN_OFFICER, tail.count(officer.id)),
        (STREAMS_OF_A_PROCESS, tail.count()),
    ):
        if follow and open_now >= limit:
            raise StreamsSpent(limit=limit, retry_after=30)
    listener = Listener(officer, scope=scope)
    first = await tail.admit(tx, listener, last=last)
    try:
        await record_reading(
            tx, officer, act=Act.READ_CASES, object=OBJECT, terminal=terminal, count=len(first) - 1, follow=follow,
        )  # fmt: skip
    except BaseException:
        tail.dismiss(listener)
        raise
    if not follow:
        listener.end(Ending.TOLD)
    return Streaming(tail, listener, first=b"".join(first))
