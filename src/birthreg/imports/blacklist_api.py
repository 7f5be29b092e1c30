"""The doors of void numbers by file: send it, see what it would change, let two persons decide."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State, UploadFile
from litestar.params import FromPath, MultipartBody, QueryParameter
from litestar.response import Stream

from birthreg.access.guards import Asker, Spoken, Terminal, Tx, require_token
from birthreg.access.models import Act
from birthreg.access.readings import record_reading
from birthreg.access.rules import sees_in_clear
from birthreg.access.service import permit
from birthreg.blacklist import batches
from birthreg.blacklist.answers import ETAG, told, with_tag
from birthreg.blacklist.batch_models import DifferenceKind, DifferenceShown, LeftEntry
from birthreg.blacklist.hiding import read_place
from birthreg.blacklist.proposal_models import UsedNumber
from birthreg.imports import batch_files, taking
from birthreg.imports.api import LARGEST_FILE
from birthreg.imports.batch_views import BatchView, tell
from birthreg.imports.reports import report_rejections
from birthreg.kernel.idempotency import Answer, IdempotencyKey, once
from birthreg.kernel.paging import Cursor, Limit, Page, decode_id_cursor, decode_place
from birthreg.kernel.problems import documented

Kind = Annotated[DifferenceKind, QueryParameter(description="哪一类差异 · which kind of row")]
_LASTING = (401, 403, 404, 409, 412, 422)
_CHANGED = told(BatchView, *_LASTING)


class FileOfVoidNumbers(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A CSV or XLSX in the format of the list."""

    file: UploadFile


