"""A rule is changed by two persons after a back-test, and stands so at every desk from the approval on."""

import asyncio
import re
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest
from tests.registrations.desks import clerk, numbers, register
from tests.screening.rulings import APPROVE, CODE, REFUSE, RULES, Rulers, in_collective, told_of
from tests.worlds import FUJIAN, World, running

from birthreg.access.models import Role
from birthreg.app import create_app
from birthreg.kernel.database import Database
from birthreg.screening import parameter_rules, store
from birthreg.screening.models import Mode, Standing
from birthreg.screening.rule_files import load_rules, parse_rule
from birthreg.screening.rulebook import Rulebook

NUMBERS = numbers(61_000)
LIVE: dict[str, Any] = {"mode": "live", "severity": "medium", "parameters": {"kinds": ["police_station", "community"]}}


@pytest.fixture
async def rulers(world: World) -> Rulers:
    """Two administrators; the rule stands as its file has it."""
    rulers = Rulers(world, NUMBERS)
    await rulers.let_stand(**LIVE)
    return rulers


async def trail(world: World, change: str) -> list[tuple[str, bool, str | None, str | None]]:
    """What the trail holds of a change."""
    async with world.database.transaction() as tx:
        rows = await tx.connection.fetch(
            "SELECT act, succeeded, condition, error_code FROM audit_entries WHERE key = $1 ORDER BY id", change
        )
    return [tuple(row) for row in rows]


async def test_a_rule_goes_from_shadow_to_live_by_back_test_and_two_persons(world: World, rulers: Rulers) -> None:
    """The whole course, as the trail and the versions show it."""
    await rulers.let_stand(mode="shadow")
    version = (await (await rulers.first()).get(f"{RULES}/{CODE}")).json()["version"]
    apart = await rulers.enter()
    assert told_of(apart) == []
    assert [one["is_shadow"] for one in await rulers.found(apart["id"], shadow=True)] == [True]
    assert await rulers.found(apart["id"]) == []

    proposed = await rulers.propose(mode="live", reason="试运行两周,样本属实")
    test = proposed["back_test"]
    assert (test["findings_now"], test["gone"], test["new"]) == (test["findings_after"], 0, 0)
    assert test["findings_now"] >= 1
    assert test["is_complete"]
    assert told_of(await rulers.enter()) == []  # nothing is in force by a proposal
    decided = await rulers.decide(proposed, APPROVE)
    assert (decided["status"], decided["new_version"]) == ("approved", version + 1)
    assert (decided["mode_before"], decided["mode"]) == ("shadow", "live")

    counted = await rulers.enter()
    assert told_of(counted) == [CODE]
    [finding] = await rulers.found(counted["id"])
    assert (finding["rule_version"], finding["is_shadow"]) == (version + 1, False)
    told = [(act, succeeded, condition) for act, succeeded, condition, _ in await trail(world, proposed["id"])]
    course = f"{CODE} v{version} · mode: shadow → live"
    assert told == [("propose_rules", True, course), ("approve_rule_change", True, course)]
    rule = (await (await rulers.first()).get(f"{RULES}/{CODE}")).json()
    newest, before = rule["versions"][:2]
    assert (newest["mode"], newest["changed_by"], newest["change_id"]) == ("live", "admin2.hubei", proposed["id"])
    assert (before["mode"], before["version"]) == ("shadow", version)
    assert rule["text"] == newest["text"] == load_rules()[CODE].text


async def test_who_proposed_does_not_decide(world: World, rulers: Rulers) -> None:
    change = await rulers.propose(severity="high")
    answer = await (await rulers.first()).post(f"{RULES}/changes/{change['id']}/approval", json=APPROVE)
    assert (answer.status_code, answer.json()["code"]) == (403, "rule_change_own")
    assert (await trail(world, change["id"]))[-1][1:] == (False, None, "rule_change_own")
    async with world.database.transaction() as tx:
        with pytest.raises(asyncpg.CheckViolationError, match="two_persons"):
            await tx.connection.execute(
                "UPDATE screening_changes SET version = version + 1, status = 'refused', decided_by = proposed_by,"
                " decided_by_organization = proposed_by_organization, decided_at = now(), decision_reason = 'x'"
                " WHERE id = $1", change["id"],
            )  # fmt: skip
    await rulers.decide(change, REFUSE)


async def test_another_province_does_not_decide(world: World, rulers: Rulers) -> None:
    change = await rulers.propose(severity="high")
    stranger = await world.desk(Role.PROVINCE_ADMIN, FUJIAN)
    for act, body in (("approval", APPROVE), ("withdrawal", {"reason": "误"})):
        answer = await stranger.post(f"{RULES}/changes/{change['id']}/{act}", json=body)
        assert answer.status_code == 404
    await rulers.decide(change, REFUSE)


