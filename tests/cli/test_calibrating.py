"""`birthreg faces`: a later study replaces how scores are read, without a programmer."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from birthreg.cli import run
from birthreg.documents import service
from birthreg.documents.models import NewCalibration
from birthreg.kernel.database import Database
from birthreg.kernel.help_page import read_chapter

STUDY: dict[str, Any] = {
    "list_from": 0.55,
    "strong_from": 0.65,
    "for_children": True,
    "study": "湖北省 2027 年儿童人脸比对研究",
    "points": [
        {"score": 0.55, "different_pairs": 20000, "different_reached": 9, "same_pairs": 400, "same_reached": 397}
    ],
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    """The settings of an operator."""
    monkeypatch.setenv("BIRTHREG_DATABASE_URL", database_url)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "study.json"


async def calibrate(file: Path, **changes: Any) -> int:
    def write_and_run() -> int:
        file.write_text(json.dumps(STUDY | changes))
        return run(("faces", "calibrate", str(file)))

    return await asyncio.to_thread(write_and_run)


async def test_a_study_is_entered_at_the_terminal_and_read_from_now_on(
    database: Database, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await calibrate(file) == 0
    entered = capsys.readouterr().out.rpartition(": ")[2].strip()
    async with database.transaction() as tx:
        assert str((await service.find_calibration(tx)).id) == entered
        assert "未经儿童数据校准" not in (await service.find_note(tx)).zh
        query = "SELECT officer || ' ' || act FROM audit_entries WHERE key = $1"
        assert await tx.connection.fetchval(query, entered) == "operator calibrate_faces"
    assert await asyncio.to_thread(run, ("faces", "list")) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(entered)
    assert "uncalibrated for children" in second


def test_the_study_that_the_operating_guide_shows_is_one() -> None:
    shown = re.search(r'\n( {4}\{"list_from".*?\}\]\})\n', read_chapter("operating"), re.DOTALL)
    assert shown
    assert msgspec.json.decode(shown[1], type=NewCalibration).for_children


@pytest.mark.parametrize(
    "changes",
    [
        {"list_from": 0.9},
        {"points": []},
        {"study": ""},
        {"in_force_from": "2020-01-01T00:00:00Z"},
        {"in_force_from": "2099-01-01T00:00:00"},
        {"points": [STUDY["points"][0] | {"same_pairs": 10**12}]},
        {"thresholds": 1},
    ],
)
async def test_what_is_no_study_is_told_in_one_line_and_ends_with_2(
    file: Path, changes: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert await calibrate(file, **changes) == 2
    assert capsys.readouterr().err.count("\n") == 1
