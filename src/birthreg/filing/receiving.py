"""Filings from the level below: opened, taken into the books once, answered, kept as they were signed."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta

import msgspec

from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.filing import rules, service, store
from birthreg.filing.delivery_models import Answer, Claims, Envelope, Outcome, Subordinate
from birthreg.filing.models import Accepted, Level, Message, NewFiling, Taken
from birthreg.kernel.database import CONNECTION_LOST, Transaction
from birthreg.kernel.errors import Unauthenticated, Unavailable
from birthreg.kernel.identifiers import first_id_at
from birthreg.kernel.language import Text
from birthreg.kernel.public_keys import PublicKey, Purpose, SignatureWrong, key_id_in, verify_jws

logger = logging.getLogger("birthreg")

FILING_TYPE = "birthreg-filing+jwt"
MOST_RECEIVED = 500

Take = Callable[[Transaction, Message], Awaitable[Taken]]
"""What brings a filing from below into the books, in the transaction that keeps it; called once for each."""

_CLOCKS_DIFFER = timedelta(days=1)


class SubordinateUnknown(Unauthenticated):
    """备案报文未由已登记的下级签名,未予受理。

    No filing in the request is signed by a known instance of the level below; nothing was taken.
    """

    remedy = Text(
        "请上级登记本级的公钥(birthreg subordinate add)后重新报送。",
        "Let the level above add your public key (birthreg subordinate add), then send again.",
    )
    leaves_a_trace = True


async def receive_many(
    tx: Transaction, *, delivered: Sequence[str], take: Take, level: Level, terminal: str
) -> list[Answer]:
    """Receive the filings of one request (each a compact JWS) and answer them in their order.

    A fault in one costs the others nothing: each is received behind a savepoint.

    Raises:
        SubordinateUnknown: none is signed by a known key.
    """
    key_ids = [key_id_in(jws) for jws in delivered]
    known = {key.key_id: key for key in await store.find_subordinates(tx, key_ids=key_ids)}
    opened = await asyncio.to_thread(_open_all, delivered, known, tx)
    if not known:
        await _record(tx, "-", terminal, [Answer(id=None, outcome=Outcome.REFUSED, code="subordinate_unknown")])
        raise SubordinateUnknown
    answers = [
        one if isinstance(one, Answer) else await _receive_apart(tx, envelope=one, take=take, level=level)
        for one in opened
    ]
    await _record(tx, min(key.organization for key in known.values()), terminal, answers)
    return answers


async def receive(tx: Transaction, *, envelope: Envelope, take: Take, level: Level) -> Answer:
    """Receive one filing: take it into the books, keep it with its signature, and owe it further up.

    Received before, it gets the answer of then, also when that one was lost on its way.
    """
    message = envelope.message
    if not await store.advance_sequence(tx, message, subordinate=envelope.subordinate):
        return await _answer_again(tx, envelope)
    taken = await take(tx, message)
    await store.keep_received(tx, envelope, taken=taken)
    if isinstance(taken, Accepted):
        await service.owe(tx, level=level, filing=_own(message))
        return Answer(id=message.id, outcome=Outcome.ACCEPTED)
    return Answer(id=message.id, outcome=Outcome.REJECTED, code=taken.code, holder=taken.holder)


def _own(message: Message) -> NewFiling:
    """Return what an instance in the middle files further up: the same, numbered and signed by itself."""
    return NewFiling(**{name: getattr(message, name) for name in NewFiling.__struct_fields__})


async def _receive_apart(tx: Transaction, *, envelope: Envelope, take: Take, level: Level) -> Answer:
    try:
        async with tx.connection.transaction():
            return await receive(tx, envelope=envelope, take=take, level=level)
    except (Unavailable, *CONNECTION_LOST):
        raise
    except Exception:
        logger.exception("fault in receiving the filing %s", envelope.message.id)
        return Answer(id=envelope.message.id, outcome=Outcome.FAILED, code="unexpected_fault")


async def _answer_again(tx: Transaction, envelope: Envelope) -> Answer:
    """Answer a filing whose turn it is not: it was received before, or one before it wasn't."""
    message = envelope.message
    kept = await store.find_kept_answer(tx, filing=message.id)
    if kept is not None:
        same = kept.subordinate == envelope.subordinate and all(
            getattr(kept, name) == getattr(message, name) for name in (*NewFiling.__struct_fields__, "sequence")
        )
        if same:
            return Answer(id=message.id, outcome=kept.outcome, code=kept.code, holder=kept.holder)
        return Answer(id=message.id, outcome=Outcome.REFUSED, code="filing_content_differs")
    received = await store.find_sequence(tx, registration=message.registration_id, subordinate=envelope.subordinate)
    if message.sequence > received + 1:
        return Answer(id=message.id, outcome=Outcome.OUT_OF_ORDER, code="filing_out_of_order")
    return Answer(id=message.id, outcome=Outcome.REFUSED, code="filing_sequence_taken")


def _open_all(delivered: Sequence[str], known: Mapping[str, Subordinate], tx: Transaction) -> list[Envelope | Answer]:
    keys = {
        key.key_id: PublicKey(id=key.key_id, purpose=Purpose.FILING, public_key=key.public_key)
        for key in known.values()
    }
    return [_open(jws, known, keys, tx) for jws in delivered]


def _open(
    jws: str, known: Mapping[str, Subordinate], keys: Mapping[str, PublicKey], tx: Transaction
) -> Envelope | Answer:
    subordinate = known.get(key_id_in(jws))
    if subordinate is None:
        return Answer(id=None, outcome=Outcome.REFUSED, code="subordinate_unknown")
    try:
        payload = verify_jws(jws, keys, type=FILING_TYPE, purpose=Purpose.FILING)
    except SignatureWrong:
        return Answer(id=None, outcome=Outcome.REFUSED, code="signature_wrong")
    try:
        claims = msgspec.json.decode(payload, type=Claims)
    except msgspec.DecodeError:
        return Answer(id=None, outcome=Outcome.REFUSED, code="message_unreadable")
    flaw = rules.find_flaw(claims) or rules.find_trespass(
        claims, subordinate=subordinate.organization, first_id_to_come=first_id_at(tx.now + _CLOCKS_DIFFER)
    )
    if flaw is not None:
        return Answer(id=claims.id, outcome=Outcome.REFUSED, code=flaw)
    message = Message(**{name: getattr(claims, name) for name in Message.__struct_fields__})
    return Envelope(jws=jws, subordinate=subordinate.organization, message=message)


async def _record(tx: Transaction, organization: str, terminal: str, answers: Sequence[Answer]) -> None:
    """Write a request on the trail, and every filing that wasn't accepted for itself."""
    accepted = sum(answer.outcome is Outcome.ACCEPTED for answer in answers)
    outcomes = Counter(answer.outcome.value for answer in answers)
    if accepted:
        await _record_one(tx, organization, terminal, count=accepted, detail=dict(outcomes))
    for answer in answers:
        if answer.outcome in (Outcome.REJECTED, Outcome.REFUSED):
            await _record_one(tx, organization, terminal, key=str(answer.id) if answer.id else None, code=answer.code)


async def _record_one(
    tx: Transaction,
    organization: str,
    terminal: str,
    *,
    key: str | None = None,
    code: str | None = None,
    count: int = 1,
    detail: dict[str, int] | None = None,
) -> None:
    await record(
        tx,
        officer="subordinate",
        organization=organization,
        terminal=terminal,
        operation=Operation.ADD,
        act="receive_filings",
        object="filing",
        key=key,
        succeeded=code is None,
        error_code=code,
        count=count,
        detail=detail,
    )