async def test_a_rule_has_one_open_change_also_when_two_propose_at_once(rulers: Rulers) -> None:
    desks = [await rulers.first(), await rulers.second()]
    answers = await asyncio.gather(
        *(desk.post(f"{RULES}/{CODE}/changes", json={"severity": "low", "reason": "试行"}) for desk in desks)
    )
    codes = sorted(answer.json().get("code", "") for answer in answers)
    assert codes[0] == ""
    assert codes[1] in ("rule_change_open", "back_test_running")
    await rulers.propose(status=409, severity="high")
    [change] = [answer.json() for answer in answers if answer.status_code == 201]
    other = desks[1] if change["proposed_by"] != "admin2.hubei" else desks[0]
    refused = await other.post(f"{RULES}/changes/{change['id']}/approval", json=REFUSE)
    assert refused.json()["status"] == "refused"


async def test_a_change_of_a_rule_that_moved_meanwhile_is_refused(world: World, rulers: Rulers) -> None:
    change = await rulers.propose(severity="high")
    rule = load_rules()[CODE]
    async with world.database.transaction() as tx:  # another release, and back again
        await store.enter_rule(tx, rule=msgspec.structs.replace(rule, digest=b"other", text=f"{rule.text} "))
    answer = await rulers.decide(change, APPROVE, status=409)
    assert answer["code"] == "rule_change_stale"
    assert (await trail(world, change["id"]))[-1][3] == "rule_change_stale"
    await rulers.decide(change, REFUSE)


async def test_what_is_decided_or_withdrawn_stays_so(rulers: Rulers) -> None:
    change = await rulers.propose(severity="high")
    other = await (await rulers.second()).post(f"{RULES}/changes/{change['id']}/withdrawal", json={"reason": "误"})
    assert (other.status_code, other.json()["code"]) == (403, "rule_change_not_own")
    first = await rulers.first()
    taken = await first.post(f"{RULES}/changes/{change['id']}/withdrawal", json={"reason": "写错"})
    assert taken.json()["status"] == "withdrawn"
    assert (await rulers.decide(change, APPROVE, status=409))["code"] == "rule_change_decided"
    listed = (await first.get(f"{RULES}/changes", params={"rule": CODE, "status": "withdrawn"})).json()["items"]
    assert change["id"] in [one["id"] for one in listed]
    assert "new_samples" not in listed[0]["back_test"]


async def test_a_stale_tag_is_refused_and_a_repeated_key_gets_the_same_answer(rulers: Rulers) -> None:
    first = await rulers.first()
    tag = (await first.get(f"{RULES}/{CODE}")).headers["etag"]
    body = {"severity": "high", "reason": "试行"}
    stale = await first.post(f"{RULES}/{CODE}/changes", json=body, headers={"If-Match": '"999"'})
    assert stale.status_code == 412
    headers = {"Idempotency-Key": "rule-1", "If-Match": tag}
    once = await first.post(f"{RULES}/{CODE}/changes", json=body, headers=headers)
    again = await first.post(f"{RULES}/{CODE}/changes", json=body, headers=headers)
    assert (once.status_code, again.content) == (201, once.content)
    await rulers.decide(once.json(), REFUSE)


@pytest.mark.parametrize(
    ("asked", "field", "code"),
    [
        ({}, "body", "rule_change_empty"),
        ({"mode": "live"}, "body", "rule_change_empty"),
        ({"parameters": {"kind": ["school"]}}, "parameters.kind", "rule_parameter_unknown"),
        ({"parameters": {"kinds": "school"}}, "parameters.kinds", "rule_parameter_kind"),
        ({"parameters": {"kinds": 7}}, "parameters.kinds", "rule_parameter_kind"),
        ({"parameters": {"kinds": [""]}}, "parameters.kinds", "rule_parameter_length"),
        ({"parameters": {"kinds": ["a\u0000"]}}, "parameters.kinds", "rule_parameter_length"),
        ({"parameters": {"kinds": ["school", "school"]}}, "parameters.kinds", "rule_parameter_repeated"),
        ({"parameters": {"kinds": [f"k{n}" for n in range(201)]}}, "parameters.kinds", "rule_parameter_length"),
    ],
)
async def test_a_wrong_change_is_refused_by_field(rulers: Rulers, asked: dict[str, Any], field: str, code: str) -> None:
    first = await rulers.first()
    for language, pattern in (("zh-CN", r"[\u4e00-\u9fff]"), ("en", r"[a-z]")):
        answer = await first.post(
            f"{RULES}/{CODE}/changes", json={"reason": "试行", **asked}, headers={"Accept-Language": language}
        )
        [error] = answer.json()["errors"]
        assert (answer.status_code, error["field"], error["code"]) == (422, field, code)
        assert re.search(pattern, error["message"])


