"""Trees and digests."""

import hashlib
from uuid import uuid4

import pytest

from birthreg.audit import rules


def _tree(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, as it is written there."""
    if len(leaves) == 1:
        return leaves[0]
    cut = 1
    while cut * 2 < len(leaves):
        cut *= 2
    return hashlib.new("sm3", b"\x01" + _tree(leaves[:cut]) + _tree(leaves[cut:])).digest()


@pytest.mark.parametrize("size", [*range(1, 35), 63, 64, 65, 1000])
def test_the_root_is_the_one_of_the_standard(size: int) -> None:
    leaves = [rules.digest_leaf(str(n).encode()) for n in range(size)]
    assert rules.root_of(leaves) == _tree(leaves)


def test_a_leaf_is_hashed_with_its_prefix() -> None:
    assert rules.digest_leaf("出生".encode()) == hashlib.new("sm3", b"\x00" + "出生".encode()).digest()


@pytest.mark.parametrize("size", [0, 1, 1024, 1025, 5000])
def test_the_second_form_has_a_leaf_per_thousand_entries(size: int) -> None:
    entries = [uuid4().bytes + bytes(32) for _ in range(size)]
    leaves = [rules.digest_leaf(b"".join(entries[start : start + 1024])) for start in range(0, size, 1024)]
    assert rules.root_over(b"".join(entries), form=2) == rules.root_of(leaves)


def test_sm3_is_the_one_of_the_standard() -> None:
    # GB/T 32905-2016 appendix A.1
    assert hashlib.new("sm3", b"abc").hexdigest() == rules._sm3(b"abc").hex()
    assert rules._sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_leaves_come_apart_as_they_were_joined() -> None:
    pairs = [(uuid4().bytes, rules.digest_leaf(str(n).encode())) for n in range(5)]
    identifiers, digests = rules.split_leaves(b"".join(i + d for i, d in pairs))
    assert list(zip(identifiers, digests, strict=True)) == pairs


def test_a_torn_leaf_is_left_out() -> None:
    assert rules.split_leaves(b"x" * 50) == ([b"x" * 16], [b"x" * 32])
