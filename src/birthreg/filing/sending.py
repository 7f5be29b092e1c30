"""The delivery of filings to the level above: many in one request, several requests side by side.

Nothing is sent inside a transaction: one leases the filings, another keeps what was answered. A
worker that dies between the two leaves filings that are sent again after the lease, and the level
above answers those as it did before.
"""

import asyncio
import random
import ssl
from collections.abc import Callable, Sequence
from datetime import timedelta

import httpx
import msgspec

from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.filing import rules, store
from birthreg.filing.delivery_models import Answer, Answers, Claims, Due, Outcome, Retry
from birthreg.filing.models import Level
from birthreg.filing.receiving import FILING_TYPE
from birthreg.kernel import keys
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.keys import Keyring, Signer
from birthreg.kernel.public_keys import Purpose

IN_ONE_REQUEST = 100
SIDE_BY_SIDE = 4
LEASE = timedelta(seconds=60)
_ANSWER_SECONDS = 25
_CONNECT_SECONDS = 5

_FINAL = {Outcome.ACCEPTED, Outcome.REJECTED}
_NOT_NOW = {408, 409, 425, 429}
"""What says nothing against a request; a 4xx of another kind refuses it."""
_OF_THE_CONTENT = {400, 413, 422}
"""What one filing may have brought upon all those it travelled with."""


class Unanswered(Exception):
    """The level above gave no usable answer to a request; `code` says why."""

    def __init__(
        self, code: str, *, refused: bool = False, alone: bool = False, pause: timedelta | None = None
    ) -> None:
        """Say whether the request was refused, and whether its filings are to be sent one by one."""
        super().__init__(code)
        self.code = code
        self.refused = refused
        self.alone = alone
        self.pause = pause


