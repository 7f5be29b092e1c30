"""The door of the handbook's chapter on pictures."""

from litestar import Controller, MediaType, get
from litestar.datastructures import State

from birthreg.kernel.help_page import read_chapter, show_page


class DocumentChapterController(Controller):
    """The handbook's chapter on pictures."""

    path = "/help/documents"
    security = ()

    @get("/", include_in_schema=False, media_type=MediaType.HTML)
    async def chapter(self, state: State) -> str:
        """Show how pictures are taken, read and compared, how often that errs, and what isn't kept."""
        return show_page(read_chapter("documents"), demonstration=state.demonstration)
