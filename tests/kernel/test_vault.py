"""Personal data at rest: sealed, found again, and never opened as something else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from birthreg.kernel.vault import SealBroken, Vault

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    return Vault(tmp_path_factory.mktemp("keys"))


@given(text=TEXTS)
def test_what_is_sealed_opens_as_it_was(vault: Vault, text: str) -> None:
    assert vault.open(vault.seal(text, bound_to="people.phone"), bound_to="people.phone") == text


@given(text=TEXTS, place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_a_changed_byte_is_never_opened(vault: Vault, text: str, place: int, bit: int) -> None:
    sealed = bytearray(vault.seal(text, bound_to="people.phone"))
    place = 4 + place % (len(sealed) - 4)
    sealed[place] ^= 1 << bit
    with pytest.raises(SealBroken):
        vault.open(bytes(sealed), bound_to="people.phone")
