"""The doors of verification: one number, many, a file, a record, the life of a number."""

import logging
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, MediaType, Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, JSONBody, PathParameter
from litestar.types import Receive, Send
from litestar.types import Scope as HTTPScope

from birthreg.access.guards import Asker, Spoken, Terminal, Tx, require_token
from birthreg.access.models import Act, Officer
from birthreg.access.readings import record_reading
from birthreg.access.rules import reach_of, sees_in_clear
from birthreg.access.service import SessionEnded, permit, require_standing
from birthreg.access.terminals import name_terminal
from birthreg.certificates.rules import require_number
from birthreg.kernel.errors import DomainError, NotJson, TooLarge
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.language import Language, choose_language
from birthreg.kernel.logs import request_id
from birthreg.kernel.problems import (
    PROBLEM_JSON,
    UnexpectedFault,
    answering,
    describe,
    documented,
    from_msgspec,
    headers_of,
)
from birthreg.kernel.public_keys import Purpose as KeyPurpose
from birthreg.verification import receipts, rules, service
from birthreg.verification.entering import rest_on_reading
from birthreg.verification.life import read_life
from birthreg.verification.life_models import CertificateLife
from birthreg.verification.models import BatchRequest, BatchVerdict, Verdict, VerificationRequest

logger = logging.getLogger("birthreg")

PATH = "/api/v1/verifications"
_LARGEST_BODY = 64 * 1024
_DECODER = msgspec.json.Decoder(VerificationRequest)
_ENCODER = msgspec.json.Encoder()
_JSON = (b"content-type", b"application/json")


async def verify_one(
    state: State, *, officer: Officer, request: VerificationRequest, terminal: str, language: Language
) -> Verdict:
    """Answer one question: gathered with its neighbours, recorded, and signed.

    Raises:
        SessionEnded: the officer's session no longer stands.
        NotPermitted: the officer's role may not verify.
    """
    if reach_of(officer, Act.VERIFY) is None:
        async with state.database.transaction() as tx:
            await require_standing(tx, session=officer.session)
            await permit(tx, officer, act=Act.VERIFY, terminal=terminal)
    asker = service.asker_of(
        officer,
        purpose=request.purpose,
        terminal=name_terminal(terminal, request.terminal),
        on_behalf_of=request.on_behalf_of,
    )
    asking = service.ask(asker, request.certificate_number, request.reference, request.certificate)
    if request.reading_id is not None:
        async with state.database.transaction() as tx:
            asking = await rest_on_reading(tx, asking, reading=request.reading_id)
    lookup = await state.gatherer.verify(asking)
    if lookup is None:
        raise SessionEnded
    receipt = await state.attester.attest(lookup)
    return service.tell(lookup, language=language, receipt=receipt)


class HotDoor:
    """`POST /api/v1/verifications` without the framework between socket and decision.

    It does what the documented handler below does, at half the cost for one request; a test
    holds the two to the same answers.
    """

    def __init__(self, state: State) -> None:
        """Serve with the application's state, which its lifespan fills."""
        self._state = state

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        language = choose_language(headers.get(b"accept-language", b"").decode("latin-1"))
        try:
            verdict = await self._verdict(scope, headers, await _read_body(receive), language)
        except DomainError as error:
            await _send_problem(send, error, language, request_id=str(new_id()))
        except Exception:
            request_id.set(str(new_id()))
            logger.exception("fault in a verification")
            await _send_problem(send, UnexpectedFault(), language, request_id=request_id.get())
        else:
            await _send(send, 200, [_JSON, (b"x-request-id", str(verdict.id).encode())], _ENCODER.encode(verdict))

    async def _verdict(self, scope: HTTPScope, headers: dict[bytes, bytes], body: bytes, language: Language) -> Verdict:
        officer = self._state.tokens.read(headers.get(b"authorization", b"").decode("latin-1"))
        client = scope["client"]
        return await verify_one(
            self._state,
            officer=officer,
            request=decode_request(body),
            terminal=client[0] if client else "unknown",
            language=language,
        )


