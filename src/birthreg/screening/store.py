"""Named queries of screening; touched by this room alone."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries
from birthreg.screening.finding_models import Finding
from birthreg.screening.models import Fact, FoundBy, Hit, Rule, Standing
from birthreg.screening.statements import COLUMNS, LINKS, MADE, Statement

_SQL = load_queries("screening")
FACT_COLUMNS = tuple(name for name in COLUMNS if name not in MADE)
_PLAIN = tuple(name for name in FACT_COLUMNS if name not in LINKS)


class Links(msgspec.Struct, frozen=True):
    """The numbers that stand for people, telephones and addresses."""

    links: list[int] | None


class Version(msgspec.Struct, frozen=True):
    """The version of the rules."""

    version: int


class Kept(msgspec.Struct, frozen=True):
    """A finding that was new."""

    id: UUID


class PlaceName(msgspec.Struct, frozen=True):
    """What a place is called."""

    code: str
    name: str


def _flatten(people: Iterable[tuple[str, list[bytes]]]) -> dict[str, list[Any]]:
    flat = [(place, kind, blind) for place, (kind, blinds) in enumerate(people, 1) for blind in blinds]
    return {
        "places": [place for place, _, _ in flat],
        "kinds": [kind for _, kind, _ in flat],
        "blinds": [blind for _, _, blind in flat],
    }


async def insert_fact(tx: Transaction, *, fact: Fact) -> None:
    """Keep what rules read of a registration."""
    places = {column: place for place, column in enumerate(fact.people, 1)}
    await tx.write(
        _SQL["insert_fact"],
        **{name: getattr(fact, name) for name in _PLAIN},
        **{column: places.get(column) for column in LINKS},
        **_flatten(fact.people.values()),
    )


async def copy_facts(tx: Transaction, *, facts: Sequence[Fact]) -> None:
    """Keep what rules read of many registrations, none of which is known yet."""
    people = [person for fact in facts for person in fact.people.values()]
    found = await tx.one(_SQL["link_values"], Links, **_flatten(people))
    links = iter((found.links if found else None) or ())
    rows = []
    for fact in facts:
        linked = {column: next(links) for column in fact.people}
        rows.append((*(getattr(fact, name) for name in _PLAIN), *(linked.get(column) for column in LINKS)))
    await tx.connection.copy_records_to_table("screening_facts", columns=list(FACT_COLUMNS), records=rows)


async def read_version(tx: Transaction) -> int:
    """Return the version of the rules."""
    found = await tx.one(_SQL["read_version"], Version)
    assert found is not None  # noqa: S101 - the migration writes the row
    return found.version


async def list_standings(tx: Transaction) -> list[Standing]:
    """Return every rule as it stands."""
    return await tx.all(_SQL["list_standings"], Standing)


async def wait_to_enter_rules(tx: Transaction) -> None:
    """Let nobody else enter rules until the transaction ends."""
    await tx.execute(_SQL["wait_to_enter_rules"])


async def enter_rule(tx: Transaction, *, rule: Rule) -> None:
    """Enter a rule's text as its file has it, unless it stood once."""
    await tx.execute(
        _SQL["enter_rule"], code=rule.code, mode=rule.mode, severity=rule.severity, parameters=rule.defaults,
        digest=rule.digest, text=rule.text,
    )  # fmt: skip


async def run(tx: Transaction, *, statement: Statement, **place: Any) -> tuple[int, list[Hit]]:
    """Run rules; return their version, and what they found that isn't in the books."""
    await tx.settle()
    rows = await tx.connection.fetch(statement.query.text, *statement.bind(now=tx.now, **place))
    hits = [msgspec.convert(row, Hit) for row in rows if row["rule"] is not None]
    return rows[0]["version"], hits


async def insert_findings(
    tx: Transaction, *, findings: Sequence[Finding], found_by: FoundBy, sweep: UUID | None,
    screened: Sequence[UUID] | None,
) -> set[UUID]:  # fmt: skip
    """Keep findings, and owe a look at whom new ones point at but for those screened; return which are new."""
    kept = await tx.all(
        _SQL["insert_findings"], Kept, found_by=found_by, sweep=sweep,
        owes=screened is not None,
        screened=list(screened or ()),
        ids=[one.id for one in findings],
        registrations=[one.registration_id for one in findings],
        numbers=[one.certificate_number for one in findings],
        rules=[one.rule for one in findings],
        rule_versions=[one.rule_version for one in findings],
        severities=[one.severity for one in findings],
        shadows=[one.is_shadow for one in findings],
        organizations=[one.organization for one in findings],
        household_organizations=[one.household_organization for one in findings],
        evidences=[one.evidence for one in findings],
        sentences_zh=[one.sentence.zh for one in findings],
        sentences_en=[one.sentence.en for one in findings],
    )  # fmt: skip
    return {one.id for one in kept}


async def owe_screening(tx: Transaction, *, registrations: Sequence[UUID]) -> None:
    """Let registrations be screened again soon."""
    await tx.write(_SQL["owe_screening"], registrations=registrations)


async def owe_look_at_records(tx: Transaction, *, registrations: Sequence[UUID], days: int) -> None:
    """Let those without a record of issue be screened again once it may come no more: `days` after the issue."""
    await tx.execute(_SQL["owe_look_at_records"], registrations=registrations, days=days)


async def name_places(tx: Transaction, *, codes: Sequence[str]) -> dict[str, str]:
    """Return the names of organisations and provinces by their codes."""
    return {place.code: place.name for place in await tx.all(_SQL["name_places"], PlaceName, codes=codes)}
