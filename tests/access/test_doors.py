"""Every door, four times: nobody signed in, the wrong role, another jurisdiction, and whom it is for."""

import asyncio
import gc
import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from tests import make
from tests.cases.bulk_doors import BY_MANY
from tests.cases.leads import admit
from tests.cases.queue import bring
from tests.cases.shape_doors import BY_SHAPE
from tests.registrations.desks import newborn, over_six, register, registered
from tests.screening.rulings import in_collective
from tests.worlds import FUJIAN, XIANGYANG, World

from birthreg.access.models import Role
from birthreg.cases.models import Status
from birthreg.kernel.clock import now_utc
from birthreg.kernel.database import Transaction
from birthreg.kernel.identifiers import new_id

NUMBER = "X420100005"
OPEN = {
    "GET /health/live", "GET /health/ready", "GET /metrics", "GET /.well-known/birthreg/jwks.json",
    "POST /api/v1/sessions", "POST /api/v1/filings",
}  # fmt: skip
"""Doors that need no sign-in: `POST /api/v1/sessions` is sign-in itself, and filings are signed."""

BY_FILE = {
    "POST /api/v1/blacklist/imports", "GET /api/v1/blacklist/imports", "GET /api/v1/blacklist/entries.csv",
    *(f"GET /api/v1/blacklist/imports/{{batch_id}}{part}"
      for part in ("", "/differences", "/uses", "/left", "/rejections")),
    *(f"POST /api/v1/blacklist/imports/{{batch_id}}/{act}" for act in ("commit", "approval", "undo", "withdrawal")),
}  # fmt: skip
"""Doors of one batch that lives long: `tests/blacklist/test_files.py` tries each of them likewise."""

TO_AN_END = {
    f"{way} /api/v1/cases/{{case_id}}/{act}"
    for way, acts in {
        "GET": ("steps", "evidence", "evidence/{evidence_id}", "dossier"),
        "POST": ("steps", "evidence", "conclusion", "confirmation", "withdrawal", "reopening"),
    }.items()
    for act in acts
}
"""Doors of a case on its way to its end: `tests/cases/test_concluding_doors.py` tries each of them likewise."""
OF_PICTURES = {
    "POST /api/v1/documents/readings", "GET /api/v1/documents/readings/{reading_id}",
    "POST /api/v1/documents/paper-comparisons", "POST /api/v1/documents/face-comparisons",
    "POST /api/v1/documents/face-searches", "POST /api/v1/cases/{case_id}/evidence/comparisons",
    "POST /api/v1/registrations/{registration_id}/face", "DELETE /api/v1/registrations/{registration_id}/face",
}  # fmt: skip
"""Doors of pictures: `tests/documents/test_picture_doors.py`, and for forgetting a face
`tests/registrations/test_pictures.py`, try each of them likewise."""
STREAMED = {"GET /api/v1/events"}
"""Doors that stay open: `tests/cases/test_events.py` tries them likewise."""

Person = tuple[Role, str]
Elsewhere = Callable[[httpx.Response], bool]


class Door(msgspec.Struct, kw_only=True):
    """A door, how it is used, and by whom."""

    name: str
    right: Person
    wrong: Role | None
    """A role that may not; None where everybody who is signed in may."""
    act: str = ""
    stranger: Person | None = None
    """An officer of the right role in another jurisdiction; None where the act crosses the country."""
    foreign: Elsewhere = lambda answer: answer.status_code == 404
    """What the stranger is told."""
    json: Any = None
    files: bool = False
    form: dict[str, str] = {}
    at: dict[str, str] = {}
    """Which of the known things a place of the path means, where it isn't the one of the same name."""


def is_empty_page(answer: httpx.Response) -> bool:
    return answer.status_code == 200 and answer.json()["items"] == []


def holds_no_officer_of_wuhan(answer: httpx.Response) -> bool:
    items = answer.json()["items"]
    return answer.status_code == 200 and not [row for row in items if row["organization"].startswith("4201")]


def shows_only_when_and_where(answer: httpx.Response) -> bool:
    life = answer.json()
    usage = life["usage"]
    hidden = (life["issuance"], life["lookups"], usage["registration_id"], usage["registration_reference"])
    return answer.status_code == 200 and hidden == (None, [], None, None)


def shows_what_a_verdict_tells(answer: httpx.Response) -> bool:
    told = {
        "id", "reason", "document_number", "organization", "organization_name", "listed_at", "lapses_at", "lifted_at",
        "status",
    }  # fmt: skip
    return answer.status_code == 200 and answer.json().keys() == told


def may_not_accept_there(answer: httpx.Response) -> bool:
    return answer.status_code == 422 and "accepted_elsewhere" in {error["code"] for error in answer.json()["errors"]}


def shows_no_use(answer: httpx.Response) -> bool:
    return answer.status_code == 200 and not answer.json()["items"]


def is_left_to_the_province(answer: httpx.Response) -> bool:
    return answer.status_code == 403 and answer.json()["code"] == "hold_outside_jurisdiction"


def draws_nothing(answer: httpx.Response) -> bool:
    return answer.status_code == 200 and answer.json() == {"case": None}


def names_the_issuer(answer: httpx.Response) -> bool:
    return answer.status_code == 422 and answer.json()["errors"][0]["code"] == "issuer_outside_scope"


CLERK = (Role.CLERK, make.WUCHANG)
ADMIN = (Role.PREFECTURE_ADMIN, make.WUHAN)
STRANGE_ADMIN = (Role.PREFECTURE_ADMIN, XIANGYANG)
AUDITOR = (Role.AUDITOR, make.WUHAN)
SECURITY = (Role.SECURITY_ADMIN, make.WUHAN)
STRANGE_SECURITY = (Role.SECURITY_ADMIN, XIANGYANG)
ISSUANCE = {
    "certificate_number": "X420100055", "issue_kind": 1, "issued_on": "2023-05-06", "child_name": "李安然",
    "child_sex": 2, "born_at": "2023-05-04T08:30:00+08:00", "issuer_name": "武汉市第一妇幼保健院",
    "issuer_division": "420106",
}  # fmt: skip

