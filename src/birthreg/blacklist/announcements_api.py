"""The doors of announcements: what every prefecture is told, and takes note of."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, JSONBody, QueryParameter

from birthreg.access.guards import Asker, Terminal, Tx
from birthreg.access.models import Act
from birthreg.access.readings import record_reading
from birthreg.access.service import permit
from birthreg.blacklist import announcing
from birthreg.blacklist.answers import answer_once, told
from birthreg.blacklist.notice_models import AcknowledgementRequest, Announcement, AnnouncementShown
from birthreg.kernel.clock import require_moment
from birthreg.kernel.idempotency import IdempotencyKey
from birthreg.kernel.paging import Cursor, Limit, Page, decode_place
from birthreg.kernel.problems import documented

Since = Annotated[datetime | None, QueryParameter(description="此刻以后发布的 · announced since (RFC 3339)")]


class AnnouncementController(Controller):
    """Announcements."""

    path = "/api/v1/blacklist/announcements"
    tags = ("blacklist",)

    @get("/", summary="通报 · Announcements", responses=documented(401, 403, 422))
    async def list_announcements(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        since: Since = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[Announcement]:
        """Return what came into force or was lifted anywhere, in the order in which it did."""
        await permit(tx, officer, act=Act.READ_ANNOUNCEMENTS, terminal=terminal)
        found = await announcing.list_announcements(
            tx, officer, since=require_moment(since, field="since"), after=decode_place(cursor), limit=limit + 1
        )
        page = Page.cut(found, limit=limit, cursor_of=lambda one: f"{one.list_version}:{one.id}")
        await record_reading(
            tx, officer, act=Act.READ_ANNOUNCEMENTS, object="announcement", terminal=terminal, count=len(page.items)
        )
        return page

    @get("/{announcement_id:uuid}", summary="一份通报 · One announcement", responses=documented(401, 403, 404))
    async def find(
        self, tx: Tx, officer: Asker, terminal: Terminal, announcement_id: FromPath[UUID]
    ) -> AnnouncementShown:
        """Return one announcement; to who made it also who took note of it, and who has not."""
        scope = await permit(tx, officer, act=Act.READ_ANNOUNCEMENTS, terminal=terminal)
        found = await announcing.find_announcement(tx, officer, scope=scope, announcement=announcement_id)
        await record_reading(
            tx, officer, act=Act.READ_ANNOUNCEMENTS, object="announcement", terminal=terminal, key=announcement_id
        )
        return found

    @post(
        "/{announcement_id:uuid}/acknowledgement",
        summary="签收 · Acknowledge",
        status_code=200,
        responses=told(Announcement, 401, 403, 404, 409, 422),
    )
    async def acknowledge(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[AcknowledgementRequest],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        announcement_id: FromPath[UUID],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take note for one's organisation; once it has, again changes nothing."""
        await permit(tx, officer, act=Act.ACKNOWLEDGE_ANNOUNCEMENTS, terminal=terminal)

        async def act() -> Announcement:
            return await announcing.acknowledge(
                tx, officer, announcement=announcement_id, note=data.note, terminal=terminal
            )

        return await answer_once(request, tx, officer, key=idempotency_key, act=act)
