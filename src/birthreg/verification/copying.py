"""Look-ups of a batch as PostgreSQL's binary COPY writes them (PostgreSQL manual, COPY, "Binary Format").

Of a batch's fifteen columns ten are the same in every row. They are put into bytes once, and a row
is little more than their join: a quarter of the time that the driver takes to encode it column by column.
"""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from struct import Struct

import msgspec

from birthreg.certificates.rules import LENGTH
from birthreg.verification.models import Asker, Asking, Decision, VerdictKind
from birthreg.verification.rules import CLEAR

COLUMNS = (
    "recorded_at", "list_version", "rule_version", "officer", "organization", "on_behalf_of", "terminal", "purpose",
    "batch_id", "id", "reference", "typed", "certificate_number", "verdict", "answer",
)  # fmt: skip

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_LENGTH = Struct("!i")
_STATE = Struct("!hiqiqii")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_UUID = _LENGTH.pack(16)
_JSONB_VERSION = b"\x01"
_PLAIN = _NULL + _NULL + _LENGTH.pack(LENGTH)
"""No reference, typed as it is: what stands before the number of most questions."""


async def encode(
    decided: Iterable[tuple[Asking, Decision]], *, recorded_at: datetime, list_version: int, rule_version: int
) -> AsyncIterator[bytes]:
    """Yield the whole stream: a header, a row per look-up in the order of `COLUMNS`, a trailer."""
    microseconds = round((recorded_at - _EPOCH).total_seconds() * 1_000_000)
    state = _STATE.pack(len(COLUMNS), 8, microseconds, 8, list_version, 4, rule_version)
    verdicts = {kind: _text(kind) for kind in VerdictKind}
    clear = verdicts[VerdictKind.CLEAR] + _NULL
    rows, asker, beginning = [_HEADER], None, b""
    for asking, decision in decided:
        if asking.asker is not asker:
            asker = asking.asker
            beginning = state + _of_asker(asker) + _UUID
        rows += (
            beginning,
            asking.id.bytes,
            _of_question(asking),
            clear
            if decision is CLEAR
            else verdicts[decision.verdict] + _field(_JSONB_VERSION + msgspec.json.encode(decision)),
        )
    rows.append(_TRAILER)
    yield b"".join(rows)


def _of_asker(asker: Asker) -> bytes:
    texts = (asker.officer, asker.organization, asker.on_behalf_of, asker.terminal, asker.purpose)
    batch = _NULL if asker.batch is None else _UUID + asker.batch.bytes
    return b"".join(map(_text, texts)) + batch


def _of_question(asking: Asking) -> bytes:
    """Reference, what was typed where it isn't the number, and the number."""
    number = asking.certificate_number
    if asking.typed == number and asking.reference is None:
        return _PLAIN + number.encode()
    typed = None if asking.typed == number else asking.typed
    return _text(asking.reference) + _text(typed) + _text(number)


def _text(value: str | None) -> bytes:
    return _NULL if value is None else _field(value.encode())


def _field(value: bytes) -> bytes:
    return _LENGTH.pack(len(value)) + value