WHY = {"reason": "申请人要求。"}
VOID = {
    "first": "X420107001", "reason": "stolen", "document_number": "武公通〔2024〕7号", "event_date": "2024-01-02",
}  # fmt: skip
OBJECTION = {
    "certificate_number": "X420100003", "objector": "王桂兰", "relation": "mother", "grounds": "从未遗失",
    "evidence": [],
}  # fmt: skip
APPROVAL = {"decision": "approve", "reason": "属实"}
BLACKLIST_DOORS = [
    Door(
        name="GET /api/v1/blacklist/entries/{entry_id}/versions", right=ADMIN, wrong=Role.CLERK, act="read_blacklist",
        stranger=STRANGE_ADMIN,
    ),
    Door(
        name="GET /api/v1/blacklist/entries/{entry_id}/uses", right=ADMIN, wrong=Role.CLERK, act="read_blacklist",
        stranger=STRANGE_ADMIN, foreign=shows_no_use,
    ),
    Door(
        name="POST /api/v1/blacklist/previews", right=ADMIN, wrong=Role.CLERK, act="propose_blacklist",
        json={"first": "X420107000", "last": "X420107999"},
    ),
    Door(
        name="POST /api/v1/blacklist/proposals", right=ADMIN, wrong=Role.CLERK, act="propose_blacklist",
        json={"act": "add", **VOID},
    ),
    Door(
        name="POST /api/v1/blacklist/holds", right=ADMIN, wrong=Role.CLERK, act="propose_blacklist",
        stranger=(Role.PROVINCE_ADMIN, FUJIAN), foreign=is_left_to_the_province, json=VOID,
    ),
    Door(
        name="GET /api/v1/blacklist/proposals", right=ADMIN, wrong=Role.CLERK, act="read_blacklist",
        stranger=STRANGE_ADMIN, foreign=is_empty_page,
    ),
    Door(
        name="GET /api/v1/blacklist/proposals/{proposal_id}", right=ADMIN, wrong=Role.CLERK, act="read_blacklist",
        stranger=STRANGE_ADMIN,
    ),
    Door(
        name="GET /api/v1/blacklist/proposals/{proposal_id}/preview", right=ADMIN, wrong=Role.CLERK,
        act="read_blacklist", stranger=STRANGE_ADMIN,
    ),
    Door(
        name="POST /api/v1/blacklist/proposals/{proposal_id}/approval", right=ADMIN, wrong=Role.CLERK,
        act="decide_blacklist", stranger=STRANGE_ADMIN, json=APPROVAL,
    ),
    Door(
        name="POST /api/v1/blacklist/proposals/{proposal_id}/withdrawal", right=ADMIN, wrong=Role.CLERK,
        act="propose_blacklist", stranger=STRANGE_ADMIN, json={"reason": "写错"}, at={"proposal_id": "own_proposal_id"},
    ),
    Door(
        name="GET /api/v1/blacklist/announcements", right=CLERK, wrong=Role.SECURITY_ADMIN, act="read_announcements",
    ),
    Door(
        name="GET /api/v1/blacklist/announcements/{announcement_id}", right=CLERK, wrong=Role.SECURITY_ADMIN,
        act="read_announcements",
    ),
    Door(
        name="POST /api/v1/blacklist/announcements/{announcement_id}/acknowledgement", right=STRANGE_ADMIN,
        wrong=Role.CLERK, act="acknowledge_announcements", json={},
    ),
    Door(
        name="POST /api/v1/blacklist/entries/{entry_id}/objections", right=CLERK, wrong=Role.AUDITOR,
        act="raise_objections", json=OBJECTION,
    ),
    Door(
        name="GET /api/v1/blacklist/objections", right=ADMIN, wrong=Role.AUDITOR, act="read_objections",
        stranger=STRANGE_ADMIN, foreign=is_empty_page,
    ),
    Door(
        name="GET /api/v1/blacklist/objections/{objection_id}", right=ADMIN, wrong=Role.AUDITOR,
        act="read_objections", stranger=STRANGE_ADMIN,
    ),
    Door(
        name="POST /api/v1/blacklist/objections/{objection_id}/decision", right=ADMIN, wrong=Role.CLERK,
        act="decide_blacklist", stranger=STRANGE_ADMIN,
        json={"decision": "reject", "reason": "证据不足", "document_number": "武公异〔2024〕7号"},
    ),
    Door(
        name="POST /api/v1/blacklist/objections/{objection_id}/withdrawal", right=CLERK, wrong=Role.AUDITOR,
        act="withdraw_objections", stranger=STRANGE_ADMIN, json={"reason": "编号录入有误"},
        at={"objection_id": "mistyped_objection_id"},
    ),
    Door(
        name="GET /api/v1/blacklist/announcements/{announcement_id}/letter", right=CLERK, wrong=Role.SECURITY_ADMIN,
        act="read_announcements",
    ),
    Door(
        name="GET /api/v1/blacklist/objections/{objection_id}/letter", right=ADMIN, wrong=Role.AUDITOR,
        act="read_objections", stranger=STRANGE_ADMIN,
    ),
]  # fmt: skip

