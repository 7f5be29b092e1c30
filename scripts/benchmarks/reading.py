"""How many synthetic papers are read right, how many wrong but called sure, and how long one takes.

    python -m benchmarks.reading --seeds 900000 900100 --kind scan

Thresholds may be tuned on seeds below 100,000 alone; what is reported uses seeds from 900,000 on, on which nothing was.
"""

import argparse
import statistics
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec

ROOT = Path(__file__).parents[2]
KINDS = ("scan", "photo", "hard")


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One paper tried; seconds run from the file's bytes to all that the door tells of it but its fields."""

    seed: int
    outcome: str
    exact: bool
    seconds: float
    page_seconds: float
    page_right: bool
    barcode: bool | None
    """Whether the barcode gave the number; None on papers without one."""


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What came of many papers of one kind."""

    kind: str
    first_seed: int
    last_seed: int
    papers: int
    exact: int
    sure: int
    wrong_but_sure: int
    look: int
    unreadable: int
    pages_right: int
    barcodes: int
    barcodes_read: int
    median_seconds: float
    slowest_tenth_seconds: float
    median_page_seconds: float


def try_papers(first: int, last: int, kind: str) -> Iterator[Trial]:
    """Read the papers of seeds from `first` up to, not including, `last`, one after the other on one core."""
    import cv2  # noqa: PLC0415 - the other parts of the benchmark run without it

    cv2.setNumThreads(1)
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    from tests.documents.papers import as_jpeg, make_paper  # noqa: PLC0415 - from the folder just named

    for seed in range(first, last):
        paper = make_paper(seed, kind)
        yield _try(seed, paper, as_jpeg(paper.image, 95))


def _try(seed: int, paper: Any, content: bytes) -> Trial:
    """Read a paper by what the door calls; the page is found once more, for its own time."""
    from birthreg.documents.opening import open_pictures  # noqa: PLC0415 - as above
    from birthreg.documents.pages import find_page  # noqa: PLC0415
    from birthreg.documents.paper_reading import read  # noqa: PLC0415

    began = perf_counter()
    reading = read(content, None)
    done = perf_counter()
    (picture,) = open_pictures(content)
    opened = perf_counter()
    find_page(picture)
    found = perf_counter()
    return Trial(
        seed=seed,
        outcome=reading.number.outcome,
        exact=reading.number.value == paper.number,
        seconds=done - began,
        page_seconds=found - opened,
        page_right=_is_right(reading.page, paper),
        barcode=any(code.number == paper.barcode for code in reading.codes) if paper.barcode else None,
    )


def _is_right(page: Any, paper: Any) -> bool:
    """Whether each corner was found within 3 % of the page's width, and the page stands upright."""
    if page.corners is None:
        return (page.turned + paper.turned) % 360 == 0
    width = max(abs(x - paper.corners[0][0]) + abs(y - paper.corners[0][1]) for x, y in paper.corners[1:2])
    pairs = zip(page.corners, paper.corners, strict=True)
    return all(abs(x - u) + abs(y - v) < 0.03 * width for (x, y), (u, v) in pairs)


def tally(kind: str, trials: list[Trial]) -> Tally:
    """Count what came of the trials."""
    outcomes = Counter(trial.outcome for trial in trials)
    coded = [trial for trial in trials if trial.barcode is not None]
    seconds = sorted(trial.seconds for trial in trials)
    return Tally(
        kind=kind,
        first_seed=trials[0].seed,
        last_seed=trials[-1].seed,
        papers=len(trials),
        exact=sum(trial.exact for trial in trials),
        sure=outcomes["sure"],
        wrong_but_sure=sum(trial.outcome == "sure" and not trial.exact for trial in trials),
        look=outcomes["look"],
        unreadable=outcomes["unreadable"],
        pages_right=sum(trial.page_right for trial in trials),
        barcodes=len(coded),
        barcodes_read=sum(bool(trial.barcode) for trial in coded),
        median_seconds=round(statistics.median(seconds), 3),
        slowest_tenth_seconds=round(seconds[len(seconds) * 9 // 10], 3),
        median_page_seconds=round(statistics.median(trial.page_seconds for trial in trials), 3),
    )


def main() -> None:
    """Read papers of the kinds asked for, and print one line of JSON for each kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", nargs=2, type=int, default=(900_000, 900_100), metavar=("A", "B"))
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--show", action="store_true", help="name the papers that weren't read right")
    asked = parser.parse_args()
    for kind in asked.kind or KINDS:
        trials = list(try_papers(*asked.seeds, kind))
        if asked.show:
            for trial in trials:
                if not trial.exact:
                    print(f"{kind} {trial.seed}: {trial.outcome}, page {'right' if trial.page_right else 'wrong'}")
        print(msgspec.json.encode(tally(kind, trials)).decode(), flush=True)


if __name__ == "__main__":
    main()
