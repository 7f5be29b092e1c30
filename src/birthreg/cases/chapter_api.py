"""The doors of the handbook's chapter on cases."""

from litestar import Controller, MediaType, Response, get
from litestar.datastructures import State

from birthreg.cases.chapter import draw_states, write_chapter
from birthreg.kernel.help_page import show_page


class CaseChapterController(Controller):
    """The handbook's chapter on cases."""

    path = "/help/cases"
    security = ()

    @get("/", include_in_schema=False, media_type=MediaType.HTML)
    async def chapter(self, state: State) -> str:
        """Show how cases are opened, worked on and concluded."""
        return show_page(write_chapter(), demonstration=state.demonstration)

    @get("/states.svg", include_in_schema=False)
    async def states(self) -> Response[str]:
        """Draw the states of a case."""
        return Response(draw_states(), media_type="image/svg+xml")
