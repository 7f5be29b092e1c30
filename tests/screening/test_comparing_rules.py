"""Rules that compare registrations: what lies just inside each boundary, and what just outside."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests import make
from tests.screening.facts import enter_fact, screen_one, sweep_rule

from birthreg.kernel.database import Transaction
from birthreg.kernel.identifiers import first_id_at, new_id
from birthreg.screening.baseline import reckon


@pytest.fixture
def tx(page: Transaction) -> Transaction:
    """Books that every test of this file finds empty."""
    return page


Changes = dict[str, Any]
Case = tuple[list[Changes], set[int]]
"""Registrations as they differ from a plain one, and the places of those that are suspicious."""

ELSEWHERE: Changes = {"issuer_division": "420502"}
"""Issued in another prefecture of the province."""
FAR: Changes = {"issuer_division": "520102"}
"""Issued in a province where neither household nor parents are (52 is Guizhou; all else is in Hubei, 42)."""


def days(count: float) -> datetime:
    return make.NOON + timedelta(days=count)


def serials(*numbers: int, **changes: Any) -> list[Changes]:
    return [ELSEWHERE | {"certificate_number": f"X42{number:07d}"} | changes for number in numbers]


def born(*dates: date, **changes: Any) -> list[Changes]:
    return [{"mother": 5, "birth_date": day} | changes for day in dates]


def far(count: int, *, over: float = 80.0, **changes: Any) -> list[Changes]:
    """So many far registrations of one pair, evenly over so many days."""
    return [FAR | {"entered_at": days(over * place / (count - 1))} | changes for place in range(count)]


def twice(**changes: Any) -> list[Changes]:
    """One child by name, date of birth, sex and mother, on two numbers."""
    return [{"child_name": "李安然", "mother": 7}, {"child_name": "李安然", "mother": 7} | changes]


def applied(*mothers: int | None, **changes: Any) -> list[Changes]:
    return [
        {"applicant": 9, "applicant_phone": 90, "applicant_relation": "other", "mother": m} | changes for m in mothers
    ]


def one_family() -> list[Changes]:
    """A grandparent whose two daughters' children have other family names, and one of the daughters: two mothers."""
    old = {"applicant_relation": "grandparent"}
    return [
        *applied(1, child_name="李安", **old), *applied(2, child_name="王安", **old),
        *applied(1, applicant_relation="mother"),
    ]  # fmt: skip


