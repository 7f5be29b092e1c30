"""The nouns of faces: what is found in a picture, what a score means, and what a search gives."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from birthreg.kernel.language import Text


class Face(msgspec.Struct, frozen=True, kw_only=True):
    """A face in a picture, in pixels of that picture.

    `landmarks` are, as they are seen: left eye, right eye, nose, left and right corner of the mouth. `score` is how
    sure the detector is, from 0 to 1.
    """

    box: tuple[int, int, int, int]
    """x, y, width, height; it may reach over the picture's edge."""
    width: int
    landmarks: tuple[tuple[float, float], ...]
    score: float


class Band(StrEnum):
    """What the score of two faces says to a person who decides."""

    UNLIKE = "unlike"
    """Below the listed scores: no sign of one person, and no proof of two."""
    POSSIBLE = "possible"
    STRONG = "strong"


Pairs = Annotated[int, msgspec.Meta(ge=0, le=2_000_000_000)]
"""How many pairs of faces."""


class CalibrationPoint(msgspec.Struct, frozen=True, kw_only=True):
    """How often a study erred when scores from `score` on counted as one person.

    Of `different_pairs` pairs of two people `different_reached` scored as high, and of `same_pairs` pairs of one
    person `same_reached`.
    """

    score: float
    different_pairs: Pairs
    different_reached: Pairs
    same_pairs: Pairs
    same_reached: Pairs


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """How scores are read, by a study; `model` is the SHA-256 of the model that gave them."""

    id: UUID
    model: str
    in_force_from: datetime
    list_from: float
    strong_from: float
    for_children: bool
    """Whether the study was made on children."""
    study: str
    entered_at: datetime
    officer: str
    organization: str


class NewCalibration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a study says, to be in force from a moment on, or else at once."""

    in_force_from: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    list_from: float
    strong_from: float
    for_children: bool
    study: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    points: Annotated[tuple[CalibrationPoint, ...], msgspec.Meta(max_length=2000)]


class FaceComparison(msgspec.Struct, frozen=True, kw_only=True):
    """The score of two faces (a cosine, from -1 to 1), what it says, and how far that can be believed."""

    score: float
    band: Band
    note: Text
    errors: CalibrationPoint | None = None
    """How often the study erred at a score like this; None where it has no point so low."""


class SearchPurpose(StrEnum):
    """What a search among registered children may be for; always stated (PIPL 28)."""

    LATE_REGISTRATION = "late_registration"
    INVESTIGATION = "investigation"


class NearFace(msgspec.Struct, frozen=True):
    """A registered child whose template is near to what was searched for."""

    registration_id: UUID
    score: float


class FaceHit(msgspec.Struct, frozen=True, kw_only=True):
    """A registered child who looks like the one searched for."""

    registration_id: UUID
    comparison: FaceComparison


class Searchable(msgspec.Struct, frozen=True):
    """Whether the database can search among templates."""

    searchable: bool


class TemplateKept(msgspec.Struct, frozen=True):
    """Whether a template was kept."""

    is_kept: bool


class TemplateCount(msgspec.Struct, frozen=True):
    """How many templates."""

    templates: int


class SealedTemplate(msgspec.Struct, frozen=True):
    """A template as it lies in the books."""

    id: UUID
    sealed: bytes
