"""What officers read on cases: names beside codes, which step it was, and refusals that say where to turn."""

import io
from typing import Any
from unicodedata import normalize
from uuid import UUID

import httpx
import pytest
from pypdf import PdfReader
from tests import make
from tests.cases.held import CASES, INVESTIGATOR, LEAD, REASON, Desks
from tests.cases.leads import admit
from tests.cases.queue import asked, bring, investigator, waiting
from tests.cases.shaped import DESK
from tests.worlds import World

from birthreg.access.models import Role
from birthreg.access.rules import scope_of
from birthreg.cases import queue_rules, queueing, refusals, service
from birthreg.cases.models import CaseAct, Status
from birthreg.kernel.database import Transaction
from birthreg.local.believable import ORGANIZATIONS, STATIONS

STEP = "desk_asked"
COUNTY = "420106000000"
CLERK = f"clerk.{make.WUCHANG}"


@pytest.fixture
def desks(world: World) -> Desks:
    return Desks(world, series="Z4243")


async def read(desk: httpx.AsyncClient, path: str) -> Any:
    answer = await desk.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def name_them(desks: Desks) -> None:
    """Let the officers have names of their own, as in service."""
    await desks.investigator()
    await desks.lead()
    await desks.world.desk(Role.CLERK, make.WUCHANG)
    for account, name in ((INVESTIGATOR, "徐磊"), (LEAD, "胡伟"), (CLERK, "周敏")):
        await desks.run("UPDATE officers SET name = $2 WHERE id = $1", account, name)
    await desks.run("INSERT INTO organizations (code, name) VALUES ($1, $2) ON CONFLICT DO NOTHING", COUNTY, "武昌分局")


async def test_a_timeline_says_which_step_and_how_it_stands_since(desks: Desks) -> None:
    case = await desks.case()
    desk = await desks.investigator()
    for body in ({"done": True}, {"done": False}, {"done": False, "not_applicable": True, "note": "窗口已撤销"}):
        assert (await desks.post(desk, case, "steps", {"step": STEP} | body)).status_code == 200
    told = [one["act_name"] for one in (await read(desk, f"{CASES}/{case}/timeline"))["items"]][-3:]
    assert told == [f"{said}:向核验或查询的单位了解情况" for said in ("完成核查步骤", "取消核查步骤", "核查步骤不适用")]


async def test_the_case_that_goes_on_is_not_said_to_have_gone_into_another(desks: Desks) -> None:
    whole, part = await desks.case(), await desks.case()
    desk = await desks.investigator()
    assert (await desks.post(desk, part, "merge", {"into": str(whole), **REASON})).status_code == 200
    assert (await read(desk, f"{CASES}/{whole}/timeline"))["items"][-1]["act_name"] == "吸收并案"


async def test_a_dossier_on_paper_names_units_officers_rules_and_steps(desks: Desks) -> None:
    await name_them(desks)
    _, case = await desks.child()
    await desks.close(case, "referred")
    lead = await desks.lead()
    answer = await lead.get(f"{CASES}/{case}/dossier", params={"format": "pdf"})
    pages = PdfReader(io.BytesIO(answer.content)).pages
    printed = "".join(page.extract_text() for page in pages).replace("\u200b", "")
    text = normalize("NFKC", "".join(printed.split()))
    for said in ("承办人:徐磊", "审核人:胡伟", "完成核查步骤:", "徐磊于", "武昌分局"):
        assert said in text, said
    told = (await read(lead, f"{CASES}/{case}/dossier"))["dossier"]
    assert told["names"]["officers"][INVESTIGATOR] == "徐磊"
    for code, name in told["names"]["rules"].items():
        assert code not in text
        assert normalize("NFKC", "".join(name.split())) in text
    for code in (INVESTIGATOR, LEAD, make.WUCHANG, COUNTY):
        assert code not in text, code


