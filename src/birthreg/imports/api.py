"""The doors of imports: send a file, watch it, fetch what was refused."""

import asyncio
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State, UploadFile
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, MultipartBody
from litestar.response import Stream

from birthreg.access.guards import Asker, Spoken, Terminal, Tx, require_token
from birthreg.access.models import Act
from birthreg.access.readings import record_reading
from birthreg.access.rules import sees_in_clear
from birthreg.access.service import permit
from birthreg.imports import taking
from birthreg.imports.models import Import, ImportStatus, Kind
from birthreg.imports.reports import report_rejections
from birthreg.kernel.idempotency import Answer, IdempotencyKey, once
from birthreg.kernel.language import Language
from birthreg.kernel.paging import Cursor, Limit, Page, decode_id_cursor
from birthreg.kernel.problems import documented

LARGEST_FILE = 1024 * 1024 * 1024


class UploadKind(StrEnum):
    """What can be brought in by one officer; void numbers take two."""

    USAGE = "usage"
    ISSUANCES = "issuances"


_ACTS = {UploadKind.USAGE: Act.IMPORT_USAGE, UploadKind.ISSUANCES: Act.DELIVER_ISSUANCES}


class FileToImport(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A file, and what its rows are."""

    file: UploadFile
    kind: UploadKind


class ImportFailure(msgspec.Struct, frozen=True):
    """Why a file was not taken as a whole."""

    code: str
    message: str


class ImportView(msgspec.Struct, frozen=True, kw_only=True):
    """An import as its door shows it; `columns_not_kept` were in the file and were read past."""

    id: UUID
    kind: Kind
    file_name: str
    officer: str
    organization: str
    status: ImportStatus
    requested_at: datetime
    finished_at: datetime | None
    bytes_total: int
    bytes_done: int
    lines_done: int
    rows_new: int
    rows_same: int
    rows_rejected: int
    columns_not_kept: list[str]
    error: Annotated[ImportFailure | None, msgspec.Meta(description="仅在 status 为 failed 时有值 · when failed")]


def _tell(found: Import, language: Language) -> ImportView:
    error = None
    if found.error_code is not None and found.error_message is not None:
        error = ImportFailure(found.error_code, found.error_message.speak(language))
    shared = {name: getattr(found, name) for name in ImportView.__struct_fields__ if name != "error"}
    return ImportView(**shared, error=error)


class ImportController(Controller):
    """Imports."""

    path = "/api/v1/imports"
    tags = ("imports",)

    @post(
        "/",
        summary="导入文件 · Import a file",
        status_code=202,
        responses={202: ResponseSpec(ImportView, generate_examples=False, description="Accepted")}
        | documented(401, 403, 409, 422),
        request_max_body_size=LARGEST_FILE,
        guards=[require_token],
    )
    async def send(
        self,
        request: Request[Any, Any, State],
        data: MultipartBody[FileToImport],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take a CSV (UTF-8, GB18030) or XLSX; the worker checks and merges it."""
        scope = await permit(tx, officer, act=_ACTS[data.kind], terminal=terminal)
        content = data.file.file

        async def act() -> Answer:
            taken = await taking.take_file(
                tx, officer, scope=scope, kind=Kind(data.kind), uploads=request.app.state.uploads, content=content,
                file_name=data.file.filename, terminal=terminal,
            )  # fmt: skip
            return Answer(202, msgspec.json.encode(_tell(taken, language)))

        body = b""
        if idempotency_key is not None:
            body = data.kind.encode() + await asyncio.to_thread(taking.digest_upload, content)
        answer = await once(tx, officer=officer.id, key=idempotency_key, door=self.path, body=body, act=act)
        return Response(answer.body, status_code=answer.status, media_type="application/json")

    @get("/", summary="导入记录 · Imports", responses=documented(401, 403, 422))
    async def list_imports(
        self, tx: Tx, officer: Asker, terminal: Terminal, language: Spoken, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[ImportView]:
        """Return the imports of the jurisdiction, newest first."""
        scope = await permit(tx, officer, act=Act.READ_IMPORTS, terminal=terminal)
        found = await taking.list_imports(tx, scope=scope, before=decode_id_cursor(cursor), limit=limit + 1)
        page = Page.cut([_tell(one, language) for one in found], limit=limit, cursor_of=lambda one: one.id)
        await record_reading(
            tx, officer, act=Act.READ_IMPORTS, object="import", terminal=terminal, count=len(page.items)
        )
        return page

    @get("/{import_id:uuid}", summary="进度 · Progress", responses=documented(401, 403, 404))
    async def find(
        self, tx: Tx, officer: Asker, terminal: Terminal, language: Spoken, import_id: FromPath[UUID]
    ) -> ImportView:
        """Say how far an import is and what became of its rows."""
        scope = await permit(tx, officer, act=Act.READ_IMPORTS, terminal=terminal)
        found = await taking.find_import(tx, scope=scope, import_id=import_id)
        await record_reading(tx, officer, act=Act.READ_IMPORTS, object="import", terminal=terminal, key=import_id)
        return _tell(found, language)

    @get(
        "/{import_id:uuid}/rejections",
        summary="被拒绝的行 · Refused rows",
        media_type="text/csv; charset=utf-8",
        responses=documented(401, 403, 404),
    )
    async def rejections(self, tx: Tx, officer: Asker, terminal: Terminal, import_id: FromPath[UUID]) -> Stream:
        """Return the rows refused so far as CSV: line, field, code, the reason in both languages, the row.

        To an auditor without the row.
        """
        scope = await permit(tx, officer, act=Act.READ_IMPORTS, terminal=terminal)
        found = await taking.find_import(tx, scope=scope, import_id=import_id)
        await record_reading(
            tx, officer, act=Act.READ_IMPORTS, object="import_rejections", terminal=terminal, key=import_id,
            count=found.rows_rejected,
        )  # fmt: skip
        return Stream(
            report_rejections(tx.database, import_id=found.id, in_clear=sees_in_clear(officer)),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{found.id}.rejected.csv"'},
        )
