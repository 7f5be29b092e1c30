"""The door of a registered child's face."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, delete, post
from litestar.datastructures import State, UploadFile
from litestar.params import FromPath, MultipartBody

from birthreg.access.guards import Asker, Terminal, Tx, asking, require_token
from birthreg.access.models import Act
from birthreg.access.service import permit
from birthreg.documents.api import LARGEST_BODY, ONE_TOO_LARGE, admit, readers_of, taken
from birthreg.documents.asking import look_at_face
from birthreg.kernel.problems import documented
from birthreg.registrations.pictures import FaceForgotten, FaceKept, forget_face, keep_face


class FaceToKeep(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A picture of the child."""

    file: UploadFile


class FaceController(Controller):
    """Faces of registered children."""

    path = "/api/v1/registrations/{registration_id:uuid}/face"
    tags = ("registrations", "documents")

    @post(
        "/",
        summary="保存补报儿童的人脸 · Keep the face of a child older than six",
        status_code=201,
        responses=documented(401, 403, 404, 409, 422, 429),
        request_max_body_size=LARGEST_BODY,
        opt=ONE_TOO_LARGE,
        guards=[require_token],
    )
    async def keep(
        self,
        request: Request[Any, Any, State],
        data: MultipartBody[FaceToKeep],
        terminal: Terminal,
        registration_id: FromPath[UUID],
    ) -> FaceKept:
        """Keep what the child's face is compared by, sealed; the picture isn't kept."""
        officer = await admit(request, Act.KEEP_FACES, terminal)
        async with taken(request, Act.KEEP_FACES, terminal, data.file) as (content,):
            face = await look_at_face(readers_of(request), officer, content=content, field="file")
        async with asking(request) as (tx, _):
            scope = await permit(tx, officer, act=Act.KEEP_FACES, terminal=terminal)
            return await keep_face(
                tx, officer, scope=scope, registration=registration_id, face=face,
                vault=request.app.state.vault, terminal=terminal,
            )  # fmt: skip

    @delete(
        "/", summary="删除儿童的人脸 · Forget the face of a child", status_code=200, responses=documented(401, 403, 404)
    )
    async def forget(
        self, tx: Tx, officer: Asker, terminal: Terminal, registration_id: FromPath[UUID]
    ) -> FaceForgotten:
        """Forget what was kept of the child's face; for whoever may have the registration corrected."""
        scope = await permit(tx, officer, act=Act.CHANGE_REGISTRATIONS, terminal=terminal)
        return await forget_face(tx, officer, scope=scope, registration=registration_id, terminal=terminal)