LIST = "/api/v1/screening/lists/{list_name}"
PROVINCE = (Role.PROVINCE_ADMIN, make.WUHAN)
STRANGE_PROVINCE = (Role.PROVINCE_ADMIN, FUJIAN)
WATCHED = {
    "act": "set", "issuer_name": "某县人民医院", "issued_from": "2022-01-01", "reason": "上级通知",
    "document_number": "鄂公通〔2026〕3号",
}  # fmt: skip
LIST_DOORS = [
    Door(name=f"GET {LIST}", right=PROVINCE, wrong=Role.CLERK, act="read_lists"),
    Door(name=f"GET {LIST}/history", right=PROVINCE, wrong=Role.CLERK, act="read_lists"),
    Door(
        name=f"GET {LIST}/changes", right=ADMIN, wrong=Role.CLERK, act="read_lists", stranger=STRANGE_PROVINCE,
        foreign=is_empty_page,
    ),
    Door(
        name=f"GET {LIST}/changes/{{list_change_id}}", right=PROVINCE, wrong=Role.CLERK, act="read_lists",
        stranger=STRANGE_PROVINCE,
    ),
    Door(
        name=f"POST {LIST}/changes", right=PROVINCE, wrong=Role.PREFECTURE_ADMIN, act="propose_lists", json=WATCHED,
    ),
    Door(
        name=f"POST {LIST}/changes/{{list_change_id}}/approval", right=PROVINCE, wrong=Role.INVESTIGATOR,
        act="decide_lists", stranger=STRANGE_PROVINCE, json=APPROVAL,
    ),
    Door(
        name=f"POST {LIST}/changes/{{list_change_id}}/withdrawal", right=PROVINCE, wrong=Role.AUDITOR,
        act="propose_lists", stranger=STRANGE_PROVINCE, json={"reason": "写错"},
        at={"list_change_id": "own_list_change_id"},
    ),
]  # fmt: skip
LIST_DOORS = [msgspec.structs.replace(door, at={"list_name": "watched", **door.at}) for door in LIST_DOORS]

RULER = (Role.PROVINCE_ADMIN, make.HUBEI)
INVESTIGATOR = (Role.INVESTIGATOR, make.WUHAN)
STRANGE_INVESTIGATOR = (Role.INVESTIGATOR, XIANGYANG)
RULE = "collective_household"
REST = {"until": (now_utc() + timedelta(days=30)).isoformat(), "reason": "等待书面回复"}
SCREENING_DOORS = [
    Door(name="GET /api/v1/screening/rules", right=ADMIN, wrong=Role.CLERK, act="read_rules"),
    Door(name="GET /api/v1/screening/rules/{code}", right=INVESTIGATOR, wrong=Role.CLERK, act="read_rules"),
    Door(
        name="POST /api/v1/screening/rules/{code}/changes", right=RULER, wrong=Role.PREFECTURE_ADMIN,
        act="propose_rules", json={"mode": "shadow", **WHY},
    ),
    Door(name="GET /api/v1/screening/rules/changes", right=RULER, wrong=Role.CLERK, act="read_rules"),
    Door(
        name="GET /api/v1/screening/rules/changes/{rule_change_id}", right=ADMIN, wrong=Role.CLERK, act="read_rules",
    ),
    Door(
        name="POST /api/v1/screening/rules/changes/{rule_change_id}/approval", right=RULER,
        wrong=Role.PREFECTURE_ADMIN, act="decide_rules", stranger=STRANGE_PROVINCE, json=APPROVAL,
    ),
    Door(
        name="POST /api/v1/screening/rules/changes/{rule_change_id}/withdrawal", right=RULER,
        wrong=Role.PREFECTURE_ADMIN, act="propose_rules", stranger=STRANGE_PROVINCE, json=WHY,
        at={"rule_change_id": "own_rule_change_id"},
    ),
    Door(
        name="GET /api/v1/findings", right=ADMIN, wrong=Role.CLERK, act="read_findings", stranger=STRANGE_ADMIN,
        foreign=is_empty_page,
    ),
    Door(
        name="GET /api/v1/findings/{finding_id}", right=ADMIN, wrong=Role.CLERK, act="read_findings",
        stranger=STRANGE_ADMIN,
    ),
    Door(
        name="POST /api/v1/findings/{finding_id}/suppression", right=INVESTIGATOR, wrong=Role.PREFECTURE_ADMIN,
        act="suppress_findings", stranger=STRANGE_INVESTIGATOR, json=REST,
    ),
    Door(
        name="DELETE /api/v1/findings/{finding_id}/suppression", right=INVESTIGATOR, wrong=Role.PROVINCE_ADMIN,
        act="suppress_findings", stranger=STRANGE_INVESTIGATOR, at={"finding_id": "suppressed_finding_id"},
    ),
]  # fmt: skip

REASON = {"reason": "需要另行核查"}
LEAD = (Role.LEAD_INVESTIGATOR, make.WUHAN)
STRANGE_LEAD = (Role.LEAD_INVESTIGATOR, XIANGYANG)
SWEEP_DOORS = [
    Door(
        name="POST /api/v1/screening/sweeps", right=LEAD, wrong=Role.PREFECTURE_ADMIN, act="run_sweeps",
        json={"rules": ["collective_household"], "since": "2024-01-01T00:00:00+08:00"},
    ),
    Door(
        name="GET /api/v1/screening/sweeps", right=LEAD, wrong=Role.CLERK, act="read_sweeps", stranger=STRANGE_LEAD,
        foreign=is_empty_page,
    ),
    Door(
        name="GET /api/v1/screening/sweeps/{sweep_id}", right=LEAD, wrong=Role.CLERK, act="read_sweeps",
        stranger=STRANGE_LEAD,
    ),
    Door(
        name="POST /api/v1/screening/sweeps/{sweep_id}/pause", right=LEAD, wrong=Role.INVESTIGATOR, act="run_sweeps",
        stranger=STRANGE_LEAD,
    ),
    Door(
        name="POST /api/v1/screening/sweeps/{sweep_id}/resume", right=LEAD, wrong=Role.INVESTIGATOR,
        act="run_sweeps", stranger=STRANGE_LEAD, at={"sweep_id": "paused_sweep_id"},
    ),
    Door(
        name="POST /api/v1/screening/sweeps/{sweep_id}/cancel", right=LEAD, wrong=Role.INVESTIGATOR,
        act="run_sweeps", stranger=STRANGE_LEAD, at={"sweep_id": "third_sweep_id"},
    ),
]  # fmt: skip

