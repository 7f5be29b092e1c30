"""Evidence on disk: each file once, under its SHA-256, durable before its row is.

`evidence/ab/ab12…` holds what was brought; `evidence/incoming/` what is on its way in, or was left by a request that
broke off.
"""

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from io import BufferedReader
from pathlib import Path
from typing import IO
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.hashes import SM3, Hash

from birthreg.cases.evidence_models import FileState
from birthreg.cases.evidence_refusals import EvidenceEmpty, EvidenceTooLarge
from birthreg.cases.evidence_types import name_type
from birthreg.kernel.uploads import sync_folder

LARGEST_BYTES = 200 * 1024 * 1024
_PIECE = 1 << 20
_INCOMING = "incoming"


class Staged(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is on disk, durable, and no evidence yet."""

    place: Path
    sha256: bytes
    sm3: bytes
    size: int
    media_type: str


class EvidenceFolder:
    """Where evidence lies."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made when the first file comes."""
        self._folder = folder

    def place_of(self, sha256: bytes) -> Path:
        """Return where a file lies."""
        name = sha256.hex()
        return self._folder / name[:2] / name

    def stage(self, content: IO[bytes], *, name: UUID, file_name: str) -> Staged:
        """Write what was sent to disk, piece by piece, and say what it is; nothing is left where it is refused.

        Raises:
            EvidenceEmpty, EvidenceTooLarge, EvidenceTypeUnknown, EvidenceTypeDiffers: it isn't taken.
        """
        place = self._folder / _INCOMING / str(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            sha256, sm3, size = _write(place, content)
            if size == 0:
                raise EvidenceEmpty(name=file_name)
            media_type = name_type(place, file_name=file_name)
        except BaseException:
            place.unlink(missing_ok=True)
            raise
        return Staged(place=place, sha256=sha256, sm3=sm3, size=size, media_type=media_type)

    def keep(self, staged: Staged) -> None:
        """Put a staged file under its digest; one that lay there, whole or not, makes way for the same content."""
        place = self.place_of(staged.sha256)
        place.parent.mkdir(parents=True, exist_ok=True)
        staged.place.replace(place)
        for folder in (place.parent, self._folder, self._folder.parent):  # each may be new
            sync_folder(folder)

    def discard(self, staged: Staged) -> None:
        """Remove a staged file that was not kept."""
        staged.place.unlink(missing_ok=True)

    def check(self, sha256: bytes, sm3: bytes) -> FileState:
        """Read a file anew and say whether it is what it was."""
        return self._read(sha256, lambda file: _digest(file, None)[:2] == (sha256, sm3))

    def look(self, sha256: bytes) -> FileState:
        """Read a file anew for who waits for it: by its SHA-256 alone, in a fraction of the time."""
        return self._read(sha256, lambda file: hashlib.file_digest(file, "sha256").digest() == sha256)

    def _read(self, sha256: bytes, is_whole: Callable[[BufferedReader], bool]) -> FileState:
        try:
            with self.place_of(sha256).open("rb") as file:
                return FileState.WHOLE if is_whole(file) else FileState.DAMAGED
        except FileNotFoundError:
            return FileState.MISSING
        except OSError:  # the disk can't read it any more
            return FileState.DAMAGED

    def list_kept(self, *, before: datetime) -> Iterator[bytes]:
        """Yield the digest of each file that was put there before a moment."""
        for place in self._folder.glob("[0-9a-f][0-9a-f]/*"):
            try:
                digest = bytes.fromhex(place.name)
                is_old = place.stat().st_mtime < before.timestamp()
            except (ValueError, FileNotFoundError):
                continue
            if is_old and len(digest) == hashlib.sha256().digest_size:
                yield digest

    def remove(self, sha256: bytes, *, before: datetime) -> None:
        """Remove a file that no row names, unless it came anew meanwhile."""
        place = self.place_of(sha256)
        if place.exists() and place.stat().st_mtime < before.timestamp():
            place.unlink()

    def sweep_incoming(self, *, before: datetime) -> None:
        """Remove what requests left that broke off before a moment."""
        for place in self._folder.glob(f"{_INCOMING}/*"):
            with contextlib.suppress(FileNotFoundError):  # its request has just ended
                if place.stat().st_mtime < before.timestamp():
                    place.unlink()


def digest_file(place: Path) -> tuple[str, str]:
    """Return SHA-256 and SM3 of a file in hexadecimal."""
    with place.open("rb") as file:
        sha256, sm3, _ = _digest(file, None)
    return sha256.hex(), sm3.hex()


def _write(place: Path, content: IO[bytes]) -> tuple[bytes, bytes, int]:
    content.seek(0)
    with place.open("xb") as kept:
        digests = _digest(content, kept)
        kept.flush()
        os.fsync(kept.fileno())
    return digests


def _digest(content: IO[bytes], copy: IO[bytes] | None) -> tuple[bytes, bytes, int]:
    """Return SHA-256 (FIPS 180-4), SM3 (GB/T 32905) and size of a content, copying it on the way."""
    sha256, sm3, size = hashlib.sha256(), Hash(SM3()), 0
    while piece := content.read(_PIECE):
        sha256.update(piece)
        sm3.update(piece)
        size += len(piece)
        if copy is not None:
            if size > LARGEST_BYTES:
                raise EvidenceTooLarge(limit=f"{LARGEST_BYTES // 1024**2} MiB")
            copy.write(piece)
    return sha256.digest(), sm3.finalize(), size
