"""The door of the health authority: issued, exchanged and reissued certificates."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, post
from litestar.datastructures import State
from litestar.params import JSONBody

from birthreg.access.guards import Asker, Terminal, Tx, require_token
from birthreg.access.models import Act
from birthreg.access.service import permit
from birthreg.certificates import service
from birthreg.certificates.models import Delivered, IssuanceDelivery
from birthreg.kernel.idempotency import Answer, IdempotencyKey, once
from birthreg.kernel.problems import answering, documented

Deliveries = Annotated[list[IssuanceDelivery], msgspec.Meta(min_length=1, max_length=service.MOST_DELIVERED)]
"""Told by the documentation; held by the act, since the framework drops a bound inside a union."""


class DeliveryReport(msgspec.Struct, frozen=True):
    """What became of each certificate, in the order delivered."""

    items: list[Delivered]


class IssuanceController(Controller):
    """Issuances."""

    path = "/api/v1/issuances"
    tags = ("certificates",)

    @post(
        "/",
        summary="报送签发记录 · Deliver issued certificates",
        status_code=200,
        responses=answering(DeliveryReport) | documented(401, 403, 409, 422),
        request_max_body_size=16 * 1024 * 1024,
        guards=[require_token],
    )
    async def deliver(
        self,
        request: Request[Any, Any, State],
        data: JSONBody[IssuanceDelivery | Deliveries],
        tx: Tx,
        officer: Asker,
        terminal: Terminal,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take one certificate or a list; what is known stays as it is."""
        scope = await permit(tx, officer, act=Act.DELIVER_ISSUANCES, terminal=terminal)
        deliveries = [data] if isinstance(data, IssuanceDelivery) else data

        async def act() -> Answer:
            delivered = await service.deliver_issuances(
                tx, officer, scope=scope, deliveries=deliveries, terminal=terminal
            )
            return Answer(200, msgspec.json.encode(DeliveryReport(delivered)))

        answer = await once(
            tx, officer=officer.id, key=idempotency_key, door=self.path, body=await request.body(), act=act
        )
        return Response(answer.body, status_code=answer.status, media_type="application/json")
