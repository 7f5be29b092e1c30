"""Personal data at rest: sealed, found again, and never opened as something else."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from birthreg.kernel.data_keys import ANNOUNCED_FOR, new_key, put_key, remove_key
from birthreg.kernel.vault import DataKeyUnknown, SealBroken, Vault, mark_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
PHONE = "people.phone"
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    return Vault(tmp_path_factory.mktemp("keys"))


class Hand:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def look(vault: Vault) -> None:
    """Let a second pass."""
    vault._looked = 0


@given(text=TEXTS)
def test_what_is_sealed_opens_as_it_was(vault: Vault, text: str) -> None:
    assert vault.open(vault.seal(text, bound_to=PHONE), bound_to=PHONE) == text


@given(text=TEXTS, place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_a_changed_bit_is_never_opened(vault: Vault, text: str, place: int, bit: int) -> None:
    sealed = bytearray(vault.seal(text, bound_to=PHONE))
    sealed[place % len(sealed)] ^= 1 << bit
    with pytest.raises((SealBroken, DataKeyUnknown)):
        vault.open(bytes(sealed), bound_to=PHONE)


@given(text=TEXTS, length=st.integers(min_value=0))
def test_a_cut_value_is_never_opened(vault: Vault, text: str, length: int) -> None:
    sealed = vault.seal(text, bound_to=PHONE)
    with pytest.raises(SealBroken):
        vault.open(sealed[: length % len(sealed)], bound_to=PHONE)


@given(text=TEXTS)
def test_a_value_of_one_column_does_not_open_in_another(vault: Vault, text: str) -> None:
    with pytest.raises(SealBroken):
        vault.open(vault.seal(text, bound_to=PHONE), bound_to="people.address")


def test_the_same_text_is_sealed_differently_each_time(vault: Vault) -> None:
    assert len({vault.seal("13800138000", bound_to=PHONE) for _ in range(1000)}) == 1000


def test_a_sealed_value_shows_nothing_of_its_text(vault: Vault) -> None:
    assert b"13800138000" not in vault.seal("13800138000", bound_to=PHONE)
    assert len(vault.seal("13800138000", bound_to=PHONE)) == 4 + 12 + 11 + 16


def test_another_secret_under_the_same_name_is_told_from_a_changed_value(tmp_path: Path) -> None:
    sealed = Vault(tmp_path / "here").seal("text", bound_to=PHONE)
    with pytest.raises(DataKeyUnknown, match=mark_of(sealed).hex()):
        Vault(tmp_path / "there").open(sealed, bound_to=PHONE)


@given(one=TEXTS, other=TEXTS)
def test_equal_values_have_equal_blinds_and_no_others_do(vault: Vault, one: str, other: str) -> None:
    blinds = [vault.blind(value, bound_to="citizen_number") for value in (one, other)]
    assert (blinds[0] == blinds[1]) == (one == other)
    assert vault.blinds(one, bound_to="citizen_number") == [blinds[0]]


@given(value=TEXTS)
def test_blinds_of_two_domains_have_nothing_in_common(vault: Vault, value: str) -> None:
    assert vault.blind(value, bound_to="citizen_number") != vault.blind(value, bound_to=PHONE)


def test_a_blind_value_has_twenty_bytes_and_names_its_key(vault: Vault) -> None:
    blind = vault.blind("42010619900101123X", bound_to="citizen_number")
    assert (len(blind), mark_of(blind)) == (20, vault.current().mark)


def test_nothing_is_sealed_with_a_new_key_before_every_process_knows_it(tmp_path: Path) -> None:
    clock = Hand()
    mine, theirs = (Vault(tmp_path, clock=clock) for _ in range(2))
    before = mine.current()
    put_key(tmp_path, after := new_key(in_use_from=clock.now + ANNOUNCED_FOR))
    look(mine)
    look(theirs)
    assert [mine.current().id, theirs.current().id] == [before.id, before.id]
    assert len(theirs.blinds("x", bound_to=PHONE)) == 2
    clock.now += ANNOUNCED_FOR
    look(mine)
    assert mine.current().id == after.id
    assert theirs.open(mine.seal("x", bound_to=PHONE), bound_to=PHONE) == "x"
    assert mine.blind("x", bound_to=PHONE) in theirs.blinds("x", bound_to=PHONE)


def test_a_process_that_has_not_looked_for_a_while_opens_what_a_new_key_sealed(tmp_path: Path) -> None:
    theirs = Vault(tmp_path)
    theirs.current()
    put_key(tmp_path, new_key(in_use_from=datetime.now(UTC)))
    theirs._looked = float("inf")
    assert theirs.open(Vault(tmp_path).seal("x", bound_to=PHONE), bound_to=PHONE) == "x"


def test_what_an_older_key_sealed_opens_and_is_found(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    sealed, blind = vault.seal("x", bound_to=PHONE), vault.blind("x", bound_to=PHONE)
    put_key(tmp_path, new_key(in_use_from=datetime.now(UTC)))
    look(vault)
    assert vault.current().mark not in (mark_of(sealed), mark_of(blind))
    assert vault.open(sealed, bound_to=PHONE) == "x"
    assert blind in vault.blinds("x", bound_to=PHONE)


def test_a_removed_key_is_forgotten(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    sealed, old = vault.seal("x", bound_to=PHONE), vault.current()
    put_key(tmp_path, new_key(in_use_from=datetime.now(UTC) + timedelta(microseconds=1)))
    look(vault)
    remove_key(tmp_path, old)
    look(vault)
    with pytest.raises(DataKeyUnknown):
        vault.open(sealed, bound_to=PHONE)
    assert len(vault.blinds("x", bound_to=PHONE)) == 1


def test_a_running_process_keeps_its_keys_when_the_directory_is_lost(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    vault = Vault(tmp_path / "keys")
    sealed = vault.seal("x", bound_to=PHONE)
    (tmp_path / "keys").rename(tmp_path / "gone")
    look(vault)
    with caplog.at_level(logging.ERROR):
        assert vault.open(sealed, bound_to=PHONE) == "x"
    assert "stay in use" in caplog.text
    assert not (tmp_path / "keys").exists()
