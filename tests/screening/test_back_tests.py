"""What a change of a rule would do is told before anybody decides, truly and without getting in anybody's way."""

from typing import Any

import msgspec
import pytest
from tests import make
from tests.registrations.desks import clerk, newborn, numbers, register
from tests.screening.rulings import CODE, REFUSE, RULES, Rulers, in_collective
from tests.worlds import FUJIAN, World

from birthreg.access.models import Role, Scope
from birthreg.kernel.database import Database
from birthreg.kernel.errors import FieldsWrong
from birthreg.screening.back_testing import back_test
from birthreg.screening.models import Mode, Rule, Standing
from birthreg.screening.rule_files import load_rules, parse_rule

NUMBERS = numbers(62_000)
NATION = Scope(patterns=("%",))
KINDS = ("police_station", "community", "school", "employer")


@pytest.fixture
async def rulers(world: World) -> Rulers:
    """Two administrators, and two children in each kind of collective household."""
    rulers = Rulers(world, NUMBERS)
    if not await world.ask("SELECT count(*) FROM screening_facts"):
        for kind in KINDS * 2:
            await rulers.enter(kind)
        await register(await clerk(world), newborn(next(NUMBERS)))
    return rulers


async def test_what_a_change_would_do_is_told_in_numbers_and_samples(rulers: Rulers) -> None:
    """Also of what is in the books as found already."""
    change = await rulers.propose(parameters={"kinds": ["community", "school"]})
    test = change["back_test"]
    counts = {name: test[name] for name in ("looked_at", "findings_now", "findings_after", "gone", "new")}
    assert counts == {"looked_at": 9, "findings_now": 4, "findings_after": 4, "gone": 2, "new": 2}
    assert {sample["sentence"] for sample in test["gone_samples"]} == {"落户在派出所集体户"}
    assert {sample["sentence"] for sample in test["new_samples"]} == {"落户在学校集体户"}
    assert {sample["organization"] for sample in test["new_samples"]} == {make.WUCHANG}
    assert change["parameters_before"] == {"kinds": ["police_station", "community"]}
    kept = await (await rulers.second()).get(f"{RULES}/changes/{change['id']}")
    assert kept.json() == change
    await rulers.decide(change, REFUSE)


@pytest.mark.parametrize(("asked", "after"), [({"mode": "off"}, 0), ({"mode": "shadow"}, 4), ({"severity": "low"}, 4)])
async def test_a_rule_that_is_off_finds_nothing_and_a_shadow_what_it_would_live(
    rulers: Rulers, asked: dict[str, Any], after: int
) -> None:
    change = await rulers.propose(**asked)
    test = change["back_test"]
    assert (test["findings_now"], test["findings_after"], test["gone"], test["new"]) == (4, after, 4 - after, 0)
    await rulers.decide(change, REFUSE)


async def test_samples_are_shown_to_whom_they_lie_inside_the_jurisdiction_and_covered_to_auditors(
    world: World, rulers: Rulers
) -> None:
    change = await rulers.propose(parameters={"kinds": ["school"]})
    path = f"{RULES}/changes/{change['id']}"
    stranger = await world.desk(Role.LEAD_INVESTIGATOR, FUJIAN)
    elsewhere = (await stranger.get(path)).json()["back_test"]
    assert (elsewhere["gone"], elsewhere["gone_samples"], elsewhere["new_samples"]) == (4, [], [])
    auditor = await world.desk(Role.AUDITOR, make.HUBEI)
    seen = (await auditor.get(path)).json()["back_test"]["new_samples"]
    assert {sample["certificate_number"] for sample in seen} == {"Z4200*****"}
    await rulers.decide(change, REFUSE)


async def test_so_many_are_looked_at_as_are_asked_for_the_newest_first(rulers: Rulers) -> None:
    change = await rulers.propose(mode="off", newest=3)  # the plain child, an employer's, a school's
    test = change["back_test"]
    assert (test["asked"], test["looked_at"], test["findings_now"], test["is_complete"]) == (3, 3, 0, True)
    await rulers.decide(change, REFUSE)
    rule = (await (await rulers.first()).get(f"{RULES}/{CODE}")).json()
    assert rule["performance"]["cost"] > 0


async def test_one_back_test_runs_at_a_time(world: World, rulers: Rulers) -> None:
    async with world.database.transaction() as tx:
        await tx.connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('back_test', 0))")
        refused = await rulers.propose(status=409, mode="off")
    assert (refused["code"], refused["retryable"]) == ("back_test_running", True)


