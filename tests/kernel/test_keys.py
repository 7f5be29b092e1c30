"""Keys in files, public halves in the database."""

import multiprocessing
import os
import stat
import time
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from birthreg.kernel import keys, public_keys
from birthreg.kernel.clock import now_utc
from birthreg.kernel.database import Transaction
from birthreg.kernel.keys import KeyFolder, Keyring, KeyUnusable, load_signer, make_signer, put_into_use
from birthreg.kernel.public_keys import SignatureWrong, verify_jws


def _load_in_process(directory: str) -> str:
    return load_signer(Path(directory), "receipt").key_id


def test_the_first_use_makes_a_key_and_the_second_finds_it(tmp_path: Path) -> None:
    assert load_signer(tmp_path / "keys", "seal").key_id == load_signer(tmp_path / "keys", "seal").key_id


def test_processes_that_start_at_once_end_up_with_one_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(6) as pool:
        made = pool.map(_load_in_process, [str(tmp_path / "keys")] * 6, chunksize=1)
    assert len(set(made)) == 1
    assert len(list((tmp_path / "keys").glob("*.pem"))) == 1


def test_private_files_are_closed_to_others(tmp_path: Path) -> None:
    load_signer(tmp_path / "keys", "receipt")
    [file] = (tmp_path / "keys").glob("*.pem")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_private_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    load_signer(tmp_path, "receipt")
    [file] = tmp_path.glob("*.pem")
    file.chmod(0o644)
    with pytest.raises(KeyUnusable, match="other users can read it"):
        load_signer(tmp_path, "receipt")


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_file_that_is_no_key_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "receipt-broken.pem"
    file.touch(mode=0o600)
    file.write_bytes(content)
    with pytest.raises(KeyUnusable, match=r"receipt-broken\.pem"):
        load_signer(tmp_path, "receipt")


def test_the_thumbprint_is_the_one_of_the_standard() -> None:
    # RFC 8037 appendix A.3
    raw = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    assert public_keys.thumbprint(raw) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_a_jws_is_the_one_of_the_standard() -> None:
    # RFC 8037 appendix A.4, apart from the header, which names key and type
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    signer = keys.Signer(Ed25519PrivateKey.from_private_bytes(seed), purpose=public_keys.Purpose.RECEIPT)
    header, payload, signature = signer.jws(b"Example of Ed25519 signing", type="test").split(".")
    assert payload == "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    assert "=" not in header + signature


def test_a_signed_payload_comes_back() -> None:
    signer = make_signer("receipt")
    assert (
        verify_jws(signer.jws(b"payload", type="t"), {signer.key_id: signer.public}, type="t", purpose="receipt")
        == b"payload"
    )


def test_any_changed_byte_is_noticed() -> None:
    signer = make_signer("receipt")
    token = signer.jws(b"some payload", type="t")
    for place in range(len(token) - 1):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(SignatureWrong):
            verify_jws(changed, {signer.key_id: signer.public}, type="t", purpose="receipt")


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "é.é.é", "e30.e30.e30", "W10.e30.e30"])
def test_what_is_no_jws_is_refused(token: str) -> None:
    with pytest.raises(SignatureWrong):
        verify_jws(token, {}, type="t", purpose="receipt")


def test_a_key_of_another_purpose_is_refused() -> None:
    signer = make_signer("token")
    with pytest.raises(SignatureWrong, match="unknown"):
        verify_jws(signer.jws(b"x", type="t"), {signer.key_id: signer.public}, type="t", purpose="receipt")


def test_a_token_of_another_type_is_refused() -> None:
    signer = make_signer("receipt")
    with pytest.raises(SignatureWrong, match="of the type receipt"):
        verify_jws(signer.jws(b"x", type="t"), {signer.key_id: signer.public}, type="receipt", purpose="receipt")


def test_a_key_set_reads_back_as_it_was_written() -> None:
    made = [make_signer(purpose).public for purpose in public_keys.Purpose]
    read = public_keys.read_jwks(msgspec.json.encode(public_keys.jwks(made)))
    assert list(read.values()) == made


@pytest.mark.parametrize("document", [b"", b"{}", b'{"keys":[{"crv":"Ed25519","x":"AA"}]}', b"\xff"])
def test_what_is_no_key_set_is_refused(document: bytes) -> None:
    with pytest.raises(SignatureWrong, match="not a JWK set"):
        public_keys.read_jwks(document)


async def test_a_key_registered_twice_stands_once(tx: Transaction) -> None:
    signer = make_signer("receipt")
    await keys.register(tx, signer)
    await keys.register(tx, signer)
    known = await keys.list_public_keys(tx)
    assert known[signer.key_id].public_key == signer.public.public_key
    assert len(known) == 1


def test_a_rotated_key_is_noticed_by_a_running_service(tmp_path: Path) -> None:
    ring = Keyring(tmp_path)
    before = ring.current("receipt")
    put_into_use(tmp_path, after := make_signer("receipt"))
    deadline = time.monotonic() + 10
    while ring.current("receipt").key_id != after.key_id and time.monotonic() < deadline:
        time.sleep(0.05)
    assert ring.current("receipt").key_id == after.key_id != before.key_id


def test_rotation_removes_the_private_half_and_keeps_the_public_one(tmp_path: Path) -> None:
    before = load_signer(tmp_path, "receipt")
    put_into_use(tmp_path, after := make_signer("receipt"))
    assert [file.stem for file in tmp_path.glob("*.pem")] == [f"receipt-{after.key_id}"]
    assert set(KeyFolder(tmp_path, "receipt")) == {before.key_id, after.key_id}


def test_a_running_service_keeps_its_key_when_the_directory_is_lost(tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "keys")
    before = ring.current("receipt").key_id
    (tmp_path / "keys").rename(tmp_path / "gone")
    ring._looked = 0
    assert ring.current("receipt").key_id == before


def test_a_broken_public_key_harms_nothing_but_what_it_signed(tmp_path: Path) -> None:
    broken = load_signer(tmp_path, "receipt")
    put_into_use(tmp_path, sound := make_signer("receipt"))
    (tmp_path / f"receipt-{broken.key_id}.pub").write_text("no key")
    folder = KeyFolder(tmp_path, "receipt")
    assert folder[sound.key_id].public_key == sound.public.public_key
    with pytest.raises(KeyUnusable, match="can't be used"):
        folder[broken.key_id]


@pytest.mark.parametrize("identifier", ["", "..", "a/b", "x" * 43, "x" * 44])
def test_a_name_that_is_no_key_names_none(tmp_path: Path, identifier: str) -> None:
    load_signer(tmp_path, "receipt")
    assert KeyFolder(tmp_path, "receipt").get(identifier) is None


def test_a_key_is_retired_when_the_next_is_put_into_use(tmp_path: Path) -> None:
    before = load_signer(tmp_path, "receipt")
    os.utime(tmp_path / f"receipt-{before.key_id}.pub", (0, 0))
    rotated = now_utc()
    put_into_use(tmp_path, after := make_signer("receipt"))
    folder = KeyFolder(tmp_path, "receipt")
    retired_at = folder.retired_at(before.key_id)
    assert retired_at is not None
    assert abs(retired_at - rotated) < timedelta(minutes=1)
    assert folder.retired_at(after.key_id) is None
