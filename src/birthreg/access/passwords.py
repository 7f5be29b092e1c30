"""Passwords (argon2id, RFC 9106) and second factors (TOTP, RFC 6238)."""

import asyncio
import hmac
import secrets
from datetime import datetime

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from birthreg.kernel.errors import FieldsWrong, field_error

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""OWASP's second choice of parameters: 19 MiB, two passes; about 20 ms here."""

_DUMMY = _HASHER.hash(secrets.token_hex(16))
SHORTEST = 10
LONGEST = 256


async def hash_password(password: str) -> str:
    """Return the salted hash of a password.

    Raises:
        FieldsWrong: it is too short or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise password_unfit()
    return await asyncio.to_thread(_HASHER.hash, password)


def password_unfit() -> FieldsWrong:
    """Say what a password must be."""
    return field_error(
        field="password",
        code="password_length",
        zh=f"密码长度应为 {SHORTEST} 至 {LONGEST} 个字符。",
        en=f"A password has {SHORTEST} to {LONGEST} characters.",
    )


async def password_matches(password: str, password_hash: str | None) -> bool:
    """Compare; an unknown officer costs as much time as a known one, so that names can't be probed."""
    try:
        await asyncio.to_thread(_HASHER.verify, password_hash or _DUMMY, password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def new_password() -> str:
    """Return a password that is hard to guess and can be read out."""
    return "-".join(secrets.token_hex(2) for _ in range(5))


def new_totp_secret() -> str:
    """Return a new second factor, base32."""
    return pyotp.random_base32()


def second_factor_step(secret: str, code: str | None, *, now: datetime, after: int | None = None) -> int | None:
    """Return the time step of a six-digit code, one step of 30 s early or late; None when it isn't right.

    A code of the step `after`, which was the last one used, or of one before it was right once and is no more
    (RFC 6238 §5.2).
    """
    totp = pyotp.TOTP(secret)
    present = totp.timecode(now)
    for step in (present - 1, present, present + 1):
        right = hmac.compare_digest(totp.generate_otp(step).encode(), (code or "").encode())
        if right and (after is None or step > after):
            return step
    return None
