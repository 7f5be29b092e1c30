"""The doors of evidence: bring a file, list what there is, take one out."""

import asyncio
import re
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State, UploadFile
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, MultipartBody
from litestar.response import File

from birthreg.access.guards import Asker, Spoken, Terminal, Tx, asking, require_token
from birthreg.access.models import Act
from birthreg.access.readings import record_reading
from birthreg.access.rules import sees_in_clear
from birthreg.access.service import permit
from birthreg.blacklist.answers import told
from birthreg.cases import evidence
from birthreg.cases.evidence_files import LARGEST_BYTES, EvidenceFolder, Staged
from birthreg.cases.evidence_models import Evidence, EvidenceBrought
from birthreg.cases.evidence_types import name_to_save
from birthreg.documents import asking as pictures
from birthreg.documents import showing
from birthreg.documents.api import LARGEST_BODY, noting_spent, readers_of
from birthreg.documents.shown_models import PapersShown
from birthreg.kernel.idempotency import Answer, IdempotencyKey, once
from birthreg.kernel.paging import Cursor, Limit, Page, decode_id_cursor
from birthreg.kernel.problems import documented
from birthreg.kernel.texts import VISIBLE
from birthreg.kernel.versions import IfMatch, version_in
from birthreg.screening.showing import Reader

_FORM_BYTES = 64 * 1024
_FILE = {200: ResponseSpec(bytes, generate_examples=False, description="文件 · the file", media_type="*/*")}
_GUARDED = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "no-store",
}


class EvidenceToBring(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A file, and what it shows."""

    file: UploadFile
    description: Annotated[str, msgspec.Meta(max_length=2000)] | None = None


class EvidenceToCompare(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Two pieces of evidence of a case, each a picture of what should be one paper."""

    first: UUID
    second: UUID


class CaseEvidenceController(Controller):
    """Evidence."""

    path = "/api/v1/cases/{case_id:uuid}/evidence"
    tags = ("cases",)

    @post(
        "/",
        summary="提交证据 · Bring evidence",
        status_code=201,
        responses=told(EvidenceBrought, 401, 403, 404, 409, 412, 422, status=201),
        request_max_body_size=LARGEST_BYTES + _FORM_BYTES,
        guards=[require_token],
    )
    async def bring(
        self,
        request: Request[Any, Any, State],
        data: MultipartBody[EvidenceToBring],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        case_id: FromPath[UUID],
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take a picture, a document, audio or video up to 200 MiB; what it is, its bytes say."""
        scope = await permit(tx, officer, act=Act.WORK_CASES, terminal=terminal)
        folder: EvidenceFolder = request.app.state.evidence
        version = version_in(if_match)
        staged = await evidence.stage(folder, content=data.file.file, file_name=data.file.filename)

        async def act() -> Answer:
            brought = await evidence.bring(
                tx, officer, scope=scope, case=case_id, folder=folder, staged=staged, file_name=data.file.filename,
                description=_description_of(data), version=version, terminal=terminal,
            )  # fmt: skip
            return Answer(201, msgspec.json.encode(brought))

        try:
            answer = await once(
                tx, officer=officer.id, key=idempotency_key, door=request.url.path, body=_digest(data, staged), act=act
            )
        finally:
            await asyncio.to_thread(folder.discard, staged)
        return Response(answer.body, status_code=answer.status, media_type="application/json")

    @get("/", summary="证据目录 · Evidence", responses=documented(401, 403, 404, 422))
    async def list_evidence(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        case_id: FromPath[UUID],
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[Evidence]:
        """Return the evidence of a case with its digests, in the order in which it was brought."""
        scope = await permit(tx, officer, act=Act.READ_CASES, terminal=terminal)
        found = await evidence.list_evidence(
            tx, scope=scope, case=case_id, after=decode_id_cursor(cursor), limit=limit + 1,
            reader=Reader(language=language, clear=sees_in_clear(officer), scope=scope),
        )  # fmt: skip
        page = Page.cut(found, limit=limit, cursor_of=lambda one: one.id)
        await record_reading(
            tx, officer, act=Act.READ_CASES, object="case_evidence", terminal=terminal, key=case_id,
            count=len(page.items),
        )  # fmt: skip
        return page

    @post(
        "/comparisons",
        summary="比对两份证件图片 · Compare two pieces of evidence",
        status_code=200,
        responses=documented(401, 403, 404, 409, 422, 429),
        guards=[require_token],
    )
    async def compare(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[EvidenceToCompare],
        terminal: Terminal,
        language: Spoken,
        case_id: FromPath[UUID],
    ) -> PapersShown:
        """Mark where two pictures of one paper differ; that each was looked at stands on the timeline."""
        places = []
        for one in (data.first, data.second):
            async with asking(request) as (tx, officer):
                scope = await permit(tx, officer, act=Act.WORK_CASES, terminal=terminal)
                _, place = await evidence.take_out(
                    tx, officer, scope=scope, case=case_id, evidence=one, folder=request.app.state.evidence,
                    terminal=terminal,
                )  # fmt: skip
                places.append(place)
        readers = readers_of(request)
        async with noting_spent(request, Act.WORK_CASES, terminal):
            with readers.hold(sum(min(place.stat().st_size, LARGEST_BODY) for place in places)):
                first, second = [await asyncio.to_thread(_read_picture, place) for place in places]
                found = await pictures.compare_papers(readers, officer, first=first, second=second)
        return showing.show_papers(found, language)

    @get(
        "/{evidence_id:uuid}", summary="调取证据 · Take evidence out", responses=_FILE | documented(401, 403, 404, 409)
    )
    async def take_out(
        self,
        state: State,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        case_id: FromPath[UUID],
        evidence_id: FromPath[UUID],
    ) -> File:
        """Return a file to be saved; that it was taken out stands on the timeline."""
        scope = await permit(tx, officer, act=Act.WORK_CASES, terminal=terminal)
        row, place = await evidence.take_out(
            tx, officer, scope=scope, case=case_id, evidence=evidence_id, folder=state.evidence, terminal=terminal
        )
        name = name_to_save(row.file_name, row.media_type)
        return File(place, filename=name, media_type=row.media_type, headers=_GUARDED)


def _read_picture(place: Path) -> bytes:
    """Read a file as far as a picture may be large; what is larger is refused by whoever opens it."""
    with place.open("rb") as file:
        return file.read(LARGEST_BODY)


def _description_of(data: EvidenceToBring) -> str | None:
    """Return what a file is said to show; one of which nothing can be seen says nothing."""
    return data.description if data.description and re.search(VISIBLE, data.description) else None


def _digest(data: EvidenceToBring, staged: Staged) -> bytes:
    """Return what a repeated request is known by."""
    return staged.sha256 + data.file.filename.encode() + b"\0" + (data.description or "").encode()
