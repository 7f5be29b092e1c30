"""The door of the handbook's chapter on screening."""

from litestar import Controller, MediaType, get
from litestar.datastructures import State

from birthreg.kernel.help_page import show_page
from birthreg.screening.chapter import write_chapter


class ChapterController(Controller):
    """The handbook's chapter on screening."""

    path = "/help/screening"
    security = ()

    @get("/", include_in_schema=False, media_type=MediaType.HTML)
    async def chapter(self, state: State) -> str:
        """Show what rules are, how they are changed and read, and which there are."""
        return show_page(write_chapter(), demonstration=state.demonstration)
