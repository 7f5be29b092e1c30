import asyncio
from typing import Any

import pyotp
import pytest
from tests import make

from birthreg.access.sessions import sign_in
from birthreg.cli import run
from birthreg.kernel.database import Database

ADD = (
    "officer", "add", "clerk.jianghan", "--name", "王芳", "--role", "clerk", "--organization", "420103510000",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    """The settings of an operator."""
    monkeypatch.setenv("BIRTHREG_DATABASE_URL", database_url)


async def command(*arguments: str) -> int:
    """Run a command line beside the test's own event loop; wrong use ends as it does in a shell."""
    try:
        return await asyncio.to_thread(run, arguments)
    except SystemExit as end:
        return int(end.code or 0)


async def outcome(database: Database, password: str, otp: str | None = None, officer: str = "clerk.jianghan") -> str:
    """Sign in and say what came of it."""
    return type(await sign_in(database, officer_id=officer, password=password, otp=otp, terminal="desk")).__name__


async def value(database: Database, query: str) -> Any:
    async with database.transaction() as tx:
        return await tx.connection.fetchval(query)


def told(said: str, what: str) -> str:
    """Return the secret on the line that names it."""
    return next(line for line in said.splitlines() if what in line).rpartition(": ")[2]


async def test_an_added_officer_signs_in_with_the_password_shown(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await command(*ADD, "--organization-name", "江汉分局民族街派出所") == 0
    assert await outcome(database, told(capsys.readouterr().out, "password")) == "SignedIn"


async def test_an_officer_with_a_second_factor_needs_it(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert await command(*ADD, "--organization-name", "江汉分局民族街派出所", "--otp") == 0
    said = capsys.readouterr().out
    password, code = told(said, "password"), pyotp.TOTP(told(said, "second factor")).now()
    assert await outcome(database, password) == "SignInRefusal"
    assert await outcome(database, password, code) == "SignedIn"


async def test_an_organisation_met_for_the_first_time_needs_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert await command(*ADD) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "--organization-name" in said


async def test_an_id_that_is_taken_is_refused_and_keeps_its_password(database: Database) -> None:
    async with database.transaction() as tx:
        await make.officer(tx, "clerk.jianghan", organization="420103510000")
    assert await command(*ADD) == 1
    assert await outcome(database, make.PASSWORD) == "SignedIn"


@pytest.mark.parametrize(
    "wrong",
    [
        ("officer", "add", "Clerk", *ADD[3:]),
        (*ADD[:-1], "4201"),
        (*ADD[:6], "king", *ADD[7:]),
        ("officer", "disable", "clerk.jianghan"),
        ("officer", "disable", "clerk.jianghan", "--reason", " "),
        ("officer", "reset"),
    ],
)
async def test_wrong_use_is_told_in_one_line(wrong: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert await command(*wrong) == 2
    assert capsys.readouterr().err.count("\n") == 1


async def test_a_disabled_officer_signs_in_no_more(database: Database) -> None:
    async with database.transaction() as tx:
        await make.officer(tx, "clerk.jianghan")
    assert await command("officer", "disable", "clerk.jianghan", "--reason", "调离") == 0
    assert await outcome(database, make.PASSWORD) == "SignInRefusal"


async def test_disabling_ends_open_sessions_and_keeps_the_reason(database: Database) -> None:
    async with database.transaction() as tx:
        await make.officer(tx, "clerk.jianghan")
    await outcome(database, make.PASSWORD)
    await command("officer", "disable", "clerk.jianghan", "--reason", "调离")
    assert await value(database, "SELECT count(*) FROM sessions WHERE ended_at IS NULL") == 0
    assert await value(database, "SELECT condition FROM audit_entries WHERE act = 'suspend_officer'") == "调离"


async def test_a_reset_replaces_the_password(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    async with database.transaction() as tx:
        await make.officer(tx, "clerk.jianghan")
    assert await command("officer", "reset", "clerk.jianghan") == 0
    password = told(capsys.readouterr().out, "password")
    assert await outcome(database, make.PASSWORD) == "SignInRefusal"
    assert await outcome(database, password) == "SignedIn"


@pytest.mark.parametrize("act", [("disable", "--reason", "调离"), ("reset",)])
async def test_an_officer_who_is_unknown_is_refused_in_one_line(
    act: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert await command("officer", act[0], "nobody", *act[1:]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("name", ["add", "disable", "reset"])
async def test_every_command_over_officers_shows_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert await command("officer", name, "--help") == 0
    assert f"birthreg officer {name}" in capsys.readouterr().out.partition("example:")[2]
