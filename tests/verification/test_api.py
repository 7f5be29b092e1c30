"""The doors of verification, as a desk uses them."""

from typing import Any

import pytest

from birthreg.kernel.database import Database
from tests import make
from tests.conftest import SignIn


def question(number: str = "X420100001", **more: Any) -> dict[str, Any]:
    return {"certificate_number": number, "purpose": "birth_registration"} | more


async def test_an_unknown_number_is_clear_and_may_register(sign_in: SignIn) -> None:
    desk = await sign_in()
    answer = await desk.post("/api/v1/verifications", json=question())
    assert answer.status_code == 200, answer.text
    verdict = answer.json()
    assert (verdict["verdict"], verdict["may_register"], verdict["reasons"]) == ("clear", True, [])
    assert verdict["receipt"].count(".") == 2