CASE = "/api/v1/cases/{case_id}"
QUEUE_DOORS = [
    Door(
        name="GET /api/v1/cases", right=ADMIN, wrong=Role.CLERK, act="read_cases", stranger=STRANGE_ADMIN,
        foreign=is_empty_page,
    ),
    Door(name=f"GET {CASE}", right=ADMIN, wrong=Role.CLERK, act="read_cases", stranger=STRANGE_ADMIN),
    Door(name=f"GET {CASE}/timeline", right=ADMIN, wrong=Role.SECURITY_ADMIN, act="read_cases", stranger=STRANGE_ADMIN),
    Door(name=f"POST {CASE}/watch", right=ADMIN, wrong=Role.CLERK, act="read_cases", stranger=STRANGE_ADMIN),
    Door(name=f"DELETE {CASE}/watch", right=ADMIN, wrong=Role.CLERK, act="read_cases", stranger=STRANGE_ADMIN),
    Door(
        name="POST /api/v1/cases/next", right=INVESTIGATOR, wrong=Role.PREFECTURE_ADMIN, act="work_cases",
        stranger=STRANGE_INVESTIGATOR, foreign=draws_nothing,
    ),
    *(
        Door(
            name=f"POST {CASE}/{act}", right=INVESTIGATOR, wrong=wrong, act="work_cases",
            stranger=STRANGE_INVESTIGATOR, json=body, at={"case_id": at},
        )
        for act, at, wrong, body in (
            ("claim", "case_to_claim", Role.PREFECTURE_ADMIN, None),
            ("renewal", "case_held", Role.AUDITOR, None),
            ("release", "case_to_release", Role.CLERK, REASON),
            ("escalation", "case_to_escalate", Role.PROVINCE_ADMIN, REASON),
            ("notes", "case_held", Role.PREFECTURE_ADMIN, {"text": "已约谈母亲"}),
            ("suspension", "case_to_suspend", Role.CLERK, {"awaited": "dna_result", **REASON}),
            ("resumption", "case_suspended", Role.MACHINE_CLIENT, REASON),
        )
    ),
    Door(
        name=f"POST {CASE}/assignment", right=LEAD, wrong=Role.INVESTIGATOR, act="lead_cases",
        stranger=STRANGE_LEAD, json={"investigator": f"investigator.{make.WUHAN}", **REASON},
        at={"case_id": "case_to_assign"},
    ),
]  # fmt: skip

