"""The door of dossiers."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, get
from litestar.datastructures import State
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Operation, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, QueryParameter

from birthreg.access.guards import Terminal, asking
from birthreg.access.models import Act
from birthreg.access.service import permit
from birthreg.cases import dossiers
from birthreg.cases.dossier_letters import write_dossier
from birthreg.cases.dossier_models import DossierAnswer
from birthreg.kernel.letters import print_letter
from birthreg.kernel.problems import documented


class Form(StrEnum):
    """How a dossier is wanted: to be read by programs, as it was signed, or on paper."""

    JSON = "json"
    JWS = "jws"
    PDF = "pdf"


_MEDIA = {Form.JSON: "application/json", Form.JWS: "application/jose", Form.PDF: "application/pdf"}

Wanted = Annotated[
    Form | None,
    QueryParameter(description="默认按 Accept · by default as Accept says"),
]


@dataclass
class _InThreeForms(Operation):
    """A door that answers in another form than JSON as well."""

    def __post_init__(self) -> None:
        answer = (self.responses or {}).get("200")
        if isinstance(answer, OpenAPIResponse) and answer.content is not None:
            for form in (Form.JWS, Form.PDF):
                answer.content[_MEDIA[form]] = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))


class CaseDossierController(Controller):
    """Dossiers."""

    path = "/api/v1/cases/{case_id:uuid}/dossier"
    tags = ("cases",)

    @get(
        "/",
        summary="移送卷宗 · The dossier of a referred case",
        operation_class=_InThreeForms,
        responses={200: ResponseSpec(DossierAnswer, generate_examples=False, description="JSON, JWS, PDF")}
        | documented(401, 403, 404, 409, 422, 503),
    )
    async def dossier(
        self,
        request: Request[Any, Any, State],
        terminal: Terminal,
        case_id: FromPath[UUID],
        format: Wanted = None,  # noqa: A002 - refusals name the parameter by it
    ) -> Response[bytes]:
        """Return what was sealed when the referral was confirmed: as JSON with its signature, as JWS alone, as PDF."""
        wanted = format or _accepted(request.headers.get("accept", ""))
        async with asking(request) as (tx, officer):
            scope = await permit(tx, officer, act=Act.WORK_CASES, terminal=terminal)
            jws = await dossiers.hand_out(tx, officer, scope=scope, case=case_id, form=wanted, terminal=terminal)
        body = await _write(jws, wanted)
        named = {
            "Content-Disposition": f'attachment; filename="dossier-{case_id}.{wanted}"',
            "Cache-Control": "no-store",
        }
        return Response(body, media_type=_MEDIA[wanted], headers=named)


def _accepted(accept: str) -> Form:
    """Return the form that a reader named first; JSON when in doubt."""
    named = [part.partition(";")[0].strip() for part in accept.split(",")]
    return next((form for part in named for form, media in _MEDIA.items() if part == media), Form.JSON)


async def _write(jws: str, form: Form) -> bytes:
    if form is Form.JWS:
        return jws.encode()
    signed = dossiers.read_signed(jws)
    if form is Form.PDF:
        return await print_letter(write_dossier(signed.dossier, sha256=signed.sha256, sm3=signed.sm3))
    return msgspec.json.encode(DossierAnswer(dossier=signed.dossier, jws=jws, sha256=signed.sha256))
