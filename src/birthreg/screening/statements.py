"""One statement out of many rules: the same texts over one new registration, or over a stretch of old ones."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from birthreg.kernel.sql import Query
from birthreg.screening.models import Fact, Mode, Rule, Standing, Value

LINKS = ("child", "mother", "father", "applicant", "applicant_phone", "address")
"""The columns that hold links to people, telephones and addresses."""

MADE = ("province", "issuer_province", "is_far")
"""The columns that the database makes of others."""

COLUMNS = (*(name for name in Fact.__struct_fields__ if name != "people"), *LINKS, *MADE)
"""What a rule can read of a candidate."""

_BOUND = re.compile(r"'(?:[^']|'')*'|--[^\n]*|::\w+|(?<![\w:]):([a-z_]\w*)")
_PLACED = re.compile(r"'(?:[^']|'')*'|--[^\n]*|::\w+|(?<![\w:]):([a-z_]\w*)")
_TYPES = {"numeric": "float8"}

ONE = "registration_id = ANY (:registrations::uuid[])"
"""Candidates by name: who has just been entered, or is screened again."""

STRETCH = "registration_id > (SELECT :after::uuid) AND registration_id <= (SELECT :up_to::uuid)"
"""Candidates of a sweep. Of bounds that it knows the planner would think that nothing lies between: it can't reckon
with identifiers. Of these it expects one in two hundred of all registrations."""


class Statement(msgspec.Struct, frozen=True):
    """Rules as one statement, with their parameters; what it runs over is bound when it is run."""

    query: Query
    values: dict[str, Any]
    version: int = -1
    """The version of the rules that it was made of; a statement of no version is nobody's to compare."""

    def bind(self, *, now: datetime, **place: UUID | list[UUID] | list[str]) -> list[Any]:
        """Return the values of a run, in their order."""
        all_values: Mapping[str, Any] = {**self.values, **place, "now": now}
        return [all_values[name] for name in self.query.parameters]


def compose(rules: Iterable[tuple[Rule, Standing]], *, candidates: str) -> Statement:
    """Put rules together; what is in the books already isn't found again.

    `candidates` is `ONE` or `STRETCH`. There is always a row, of the version of the rules alone where nothing is found.
    """
    pairs = list(rules)
    values: dict[str, Any] = {}
    for rule, standing in pairs:
        values |= values_of(rule, standing, prefix=rule.code)
    parts = "\nUNION ALL\n".join(_part(rule, standing) for rule, standing in pairs)
    text, parameters = place_parameters(_FRAME.format(columns=", ".join(COLUMNS), candidates=candidates, parts=parts))
    query = Query(name="screen", returns="Hit", sentence="What rules find.", text=text, parameters=parameters)
    return Statement(query, values)


# OFFSET keeps the books from being read whole for the few hits of a part: they are probed, hit by hit.
_FRAME = """
WITH candidates AS MATERIALIZED (
    SELECT {columns}
      FROM screening_facts
     WHERE standing
       AND {candidates}
),
hits AS (
{parts}
)
SELECT state.version, hits.rule, hits.rule_version, hits.severity, hits.is_shadow, hits.registration_id,
       candidates.certificate_number, candidates.organization, candidates.household_organization, hits.evidence
  FROM screening_state AS state
  LEFT JOIN (hits JOIN candidates ON candidates.registration_id = hits.registration_id
                  AND NOT EXISTS (SELECT FROM findings
                                   WHERE findings.registration_id = hits.registration_id
                                     AND findings.rule = hits.rule
                                     AND findings.certificate_number IS NOT DISTINCT FROM candidates.certificate_number
                                     AND findings.is_shadow = hits.is_shadow
                                  OFFSET 0)) ON true
"""


_PART = """
SELECT '{code}' AS rule, {version} AS rule_version, '{severity}' AS severity, {shadow} AS is_shadow,
       found.registration_id, found.evidence
  FROM (
{body}
) AS found
"""


def _part(rule: Rule, standing: Standing) -> str:
    shadow = "true" if standing.mode is Mode.SHADOW else "false"
    return _PART.format(
        code=rule.code, version=standing.version, severity=standing.severity, shadow=shadow,
        body=body_of(rule, prefix=rule.code),
    )  # fmt: skip


def body_of(rule: Rule, *, prefix: str) -> str:
    """Return a rule's text with its parameters named so that those of several rules don't meet."""
    kinds = {parameter.name: _TYPES.get(parameter.kind, parameter.kind) for parameter in rule.parameters}

    def name(match: re.Match[str]) -> str:
        bound = match.group(1)
        if bound is None:
            return match.group(0)
        return ":now::timestamptz" if bound == "now" else f":{prefix}__{bound}::{kinds[bound]}"

    return _BOUND.sub(name, rule.body)


def values_of(rule: Rule, standing: Standing, *, prefix: str) -> dict[str, Any]:
    """Return a rule's parameters as it stands, under the names that its text has them by."""
    return {
        f"{prefix}__{parameter.name}": to_sql(parameter.kind, standing.parameters[parameter.name])
        for parameter in rule.parameters
    }


def place_parameters(text: str) -> tuple[str, tuple[str, ...]]:
    """Number the named parameters of a statement, and return their names in that order."""
    names: list[str] = []

    def replace(match: re.Match[str]) -> str:
        name = match.group(1)
        if name is None:
            return match.group(0)
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return _PLACED.sub(replace, text), tuple(names)


def to_sql(kind: str, value: Value | Decimal) -> Any:
    """Return a parameter's value as the driver takes it."""
    match kind:
        case "numeric":
            return float(value)  # type: ignore[arg-type]
        case "date":
            return date.fromisoformat(str(value))
        case _:
            return value
