"""The lists that rules and numbers read are changed by two persons, at once, and keep what stood before."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from tests.screening.administrators import (
    APPROVE,
    LISTS,
    REFUSE,
    WHY,
    change,
    decide,
    fujian,
    hubei,
    hubei2,
    propose,
    read,
    row,
)
from tests.worlds import World

from birthreg.access.models import Role


async def reasons(world: World, number: str, **certificate: str) -> set[str]:
    """What a desk hears of a certificate."""
    desk = await world.desk(Role.CLERK)
    body = {"certificate_number": number, "purpose": "birth_registration", "certificate": certificate}
    answer = await desk.post("/api/v1/verifications", json=body)
    assert answer.status_code == 200, answer.text
    return {reason["code"] for reason in answer.json()["reasons"]}


async def test_a_letter_holds_for_numbers_as_soon_as_a_second_person_approves(world: World) -> None:
    number, issued = "D420160001", {"issued_on": "2016-05-01"}
    assert "number_year_conflict" in await reasons(world, number, **issued)
    proposed = await propose(await hubei(world), "letters", letter="D", year=2016)
    assert proposed["change"]["before"] == {"letter": "D", "year": 2003}
    assert proposed["change"]["after"] == {"letter": "D", "year": 2016}
    assert "number_year_conflict" in await reasons(world, number, **issued)
    decided = await decide(await hubei2(world), proposed)
    assert decided["change"]["status"] == "approved"
    assert "number_year_conflict" not in await reasons(world, number, **issued)


async def test_a_list_keeps_who_proposed_who_approved_why_and_what_stood_before(world: World) -> None:
    decided = await change(world, "letters", letter="E", year=2017)
    [kept, *_] = await read(await hubei(world), "letters/history", key="E")
    assert (kept["before"], kept["after"]) == ({"letter": "E", "year": 2004}, {"letter": "E", "year": 2017})
    assert (kept["proposed_by"], kept["approved_by"]) == ("admin.hubei", "admin2.hubei")
    assert (kept["change_id"], kept["document_number"]) == (decided["change"]["id"], WHY["document_number"])
    assert kept["changed_at"] == decided["change"]["decided_at"]


async def test_what_the_owner_of_the_database_writes_is_kept_too(world: World) -> None:
    owner = await asyncpg.connect(world.settings.database_url)
    await owner.execute("UPDATE certificate_editions SET last_day = '2019-06-30' WHERE edition = 5")
    await owner.close()
    [kept] = await read(await hubei(world), "editions/history", key="5")
    assert (kept["change_id"], kept["approved_by"], kept["before"]["last_day"]) == (None, None, None)
    assert kept["written_by"]


async def test_nobody_approves_their_own_change(world: World) -> None:
    desk = await hubei(world)
    proposed = await propose(desk, "letters", letter="F", year=2018)
    refused = await decide(desk, proposed, status=403)
    assert refused["code"] == "another_administrator_decides"
    assert await row(desk, "letters", "F") == {"letter": "F", "year": 2005}
    query = "SELECT count(*) FROM audit_entries WHERE key = $1 AND error_code = 'another_administrator_decides'"
    assert await world.ask(query, proposed["change"]["id"]) == 1
    with pytest.raises(asyncpg.CheckViolationError):
        await world.ask(
            "UPDATE list_changes SET status = 'approved', version = 2, decided_by = proposed_by, decided_at = now(),"
            " decision_reason = 'x' WHERE id = $1 RETURNING id",
            UUID(proposed["change"]["id"]),
        )


async def test_a_refused_change_changes_nothing(world: World) -> None:
    proposed = await propose(await hubei(world), "letters", letter="G", year=2018)
    decided = await decide(await hubei2(world), proposed, **REFUSE)
    assert (decided["change"]["status"], decided["effect"]) == ("refused", "未批准,名单未变。")
    assert await row(await hubei(world), "letters", "G") == {"letter": "G", "year": 2006}
    again = await decide(await hubei2(world), proposed, status=409)
    assert again["code"] == "list_change_decided"


async def test_only_who_proposed_withdraws(world: World) -> None:
    first, second = await hubei(world), await hubei2(world)
    proposed = await propose(first, "letters", letter="H", year=2018)
    door = f"{LISTS}/letters/changes/{proposed['change']['id']}/withdrawal"
    refused = await second.post(door, json={"reason": "不妥"})
    assert (refused.status_code, refused.json()["code"]) == (403, "only_proposer_withdraws")
    withdrawn = await first.post(door, json={"reason": "写错"})
    assert (withdrawn.status_code, withdrawn.json()["change"]["status"]) == (200, "withdrawn")
    await propose(first, "letters", letter="H", year=2019)


async def test_one_change_of_a_row_waits_at_a_time(world: World) -> None:
    await propose(await hubei(world), "letters", letter="I", year=2018)
    second = await propose(await hubei2(world), "letters", status=409, letter="I", year=2019)
    assert second["code"] == "list_change_waits"


async def test_a_change_of_what_has_moved_meanwhile_is_not_carried_out(world: World) -> None:
    proposed = await propose(await hubei(world), "letters", letter="J", year=2018)
    owner = await asyncpg.connect(world.settings.database_url)
    await owner.execute("UPDATE certificate_letters SET year = 2010 WHERE letter = 'J'")
    await owner.close()
    refused = await decide(await hubei2(world), proposed, status=409)
    assert refused["code"] == "list_row_changed"
    assert await row(await hubei(world), "letters", "J") == {"letter": "J", "year": 2010}
    await decide(await hubei2(world), proposed, **REFUSE)


async def test_who_read_an_older_state_of_a_change_is_told(world: World) -> None:
    proposed = await propose(await hubei(world), "letters", letter="K", year=2018)
    door = f"{LISTS}/letters/changes/{proposed['change']['id']}"
    desk = await hubei2(world)
    tag = (await desk.get(door)).headers["etag"]
    stale = await desk.post(f"{door}/approval", json=APPROVE, headers={"If-Match": '"7"'})
    assert stale.status_code == 412
    fresh = await desk.post(f"{door}/approval", json=APPROVE, headers={"If-Match": tag})
    assert fresh.status_code == 200
    assert (await desk.get(door)).headers["etag"] != tag


async def test_an_answer_that_got_lost_is_given_again(world: World) -> None:
    desk, key = await hubei(world), {"Idempotency-Key": str(uuid4())}
    body = {"act": "set", **WHY, "letter": "L", "year": 2018}
    first, second = [await desk.post(f"{LISTS}/letters/changes", json=body, headers=key) for _ in range(2)]
    assert (first.status_code, first.content) == (second.status_code, second.content)


async def test_another_province_reads_the_list_but_not_what_is_proposed(world: World) -> None:
    proposed = await propose(await hubei(world), "letters", letter="M", year=2018)
    stranger = await fujian(world)
    assert await row(stranger, "letters", "M") == {"letter": "M", "year": 2012}
    assert await read(stranger, "letters/changes") == []
    await decide(stranger, proposed, status=404)
    elsewhere = {"change": proposed["change"] | {"list_name": "editions"}}
    await decide(await hubei2(world), elsewhere, status=404)


async def test_a_letter_that_stands_for_no_year_goes(world: World) -> None:
    await change(world, "letters", act="end", letter="N")
    assert await row(await hubei(world), "letters", "N") is None
    await propose(await hubei(world), "letters", status=404, act="end", letter="N")
    await change(world, "letters", letter="N", year=2013)
    assert [one["after"] is None for one in await read(await hubei(world), "letters/history", key="N")] == [False, True]


async def test_an_edition_ends_and_the_next_begins_after_it(world: World) -> None:
    ended = await change(world, "editions", act="end", edition=7, last_day="2026-12-31")
    assert ended["change"]["after"] == {"edition": 7, "first_day": "2023-04-01", "last_day": "2026-12-31"}
    wrong = await propose(await hubei(world), "editions", status=422, edition=8, first_day="2018-01-01")
    assert wrong["errors"][0]["code"] == "edition_order"
    await change(world, "editions", edition=8, first_day="2027-01-01")
    keys = [one["key"] for one in await read(await hubei(world), "editions")]
    assert keys == [str(edition) for edition in range(1, 9)]


async def test_a_province_says_from_when_its_data_are_complete_and_keeps_the_rest(world: World) -> None:
    decided = await change(world, "provinces", code="35", complete_from=2020)
    after = {"code": "35", "name": "福建省", "complete_from": 2020, "latitude": 26.1, "longitude": 119.3}
    assert decided["change"]["after"] == after
    assert await row(await hubei(world), "provinces", "35") == after
    assert "number_not_issued" in await reasons(world, "X350000001")
    await change(world, "provinces", code="35", complete_from=None)
    assert (await row(await hubei(world), "provinces", "35"))["complete_from"] is None


async def test_the_seats_of_provinces_lie_as_far_apart_as_on_the_map(world: World) -> None:
    asked = "SELECT kilometres_between($1, $2)"
    assert await world.ask(asked, "42", "42") == 0
    assert 1040 <= await world.ask(asked, "42", "11") <= 1070
    assert await world.ask(asked, "11", "42") == await world.ask(asked, "42", "11")
    assert 3250 <= await world.ask(asked, "31", "65") <= 3290
    assert await world.ask(asked, "42", "99") is None
    assert await world.ask("SELECT count(*) FROM province_distances") == 31 * 31


async def test_a_seat_that_moves_is_measured_anew(world: World) -> None:
    before = await world.ask("SELECT kilometres_between('11', '13')")
    await change(world, "provinces", code="13", latitude=41.0, longitude=117.9)
    assert await world.ask("SELECT kilometres_between('11', '13')") != before
    await change(world, "provinces", code="13", latitude=None, longitude=None)
    assert await world.ask("SELECT kilometres_between('11', '13')") is None


async def test_an_issuer_is_watched_from_the_approval_until_its_end(world: World) -> None:
    watched = {"issuer_name": "某县人民医院 ", "issued_from": "2022-01-01", "issued_to": "2023-06-30"}
    decided = await change(world, "watched_issuers", **watched)
    assert "下一次全面倒查" in decided["effect"]
    key = decided["change"]["key"]
    stands = await row(await hubei(world), "watched_issuers", key)
    assert stands["issuer_name"] == "某县人民医院"
    assert (stands["listed_by"], stands["approved_by"], stands["organization"]) == (
        "admin.hubei", "admin2.hubei", "420000000000",
    )  # fmt: skip
    assert (stands["ended_at"], stands["document_number"]) == (None, WHY["document_number"])
    await change(world, "watched_issuers", act="end", id=key)
    assert [one["key"] for one in await read(await hubei(world), "watched_issuers", ended="true")] == [key]
    again = await propose(await hubei(world), "watched_issuers", status=409, act="end", id=key)
    assert again["code"] == "list_row_ended"


async def test_a_division_keeps_its_past_names(world: World) -> None:
    await change(world, "divisions", code="429901", name="旧县")
    await change(world, "divisions", act="end", code="429901", valid_to="2020-12-31", successors=["429902"])
    await change(world, "divisions", code="429901", name="新区", valid_from="2021-01-01")
    found = await read(await hubei(world), "divisions", prefix="4299")
    assert [(one["key"], one["fields"]["name"]) for one in found] == [("429901", "旧县"), ("429901 2021-01-01", "新区")]
    assert found[0]["fields"]["successors"] == ["429902"]
    assert [one["fields"]["name"] for one in await read(await hubei(world), "divisions", ended="false")] == ["新区"]


WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("editions", {"edition": 9}, "first_day", "field_missing"),
    ("letters", {"year": 2020}, "letter", "field_missing"),
    ("letters", {"letter": "P", "year": 2020, "code": "42"}, "code", "field_unexpected"),
    ("editions", {"edition": 9, "first_day": "2030-01-01", "last_day": "2029-12-31"}, "last_day",
     "ends_before_it_begins"),
    ("editions", {"act": "end", "edition": 9}, "last_day", "field_missing"),
    ("provinces", {"code": "420100", "name": "武汉"}, "code", "code_of_province"),
    ("provinces", {"code": "71", "name": "台湾省", "latitude": 25.0}, "longitude", "half_a_seat"),
    ("provinces", {"act": "end", "code": "42"}, "act", "province_stays"),
    ("divisions", {"code": "42", "name": "湖北"}, "code", "code_of_division"),
    ("divisions", {"code": "420199", "name": "某区", "valid_from": "2020-01-01", "valid_to": "2019-01-01"}, "valid_to",
     "ends_before_it_begins"),
    ("divisions", {"code": "420199", "name": "某区", "successors": ["420198"]}, "successors",
     "present_is_not_succeeded"),
    ("divisions", {"code": "420199", "name": "某区", "valid_to": "2019-01-01", "successors": ["420199"]}, "successors",
     "succeeds_itself"),
    ("watched_issuers", {"issued_from": "2022-01-01"}, "issuer_name", "issuer_missing"),
    ("watched_issuers", {"issuer_name": "某院"}, "issued_from", "field_missing"),
    ("watched_issuers", {"issuer_code": "1", "issued_from": "2022-01-02", "issued_to": "2022-01-01"}, "issued_to",
     "ends_before_it_begins"),
    ("watched_issuers", {"act": "end"}, "id", "field_missing"),
]  # fmt: skip


@pytest.mark.parametrize(("list_name", "fields", "field", "code"), WRONG)
async def test_what_makes_no_sense_is_named(
    world: World, list_name: str, fields: dict[str, Any], field: str, code: str
) -> None:
    wrong = await propose(await hubei(world), list_name, status=422, **fields)
    assert [(error["field"], error["code"]) for error in wrong["errors"]] == [(field, code)]


@pytest.mark.parametrize(
    "fields",
    [{"letter": "p", "year": 2020}, {"letter": "P", "year": 1999}, {"letter": "P", "year": 2020, "reason": " "},
     {"letter": "P", "year": 2020, "sort": 1}, {"letter": None, "year": 2020}],
)  # fmt: skip
async def test_what_is_badly_formed_is_refused(world: World, fields: dict[str, Any]) -> None:
    await propose(await hubei(world), "letters", status=422, **fields)


async def test_a_list_that_nobody_keeps_is_not_found(world: World) -> None:
    assert (await (await hubei(world)).get(f"{LISTS}/hospitals")).status_code in (404, 422)


async def test_a_change_that_changes_nothing_is_refused(world: World) -> None:
    same = await propose(await hubei(world), "letters", status=409, letter="O", year=2014)
    assert same["code"] == "list_row_unchanged"


async def test_a_page_goes_on_where_the_last_ended(world: World) -> None:
    desk = await hubei(world)
    pages, cursor = [], None
    for _ in range(4):
        query = {"limit": 10} | ({"cursor": cursor} if cursor else {})
        answer = (await desk.get(f"{LISTS}/provinces", params=query)).json()
        pages.append([one["key"] for one in answer["items"]])
        cursor = answer["next_cursor"]
    assert [len(page) for page in pages] == [10, 10, 10, 1]
    assert cursor is None


async def test_the_trail_says_what_stood_before_and_after(world: World) -> None:
    decided = await change(world, "letters", letter="T", year=2022)
    detail = await world.ask(
        "SELECT detail FROM audit_entries WHERE key = $1 AND act = 'approve_list_change'", decided["change"]["id"]
    )
    assert detail == {
        "act": "set", "before": {"letter": "T", "year": 2019}, "after": {"letter": "T", "year": 2022},
    }  # fmt: skip


async def test_the_service_writes_no_list_past_an_approved_change(world: World) -> None:
    for statement in (
        "UPDATE provinces SET complete_from = 2020 RETURNING 1",
        "DELETE FROM watched_issuers RETURNING 1",
        "INSERT INTO divisions (code, name) VALUES ('420100', 'x') RETURNING 1",
        "DELETE FROM list_history RETURNING 1",
        "INSERT INTO list_changes (status) VALUES ('approved') RETURNING 1",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await world.ask(statement)
