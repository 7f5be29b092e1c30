"""The proof of an answer: what it attests, signed so that it can be checked offline, years later.

Receipts of single look-ups are signed beside the loop, in a thread: a signature takes a quarter
of a look-up's time. Signing lets go of the interpreter, so the second core does it while the loop
reads the next requests; all receipts of one turn of the loop go over together.
"""

import asyncio
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives import hashes

from birthreg.access.models import Officer
from birthreg.kernel.keys import Keyring, Signer, join_signature
from birthreg.kernel.public_keys import Purpose
from birthreg.verification import rules
from birthreg.verification.models import RULE_VERSION, Lookup, Verdict, VerdictKind
from birthreg.verification.models import Purpose as LookupPurpose

ISSUER = "birthreg"
RECEIPT_TYPE = "birthreg-receipt+jwt"
BATCH_RECEIPT_TYPE = "birthreg-batch-receipt+jwt"


class Attestation(msgspec.Struct, frozen=True, kw_only=True):
    """What a receipt attests (the payload of the JWS, RFC 7515)."""

    iss: str
    jti: UUID
    iat: int
    certificate_number: str | None
    typed: str
    verdict: VerdictKind
    reasons: tuple[str, ...]
    may_register: bool
    purpose: LookupPurpose
    officer: str
    organization: str
    as_of: datetime
    list_version: int
    rule_version: int


class BatchAttestation(msgspec.Struct, frozen=True, kw_only=True):
    """What the receipt of a batch attests; the digest is SM3 over the items, see `digest_items`."""

    iss: str
    jti: UUID
    iat: int
    count: int
    items_digest: str
    purpose: LookupPurpose
    officer: str
    organization: str
    rule_version: int


def attest(lookup: Lookup, signer: Signer) -> str:
    """Sign what was answered: a compact JWS (RFC 7515) with EdDSA (RFC 8037)."""
    return signer.jws(attestation_of(lookup), type=RECEIPT_TYPE)


def attestation_of(lookup: Lookup) -> bytes:
    """Return what a receipt attests, as JSON."""
    decision = lookup.decision
    payload = Attestation(
        iss=ISSUER,
        jti=lookup.id,
        iat=int(lookup.recorded_at.timestamp()),
        certificate_number=lookup.certificate_number,
        typed=lookup.typed,
        verdict=decision.verdict,
        reasons=tuple(finding.code for finding in decision.findings),
        may_register=decision.verdict in rules.MAY_REGISTER,
        purpose=lookup.purpose,
        officer=lookup.officer,
        organization=lookup.organization,
        as_of=lookup.recorded_at,
        list_version=lookup.list_version,
        rule_version=lookup.rule_version,
    )
    return msgspec.json.encode(payload)


def attest_batch(
    batch: UUID,
    items: Sequence[Verdict],
    *,
    officer: Officer,
    purpose: LookupPurpose,
    issued_at: int,
    signer: Signer,
) -> str:
    """Sign a batch: its items by their digest, since ten thousand signatures cost a third of a second."""
    payload = BatchAttestation(
        iss=ISSUER,
        jti=batch,
        iat=issued_at,
        count=len(items),
        items_digest=digest_items(items),
        purpose=purpose,
        officer=officer.id,
        organization=officer.organization,
        rule_version=RULE_VERSION,
    )
    return signer.jws(msgspec.json.encode(payload), type=BATCH_RECEIPT_TYPE)


class _Unsigned(msgspec.Struct, frozen=True, eq=False):
    signer: Signer
    signing_input: bytes
    signature: "asyncio.Future[bytes]"


class Attester:
    """Signs the receipts of look-ups with the key in use."""

    def __init__(self, keyring: Keyring) -> None:
        """Sign with the keyring's receipt key."""
        self._keyring = keyring
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="receipts")
        self._waiting: list[_Unsigned] = []
        self._signing: set[asyncio.Task[None]] = set()

    async def attest(self, lookup: Lookup) -> str:
        """Return the receipt of a look-up: a compact JWS (RFC 7515) with EdDSA (RFC 8037)."""
        signer = self._keyring.current(Purpose.RECEIPT)
        loop = asyncio.get_running_loop()
        unsigned = _Unsigned(
            signer, signer.signing_input(attestation_of(lookup), type=RECEIPT_TYPE), loop.create_future()
        )
        self._waiting.append(unsigned)
        if len(self._waiting) == 1:
            loop.call_soon(self._sign_waiting)
        return join_signature(unsigned.signing_input, await unsigned.signature)

    def stop(self) -> None:
        """End the thread; what is being signed is still delivered."""
        self._thread.shutdown(wait=False)

    def _sign_waiting(self) -> None:
        together, self._waiting = self._waiting, []
        task = asyncio.create_task(self._sign(together))
        self._signing.add(task)
        task.add_done_callback(self._signing.discard)

    async def _sign(self, together: Sequence[_Unsigned]) -> None:
        try:
            signatures = await asyncio.get_running_loop().run_in_executor(self._thread, _sign_all, together)
        except Exception as error:
            for unsigned in together:
                if not unsigned.signature.done():
                    unsigned.signature.set_exception(error)
            return
        for unsigned, signature in zip(together, signatures, strict=True):
            if not unsigned.signature.done():
                unsigned.signature.set_result(signature)


def _sign_all(together: Sequence[_Unsigned]) -> list[bytes]:
    return [unsigned.signer.sign(unsigned.signing_input) for unsigned in together]


def digest_items(items: Iterable[Verdict]) -> str:
    """Return the digest of a batch: SM3 (GB/T 32905-2016), hexadecimal, over its items as one JSON array.

    An item is `[id, certificate_number, typed, verdict, may_register, [code, …], as_of, list_version]`,
    without blanks, in UTF-8. What was typed stands in quotes, so no text can pass for a verdict.
    """
    attested = [
        (
            item.id, item.certificate_number, item.typed, item.verdict, item.may_register,
            [reason.code for reason in item.reasons] if item.reasons else (), item.as_of, item.list_version,
        )
        for item in items
    ]  # fmt: skip
    digest = hashes.Hash(hashes.SM3())
    digest.update(msgspec.json.encode(attested))
    return digest.finalize().hex()
