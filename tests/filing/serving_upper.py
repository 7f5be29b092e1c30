"""The service of the level above as a process of its own, with the tests' way into the books."""

from granian.constants import HTTPModes, Interfaces, Loops
from granian.server import Server
from tests.filing.books import take

from birthreg.app import Service, create_app
from birthreg.kernel.logs import set_up_logs
from birthreg.settings import read_settings


def load() -> Service:
    """Make the application in a worker process."""
    set_up_logs("text")
    return create_app(take=take)


if __name__ == "__main__":
    settings = read_settings()
    Server(
        "birthreg.app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=2,
        loop=Loops.uvloop,
    ).serve(target_loader=load, wrap_loader=False)
