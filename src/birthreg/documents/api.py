"""The doors of pictures: what a reading was, two papers compared, two faces compared, one face searched."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, get, post
from litestar.datastructures import State, UploadFile
from litestar.params import FromPath, MultipartBody

from birthreg.access.guards import Asker, Spoken, Terminal, Tx, asking, require_token
from birthreg.access.models import Act, Officer
from birthreg.access.readings import record_reading
from birthreg.access.service import permit
from birthreg.documents import asking as pictures
from birthreg.documents import readings, service, showing
from birthreg.documents.models import SearchPurpose
from birthreg.documents.readers import Readers, digest
from birthreg.documents.reading_models import ReadingShown
from birthreg.documents.refusals import PicturesSpent, refuse_size
from birthreg.documents.shown_models import FacesShown, HitsShown, PapersShown
from birthreg.kernel.doors import TOO_LARGE
from birthreg.kernel.problems import documented

PATH = "/api/v1/documents"
LARGEST_BODY = 24 * 1024 * 1024 + 64 * 1024
_LARGEST_PAIR = 2 * LARGEST_BODY
ONE_TOO_LARGE = {TOO_LARGE: partial(refuse_size, "file")}
_PAIR_TOO_LARGE = {TOO_LARGE: partial(refuse_size, "first", "second")}


class TwoPictures(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Two pictures to be compared."""

    first: UploadFile
    second: UploadFile


class FaceToSearch(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A face, why it is searched, and the child's own registration, if there is one."""

    file: UploadFile
    purpose: SearchPurpose
    registration_id: UUID | None = None


class DocumentController(Controller):
    """Pictures of papers and faces."""

    path = PATH
    tags = ("documents",)

    @get("/readings/{reading_id:uuid}", summary="一次识别的记录 · One reading", responses=documented(401, 403, 404))
    async def find(self, tx: Tx, officer: Asker, terminal: Terminal, reading_id: FromPath[UUID]) -> ReadingShown:
        """Return what is kept of a reading: outcome, number, digests; neither the picture nor what else it showed."""
        scope = await permit(tx, officer, act=Act.READ_READINGS, terminal=terminal)
        found = await readings.find_reading(tx, scope=scope, reading=reading_id)
        await record_reading(
            tx, officer, act=Act.READ_READINGS, object="document_reading", terminal=terminal, key=reading_id
        )
        return showing.show_reading(found)

    @post(
        "/paper-comparisons",
        summary="比对两张证件图片 · Compare two pictures of one paper",
        status_code=200,
        responses=documented(401, 403, 422, 429),
        request_max_body_size=_LARGEST_PAIR,
        opt=_PAIR_TOO_LARGE,
        guards=[require_token],
    )
    async def compare_papers(
        self,
        request: Request[Any, Any, State],
        data: MultipartBody[TwoPictures],
        terminal: Terminal,
        language: Spoken,
    ) -> PapersShown:
        """Lay two pictures of one paper over each other and mark what differs; neither is kept."""
        officer = await admit(request, Act.READ_PAPERS, terminal)
        async with taken(request, Act.READ_PAPERS, terminal, data.first, data.second) as (first, second):
            found = await pictures.compare_papers(readers_of(request), officer, first=first, second=second)
            digests = [await digest(first), await digest(second)]
        async with asking(request) as (tx, _):
            await readings.note_paper_comparison(
                tx, officer, digests=digests, regions=len(found.regions), terminal=terminal
            )
        return showing.show_papers(found, language)

    @post(
        "/face-comparisons",
        summary="比对两张人脸 · Compare two faces",
        status_code=201,
        responses=documented(401, 403, 422, 429),
        request_max_body_size=_LARGEST_PAIR,
        opt=_PAIR_TOO_LARGE,
        guards=[require_token],
    )
    async def compare_faces(
        self,
        request: Request[Any, Any, State],
        data: MultipartBody[TwoPictures],
        terminal: Terminal,
        language: Spoken,
    ) -> FacesShown:
        """Say how alike two faces are: advice, uncalibrated for children. The score is kept, the faces aren't."""
        officer = await admit(request, Act.COMPARE_FACES, terminal)
        readers = readers_of(request)
        async with taken(request, Act.COMPARE_FACES, terminal, data.first, data.second) as (first, second):
            one = await pictures.look_at_face(readers, officer, content=first, field="first")
            other = await pictures.look_at_face(readers, officer, content=second, field="second")
            digests = (await digest(first), await digest(second))
        async with asking(request) as (tx, _):
            compared = await readings.compare_faces(tx, officer, faces=(one, other), digests=digests, terminal=terminal)
        return showing.show_faces(compared, (one, other), language)

    @post(
        "/face-searches",
        summary="在已登记儿童中检索人脸 · Search a face among registered children",
        status_code=200,
        responses=documented(401, 403, 422, 429),
        request_max_body_size=LARGEST_BODY,
        opt=ONE_TOO_LARGE,
        guards=[require_token],
    )
    async def search_faces(
        self,
        request: Request[Any, Any, State],
        data: MultipartBody[FaceToSearch],
        terminal: Terminal,
        language: Spoken,
    ) -> HitsShown:
        """Return at most five children registered inside the scope who look the same; each search is on the trail."""
        officer = await admit(request, Act.SEARCH_FACES, terminal)
        async with taken(request, Act.SEARCH_FACES, terminal, data.file) as (content,):
            face = await pictures.look_at_face(readers_of(request), officer, content=content, field="file")
        async with asking(request) as (tx, _):
            scope = await permit(tx, officer, act=Act.SEARCH_FACES, terminal=terminal)
            hits = await service.search(
                tx, officer, scope=scope, vault=request.app.state.vault, embedding=service.embedding_of(face),
                purpose=data.purpose, terminal=terminal, besides=data.registration_id,
            )  # fmt: skip
            note = await service.find_note(tx)
        return showing.show_hits(face, hits, note, language)


async def admit(request: Request[Any, Any, State], act: Act, terminal: str) -> Officer:
    """Return the officer, who may do this; no connection is held while a picture is read.

    Raises:
        SessionEnded, NotPermitted: they may not.
    """
    async with asking(request) as (tx, officer):
        await permit(tx, officer, act=act, terminal=terminal)
    return officer


@asynccontextmanager
async def taken(
    request: Request[Any, Any, State], act: Act, terminal: str, *files: UploadFile
) -> AsyncIterator[list[bytes]]:
    """Read files that were sent into memory, where there is room for them.

    Raises:
        ReadersBusy: there is none now.
    """
    async with noting_spent(request, act, terminal):
        with readers_of(request).hold(sum(one.file.seek(0, os.SEEK_END) for one in files)):
            for one in files:
                one.file.seek(0)
            yield [await one.read() for one in files]


@asynccontextmanager
async def noting_spent(request: Request[Any, Any, State], act: Act, terminal: str) -> AsyncIterator[None]:
    """Leave on the trail, once a minute, that an officer was refused for having asked too much."""
    try:
        yield
    except PicturesSpent:
        async with asking(request) as (tx, officer):
            if readers_of(request).is_to_tell(officer):
                await readings.note_spent(tx, officer, act=act, terminal=terminal)
        raise


def readers_of(request: Request[Any, Any, State]) -> Readers:
    """Return who reads pictures for this service."""
    readers: Readers = request.app.state.readers
    return readers
