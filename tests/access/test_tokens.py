"""Access tokens: who is believed, and until when."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import msgspec
import pytest
from tests import make

from birthreg.access.models import Officer
from birthreg.access.tokens import TokenInvalid, Tokens
from birthreg.kernel.errors import Unauthenticated, Unavailable
from birthreg.kernel.keys import Keyring, make_signer, put_into_use
from birthreg.kernel.public_keys import Purpose

NOW = datetime(2024, 6, 1, 4, 0, tzinfo=UTC)
SHIFT_ENDS = NOW + timedelta(hours=12)


class Wall:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path)


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def tokens(keyring: Keyring, tmp_path: Path, wall: Wall) -> Tokens:
    return Tokens(keyring, directory=tmp_path, clock=wall)


@pytest.fixture
def officer() -> Officer:
    return make.signed_in()


def bearer(token: str) -> str:
    return f"Bearer {token}"


def test_a_token_says_who_was_signed_in(tokens: Tokens, officer: Officer) -> None:
    token, expires = tokens.issue(officer, now=NOW, session_ends=SHIFT_ENDS)
    assert tokens.read(bearer(token)) == officer
    assert expires == NOW + timedelta(hours=1)


def test_another_process_believes_it_by_the_public_key_alone(
    tokens: Tokens, officer: Officer, tmp_path: Path, wall: Wall
) -> None:
    token, _ = tokens.issue(officer, now=NOW, session_ends=SHIFT_ENDS)
    assert Tokens(Keyring(tmp_path), directory=tmp_path, clock=wall).read(bearer(token)) == officer


def test_a_token_never_outlives_its_session(tokens: Tokens, officer: Officer) -> None:
    _, expires = tokens.issue(officer, now=NOW, session_ends=NOW + timedelta(minutes=5))
    assert expires == NOW + timedelta(minutes=5)


@pytest.mark.parametrize("known_before", [False, True])
def test_a_token_ends_with_its_hour(tokens: Tokens, officer: Officer, wall: Wall, known_before: bool) -> None:
    token, expires = tokens.issue(officer, now=NOW, session_ends=SHIFT_ENDS)
    if known_before:
        tokens.read(bearer(token))
    wall.now = expires - timedelta(seconds=1)
    assert tokens.read(bearer(token)) == officer
    wall.now = expires
    with pytest.raises(TokenInvalid):
        tokens.read(bearer(token))


@pytest.mark.parametrize("header", [None, "", "Basic Y2xlcms6cA==", "Bearer", "bearer", "Token abc"])
def test_without_a_bearer_token_nobody_is_signed_in(tokens: Tokens, header: str | None) -> None:
    with pytest.raises(Unauthenticated):
        tokens.read(header)


@pytest.mark.parametrize("token", ["", "a.b.c", "a" * 5000, "eyJhbGciOiJub25lIn0.e30.", "\x00", "é.é.é"])
def test_what_is_no_token_of_ours_is_refused(tokens: Tokens, token: str) -> None:
    with pytest.raises(TokenInvalid):
        tokens.read(bearer(token))


def test_a_changed_character_is_noticed(tokens: Tokens, officer: Officer) -> None:
    token, _ = tokens.issue(officer, now=NOW, session_ends=SHIFT_ENDS)
    header, payload, signature = token.split(".")
    for changed in (f"{header}.{flip(payload)}.{signature}", f"{header}.{payload}.{flip(signature)}"):
        with pytest.raises(TokenInvalid):
            tokens.read(bearer(changed))


def flip(part: str) -> str:
    middle = len(part) // 2
    return part[:middle] + ("A" if part[middle] != "A" else "B") + part[middle + 1 :]


def test_an_unsigned_token_is_refused(tokens: Tokens, officer: Officer) -> None:
    token, _ = tokens.issue(officer, now=NOW, session_ends=SHIFT_ENDS)
    claims = jwt.decode(token, options={"verify_signature": False})
    for kid in ("", jwt.get_unverified_header(token)["kid"]):
        unsigned = jwt.encode(claims, None, algorithm="none", headers={"kid": kid, "typ": "at+jwt"})
        with pytest.raises(TokenInvalid):
            tokens.read(bearer(unsigned))


def test_a_token_signed_by_a_secret_made_of_our_public_key_is_refused(
    tokens: Tokens, officer: Officer, keyring: Keyring
) -> None:
    token, _ = tokens.issue(officer, now=NOW, session_ends=SHIFT_ENDS)
    claims = jwt.decode(token, options={"verify_signature": False})
    signer = keyring.current(Purpose.TOKEN)
    secret = signer.public.public_key
    forged = jwt.encode(claims, secret, algorithm="HS256", headers={"kid": signer.key_id, "typ": "at+jwt"})
    with pytest.raises(TokenInvalid):
        tokens.read(bearer(forged))


def test_a_token_by_a_key_that_is_not_ours_is_refused(tokens: Tokens, officer: Officer, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    token, _ = Tokens(Keyring(foreign), directory=foreign).issue(officer, now=NOW, session_ends=SHIFT_ENDS)
    with pytest.raises(TokenInvalid):
        tokens.read(bearer(token))


@pytest.mark.parametrize("purpose", [Purpose.RECEIPT, Purpose.SEAL])
def test_a_key_for_something_else_signs_no_token(
    tokens: Tokens, officer: Officer, keyring: Keyring, purpose: Purpose
) -> None:
    token, _ = tokens.issue(officer, now=NOW, session_ends=SHIFT_ENDS)
    claims = msgspec.json.encode(jwt.decode(token, options={"verify_signature": False}))
    with pytest.raises(TokenInvalid):
        tokens.read(bearer(keyring.current(purpose).jws(claims, type="at+jwt")))


def test_a_receipt_is_no_token_even_by_the_right_key(tokens: Tokens, officer: Officer, keyring: Keyring) -> None:
    token, _ = tokens.issue(officer, now=NOW, session_ends=SHIFT_ENDS)
    claims = msgspec.json.encode(jwt.decode(token, options={"verify_signature": False}))
    with pytest.raises(TokenInvalid):
        tokens.read(bearer(keyring.current(Purpose.TOKEN).jws(claims, type="birthreg-receipt+jwt")))


def test_a_token_of_before_a_rotation_is_still_believed(
    tokens: Tokens, officer: Officer, tmp_path: Path, wall: Wall
) -> None:
    token, _ = tokens.issue(officer, now=NOW, session_ends=SHIFT_ENDS)
    put_into_use(tmp_path, make_signer(Purpose.TOKEN))
    fresh = Tokens(Keyring(tmp_path), directory=tmp_path, clock=wall)
    after, _ = fresh.issue(officer, now=NOW, session_ends=SHIFT_ENDS)
    assert fresh.read(bearer(token)) == fresh.read(bearer(after)) == officer
    assert jwt.get_unverified_header(token)["kid"] != jwt.get_unverified_header(after)["kid"]


@pytest.mark.parametrize("known_before", [False, True])
def test_a_retired_key_is_believed_no_longer_than_its_last_token_can_last(
    tokens: Tokens, officer: Officer, keyring: Keyring, tmp_path: Path, wall: Wall, known_before: bool
) -> None:
    """Also for a token that somebody made with the private half, saying that it lasts for years."""
    token, _ = tokens.issue(officer, now=NOW, session_ends=SHIFT_ENDS)
    claims = jwt.decode(token, options={"verify_signature": False}) | {"exp": int(NOW.timestamp()) + 10**8}
    lost = keyring.current(Purpose.TOKEN)
    forged = bearer(lost.jws(msgspec.json.encode(claims), type="at+jwt"))
    put_into_use(tmp_path, make_signer(Purpose.TOKEN))
    os.utime(tmp_path / f"token-{lost.key_id}.pub", (NOW.timestamp(), NOW.timestamp()))
    fresh = Tokens(Keyring(tmp_path), directory=tmp_path, clock=wall)
    if known_before:
        fresh.read(forged)
    wall.now = NOW + timedelta(minutes=62)
    with pytest.raises(TokenInvalid):
        fresh.read(forged)


def test_a_broken_key_of_before_signs_nobody_else_out(
    tokens: Tokens, officer: Officer, tmp_path: Path, wall: Wall
) -> None:
    before, _ = tokens.issue(officer, now=NOW, session_ends=SHIFT_ENDS)
    put_into_use(tmp_path, make_signer(Purpose.TOKEN))
    (tmp_path / f"token-{jwt.get_unverified_header(before)['kid']}.pub").write_text("no key")
    (tmp_path / "receipt-broken.pub").write_text("no key")
    fresh = Tokens(Keyring(tmp_path), directory=tmp_path, clock=wall)
    after, _ = fresh.issue(officer, now=NOW, session_ends=SHIFT_ENDS)
    assert fresh.read(bearer(after)) == officer
    with pytest.raises(Unavailable):
        fresh.read(bearer(before))
