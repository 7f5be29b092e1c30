"""Every query is understood by the migrated schema, allowed to the service, and makes the struct it names."""

import types
from collections.abc import Iterator
from datetime import date, datetime
from enum import IntEnum, StrEnum
from importlib import import_module
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import asyncpg
import msgspec
import pytest

from birthreg import app
from birthreg.kernel.sql import Query, load_queries, sql_folder
from birthreg.verification.models import Fact

SOURCE = Path(app.__file__).parent

FITTING: dict[str, tuple[type, ...]] = {
    "text": (str, StrEnum),
    "uuid": (UUID,),
    "bool": (bool,),
    "int2": (int, IntEnum),
    "int4": (int,),
    "int8": (int,),
    "date": (date,),
    "timestamptz": (datetime,),
    "bytea": (bytes,),
    "float8": (float,),
    "jsonb": (dict, list, msgspec.Struct),
    "text[]": (list, tuple),
    "uuid[]": (list, tuple),
    "bytea[]": (list, tuple),
    "int8[]": (list, tuple),
}
OWNERS_ALONE = {
    "audit.insert_purge": "retention is the owner's; the service may not certify it",
    "screening_lists.begin_collection": "lists are changed by approved changes, or by the owner",
    "screening_lists.load_divisions": "likewise",
}


def queries() -> Iterator[Any]:
    for file in sorted((sql_folder() / "queries").glob("*.sql")):
        for query in load_queries(file.stem).values():
            yield pytest.param(file.stem, query, id=f"{file.stem}.{query.name}")


QUERIES = list(queries())


@pytest.fixture(scope="module")
async def reader(service: asyncpg.Connection) -> asyncpg.Connection:
    """The service's connection, with the staging tables that merges read."""
    if await service.fetchval("SELECT to_regproc('open_staging') IS NOT NULL"):
        await service.execute("SELECT open_staging()")
    return service


def find_struct(room: str, name: str) -> type[msgspec.Struct]:
    """Return the struct of a room that `-- returns:` names; wherever in the room it stands, it stands once."""
    folder = SOURCE / room.partition("_")[0]
    modules = sorted((folder if folder.is_dir() else SOURCE / "kernel").glob("*.py"))
    names = [".".join(("birthreg", *module.relative_to(SOURCE).with_suffix("").parts)) for module in modules]
    found = {vars(import_module(module)).get(name) for module in names} - {None}
    assert len(found) == 1
    kind = found.pop()
    assert isinstance(kind, type)
    assert issubclass(kind, msgspec.Struct)
    return kind


def split_optional(hint: Any) -> tuple[Any, bool]:
    """Part a field's type from whether it may be None."""
    if get_origin(hint) in (Union, types.UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not type(None)]
        return kinds[0], len(kinds) < len(get_args(hint))
    return hint, False


@pytest.mark.parametrize(("room", "query"), QUERIES)
async def test_the_columns_of_a_query_are_the_fields_of_its_struct(
    reader: asyncpg.Connection, room: str, query: Query
) -> None:
    statement = await reader.prepare(query.text)
    columns = {column.name: column.type.name for column in statement.get_attributes()}
    if query.returns == "rows":
        called_for_its_effect = query.text.startswith("SELECT") and "FROM" not in query.text
        assert not columns or called_for_its_effect
        return
    hints = get_type_hints(find_struct(room, query.returns))
    assert set(columns) == set(hints)
    for name, hint in hints.items():
        kind, _ = split_optional(hint)
        plain = get_origin(kind) or kind
        fitting = FITTING[columns[name]]
        assert issubclass(plain, fitting), f"{name}: {columns[name]} does not fit {hint}"


async def test_the_facts_of_a_number_stand_in_the_order_in_which_they_are_taken(reader: asyncpg.Connection) -> None:
    statement = await reader.prepare(load_queries("verification")["gather_facts"].text)
    assert tuple(column.name for column in statement.get_attributes()) == Fact.__struct_fields__


@pytest.mark.parametrize(("room", "query"), QUERIES)
async def test_what_a_table_may_leave_empty_its_struct_may_too(
    reader: asyncpg.Connection, room: str, query: Query
) -> None:
    """For columns that keep their name; of those computed or renamed, the struct is the only witness."""
    if query.returns == "rows":
        return
    hints = get_type_hints(find_struct(room, query.returns))
    rows = await reader.fetch(
        "SELECT attname AS name, bool_and(NOT attnotnull AND relkind <> 'v') AS empty FROM pg_attribute"
        " JOIN pg_class ON pg_class.oid = attrelid"
        " WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND relname = ANY ($1) GROUP BY attname",
        [word for word in query.text.replace("(", " ").replace(")", " ").split() if word.isidentifier()],
    )
    nullable = {row["name"] for row in rows if row["empty"]}
    assert not [name for name in nullable & set(hints) if not split_optional(hints[name])[1]]


@pytest.mark.parametrize(("room", "query"), QUERIES)
async def test_the_service_is_granted_what_its_queries_do(reader: asyncpg.Connection, room: str, query: Query) -> None:
    """EXPLAIN checks privileges as execution does, and does nothing."""
    name = f"{room}_{query.name}"
    await reader.execute(f"PREPARE {name} AS {query.text}")
    arguments = ", ".join("NULL" for _ in query.parameters)
    explained = f"EXPLAIN EXECUTE {name} ({arguments})" if arguments else f"EXPLAIN EXECUTE {name}"
    if f"{room}.{query.name}" in OWNERS_ALONE:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await reader.execute(explained)
    else:
        await reader.execute(explained)
