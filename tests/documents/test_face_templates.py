"""Templates of registered children: kept sealed, searched inside the scope, forgotten with the child's record."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import numpy as np
import pytest
from tests import make
from tests.documents.face_pictures import embedding, one_person, worse

from birthreg.access.models import Officer, Scope
from birthreg.documents import faces, service
from birthreg.documents.face_refusals import FaceSearchUnavailable
from birthreg.documents.jobs import turn_some_faces
from birthreg.documents.models import Band, FaceHit, SearchPurpose
from birthreg.documents.turning import DIMENSIONS, SEALED_TABLES, open_sealed, seal, turn
from birthreg.kernel.data_keys import new_key
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.renewal import renew_some
from birthreg.kernel.vault import SealBroken, Vault

HUBEI = Scope(patterns=("42%",))
XIANGYANG = Scope(patterns=("4206%",))
CLERK = make.signed_in()


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def vault(keys: Path) -> Vault:
    return Vault(keys)


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def registration(tx: Transaction, *, accepted_at: str = make.WUCHANG, lies_at: str | None = None) -> UUID:
    identifier = new_id()
    await tx.connection.execute(
        "INSERT INTO registrations (id, status, child_name, child_sex, child_birth_date, organization,"
        " household_organization, officer, entered_at, particulars)"
        " VALUES ($1, 'effective', '李安然', 2, $2, $3, $4, 'clerk.wuchang', $5, '{}')",
        identifier, date(2016, 5, 4), accepted_at, lies_at or accepted_at, tx.now,
    )  # fmt: skip
    return identifier


async def keep(tx: Transaction, vault: Vault, number: int | faces.Embedding, **places: str) -> UUID:
    """Register a child and keep the face: that of one of the six, or any."""
    child = await registration(tx, **places)
    accepted_at = places.get("accepted_at", make.WUCHANG)
    await service.keep_template(
        tx, CLERK, vault=vault, embedding=embedding(number) if isinstance(number, int) else number, registration=child,
        organization=accepted_at, household_organization=places.get("lies_at", accepted_at), terminal="10.0.0.1",
    )  # fmt: skip
    return child


async def search(
    tx: Transaction,
    vault: Vault,
    looked_for: faces.Embedding,
    *,
    scope: Scope = HUBEI,
    officer: Officer = CLERK,
    **other: Any,
) -> tuple[FaceHit, ...]:
    return await service.search(
        tx, officer, scope=scope, vault=vault, embedding=looked_for, purpose=SearchPurpose.LATE_REGISTRATION,
        terminal="10.0.0.1", **other,
    )  # fmt: skip


async def test_a_child_registered_twice_is_found_among_others(tx: Transaction, vault: Vault) -> None:
    children = [await keep(tx, vault, number) for number in range(6)]
    photo = worse(one_person(2))
    (hit,) = await search(tx, vault, faces.embed(photo, faces.choose_face(faces.find_faces(photo))))
    assert hit.registration_id == children[2]
    assert hit.comparison.band is Band.STRONG
    assert "uncalibrated for children" in hit.comparison.note.en
    assert hit.comparison.errors is not None


async def test_the_childs_own_registration_is_not_shown(tx: Transaction, vault: Vault) -> None:
    first, second = await keep(tx, vault, 1), await keep(tx, vault, 1)
    (hit,) = await search(tx, vault, embedding(1), besides=second)
    assert hit.registration_id == first


async def test_a_child_outside_the_scope_is_not_found(tx: Transaction, vault: Vault) -> None:
    await keep(tx, vault, 0)
    accepted = await keep(tx, vault, 1, accepted_at=make.FANCHENG, lies_at=make.WUCHANG)
    lies = await keep(tx, vault, 2, accepted_at=make.WUCHANG, lies_at=make.FANCHENG)
    assert await search(tx, vault, embedding(0), scope=XIANGYANG) == ()
    for number, child in ((1, accepted), (2, lies)):
        (hit,) = await search(tx, vault, embedding(number), scope=XIANGYANG)
        assert hit.registration_id == child


async def test_no_more_than_five_are_shown_the_nearest_first_and_each_child_once(tx: Transaction, vault: Vault) -> None:
    chance, base = np.random.default_rng(1), embedding(0)
    for number in range(9):
        near = base + chance.standard_normal(DIMENSIONS).astype(np.float32) * 0.01 * (number + 1)
        child = await keep(tx, vault, near / np.linalg.norm(near))
        await service.keep_template(
            tx, CLERK, vault=vault, embedding=base, registration=child, organization=make.WUCHANG,
            household_organization=make.WUCHANG, terminal="10.0.0.1",
        )  # fmt: skip
    hits = await search(tx, vault, base)
    assert len({hit.registration_id for hit in hits}) == len(hits) == 5
    scores = [hit.comparison.score for hit in hits]
    assert scores == sorted(scores, reverse=True)


async def test_each_search_stands_on_the_trail_with_its_purpose_and_what_it_showed(
    tx: Transaction, vault: Vault
) -> None:
    child = await keep(tx, vault, 3)
    await search(tx, vault, embedding(3))
    await search(tx, vault, embedding(4))
    entries = await tx.connection.fetch(
        "SELECT officer, operation, condition, count, detail FROM audit_entries WHERE act = 'search_faces' ORDER BY id"
    )
    assert [entry["count"] for entry in entries] == [1, 0]
    assert all("purpose=late_registration" in entry["condition"] for entry in entries)
    assert entries[0]["detail"]["shown"][0].startswith(f"{child}:1.0")


async def test_keeping_and_forgetting_leave_an_entry_each(tx: Transaction, vault: Vault) -> None:
    child = await keep(tx, vault, 0)
    assert await service.forget_templates(tx, CLERK, registration=child, terminal="10.0.0.1") == 1
    acts = await tx.connection.fetch("SELECT act, count FROM audit_entries WHERE key = $1 ORDER BY id", str(child))
    assert [tuple(act) for act in acts] == [("keep_face", 1), ("forget_face", 1)]
    assert await search(tx, vault, embedding(0)) == ()


@pytest.mark.parametrize("ended", ["revoked", "withdrawn", "refused"])
async def test_a_registration_that_ends_takes_its_template_along(
    database: Database, owner: asyncpg.Connection, vault: Vault, ended: str
) -> None:
    async with database.transaction() as tx:
        child, other = await keep(tx, vault, 0), await keep(tx, vault, 1)
    await owner.execute("ALTER TABLE registrations DISABLE TRIGGER registrations_go_forward")
    await owner.execute("UPDATE registrations SET status = $2, held_for = '{over_six}' WHERE id = $1", child, ended)
    assert await owner.fetchval("SELECT array_agg(registration_id) FROM faces.templates") == [other]


async def test_a_record_that_is_deleted_takes_its_template_along(
    database: Database, owner: asyncpg.Connection, vault: Vault
) -> None:
    async with database.transaction() as tx:
        child = await keep(tx, vault, 0)
    await owner.execute("DELETE FROM registrations WHERE id = $1", child)
    assert await owner.fetchval("SELECT count(*) FROM faces.templates") == 0


@pytest.mark.servers
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT turned FROM faces.templates",
        "UPDATE faces.templates SET turned = NULL",
        "DELETE FROM faces.templates",
        "SELECT faces.make_searchable()",
        "UPDATE face_templates SET id = id",
        "DELETE FROM face_templates",
        "UPDATE face_calibrations SET list_from = 0.1",
        "DELETE FROM face_calibrations",
        "UPDATE face_calibration_points SET score = 0",
    ],
)
async def test_the_role_of_the_service_may_not(database: Database, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.transaction() as tx:
            await tx.connection.execute(statement)


async def test_what_lies_in_the_books_is_sealed_and_turned(
    database: Database, owner: asyncpg.Connection, vault: Vault
) -> None:
    async with database.transaction() as tx:
        await keep(tx, vault, 0)
    row = await owner.fetchrow("SELECT sealed, turned, turned_under FROM faces.templates")
    assert np.array_equal(open_sealed(vault, row["sealed"]), embedding(0))
    assert row["turned_under"] == vault.current().mark
    assert abs(float(np.dot(np.array(row["turned"]), embedding(0)))) < 0.4
    assert embedding(0).tobytes() not in row["sealed"]
    with pytest.raises(SealBroken):
        open_sealed(vault, row["sealed"][:-1] + bytes([row["sealed"][-1] ^ 1]))


def test_a_turned_template_keeps_every_score(vault: Vault) -> None:
    key = vault.current()
    for other in range(6):
        one, two = (np.array(turn(key, embedding(number)).numbers) for number in (0, other))
        assert one @ two == pytest.approx(float(embedding(0) @ embedding(other)), abs=1e-5)


def test_a_template_is_turned_otherwise_under_another_key() -> None:
    one, two = (new_key(in_use_from=make.NOON) for _ in range(2))
    assert turn(one, embedding(0)).numbers == turn(one, embedding(0)).numbers
    assert abs(np.dot(turn(one, embedding(0)).numbers, turn(two, embedding(0)).numbers)) < 0.5


async def test_a_change_of_the_key_loses_no_child(
    database: Database, owner: asyncpg.Connection, keys: Path, vault: Vault
) -> None:
    async with database.transaction() as tx:
        child = await keep(tx, vault, 0)
    old = vault.current()
    new_key(in_use_from=datetime.now(UTC)).write(keys)
    vault = Vault(keys)
    assert vault.current().mark != old.mark
    async with database.transaction() as tx:
        assert [hit.registration_id for hit in await search(tx, vault, embedding(0))] == [child]
    await turn_some_faces(database, vault=vault)
    while await renew_some(database, vault=vault, tables=SEALED_TABLES, settled_after=timedelta()):
        pass
    old.file(keys).unlink()
    async with database.transaction() as tx:
        assert [hit.registration_id for hit in await search(tx, Vault(keys), embedding(0))] == [child]
    row = await owner.fetchrow("SELECT sealed, turned_under FROM faces.templates")
    assert np.array_equal(open_sealed(Vault(keys), row["sealed"]), embedding(0))
    assert row["turned_under"] == Vault(keys).current().mark


@pytest.mark.servers
async def test_without_pgvector_searching_says_so_and_all_else_works(
    database: Database, owner: asyncpg.Connection, vault: Vault
) -> None:
    await owner.execute("DROP EXTENSION IF EXISTS vector")
    async with database.transaction() as tx:
        await keep(tx, vault, 0)
        with pytest.raises(FaceSearchUnavailable) as missing:
            await search(tx, vault, embedding(0))
        assert (await service.read_comparison(tx, score=0.45)).band is Band.POSSIBLE
    assert "make_searchable()" in missing.value.remedy.zh
    assert await owner.fetchval("SELECT turned FROM faces.templates") is None
    assert not await turn_some_faces(database, vault=vault)


async def test_what_was_kept_before_pgvector_came_is_found_afterwards(
    database: Database, owner: asyncpg.Connection, vault: Vault
) -> None:
    await owner.execute("DROP EXTENSION vector")
    async with database.transaction() as tx:
        child = await keep(tx, vault, 0)
    assert await owner.fetchval("SELECT faces.make_searchable()")
    await turn_some_faces(database, vault=vault)
    async with database.transaction() as tx:
        assert [hit.registration_id for hit in await search(tx, vault, embedding(0))] == [child]


async def test_a_template_that_does_not_open_holds_up_no_other(
    database: Database, owner: asyncpg.Connection, vault: Vault
) -> None:
    async with database.transaction() as tx:
        await keep(tx, vault, 0)
        child = await keep(tx, vault, 1)
    await owner.execute(
        "UPDATE faces.templates SET turned = NULL, turned_under = NULL,"
        " sealed = CASE WHEN registration_id = $1 THEN sealed ELSE substring(sealed FOR 40) END",
        child,
    )
    assert not await turn_some_faces(database, vault=vault)
    async with database.transaction() as tx:
        assert [hit.registration_id for hit in await search(tx, vault, embedding(1))] == [child]


async def test_many_templates_that_do_not_open_hold_up_no_other(
    database: Database, owner: asyncpg.Connection, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("birthreg.documents.jobs._BLOCK", 2)
    async with database.transaction() as tx:
        for number in range(4):
            await keep(tx, vault, number)
        child = await keep(tx, vault, 4)
    await owner.execute(
        "UPDATE faces.templates SET turned = NULL, turned_under = NULL,"
        " sealed = CASE WHEN registration_id = $1 THEN sealed ELSE substring(sealed FOR 40) END",
        child,
    )
    assert not await turn_some_faces(database, vault=vault)
    async with database.transaction() as tx:
        assert [hit.registration_id for hit in await search(tx, vault, embedding(4))] == [child]


async def test_templates_of_another_model_are_not_compared(
    database: Database, owner: asyncpg.Connection, vault: Vault
) -> None:
    async with database.transaction() as tx:
        await keep(tx, vault, 0)
    await owner.execute("UPDATE faces.templates SET model = 'another'")
    async with database.transaction() as tx:
        assert await search(tx, vault, embedding(0)) == ()


def test_a_sealed_template_opens_as_it_was(vault: Vault) -> None:
    assert np.array_equal(open_sealed(vault, seal(vault, embedding(5))), embedding(5))


def test_a_hit_names_nobody() -> None:
    assert {field.name for field in msgspec.structs.fields(FaceHit)} == {"registration_id", "comparison"}
