import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from tests import make

from birthreg.access.models import Act, Role
from birthreg.access.suspensions import suspend
from birthreg.cli import run
from birthreg.cli.officers import scope_of_operator
from birthreg.kernel.database import Database

ASKER = ("--officer", "clerk.wuchang")


@pytest.fixture(autouse=True)
async def _world(monkeypatch: pytest.MonkeyPatch, database_url: str, database: Database) -> None:
    """An operator's settings, one officer, one used number."""
    monkeypatch.setenv("BIRTHREG_DATABASE_URL", database_url)
    async with database.transaction() as tx:
        await make.officer(tx)
        await make.usage(tx, "X420100002")


async def command(*arguments: str) -> int:
    """Run a command line beside the test's own event loop; wrong use ends as it does in a shell."""
    try:
        return await asyncio.to_thread(run, ["verify", *arguments])
    except SystemExit as end:
        return int(end.code or 0)


async def rows(database: Database, query: str) -> list[Any]:
    async with database.transaction() as tx:
        return [tuple(row) for row in await tx.connection.fetch(query)]


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


async def test_numbers_that_may_all_be_registered_end_with_0() -> None:
    assert await command("X420100001", "X420100020", *ASKER) == 0


async def test_one_number_that_may_not_ends_with_1() -> None:
    assert await command("X420100001", "X420100002", *ASKER) == 1


async def test_the_table_names_number_verdict_and_next_step(capsys: pytest.CaptureFixture[str]) -> None:
    await command("x420100002", *ASKER)
    said = capsys.readouterr().out
    assert all(part in said for part in ("x420100002", "used", "不得办理登记"))


async def test_the_texts_come_in_english_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    await command("X420100002", *ASKER, "--language", "en", "--json")
    assert lines(capsys)[0]["reasons"][0]["message"].startswith("This number was used on 2024-06-01")


async def test_json_is_one_verdict_a_line_in_the_order_given(capsys: pytest.CaptureFixture[str]) -> None:
    await command("X420100002", "nonsense", "X420100001", *ASKER, "--json")
    assert [(v["typed"], v["verdict"]) for v in lines(capsys)] == [
        ("X420100002", "used"),
        ("nonsense", "malformed"),
        ("X420100001", "clear"),
    ]


async def test_a_file_is_verified_row_by_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text("certificate_number,reference\nX420100001,案1\nX420100002,案2\n", encoding="gb18030")
    assert await command("--file", str(file), *ASKER, "--json") == 1
    assert [(v["certificate_number"], v["reference"]) for v in lines(capsys)] == [
        ("X420100001", "案1"),
        ("X420100002", "案2"),
    ]


async def test_a_file_longer_than_one_part_is_answered_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = [f"Y42{serial:07d}" for serial in range(6_000)]
    file = tmp_path / "numbers.csv"
    file.write_text("\n".join(numbers), encoding="utf-8")
    assert await command("--file", str(file), *ASKER, "--json") == 0
    assert [v["certificate_number"] for v in lines(capsys)] == numbers


async def test_a_look_up_is_recorded_with_officer_purpose_and_host(database: Database) -> None:
    await command("X420100002", *ASKER, "--purpose", "investigation")
    assert await rows(database, "SELECT officer, organization, terminal, purpose, verdict FROM lookups") == [
        ("clerk.wuchang", make.WUCHANG, socket.gethostname(), "investigation", "used")
    ]


async def test_the_trail_says_that_the_operator_asked_in_the_officers_name(database: Database) -> None:
    await command("X420100001", "X420100002", *ASKER)
    found = await rows(
        database, "SELECT officer, key, count, condition FROM audit_entries WHERE act = 'verify_at_terminal'"
    )
    assert found == [("operator", "clerk.wuchang", 2, "birth_registration")]


@pytest.mark.parametrize(
    "wrong",
    [
        ("X420100001",),
        (*ASKER,),
        ("X420100001", "--file", "numbers.csv", *ASKER),
        ("X420100001", "--officer", "nobody"),
        ("X420100001", *ASKER, "--purpose", "curiosity"),
        ("X420100001", *ASKER, "--on-behalf-of", "clerk.fancheng"),
        ("--file", "/nowhere/numbers.csv", *ASKER),
    ],
)
async def test_wrong_use_ends_with_2_in_one_line_and_asks_nothing(
    wrong: tuple[str, ...], database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await command(*wrong) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert await rows(database, "SELECT id FROM lookups") == []


async def test_a_suspended_officer_asks_no_more(database: Database) -> None:
    async with database.transaction() as tx:
        await suspend(
            tx, scope=scope_of_operator(Act.SUSPEND_OFFICERS), officer="clerk.wuchang", by="operator",
            organization="-", terminal="desk", reason="调离",
        )  # fmt: skip
    assert await command("X420100001", *ASKER) == 2


async def test_a_role_that_may_not_verify_is_refused_and_on_the_trail(database: Database) -> None:
    async with database.transaction() as tx:
        await make.officer(tx, "auditor.hubei", role=Role.AUDITOR)
    assert await command("X420100001", "--officer", "auditor.hubei") == 1
    found = await rows(database, "SELECT officer, error_code FROM audit_entries WHERE act = 'verify'")
    assert found == [("auditor.hubei", "not_permitted")]


async def test_an_empty_file_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("certificate_number\n")
    assert await command("--file", str(tmp_path / "empty.csv"), *ASKER) == 2


async def test_what_was_typed_cannot_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    await command("X4201\x1b[2J", *ASKER)
    assert "\x1b[2J" not in capsys.readouterr().out


async def test_verify_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert await command("--help") == 0
    assert "birthreg verify X4201" in capsys.readouterr().out.partition("example:")[2]
