"""The README's examples, run in their order against a fresh demonstration, answer as printed."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.local.instances import ENVIRONMENT, GENEROUSLY, Instance, find_free_port

from birthreg.settings import Settings

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")

Example = tuple[str, str]
"""Commands, and what they print; nothing is promised where nothing is printed."""

EXAMPLES: list[Example] = re.findall(r"```sh\n(.*?)```(?:\n\n```(?:json|text)\n(.*?)```)?", README, flags=re.DOTALL)
ALWAYS_OTHERS = frozenset({
    "id", "case_id", "as_of", "recorded_at", "requested_at", "finished_at", "receipt",
    "transaction_number", "request_id", "next_cursor",
})  # fmt: skip
CHANGING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"  # an identifier
    r"|\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|\+\d{2}:\d{2})"  # a moment
    r"|\b[0-9a-f]{64}\b"  # a head of the chain
    r"|(?<=head: )\d+|(?<=封存 )\d+|(?<=记录 )\d+|\d+(?= seals)|\d+(?= entries)"
    r"|[\d.]+(?= s · )|[\d,]+(?= 行/秒)"
)
MARK = "\x01"
PORT = re.compile(r"(?<=[: ])800[0-2]")


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """What each example printed."""
    checkout = tmp_path_factory.mktemp("checkout")
    with Instance(checkout / ".birthreg", demonstration=True) as instance:
        own = f'birthreg() {{ "{sys.executable}" -m birthreg "$@"; }}\npython3() {{ "{sys.executable}" "$@"; }}\n'
        ports = {"8000": instance.port, "8001": find_free_port(), "8002": find_free_port()}
        blocks = [PORT.sub(lambda port: str(ports[port[0]]), commands) for commands, _ in EXAMPLES]
        ended = subprocess.run(
            ["/bin/bash", "-c", own + "".join(f"{block}\nprintf '{MARK}'\n" for block in blocks)],
            cwd=checkout,
            env={**ENVIRONMENT, "no_proxy": "*", "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=5 * GENEROUSLY,
            check=False,
        )
        yield ended.stdout.split(MARK)


def documents(text: str) -> list[Any]:
    """Read JSON documents that stand one after the other."""
    found, place, decoder = [], 0, json.JSONDecoder()
    while place < len(text):
        document, place = decoder.raw_decode(text, place)
        found.append(document)
        place += len(text[place:]) - len(text[place:].lstrip())
    return found


def agrees(printed: Any, answered: Any) -> bool:
    """Compare what the README prints with an answer; `…` stands for what was left out."""
    if isinstance(printed, dict) and isinstance(answered, dict):
        named = printed.keys() - {"…"}
        return (named == answered.keys() or ("…" in printed and named <= answered.keys())) and all(
            name in ALWAYS_OTHERS or agrees(printed[name], answered[name]) for name in named
        )
    if isinstance(printed, list) and isinstance(answered, list):
        cut = printed[-1:] == ["…"]
        wanted = printed[:-1] if cut else printed
        return (cut or len(wanted) == len(answered)) and all(map(agrees, wanted, answered))
    return bool(printed == answered)


def plain(text: str) -> list[str]:
    """Return the lines of a text without what is different every time."""
    return [CHANGING.sub("…", line).rstrip() for line in text.replace("\ufeff", "").strip().splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize("place", [place for place, (_, printed) in enumerate(EXAMPLES) if printed])
def test_an_example_answers_as_printed(place: int, answers: list[str]) -> None:
    printed, answered = EXAMPLES[place][1].strip(), answers[place].strip()
    if printed.startswith("{"):
        for one, other in zip(documents(printed), documents(answered), strict=True):
            assert agrees(one, other), answered
    else:
        assert plain(printed) == plain(answered)


def test_the_table_of_settings_names_every_setting() -> None:
    table = README.partition("## Settings")[2].partition("## Limits")[0]
    assert all(f"`{field.name.upper()}`" in table for field in msgspec.structs.fields(Settings))


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((src/[^)]+)\)", README))))
def test_a_link_leads_somewhere(link: str) -> None:
    assert (Path(__file__).resolve().parents[1] / link).exists()
