"""Baseline (a): one look-up in the usage table, and nothing else.

No sign-in, no record, no receipt: what Litestar, asyncpg and Granian cost by themselves,
with their defaults.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg
import msgspec
from litestar import Litestar, post
from litestar.datastructures import State

_QUERY = "SELECT certificate_number, used_at, organization FROM usages WHERE certificate_number = $1"


class Question(msgspec.Struct):
    """One number, asked for a purpose."""

    certificate_number: str
    purpose: str


class Answer(msgspec.Struct):
    """Whether the number is used, since when and where."""

    certificate_number: str
    verdict: str
    used_at: datetime | None = None
    organization: str | None = None


@post("/api/v1/verifications", status_code=200)
async def verify(data: Question, state: State) -> Answer:
    """Look one number up."""
    row = await state.pool.fetchrow(_QUERY, data.certificate_number)
    if row is None:
        return Answer(data.certificate_number, "clear")
    return Answer(data.certificate_number, "used", row["used_at"], row["organization"])


@asynccontextmanager
async def _pool(app: Litestar) -> AsyncIterator[None]:
    size = int(os.environ["BENCHMARK_POOL"])
    async with asyncpg.create_pool(
        os.environ["BENCHMARK_DATABASE_URL"],
        min_size=size,
        max_size=size,
        server_settings={"jit": "off"},
    ) as app.state.pool:
        yield


app = Litestar([verify], lifespan=[_pool], openapi_config=None, logging_config=None)
