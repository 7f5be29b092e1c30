"""Signing keys: Ed25519 (RFC 8032), one purpose each, named by their thumbprint (RFC 7638).

A key directory holds `<purpose>-<id>.pem` (private, of the key in use) and `<purpose>-<id>.pub`
(public, of every key there was). Rotation puts a new key into use and removes the old private
half: what it signed stays verifiable, and nothing more can be signed with it.
"""

import logging
import re
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from birthreg.kernel.database import Transaction
from birthreg.kernel.key_files import KeyUnusable, locked, read_private, write_whole
from birthreg.kernel.public_keys import PublicKey, Purpose, base64url, thumbprint
from birthreg.kernel.sql import load_queries

logger = logging.getLogger("birthreg")

_queries = load_queries("keys")

_LOOK_EVERY = 1.0
"""Seconds between two looks at the directory by a running service."""


_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{43}")
"""A thumbprint: SHA-256 in base64url."""


class Signer:
    """A private key at work."""

    def __init__(self, key: Ed25519PrivateKey, *, purpose: Purpose) -> None:
        """Take a private key for one purpose."""
        raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.public = PublicKey(id=thumbprint(raw), purpose=purpose, public_key=raw)
        self.key_id = self.public.id
        self.private = key
        self.sign = key.sign  # bound once: this is the hot path
        self._headers: dict[str, bytes] = {}

    def _header(self, kind: str) -> bytes:
        header = base64url(msgspec.json.encode({"alg": "EdDSA", "kid": self.key_id, "typ": kind})) + b"."
        self._headers[kind] = header
        return header

    def jws(self, payload: bytes, *, type: str) -> str:  # noqa: A002 - JOSE's word
        """Sign a payload as a compact JWS (RFC 7515 §3.1, RFC 8037 §3.1); `type` becomes its `typ`."""
        unsigned = self.signing_input(payload, type=type)
        return join_signature(unsigned, self.sign(unsigned))

    def signing_input(self, payload: bytes, *, type: str) -> bytes:  # noqa: A002 - JOSE's word
        """Return what of a JWS is signed: protected header and payload (RFC 7515 §5.1)."""
        return (self._headers.get(type) or self._header(type)) + urlsafe_b64encode(payload).rstrip(b"=")


def join_signature(signing_input: bytes, signature: bytes) -> str:
    """Return the compact JWS of what was signed."""
    return (signing_input + b"." + urlsafe_b64encode(signature).rstrip(b"=")).decode("ascii")


def make_signer(purpose: Purpose | str) -> Signer:
    """Make a new key, which is in no directory yet."""
    return Signer(Ed25519PrivateKey.generate(), purpose=Purpose(purpose))


