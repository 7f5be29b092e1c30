"""Digests, trees and links of the chain: pure.

Leaves and nodes are hashed as RFC 6962 §2.1 says, with SM3 (GB/T 32905-2016) as the hash. What a leaf
holds is the form's: one entry's text in the first, digests of a thousand entries in the second.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives import hashes

from birthreg.audit.models import Break, Fault, PublishedHead, Purge, Seal, Trail, WholeSeal
from birthreg.kernel.identifiers import first_id_at
from birthreg.kernel.public_keys import PublicKeys, Purpose

GENESIS = bytes(32)
"""What the first seal follows."""

# Copying a digest that has taken its prefix is a third faster than beginning anew.
_LEAF = hashes.Hash(hashes.SM3())
_LEAF.update(b"\x00")
_NODE = hashes.Hash(hashes.SM3())
_NODE.update(b"\x01")

FORM = 2
"""The form of new seals; those of the first form stay as they are, and are checked by it."""

_ID, LEAF_SIZE = 16, 48
_TOGETHER = 1024 * LEAF_SIZE
"""Bytes of leaves that make one leaf of the tree in a seal of the second form."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def digest_leaf(content: bytes) -> bytes:
    """Return the digest of one leaf of the tree."""
    digest = _LEAF.copy()
    digest.update(content)
    return digest.finalize()


def digest_entry(content: str | bytes) -> bytes:
    """Return the digest of an entry: of its text in the first form; in the second the database has made it."""
    return content if isinstance(content, bytes) else digest_leaf(content.encode())


def _digest_node(left: bytes, right: bytes) -> bytes:
    digest = _NODE.copy()
    digest.update(left + right)
    return digest.finalize()


def root_of(level: Sequence[bytes]) -> bytes:
    """Return the root of the tree over these leaves; the one over none is the digest of nothing."""
    if not level:
        return _sm3(b"")
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else ()
        level = [*(_digest_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)), *odd]
    return level[0]


def split_leaves(leaves: bytes) -> tuple[list[bytes], list[bytes]]:
    """Take a seal's whole leaves apart into identifiers and digests."""
    starts = range(0, len(leaves) - LEAF_SIZE + 1, LEAF_SIZE)
    return [leaves[i : i + _ID] for i in starts], [leaves[i + _ID : i + LEAF_SIZE] for i in starts]


def root_over(leaves: bytes, *, form: int) -> bytes:
    """Return the root of a seal's whole leaves."""
    if form == 1:
        return root_of(split_leaves(leaves)[1])
    return root_of([digest_leaf(leaves[i : i + _TOGETHER]) for i in range(0, len(leaves), _TOGETHER)])


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def head_of(seal: WholeSeal) -> bytes:
    """Return the head that these fields of a seal make; its own head and signature are not among them."""
    fields = (
        "birthreg-seal", seal.form, seal.number, _microseconds(seal.sealed_at), seal.first_transaction,
        seal.next_transaction, seal.entries, seal.lookups, seal.root.hex(), _sm3(seal.leaves).hex(),
        seal.key_id, seal.previous.hex(),
    )  # fmt: skip
    return _sm3(msgspec.json.encode(fields))


