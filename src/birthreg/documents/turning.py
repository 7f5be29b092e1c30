"""Templates as they lie in the books: sealed by the vault, and turned for searching.

A search compares numbers, so it can't compare what is sealed. It compares templates turned in their space of 128
dimensions by a rotation that only the holder of the data key can make. Scores stay what they are; whoever takes the
table without the key can't tell a face by it. It is no cipher: with 128 faces whose templates are known beside their
turned form the rotation can be reckoned.
"""

import hashlib
from base64 import b64decode, b64encode
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from birthreg.kernel.data_keys import DataKey
from birthreg.kernel.sealed_tables import SealedColumn, SealedTable
from birthreg.kernel.vault import Vault

DIMENSIONS = 128
_PLACE = "faces.templates.sealed"
_TURNED = "faces.templates.turned"

SEALED_TABLES = (SealedTable(name="face_templates", sealed=(SealedColumn("sealed", _PLACE),)),)
"""What the worker seals anew when the data key changes."""


class Turned(msgspec.Struct, frozen=True):
    """A template turned under the key that `mark` names."""

    mark: bytes
    numbers: list[float]


def seal(vault: Vault, embedding: NDArray[np.float32]) -> bytes:
    """Seal a template."""
    return vault.seal(b64encode(embedding.astype("<f4").tobytes()).decode(), bound_to=_PLACE)


def open_sealed(vault: Vault, sealed: bytes) -> NDArray[np.float32]:
    """Open a sealed template.

    Raises:
        DataKeyUnknown, SealBroken: as for every sealed value.
    """
    return np.frombuffer(b64decode(vault.open(sealed, bound_to=_PLACE)), dtype="<f4").astype(np.float32)


def turn(key: DataKey, embedding: NDArray[np.float32]) -> Turned:
    """Turn a template under one key."""
    turned = _rotation(key.mac(_TURNED).finalize()) @ embedding.astype(np.float64)
    return Turned(key.mark, turned.astype(np.float32).tolist())


@lru_cache(maxsize=16)
def _rotation(seed: bytes) -> NDArray[np.float64]:
    """Return the rotation of a seed: any rotation is as likely as any other.

    Normal numbers by Box and Muller (1958) out of the seed's own stream, made orthogonal; the signs as Mezzadri
    (Notices of the AMS 54, 2007) asks for.
    """
    stream = hashlib.shake_256(seed).digest(16 * DIMENSIONS**2)
    drawn = (np.frombuffer(stream, dtype="<u8") // 2048 + 0.5) / 2.0**53
    one, other = drawn.reshape(2, DIMENSIONS, DIMENSIONS)
    orthogonal, triangle = np.linalg.qr(np.sqrt(-2 * np.log(one)) * np.cos(2 * np.pi * other))
    return np.asarray(orthogonal * np.sign(np.diagonal(triangle)))