def open_client() -> httpx.AsyncClient:
    """Return what keeps the connections to the level above; the caller closes it."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS, pool=None),
        limits=httpx.Limits(max_connections=SIDE_BY_SIDE),
        verify=ssl.create_default_context(),  # the machine's authorities: police networks have their own
        trust_env=False,
    )


class Sender:
    """Delivers what waits in the outbox."""

    def __init__(
        self,
        database: Database,
        client: httpx.AsyncClient,
        *,
        level: Level,
        keyring: Keyring,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """Name the level above; `draw` gives the jitter, between 0 and 1."""
        self._database = database
        self._client = client
        self._level = level
        self._keyring = keyring
        self._draw = draw
        self._failures = 0
        self._registered = ""
        self._turns = asyncio.Semaphore(SIDE_BY_SIDE)

    async def deliver(self) -> int:
        """Deliver all that is due, and return how many filings were settled; ends early when a pause begins.

        The first request goes alone: if the level above is away, one is enough to find out.
        """
        settled, more = await self._deliver_some()
        while more:
            parts = await asyncio.gather(*(self._deliver_some() for _ in range(SIDE_BY_SIDE)))
            settled += sum(part[0] for part in parts)
            more = all(part[1] for part in parts)
        return settled

    async def _deliver_some(self) -> tuple[int, bool]:
        """Lease filings and send them; return how many were settled, and whether there may be more."""
        signer = self._keyring.current(Purpose.FILING)
        async with self._database.transaction() as tx:
            due = await store.claim_due(tx, lease_until=tx.now + LEASE, limit=IN_ONE_REQUEST)
            if due and self._registered != signer.key_id:
                await keys.register(tx, signer)
        if not due:
            return 0, False
        self._registered = signer.key_id
        due.sort(key=lambda filing: (filing.registration_id, filing.sequence))
        together = [[filing for filing in due if not filing.alone], *([filing] for filing in due if filing.alone)]
        sent = await asyncio.gather(*(self._deliver_request(part, signer) for part in together if part))
        return sum(count for count in sent if count is not None), len(due) == IN_ONE_REQUEST and None not in sent

    async def _deliver_request(self, due: Sequence[Due], signer: Signer) -> int | None:
        """Send one request and keep its answers; return how many filings they settled, None when it failed."""
        async with self._turns:
            return await self._exchange(due, signer)

    async def _exchange(self, due: Sequence[Due], signer: Signer) -> int | None:
        try:
            answers = await self._post([self._sign(filing, signer) for filing in due])
            if len(answers) != len(due) or any(a.id not in (None, f.id) for f, a in zip(due, answers, strict=True)):
                raise Unanswered("answer_unreadable", alone=True)
        except Unanswered as failure:
            await self._keep_failure(due, failure)
            return None
        return await self._keep_answers(due, answers)

    def _sign(self, filing: Due, signer: Signer) -> str:
        said = {name: getattr(filing, name) for name in Claims.__struct_fields__ if name != "iss"}
        claims = Claims(iss=self._level.organization, **said)
        return signer.jws(msgspec.json.encode(claims), type=FILING_TYPE)

    async def _post(self, filings: Sequence[str]) -> list[Answer]:
        """Send signed filings in one request.

        Raises:
            Unanswered: the level above can't be reached, or its answer is of no use.
        """
        try:
            async with asyncio.timeout(_ANSWER_SECONDS + _CONNECT_SECONDS):
                answer = await self._client.post(
                    f"{self._level.upstream_url.rstrip('/')}/api/v1/filings", json={"filings": filings}
                )
        except (httpx.HTTPError, TimeoutError) as error:
            raise Unanswered("upstream_unreachable") from error
        if answer.status_code not in (200, 201):
            raise _read_failure(answer)
        try:
            return msgspec.json.decode(answer.content, type=Answers).answers
        except msgspec.DecodeError as error:
            raise Unanswered("answer_unreadable", alone=True) from error

    async def _keep_answers(self, due: Sequence[Due], answers: Sequence[Answer]) -> int:
        self._failures = 0
        final = [_tidy(answer, filing) for filing, answer in zip(due, answers, strict=True) if answer.outcome in _FINAL]
        async with self._database.transaction() as tx:
            settled = await store.settle_filings(tx, answers=final) if final else []
            retries = [
                self._retry(tx, filing, code=answer.code or answer.outcome, refused=answer.outcome is Outcome.REFUSED)
                for filing, answer in zip(due, answers, strict=True)
                if answer.outcome not in _FINAL
            ]
            if retries:
                await store.put_off(tx, retries=retries)
            await store.note_reached(tx)
            await self._record(tx, "deliver_filings", count=len(settled))
            for filing in settled:
                if filing.outcome is Outcome.REJECTED:
                    await self._record(tx, "deliver_filings", key=str(filing.id), code=filing.code)
        return len(settled)

    async def _keep_failure(self, due: Sequence[Due], failure: Unanswered) -> None:
        """Put the filings off, and everything for a moment."""
        self._failures += 1
        pause = rules.back_off(self._failures, draw=self._draw(), longest=rules.LONGEST_PAUSE)
        alone = failure.alone and len(due) > 1
        async with self._database.transaction() as tx:
            retries = [
                self._retry(tx, filing, code=failure.code, refused=failure.refused and not alone, alone=alone)
                for filing in due
            ]
            await store.put_off(tx, retries=retries)
            await store.note_failure(tx, failure=failure.code, paused_until=tx.now + (failure.pause or pause))

    def _retry(self, tx: Transaction, filing: Due, *, code: str, refused: bool, alone: bool = False) -> Retry:
        refusals = filing.refusals + refused
        set_aside = refusals >= rules.REFUSALS_BORNE
        wait = rules.SET_ASIDE_FOR if set_aside else rules.back_off(filing.attempts, draw=self._draw())
        return Retry(
            id=filing.id,
            next_attempt_at=tx.now + wait,
            code=code,
            refusals=refusals,
            alone=filing.alone or alone,
            set_aside=set_aside,
        )

    async def _record(
        self, tx: Transaction, act: str, *, key: str | None = None, code: str | None = None, count: int = 1
    ) -> None:
        if count:
            await record(
                tx,
                officer="worker",
                organization=self._level.organization,
                terminal="worker",
                operation=Operation.CHANGE,
                act=act,
                object="filing",
                key=key,
                succeeded=code is None,
                error_code=code,
                count=count,
            )


def _tidy(answer: Answer, filing: Due) -> Answer:
    """Return a final answer as it is kept, also from a program that words it loosely."""
    rejected = answer.outcome is Outcome.REJECTED
    return Answer(
        id=filing.id,
        outcome=answer.outcome,
        code=(answer.code or "rejected") if rejected else None,
        holder=answer.holder if rejected else None,
    )


def _read_failure(answer: httpx.Response) -> Unanswered:
    """Say what an answer that is no success means for the request."""
    status = answer.status_code
    if 400 <= status < 500 and status not in _NOT_NOW:
        return Unanswered(f"http_{status}", refused=True, alone=status in _OF_THE_CONTENT)
    return Unanswered(f"http_{status}", alone=status == 500, pause=_asked_pause(answer))


def _asked_pause(answer: httpx.Response) -> timedelta | None:
    """Read how long the level above asks to be left alone, within our own bounds."""
    asked = answer.headers.get("retry-after", "")
    if not (asked.isascii() and asked.isdigit()):
        return None
    return min(timedelta(seconds=int(asked[:9])), rules.LONGEST_BACK_OFF)
