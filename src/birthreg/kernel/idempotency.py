"""Repeated writes: the same `Idempotency-Key` and body get the same answer for 24 hours."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated

import msgspec
from litestar.params import HeaderParameter

from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import Conflict, field_error
from birthreg.kernel.language import Text
from birthreg.kernel.sql import load_queries

_SQL = load_queries("kernel")
KEPT = timedelta(hours=24)

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        description="同一键与内容 24 小时内得到同一答复 · same key and body, same answer for 24 hours",
    ),
]


class IdempotencyKeyReused(Conflict):
    """该 Idempotency-Key 已用于内容不同的请求,本次未执行。

    This Idempotency-Key was used for another request; nothing was done.
    """

    remedy = Text("新的请求请使用新的 Idempotency-Key。", "Use a new key for a new request.")


class Answer(msgspec.Struct, frozen=True):
    """A kept answer: its HTTP status and body."""

    status: int
    body: bytes


class KeptAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as kept, with the door and the digest of the body it belongs to."""

    door: str
    body_digest: bytes
    status: int
    answer: bytes


async def once(
    tx: Transaction,
    *,
    officer: str,
    key: str | None,
    door: str,
    body: bytes,
    act: Callable[[], Awaitable[Answer]],
) -> Answer:
    """Do an act once per key; a repeat gets the first answer, also from another process or after a restart.

    Raises:
        IdempotencyKeyReused: the key came before with another body or at another door.
        FieldsWrong: the key is too long.
    """
    async with tx.together():
        if key is None:
            return await act()
        return await _once_per_key(tx, officer=officer, key=key, door=door, body=body, act=act)


async def _once_per_key(
    tx: Transaction, *, officer: str, key: str, door: str, body: bytes, act: Callable[[], Awaitable[Answer]]
) -> Answer:
    digest = hashlib.sha256(body).digest()
    kept = await _find_kept(tx, officer=officer, key=key)
    if kept is not None:
        if (kept.door, kept.body_digest) != (door, digest):
            raise IdempotencyKeyReused
        return Answer(kept.status, kept.answer)
    answer = await act()
    await tx.write(
        _SQL["keep_idempotent_answer"],
        officer=officer,
        key=key,
        door=door,
        body_digest=digest,
        status=answer.status,
        answer=answer.body,
    )
    return answer


async def _find_kept(tx: Transaction, *, officer: str, key: str) -> KeptAnswer | None:
    """Find the answer that a key got, and let no other request with this key pass until this one ends."""
    if not 0 < len(key) <= 200:
        raise field_error(
            field="Idempotency-Key",
            code="idempotency_key_length",
            zh="长度应为 1 至 200 个字符。",
            en="1 to 200 characters.",
        )
    return await tx.one(_SQL["find_answer_alone"], KeptAnswer, officer=officer, key=key, since=tx.now - KEPT)


async def forget_old_answers(tx: Transaction) -> int:
    """Remove the answers older than 24 hours and return how many there were."""
    return await tx.execute(_SQL["forget_idempotent_answers"], before=tx.now - KEPT)
