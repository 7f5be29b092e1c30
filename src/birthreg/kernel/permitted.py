"""Which values a place in a body, or a parameter, permits: read from the type that was wanted."""

import re
from collections.abc import Iterator
from typing import Any

from msgspec import inspect

_STEP = re.compile(r"\[([^\]]*)\]|([^.\[\]]+)")


def permitted_at(kind: Any, place: str) -> list[str]:
    """Return the values of the enumeration at a place such as `items[3].purpose`; none where there is none."""
    try:
        found = [inspect.type_info(kind)]
    except (TypeError, ValueError):
        return []
    for step in _STEP.finditer(place):
        found = [inner for one in found for inner in _inside(one, name=step[2])]
    values = [str(value) for one in found for value in _values(one)]
    return list(dict.fromkeys(values))


def _options(kind: inspect.Type) -> Iterator[inspect.Type]:
    if isinstance(kind, inspect.Metadata):
        yield from _options(kind.type)
    elif isinstance(kind, inspect.UnionType):
        for option in kind.types:
            yield from _options(option)
    else:
        yield kind


def _inside(kind: inspect.Type, *, name: str | None) -> Iterator[inspect.Type]:
    """Return what a named field, or without a name any item, of a type is."""
    for option in _options(kind):
        if name is None and isinstance(option, inspect.CollectionType):
            yield option.item_type
        elif name is None and isinstance(option, inspect.DictType):
            yield option.value_type
        elif name is not None and isinstance(option, inspect.StructType):
            yield from (field.type for field in option.fields if field.encode_name == name)


def _values(kind: inspect.Type) -> Iterator[Any]:
    for option in _options(kind):
        if isinstance(option, inspect.EnumType):
            yield from (member.value for member in option.cls)
        elif isinstance(option, inspect.LiteralType):
            yield from option.values
