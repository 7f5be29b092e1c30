"""The door of readings; it stands here, and not with pictures, since the number that is read gets its verdict."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, post
from litestar.datastructures import State, UploadFile
from litestar.params import MultipartBody

from birthreg.access.guards import Spoken, Terminal, asking, require_token
from birthreg.access.models import Act, Officer
from birthreg.certificates.rules import number_in
from birthreg.documents import asking as pictures
from birthreg.documents import readings, showing
from birthreg.documents.api import LARGEST_BODY, ONE_TOO_LARGE, PATH, admit, readers_of, taken
from birthreg.documents.field_rules import FIELDS, FieldOutcome, value_of
from birthreg.documents.readers import digest
from birthreg.documents.reading_models import CodeRead, FieldRead, PageRead, PaperRead, ReadingOutcome
from birthreg.documents.reading_rules import judge_typed
from birthreg.documents.shown_models import NumberShown, QualityShown
from birthreg.kernel.errors import DomainError, FieldsWrong, Forbidden, field_error
from birthreg.kernel.language import Language
from birthreg.kernel.problems import documented
from birthreg.verification.api import verify_one
from birthreg.verification.models import PresentedCertificate, Purpose, TypedNumber, Verdict, VerificationRequest

_FIELDS = msgspec.json.Decoder(dict[str, str | int])
_LONGEST_VALUE = 200
_PRESENTED = frozenset(FIELDS) & frozenset(PresentedCertificate.__struct_fields__)
"""What a look-up holds against the record of issue."""


class PaperToRead(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A picture of a paper, why it is read, and what was typed of it."""

    file: UploadFile
    purpose: Purpose
    certificate_number: TypedNumber | None = None
    fields: (
        Annotated[
            str,
            msgspec.Meta(
                max_length=16_384,
                description="JSON: fields as typed, by name; `{}` reads all, without it none is read.",
                examples=['{"child_name": "李安然", "issued_on": "2023-05-06"}'],
            ),
        ]
        | None
    ) = None


class LookupRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why a look-up that goes with a reading gave no verdict; what was read stands, and `reading_id` asks again.

    `retry_after` is in seconds.
    """

    code: str
    detail: str
    remedy: str
    retryable: bool
    retry_after: int | None


class PaperReading(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of a paper; `verification` judges the number typed, or else the one that was read surely.

    Where both are there and differ, `verification_of_read` judges the number that stands on the paper. Of a look-up
    that was refused the verdict is null, and beside it stands why.
    """

    id: UUID
    number: NumberShown
    codes: tuple[CodeRead, ...]
    page: PageRead
    quality: QualityShown
    fields: dict[str, FieldRead]
    typed_outcome: FieldOutcome | None
    verification: Verdict | None
    verification_of_read: Verdict | None
    verification_refused: LookupRefusal | None
    verification_of_read_refused: LookupRefusal | None


class ReadingController(Controller):
    """Readings."""

    path = f"{PATH}/readings"
    tags = ("documents",)

    @post(
        "/",
        summary="识别证件图片 · Read a picture of a paper",
        status_code=201,
        responses=documented(401, 403, 422, 429),
        request_max_body_size=LARGEST_BODY,
        opt=ONE_TOO_LARGE,
        guards=[require_token],
    )
    async def read(
        self,
        request: Request[Any, Any, State],
        data: MultipartBody[PaperToRead],
        terminal: Terminal,
        language: Spoken,
    ) -> PaperReading:
        """Read a photo, scan or PDF: number, codes, quality, fields. It is offered to people and kept nowhere."""
        officer = await admit(request, Act.READ_PAPERS, terminal)
        typed = typed_fields(data.fields)
        shown = presented(typed)
        async with taken(request, Act.READ_PAPERS, terminal, data.file) as (content,):
            read = await pictures.read_paper(readers_of(request), officer, content=content, typed=typed)
            digests = await digest(content)
        number, typed_number = read.number, (data.certificate_number or "").strip()
        outcome = _compare_typed(typed_number, read)
        async with asking(request) as (tx, _):
            reading = await readings.keep_reading(
                tx, officer, number=number, typed_outcome=outcome, purpose=data.purpose, digests=digests,
                terminal=terminal,
            )  # fmt: skip
        ask = partial(VerificationRequest, purpose=data.purpose, certificate=shown, reading_id=reading)
        is_asked = typed_number or number.outcome is ReadingOutcome.SURE
        look_up = partial(_look_up, request.app.state, officer=officer, terminal=terminal, language=language)
        verdict, refused = await look_up(ask(certificate_number=typed_number) if is_asked else None)
        of_read = ask(certificate_number="") if outcome is FieldOutcome.DIFFERS else None
        verdict_of_read, of_read_refused = await look_up(of_read)
        return PaperReading(
            id=reading,
            number=showing.show_number(number),
            codes=read.codes,
            page=read.page,
            quality=showing.show_quality(read.quality, language),
            fields=read.fields,
            typed_outcome=outcome,
            verification=verdict,
            verification_of_read=verdict_of_read,
            verification_refused=refused,
            verification_of_read_refused=of_read_refused,
        )


