"""The vault: personal data at rest, sealed with SM4-GCM and found again by a blind index (HMAC-SM3).

A sealed value is `key's mark (4) | nonce (12) | ciphertext | tag (16)`, a blind one `key's mark (4) | HMAC (16)`.
Both are bound to a place, such as `registrations.applicant_phone`: moved to another column a value doesn't open.
"""

import logging
import os
import time
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.modes import GCM

from birthreg.kernel.clock import Clock, now_utc
from birthreg.kernel.data_keys import MARK_LENGTH, DataKey, list_key_files, make_first_key, parse_keys, read_key
from birthreg.kernel.errors import Unavailable
from birthreg.kernel.key_files import KeyUnusable
from birthreg.kernel.language import Text

logger = logging.getLogger("birthreg")

_NONCE_LENGTH = 12
_TAG_LENGTH = 16
_BLIND_LENGTH = 16
_HEAD_LENGTH = MARK_LENGTH + _NONCE_LENGTH

_LOOK_EVERY = 1.0
"""Seconds between two looks at the directory by a running process."""


class DataKeyUnknown(Unavailable):
    """加密数据({place})所用的密钥 {key} 不在密钥目录中。

    The key {key} that seals {place} is not among the known keys.
    """

    remedy = Text(
        "请从备份恢复该密钥(BIRTHREG_KEY_DIR 或 BIRTHREG_DATA_KEYS)。",
        "Restore that key from a backup (BIRTHREG_KEY_DIR or BIRTHREG_DATA_KEYS).",
    )
    retryable = False


class SealBroken(Unavailable):
    """加密数据({place})无法解开:内容被改动或移动过。

    Sealed data ({place}) can't be opened: it was changed, or moved from elsewhere.
    """

    remedy = Text(
        "请从备份核对该记录,并报告安全管理员。", "Compare the record with a backup; tell the security administrator."
    )
    retryable = False


class Vault:
    """Seals and opens under the keys of a directory; a new or retired key is noticed within a second."""

    def __init__(self, directory: Path, *, given: str = "", clock: Clock = now_utc) -> None:
        """Name the key directory, or give keys as the environment does; nothing is read before the first use."""
        self._directory = directory
        self._given = parse_keys(given)
        self._clock = clock
        self._keys: dict[bytes, DataKey] = {}
        self._current: DataKey | None = None
        self._looked = 0.0

    def seal(self, text: str, *, bound_to: str) -> bytes:
        """Seal a text for one place."""
        key = self.current()
        nonce = os.urandom(_NONCE_LENGTH)
        encryptor = Cipher(key.cipher(bound_to), GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(bound_to.encode())
        content = encryptor.update(text.encode()) + encryptor.finalize()
        return key.mark + nonce + content + encryptor.tag

    def open(self, sealed: bytes, *, bound_to: str) -> str:
        """Open what was sealed for a place.

        Raises:
            DataKeyUnknown: its key isn't here.
            SealBroken: it was changed, cut, or sealed for another place.
        """
        if len(sealed) < _HEAD_LENGTH + _TAG_LENGTH:
            raise SealBroken(place=bound_to)
        key = self._find(sealed[:MARK_LENGTH], bound_to)
        nonce, tag = sealed[MARK_LENGTH:_HEAD_LENGTH], sealed[-_TAG_LENGTH:]
        decryptor = Cipher(key.cipher(bound_to), GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(bound_to.encode())
        try:
            return (decryptor.update(sealed[_HEAD_LENGTH:-_TAG_LENGTH]) + decryptor.finalize()).decode()
        except InvalidTag as error:
            raise SealBroken(place=bound_to) from error

    def blind(self, value: str, *, bound_to: str) -> bytes:
        """Return what stands in the index for a value, under the key in use.

        Columns that are searched together share one `bound_to`; the caller brings a value to its normal form.
        """
        return _blind(self.current(), value, bound_to)

    def blinds(self, value: str, *, bound_to: str) -> list[bytes]:
        """Return what may stand in the index for a value, one for each known key: bind it with `= ANY(…)`."""
        self.current()
        return [_blind(key, value, bound_to) for key in self._keys.values()]

    def current(self) -> DataKey:
        """Return the key in use.

        Raises:
            KeyUnusable: the first read failed; later on the keys read before stay in use.
        """
        if self._current is None or time.monotonic() - self._looked > _LOOK_EVERY:
            self._current = self._look()
        return self._current

    def list_keys(self) -> list[DataKey]:
        """Return every known key, the newest first; what the environment gave stands before the files."""
        self.current()
        return list(self._keys.values())

    def _find(self, mark: bytes, place: str) -> DataKey:
        self.current()
        if mark not in self._keys:
            self._current = self._look()  # another process may have sealed with a key made a moment ago
        key = self._keys.get(mark)
        if key is None:
            raise DataKeyUnknown(key=mark.hex(), place=place)
        return key

    def _look(self) -> DataKey:
        self._looked = time.monotonic()
        try:
            self._keys = self._read()
        except KeyUnusable:
            if self._current is None:
                raise
            logger.exception("the data keys can't be read; those read before stay in use")
        now, keys = self._clock(), list(self._keys.values())
        return next((key for key in keys if key.in_use_from is None or key.in_use_from <= now), keys[-1])

    def _read(self) -> dict[bytes, DataKey]:
        """Read the keys that weren't known yet, and forget those that are gone; the newest first."""
        files = list_key_files(self._directory)
        if not files and not self._given:
            if self._keys:
                raise KeyUnusable(file=self._directory, why_zh="没有数据密钥", why_en="it holds no data key")
            make_first_key(self._directory, now=self._clock())
            files = list_key_files(self._directory)
        known = {f"data-{key.id}.key": key for key in self._keys.values()}
        read = [known.get(file.name) or read_key(file) for file in files]
        return {key.mark: key for key in [*self._given, *sorted(read, key=_place, reverse=True)]}


def mark_of(stored: bytes) -> bytes:
    """Return the mark of the key under which a sealed or blind value stands."""
    return stored[:MARK_LENGTH]


def _place(key: DataKey) -> tuple[float, str]:
    """Order keys by the moment from which they are in use."""
    return key.in_use_from.timestamp() if key.in_use_from else 0.0, key.id


def _blind(key: DataKey, value: str, bound_to: str) -> bytes:
    mac = key.mac(bound_to)
    mac.update(value.encode())
    return key.mark + mac.finalize()[:_BLIND_LENGTH]
