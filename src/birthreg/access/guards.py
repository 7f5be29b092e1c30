"""What every door needs: the transaction, the officer, the terminal, the language. The edge of the house."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.handlers import BaseRouteHandler

from birthreg.access.models import Officer
from birthreg.access.service import require_standing
from birthreg.kernel.database import Transaction
from birthreg.kernel.language import Language, choose_language

Tx = NamedDependency[Transaction]
"""The transaction of a request by somebody who is signed in."""
OpenTx = NamedDependency[Transaction]
"""The transaction of a request by somebody who need not be signed in, or whose act asks for it itself."""
ProbingTx = NamedDependency[Transaction]
"""The transaction of a write at the busiest desks, whoever asks: its statements are planned once, as index probes."""
Asker = NamedDependency[Officer]
Terminal = NamedDependency[str]
Spoken = NamedDependency[Language]


def require_token(connection: ASGIConnection[Any, Any, Any, State], _handler: BaseRouteHandler) -> None:
    """Refuse who isn't signed in before the body is read: doors that take large ones ask for it.

    Raises:
        Unauthenticated: there is no bearer token, or it isn't valid.
    """
    connection.app.state.tokens.read(connection.headers.get("authorization"))


async def provide_open_tx(state: State) -> AsyncGenerator[Transaction, None]:
    """Open the transaction of one request; it commits before the answer is sent."""
    async with state.database.transaction() as tx:
        yield tx


async def provide_probing_tx(state: State) -> AsyncGenerator[Transaction, None]:
    """Open the transaction of one request on a connection whose plans are kept."""
    async with state.probing.transaction() as tx:
        yield tx


@asynccontextmanager
async def asking(request: Request[Any, Any, State]) -> AsyncIterator[tuple[Transaction, Officer]]:
    """Open a transaction in which the session of who asks still stands; a door that works long after it uses this.

    Who isn't signed in takes no connection.
    """
    state = request.app.state
    request.state.officer = officer = state.tokens.read(request.headers.get("authorization"))
    async with state.database.transaction() as tx:
        await require_standing(tx, session=officer.session)
        yield tx, officer


async def provide_tx(request: Request[Any, Any, State]) -> AsyncGenerator[Transaction, None]:
    """Open the transaction of one request, in which the session of who asks still stands.

    Asked here, and not by a dependency of its own: the framework closes no transaction when
    another dependency fails.
    """
    async with asking(request) as (tx, _):
        yield tx


def provide_officer(request: Request[Any, Any, State], tx: Tx) -> Officer:  # noqa: ARG001 - known once there is one
    """Return the officer who asks."""
    officer: Officer = request.state.officer
    return officer


def provide_terminal(request: Request[Any, Any, State]) -> str:
    """Return the address that the request came from."""
    return request.client.host if request.client else "unknown"


def provide_language(request: Request[Any, Any, State]) -> Language:
    """Return the language of the answer."""
    return choose_language(request.headers.get("accept-language"))


DEPENDENCIES = {
    "tx": Provide(provide_tx),
    "open_tx": Provide(provide_open_tx),
    "probing_tx": Provide(provide_probing_tx),
    "officer": Provide(provide_officer, sync_to_thread=False),
    "terminal": Provide(provide_terminal, sync_to_thread=False),
    "language": Provide(provide_language, sync_to_thread=False),
}
