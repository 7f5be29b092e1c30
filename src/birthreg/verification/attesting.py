"""Receipts are signed beside the loop, in a thread: a signature takes a quarter of a look-up's time.

Signing lets go of the interpreter, so the second core does it while the loop reads the next
requests. All receipts of one turn of the loop go over together.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec

from birthreg.kernel.keys import Keyring, Signer, join_signature
from birthreg.kernel.public_keys import Purpose
from birthreg.verification.models import Lookup
from birthreg.verification.service import RECEIPT_TYPE, attestation_of


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