CASES: dict[str, tuple[str, list[Case]]] = {
    "serial_run": (
        "numbers",
        [
            (serials(100, 110, 120), {0, 1, 2}),
            (serials(100, 110, 121), set()),
            (serials(100, 120), set()),
            (serials(100, 110, 120, 130), {0, 1, 2, 3}),
            (serials(100, 110, 120, 141), {0, 1, 2}),
            (serials(100, 110, 120, issuer_division="420102"), set()),
            (serials(100, 110, 120, issuer_division=None), set()),
            ([*serials(100, 110), *serials(120, county="420107")], set()),
            ([*serials(100, 110), *serials(120, issuer_division="420111")], set()),
            ([*serials(100, 110), *serials(120, standing=False)], set()),
            ([*serials(100, 110), ELSEWHERE | {"certificate_number": "W420000120"}], set()),
            ([ELSEWHERE | {"certificate_number": f"X{n:09d}"} for n in (0, 3, 20)], {0, 1, 2}),
            ([ELSEWHERE | {"certificate_number": f"X9999999{n}"} for n in (99, 90, 79)], {0, 1, 2}),
            (serials(100, 101, 102), {0, 1, 2}),
            (serials(100, 101, 102, mother=5), set()),
            ([*serials(100, 101, mother=5), *serials(102)], set()),
            ([*serials(100, 101, mother=5), *serials(102, 103)], {0, 1, 2, 3}),
            ([*serials(100, 101, mother=5), *serials(102, mother=5, birth_date=date(2021, 5, 20))], set()),
            (serials(100, 101, 102, mother=None), {0, 1, 2}),
            (serials(100, 110, 120, county="500101", issuer_division="500226"), set()),
            (serials(100, 110, 120, county="500226", issuer_division="500101"), set()),
            (serials(100, 110, 120, county="310115", issuer_division="310230"), set()),
            (serials(100, 110, 120, county="420106", issuer_division="500226"), {0, 1, 2}),
            (serials(100, 110, 120, county="500101", issuer_division="310115"), {0, 1, 2}),
        ],
    ),
    "issuing_pair": (
        "pairs",
        [
            (far(8, over=90), set(range(8))),
            (far(8, over=90.1), set()),
            (far(7), set()),
            (far(8, issuer_division="440106"), set()),
            (far(8, father_province="52"), set()),
            (far(8, mother_province="52"), set()),
            ([*far(7), FAR | {"county": "420107"}], set()),
            ([*far(7), {"issuer_division": "530102"}], set()),
            ([*far(8), FAR | {"entered_at": days(91)}], set(range(9))),
            ([*far(8), FAR | {"entered_at": days(400)}], set(range(8))),
        ],
    ),
    "births_too_close": (
        "births",
        [
            (born(date(2024, 5, 20), date(2024, 5, 23)), {0, 1}),
            (born(date(2024, 5, 20), date(2024, 5, 22)), set()),
            (born(date(2024, 1, 1), date(2024, 7, 28)), {0, 1}),
            (born(date(2024, 1, 1), date(2024, 7, 29)), set()),
            (born(date(2024, 2, 28), date(2024, 3, 1)), set()),
            (born(date(2024, 2, 28), date(2024, 3, 2)), {0, 1}),
            (born(date(2023, 2, 27), date(2023, 3, 2)), {0, 1}),
            (born(date(2024, 1, 1), date(2024, 1, 1), date(2024, 6, 1)), {0, 1, 2}),
            (born(date(2024, 1, 1), date(2024, 6, 1), mother=None), set()),
            ([*born(date(2024, 1, 1)), *born(date(2024, 6, 1), mother=6)], set()),
            ([*born(date(2024, 1, 1)), *born(date(2024, 6, 1), standing=False)], set()),
        ],
    ),
    "child_two_numbers": (
        "children",
        [
            (twice(), {0, 1}),
            (twice(mother=8), set()),
            ([one | {"father": 6} for one in twice(mother=8)], {0, 1}),
            (twice(sex=1), set()),
            (twice(birth_date=date(2024, 5, 21)), set()),
            (twice(child_name="李安燃"), set()),
            (twice(certificate_number=None), set()),
            (twice(standing=False), set()),
            ([one | {"certificate_number": "X420000001"} for one in twice()], set()),
            ([{"child": 3}, {"child": 3}], {0, 1}),
            ([{"child": 3}, {"child": 4}], set()),
            ([{"child": None}, {"child": None}], set()),
        ],
    ),
    "replaced_number_used": (
        "numbers",
        [
            ([{"certificate_number": "X420000001"}, {"original_number": "X420000001"}], {0, 1}),
            ([{"certificate_number": "X420000001"}, {"original_number": "X420000002"}], set()),
            ([{"certificate_number": "X420000001", "standing": False}, {"original_number": "X420000001"}], set()),
            ([{"certificate_number": "X420000001", "original_number": "X420000001"}], set()),
        ],
    ),
    "shared_applicant": (
        "applicants",
        [
            (applied(1, 2, 3), {0, 1, 2}),
            (applied(1, 2), set()),
            (applied(1, 2, 2, 2), set()),
            (applied(1, 2, 3, 3), {0, 1, 2, 3}),
            (applied(1, 2, None), set()),
            (applied(1, 2, 3, None), {0, 1, 2, 3}),
            (applied(1, 2, 3, applicant_relation="institution"), set()),
            (applied(1, 2, 3, applicant_relation="grandparent", child_name="李安"), set()),
            (
                [one | {"child_name": name} for one, name in zip(
                    applied(1, 2, 3, applicant_relation="grandparent"), ("李安", "王安", "赵安"), strict=True)],
                {0, 1, 2},
            ),
            ([*applied(1, 2), *applied(3, standing=False)], set()),
            ([*applied(1, 2), *applied(3, applicant=None)], set()),
            (one_family(), set()),
            ([*one_family(), *applied(3)], {0, 1, 2, 3}),
        ],
    ),
    "shared_phone": (
        "telephones",
        [
            ([one | {"applicant": place} for place, one in enumerate(applied(1, 2, 3), 50)], {0, 1, 2}),
            ([one | {"applicant": place} for place, one in enumerate(applied(1, 2, 2), 50)], set()),
            (applied(1, 2, 3, applicant_relation="institution"), set()),
            ([*applied(1, 2), *applied(3, applicant_phone=None)], set()),
            ([*applied(1, 2), *applied(3, applicant_phone=91)], set()),
            (one_family(), set()),
            ([*one_family(), *applied(3)], {0, 1, 2, 3}),
            (applied(1, 2, 2, applicant_relation="mother"), set()),
        ],
    ),
}  # fmt: skip

