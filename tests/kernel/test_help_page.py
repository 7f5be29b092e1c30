"""The manual as a page, and the banner of a demonstration."""

import asyncio

import httpx
import pytest
from tests import make
from tests.worlds import running

from birthreg.access import service as access
from birthreg.access.models import Role
from birthreg.app import create_app
from birthreg.kernel.database import Database
from birthreg.kernel.help_page import DEMONSTRATION, show_page
from birthreg.settings import Settings


async def test_the_manual_is_a_page_that_asks_nothing_from_outside(client: httpx.AsyncClient) -> None:
    text = (await client.get("/help")).text
    assert "<h1>使用手册 · Manual</h1>" in text
    assert "<table>" in text
    assert "http" not in text.replace("http-equiv", "")
    assert DEMONSTRATION.zh not in text


def test_lines_of_chinese_are_joined_without_a_blank_and_those_of_english_with_one() -> None:
    text = show_page("登记时录入编号\uff0c\n核验编号\n再办理。\n\nType the\nnumber 编号\n`code`", demonstration=False)
    assert "<p>登记时录入编号\uff0c核验编号再办理。</p>" in text
    assert "<p>Type the\nnumber 编号\n<code>code</code></p>" in text


@pytest.mark.parametrize("path", ["/help", "/schema/openapi.json"])
async def test_every_page_says_that_this_is_a_demonstration(database: Database, settings: Settings, path: str) -> None:
    async with database.transaction() as tx:
        await make.organization(tx)
        await access.admit_officer(
            tx, officer="clerk.shown", name="演示", role=Role.CLERK, organization=make.WUCHANG, password=make.PASSWORD,
            demonstration=True,
        )  # fmt: skip
    service = create_app(settings)
    async with (
        running(service),
        httpx.AsyncClient(transport=httpx.ASGITransport(service), base_url="http://desk") as client,
    ):
        while not service.state.demonstration:  # noqa: ASYNC110 - another task works
            await asyncio.sleep(0.01)
        assert DEMONSTRATION.zh in (await client.get(path)).text
