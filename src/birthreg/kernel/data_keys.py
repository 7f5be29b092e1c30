"""Data keys: secrets under which personal data lies sealed and can be searched, named by what they are.

A key directory holds one file `data-<id>.key` for each; all of them open what they sealed, the newest that is
in use seals. From one secret come a key of its own for every place and purpose (HKDF, RFC 5869, with SM3), so no
two columns share one. The environment may give keys instead (`BIRTHREG_DATA_KEYS`), the first being in use.
"""

import binascii
import os
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from birthreg.kernel.key_files import KeyUnusable, locked, read_private, write_whole

SECRET_LENGTH = 32
MARK_LENGTH = 4
ANNOUNCED_FOR = timedelta(seconds=30)
"""From a new key's first appearance until something is sealed with it: by then every process knows it."""


class DataKey:
    """One secret; its identifier comes from the secret itself, so that no key can be taken for another."""

    def __init__(self, secret: bytes, *, in_use_from: datetime | None = None) -> None:
        """Take a secret; `in_use_from` is None for one that the environment gave."""
        self._secret = secret
        self.mark = self._derive(b"mark", MARK_LENGTH)
        self.id = self.mark.hex()
        self.in_use_from = in_use_from
        self._ciphers: dict[str, SM4] = {}
        self._macs: dict[str, HMAC] = {}

    def __repr__(self) -> str:
        """Name the key and tell nothing of it."""
        return f"DataKey({self.id})"

    def _derive(self, purpose: bytes, length: int) -> bytes:
        return HKDFExpand(SM3(), length, b"birthreg " + purpose).derive(self._secret)

    def cipher(self, place: str) -> SM4:
        """Return the key that seals in one place."""
        if (cipher := self._ciphers.get(place)) is None:
            cipher = self._ciphers[place] = SM4(self._derive(b"seal " + place.encode(), 16))
        return cipher

    def mac(self, place: str) -> HMAC:
        """Return a begun HMAC of one place, to be continued on."""
        if (mac := self._macs.get(place)) is None:
            mac = self._macs[place] = HMAC(self._derive(b"blind " + place.encode(), 32), SM3())
        return mac.copy()

    def file(self, directory: Path) -> Path:
        """Name the key's file."""
        return directory / f"data-{self.id}.key"

    def write(self, directory: Path) -> None:
        """Keep the key as a file that only its owner reads."""
        kept = _KeyFile(id=self.id, in_use_from=self.in_use_from, secret=self._secret)
        write_whole(self.file(directory), msgspec.json.encode(kept) + b"\n", mode=0o600)


class _KeyFile(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    in_use_from: datetime | None
    secret: bytes


def read_key(file: Path) -> DataKey:
    """Read the key of one file.

    Raises:
        KeyUnusable: it can't be read, others can read it, or it is not the key that it is named for.
    """
    try:
        kept = msgspec.json.decode(read_private(file), type=_KeyFile)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise KeyUnusable(file=file, why_zh="无法读取", why_en="it is no data key") from error
    key = DataKey(kept.secret, in_use_from=kept.in_use_from)
    if len(kept.secret) != SECRET_LENGTH or not key.id == kept.id == file.stem.removeprefix("data-"):
        raise KeyUnusable(file=file, why_zh="内容与名称不符", why_en="it is not the key that it is named for")
    return key


def list_key_files(directory: Path) -> list[Path]:
    """Name the files of a directory's data keys; none while the directory was never made."""
    try:
        with os.scandir(directory) as entries:
            return [Path(entry) for entry in entries if entry.name.startswith("data-") and entry.name.endswith(".key")]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise KeyUnusable(file=directory, why_zh="目录无法读写", why_en=str(error)) from error


def new_key(*, in_use_from: datetime) -> DataKey:
    """Make a new key, which is in no directory yet."""
    return DataKey(os.urandom(SECRET_LENGTH), in_use_from=in_use_from)


def put_key(directory: Path, key: DataKey) -> None:
    """Put a key into the directory: every process knows it within a second, and seals with it when its time comes.

    Raises:
        KeyUnusable: the directory can't be written to.
    """
    with _changing(directory):
        key.write(directory)


def remove_key(directory: Path, key: DataKey) -> None:
    """Remove a key for good: what still lies sealed under it can't be opened any more.

    Raises:
        KeyUnusable: the directory can't be written to.
    """
    with _changing(directory):
        key.file(directory).unlink(missing_ok=True)


def make_first_key(directory: Path, *, now: datetime) -> None:
    """Make a directory's first key, unless there is one.

    Raises:
        KeyUnusable: the directory can't be written to.
    """
    with _changing(directory):
        if not list_key_files(directory):  # another process may have been first
            new_key(in_use_from=now).write(directory)


@contextmanager
def _changing(directory: Path) -> Iterator[None]:
    try:
        with locked(directory):
            yield
    except OSError as error:
        raise KeyUnusable(file=directory, why_zh="目录无法读写", why_en=str(error)) from error


def parse_keys(text: str) -> list[DataKey]:
    """Read keys as the environment gives them: `base64` or `id:base64`, separated by commas, the one in use first.

    Raises:
        ValueError: one of them isn't 32 bytes in base64, or has another identifier; no secret is repeated.
    """
    keys = []
    for place, part in enumerate(text.split(",") if text else [], start=1):
        named, _, encoded = part.strip().rpartition(":")
        try:
            secret = b64decode(encoded, validate=True)
        except binascii.Error:
            secret = b""
        key = DataKey(secret)
        if len(secret) != SECRET_LENGTH or named not in ("", key.id):
            raise ValueError(f"key {place} is not {SECRET_LENGTH} bytes in base64, or not the one it is named for")
        keys.append(key)
    return keys
