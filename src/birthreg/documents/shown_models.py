"""Readings, comparisons and searches as their doors show them; pictures as data URLs, texts in the asker's language."""

from uuid import UUID

import msgspec

from birthreg.documents.models import Band, CalibrationPoint
from birthreg.documents.reading_models import Box, ReadingOutcome


class NumberShown(msgspec.Struct, frozen=True, kw_only=True):
    """The number as read, with the piece of paper on which it stands."""

    value: str | None
    confidence: float
    outcome: ReadingOutcome
    box: Box | None
    alternatives: tuple[str, ...]
    crop: str | None


class AdviceShown(msgspec.Struct, frozen=True):
    """What to do better."""

    code: str
    message: str


class QualityShown(msgspec.Struct, frozen=True, kw_only=True):
    """How good the picture is."""

    blur: float
    glare: float
    width: int
    height: int
    cropped: bool
    advice: list[AdviceShown]


class RegionShown(msgspec.Struct, frozen=True, kw_only=True):
    """Where two papers differ, on the first page, with the piece of each."""

    box: Box
    kind: str
    field: str | None
    weight: float
    first: str
    second: str


class PapersShown(msgspec.Struct, frozen=True, kw_only=True):
    """Two pictures of one paper compared, `first` and `second` with the number that each shows."""

    aligned: bool
    alike: float
    unclear: float
    first: NumberShown
    second: NumberShown
    regions: list[RegionShown]
    note: str


class ScoreShown(msgspec.Struct, frozen=True, kw_only=True):
    """How alike two faces are, what that says, and how often a study erred at such a score."""

    score: float
    band: Band
    band_name: str
    note: str
    errors: CalibrationPoint | None


class FaceShown(msgspec.Struct, frozen=True, kw_only=True):
    """A face as it was found on a picture."""

    box: Box
    width: int
    score: float


class FacesShown(msgspec.Struct, frozen=True, kw_only=True):
    """Two faces compared."""

    id: UUID
    comparison: ScoreShown
    first: FaceShown
    second: FaceShown


class HitShown(msgspec.Struct, frozen=True, kw_only=True):
    """A registered child who looks like the one searched for."""

    registration_id: UUID
    comparison: ScoreShown


class HitsShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a search among faces found; no hit proves nothing."""

    face: FaceShown
    hits: list[HitShown]
    note: str
