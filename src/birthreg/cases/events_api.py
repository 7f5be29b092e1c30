"""The door of live events."""

from typing import Annotated, Any

from litestar import Controller, Request, get
from litestar.datastructures import State
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter
from litestar.types import ASGIApp

from birthreg.access.guards import Terminal, asking
from birthreg.access.models import Act
from birthreg.access.service import permit
from birthreg.cases import events
from birthreg.cases.event_models import EventFields
from birthreg.kernel.problems import documented

LastEventId = Annotated[
    str | None,
    HeaderParameter(
        name="Last-Event-ID",
        description="最后收到的事件 id,自其后续传 · id of the last event received, to go on after it",
    ),
]
Follow = Annotated[
    bool,
    QueryParameter(
        description="false 只取错过的事件即结束,用于定时查询 · false tells what was missed and ends, for who polls"
    ),
]
_STREAM = ResponseSpec(
    EventFields,
    generate_examples=False,
    media_type="text/event-stream",
    description="`ready` 已接通 · `case` 案件有变化(entry_id, case_id, number, act, before, after, handler, at)"
    " · `reset` 错过太多,请重新读取列表 read the lists again · `interrupted` / `restored` 数据库中断、恢复"
    " the database is away, is back · `end` 结束及原因 the last one, with its reason",
)


class EventController(Controller):
    """What changes in cases, as it happens."""

    path = "/api/v1/events"
    tags = ("cases",)

    @get(
        "/",
        summary="案件实时变化 · What changes in cases, live",
        responses={200: _STREAM} | documented(401, 403, 422, 429),
    )
    async def listen(
        self,
        request: Request[Any, Any, State],
        terminal: Terminal,
        last_event_id: LastEventId = None,
        follow: Follow = True,
    ) -> ASGIApp:
        """Tell what changes in cases of the jurisdiction, from now on or from where the client was cut off.

        The transaction ends before the first event is sent: a stream holds no connection to the database.
        """
        async with asking(request) as (tx, officer):
            scope = await permit(tx, officer, act=Act.READ_CASES, terminal=terminal)
            # Who asks for the head alone wants no body that doesn't end.
            follow = follow and not request.scope["state"].get("is_head", False)
            return await events.listen(
                tx, officer, tail=request.app.state.events, scope=scope, last=last_event_id, follow=follow,
                terminal=terminal,
            )  # fmt: skip
