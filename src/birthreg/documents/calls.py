"""What may be asked of the pool. What reads pictures is loaded in its processes alone, never beside the loop."""

# Known here, so that a refusal from one of the processes is told as what it is.
from birthreg.documents import face_refusals, refusals, weights
from birthreg.documents.reading_models import FaceSeen, PaperRead, PapersCompared

REFUSALS = (refusals, face_refusals, weights)


def read_paper(content: bytes, typed: dict[str, str] | None) -> PaperRead:
    """Read a paper; its fields where `typed` isn't None."""
    from birthreg.documents import paper_reading  # noqa: PLC0415 - heavy, and wanted in the processes alone

    return paper_reading.read(content, typed)


def compare_papers(first: bytes, second: bytes) -> PapersCompared:
    """Compare two pictures of one paper."""
    from birthreg.documents import paper_reading  # noqa: PLC0415 - heavy, and wanted in the processes alone

    return paper_reading.compare_files(first, second)


def look_at_face(content: bytes) -> FaceSeen:
    """Find the one face of a picture."""
    from birthreg.documents import face_reading  # noqa: PLC0415 - heavy, and wanted in the processes alone

    return face_reading.look(content)
