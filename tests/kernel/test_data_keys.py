"""Data keys: files that only their owner reads, or the environment."""

import multiprocessing
import stat
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from birthreg.kernel.data_keys import DataKey, list_key_files, new_key, parse_keys, put_key, read_key
from birthreg.kernel.key_files import KeyUnusable
from birthreg.kernel.vault import Vault

SECRETS = [bytes(range(32)), bytes(range(1, 33))]


def given(secret: bytes) -> str:
    """A key as the environment gives one."""
    return f"{DataKey(secret).id}:{b64encode(secret).decode()}"


def _seal_in_process(directory: str) -> bytes:
    return Vault(Path(directory)).seal("x", bound_to="people.phone")


def test_processes_that_start_at_once_end_up_with_one_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(6) as pool:
        sealed = pool.map(_seal_in_process, [str(tmp_path / "keys")] * 6, chunksize=1)
    assert len(list_key_files(tmp_path / "keys")) == 1
    assert {Vault(tmp_path / "keys").open(value, bound_to="people.phone") for value in sealed} == {"x"}


def test_the_file_is_closed_to_others_and_so_is_its_folder(tmp_path: Path) -> None:
    Vault(tmp_path / "keys").current()
    [file] = list_key_files(tmp_path / "keys")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    Vault(tmp_path).current()
    list_key_files(tmp_path)[0].chmod(0o644)
    with pytest.raises(KeyUnusable, match="other users can read it"):
        Vault(tmp_path).current()


@pytest.mark.parametrize("content", [b"", b"no key", b"{}", b'{"id":"00000000","in_use_from":null,"secret":"AA=="}'])
def test_a_file_that_is_no_key_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "data-00000000.key"
    file.touch(mode=0o600)
    file.write_bytes(content)
    with pytest.raises(KeyUnusable, match=r"data-00000000\.key"):
        Vault(tmp_path).current()


def test_a_file_under_the_name_of_another_key_is_refused(tmp_path: Path) -> None:
    put_key(tmp_path, key := new_key(in_use_from=datetime.now(UTC)))
    file = key.file(tmp_path)
    file.rename(renamed := tmp_path / "data-00000000.key")
    with pytest.raises(KeyUnusable, match="named for"):
        read_key(renamed)


def test_a_broken_new_file_does_not_disturb_who_runs(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    sealed = vault.seal("x", bound_to="people.phone")
    (tmp_path / "data-00000000.key").touch(mode=0o600)
    vault._looked = 0
    assert vault.open(sealed, bound_to="people.phone") == "x"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "keys").touch()
    with pytest.raises(KeyUnusable, match="keys"):
        Vault(tmp_path / "keys").current()


def test_a_key_never_shows_its_secret(tmp_path: Path) -> None:
    put_key(tmp_path, key := new_key(in_use_from=datetime.now(UTC)))
    secret = msgspec.json.decode(key.file(tmp_path).read_bytes())["secret"]
    assert secret not in repr(key)
    assert secret not in repr(vars(Vault(tmp_path)))


def test_the_first_key_of_the_environment_is_in_use_and_all_of_them_open(tmp_path: Path) -> None:
    old = Vault(tmp_path, given=given(SECRETS[0]))
    new = Vault(tmp_path, given=f"{given(SECRETS[1])},{given(SECRETS[0])}")
    assert new.open(old.seal("x", bound_to="a.b"), bound_to="a.b") == "x"
    assert new.current().id == DataKey(SECRETS[1]).id
    assert old.blind("x", bound_to="a.b") in new.blinds("x", bound_to="a.b")
    assert list_key_files(tmp_path) == []


def test_keys_of_the_environment_stand_before_those_in_files(tmp_path: Path) -> None:
    sealed = Vault(tmp_path).seal("x", bound_to="a.b")
    vault = Vault(tmp_path, given=given(SECRETS[0]))
    assert vault.current().id == DataKey(SECRETS[0]).id
    assert vault.open(sealed, bound_to="a.b") == "x"


def test_a_key_of_the_environment_needs_no_name() -> None:
    assert parse_keys(b64encode(SECRETS[0]).decode())[0].id == DataKey(SECRETS[0]).id


@pytest.mark.parametrize(
    "text",
    [
        ",",
        "AAAA",
        "no base64",
        f"00000000:{b64encode(SECRETS[0]).decode()}",
        f"{given(SECRETS[0])},",
        b64encode(bytes(31)).decode(),
    ],
)
def test_what_is_no_key_of_the_environment_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="32 bytes in base64") as raised:
        parse_keys(text)
    assert not any(len(part) > 3 and part in str(raised.value) for part in text.split(","))