DOORS = [
    *BLACKLIST_DOORS,
    *LIST_DOORS,
    *SCREENING_DOORS,
    *SWEEP_DOORS,
    *QUEUE_DOORS,
    Door(name="DELETE /api/v1/sessions/current", right=CLERK, wrong=None),
    Door(name="POST /api/v1/sessions/current/renewal", right=CLERK, wrong=None),
    Door(
        name="POST /api/v1/verifications", right=CLERK, wrong=Role.AUDITOR, act="verify",
        json={"certificate_number": NUMBER, "purpose": "birth_registration"},
    ),
    Door(
        name="POST /api/v1/verifications/batch", right=CLERK, wrong=Role.SECURITY_ADMIN, act="verify_many",
        json={"purpose": "back_fill", "items": [{"certificate_number": NUMBER}]},
    ),
    Door(
        name="GET /api/v1/verifications/{lookup_id}", right=CLERK, wrong=Role.SECURITY_ADMIN, act="read_lookups",
        stranger=(Role.CLERK, make.FANCHENG),
    ),
    Door(
        name="POST /api/v1/verification-jobs", right=CLERK, wrong=Role.AUDITOR, act="verify_many", files=True,
        form={"purpose": "back_fill"},
    ),
    Door(
        name="GET /api/v1/verification-jobs/{job_id}", right=CLERK, wrong=Role.SECURITY_ADMIN, act="read_lookups",
        stranger=STRANGE_ADMIN,
    ),
    Door(
        name="GET /api/v1/verification-jobs/{job_id}/result", right=CLERK, wrong=Role.SECURITY_ADMIN,
        act="read_lookups", stranger=STRANGE_ADMIN,
    ),
    Door(
        name="GET /api/v1/certificates/{number}", right=ADMIN, wrong=Role.AUDITOR, act="read_certificate",
        stranger=STRANGE_ADMIN, foreign=shows_only_when_and_where,
    ),
    Door(
        name="POST /api/v1/issuances", right=(Role.MACHINE_CLIENT, make.HUBEI), wrong=Role.CLERK,
        act="deliver_issuances", stranger=(Role.MACHINE_CLIENT, FUJIAN), foreign=names_the_issuer, json=ISSUANCE,
    ),
    Door(
        name="GET /api/v1/blacklist/entries", right=ADMIN, wrong=Role.CLERK, act="read_blacklist",
        stranger=STRANGE_ADMIN, foreign=is_empty_page,
    ),
    Door(
        name="GET /api/v1/blacklist/entries/{entry_id}", right=ADMIN, wrong=Role.SECURITY_ADMIN, act="read_entry",
        stranger=STRANGE_ADMIN, foreign=shows_what_a_verdict_tells,
    ),
    Door(
        name="POST /api/v1/registrations", right=CLERK, wrong=Role.PREFECTURE_ADMIN, act="register",
        stranger=(Role.CLERK, make.FANCHENG), foreign=may_not_accept_there, json=newborn("Z420090001"),
    ),
    Door(
        name="GET /api/v1/registrations", right=CLERK, wrong=Role.SECURITY_ADMIN, act="read_registrations",
        stranger=STRANGE_ADMIN, foreign=is_empty_page,
    ),
    Door(
        name="POST /api/v1/registrations/searches", right=CLERK, wrong=Role.AUDITOR, act="search_registrations",
        stranger=STRANGE_ADMIN, foreign=is_empty_page, json={"name": "李安"},
    ),
    Door(
        name="GET /api/v1/registrations/refusals", right=ADMIN, wrong=Role.CLERK, act="read_refusals",
        stranger=STRANGE_ADMIN, foreign=holds_no_officer_of_wuhan,
    ),
    Door(
        name="GET /api/v1/registrations/{registration_id}", right=CLERK, wrong=Role.SECURITY_ADMIN,
        act="read_registrations", stranger=STRANGE_ADMIN,
    ),
    Door(
        name="POST /api/v1/registrations/{registration_id}/approval", right=ADMIN, wrong=Role.CLERK,
        act="decide_registrations", stranger=STRANGE_ADMIN, at={"registration_id": "held"}, json=APPROVAL,
    ),
    Door(
        name="POST /api/v1/registrations/{registration_id}/withdrawal", right=CLERK, wrong=Role.INVESTIGATOR,
        act="change_registrations", stranger=STRANGE_ADMIN, at={"registration_id": "held_too"}, json=WHY,
    ),
    Door(
        name="POST /api/v1/registrations/{registration_id}/corrections", right=CLERK, wrong=Role.AUDITOR,
        act="change_registrations", stranger=STRANGE_ADMIN, json={"certificate_number": "Z420090002", **WHY},
    ),
    Door(
        name="POST /api/v1/registrations/{registration_id}/corrections/{change_id}/approval", right=ADMIN,
        wrong=Role.CLERK, act="decide_registrations", stranger=STRANGE_ADMIN,
        at={"registration_id": "corrected", "change_id": "correction"}, json=APPROVAL,
    ),
    Door(
        name="POST /api/v1/registrations/{registration_id}/corrections/{change_id}/withdrawal", right=CLERK,
        wrong=Role.INVESTIGATOR, act="change_registrations", stranger=STRANGE_ADMIN,
        at={"registration_id": "corrected_too", "change_id": "correction_too"}, json=WHY,
    ),
    Door(
        name="POST /api/v1/registrations/{registration_id}/revocation", right=CLERK, wrong=Role.MACHINE_CLIENT,
        act="change_registrations", stranger=STRANGE_ADMIN, at={"registration_id": "plain"}, json=WHY,
    ),
    Door(
        name="POST /api/v1/registrations/{registration_id}/revocation/approval", right=ADMIN, wrong=Role.CLERK,
        act="decide_registrations", stranger=STRANGE_ADMIN, at={"registration_id": "revoked"}, json=APPROVAL,
    ),
    Door(
        name="POST /api/v1/registrations/{registration_id}/revocation/withdrawal", right=CLERK,
        wrong=Role.INVESTIGATOR, act="change_registrations", stranger=STRANGE_ADMIN,
        at={"registration_id": "revoked_too"}, json=WHY,
    ),
    Door(
        name="POST /api/v1/imports", right=ADMIN, wrong=Role.CLERK, act="import_usage", files=True,
        form={"kind": "usage"},
    ),
    Door(
        name="GET /api/v1/imports", right=ADMIN, wrong=Role.CLERK, act="read_imports", stranger=STRANGE_ADMIN,
        foreign=is_empty_page,
    ),
    Door(
        name="GET /api/v1/imports/{import_id}", right=ADMIN, wrong=Role.CLERK, act="read_imports",
        stranger=STRANGE_ADMIN,
    ),
    Door(
        name="GET /api/v1/imports/{import_id}/rejections", right=ADMIN, wrong=Role.CLERK, act="read_imports",
        stranger=STRANGE_ADMIN,
    ),
    Door(
        name="GET /api/v1/filings", right=ADMIN, wrong=Role.CLERK, act="read_filings", stranger=STRANGE_ADMIN,
        foreign=is_empty_page,
    ),
    Door(
        name="GET /api/v1/filings/received", right=ADMIN, wrong=Role.CLERK, act="read_filings",
        stranger=STRANGE_ADMIN, foreign=is_empty_page,
    ),
    Door(
        name="GET /api/v1/filings/board", right=ADMIN, wrong=Role.INVESTIGATOR, act="read_filings",
        stranger=STRANGE_ADMIN, foreign=is_empty_page,
    ),
    Door(
        name="POST /api/v1/filings/{filing_id}/resending", right=ADMIN, wrong=Role.AUDITOR, act="resend_filings",
        stranger=STRANGE_ADMIN,
    ),
    Door(
        name="GET /api/v1/audit/entries", right=AUDITOR, wrong=Role.PROVINCE_ADMIN, act="read_trail",
        stranger=(Role.AUDITOR, FUJIAN), foreign=holds_no_officer_of_wuhan,
    ),
    Door(name="GET /api/v1/audit/heads", right=AUDITOR, wrong=Role.SECURITY_ADMIN, act="read_trail"),
    Door(
        name="GET /api/v1/access/officers", right=SECURITY, wrong=Role.AUDITOR, act="read_officers",
        stranger=STRANGE_SECURITY, foreign=holds_no_officer_of_wuhan,
    ),
    Door(
        name="GET /api/v1/access/officers/{officer_id}", right=SECURITY, wrong=Role.AUDITOR, act="read_officers",
        stranger=STRANGE_SECURITY,
    ),
    Door(
        name="POST /api/v1/access/officers/{officer_id}/suspension", right=SECURITY, wrong=Role.PROVINCE_ADMIN,
        act="suspend_officers", stranger=STRANGE_SECURITY, json={"reason": "调离岗位"},
    ),
    Door(
        name="POST /api/v1/access/officers/{officer_id}/reinstatement", right=SECURITY, wrong=Role.CLERK,
        act="suspend_officers", stranger=STRANGE_SECURITY, json={"reason": "返岗"},
    ),
]  # fmt: skip

by_name = pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)

CSV = b"certificate_number,used_at,organization\nX420100091,2024-05-01,420106510000\nbroken,,\n"


