"""Access tokens (RFC 9068): short-lived JWTs signed with EdDSA, checked without the database.

A token says who; whether the session behind it still stands is asked in the transaction of
the act itself, so that sign-out and suspension take effect with their commit.
"""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import jwt
import msgspec

from birthreg.access.models import Officer, Role
from birthreg.access.rules import TOKEN_MINUTES
from birthreg.kernel.clock import Clock, now_utc
from birthreg.kernel.errors import Unauthenticated
from birthreg.kernel.keys import KeyFolder, Keyring
from birthreg.kernel.public_keys import Purpose, SignatureWrong, verify_jws

_TYPE = "at+jwt"
_REMEMBERED = 20_000
_LONGEST = 4096
_CHANGE_OF_KEYS = timedelta(minutes=1)
"""For how long a service may go on signing with a key after another was put into use; it takes a second or two."""


class TokenInvalid(Unauthenticated):
    """访问令牌无效或已过期。

    The access token is invalid or has expired.
    """


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says; times are seconds since 1970 (RFC 7519 §2)."""

    sub: str
    name: str
    role: Role
    org: str
    org_name: str
    sid: UUID
    iat: int
    exp: int


class Tokens:
    """Issues tokens and reads them back; remembers those it has verified, since a signature costs 0.1 ms."""

    def __init__(self, keyring: Keyring, *, directory: Path, clock: Clock = now_utc) -> None:
        """Sign with the keyring's key; accept it, and those retired in the directory while their tokens last."""
        self._keyring = keyring
        self._clock = clock
        self._keys = KeyFolder(directory, Purpose.TOKEN)
        self._known: dict[str, tuple[float, Officer]] = {}

    def issue(self, officer: Officer, *, now: datetime, session_ends: datetime) -> tuple[str, datetime]:
        """Return a token for an officer and when it expires, never later than its session."""
        expires = min(now + timedelta(minutes=TOKEN_MINUTES), session_ends)
        claims = Claims(
            sub=officer.id,
            name=officer.name,
            role=officer.role,
            org=officer.organization,
            org_name=officer.organization_name,
            sid=officer.session,
            iat=int(now.timestamp()),
            exp=int(expires.timestamp()),
        )
        return self._keyring.current(Purpose.TOKEN).jws(msgspec.json.encode(claims), type=_TYPE), expires

    def read(self, authorization: str | None) -> Officer:
        """Return the officer that an `Authorization` header names.

        Raises:
            Unauthenticated: there is no bearer token.
            TokenInvalid: it isn't ours, was changed, or has expired.
            KeyUnusable: the file of the key that it names is broken.
        """
        if not authorization or authorization[:7].lower() != "bearer ":
            raise Unauthenticated
        token = authorization[7:].strip()
        expires, officer = self._known.get(token) or self._verify(token)
        if expires <= self._clock().timestamp():
            self._known.pop(token, None)
            raise TokenInvalid
        return officer

    def _verify(self, token: str) -> tuple[float, Officer]:
        if len(token) > _LONGEST:
            raise TokenInvalid
        try:
            payload = verify_jws(token, self._keys, type=_TYPE, purpose=Purpose.TOKEN)
            claims = msgspec.json.decode(payload, type=Claims)
        except (SignatureWrong, msgspec.MsgspecError) as error:
            raise TokenInvalid from error
        officer = Officer(
            id=claims.sub,
            name=claims.name,
            role=claims.role,
            organization=claims.org,
            organization_name=claims.org_name,
            session=claims.sid,
        )
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[token] = (min(claims.exp, self._latest_end(token)), officer)
        return self._known[token]

    def _latest_end(self, token: str) -> float:
        """Return when any token of this token's key has ended, whatever it says of itself: a lost key is no use."""
        retired_at = self._keys.retired_at(jwt.get_unverified_header(token)["kid"])
        return ((retired_at or self._clock()) + timedelta(minutes=TOKEN_MINUTES) + _CHANGE_OF_KEYS).timestamp()