async def test_a_case_names_what_it_waits_for_its_severity_and_its_end(desks: Desks) -> None:
    case = await desks.case()
    desk = await desks.investigator()
    waits = {"awaited": "dna_result", **REASON}
    assert (await desks.post(desk, case, "suspension", waits)).status_code == 200
    listed = (await read(desk, f"{CASES}?status=suspended"))["items"]
    for told in (await read(desk, f"{CASES}/{case}"), next(one for one in listed if one["id"] == str(case))):
        assert (told["awaited_name"], told["severity_name"], told["outcome_name"]) == ("亲子鉴定结果", "高", None)
    assert (await desks.post(desk, case, "resumption", REASON)).status_code == 200
    await desks.close(case, "cleared")
    assert (await read(desk, f"{CASES}/{case}"))["outcome_name"] == "排除嫌疑"


@pytest.mark.parametrize("asked", ["docx", "PDF", ""])
async def test_a_form_that_no_dossier_has_is_refused_by_name_with_those_it_has(desks: Desks, asked: str) -> None:
    case = await desks.case()
    answer = await (await desks.lead()).get(f"{CASES}/{case}/dossier", params={"format": asked})
    assert answer.status_code == 422
    assert [(one["field"], one["message"]) for one in answer.json()["errors"]] == [
        ("format", "不是允许的取值,可用的取值:json、jws、pdf。")
    ]


async def refused(desks: Desks, case: UUID, act: str, body: Any) -> Any:
    colleague = await desks.world.desk(Role.LEAD_INVESTIGATOR, make.WUHAN)
    answer = await desks.post(colleague, case, act, body)
    assert answer.status_code in (403, 409), answer.text
    return answer.json()


async def test_who_claims_a_taken_case_is_told_by_whom(desks: Desks) -> None:
    await name_them(desks)
    told = await refused(desks, await desks.case(), "claim", None)
    assert (told["code"], f"徐磊({INVESTIGATOR})" in told["remedy"]) == ("case_elsewhere", True)


async def test_who_acts_on_a_merged_case_is_told_into_which_it_went(desks: Desks) -> None:
    whole, part = await desks.case(), await desks.case()
    await desks.merge(part, whole)
    number = await desks.world.ask("SELECT number FROM cases WHERE id = $1", whole)
    told = await refused(desks, part, "claim", None)
    assert (told["code"], number in told["remedy"]) == ("case_elsewhere", True)


async def test_who_renews_after_the_lease_has_ended_is_told_so(page: Transaction) -> None:
    with pytest.raises(refusals.CaseElsewhere) as refusal:
        await queueing.renew(page, asked(await waiting(page)))
    assert "租约到期" in refusal.value.remedy.zh


async def test_refusals_name_the_unit_that_has_the_case(page: Transaction) -> None:
    case, unit = await waiting(page), f"{make.NAMES[make.WUHAN]}({make.WUHAN})"
    await make.organization(page, make.WUHAN)
    county = investigator("investigator.wuchang", COUNTY)
    await queueing.escalate(page, asked(case, county), reason="跨县")
    with pytest.raises(refusals.CaseInAnotherQueue) as refusal:
        await queueing.claim(page, asked(case, county))
    assert unit in refusal.value.message.zh


def test_every_county_of_the_demonstration_has_a_name() -> None:
    assert {f"{station.code[:6]}000000" for station in STATIONS} <= set(ORGANIZATIONS)


@pytest.mark.parametrize("status", [Status.WAITING, Status.INVESTIGATING])
async def test_below_its_queue_no_case_is_offered_for_merging(page: Transaction, status: Status) -> None:
    case, other = await admit(page, number="X420990001"), await admit(page, number="X420990002")
    await page.connection.execute("UPDATE cases SET handler = $2 WHERE id = $1", case, make.HUBEI)
    await bring(page, case, status)
    row = await service.find_case(page, scope=scope_of(make.WUHAN), case=case)
    told = queue_rules.list_acts(row, DESK.officer, scope=DESK.scope, has_conflict=False)
    assert (CaseAct.MERGE in told) is (status is Status.INVESTIGATING)
    if CaseAct.MERGE in told:
        await DESK.merge(page, case, other)


async def test_who_names_a_step_wrongly_is_told_those_there_are_in_words(desks: Desks) -> None:
    case = await desks.case()
    answer = await desks.post(await desks.investigator(), case, "steps", {"step": "made_up", "done": True})
    assert f"{STEP}(向核验或查询的单位了解情况)" in answer.json()["errors"][0]["message"]