TABLE = [
    pytest.param(code, rows, suspicious, id=f"{code}-{place}")
    for code, (_, cases) in CASES.items()
    for place, (rows, suspicious) in enumerate(cases)
]


async def found_of(tx: Transaction, code: str, registrations: list[UUID], **parameters: Any) -> dict[int, Changes]:
    """What a rule finds of these, by their places; at a desk and in a sweep alike."""
    swept = await sweep_rule(tx, code, **parameters)
    for registration in registrations:
        assert await screen_one(tx, code, registration, **parameters) == swept.get(registration)
    assert swept.keys() <= set(registrations)
    return {place: swept[one] for place, one in enumerate(registrations) if one in swept}


@pytest.mark.parametrize(("code", "rows", "suspicious"), TABLE)
async def test_a_pattern_is_found_just_inside_its_bounds_and_not_outside(
    tx: Transaction, code: str, rows: list[Changes], suspicious: set[int]
) -> None:
    registrations = [await enter_fact(tx, **row) for row in rows]
    found = await found_of(tx, code, registrations)
    assert set(found) == suspicious
    for place, evidence in found.items():
        others = {str(registrations[other]) for other in suspicious - {place}}
        assert evidence["related"] == sorted(evidence["related"])
        assert set(evidence["related"]) <= others
        assert evidence["related"]


async def test_a_run_of_numbers_tells_where_it_begins_and_ends(tx: Transaction) -> None:
    first, *_ = [await enter_fact(tx, **row) for row in serials(100, 110, 120)]
    assert await screen_one(tx, "serial_run", first, span=25) == (await sweep_rule(tx, "serial_run"))[first]
    evidence = (await sweep_rule(tx, "serial_run"))[first]
    assert {key: evidence[key] for key in evidence if key != "related"} == {
        "count": 3, "first_number": "X420000100", "last_number": "X420000120", "issuer_division": "420502",
        "county": "420106",
    }  # fmt: skip


async def test_at_most_twenty_others_are_named(tx: Transaction) -> None:
    registrations = [await enter_fact(tx, **row) for row in applied(*range(100, 130))]
    evidence = (await sweep_rule(tx, "shared_applicant"))[registrations[3]]
    assert evidence["count"] == 30
    assert evidence["related"] == [str(one) for one in registrations if one != registrations[3]][:20]


async def test_two_births_tell_how_many_days_lie_between(tx: Transaction) -> None:
    first, second = [
        await enter_fact(tx, mother=5, birth_date=day, certificate_number=number)
        for day, number in ((date(2024, 1, 1), "X420000001"), (date(2024, 3, 1), "X420000002"))
    ]
    found = await sweep_rule(tx, "births_too_close")
    assert found[first] == {"days": 60, "other_number": "X420000002", "count": 1, "related": [str(second)]}


async def issue(tx: Transaction, number: str, original: str | None) -> None:
    await tx.connection.execute(
        "INSERT INTO issuances (certificate_number, issue_kind, issued_on, child_name, child_sex, born_at, issuer_name,"
        " issuer_division, original_number, delivered_at, delivered_by)"
        " VALUES ($1, 3, '2024-05-22', '李安', 2, $2, '医院', '420106', $3, $2, 'health')",
        number, make.NOON, original,
    )  # fmt: skip


async def use(tx: Transaction, number: str, registration: UUID | None = None) -> None:
    await tx.connection.execute(
        "INSERT INTO usages (certificate_number, used_at, organization, registration_id) VALUES ($1, $2, $3, $4)",
        number, make.NOON, make.WUCHANG, registration,
    )  # fmt: skip


async def test_an_old_and_a_new_number_are_paired_by_the_health_authoritys_record(tx: Transaction) -> None:
    old, new = "X420000001", "X420000002"
    await issue(tx, new, old)
    registrations = [await enter_fact(tx, certificate_number=number) for number in (old, new)]
    found = await found_of(tx, "replaced_number_used", registrations)
    assert [found[place]["other_paper"] for place in (0, 1)] == ["reissued", "original"]
    assert [found[place]["other_number"] for place in (0, 1)] == [new, old]


async def test_an_old_number_counts_as_used_also_where_no_registration_is_known(tx: Transaction) -> None:
    await issue(tx, "X420000002", "X420000001")
    await use(tx, "X420000001")
    registration = await enter_fact(tx, certificate_number="X420000002")
    assert (await found_of(tx, "replaced_number_used", [registration]))[0]["related"] == []