async def test_no_number_and_an_unknown_rule_are_refused(rulers: Rulers) -> None:
    first = await rulers.first()
    path = f"{RULES}/{CODE}/changes"
    json = {"Content-Type": "application/json"}
    for value, status in (("NaN", 400), ("1e999", 400)):
        content = f'{{"reason": "x", "parameters": {{"kinds": {value}}}}}'
        assert (await first.post(path, content=content, headers=json)).status_code in (status, 422)
    assert (await first.post(f"{RULES}/none_such/changes", json={"reason": "x", "mode": "off"})).status_code == 404
    assert (await first.get(f"{RULES}/none_such")).status_code == 404


PARAMETERS = parse_rule(
    """-- code: bounded
-- title: 例
-- title_en: example
-- severity: low
-- mode: off
-- source: 例
-- finds: 例
-- finds_en: example
-- parameter: days int = 180 | 天 | days
-- parameter: share numeric = 0.2 | 比例 | share
-- parameter: strict boolean = true | 严格 | strict
-- parameter: since date = 2012-01-01 | 起 | since
-- parameter: word text = 甲 | 词 | word
-- says: 例
-- says_en: example
SELECT registration_id, '{}'::jsonb AS evidence FROM candidates
 WHERE :days > 0 AND :share > 0 AND :strict AND :since < applied_on AND :word <> ''"""
)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"days": 0, "share": 1, "strict": False, "since": "2020-02-29", "word": "乙"}, None),
        ({"days": 9000}, None),
        ({"days": 9001}, "rule_parameter_range"),
        ({"days": -1}, "rule_parameter_range"),
        ({"days": 10**18}, "rule_parameter_range"),
        ({"days": 7.5}, "rule_parameter_kind"),
        ({"days": True}, "rule_parameter_kind"),
        ({"share": float("nan")}, "rule_parameter_kind"),
        ({"share": float("inf")}, "rule_parameter_kind"),
        ({"share": True}, "rule_parameter_kind"),
        ({"share": 1000.5}, "rule_parameter_range"),
        ({"strict": 1}, "rule_parameter_kind"),
        ({"since": "2020-02-30"}, "rule_parameter_kind"),
        ({"since": "20200228"}, "rule_parameter_kind"),
        ({"since": "0001-01-01"}, "rule_parameter_kind"),
        ({"word": " "}, "rule_parameter_length"),
        ({"word": "长" * 101}, "rule_parameter_length"),
        ({"word": ["长"]}, "rule_parameter_kind"),
    ],
)
def test_a_parameter_is_of_its_kind_and_within_wide_bounds(asked: dict[str, Any], code: str | None) -> None:
    assert [flaw.code for flaw in parameter_rules.flaws_of(PARAMETERS, asked)] == ([code] if code else [])


def test_whole_numbers_are_told_from_others_by_what_the_rule_wants() -> None:
    read = parameter_rules.whole_where_asked(PARAMETERS, {"days": 90.0, "share": 1.0, "word": "90", "strict": True})
    assert [type(value) for value in read.values()] == [int, float, str, bool]
    assert parameter_rules.whole_where_asked(PARAMETERS, {"days": 7.5, "other": 1.0}) == {"days": 7.5, "other": 1.0}
    huge = parameter_rules.whole_where_asked(PARAMETERS, {"days": float("inf")})
    assert [flaw.code for flaw in parameter_rules.flaws_of(PARAMETERS, huge)] == ["rule_parameter_kind"]


async def desk_of_another_process(world: World, service: Any) -> httpx.AsyncClient:
    """The same clerk at a desk whose requests another process answers."""
    token = (await clerk(world)).headers["Authorization"]
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(service), base_url="http://desk", headers={"Authorization": token}
    )


async def test_an_approval_is_in_force_in_every_process(world: World, rulers: Rulers) -> None:
    """Also where all rules were off, so that nothing was run that could have told of the change."""
    async with running(create_app(world.settings)) as service, await desk_of_another_process(world, service) as desk:
        for mode, told in (("off", []), ("live", [CODE]), ("shadow", []), ("live", [CODE])):
            await rulers.let_stand(mode=mode)
            answer = await register(desk, in_collective(next(NUMBERS)))
            assert told_of(answer.json()) == told