@pytest.fixture(scope="module")
async def places(world: World) -> dict[str, str]:
    """Identifiers of one thing behind each door, all of Wuhan."""
    async with world.database.transaction() as tx:
        await make.officer(tx, "clerk.suspended", organization=make.WUCHANG)
        await make.usage(tx, NUMBER, organization=make.WUCHANG, registration_id=UUID(int=5))
        await make.issuance(tx, NUMBER)
        entry = await make.listing(tx, "X420100003", organization=make.WUHAN)
        contested = await make.listing(tx, "X420100006", "X420100007", organization=make.WUHAN)
        announcement = await make.announcement(tx, entry)
    clerk, admin = await world.desk(*CLERK), await world.desk(*ADMIN)
    asked = {"certificate_number": NUMBER, "purpose": "birth_registration"}
    lookup = (await clerk.post("/api/v1/verifications", json=asked)).json()["id"]
    sent = await clerk.post("/api/v1/verification-jobs", data={"purpose": "audit"}, files={"file": ("a.csv", CSV)})
    kept = await admin.post("/api/v1/imports", data={"kind": "usage"}, files={"file": ("a.csv", CSV)})
    folder = world.settings.data_dir
    assert await make.verify_file(world.database, folder)
    assert kept.status_code == 202, kept.text
    return {
        **await blacklist_places(world, clerk, admin, contested=contested),
        **await list_places(world),
        "announcement_id": str(announcement),
        "lookup_id": lookup,
        "job_id": sent.json()["id"],
        "import_id": kept.json()["id"],
        "entry_id": str(entry),
        "number": NUMBER,
        "officer_id": "clerk.suspended",
        "filing_id": str(await file(world)),
        **await enter_registrations(clerk),
        "code": RULE,
        **await screening_places(world, clerk),
        **await request_sweeps(await world.desk(*LEAD)),
        **await queue_places(world),
    }


async def queue_places(world: World) -> dict[str, str]:
    """Cases of Wuchang at the place in their life where each door begins."""
    await world.desk(*INVESTIGATOR)
    begins = {
        "case_id": Status.WAITING, "case_to_claim": Status.WAITING, "case_to_escalate": Status.WAITING,
        "case_to_assign": Status.WAITING, "case_held": Status.INVESTIGATING, "case_to_release": Status.INVESTIGATING,
        "case_to_suspend": Status.INVESTIGATING, "case_suspended": Status.SUSPENDED,
    }  # fmt: skip
    found = {}
    async with world.database.transaction() as tx:
        for place, (name, status) in enumerate(begins.items()):
            case = await admit(tx, number=f"X42097000{place}", severity="low")
            found[name] = str(await bring(tx, case, status, holder=f"investigator.{make.WUHAN}"))
        await admit(tx, number="X420970009", severity="high")
    return found


async def screening_places(world: World, clerk: httpx.AsyncClient) -> dict[str, str]:
    """A change of a colleague, one of the officer's own, and two findings, one of which rests."""
    await world.desk(*RULER)
    found = {}
    for name, by in (("rule_change_id", "somebody"), ("own_rule_change_id", f"province-admin.{make.HUBEI}")):
        found[name] = str(new_id())
        await enter_change(world, found[name], rule=f"rule_of_{name}", by=by)
    for place, name in enumerate(("finding_id", "suppressed_finding_id")):
        registration = UUID(await registered(clerk, in_collective(f"Z42009104{place}")))
        query = "SELECT id FROM findings WHERE registration_id = $1 AND rule = $2"
        found[name] = str(await world.ask(query, registration, RULE))
    async with world.database.transaction() as tx:
        await tx.connection.execute(
            "UPDATE findings SET suppressed_until = now() + interval '1 day', suppressed_by = 'somebody',"
            " suppressed_reason = 'waits' WHERE id = $1", found["suppressed_finding_id"],
        )  # fmt: skip
    return found


async def enter_change(world: World, change: str, *, rule: str, by: str) -> None:
    """A rule, and a change of it that somebody proposed."""
    counts = dict.fromkeys(("asked", "looked_at", "findings_now", "findings_after", "gone", "new"), 0)
    test = counts | {"is_complete": True, "gone_samples": [], "new_samples": [], "tested_at": now_utc().isoformat()}
    async with world.database.transaction() as tx:
        await tx.connection.execute(
            "WITH entered AS (INSERT INTO screening_rules VALUES ($1, 1, 'off', 'low', '{}', '', now()) RETURNING code)"
            " INSERT INTO screening_rule_versions (code, version, mode, severity, parameters, digest, text, changed_at,"
            " changed_by) SELECT code, 1, 'off', 'low', '{}', '', '', now(), 'birthreg' FROM entered",
            rule,
        )
        await tx.connection.execute(
            "INSERT INTO screening_changes (id, rule, rule_version, status, mode, severity, parameters, reason,"
            " back_test, proposed_by, proposed_by_organization, proposed_at)"
            " VALUES ($1, $2, 1, 'proposed', 'shadow', 'low', '{}', 'why', $3, $4, $5, now())",
            change, rule, test, by, make.HUBEI,
        )  # fmt: skip


async def request_sweeps(lead: httpx.AsyncClient) -> dict[str, str]:
    """Sweeps that wait, one of them paused."""
    places = {}
    for name in ("sweep_id", "paused_sweep_id", "third_sweep_id"):
        answer = await lead.post("/api/v1/screening/sweeps", json={})
        assert answer.status_code == 201, answer.text
        places[name] = answer.json()["id"]
    paused = await lead.post(f"/api/v1/screening/sweeps/{places['paused_sweep_id']}/pause")
    assert paused.status_code == 200, paused.text
    return places


async def file(world: World) -> UUID:
    """Something that Wuchang owes and that the level above could not read, and something that came from there."""
    filing, registration = new_id(), new_id()
    async with world.database.transaction() as tx:
        await tx.connection.execute(
            "INSERT INTO filing_outbox (id, kind, registration_id, sequence, certificate_number, organization, used_at,"
            " occurred_at, owed_at, due_at, next_attempt_at, set_aside_at, code)"
            " VALUES ($1, 'registration', $2, 1, $3, $4, now(), now(), now(), now(), now(), now(), 'signature_wrong')",
            filing, registration, NUMBER, make.WUCHANG,
        )  # fmt: skip
        await tx.connection.execute(
            "INSERT INTO received_filings (id, subordinate, kind, registration_id, sequence, certificate_number,"
            " organization, used_at, occurred_at, received_at, jws, outcome)"
            " VALUES ($1, $4, 'registration', $2, 1, $3, $4, now(), now(), now(), '', 'accepted')",
            filing, registration, NUMBER, make.WUCHANG,
        )  # fmt: skip
    return filing


