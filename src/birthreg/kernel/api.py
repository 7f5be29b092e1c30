"""The doors that need no sign-in: health, metrics, public keys, and the pages that describe the others."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import swagger_ui
from litestar import Controller, MediaType, Request, Response, Router, get
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler
from litestar.openapi.plugins import JsonRenderPlugin, SwaggerRenderPlugin
from litestar.openapi.spec import Schema
from litestar.params import QueryParameter
from litestar.plugins import OpenAPISchemaPlugin
from litestar.response import Redirect
from litestar.static_files import create_static_files_router
from litestar.types import Message, Send
from litestar.typing import FieldDefinition
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError

from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.errors import FieldError, FieldsWrong, Unavailable
from birthreg.kernel.help_page import show_manual
from birthreg.kernel.keys import list_public_keys
from birthreg.kernel.language import Text
from birthreg.kernel.problems import documented
from birthreg.kernel.public_keys import jwks
from birthreg.kernel.sql import load_queries

_SQL = load_queries("kernel")
_ASSETS = "/schema-assets"

SCHEMA_PLUGINS = [
    SwaggerRenderPlugin(
        path="/",
        js_url=f"{_ASSETS}/swagger-ui-bundle.js",
        css_url=f"{_ASSETS}/swagger-ui.css",
        standalone_preset_js_url=f"{_ASSETS}/swagger-ui-standalone-preset.js",
        favicon=f'<link rel="icon" href="{_ASSETS}/favicon-32x32.png">',
    ),
    JsonRenderPlugin(path="/openapi.json"),
]
"""Swagger UI from the installed wheel: the page asks nothing from outside."""


_CHECK_SECONDS = 2.0
"""A server that says nothing for so long is no better than one that is away."""

_NO_PARAMETER = Text("没有这个查询参数,请删除或改正。", "There is no such query parameter; remove or correct it.")

Found = TypeVar("Found")

Watch = Callable[[Transaction], Awaitable[list[str]]]
"""Tells what of a room's is harmed, so that somebody looks at it; nothing where all is well."""


class ClosedObjects(OpenAPISchemaPlugin):
    """Tell in the documentation which objects refuse unknown fields; the framework leaves it out."""

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        """Say whether this is such an object."""
        if field_definition.is_union or not field_definition.is_subclass_of(msgspec.Struct):
            return False
        return bool(field_definition.type_.__struct_config__.forbid_unknown_fields)

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: Any) -> Schema:
        """Return the schema of the plugin whose turn it would be, closed."""
        others = (plugin for plugin in schema_creator.plugins if plugin is not self)
        usual = next(plugin for plugin in others if schema_creator.plugin_supports_field(plugin, field_definition))
        schema: Schema = usual.to_openapi_schema(field_definition, schema_creator)
        schema.additional_properties = False
        return schema


def refuse_unknown_query(connection: ASGIConnection[Any, Any, Any, State], handler: BaseRouteHandler) -> None:
    """Refuse a query parameter that the door doesn't know: passed over, a misspelt filter would show everything.

    Raises:
        FieldsWrong: there is one.
    """
    if not connection.url.path.startswith("/api/"):
        return  # probes and browsers add what they like to the pages outside
    parameters = handler.parsed_fn_signature.parameters.items()
    asked = [(name, field.kwarg_definition) for name, field in parameters]
    known = {kind.name or name for name, kind in asked if isinstance(kind, QueryParameter)}
    unknown = [name for name in connection.query_params if name not in known]
    if unknown:
        errors = tuple(
            FieldError(field=name[:100], code="parameter_unknown", message=_NO_PARAMETER) for name in unknown
        )
        raise FieldsWrong(errors=errors[:100])


def without_body(send: Send) -> Send:
    """Answer HEAD as GET would be answered, down to the length, and leave the body out (RFC 9110 §9.3.2)."""

    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message["body"] = b""
        await send(message)

    return send_head


class Health(msgspec.Struct, frozen=True):
    """Whether the service can do its work; `degraded` is slower, or something of it is harmed, but verdicts are right.

    `harmed` says what somebody has to look at, such as files of evidence that aren't what was brought any more.
    """

    status: str
    database: str
    valkey: str
    trail: str
    harmed: list[str]


class Privileges(msgspec.Struct, frozen=True):
    """What the role that the service runs as may do."""

    can_change_trail: bool


class OpenController(Controller):
    """Health, metrics, keys."""

    tags = ("operation",)
    security = ()

    @get("/", include_in_schema=False)
    async def home(self) -> Redirect:
        """Lead to the description of the doors."""
        return Redirect("/schema")

    @get("/help", include_in_schema=False, media_type=MediaType.HTML)
    async def manual(self, state: State) -> str:
        """Show the manual."""
        return show_manual(demonstration=state.demonstration)

    @get("/health/live", summary="进程存活 · The process lives")
    async def live(self) -> dict[str, str]:
        """Answer as long as the process runs."""
        return {"status": "live"}

    @get("/health/ready", summary="可以核验 · Ready to verify", responses=documented(503))
    async def ready(self, request: Request[Any, Any, State]) -> Response[Health]:
        """Say whether numbers can be verified: 503 while the books can't be read."""
        state = request.app.state
        checking = _check_database(state.database, watch=state.watch)
        database, trail, harmed = await _within(checking, otherwise=_AWAY)
        valkey = await _check_valkey(state.redis)
        status = "unready" if database != "up" else "ready" if valkey == "up" and not harmed else "degraded"
        health = Health(status, database, valkey, trail, harmed)
        return Response(health, status_code=503 if status == "unready" else 200)

    @get("/metrics", summary="监控指标 · Prometheus metrics", media_type="text/plain")
    async def metrics(self) -> Response[bytes]:
        """Return the counters of this process."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @get("/.well-known/birthreg/jwks.json", summary="公钥 · Public keys", responses=documented(503))
    async def keys(self, request: Request[Any, Any, State]) -> dict[str, Any]:
        """Return every public key that ever signed a receipt or a seal, as a JWK set (RFC 7517)."""
        async with request.app.state.database.transaction() as tx:
            return jwks((await list_public_keys(tx)).values())


async def _within(check: Coroutine[Any, Any, Found], *, otherwise: Found) -> Found:
    """Return what a check finds, unless it takes longer than whoever balances the load would wait."""
    task = asyncio.create_task(check)
    done, _ = await asyncio.wait([task], timeout=_CHECK_SECONDS)
    return task.result() if done else otherwise


_AWAY: tuple[str, str, list[str]] = ("down", "unknown", [])


async def _check_database(database: Database, *, watch: Watch) -> tuple[str, str, list[str]]:
    try:
        async with database.transaction() as tx:
            found = await tx.one(_SQL["read_privileges"], Privileges)
            harmed = await watch(tx)
    except Unavailable:
        return _AWAY
    trail = "append-only" if found and not found.can_change_trail else "changeable: run as birthreg_service"
    return "up", trail, harmed


async def _check_valkey(redis: Any) -> str:
    try:
        await redis.ping()
    except (RedisError, OSError):
        return "down"
    return "up"


def schema_assets() -> Router:
    """Serve Swagger UI's files from the installed wheel."""
    return create_static_files_router(
        path=_ASSETS, directories=[Path(swagger_ui.__file__).parent / "static"], include_in_schema=False
    )
