"""Files that were sent and wait for a worker: durable before their row is, removed when nobody needs them."""

import os
from datetime import datetime
from pathlib import Path
from typing import IO
from uuid import UUID

_PIECE = 1 << 20


def keep_upload(place: Path, content: IO[bytes]) -> int:
    """Write a file so that it is there when the row that names it is, and return its size in bytes."""
    place.parent.mkdir(parents=True, exist_ok=True)
    content.seek(0)
    with place.open("wb") as kept:
        while piece := content.read(_PIECE):
            kept.write(piece)
        kept.flush()
        os.fsync(kept.fileno())
        size = kept.tell()
    sync_folder(place.parent)
    return size


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def list_files(folder: Path, *, before: datetime) -> list[tuple[UUID, Path]]:
    """Return the files last written before a moment, with the identifier that each is named by; others aren't ours."""
    found = []
    for place in folder.iterdir() if folder.is_dir() else ():
        try:
            identifier = UUID(place.stem)
            if place.stat().st_mtime < before.timestamp():
                found.append((identifier, place))
        except (ValueError, FileNotFoundError):
            continue
    return found


def remove_files(places: list[Path]) -> None:
    """Remove files, of which some may be gone."""
    for place in places:
        place.unlink(missing_ok=True)
