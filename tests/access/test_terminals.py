"""Where a request came from."""

from ipaddress import ip_network

import pytest
from tests import make
from tests.worlds import World

from birthreg.access.terminals import find_peer, name_terminal

TRUSTED = (ip_network("10.0.0.0/24"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("client", "told", "peer"),
    [
        ("10.0.0.1", [b"192.0.2.7"], "192.0.2.7"),
        ("10.0.0.1", [b"192.0.2.7, 10.0.0.2"], "192.0.2.7"),  # two proxies, one behind the other
        ("10.0.0.1", [b"192.0.2.7", b"10.0.0.2"], "192.0.2.7"),  # each in a header of its own
        ("fd00::1", [b"2001:db8::7"], "2001:db8::7"),
        ("10.0.0.1", [b"198.51.100.9, 192.0.2.7"], "192.0.2.7"),  # the first was written by the desk itself
        ("192.0.2.7", [b"198.51.100.9"], "192.0.2.7"),  # nobody whom we trust
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [b"unknown"], "10.0.0.1"),
        ("10.0.0.1", [b"\xff, "], "10.0.0.1"),
        ("socket", [b"192.0.2.7"], "socket"),
    ],
)
def test_a_peer_is_read_from_the_end_as_long_as_who_says_so_is_trusted(
    client: str, told: list[bytes], peer: str
) -> None:
    headers = [(b"host", b"x"), *((b"x-forwarded-for", value) for value in told)]
    found = find_peer((client, 80), headers, trusted=TRUSTED)
    assert found is not None
    assert found[0] == peer


def test_a_name_that_a_desk_gives_itself_stands_beside_its_address() -> None:
    assert name_terminal("192.0.2.7", "窗口 3") == "192.0.2.7 窗口 3"
    assert name_terminal("192.0.2.7", None) == "192.0.2.7"


async def test_the_trail_names_whom_a_trusted_proxy_heard(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = await world.desk()
    question = {"certificate_number": "X420100077", "purpose": "birth_registration"}
    query = "SELECT terminal FROM lookups WHERE officer = $1 ORDER BY id DESC LIMIT 1"
    officer = f"clerk.{make.WUCHANG}"
    terminals = []
    for trusted in ((), (ip_network("127.0.0.1"),)):
        monkeypatch.setattr(world.service, "_trusted_proxies", trusted)
        headers = {"X-Forwarded-For": "192.0.2.7"}
        assert (await desk.post("/api/v1/verifications", json=question, headers=headers)).status_code == 200
        terminals.append(await world.ask(query, officer))
    assert terminals == ["127.0.0.1", "192.0.2.7"]
