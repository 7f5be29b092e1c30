"""A made-up world of registrations, the same for the same seed: plain ones, suspicious ones, and their look-alikes."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from tests import make
from tests.screening.facts import plain_fact

from birthreg.kernel.identifiers import first_id_at

Row = dict[str, Any]

LAST_DAY = date(2024, 5, 31)
FAR_PROVINCE = "52"
"""Guizhou: more than 500 km from Hubei (42), where all households of planted patterns lie."""
NEAR_PROVINCE = "43"
"""Hunan: far for a family of Hubei, yet less than 500 km away."""
COMPLETE_PROVINCE, COMPLETE_FROM = "46", 2024
"""The only province that delivers every certificate, from this year of printing on."""
PROVINCES = ("13", "32", "37", "42", "43", "44", "51", "61")
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"


class World:
    """Registrations and the books around them, with who is planted for which rule, and who only looks so."""

    def __init__(self, seed: int) -> None:
        """Begin with nobody."""
        self.random = random.Random(seed)
        self.books: dict[str, list[Row]] = defaultdict(list)
        self.planted: dict[str, set[UUID]] = defaultdict(set)
        self.innocent: dict[str, set[UUID]] = defaultdict(set)
        self.plain: set[UUID] = set()
        self._count = 0

    def enter(self, **changes: Any) -> Row:
        """One registration: plain, but for what is changed.

        The number follows the issuer and the date of issue, unless its first three characters or all are given.
        """
        self._count += 1
        place, draw = self._count, self.random
        applied_on = changes.get("applied_on", LAST_DAY - timedelta(days=draw.randrange(60)))
        issued_on = changes.get("issued_on", applied_on - timedelta(days=2 + draw.randrange(9)))
        birth_date = changes.get("birth_date", (issued_on or applied_on) - timedelta(days=draw.randrange(4)))
        county = changes.get("county", f"42{1 + draw.randrange(9):02d}{1 + draw.randrange(9):02d}")
        issuer = changes.get("issuer_division", county)
        station = changes.get("organization", f"{county}510000")
        entered_at = datetime.combine(applied_on, datetime.min.time(), UTC) + timedelta(seconds=draw.randrange(36_000))
        entered_at = changes.get("entered_at", entered_at)
        surname, given = draw.choice(SURNAMES), chr(0x4E00 + place % 20_000) + chr(0x4E00 + place // 20_000)
        row = plain_fact() | {
            "registration_id": UUID(int=first_id_at(entered_at).int + place),
            "certificate_number": self.number(issuer or county, issued_on or applied_on),
            "organization": station, "household_organization": station, "county": county,
            "officer": f"clerk.{station}", "entered_at": entered_at, "applied_on": applied_on,
            "child": place * 8, "mother": place * 8 + 1, "father": place * 8 + 2, "applicant": place * 8 + 2,
            "applicant_phone": place * 8 + 3, "address": place * 8 + 4,
            "child_name": surname + given, "sex": 1 + draw.randrange(2), "birth_date": birth_date,
            "issued_on": issued_on, "issuer_name": f"医院{issuer}", "issuer_code": f"{issuer}001",
            "issuer_division": issuer, "mother_name": f"王{given}", "father_name": f"{surname}{given}",
            "mother_birth_date": date(1985, 1, 1) + timedelta(days=draw.randrange(4000)),
            "mother_province": county[:2], "father_province": county[:2],
        }  # fmt: skip
        row |= changes
        if row["certificate_number"] and len(row["certificate_number"]) < 10:
            row["certificate_number"] += f"{self._count * 53 % 10_000_000:07d}"
        self.books["screening_facts"].append(row)
        return row

    def number(self, issuer: str, issued_on: date) -> str:
        """A number as it would be printed for this issuer that year, far from all others."""
        return f"{chr(65 + issued_on.year - 2000)}{issuer[:2]}{self._count * 53 % 10_000_000:07d}"

    def place(self) -> str:
        """A county of Hubei where nobody else is registered."""
        self._count += 1
        return f"42{5000 + self._count % 5000:04d}"

    def person(self) -> int:
        """Somebody, or a telephone, that nobody else knows."""
        self._count += 1
        return self._count * 8

    def note(self, table: str, **row: Any) -> None:
        """A row of another book."""
        self.books[table].append(row)

    def plant(self, rule: str, rows: Iterable[Row]) -> None:
        """Say who is suspicious by this rule."""
        self.planted[rule].update(row["registration_id"] for row in rows)

    def spare(self, rule: str, rows: Iterable[Row]) -> None:
        """Say who only looks so."""
        self.innocent[rule].update(row["registration_id"] for row in rows)


def make_world(*, seed: int, plain: int, groups: int = 1) -> World:
    """So many plain registrations, and of each suspicious kind so many groups with as many look-alikes."""
    world = World(seed)
    world.note("screening_baseline", province="", registrations=10_000, marked=200, reckoned_at=make.NOON)
    for _ in range(plain):
        world.plain.add(_plain(world)["registration_id"])
    for rule, plant in PLANTS.items():
        for _ in range(groups):
            plant(world, rule)
    return world


def _plain(world: World) -> Row:
    """A newborn like most, of some county; one in eight was born in the capital of the province."""
    province = world.random.choice(PROVINCES)
    county = f"{province}{1 + world.random.randrange(9):02d}{1 + world.random.randrange(9):02d}"
    issuer = county if world.random.randrange(8) else f"{province}0101"
    row = world.enter(county=county, issuer_division=issuer)
    number, at = row["certificate_number"], row["entered_at"]
    _use(world, row)
    _issue(world, row)
    _look_up(world, number, row["organization"], at - timedelta(minutes=3))
    return row


def _use(world: World, row: Row) -> None:
    world.note(
        "usages", certificate_number=row["certificate_number"], used_at=row["entered_at"],
        organization=row["organization"], registration_id=row["registration_id"],
    )  # fmt: skip


def _issue(world: World, row: Row, **changes: Any) -> None:
    born_at = datetime.combine(row["birth_date"], datetime.min.time(), UTC) - timedelta(hours=world.random.randrange(8))
    issued = {
        "certificate_number": row["certificate_number"], "issue_kind": 1, "issued_on": row["issued_on"],
        "child_name": row["child_name"], "child_sex": row["sex"], "born_at": born_at,
        "mother_name": row["mother_name"], "issuer_name": row["issuer_name"],
        "issuer_division": row["issuer_division"], "original_number": None, "delivered_at": make.NOON,
        "delivered_by": "health",
    }  # fmt: skip
    world.note("issuances", **(issued | changes))


def _look_up(world: World, number: str, organization: str, at: datetime, purpose: str = "birth_registration") -> None:
    world.note(
        "lookups", id=UUID(int=first_id_at(at).int + len(world.books["lookups"])), recorded_at=at, officer="clerk",
        organization=organization, terminal="desk", purpose=purpose, certificate_number=number, verdict="clear",
        list_version=1, rule_version=1,
    )  # fmt: skip


def _single(suspicious: Row, *innocent: Row) -> Callable[[World, str], None]:
    """A kind that one registration shows by itself: how it differs from a plain one, and how look-alikes do."""

    def plant(world: World, rule: str) -> None:
        world.plant(rule, [world.enter(**suspicious)])
        world.spare(rule, [world.enter(**changes) for changes in innocent])

    return plant


def _invalid_certificate(world: World, rule: str) -> None:
    listed, lifted, beside = world.enter(), world.enter(), world.enter()
    for row, lifted_at in ((listed, None), (lifted, make.NOON)):
        world.note(
            "blacklist_entries", id=world_id(world), first=row["certificate_number"], last=row["certificate_number"],
            count=1, reason="stolen", document_number="公通〔2024〕1号", event_date=date(2024, 1, 2),
            organization=make.WUHAN, listed_at=make.NOON, listed_by="admin.wuhan", lifted_at=lifted_at,
        )  # fmt: skip
    world.plant(rule, [listed])
    world.spare(rule, [lifted, beside])


def world_id(world: World) -> UUID:
    """An identifier that follows from the seed."""
    return UUID(int=world.random.getrandbits(128))


def _watched_issuer(world: World, rule: str) -> None:
    county = world.place()
    code = f"{county}777"
    world.note(
        "watched_issuers", id=world_id(world), issuer_code=code, issued_from=date(2023, 1, 1),
        issued_to=date(2023, 12, 31), reason="buyers", document_number="公通〔2024〕2号", organization=make.HUBEI,
        listed_at=make.NOON, listed_by="one", approved_by="other",
    )  # fmt: skip
    world.plant(rule, [world.enter(county=county, issuer_code=code, issued_on=date(2023, 12, 31))])
    world.spare(rule, [world.enter(county=county, issuer_code=code, issued_on=date(2024, 1, 1))])
    world.spare(rule, [world.enter(county=county, issued_on=date(2023, 6, 1))])


def _issued_differs(world: World, rule: str) -> None:
    differing, same = world.enter(), world.enter()
    _issue(world, differing, child_name="别的名字")
    _issue(world, same, child_name=f" {same['child_name'][0]} {same['child_name'][1:]}")
    world.plant(rule, [differing])
    world.spare(rule, [same, world.enter()])


def _never_issued(world: World, rule: str) -> None:
    issuer: Row = {"issuer_division": f"{COMPLETE_PROVINCE}0105", "issued_on": date(2024, 3, 1)}
    delivered = world.enter(**issuer)
    _issue(world, delivered)
    world.plant(rule, [world.enter(**issuer)])
    world.spare(rule, [delivered, world.enter(**(issuer | {"issued_on": date(2023, 12, 1)}))])


def _serial_run(world: World, rule: str) -> None:
    """A batch of another prefecture in one county; beside it the neighbours of one ward of a local hospital."""
    for is_local, mark in ((False, world.plant), (True, world.spare)):
        county = world.place()
        first = 420_000_000 + world.person()
        rows = [
            world.enter(
                county=county,
                issuer_division=county if is_local else "420203",
                certificate_number=f"Y{first + step:09d}",
            )
            for step in (0, world.random.randrange(1, 20), 20)
        ]
        mark(rule, rows)
    apart: Row = {"county": world.place(), "issuer_division": "420203"}
    first = 420_000_000 + world.person()
    world.spare(rule, [world.enter(**apart, certificate_number=f"Y{first + step:09d}") for step in (0, 21, 42)])


def _issuing_pair(world: World, rule: str) -> None:
    for count, changes, mark in (
        (8, {}, world.plant),
        (7, {}, world.spare),
        (8, {"mother_province": FAR_PROVINCE}, world.spare),
    ):
        county = world.place()
        mark(rule, [
            world.enter(county=county, issuer_division=f"{FAR_PROVINCE}0102", **changes) for _ in range(count)
        ])  # fmt: skip


def _births_too_close(world: World, rule: str) -> None:
    first = LAST_DAY - timedelta(days=300)
    for apart, mark in ((3, world.plant), (209, world.plant), (1, world.spare), (210, world.spare)):
        mother = world.person()
        mark(rule, [world.enter(mother=mother, birth_date=first + timedelta(days=days)) for days in (0, apart)])


def _child_two_numbers(world: World, rule: str) -> None:
    for parents, mark in (({"mother": world.person()}, world.plant), ({}, world.spare)):
        child: Row = {"child_name": f"同名{world.person()}", "birth_date": LAST_DAY - timedelta(days=40), "sex": 1}
        mark(rule, [world.enter(**child, **parents) for _ in range(2)])
    child = {"child": world.person()}
    world.plant(rule, [world.enter(**child) for _ in range(2)])


def _number_two_children(world: World, rule: str) -> None:
    suspicious, own = world.enter(), world.enter()
    for row, organization in ((suspicious, "350100510000"), (own, own["organization"])):
        world.note(
            "rival_claims", certificate_number=row["certificate_number"], source="imported",
            organization=organization, registration_id=None, claimed_at=make.NOON,
        )  # fmt: skip
    world.plant(rule, [suspicious])
    world.spare(rule, [own])


def _replaced_number_used(world: World, rule: str) -> None:
    stated, by_record = world.enter(), world.enter()
    world.plant(rule, [stated, world.enter(original_number=stated["certificate_number"], issue_kind=3)])
    replacing = world.enter(issue_kind=3)
    _issue(world, replacing, issue_kind=3, original_number=by_record["certificate_number"])
    world.plant(rule, [by_record, replacing])
    world.spare(rule, [world.enter(original_number=f"A42{world.person() % 10_000_000:07d}", issue_kind=3)])


def _shared(column: str) -> Callable[[World, str], None]:
    def plant(world: World, rule: str) -> None:
        shared = {column: world.person(), "applicant_relation": "other"}
        world.plant(rule, [world.enter(**shared) for _ in range(3)])
        shared = {column: world.person(), "applicant_relation": "grandparent", "child_name": f"孙{world.person()}"}
        world.spare(rule, [world.enter(**shared) for _ in range(4)])
        shared = {column: world.person(), "mother": world.person()}
        world.spare(rule, [world.enter(**shared, birth_date=LAST_DAY - timedelta(days=400 * n)) for n in range(4)])
        world.spare(rule, [world.enter(**{column: world.person()}, applicant_relation="institution") for _ in range(3)])

    return plant


def _looked_up_elsewhere(world: World, rule: str) -> None:
    for days, mark in ((20, world.plant), (40, world.spare)):
        row = world.enter()
        for place, station in enumerate((row["organization"], world.place() + "510000", world.place() + "510000")):
            _look_up(world, row["certificate_number"], station, row["entered_at"] - timedelta(days=days + place))
        mark(rule, [row])
    row = world.enter()
    for days in range(4):
        _look_up(world, row["certificate_number"], row["organization"], row["entered_at"] - timedelta(days=days))
    world.spare(rule, [row])


def _outlier(column: str) -> Callable[[World, str], None]:
    def plant(world: World, rule: str) -> None:
        for marked, count, mark in ((16, 60, world.plant), (4, 60, world.spare), (5, 8, world.spare)):
            county = world.place()
            others: Row = {"county": county, column: f"{county}510000"}
            far = others | {"issuer_division": f"{NEAR_PROVINCE}0102"}
            mark(rule, [world.enter(**(far if place < marked else others)) for place in range(count)][:marked])

    return plant


FAR: Row = {"issuer_division": f"{FAR_PROVINCE}0102"}
ISSUED = date(2024, 1, 10)

PLANTS: dict[str, Callable[[World, str], None]] = {
    "birth_outside_no_paternity": _single({"born_outside": True}, {"born_outside": True, "has_paternity_report": True}),
    "births_too_close": _births_too_close,
    "child_two_numbers": _child_two_numbers,
    "collective_household": _single(
        {"household_kind": 2, "collective_kind": "community"}, {"household_kind": 2, "collective_kind": "school"}),
    "edition_conflict": _single(
        {"issued_on": date(2023, 10, 2), "certificate_number": "W42"},
        {"issued_on": date(2023, 3, 31), "certificate_number": "W42"},
        {"issued_on": date(2023, 10, 1), "certificate_number": "W42"}),
    "far_issuer": _single(
        FAR, FAR | {"mother_province": FAR_PROVINCE}, {"issuer_division": f"{NEAR_PROVINCE}0102"}),
    "invalid_certificate": _invalid_certificate,
    "issued_differs": _issued_differs,
    "issuing_pair": _issuing_pair,
    "letter_conflict": _single({"certificate_number": "V42"}, {"certificate_number": "X42"}),
    "long_birth_issue_gap": _single(
        {"issued_on": ISSUED, "birth_date": ISSUED - timedelta(days=184)},
        {"issued_on": ISSUED, "birth_date": ISSUED - timedelta(days=183)}),
    "long_issue_registration_gap": _single(
        {"applied_on": LAST_DAY, "issued_on": LAST_DAY - timedelta(days=731)},
        {"applied_on": LAST_DAY, "issued_on": LAST_DAY - timedelta(days=730)}),
    "looked_up_elsewhere": _looked_up_elsewhere,
    "mothers_age": _single(
        {"mother_birth_date": date(2012, 1, 1)}, {"mother_birth_date": date(1976, 1, 1)}),
    "neither_parent": _single(
        {"with_mother": False, "with_father": False},
        {"with_mother": False, "with_father": False, "exception": "legal_adoption", "has_adoption_proof": True}),
    "never_issued": _never_issued,
    "no_mother": _single(
        {"mother": None, "mother_name": None}, {"mother": None, "mother_name": None, "exception": "foundling"}),
    "non_relative_household": _single({"relation": "99"}, {"relation": "96"}),
    "number_two_children": _number_two_children,
    "outlier_clerk": _outlier("officer"),
    "outlier_station": _outlier("organization"),
    "over_six": _single(
        {"applied_on": LAST_DAY, "birth_date": date(2018, 5, 30)},
        {"applied_on": LAST_DAY, "birth_date": date(2018, 5, 31)}),
    "private_adoption": _single(
        {"unregistered_kind": "de_facto_adoption"},
        {"unregistered_kind": "de_facto_adoption", "has_adoption_proof": True}),
    "province_conflict": _single({"certificate_number": "Y11"}, {"certificate_number": "Y42"}),
    "replaced_number_used": _replaced_number_used,
    "serial_run": _serial_run,
    "shared_applicant": _shared("applicant"),
    "shared_phone": _shared("applicant_phone"),
    "unmarried_father_no_paternity": _single(
        {"marital_status": "unmarried", "with_mother": False},
        {"marital_status": "unmarried", "with_mother": False, "has_paternity_report": True},
        {"marital_status": "unmarried"}),
    "watched_issuer": _watched_issuer,
}  # fmt: skip
"""How each rule's suspicious kind is planted, with what only looks like it."""


async def enter_world(connection: asyncpg.Connection, world: World) -> None:
    """Bring a world into empty books, as their owner."""
    await connection.execute(
        "INSERT INTO organizations (code, name) VALUES ($1, '武汉') ON CONFLICT DO NOTHING", make.WUHAN
    )
    await connection.execute(
        "UPDATE provinces SET complete_from = $2 WHERE code = $1", COMPLETE_PROVINCE, COMPLETE_FROM
    )
    for table, rows in world.books.items():
        columns = list(rows[0])
        records = [tuple(row[column] for column in columns) for row in rows]
        await connection.copy_records_to_table(table, columns=columns, records=records)
    await connection.execute("ANALYZE screening_facts, usages, issuances, lookups")
