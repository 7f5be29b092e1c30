"""What no door can read, take or keep is told as such: with a code, the place where it can be known, and what helps."""

import base64
import json
from typing import Any

import httpx
import pytest
from tests import make
from tests.conftest import SignIn

from birthreg.access.models import Role
from birthreg.app import Service
from birthreg.kernel import problems

DEEP = b"[" * 2000 + b"]" * 2000
NESTED = b'{"foo":' + DEEP + b"}"
MIB = 1024 * 1024


def doors_with_a_body(app: Service) -> list[str]:
    """Every door that reads JSON, with nobody's identifier in its path."""
    paths = app.openapi_schema.to_schema()["paths"]
    return [
        path
        for path, methods in paths.items()
        if "application/json" in methods.get("post", {}).get("requestBody", {}).get("content", {})
    ]


async def test_what_is_nested_too_deeply_is_told_so_at_every_door(client: httpx.AsyncClient, app: Service) -> None:
    doors = doors_with_a_body(app)
    assert len(doors) > 10
    for door in doors:
        path = "/".join("01900000-0000-7000-8000-000000000000" if "{" in part else part for part in door.split("/"))
        for content in (NESTED, DEEP):
            answer = await client.post(path, content=content, headers={"content-type": "application/json"})
            told = (answer.status_code, answer.json()["code"])
            assert told in {(400, "too_nested"), (401, "unauthenticated")}, (path, answer.text)


@pytest.mark.parametrize("path", ["sessions", "registrations", "verifications/batch", "issuances"])
async def test_who_is_signed_in_hears_the_same(sign_in: SignIn, path: str) -> None:
    desk = await sign_in()
    answer = await desk.post(f"/api/v1/{path}", content=NESTED)
    assert (answer.status_code, answer.json()["code"]) == (400, "too_nested")
    assert answer.json()["detail"] == "请求内容的嵌套层数过多,无法读取。"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_token_that_is_nested_too_deeply_is_no_token(client: httpx.AsyncClient) -> None:
    header = base64.urlsafe_b64encode(b'{"a":' + b"[" * 1400 + b"]" * 1400 + b"}").rstrip(b"=").decode()
    for method, path in (("GET", "/api/v1/imports"), ("POST", "/api/v1/verifications")):
        answer = await client.request(method, path, headers={"Authorization": f"Bearer {header}.e30.AAAA"})
        assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


def test_a_recursion_of_our_own_stays_a_fault() -> None:
    def recurse() -> None:
        recurse()

    request: Any = httpx.Request("GET", "http://desk")
    request.scope = {}
    with pytest.raises(RecursionError) as raised:
        recurse()
    assert problems.answer_recursion(request, raised.value).status_code == 500


@pytest.mark.parametrize(
    ("path", "limit", "helps"),
    [
        ("registrations", 1, "删减"),
        ("blacklist/proposals", 1, "删减"),
        ("verifications/batch", 4, "分批"),
        ("issuances", 16, "分批"),
    ],
)
async def test_what_is_too_large_is_told_with_the_doors_limit_and_what_helps(
    sign_in: SignIn, path: str, limit: int, helps: str
) -> None:
    desk = await sign_in("admin.wuhan", role=Role.PREFECTURE_ADMIN, organization=make.WUHAN)
    answer = await desk.post(f"/api/v1/{path}", content=b" " * (limit * MIB + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.json()["detail"] == f"提交的内容超过上限({limit} MiB)。"
    assert helps in answer.json()["remedy"]


@pytest.mark.parametrize(
    ("path", "limit"), [("imports", 1024), ("blacklist/imports", 1024), ("verification-jobs", 512)]
)
async def test_a_file_that_is_too_large_is_to_be_split(sign_in: SignIn, path: str, limit: int) -> None:
    desk = await sign_in("admin.wuhan", role=Role.PREFECTURE_ADMIN, organization=make.WUHAN)
    headers = {"content-type": "multipart/form-data; boundary=x", "content-length": str(limit * MIB + 1)}
    answer = await desk.post(f"/api/v1/{path}", content=b"--x", headers=headers)
    assert answer.json()["detail"] == f"提交的内容超过上限({limit} MiB)。"
    assert "拆分" in answer.json()["remedy"]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("documents/readings", ["file"]),
        ("documents/face-searches", ["file"]),
        ("registrations/018f0000-0000-7000-8000-000000000000/face", ["file"]),
        ("documents/paper-comparisons", ["first", "second"]),
        ("documents/face-comparisons", ["first", "second"]),
    ],
)
async def test_a_picture_that_is_too_large_is_to_be_taken_with_a_lower_resolution(
    sign_in: SignIn, path: str, fields: list[str]
) -> None:
    desk = await sign_in("admin.wuhan", role=Role.PREFECTURE_ADMIN, organization=make.WUHAN)
    headers = {"content-type": "multipart/form-data; boundary=x", "content-length": str(60 * MIB)}
    answer = await desk.post(f"/api/v1/{path}", content=b"--x", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "picture_too_large")
    assert [(wrong["field"], wrong["code"]) for wrong in answer.json()["errors"]] == [
        (field, "picture_too_large") for field in fields
    ]
    assert "24 MB" in answer.json()["detail"]
    assert "分辨率" in answer.json()["remedy"]


async def test_a_value_outside_a_short_list_is_answered_with_the_list(sign_in: SignIn) -> None:
    desk = await sign_in("admin.wuhan", role=Role.PREFECTURE_ADMIN, organization=make.WUHAN)
    bodies = {
        "blacklist/proposals": {"act": "ad", "document_number": "1"},
        "verifications": {"certificate_number": "X420100001", "purpose": "curiosity"},
        "verifications/batch": {"purpose": "curiosity", "items": []},
    }
    lists = {"blacklist/proposals": "add、lift", "verifications": "birth_registration、late_registration、"}
    for path, body in bodies.items():
        [wrong] = (await desk.post(f"/api/v1/{path}", json=body)).json()["errors"]
        assert lists.get(path, lists["verifications"]) in wrong["message"]
    answer = await desk.get(
        "/api/v1/blacklist/objections", params={"status": "open"}, headers={"Accept-Language": "en"}
    )
    [wrong] = answer.json()["errors"]
    assert wrong["field"] == "status"
    assert wrong["message"] == "Not one of the permitted values: received, upheld, rejected, withdrawn, settled."


async def test_the_number_of_wrong_fields_is_not_claimed(sign_in: SignIn) -> None:
    desk = await sign_in("admin.wuhan", role=Role.PREFECTURE_ADMIN, organization=make.WUHAN)
    answer = await desk.post("/api/v1/blacklist/proposals", json={"act": "ad", "document_number": ""})
    assert answer.json()["detail"] == "提交的字段有误。"
    assert "其他问题" in answer.json()["remedy"]


async def test_a_text_that_cannot_be_kept_is_named(sign_in: SignIn) -> None:
    desk = await sign_in("admin.wuhan", role=Role.PREFECTURE_ADMIN, organization=make.WUHAN)
    body = {
        "act": "add", "first": "X420100001", "reason": "stolen", "document_number": "1\x00", "event_date": "2024-05-01",
        "note": "a\x00b",
    }  # fmt: skip
    answer = await desk.post("/api/v1/blacklist/proposals", content=json.dumps(body).encode())
    assert (answer.status_code, answer.json()["code"]) == (422, "text_unstorable")
    assert [wrong["field"] for wrong in answer.json()["errors"]] == ["document_number", "note"]
    assert "NUL" in answer.json()["errors"][0]["message"]
