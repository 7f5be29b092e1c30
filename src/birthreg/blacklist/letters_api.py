"""The doors of letters: what is announced and what families are told, on paper."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, get
from litestar.datastructures import State
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter

from birthreg.access.guards import Terminal, asking
from birthreg.access.models import Act
from birthreg.access.service import permit
from birthreg.blacklist import lettering
from birthreg.blacklist.lettering import ObjectionLetter
from birthreg.kernel.letters import print_letter
from birthreg.kernel.problems import documented

DocumentNumber = Annotated[
    str | None,
    QueryParameter(
        min_length=1,
        max_length=60,
        description="发文字号,未给出时留空待填 · the letter's number; without it a place is left to write it",
    ),
]
Kind = Annotated[
    ObjectionLetter | None,
    QueryParameter(description="受理通知书或处理决定书,默认最新 · receipt or decision; by default the latest"),
]
_PDF = {200: ResponseSpec(bytes, generate_examples=False, description="PDF", media_type="application/pdf")}


class AnnouncementLetterController(Controller):
    """The letter of an announcement."""

    path = "/api/v1/blacklist/announcements/{announcement_id:uuid}/letter"
    tags = ("blacklist",)

    @get(
        "/",
        summary="通报公文 · The letter of an announcement",
        media_type="application/pdf",
        responses=_PDF | documented(401, 403, 404, 422, 503),
    )
    async def announcement(
        self,
        request: Request[Any, Any, State],
        terminal: Terminal,
        announcement_id: FromPath[UUID],
        document_number: DocumentNumber = None,
    ) -> Response[bytes]:
        """Return an announcement, or the notice of a lift, in official form."""
        async with asking(request) as (tx, officer):
            await permit(tx, officer, act=Act.READ_ANNOUNCEMENTS, terminal=terminal)
            letter = await lettering.write_announcement(
                tx, officer, announcement=announcement_id, document_number=document_number, terminal=terminal
            )
        return Response(await print_letter(letter), media_type="application/pdf")


class ObjectionLetterController(Controller):
    """The letters to a family."""

    path = "/api/v1/blacklist/objections/{objection_id:uuid}/letter"
    tags = ("blacklist",)

    @get(
        "/",
        summary="异议公文 · The letters on an objection",
        media_type="application/pdf",
        responses=_PDF | documented(401, 403, 404, 409, 422, 503),
    )
    async def objection(
        self,
        request: Request[Any, Any, State],
        terminal: Terminal,
        objection_id: FromPath[UUID],
        kind: Kind = None,
        document_number: DocumentNumber = None,
    ) -> Response[bytes]:
        """Return the receipt of an objection, or the decision on it, in official form."""
        async with asking(request) as (tx, officer):
            scope = await permit(tx, officer, act=Act.READ_OBJECTIONS, terminal=terminal)
            letter = await lettering.write_on_objection(
                tx, officer, scope=scope, objection=objection_id, kind=kind, document_number=document_number,
                terminal=terminal,
            )  # fmt: skip
        return Response(await print_letter(letter), media_type="application/pdf")
