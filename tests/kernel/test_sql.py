"""How named SQL is read."""

from pathlib import Path

import pytest

from birthreg.kernel import sql
from birthreg.kernel.sql import load_queries


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of queries of this test alone."""
    (tmp_path / "queries").mkdir()
    monkeypatch.setattr(sql, "sql_folder", lambda: tmp_path)
    return tmp_path / "queries"


def test_a_query_has_a_name_a_struct_a_sentence_and_numbered_parameters(write: Path) -> None:
    (write / "one.sql").write_text(
        "-- name: find_thing\n-- returns: Thing\n-- A thing,\n-- by its name.\n"
        "SELECT a::text, ':no' -- :neither\n  FROM things WHERE b = :name AND c = :other AND d = :name;\n"
    )
    query = load_queries("one")["find_thing"]
    assert (query.returns, query.sentence, query.parameters) == ("Thing", "A thing, by its name.", ("name", "other"))
    assert query.text == ("SELECT a::text, ':no' -- :neither\n  FROM things WHERE b = $1 AND c = $2 AND d = $1")


@pytest.mark.parametrize(
    ("room", "text", "message"),
    [
        ("two", "-- name: find_thing\n-- A thing.\nSELECT 1;\n", "does not say what it returns"),
        ("three", "-- name: a\n-- returns: rows\n-- A.\nSELECT 1;\n" * 2, "stands twice"),
    ],
)
def test_a_badly_written_file_is_a_fault_of_the_build(write: Path, room: str, text: str, message: str) -> None:
    (write / f"{room}.sql").write_text(text)
    with pytest.raises(ValueError, match=message):
        load_queries(room)
