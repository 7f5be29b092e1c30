import subprocess
import sys

import pytest
from tests.local.instances import find_free_port, run

from birthreg.cli import run as run_command

COMMANDS = ["up", "serve", "work", "migrate"]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        run_command([name, "--help"])
    assert f"birthreg {name}" in capsys.readouterr().out.partition("example:")[2]


@pytest.mark.parametrize("arguments", [["nonsense"], ["up", "--port", "0"], ["up", "--prot", "8000"], ["migrate", "x"]])
def test_wrong_use_is_told_in_one_line_and_ends_with_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        run_command(arguments)
    assert capsys.readouterr().err.count("\n") == 1


def test_no_command_at_all_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command([]) == 2
    said = capsys.readouterr().err
    assert all(name in said for name in COMMANDS)


@pytest.mark.parametrize("name", ["serve", "work", "migrate"])
def test_a_part_of_the_service_says_which_server_it_lacks(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command([name]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "DATABASE_URL" in error


def test_a_wrong_setting_stops_the_start_in_one_line() -> None:
    ended = run("serve", environment={"BIRTHREG_PORT": "eighty"})
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert "BIRTHREG_PORT='eighty'" in ended.stderr


def test_a_database_that_is_away_is_told_in_one_line() -> None:
    url = f"postgresql://owner@127.0.0.1:{find_free_port()}/birthreg"
    ended = run("migrate", environment={"BIRTHREG_OWNER_DATABASE_URL": url})
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)


@pytest.mark.servers
def test_migrate_applies_what_is_missing_and_then_says_so(database_url: str) -> None:
    ended = run("migrate", environment={"BIRTHREG_OWNER_DATABASE_URL": database_url})
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "up to date" in ended.stdout


def test_help_imports_nothing_slow() -> None:
    program = "import sys, birthreg.cli as cli\ntry: cli.run(['--help'])\nexcept SystemExit: pass\nprint(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"litestar", "granian", "cv2", "rich", "httpx", "redis"} & set(ended.stdout.split())
