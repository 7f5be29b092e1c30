"""Named SQL: hand-written queries in `sql/queries/<room>.sql`, found by name.

A query is a `-- name:` line, a `-- returns:` line (the struct that its columns make, or
`rows` for a count of changed rows), one sentence that says what it means, and the text.
Parameters are written `:name` and reach PostgreSQL as `$1, $2, …`.
"""

import re
from functools import cache
from pathlib import Path

import msgspec

_PACKAGE = Path(__file__).resolve().parents[1]
_PARAMETER = re.compile(r"'(?:[^']|'')*'|--[^\n]*|::\w+|(?<![\w:]):([a-z_]\w*)")
_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_RETURNS = re.compile(r"^-- returns: (\w+)$", re.MULTILINE)


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """One named statement, ready to be prepared."""

    name: str
    returns: str
    sentence: str
    text: str
    parameters: tuple[str, ...]


def sql_folder() -> Path:
    """Find `sql/`: inside the wheel, or at the root of a checkout."""
    shipped = _PACKAGE / "sql"
    return shipped if shipped.is_dir() else _PACKAGE.parents[1] / "sql"


def _number_parameters(text: str) -> tuple[str, tuple[str, ...]]:
    names: list[str] = []

    def replace(match: re.Match[str]) -> str:
        name = match.group(1)
        if name is None:
            return match.group(0)
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return _PARAMETER.sub(replace, text), tuple(names)


def _parse(name: str, block: str) -> Query:
    returns = _RETURNS.search(block)
    if returns is None:
        raise ValueError(f"query {name} does not say what it returns")
    lines = block[returns.end() :].strip().splitlines()
    sentence = [line.removeprefix("--").strip() for line in lines if line.startswith("--")]
    body = "\n".join(line for line in lines if not line.startswith("--")).strip().rstrip(";")
    text, parameters = _number_parameters(body)
    return Query(name=name, returns=returns.group(1), sentence=" ".join(sentence), text=text, parameters=parameters)


@cache
def load_queries(room: str) -> dict[str, Query]:
    """Read every query of one room; a missing file or a name given twice is a fault of the build."""
    parts = _NAME.split((sql_folder() / "queries" / f"{room}.sql").read_text(encoding="utf-8"))
    queries = {name: _parse(name, block) for name, block in zip(parts[1::2], parts[2::2], strict=True)}
    if len(queries) != len(parts[1::2]):
        raise ValueError(f"a query name stands twice in {room}.sql")
    return queries


_PLACE = re.compile(r"'(?:[^']|'')*'|\$(\d+)")


@cache
def join_writes(queries: tuple[Query, ...]) -> str:
    """Return one statement that does what several writes do, its parameters those of each in turn."""
    parts, before = [], 0
    for place, query in enumerate(queries):
        parts.append(f"write_{place} AS ({_shift_places(query.text, by=before)})")
        before += len(query.parameters)
    return f"WITH {', '.join(parts)} SELECT"


def _shift_places(text: str, *, by: int) -> str:
    return _PLACE.sub(lambda match: match.group(0) if match.group(1) is None else f"${int(match.group(1)) + by}", text)