async def test_a_registration_is_not_its_own_rival(tx: Transaction) -> None:
    """The old number is held by the same registration until a correction is decided."""
    await issue(tx, "X420000002", "X420000001")
    registration = await enter_fact(tx, certificate_number="X420000002")
    await use(tx, "X420000001", registration)
    assert await found_of(tx, "replaced_number_used", [registration]) == {}


async def claim(
    tx: Transaction, source: str, *, organization: str | None = make.FANCHENG, registration: UUID | None = None
) -> None:
    await tx.connection.execute(
        "INSERT INTO rival_claims (certificate_number, source, organization, registration_id, claimed_at)"
        " VALUES ('X420000001', $1, $2, $3, $4)",
        source, organization, registration, make.NOON,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("source", "of", "organization", "suspicious"),
    [
        ("filed", "own", make.FANCHENG, True),
        ("filed", "own", None, True),
        ("filed", "other", make.FANCHENG, False),
        ("received", "other", make.FANCHENG, True),
        ("received", "own", make.FANCHENG, False),
        ("imported", None, make.FANCHENG, True),
        ("imported", None, make.WUCHANG, False),
    ],
)
async def test_a_number_is_for_two_children_when_somebody_else_claims_it(
    tx: Transaction, source: str, of: str | None, organization: str | None, suspicious: bool
) -> None:
    registration = await enter_fact(tx, certificate_number="X420000001")
    claimant = {"own": registration, "other": new_id(), None: None}[of]
    await claim(tx, source, organization=organization, registration=claimant)
    found = await found_of(tx, "number_two_children", [registration])
    assert bool(found) == suspicious
    if found:
        assert found[0] == {
            "claim_source": source, "organization": organization, "claimed_on": "2024-06-01", "count": 1,
        }  # fmt: skip


async def test_a_rival_claim_lets_the_registration_be_screened_again(tx: Transaction) -> None:
    registration = await enter_fact(tx, certificate_number="X420000001")
    await enter_fact(tx, certificate_number="X420000002")
    await claim(tx, "imported")
    due = await tx.connection.fetch("SELECT registration_id FROM screening_due")
    assert [row["registration_id"] for row in due] == [registration]


@pytest.mark.parametrize("code", ["certificate_used", "certificate_reserved", "certificate_blacklisted"])
@pytest.mark.parametrize("way", ["filings", "received_filings"])
async def test_a_rejected_filing_is_kept_as_a_rival_claim(tx: Transaction, code: str, way: str) -> None:
    registration = await enter_fact(tx, certificate_number="X420000001")
    filed = registration if way == "filings" else new_id()
    more = {
        "filings": "owed_at, due_at, attempts, settled_at) VALUES ({}, $5, $5, 1, $5)",
        "received_filings": "received_at, subordinate, jws) VALUES ({}, $5, '4205', '')",
    }[way]
    values = "$1, 'registration', $2, 1, 'X420000001', $3, $5, 'rejected', $4, '420500000000'"
    await tx.connection.execute(
        f"INSERT INTO {way} (id, kind, registration_id, sequence, certificate_number, organization, occurred_at,"
        f" outcome, code, holder, {more.format(values)}",
        new_id(), filed, make.FANCHENG, code, make.NOON,
    )  # fmt: skip
    found = await found_of(tx, "number_two_children", [registration])
    assert bool(found) == (code != "certificate_blacklisted")


async def look_up(
    tx: Transaction, number: str, organization: str, at: datetime, purpose: str = "birth_registration"
) -> None:
    place = await tx.connection.fetchval("SELECT count(*) FROM lookups")
    await tx.connection.execute(
        "INSERT INTO lookups (id, recorded_at, officer, organization, terminal, purpose, certificate_number, verdict,"
        " list_version, rule_version) VALUES ($1, $2, 'clerk', $3, 'desk', $4, $5, 'clear', 1, 1)",
        UUID(int=first_id_at(at).int + place), at, organization, purpose, number,
    )  # fmt: skip


STATIONS = ("420106510000", "420107510000", "420502510000", "420503510000")


