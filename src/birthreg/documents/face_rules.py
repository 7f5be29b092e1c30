"""What the score of two faces says: bands and error rates of a calibration."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from birthreg.documents.models import Band, Calibration, CalibrationPoint, FaceComparison
from birthreg.kernel.language import Text

MOST_HITS = 5
"""How many children a search shows to a person; the database gives no more."""

MOST_TEMPLATES = 5
"""How many pictures of one child are kept for searching."""

FIRST = Calibration(
    id=UUID("017d734a-7800-7000-8000-000000000001"),
    model="fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
    in_force_from=datetime(2021, 12, 1, tzinfo=UTC),
    list_from=0.40,
    strong_from=0.50,
    for_children=False,
    study="少量公开成人照片,未经儿童数据校准 · a few public photos of adults; uncalibrated for children",
    entered_at=datetime(2021, 12, 1, tzinfo=UTC),
    officer="birthreg",
    organization="-",
)
"""What the books begin with, until a study replaces it; also where no database is at hand."""

FOR_CHILDREN = Text(
    "人脸比对分数仅供参考,不能作为认定依据,由办案人员判断;不用于判断亲子关系。",
    "A face score is advice and proves nothing; people decide. It says nothing of kinship.",
)

UNCALIBRATED = Text(
    "人脸比对分数未经儿童数据校准,仅供参考,不能作为认定依据,由办案人员判断;不用于判断亲子关系。",
    "This face score is uncalibrated for children: it is advice and proves nothing; people decide."
    " It says nothing of kinship.",
)

BAND_NAMES = {
    Band.UNLIKE: Text("未见明显相似", "no clear likeness"),
    Band.POSSIBLE: Text("可能为同一人", "possibly the same person"),
    Band.STRONG: Text("很可能为同一人", "probably the same person"),
}


def band_of(score: float, calibration: Calibration) -> Band:
    """Say what a score means under a calibration."""
    if score >= calibration.strong_from:
        return Band.STRONG
    return Band.POSSIBLE if score >= calibration.list_from else Band.UNLIKE


def note_on(calibration: Calibration) -> Text:
    """Say how far the scores of a calibration can be believed."""
    return FOR_CHILDREN if calibration.for_children else UNCALIBRATED


def read_score(score: float, calibration: Calibration, points: Sequence[CalibrationPoint] = ()) -> FaceComparison:
    """Read a score: its band, its note, and how often the study erred at the next point below it."""
    below = [point for point in points if point.score <= score]
    return FaceComparison(
        score=round(score, 4),
        band=band_of(score, calibration),
        note=note_on(calibration),
        errors=max(below, key=lambda point: point.score, default=None),
    )


def list_faults(*, list_from: float, strong_from: float, points: Sequence[CalibrationPoint]) -> list[str]:
    """Name what makes a calibration unusable; nothing when it can be used."""
    faults = []
    if not 0 < list_from < strong_from <= 1:
        faults.append("bands_out_of_order")
    if len({point.score for point in points}) < len(points):
        faults.append("score_twice")
    if not points or not all(_is_whole(point) for point in points):
        faults.append("points_not_whole")
    return faults


def _is_whole(point: CalibrationPoint) -> bool:
    reached = 0 <= point.different_reached <= point.different_pairs and 0 <= point.same_reached <= point.same_pairs
    return -1 <= point.score <= 1 and reached and point.different_pairs > 0 and point.same_pairs > 0
