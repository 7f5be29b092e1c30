"""Baseline (b): what is usually written: FastAPI, SQLAlchemy, uvicorn, one look-up and one insert per request."""

import os
from datetime import datetime

from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import BigInteger, DateTime, Identity, func, select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The mapped tables."""


class Usage(Base):
    """A used number."""

    __tablename__ = "usages"

    certificate_number: Mapped[str] = mapped_column(primary_key=True)
    used_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    organization: Mapped[str]


class Lookup(Base):
    """The record of one look-up."""

    __tablename__ = "benchmark_lookups"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    certificate_number: Mapped[str]
    purpose: Mapped[str]
    used: Mapped[bool]


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
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()


@app.post("/api/v1/verifications")
async def verify(question: Question) -> Answer:
    """Look one number up and record that it was asked."""
    async with sessions() as session:
        usage = await session.scalar(select(Usage).where(Usage.certificate_number == question.certificate_number))
        lookup = Lookup(
            certificate_number=question.certificate_number, purpose=question.purpose, used=usage is not None
        )
        session.add(lookup)
        await session.commit()
    return Answer(
        id=lookup.id,
        certificate_number=question.certificate_number,
        verdict="clear" if usage is None else "used",
        used_at=usage.used_at if usage else None,
        organization=usage.organization if usage else None,
    )
