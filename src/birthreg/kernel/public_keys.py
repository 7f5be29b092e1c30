"""Public keys: all that verifying a signature takes, from no place in particular."""

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import jwt
import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from birthreg.kernel.errors import Invalid
from birthreg.kernel.language import Text


class Purpose(StrEnum):
    """What a key signs; a key of one purpose is never accepted for another."""

    RECEIPT = "receipt"
    TOKEN = "token"  # noqa: S105 - the name of a purpose
    SEAL = "seal"
    FILING = "filing"
    DOSSIER = "dossier"


class SignatureWrong(Invalid):
    """签名无效:{why_zh}。

    The signature does not hold: {why_en}.
    """

    remedy = Text(
        "请向签发单位索取原件,并核对公钥来源。",
        "Ask the issuer for the original, and check where the keys came from.",
    )


class PublicKey(msgspec.Struct, frozen=True, kw_only=True):
    """The public half of a key, which verifies for good."""

    id: str
    purpose: Purpose
    public_key: bytes
    created_at: datetime | None = None
    """None when it was read from a file."""

    def verify(self, signature: bytes, data: bytes) -> bool:
        """Tell whether this key signed these bytes."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, data)
        except InvalidSignature:
            return False
        return True


_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

PublicKeys = Mapping[str, PublicKey]
"""Public keys by identifier."""


def base64url(data: bytes) -> bytes:
    """Write bytes as JOSE does: base64url without padding (RFC 7515 §2)."""
    return urlsafe_b64encode(data).rstrip(b"=")


def thumbprint(public_key: bytes) -> str:
    """Return the name of an Ed25519 key: SHA-256 over its required members (RFC 7638 §3, RFC 8037 §2)."""
    members = b'{"crv":"Ed25519","kty":"OKP","x":"%b"}' % base64url(public_key)
    return base64url(hashlib.sha256(members).digest()).decode()


def jwks(keys: Iterable[PublicKey]) -> dict[str, Any]:
    """Return public keys as a JWK set (RFC 7517 §5), each with its purpose."""
    return {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "x": base64url(key.public_key).decode(),
                "kid": key.id,
                "use": "sig",
                "alg": "EdDSA",
                "purpose": key.purpose.value,
            }
            for key in keys
        ]
    }


class _Jwk(msgspec.Struct):
    kid: str = ""
    x: str = ""
    crv: str = ""
    purpose: Purpose = Purpose.RECEIPT

    def public(self) -> PublicKey:
        return PublicKey(id=self.kid, purpose=self.purpose, public_key=urlsafe_b64decode(self.x + "=="))


class _JwkSet(msgspec.Struct):
    keys: list[_Jwk]


def read_jwks(document: bytes) -> dict[str, PublicKey]:
    """Read public keys from a saved JWK set; keys of other kinds in it are passed over.

    Raises:
        SignatureWrong: it is not a JWK set.
    """
    try:
        found = msgspec.json.decode(document, type=_JwkSet).keys
        keys = {key.kid: key.public() for key in found if key.crv == "Ed25519"}
        for key in keys.values():
            Ed25519PublicKey.from_public_bytes(key.public_key)
    except ValueError as error:
        raise SignatureWrong(
            why_zh="公钥文件不是 JWK Set", why_en=f"the key file is not a JWK set ({error})"
        ) from error
    return keys


def verify_jws(token: str, keys: PublicKeys, *, type: str, purpose: Purpose | str) -> bytes:  # noqa: A002 - JOSE's word
    """Return the payload of a compact JWS whose key, purpose, type and signature hold.

    Raises:
        SignatureWrong: changed, no JWS, of another type, or by a key that is unknown or has another purpose.
    """
    try:
        header = jwt.get_unverified_header(token)
        key = keys.get(header.get("kid", ""))
        if key is None or key.purpose != purpose:
            raise SignatureWrong(why_zh="签名密钥未知", why_en="the signing key is unknown")
        if header.get("typ") != type:
            raise SignatureWrong(why_zh="类型不符", why_en=f"it is not of the type {type}")
        public = Ed25519PublicKey.from_public_bytes(key.public_key)
        payload: bytes = jwt.PyJWS().decode(token, public, algorithms=["EdDSA"])
    except (jwt.PyJWTError, RecursionError) as error:
        raise SignatureWrong(why_zh="内容被改动或格式有误", why_en="it was changed, or is no compact JWS") from error
    return payload


def key_id_in(token: str) -> str:
    """Return the key identifier that a compact JWS names, unverified; empty where it names none."""
    try:
        named = jwt.get_unverified_header(token).get("kid")
    except (jwt.PyJWTError, RecursionError):
        return ""
    return named if isinstance(named, str) and _KEY_ID.fullmatch(named) else ""