async def test_a_process_whose_rules_were_all_off_hears_when_one_is_switched_on(database: Database) -> None:
    rulebook, code = Rulebook(), min(load_rules())
    async with database.transaction() as tx:
        await rulebook.read(tx)
        await tx.connection.execute("UPDATE screening_rules SET mode = 'off'")
        await rulebook.read(tx)
        assert await rulebook.live(tx) is None
    async with database.transaction() as tx:
        await tx.connection.execute("UPDATE screening_rules SET mode = 'live' WHERE code = $1", code)
    async with database.transaction() as tx:
        statement = await rulebook.live(tx)
        assert statement is not None
        assert statement.version == rulebook.version == await store.read_version(tx)


async def test_a_statement_that_another_request_outran_is_not_taken_for_the_new_version(database: Database) -> None:
    rulebook = Rulebook()
    async with database.transaction() as tx:
        old = await rulebook.live(tx)
        await tx.connection.execute("UPDATE screening_rules SET severity = 'low'")
        await rulebook.read(tx)  # what another request of the same process did meanwhile
        assert old is not None
        version, _ = await store.run(tx, statement=old, registrations=[])
        assert old.version < version == rulebook.version


async def test_every_finding_agrees_with_the_version_that_it_names(world: World, rulers: Rulers) -> None:
    """Registrations in flight while the rule goes back and forth: each is screened by one version as a whole."""

    async def enter() -> None:
        for _ in range(4):
            await rulers.enter()

    async def switch() -> None:
        for mode, severity in (("shadow", "high"), ("live", "low"), ("shadow", "low"), ("live", "medium")):
            await rulers.change(mode=mode, severity=severity)

    await asyncio.gather(switch(), *(enter() for _ in range(4)))
    disagreeing = await world.ask(
        "SELECT count(*) FROM findings LEFT JOIN screening_rule_versions AS stood ON stood.code = findings.rule"
        " AND stood.version = findings.rule_version WHERE stood.mode IS NULL"
        " OR findings.is_shadow <> (stood.mode = 'shadow') OR findings.severity <> stood.severity"
    )
    assert disagreeing == 0


async def test_a_file_in_a_new_release_keeps_what_administrators_set(database: Database) -> None:
    bare = PARAMETERS.text.split("-- parameter")[0] + (
        "-- says: 例\n-- says_en: example\nSELECT registration_id, '{}'::jsonb AS evidence FROM candidates"
    )
    async with database.transaction() as tx:
        await store.enter_rule(tx, rule=PARAMETERS)
        await tx.connection.execute(
            "UPDATE screening_rules SET mode = 'live', parameters = parameters || $1 WHERE code = 'bounded'",
            {"days": 90, "word": 7},
        )
        renewed = msgspec.structs.replace(PARAMETERS, digest=b"renewed")
        await store.enter_rule(tx, rule=renewed)
        [kept] = [standing for standing in await store.list_standings(tx) if standing.code == "bounded"]
        assert (kept.mode, kept.version) == (Mode.LIVE, 2)
        assert kept.parameters == PARAMETERS.defaults | {"days": 90}  # what is of another kind now is the file's
        await store.enter_rule(tx, rule=parse_rule(bare))
        [emptied] = [standing for standing in await store.list_standings(tx) if standing.code == "bounded"]
        assert isinstance(emptied, Standing)
        assert emptied.parameters == {}


async def test_rules_are_listed_with_what_they_search_for_and_how_they_stand(rulers: Rulers) -> None:
    first = await rulers.first()
    items = (await first.get(RULES, params={"limit": 500})).json()["items"]
    assert [rule["code"] for rule in items] == sorted(load_rules())
    [rule] = [rule for rule in items if rule["code"] == CODE]
    assert rule["title"] == "落户在派出所(社区)集体户"
    assert (rule["mode"], rule["severity"]) == ("live", "medium")
    [parameter] = rule["parameters"]
    assert parameter["value"] == parameter["default"] == ["police_station", "community"]
    assert rule["findings"].keys() == {"live", "shadow", "suppressed"}
    english = (await first.get(f"{RULES}/{CODE}", headers={"Accept-Language": "en"})).json()
    assert english["title"].startswith("Registered in the collective household")
    cut = (await first.get(RULES, params={"limit": 1})).json()
    assert [rule["code"] for rule in cut["items"]] == sorted(load_rules())[:1]


async def test_the_handbook_lists_every_rule_of_the_files(world: World) -> None:
    text = (await (await world.stranger()).get("/help/screening")).text
    for rule in load_rules().values():
        assert f"<code>{rule.code}</code>" in text
    assert "<h1>可疑登记筛查 · Screening</h1>" in text
    assert "http" not in text.replace("http-equiv", "")