async def enter_registrations(clerk: httpx.AsyncClient) -> dict[str, str]:
    """Registrations of Wuchang at the place in their life where each door begins."""
    names = ("registration_id", "plain", "corrected", "corrected_too", "revoked", "revoked_too")
    entered = {name: await registered(clerk, newborn(f"Z42009101{place}")) for place, name in enumerate(names)}
    for place, name in enumerate(("held", "held_too")):
        entered[name] = await registered(clerk, over_six(f"Z42009102{place}"))
    assert (await register(clerk, newborn("Z420091010"))).status_code == 409
    for place, (name, of) in enumerate((("correction", "corrected"), ("correction_too", "corrected_too"))):
        proposal = {"certificate_number": f"Z42009103{place}", **WHY}
        answer = await clerk.post(f"/api/v1/registrations/{entered[of]}/corrections", json=proposal)
        entered[name] = answer.json()["id"]
    for name in ("revoked", "revoked_too"):
        answer = await clerk.post(f"/api/v1/registrations/{entered[name]}/revocation", json=WHY)
        assert answer.status_code == 201, answer.text
    return entered


async def blacklist_places(
    world: World, clerk: httpx.AsyncClient, admin: httpx.AsyncClient, *, contested: UUID
) -> dict[str, str]:
    """A proposal of a colleague, one of the officer's own, and two objections."""
    await world.officer("colleague.wuhan", role=Role.PREFECTURE_ADMIN, organization=make.WUHAN)
    colleague = await world.sign_in("colleague.wuhan")
    found = {}
    for name, desk, number in (("proposal_id", colleague, "X420107002"), ("own_proposal_id", admin, "X420107003")):
        body = {"act": "add", **VOID, "first": number}
        found[name] = (await desk.post("/api/v1/blacklist/proposals", json=body)).json()["proposal"]["id"]
    for name, number in (("objection_id", "X420100006"), ("mistyped_objection_id", "X420100007")):
        objection = OBJECTION | {"certificate_number": number}
        received = await clerk.post(f"/api/v1/blacklist/entries/{contested}/objections", json=objection)
        found[name] = received.json()["id"]
    return found


async def list_places(world: World) -> dict[str, str]:
    """A list, a change of it that a colleague proposed, and one of the officer's own."""
    await world.officer("colleague.province", role=Role.PROVINCE_ADMIN, organization=make.WUHAN)
    colleague, own = await world.sign_in("colleague.province"), await world.desk(*PROVINCE)
    found = {"watched": "watched_issuers"}
    for name, desk in (("list_change_id", colleague), ("own_list_change_id", own)):
        answer = await desk.post("/api/v1/screening/lists/watched_issuers/changes", json=WATCHED)
        assert answer.status_code == 201, answer.text
        found[name] = answer.json()["change"]["id"]
    return found


Use = Callable[[httpx.AsyncClient, Door], Awaitable[httpx.Response]]


@pytest.fixture
def use(places: dict[str, str]) -> Use:
    """Go through a door."""

    async def go(desk: httpx.AsyncClient, door: Door) -> httpx.Response:
        method, _, path = door.name.partition(" ")
        files = {"file": ("numbers.csv", CSV)} if door.files else None
        content = None if door.json is None else json.dumps(door.json).encode()
        headers = {} if content is None else {"Content-Type": "application/json"}
        return await desk.request(
            method,
            path.format(**places | {name: places[known] for name, known in door.at.items()}),
            content=content,
            headers=headers,
            files=files,
            data=door.form or None,
        )

    return go


def test_every_door_is_tested(world: World) -> None:
    documented = {
        f"{method.upper()} {path}"
        for path, item in world.service.openapi_schema.to_schema()["paths"].items()
        for method in item
    }
    elsewhere = BY_FILE | BY_SHAPE | BY_MANY | TO_AN_END | OF_PICTURES | STREAMED
    assert documented == OPEN | elsewhere | {door.name for door in DOORS}


@by_name
async def test_nobody_passes_without_signing_in(world: World, use: Use, door: Door) -> None:
    answer = await use(await world.stranger(), door)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("door", [door for door in DOORS if door.wrong], ids=lambda door: door.name)
async def test_the_wrong_role_is_refused_and_the_attempt_is_on_the_trail(world: World, use: Use, door: Door) -> None:
    assert door.wrong is not None
    desk = await world.desk(door.wrong, make.WUHAN)
    query = "SELECT count(*) FROM audit_entries WHERE officer = $1 AND act = $2 AND error_code = 'not_permitted'"
    officer = f"{door.wrong.value.replace('_', '-')}.{make.WUHAN}"
    before = await world.ask(query, officer, door.act)
    answer = await use(desk, door)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert await world.ask(query, officer, door.act) == before + 1


async def test_who_is_refused_is_told_role_and_act_by_their_names(world: World, use: Use) -> None:
    door = next(door for door in DOORS if door.act == "read_trail")
    desk = await world.desk(Role.PROVINCE_ADMIN, make.HUBEI)
    assert (await use(desk, door)).json()["detail"] == "您的角色“省级管理员”没有“查看审计轨迹”的权限。"
    english = await desk.get("/api/v1/audit/entries", headers={"Accept-Language": "en"})
    assert english.json()["detail"] == "Your role, province administrator, may not read the trail."


@pytest.mark.parametrize("door", [door for door in DOORS if door.stranger], ids=lambda door: door.name)
async def test_another_jurisdiction_sees_nothing_of_it(world: World, use: Use, door: Door) -> None:
    assert door.stranger is not None
    answer = await use(await world.desk(*door.stranger), door)
    assert door.foreign(answer), answer.text


@by_name
async def test_whom_it_is_for_passes(world: World, use: Use, door: Door) -> None:
    role, organization = door.right
    desk = await world.desk(role, organization)
    if "/sessions/current" in door.name:
        desk = await world.sign_in(f"{role.value}.{organization}")
    answer = await use(desk, door)
    assert answer.is_success, answer.text


