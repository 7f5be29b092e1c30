"""What was read, compared and found, as doors show it."""

from base64 import b64encode
from collections.abc import Sequence

import msgspec

from birthreg.documents.face_rules import BAND_NAMES
from birthreg.documents.models import FaceComparison, FaceHit
from birthreg.documents.reading_models import (
    FacesCompared,
    FaceSeen,
    NumberRead,
    PapersCompared,
    QualityRead,
    Reading,
    ReadingShown,
)
from birthreg.documents.shown_models import (
    AdviceShown,
    FaceShown,
    FacesShown,
    HitShown,
    HitsShown,
    NumberShown,
    PapersShown,
    QualityShown,
    RegionShown,
    ScoreShown,
)
from birthreg.kernel.language import Language, Text

_PAPERS = Text(
    "标出的差异仅供参考:折痕、光线可能造成误标,由办案人员判断。",
    "What is marked is advice: creases and light may be marked as well; people decide.",
)
_NOT_ALIGNED = Text(
    "两张图片无法对齐,没有比对:请确认是同一份证件,四角入镜后重拍。",
    "The two can't be laid over each other, and nothing was compared: see that both show one paper, with its corners.",
)


def show_number(number: NumberRead) -> NumberShown:
    """Show a number with its crop."""
    shared = {name: getattr(number, name) for name in NumberShown.__struct_fields__ if name != "crop"}
    return NumberShown(**shared, crop=_data_url(number.crop) if number.crop else None)


def show_quality(quality: QualityRead, language: Language) -> QualityShown:
    """Show how good a picture is, and what to do better."""
    shared = {name: getattr(quality, name) for name in QualityShown.__struct_fields__ if name != "advice"}
    advice = [AdviceShown(one.code, one.message.speak(language)) for one in quality.advice]
    return QualityShown(**shared, advice=advice)


def show_reading(reading: Reading) -> ReadingShown:
    """Show what is kept of a reading."""
    kept = msgspec.structs.asdict(reading)
    return ReadingShown(**{**kept, "sha256": reading.sha256.hex(), "sm3": reading.sm3.hex()})


def show_papers(found: PapersCompared, language: Language) -> PapersShown:
    """Show where two papers differ."""
    return PapersShown(
        aligned=found.aligned,
        alike=found.alike,
        unclear=found.unclear,
        first=show_number(found.first),
        second=show_number(found.second),
        regions=[
            RegionShown(
                box=region.box,
                kind=region.kind,
                field=region.field,
                weight=region.weight,
                first=_data_url(region.first),
                second=_data_url(region.second),
            )
            for region in found.regions
        ],
        note=(_PAPERS if found.aligned else _NOT_ALIGNED).speak(language),
    )


def show_faces(compared: FacesCompared, faces: tuple[FaceSeen, FaceSeen], language: Language) -> FacesShown:
    """Show how alike two faces are."""
    return FacesShown(
        id=compared.id,
        comparison=_show_score(compared.comparison, language),
        first=show_face(faces[0]),
        second=show_face(faces[1]),
    )


def show_hits(face: FaceSeen, hits: Sequence[FaceHit], note: Text, language: Language) -> HitsShown:
    """Show who looks like the one searched for, with how far scores can be believed."""
    shown = [HitShown(registration_id=h.registration_id, comparison=_show_score(h.comparison, language)) for h in hits]
    return HitsShown(face=show_face(face), hits=shown, note=note.speak(language))


def show_face(face: FaceSeen) -> FaceShown:
    """Show where a face is; what it is compared by leaves the service in no answer."""
    return FaceShown(box=face.box, width=face.width, score=face.score)


def _show_score(comparison: FaceComparison, language: Language) -> ScoreShown:
    return ScoreShown(
        score=comparison.score,
        band=comparison.band,
        band_name=BAND_NAMES[comparison.band].speak(language),
        note=comparison.note.speak(language),
        errors=comparison.errors,
    )


def _data_url(png: bytes) -> str:
    return f"data:image/png;base64,{b64encode(png).decode()}"