RULE = parse_rule(
    """-- code: odd_days
-- title: 例
-- title_en: example
-- severity: low
-- mode: live
-- source: 例
-- finds: 例
-- finds_en: example
-- parameter: years int = 3 | 年 | years
-- parameter: least int = 0 | 最少 | least
-- says: 第{place}号
-- says_en: number {place}
SELECT registration_id, jsonb_build_object('place', sex) AS evidence FROM candidates
 WHERE sex >= :least AND entered_at > :now - make_interval(years => :years)"""
)


async def enter_many(database: Database, count: int) -> None:
    async with database.transaction() as tx:
        await tx.connection.execute(
            "INSERT INTO screening_facts (registration_id, standing, organization, household_organization, county,"
            " officer, entered_at, applied_on, child_name, sex, birth_date, born_outside, household_kind, with_mother,"
            " with_father, marital_status, applicant_relation, has_paternity_report, has_adoption_proof)"
            " SELECT lpad(to_hex(n), 32, '0')::uuid, n % 10 <> 9, $2, $2, '420106', 'somebody', now(), now()::date,"
            " 'child', n % 100, now()::date, false, 1, true, true, 'married', 'mother', false, false"
            " FROM generate_series(1, $1::int) AS n",
            count, make.WUCHANG,
        )  # fmt: skip


def standing(**parameters: int) -> Standing:
    return Standing(RULE.code, 1, Mode.LIVE, RULE.severity, RULE.defaults | parameters, RULE.digest)


async def test_books_of_many_parts_are_counted_as_one(database: Database) -> None:
    """Fifty thousand registrations, a tenth of which stands no more."""
    await enter_many(database, 50_000)
    async with database.transaction() as tx:
        tried = await back_test(
            tx, rule=RULE, present=standing(least=90), wanted=standing(least=80), newest=45_000, scope=NATION,
            seconds=300,
        )  # fmt: skip
    test = tried.back_test
    assert test.is_complete
    assert (test.looked_at, test.findings_now, test.findings_after) == (40_500, 4_050, 8_100)
    assert (test.gone, test.new, len(test.gone_samples), len(test.new_samples)) == (0, 4_050, 0, 20)
    assert test.new_samples[0].sentence.zh == "第88号"  # 49988: the newest that is new
    assert tried.cost is not None


async def test_a_back_test_whose_time_is_over_says_how_far_it_came(database: Database) -> None:
    await enter_many(database, 10)
    async with database.transaction() as locked:
        await locked.connection.execute("SET LOCAL ROLE birthreg_owner")
        await locked.connection.execute("LOCK TABLE screening_facts IN ACCESS EXCLUSIVE MODE")
        async with database.transaction() as tx:
            tried = await back_test(
                tx, rule=RULE, present=standing(), wanted=standing(least=5), newest=10, scope=NATION, seconds=0.2
            )
    assert (tried.back_test.is_complete, tried.back_test.looked_at, tried.cost) == (False, 0, None)


async def test_parameters_with_which_a_rule_fails_are_refused(database: Database) -> None:
    """Live it would stop every desk."""
    await enter_many(database, 10)
    async with database.transaction() as tx:
        with pytest.raises(FieldsWrong) as refused:
            await back_test(tx, rule=RULE, present=standing(), wanted=standing(years=300_000), newest=10, scope=NATION)
    assert [error.code for error in refused.value.errors] == ["rule_parameter_unworkable"]


@pytest.mark.parametrize("rule", load_rules().values(), ids=lambda rule: rule.code)
async def test_every_rule_can_be_tried_out(database: Database, rule: Rule) -> None:
    await enter_many(database, 50)
    present = Standing(rule.code, 1, Mode.LIVE, rule.severity, rule.defaults, rule.digest)
    off = msgspec.structs.replace(present, mode=Mode.OFF)
    async with database.transaction() as tx:
        tried = await back_test(tx, rule=rule, present=off, wanted=present, newest=50, scope=NATION, seconds=60)
    assert tried.back_test.looked_at == 45
    assert tried.back_test.findings_now == tried.back_test.gone == 0


async def test_nothing_is_written_and_nothing_waits_while_a_rule_is_tried_out(world: World, rulers: Rulers) -> None:
    before = await world.ask("SELECT count(*) FROM findings")
    change = await rulers.propose(parameters={"kinds": list(KINDS)})
    assert change["back_test"]["new"] == 4
    assert await world.ask("SELECT count(*) FROM findings") == before
    entered = await register(await clerk(world), in_collective(next(NUMBERS), "religious"))
    assert entered.status_code == 201
    await rulers.decide(change, REFUSE)
