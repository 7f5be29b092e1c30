"""Passwords and second factors."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from birthreg.access.passwords import (
    hash_password,
    new_password,
    new_totp_secret,
    password_matches,
    second_factor_step,
)
from birthreg.kernel.errors import FieldsWrong

NOW = datetime(2024, 6, 1, 4, 0, 10, tzinfo=UTC)


async def test_a_password_is_kept_as_a_salted_argon2id_hash() -> None:
    one, other = await hash_password("birthreg-demo"), await hash_password("birthreg-demo")
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert one != other
    assert "birthreg-demo" not in one


async def test_only_the_password_itself_matches() -> None:
    kept = await hash_password("出生医学证明-密码-甲乙")
    assert await password_matches("出生医学证明-密码-甲乙", kept)
    assert not await password_matches("出生医学证明-密码-甲丙", kept)
    assert not await password_matches("", kept)


@pytest.mark.parametrize("kept", [None, "", "not a hash", "$argon2id$v=19$m=19456"])
async def test_nothing_matches_where_no_hash_is_kept(kept: str | None) -> None:
    assert not await password_matches("birthreg-demo", kept)


@pytest.mark.parametrize("password", ["", "123456789", "a" * 257])
async def test_a_password_that_is_too_short_or_too_long_is_refused(password: str) -> None:
    with pytest.raises(FieldsWrong) as raised:
        await hash_password(password)
    assert raised.value.errors[0].code == "password_length"


def test_a_given_password_is_long_and_never_the_same() -> None:
    given = {new_password() for _ in range(50)}
    assert len(given) == 50
    assert min(len(password) for password in given) >= 20


@pytest.mark.parametrize(
    ("seconds", "matches"), [(-60, False), (-30, True), (0, True), (30, True), (60, False), (3600, False)]
)
def test_a_code_holds_one_step_early_or_late(seconds: int, matches: bool) -> None:
    secret = new_totp_secret()
    code = pyotp.TOTP(secret).at(NOW + timedelta(seconds=seconds))
    assert (second_factor_step(secret, code, now=NOW) is not None) is matches


def test_a_missing_code_never_matches() -> None:
    assert second_factor_step(new_totp_secret(), None, now=NOW) is None


def test_a_code_and_those_before_it_are_taken_once() -> None:
    secret = new_totp_secret()
    early, now = (pyotp.TOTP(secret).at(NOW + timedelta(seconds=seconds)) for seconds in (-30, 0))
    used = second_factor_step(secret, now, now=NOW)
    assert second_factor_step(secret, now, now=NOW + timedelta(seconds=20), after=used) is None
    assert second_factor_step(secret, early, now=NOW, after=used) is None
    later = NOW + timedelta(seconds=30)
    assert second_factor_step(secret, pyotp.TOTP(secret).at(later), now=later, after=used) is not None