class BlacklistImportController(Controller):
    """Void numbers by file."""

    path = "/api/v1/blacklist/imports"
    tags = ("blacklist",)

    @post(
        "/",
        summary="批量导入作废编号 · Bring void numbers",
        status_code=202,
        responses=told(BatchView, 401, 403, 404, 409, 422, status=202),
        request_max_body_size=LARGEST_FILE,
        guards=[require_token],
    )
    async def send(
        self,
        request: Request[Any, Any, State],
        data: MultipartBody[FileOfVoidNumbers],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take a CSV (UTF-8, GB18030) or XLSX; it is compared with the list, and nothing comes into force by that."""
        scope = await permit(tx, officer, act=Act.PROPOSE_BLACKLIST, terminal=terminal)
        content = data.file.file

        async def act() -> Answer:
            taken = await batch_files.take_batch(
                tx, officer, scope=scope, uploads=request.app.state.uploads, content=content,
                file_name=data.file.filename, terminal=terminal,
            )  # fmt: skip
            return Answer(202, msgspec.json.encode(tell(taken, language)))

        body = b"" if idempotency_key is None else await asyncio.to_thread(taking.digest_upload, content)
        answer = await once(tx, officer=officer.id, key=idempotency_key, door=self.path, body=body, act=act)
        return Response(answer.body, status_code=answer.status, media_type="application/json")

    @get("/", summary="批量导入记录 · Files brought", responses=documented(401, 403, 422))
    async def list_batches(
        self, tx: Tx, officer: Asker, terminal: Terminal, language: Spoken, limit: Limit = 50, cursor: Cursor = None
    ) -> Page[BatchView]:
        """Return the files of the jurisdiction, newest first."""
        scope = await permit(tx, officer, act=Act.READ_BLACKLIST, terminal=terminal)
        found = await batch_files.list_batches(tx, scope=scope, before=decode_id_cursor(cursor), limit=limit + 1)
        page = Page.cut([tell(one, language) for one in found], limit=limit, cursor_of=lambda one: one.id)
        await record_reading(
            tx, officer, act=Act.READ_BLACKLIST, object="blacklist_import", terminal=terminal, count=len(page.items)
        )
        return page

    @get(
        "/{batch_id:uuid}",
        summary="预览与进度 · Preview and progress",
        responses=documented(401, 403, 404),
        response_headers=ETAG,
    )
    async def find(
        self, tx: Tx, officer: Asker, terminal: Terminal, language: Spoken, batch_id: FromPath[UUID]
    ) -> Response[BatchView]:
        """Say how far a file is, what it would change, who decided, and what came of it."""
        scope = await permit(tx, officer, act=Act.READ_BLACKLIST, terminal=terminal)
        found = await batch_files.find_batch(tx, scope=scope, batch=batch_id)
        await record_reading(
            tx, officer, act=Act.READ_BLACKLIST, object="blacklist_import", terminal=terminal, key=batch_id
        )
        return with_tag(tell(found, language), version=found.version)

    @get(
        "/{batch_id:uuid}/rejections",
        summary="被拒绝的行 · Refused rows",
        media_type="text/csv; charset=utf-8",
        responses=documented(401, 403, 404),
    )
    async def rejections(self, tx: Tx, officer: Asker, terminal: Terminal, batch_id: FromPath[UUID]) -> Stream:
        """Return the rows refused so far as CSV: line, field, code, the reason in both languages, the row.

        To an auditor without the row.
        """
        scope = await permit(tx, officer, act=Act.READ_BLACKLIST, terminal=terminal)
        found = await batch_files.find_batch(tx, scope=scope, batch=batch_id)
        await record_reading(
            tx, officer, act=Act.READ_BLACKLIST, object="blacklist_import", terminal=terminal, key=batch_id
        )
        return Stream(
            report_rejections(tx.database, import_id=found.id, in_clear=sees_in_clear(officer)),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{found.id}.rejected.csv"'},
        )

    @get("/{batch_id:uuid}/differences", summary="差异 · Differences", responses=documented(401, 403, 404, 422))
    async def differences(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        batch_id: FromPath[UUID],
        kind: Kind,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[DifferenceShown]:
        """Return the rows of one kind in the order of the file, with what they change and whom they overlap."""
        scope = await permit(tx, officer, act=Act.READ_BLACKLIST, terminal=terminal)
        found = await batch_files.find_batch(tx, scope=scope, batch=batch_id)
        after, _ = decode_place(cursor) or (0, None)
        rows = await batches.list_differences(tx, batch=found.id, kind=kind, after=after, limit=limit + 1)
        page = Page.cut(rows, limit=limit, cursor_of=lambda row: f"{row.line}:{found.id}")
        await record_reading(
            tx,
            officer,
            act=Act.READ_BLACKLIST,
            object="blacklist_import",
            terminal=terminal,
            key=batch_id,
            count=len(page.items),
            kind=kind,
        )
        return page

    @get(
        "/{batch_id:uuid}/uses", summary="已使用的编号 · Numbers already used", responses=documented(401, 403, 404, 422)
    )
    async def uses(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        batch_id: FromPath[UUID],
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[UsedNumber]:
        """Return the numbers that the file would list and that are used, with when and where; to an auditor masked."""
        scope = await permit(tx, officer, act=Act.READ_BLACKLIST, terminal=terminal)
        found = await batch_files.find_batch(tx, scope=scope, batch=batch_id)
        in_clear = sees_in_clear(officer)
        place = read_place(cursor, in_clear=in_clear)
        page = await batches.list_uses(tx, scope=scope, batch=found.id, place=place, limit=limit, in_clear=in_clear)
        await record_reading(
            tx,
            officer,
            act=Act.READ_BLACKLIST,
            object="blacklist_import",
            terminal=terminal,
            key=batch_id,
            count=len(page.items),
        )
        return page

    @get(
        "/{batch_id:uuid}/left", summary="撤销时保留的条目 · Left by an undo", responses=documented(401, 403, 404, 422)
    )
    async def left(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        batch_id: FromPath[UUID],
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[LeftEntry]:
        """Return the entries of a batch that an undo left, or, while it is in force, would leave.

        Others had changed them before, or another batch in force says them too (`left_to`).
        """
        scope = await permit(tx, officer, act=Act.READ_BLACKLIST, terminal=terminal)
        found = await batch_files.find_batch(tx, scope=scope, batch=batch_id)
        entries = await batches.list_left(
            tx, scope=scope, batch=found.id, after=decode_id_cursor(cursor), limit=limit + 1
        )
        page = Page.cut(entries, limit=limit, cursor_of=lambda entry: entry.id)
        await record_reading(
            tx,
            officer,
            act=Act.READ_BLACKLIST,
            object="blacklist_import",
            terminal=terminal,
            key=batch_id,
            count=len(page.items),
        )
        return page
