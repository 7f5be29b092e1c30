"""The nouns of readings: what the processes tell of a picture, what is kept of it, and what doors answer."""

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from birthreg.documents.field_rules import FieldOutcome
from birthreg.documents.models import FaceComparison
from birthreg.kernel.language import Text

Box = tuple[int, int, int, int]
"""x, y, width and height, in pixels."""


class ReadingOutcome(StrEnum):
    """How far the number read can be relied on; what is sure is offered, never used unasked."""

    SURE = "sure"
    LOOK = "look"
    UNREADABLE = "unreadable"


class NumberRead(msgspec.Struct, frozen=True, kw_only=True):
    """The number as read; None where nothing on the page can be one.

    `confidence` is from 0 to 1 and reckoned by the readers themselves; `box` is where the number stands on the
    straightened page, `crop` that piece of it as PNG. `elsewhere` are other numbers, which stand at other places;
    `alternatives` are these and others that it could be, likeliest first.
    """

    value: str | None
    confidence: float
    outcome: ReadingOutcome
    box: Box | None = None
    alternatives: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    crop: bytes | None = None


class CodeRead(msgspec.Struct, frozen=True, kw_only=True):
    """A barcode or QR code; `number` where it holds a certificate's number and nothing else.

    `box` counts on the picture as it was sent, upright, or, where the code was read there alone, on the page.
    """

    text: str
    format: str
    on: Literal["picture", "page"]
    box: Box
    number: str | None


class PageRead(msgspec.Struct, frozen=True, kw_only=True):
    """The page as it was found: its size once straightened, its corners on the picture.

    It is page `number`, from 1, `of` so many in the file, of which the first three are read. `turned` is by how many
    degrees the picture was turned clockwise; `sure` is False where the page was guessed.
    """

    number: int
    of: int
    width: int
    height: int
    turned: int
    sure: bool
    corners: tuple[tuple[float, float], ...] | None


class AdviceRead(msgspec.Struct, frozen=True):
    """What whoever took the picture can do better."""

    code: str
    message: Text


class QualityRead(msgspec.Struct, frozen=True, kw_only=True):
    """How good the picture is: `blur` from 0, sharp, to 1; `glare` the part of the page that is washed out."""

    blur: float
    glare: float
    width: int
    height: int
    cropped: bool
    advice: tuple[AdviceRead, ...]


class FieldRead(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the page as it would be typed, and how it compares with what was typed."""

    read: str | None
    typed: str | None
    outcome: FieldOutcome | None
    confidence: float | None


class PaperRead(msgspec.Struct, frozen=True, kw_only=True):
    """All that was read of a paper."""

    number: NumberRead
    codes: tuple[CodeRead, ...]
    page: PageRead
    quality: QualityRead
    fields: dict[str, FieldRead]


class RegionRead(msgspec.Struct, frozen=True, kw_only=True):
    """Where two papers differ, on the first page, with both as PNG; `field` names what stands there, where known."""

    box: Box
    kind: str
    field: str | None
    weight: float
    first: bytes
    second: bytes


class PapersCompared(msgspec.Struct, frozen=True, kw_only=True):
    """Two pictures of one paper compared; without `aligned` they couldn't be laid over each other."""

    aligned: bool
    alike: float
    unclear: float
    first: NumberRead
    second: NumberRead
    regions: tuple[RegionRead, ...]


class FaceSeen(msgspec.Struct, frozen=True, kw_only=True):
    """The face of a picture and what it is compared by."""

    box: Box
    width: int
    score: float
    embedding: tuple[float, ...]


class Digests(msgspec.Struct, frozen=True):
    """By what a picture is known that isn't kept."""

    sha256: bytes
    sm3: bytes


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a reading: no picture, no personal data."""

    id: UUID
    read_at: datetime
    officer: str
    organization: str
    terminal: str
    purpose: str
    sha256: bytes
    sm3: bytes
    outcome: ReadingOutcome
    certificate_number: str | None
    typed_outcome: FieldOutcome | None


class ReadingShown(msgspec.Struct, frozen=True, kw_only=True):
    """A reading as its door shows it; digests in hexadecimal."""

    id: UUID
    read_at: datetime
    officer: str
    organization: str
    terminal: str
    purpose: str
    sha256: str
    sm3: str
    outcome: ReadingOutcome
    certificate_number: str | None
    typed_outcome: FieldOutcome | None


class KeptComparison(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a comparison of two faces: the score and what it was compared from, no face."""

    id: UUID
    compared_at: datetime
    officer: str
    organization: str
    score: float


class FacesCompared(msgspec.Struct, frozen=True, kw_only=True):
    """Two faces compared."""

    id: UUID
    comparison: FaceComparison