def decode_request(body: bytes) -> VerificationRequest:
    """Read a question.

    Raises:
        NotJson: the body isn't JSON.
        FieldsWrong: a field is missing, wrong or unknown.
    """
    try:
        return _DECODER.decode(body)
    except msgspec.ValidationError as error:
        raise from_msgspec(error, kind=VerificationRequest) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotJson from error


async def _read_body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise NotJson
        body += message.get("body", b"")
        if len(body) > _LARGEST_BODY:
            raise TooLarge(limit="64 KiB")
        if not message.get("more_body", False):
            return body


async def _send_problem(send: Send, error: DomainError, language: Language, *, request_id: str) -> None:
    problem = describe(error, language=language, request_id=request_id)
    headers = [
        (name.lower().encode(), value.encode()) for name, value in headers_of(error, request_id=request_id).items()
    ]
    headers.append((b"content-type", PROBLEM_JSON.encode()))
    await _send(send, problem.status, headers, _ENCODER.encode(problem))


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


class VerificationController(Controller):
    """Verification."""

    path = PATH
    tags = ("verification",)

    @post(
        "/",
        summary="核验一个编号 · Verify one number",
        status_code=200,
        responses=documented(401, 403, 422, 429),
    )
    async def verify(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[VerificationRequest],
        terminal: Terminal,
        language: Spoken,
        state: State,
    ) -> Verdict:
        """Return one verdict; a badly formed number is a verdict, not an error."""
        officer = state.tokens.read(request.headers.get("authorization"))
        return await verify_one(state, officer=officer, request=data, terminal=terminal, language=language)

    @post(
        "/batch",
        summary="批量核验 · Verify many",
        status_code=200,
        responses=answering(BatchVerdict) | documented(401, 403, 422, 429),
        request_max_body_size=4 * 1024 * 1024,
        guards=[require_token],
    )
    async def verify_many(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[BatchRequest],
        terminal: Terminal,
        language: Spoken,
        state: State,
    ) -> Response[bytes]:
        """Return a verdict per number, in the order asked, attested by one receipt."""
        officer = state.tokens.read(request.headers.get("authorization"))
        if reach_of(officer, Act.VERIFY_MANY) is None:
            async with state.database.transaction() as tx:
                await require_standing(tx, session=officer.session)
                await permit(tx, officer, act=Act.VERIFY_MANY, terminal=terminal)
        signer = state.keyring.current(KeyPurpose.RECEIPT)
        answer = await state.batches.verify(data, signer=signer, officer=officer, terminal=terminal, language=language)
        return Response(_ENCODER.encode(answer), status_code=200, media_type=MediaType.JSON)

    @get("/{lookup_id:uuid}", summary="一次核验的记录 · One look-up", responses=documented(401, 403, 404))
    async def find(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        state: State,
        lookup_id: FromPath[UUID],
    ) -> Verdict:
        """Return the record of one look-up, with a receipt; to an auditor masked and without."""
        scope = await permit(tx, officer, act=Act.READ_LOOKUPS, terminal=terminal)
        lookup = await service.find_lookup(tx, scope=scope, lookup=lookup_id)
        await record_reading(tx, officer, act=Act.READ_LOOKUPS, object="lookup", terminal=terminal, key=lookup_id)
        receipt = receipts.attest(lookup, state.keyring.current(KeyPurpose.RECEIPT))
        verdict = service.tell(lookup, language=language, receipt=receipt)
        return verdict if sees_in_clear(officer) else rules.mask(verdict)


class CertificateController(Controller):
    """The life of one number."""

    path = "/api/v1/certificates"
    tags = ("certificates",)

    @get("/{number:str}", summary="一个编号的全部经过 · The life of a number", responses=documented(401, 403, 422))
    async def read(
        self,
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        language: Spoken,
        number: Annotated[str, PathParameter(max_length=64)],
    ) -> CertificateLife:
        """Return what the officer may see of a number: issued, listed, looked up, used."""
        scope = await permit(tx, officer, act=Act.READ_CERTIFICATE, terminal=terminal)
        wanted = require_number(number, field="number")
        return await read_life(tx, officer, scope=scope, number=wanted, language=language, terminal=terminal)
