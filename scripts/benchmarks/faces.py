"""How scores of faces are spread over pairs of one person and pairs of two, on public pictures that packages carry.

    PYTHONPATH=scripts .venv/bin/python -m benchmarks.faces [--pictures FOLDER]

In FOLDER a sub-folder holds pictures of one person each; in loose pictures with several faces these are different
people, and none of them has a sub-folder. Between two loose pictures nothing is compared: somebody may be on both.
"""

import argparse
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import cv2
import msgspec
import numpy as np

from birthreg.documents import faces

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "face-pictures"
PACKAGE = "face-recognition==1.3.0 --hash=sha256:5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec"
"""Beside the one that the tests use: the pictures are in its source alone."""
PLACES = {
    "face_recognition-1.3.0/tests/test_images/obama.jpg": "obama/1.jpg",
    "face_recognition-1.3.0/tests/test_images/obama2.jpg": "obama/2.jpg",
    "face_recognition-1.3.0/tests/test_images/obama3.jpg": "obama/3.jpg",
    "face_recognition-1.3.0/tests/test_images/biden.jpg": "biden/1.jpg",
    "insightface/data/images/Tom_Hanks_54745.png": "hanks/1.png",
    "insightface/data/images/t1.jpg": "t1.jpg",
}
"""The pictures that are used, and where they go: of six actors on one picture none is one of the three."""

SCORES = (0.20, 0.25, 0.30, 0.35, 0.363, 0.40, 0.45, 0.50, 0.55, 0.60)


class Shown(msgspec.Struct, frozen=True):
    """A face with whose it is; `picture` is set where that is known of one loose picture alone."""

    person: str
    picture: str | None
    embedding: faces.Embedding


def fetch_pictures() -> Path:
    """Take the pictures out of the packages that carry them, once."""
    if not all((CACHE / place).is_file() for place in PLACES.values()):
        CACHE.mkdir(parents=True, exist_ok=True)
        wanted = CACHE / "packages.txt"
        lines = (ROOT / ".ci" / "face-pictures.txt").read_text(encoding="utf-8").splitlines()
        wanted.write_text("\n".join([PACKAGE, *lines]), encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "--dest",
            str(CACHE),
        ]
        subprocess.run([*command, "--requirement", str(wanted)], check=True)
        for name, content in (*_unpack_wheels(), *_unpack_sources()):
            place = CACHE / PLACES[name]
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(content)
    return CACHE


def _unpack_wheels() -> Iterator[tuple[str, bytes]]:
    for file in CACHE.glob("*.whl"):
        with zipfile.ZipFile(file) as wheel:
            yield from ((name, wheel.read(name)) for name in wheel.namelist() if name in PLACES)


def _unpack_sources() -> Iterator[tuple[str, bytes]]:
    for file in CACHE.glob("*.tar.gz"):
        with tarfile.open(file) as source:
            for member in source:
                content = source.extractfile(member) if member.name in PLACES else None
                if content is not None:
                    yield member.name, content.read()


def read_pictures(folder: Path, spent: list[float]) -> Iterator[Shown]:
    """Return every face that is large enough, with whose it is; `spent` gathers seconds a picture."""
    for file in sorted(folder.rglob("*")):
        image = cv2.imread(str(file)) if file.suffix in {".jpg", ".jpeg", ".png"} else None
        if image is None:
            continue
        begun = time.perf_counter()
        found = [face for face in faces.find_faces(image) if face.width >= faces.SMALLEST]
        loose = file.parent == folder
        for number, face in enumerate(found if loose else found[:1]):
            person = f"{file.name} {number}" if loose else file.parent.name
            yield Shown(person, file.name if loose else None, faces.embed(image, face))
        spent.append(time.perf_counter() - begun)


def list_scores(shown: list[Shown]) -> tuple[list[float], list[float]]:
    """Return the scores of pairs of one person, and of pairs of two."""
    same, different = [], []
    for one, other in combinations(shown, 2):
        score = float(np.dot(one.embedding, other.embedding))
        if one.person == other.person:
            same.append(score)
        elif None in (one.picture, other.picture) or one.picture == other.picture:
            different.append(score)
    return sorted(same), sorted(different)


def main() -> None:
    """Print how the scores are spread."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, help="a folder of pictures, instead of those that packages carry")
    folder = parser.parse_args().pictures or fetch_pictures()
    spent: list[float] = []
    shown = list(read_pictures(folder, spent))
    same, different = list_scores(shown)
    print(f"{len(shown)} faces of {len({face.person for face in shown})} people, {len(same)} pairs of one person,")
    print(f"{len(different)} pairs of two; median {np.median(spent) * 1000:.0f} ms a picture")
    for name, scores in (("one person", same), ("two people", different)):
        if scores:
            print(f"{name}: {scores[0]:.3f} to {scores[-1]:.3f}, median {np.median(scores):.3f}")
    print("score from   of two people   of one person")
    for least in SCORES:
        reached = [sum(score >= least for score in scores) for scores in (different, same)]
        print(f"{least:10.3f}   {reached[0]:5d} / {len(different):5d}   {reached[1]:5d} / {len(same):5d}")


if __name__ == "__main__":
    main()
