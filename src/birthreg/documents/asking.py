"""What the doors of pictures ask of the readers; a refusal names the file that it is about."""

from birthreg.access.models import Officer
from birthreg.documents import calls
from birthreg.documents.readers import Readers
from birthreg.documents.reading_models import FaceSeen, PaperRead, PapersCompared
from birthreg.documents.refusals import about
from birthreg.kernel.errors import Invalid


async def read_paper(readers: Readers, officer: Officer, *, content: bytes, typed: dict[str, str] | None) -> PaperRead:
    """Read a paper.

    Raises:
        Invalid: why it isn't read.
        PicturesSpent, DocumentsUnavailable: nobody reads for this officer now.
    """
    try:
        return await readers.ask(officer, calls.read_paper, content, typed)
    except Invalid as error:
        raise about("file", error)  # noqa: B904 - the same error, with its place


async def compare_papers(readers: Readers, officer: Officer, *, first: bytes, second: bytes) -> PapersCompared:
    """Compare two pictures of one paper; as `read_paper` for what it raises."""
    return await readers.ask(officer, calls.compare_papers, first, second)


async def look_at_face(readers: Readers, officer: Officer, *, content: bytes, field: str) -> FaceSeen:
    """Find the one face of a picture; as `read_paper` for what it raises."""
    try:
        return await readers.ask(officer, calls.look_at_face, content)
    except Invalid as error:
        raise about(field, error)  # noqa: B904 - the same error, with its place