def _sm3(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def purge_message(purge: Purge) -> bytes:
    """Return the bytes that the signature of a purge stands under."""
    before, purged_at = _microseconds(purge.before), _microseconds(purge.purged_at)
    return msgspec.json.encode(
        ("birthreg-purge", 1, purge.id, purge.trail, before, purged_at, purge.reason, purge.key_id)
    )


def publish(seal: Seal) -> PublishedHead:
    """Return the head of the chain as it is published outside."""
    return PublishedHead(
        number=seal.number,
        sealed_at=seal.sealed_at,
        next_transaction=seal.next_transaction,
        head=seal.head.hex(),
        key_id=seal.key_id,
        signature=urlsafe_b64encode(seal.signature).decode().rstrip("="),
    )


def is_published_head(published: PublishedHead, seal: Seal | None, keys: PublicKeys) -> bool:
    """Tell whether the chain still holds a head that was published, and the head was ours."""
    if seal is None or seal.head.hex() != published.head:
        return False
    try:
        signature = urlsafe_b64decode(published.signature + "==")
    except ValueError:
        return False
    return is_signed(published.key_id, signature, seal.head, keys)


def is_signed(key_id: str, signature: bytes, data: bytes, keys: PublicKeys) -> bool:
    """Tell whether a known key made for sealing signed these bytes."""
    key = keys.get(key_id)
    return key is not None and key.purpose is Purpose.SEAL and key.verify(signature, data)


def _follows(seal: Seal, previous: Seal | None) -> bool:
    if previous is None:
        return seal.previous == GENESIS and seal.first_transaction == 0
    return seal.previous == previous.head and seal.first_transaction == previous.next_transaction


def _has_its_leaves(seal: WholeSeal) -> bool:
    if len(seal.leaves) != seal.entries * LEAF_SIZE or not 0 <= seal.lookups <= seal.entries:
        return False
    return root_over(seal.leaves, form=seal.form) == seal.root


def check_seal(seal: WholeSeal, *, previous: Seal | None, keys: PublicKeys) -> list[Break]:
    """Return what is wrong with a seal itself: its place, its fields, its signature, its tree."""
    expected = 1 if previous is None else previous.number + 1
    if seal.number != expected:
        return [Break(fault=Fault.SEAL_REMOVED, seal=expected)]
    known = seal.key_id in keys
    checks = {
        Fault.LINK_BROKEN: _follows(seal, previous),
        Fault.HEAD_CHANGED: head_of(seal) == seal.head,
        Fault.KEY_UNKNOWN: known,
        Fault.SIGNATURE_WRONG: not known or is_signed(seal.key_id, seal.signature, seal.head, keys),
        Fault.LEAVES_CHANGED: _has_its_leaves(seal),
    }
    return [Break(fault=fault, seal=seal.number) for fault, holds in checks.items() if not holds]


def of_one_form(seals: Sequence[WholeSeal]) -> list[WholeSeal]:
    """Return the first of these seals, as many as are of one form."""
    return list(takewhile(lambda seal: seal.form == seals[0].form, seals))


Leaf = tuple[bytes, int]
"""The digest of an entry, and the number of its seal."""


def list_leaves(seals: Sequence[WholeSeal]) -> dict[Trail, dict[bytes, Leaf]]:
    """Return what the seals vouch for: per table, the leaf of every identifier, in the order of the chain."""
    expected: dict[Trail, dict[bytes, Leaf]] = {trail: {} for trail in Trail}
    for seal in seals:
        identifiers, digests = split_leaves(seal.leaves)
        leaves = [(digest, seal.number) for digest in digests]
        entries = seal.entries - seal.lookups
        expected[Trail.ENTRIES].update(zip(identifiers[:entries], leaves[:entries], strict=True))
        expected[Trail.LOOKUPS].update(zip(identifiers[entries:], leaves[entries:], strict=True))
    return expected


def was_purged(identifier: bytes, trail: Trail, purges: Sequence[Purge]) -> bool:
    """Tell whether retention removed an entry: a certificate covers its table and its moment."""
    return any(purge.trail is trail and identifier < first_id_at(purge.before).bytes for purge in purges)


def valid_purges(purges: Sequence[Purge], keys: PublicKeys) -> list[Purge]:
    """Return the certificates whose signature holds; the others excuse nothing."""
    return [purge for purge in purges if is_signed(purge.key_id, purge.signature, purge_message(purge), keys)]


def seal_at(transaction: int, seals: Sequence[Seal]) -> int | None:
    """Return which of these seals covers a transaction; None where a seal is missing, which is told apart."""
    covering = (seal for seal in seals if seal.first_transaction <= transaction < seal.next_transaction)
    return next((seal.number for seal in covering), None)


def broken_entry(fault: Fault, *, seal: int, trail: Trail, identifier: bytes) -> Break:
    """Name a broken entry."""
    return Break(fault=fault, seal=seal, trail=trail, entry=UUID(bytes=identifier))