async def _look_up(
    state: State, question: VerificationRequest | None, *, officer: Officer, terminal: str, language: Language
) -> tuple[Verdict | None, LookupRefusal | None]:
    """Answer a question, if there is one, or say why not: a refusal must not take what was read with it.

    Raises:
        Forbidden: the officer's session or right has ended, who is shown nothing any more.
    """
    if question is None:
        return None, None
    try:
        return await verify_one(state, officer=officer, request=question, terminal=terminal, language=language), None
    except Forbidden:
        raise
    except DomainError as error:
        return None, LookupRefusal(
            code=error.code,
            detail=error.message.speak(language),
            remedy=error.remedy.speak(language),
            retryable=error.retryable,
            retry_after=error.retry_after,
        )


def _compare_typed(typed: str, read: PaperRead) -> FieldOutcome | None:
    """Compare the number as typed; a text that is no number differs from every number."""
    if not typed:
        return None
    return judge_typed(outcome=read.number.outcome, value=read.number.value, typed=number_in(typed) or typed)


def typed_fields(sent: str | None) -> dict[str, str] | None:
    """Read the fields as typed.

    Raises:
        FieldsWrong: they aren't an object of texts, or name what no paper shows.
    """
    if not sent:
        return None
    try:
        fields = _FIELDS.decode(sent)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _wrong(
            "fields", "fields_not_json", "应为 JSON 对象,值为文字。", "Must be a JSON object of texts."
        ) from error
    for name, value in fields.items():
        if name not in FIELDS:
            raise _wrong(f"fields.{name[:50]}", "field_unknown", "证件上没有这个字段。", "No paper shows this field.")
        if len(str(value)) > _LONGEST_VALUE:
            raise _wrong(f"fields.{name}", "field_too_long", "内容过长。", "It is too long.")
    return {name: str(value) for name, value in fields.items()}


def presented(typed: Mapping[str, str] | None) -> PresentedCertificate | None:
    """Return what was typed of the paper as a look-up takes it; None where nothing of that was typed.

    Raises:
        FieldsWrong: a text says nothing of its kind, a day or a sex.
    """
    said = {name: _said(name, value) for name, value in (typed or {}).items() if name in _PRESENTED and value.strip()}
    return msgspec.convert(said, PresentedCertificate, strict=False) if said else None


def _said(name: str, value: str) -> str:
    """Return a field in a form that a look-up takes: as it was typed, or else as it would be read on paper."""
    for form in (value.strip(), value_of(name, value)):
        with suppress(msgspec.ValidationError):
            msgspec.convert({name: form}, PresentedCertificate, strict=False)
            if form is not None:
                return form
    raise _wrong(f"fields.{name}", "field_invalid", "不是允许的取值,请按证件上的内容填写。", "Must be as on the paper.")


def _wrong(field: str, code: str, zh: str, en: str) -> FieldsWrong:
    return field_error(field=field, code=code, zh=zh, en=en)