def _read_signer(file: Path, purpose: Purpose) -> Signer:
    content = read_private(file)
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError) as error:
        raise KeyUnusable(file=file, why_zh="无法读取", why_en=str(error)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable(file=file, why_zh="不是 Ed25519 密钥", why_en="it is not an Ed25519 key")
    return Signer(key, purpose=purpose)


def _age(file: Path) -> tuple[int, str]:
    try:
        return file.stat().st_mtime_ns, file.name
    except FileNotFoundError:
        return 0, file.name  # removed by a rotation between listing and looking


def _in_use(directory: Path, purpose: str) -> Path | None:
    """Find the newest key; more than one stands there only when a rotation was cut short."""
    return max(directory.glob(f"{purpose}-*.pem"), key=_age, default=None)


def _save(directory: Path, signer: Signer) -> None:
    name = f"{signer.public.purpose}-{signer.key_id}"
    public = signer.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    private = signer.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_whole(directory / f"{name}.pub", public, mode=0o644)
    write_whole(directory / f"{name}.pem", private, mode=0o600)


def _make_first(directory: Path, purpose: Purpose) -> Signer:
    with locked(directory):
        file = _in_use(directory, purpose)  # another process may have been first
        if file is not None:
            return _read_signer(file, purpose)
        signer = make_signer(purpose)
        _save(directory, signer)
        return signer


def load_signer(directory: Path, purpose: Purpose | str) -> Signer:
    """Return the key in use for a purpose, making the first one when there is none.

    Raises:
        KeyUnusable: the file is no Ed25519 key, is open to other users, or can't be read or made.
    """
    purpose = Purpose(purpose)
    try:
        file = _in_use(directory, purpose)
        return _make_first(directory, purpose) if file is None else _read_signer(file, purpose)
    except OSError as error:
        raise KeyUnusable(file=directory, why_zh="目录无法读写", why_en=str(error)) from error


async def register(tx: Transaction, signer: Signer) -> None:
    """Make the public half of a key known for good, before it signs anything; twice is once."""
    key = signer.public
    await tx.execute(_queries["insert_signing_key"], id=key.id, purpose=key.purpose.value, public_key=key.public_key)


async def list_public_keys(tx: Transaction) -> dict[str, PublicKey]:
    """Return every public key that ever signed, by identifier."""
    return {key.id: key for key in await tx.all(_queries["list_signing_keys"], PublicKey)}


def put_into_use(directory: Path, signer: Signer) -> None:
    """Put a registered key into use, and remove the private half of those before it.

    Running services take it within a second or two, so the transaction that registered it
    is committed before.
    """
    with locked(directory):
        before = list(directory.glob(f"{signer.public.purpose}-*.pem"))
        _save(directory, signer)
        for file in before:
            file.with_suffix(".pub").touch()  # its time tells from now on when the key was retired
            file.unlink(missing_ok=True)


class KeyFolder(Mapping[str, PublicKey]):
    """The public half of every key that the directory ever held for one purpose, by identifier.

    A file is read when its key is asked for: a broken one harms nothing but what it signed.
    """

    def __init__(self, directory: Path, purpose: Purpose | str) -> None:
        """Name the key directory; nothing is read yet."""
        self._directory = directory
        self._purpose = Purpose(purpose)

    def __getitem__(self, identifier: str) -> PublicKey:
        """Read one key.

        Raises:
            KeyUnusable: its file can't be read, or is no Ed25519 key.
            KeyError: there was never such a key.
        """
        file = self._file(identifier)
        try:
            key = load_pem_public_key(file.read_bytes())
        except FileNotFoundError as error:
            raise KeyError(identifier) from error
        except (OSError, ValueError, UnsupportedAlgorithm) as error:
            raise KeyUnusable(file=file, why_zh="无法读取", why_en=str(error)) from error
        if not isinstance(key, Ed25519PublicKey):
            raise KeyUnusable(file=file, why_zh="不是 Ed25519 密钥", why_en="it is not an Ed25519 key")
        raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return PublicKey(id=identifier, purpose=self._purpose, public_key=raw)

    def __iter__(self) -> Iterator[str]:
        """Name every key."""
        begin = f"{self._purpose}-"
        return (file.stem.removeprefix(begin) for file in sorted(self._directory.glob(f"{begin}*.pub")))

    def __len__(self) -> int:
        """Count the keys."""
        return sum(1 for _ in self)

    def retired_at(self, identifier: str) -> datetime | None:
        """Return when a key was put out of use, or None while it is the one in use."""
        in_use = _in_use(self._directory, self._purpose)
        if in_use is not None and in_use.stem == f"{self._purpose}-{identifier}":
            return None
        return datetime.fromtimestamp(self._file(identifier).stat().st_mtime, UTC)

    def _file(self, identifier: str) -> Path:
        if not _IDENTIFIER.fullmatch(identifier):
            raise KeyError(identifier)
        return self._directory / f"{self._purpose}-{identifier}.pub"


class Keyring:
    """The keys in use by a running service, one per purpose; a rotated key is noticed by itself."""

    def __init__(self, directory: Path) -> None:
        """Name the key directory; each key is read, or made, at its first use."""
        self._directory = directory
        self._signers: dict[str, Signer] = {}
        self._looked = 0.0

    def current(self, purpose: Purpose | str) -> Signer:
        """Return the key in use; the directory is looked at once a second at most.

        Raises:
            KeyUnusable: the first read failed; later on the key read before stays in use.
        """
        if time.monotonic() - self._looked > _LOOK_EVERY:
            self._look()
        signer = self._signers.get(purpose)
        if signer is None:
            signer = self._signers[purpose] = load_signer(self._directory, purpose)
        return signer

    def _look(self) -> None:
        self._looked = time.monotonic()
        for purpose, signer in self._signers.items():
            try:
                file = _in_use(self._directory, purpose)
                if file is not None and file.stem != f"{purpose}-{signer.key_id}":
                    self._signers[purpose] = load_signer(self._directory, purpose)
            except (OSError, KeyUnusable):
                logger.exception("the key directory can't be read; the key read before stays in use")
