"""Named queries of faces; touched by this room alone."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from birthreg.documents.models import (
    Calibration,
    CalibrationPoint,
    NearFace,
    NewCalibration,
    SealedTemplate,
    Searchable,
    TemplateCount,
    TemplateKept,
)
from birthreg.documents.turning import Turned
from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries

_SQL = load_queries("documents_faces")


async def find_calibration(tx: Transaction, *, model: str) -> Calibration | None:
    """Return how the scores of a model are read now, or None when nothing says it."""
    return await tx.one(_SQL["find_calibration"], Calibration, model=model)


async def list_calibrations(tx: Transaction, *, model: str, limit: int) -> list[Calibration]:
    """Return how the scores of a model are read through time, the latest first."""
    return await tx.all(_SQL["list_calibrations"], Calibration, model=model, limit=limit)


async def insert_calibration(
    tx: Transaction,
    *,
    id: UUID,  # noqa: A002 - the column's name
    model: str,
    new: NewCalibration,
    in_force_from: datetime,
    officer: str,
    organization: str,
) -> None:
    """Keep what a study says, with its points."""
    await tx.execute(
        _SQL["insert_calibration"], id=id, model=model, in_force_from=in_force_from, list_from=new.list_from,
        strong_from=new.strong_from, for_children=new.for_children, study=new.study, officer=officer,
        organization=organization,
    )  # fmt: skip
    columns = zip(*(msgspec.structs.astuple(point) for point in new.points), strict=True)
    names = ("scores", "different_pairs", "different_reached", "same_pairs", "same_reached")
    await tx.execute(
        _SQL["insert_points"], calibration=id, **{name: list(c) for name, c in zip(names, columns, strict=True)}
    )


async def list_points(tx: Transaction, *, calibration: UUID) -> list[CalibrationPoint]:
    """Return how often a study erred, from the lowest score on."""
    return await tx.all(_SQL["list_points"], CalibrationPoint, calibration=calibration)


async def is_searchable(tx: Transaction) -> bool:
    """Say whether this database can search among templates."""
    answer = await tx.one(_SQL["ask_searchable"], Searchable)
    return answer is not None and answer.searchable


async def keep_template(
    tx: Transaction,
    *,
    id: UUID,  # noqa: A002 - the column's name
    registration: UUID,
    organization: str,
    household_organization: str,
    model: str,
    sealed: bytes,
    turned: Turned,
    officer: str,
    at_most: int,
) -> bool:
    """Keep a registered child's face, and say whether it was: not beside so many of the same child."""
    answer = await tx.one(
        _SQL["keep_template"], TemplateKept, id=id, registration=registration, organization=organization,
        household_organization=household_organization, model=model, sealed=sealed, turned=turned.numbers,
        under=turned.mark, officer=officer, at_most=at_most,
    )  # fmt: skip
    return answer is not None and answer.is_kept


async def forget_templates(tx: Transaction, *, registration: UUID) -> int:
    """Forget a child's face, and say how many templates there were."""
    count = await tx.one(_SQL["forget_templates"], TemplateCount, registration=registration)
    return count.templates if count else 0


async def find_near(
    tx: Transaction,
    *,
    scope: Sequence[str],
    model: str,
    probes: Sequence[Turned],
    at_least: float,
    besides: UUID | None,
) -> list[NearFace]:
    """Return the children inside the scope who look most like one, at most five."""
    return await tx.all(
        _SQL["find_near"], NearFace, scope=list(scope), model=model, marks=[probe.mark for probe in probes],
        probes=[number for probe in probes for number in probe.numbers], at_least=at_least, besides=besides,
    )  # fmt: skip


async def list_unturned(tx: Transaction, *, mark: bytes, after: UUID, limit: int) -> list[SealedTemplate]:
    """Return templates that a search under the key in use wouldn't find, by identifier."""
    return await tx.all(_SQL["list_unturned"], SealedTemplate, mark=mark, after=after, limit=limit)


async def turn_template(tx: Transaction, *, id: UUID, turned: Turned) -> None:  # noqa: A002 - the column's name
    """Turn a template under the key in use."""
    await tx.execute(_SQL["turn_template"], id=id, turned=turned.numbers, under=turned.mark)
