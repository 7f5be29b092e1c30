"""How scores are read is a table with history, which a later study replaces."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests import make

from birthreg.access.models import Role
from birthreg.documents import service
from birthreg.documents.face_refusals import CalibrationUnusable
from birthreg.documents.face_rules import FIRST
from birthreg.documents.models import Band, CalibrationPoint, NewCalibration
from birthreg.kernel.database import Database, Transaction

OFFICER = make.signed_in(Role.PROVINCE_ADMIN, make.HUBEI, "admin.hubei")


def study(tx: Transaction, **changes: Any) -> NewCalibration:
    """A study of children, in force at once; changes as for the struct."""
    point = CalibrationPoint(score=0.6, different_pairs=20_000, different_reached=2, same_pairs=400, same_reached=391)
    values = {
        "in_force_from": tx.now,
        "list_from": 0.6,
        "strong_from": 0.7,
        "for_children": True,
        "study": "湖北省 2027 年儿童人脸比对研究",
        "points": (point,),
    }
    return NewCalibration(**values | changes)


def test_what_the_books_begin_with_reads_the_model_that_is_used() -> None:
    assert FIRST.model == service.MODEL


async def test_the_books_begin_with_the_first_calibration_and_what_it_was_measured_on(tx: Transaction) -> None:
    assert await service.find_calibration(tx) == FIRST
    comparison = await service.read_comparison(tx, score=0.42)
    assert comparison.band is Band.POSSIBLE
    assert comparison.errors == CalibrationPoint(
        score=0.40, different_pairs=52, different_reached=0, same_pairs=3, same_reached=3
    )


async def test_a_study_replaces_how_scores_are_read_and_the_history_stays(tx: Transaction) -> None:
    entered = await service.calibrate(tx, OFFICER, new=study(tx), terminal="10.0.0.1")
    assert (await service.read_comparison(tx, score=0.55)).band is Band.UNLIKE
    read = await service.read_comparison(tx, score=0.65)
    assert read.band is Band.POSSIBLE
    assert read.errors is not None
    assert read.errors.different_pairs == 20_000
    assert "uncalibrated" not in read.note.en
    assert [calibration.id for calibration in await service.list_calibrations(tx)] == [entered, FIRST.id]


async def test_a_study_for_later_waits_for_its_day(database: Database) -> None:
    async with database.transaction() as tx:
        later = study(tx, in_force_from=tx.now + timedelta(days=1))
        await service.calibrate(tx, OFFICER, new=later, terminal="10.0.0.1")
        assert await service.find_calibration(tx) == FIRST
        tx.now += timedelta(days=2)
        assert (await service.find_calibration(tx)).list_from == 0.6


async def test_calibrating_leaves_an_entry(tx: Transaction) -> None:
    entered = await service.calibrate(tx, OFFICER, new=study(tx), terminal="10.0.0.1")
    entry = await tx.connection.fetchrow(
        "SELECT officer, act, condition FROM audit_entries WHERE key = $1", str(entered)
    )
    assert entry["officer"] == "admin.hubei"
    assert entry["act"] == "calibrate_faces"
    assert "list_from=0.6" in entry["condition"]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"list_from": 0.8}, "strong_from", "bands_out_of_order"),
        ({"points": ()}, "points", "points_not_whole"),
        ({"in_force_from": datetime(2024, 1, 1, tzinfo=UTC)}, "in_force_from", "reaches_back"),
    ],
)
async def test_a_study_that_cant_be_used_is_refused_field_by_field(
    tx: Transaction, changes: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(CalibrationUnusable) as refused:
        await service.calibrate(tx, OFFICER, new=study(tx, **changes), terminal="10.0.0.1")
    assert [(error.field, error.code) for error in refused.value.errors] == [(field, code)]