@pytest.mark.parametrize(
    ("asked", "suspicious"),
    [
        ([(1, -30.0), (2, -0.1)], True),
        ([(1, -30.01), (2, -0.1)], False),
        ([(1, -3.0), (1, -2.0)], False),
        ([(0, -3.0), (1, -2.0)], False),
        ([(0, -3.0), (1, -2.0), (2, -1.0)], True),
        ([(1, -2.0), (2, 0.0)], True),
        ([(1, -2.0), (2, 0.01)], False),
    ],
)
async def test_a_number_that_was_looked_up_at_three_stations_is_suspicious(
    tx: Transaction, asked: list[tuple[int, float]], suspicious: bool
) -> None:
    registration = await enter_fact(tx, certificate_number="X420000001", organization=STATIONS[0])
    for station, day in asked:
        await look_up(tx, "X420000001", STATIONS[station], days(day))
    found = await found_of(tx, "looked_up_elsewhere", [registration])
    assert bool(found) == suspicious
    if found:
        assert found[0]["count"] == 3


async def test_an_investigators_look_ups_are_not_a_familys(tx: Transaction) -> None:
    registration = await enter_fact(tx, certificate_number="X420000001", organization=STATIONS[0])
    for station in STATIONS:
        await look_up(tx, "X420000001", station, days(-1), purpose="investigation")
    assert await found_of(tx, "looked_up_elsewhere", [registration]) == {}


OUTLIERS = [("outlier_clerk", "officer"), ("outlier_station", "organization")]
QUIET = "420107510000"


async def usual(tx: Transaction, *, province: str, marked: int, registrations: int = 10_000) -> None:
    await tx.connection.execute(
        "INSERT INTO screening_baseline VALUES ($1, $2, $3, $4)", province, registrations, marked, make.NOON
    )


async def window(tx: Transaction, *, marked: int, count: int) -> list[UUID]:
    """One clerk's registrations at one station, of which so many were issued far away."""
    return [
        await enter_fact(tx, officer="clerk.quiet", organization=QUIET, **(FAR if place < marked else {}))
        for place in range(count)
    ]


@pytest.mark.parametrize(("code", "_column"), OUTLIERS)
@pytest.mark.parametrize(
    ("marked", "count", "suspicious"),
    [
        (8, 30, True),
        (7, 30, False),
        (8, 29, False),
        (8, 60, False),  # 13 %, but with so few it may as well be 5 %
        (14, 60, True),
    ],
)
async def test_a_share_counts_only_where_its_lower_bound_is_above_three_times_the_usual(
    tx: Transaction, code: str, _column: str, marked: int, count: int, suspicious: bool
) -> None:
    await usual(tx, province="", marked=200)
    registrations = await window(tx, marked=marked, count=count)
    found = await found_of(tx, code, registrations)
    assert set(found) == (set(range(marked)) if suspicious else set())
    if suspicious:
        assert (found[0]["registrations"], found[0]["marked"]) == (count, marked)


@pytest.mark.parametrize(("code", "_column"), OUTLIERS)
async def test_a_province_is_compared_with_itself_where_it_is_large_enough(
    tx: Transaction, code: str, _column: str
) -> None:
    await usual(tx, province="", marked=200)
    await usual(tx, province="42", marked=700, registrations=999)
    registrations = await window(tx, marked=14, count=60)
    assert len(await found_of(tx, code, registrations)) == 14
    await tx.connection.execute("UPDATE screening_baseline SET registrations = 1000 WHERE province = '42'")
    assert await found_of(tx, code, registrations) == {}


@pytest.mark.parametrize(("code", "_column"), OUTLIERS)
async def test_only_the_latest_registrations_are_counted(tx: Transaction, code: str, _column: str) -> None:
    await usual(tx, province="", marked=200)
    registrations = await window(tx, marked=14, count=60)
    assert await found_of(tx, code, registrations, latest=46) == {}
    assert len(await found_of(tx, code, registrations, latest=60)) == 14


@pytest.mark.parametrize(("code", "_column"), OUTLIERS)
async def test_without_a_usual_share_nobody_is_an_outlier(tx: Transaction, code: str, _column: str) -> None:
    registrations = await window(tx, marked=14, count=60)
    assert await found_of(tx, code, registrations) == {}


async def test_the_usual_share_is_reckoned_from_the_latest_registrations(tx: Transaction) -> None:
    await window(tx, marked=3, count=10)
    await enter_fact(tx, organization="310101510000")
    await enter_fact(tx, standing=False)
    query = "SELECT province, registrations, marked FROM screening_baseline ORDER BY province"
    await reckon(tx)
    assert [tuple(row) for row in await tx.connection.fetch(query)] == [("", 11, 3), ("31", 1, 0), ("42", 10, 3)]
    await reckon(tx, latest=8)
    assert [tuple(row) for row in await tx.connection.fetch(query)] == [("", 8, 0), ("31", 1, 0), ("42", 7, 0)]
