"""How the doors of changes answer: the same key and body get the same answer, what changes has a tag."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response
from litestar.datastructures import ResponseHeader, State
from litestar.openapi.datastructures import ResponseSpec

from birthreg.access.models import Officer
from birthreg.kernel.database import Transaction
from birthreg.kernel.idempotency import Answer, once
from birthreg.kernel.problems import documented
from birthreg.kernel.versions import etag_of

BodyT = TypeVar("BodyT")

ETAG = [ResponseHeader(name="ETag", description="用于 If-Match · for If-Match", documentation_only=True)]


def told(kind: Any, *statuses: int, status: int = 200) -> dict[int, ResponseSpec]:
    """Return the OpenAPI description of a door whose answer is already encoded."""
    return {status: ResponseSpec(kind, generate_examples=False, description="OK")} | documented(*statuses)


async def answer_once(
    request: Request[Any, Any, State],
    tx: Transaction,
    officer: Officer,
    *,
    key: str | None,
    act: Callable[[], Awaitable[msgspec.Struct]],
    status: int = 200,
) -> Response[bytes]:
    """Act, unless this key has its answer already, and tell what came of it."""

    async def answer() -> Answer:
        return Answer(status, msgspec.json.encode(await act()))

    kept = await once(tx, officer=officer.id, key=key, door=request.url.path, body=await request.body(), act=answer)
    return Response(kept.body, status_code=kept.status, media_type="application/json")


def with_tag(body: BodyT, *, version: int) -> Response[BodyT]:
    """Answer with something that changes, and with its tag."""
    return Response(body, headers={"ETag": etag_of(version)})
