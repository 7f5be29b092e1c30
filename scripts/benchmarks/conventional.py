"""Baseline (b): what is usually written: FastAPI, SQLAlchemy, uvicorn, one look-up and one insert per request.

SQLAlchemy's Core, not its ORM: the ORM answered a quarter fewer requests here.
"""

import os
from datetime import datetime

from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    MetaData,
    Table,
    Text,
    func,
    insert,
    select,
)
from sqlalchemy.ext.asyncio import create_async_engine

metadata = MetaData()
usages = Table(
    "usages",
    metadata,
    Column("certificate_number", Text, primary_key=True),
    Column("used_at", DateTime(timezone=True)),
    Column("organization", Text),
)
lookups = Table(
    "benchmark_lookups",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("recorded_at", DateTime(timezone=True), server_default=func.now()),
    Column("certificate_number", Text),
    Column("purpose", Text),
    Column("used", Boolean),
)


class Question(BaseModel):
    """One number, asked for a purpose."""

    certificate_number: str
    purpose: str


class Answer(BaseModel):
    """Whether the number is used, since when and where."""

    id: int
    certificate_number: str
    verdict: str
    used_at: datetime | None = None
    organization: str | None = None


engine = create_async_engine(
    os.environ["BENCHMARK_DATABASE_URL"].replace("postgresql:", "postgresql+asyncpg:"),
    pool_size=int(os.environ["BENCHMARK_POOL"]),
    max_overflow=0,
    connect_args={"server_settings": {"jit": "off"}},
)
app = FastAPI()


@app.post("/api/v1/verifications")
async def verify(question: Question) -> Answer:
    """Look one number up and record that it was asked."""
    number = question.certificate_number
    find = select(usages.c.used_at, usages.c.organization).where(usages.c.certificate_number == number)
    async with engine.begin() as connection:
        usage = (await connection.execute(find)).first()
        record = insert(lookups).values(certificate_number=number, purpose=question.purpose, used=usage is not None)
        lookup = await connection.scalar(record.returning(lookups.c.id))
    if usage is None:
        return Answer(id=lookup, certificate_number=number, verdict="clear")
    return Answer(
        id=lookup,
        certificate_number=number,
        verdict="used",
        used_at=usage.used_at,
        organization=usage.organization,
    )