@pytest.mark.parametrize(
    "name",
    [
        "GET /api/v1/verifications/{lookup_id}", "GET /api/v1/verification-jobs/{job_id}/result",
        "GET /api/v1/imports/{import_id}/rejections", "GET /api/v1/audit/entries",
    ],
)  # fmt: skip
async def test_an_auditor_sees_no_number_in_clear(world: World, use: Use, name: str) -> None:
    door = next(door for door in DOORS if door.name == name)
    answer = await use(await world.desk(*AUDITOR), door)
    assert answer.is_success, answer.text
    assert not re.search(r"(?<![0-9A-Za-z])[A-Z]\d{9}(?![0-9A-Za-z])", answer.text)
    assert "broken" not in answer.text
    if "rejections" not in name:
        assert "X4201*****" in answer.text


async def test_an_auditor_finds_a_number_that_is_masked(world: World, places: dict[str, str]) -> None:
    auditor = await world.desk(*AUDITOR)
    found = (await auditor.get("/api/v1/audit/entries", params={"key": places["number"]})).json()["items"]
    assert found
    assert {entry["key"] for entry in found} == {"X4201*****"}


SHOWS_BOOKS = [
    door for door in DOORS
    if door.name.startswith("GET") and door.name not in ("GET /api/v1/audit/heads", "GET /api/v1/certificates/{number}")
]  # fmt: skip


@pytest.mark.parametrize("door", SHOWS_BOOKS, ids=lambda door: door.name)
async def test_a_door_that_shows_the_books_leaves_one_entry_with_what_and_how_many(
    world: World, use: Use, places: dict[str, str], door: Door
) -> None:
    desk = await world.desk(*door.right)
    last = await world.ask("SELECT id FROM audit_entries ORDER BY id DESC LIMIT 1")
    answer = await use(desk, door)
    async with world.database.transaction() as tx:
        rows = await tx.connection.fetch(
            "SELECT operation, act, succeeded, count, key FROM audit_entries WHERE id > $1", last
        )
    identifier = next((value for name, value in places.items() if f"{{{name}}}" in door.name), None)
    (entry,) = [tuple(row) for row in rows]
    assert (entry[:3], entry[4]) == ((1, door.act, True), identifier)
    if identifier is None:
        assert entry[3] == len(answer.json()["items"])


@by_name
async def test_a_query_parameter_that_a_door_does_not_know_is_named(world: World, use: Use, door: Door) -> None:
    role, organization = door.right
    misspelt = msgspec.structs.replace(door, name=f"{door.name}?numbr=X420100001")
    answer = await use(await world.desk(role, organization), misspelt)
    told = [(error["field"], error["code"]) for error in answer.json()["errors"]]
    assert (answer.status_code, told) == (422, [("numbr", "parameter_unknown")])


@pytest.mark.parametrize("door", [door for door in DOORS if door.name.startswith("GET")], ids=lambda door: door.name)
async def test_head_answers_as_get_without_the_body(world: World, use: Use, door: Door) -> None:
    desk = await world.desk(*door.right)
    head = await use(desk, msgspec.structs.replace(door, name=door.name.replace("GET", "HEAD")))
    got = await use(desk, door)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-type"] == got.headers["content-type"]


async def test_what_was_seen_at_home_is_what_was_hidden_from_strangers(world: World, use: Use) -> None:
    """The strangers' empty pages mean something only where there is something to see."""
    pages = [door for door in DOORS if door.foreign in (is_empty_page, holds_no_officer_of_wuhan)]
    for door in pages:
        answer = await use(await world.desk(*door.right), door)
        assert [row for row in answer.json()["items"] if row["organization"].startswith("4201")], door.name
    life = (await use(await world.desk(*ADMIN), next(door for door in DOORS if "certificates" in door.name))).json()
    assert life["issuance"]["child_name"] == "李安然"
    assert life["usage"]["registration_id"]
    assert life["lookups"]


async def test_a_crowd_without_permission_hears_so_and_stops_nobody(world: World, use: Use) -> None:
    """A refusal is written while its request is open; together they must not wait for each other."""
    door = next(door for door in DOORS if door.act == "read_blacklist")
    desk = await world.desk(Role.CLERK, make.WUHAN)
    answers = await asyncio.gather(*(use(desk, door) for _ in range(30)))
    assert {answer.status_code for answer in answers} == {403}


async def test_who_is_not_let_in_keeps_no_connection(world: World, use: Use) -> None:
    """Also before the garbage collector comes by."""
    door = next(door for door in DOORS if door.act == "read_officers")
    stranger, desk = await world.stranger(), await world.desk(*SECURITY)
    await world.officer("security.left", role=Role.SECURITY_ADMIN)
    left = await world.sign_in("security.left")
    await left.delete("/api/v1/sessions/current")
    gc.disable()
    try:
        refused = [await use(one, door) for one in [stranger, left] * 15]
        answer = await use(desk, door)
    finally:
        gc.enable()
    assert {refusal.status_code for refusal in refused} == {401}
    assert answer.status_code == 200


async def end_who_waits(tx: Transaction) -> None:
    """End the connection that waits for a lock in this database, once there is one."""
    query = (
        "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
        " WHERE NOT granted AND datname = current_database()"
    )
    async with asyncio.timeout(30):
        while not await tx.connection.fetchval(query):  # noqa: ASYNC110 - the database has no event to wait for
            await asyncio.sleep(0.01)


async def test_a_connection_lost_on_the_way_is_told_as_such(world: World, use: Use) -> None:
    door = next(door for door in DOORS if door.act == "read_officers")
    desk = await world.desk(*SECURITY)
    async with world.database.transaction() as tx:
        await tx.connection.execute("SET LOCAL ROLE birthreg_owner")
        await tx.connection.execute("LOCK TABLE organizations IN ACCESS EXCLUSIVE MODE")
        waiting = asyncio.create_task(use(desk, door))
        await end_who_waits(tx)
        answer = await waiting
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert answer.json()["retryable"]
