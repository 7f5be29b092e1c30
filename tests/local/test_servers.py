import socket
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
import redis
from tests.conftest import POSTGRES_PROGRAMS, REDIS_PROGRAM
from tests.local.instances import kill, processes_in, wait_for

from birthreg.local.accounts import Account
from birthreg.local.failures import StartFailed
from birthreg.local.places import socket_folder
from birthreg.local.processes import OWN_NAME, find_processes
from birthreg.local.servers import OWNER_ROLE, Postgres, Valkey

pytestmark = pytest.mark.servers


@pytest.fixture
def folder(data_folder: Path, request: pytest.FixtureRequest) -> Path:
    folder = data_folder / f"a server's, {abs(hash(request.node.name))}"
    folder.mkdir(mode=0o711)
    return folder


@pytest.fixture
def postgres(folder: Path, account: Account) -> Iterator[Postgres]:
    postgres = Postgres(folder, account=account, programs=POSTGRES_PROGRAMS, durable=False)
    yield postgres
    postgres.stop()


async def count_rows(postgres: Postgres) -> int:
    connection = await asyncpg.connect(postgres.url(role=OWNER_ROLE))
    await connection.execute("CREATE TABLE IF NOT EXISTS kept (row int); INSERT INTO kept VALUES (1)")
    count: int = await connection.fetchval("SELECT count(*) FROM kept")
    await connection.close()
    return count


async def test_what_was_committed_is_there_after_a_stop_and_a_start(postgres: Postgres) -> None:
    postgres.start()
    assert await count_rows(postgres) == 1
    postgres.stop()
    postgres.start()
    assert await count_rows(postgres) == 2


async def test_what_was_committed_is_there_after_the_server_was_killed(postgres: Postgres, folder: Path) -> None:
    postgres.start()
    assert await count_rows(postgres) == 1
    kill(processes_in(folder))
    postgres.start()
    assert await count_rows(postgres) == 2


async def test_a_server_left_by_a_killed_parent_makes_room(postgres: Postgres, folder: Path, account: Account) -> None:
    postgres.start()
    left = processes_in(folder)
    another = Postgres(folder, account=account, programs=POSTGRES_PROGRAMS, durable=False)
    another.start()
    assert not set(left) & set(processes_in(folder))
    assert await count_rows(another) == 1
    another.stop()


async def test_a_first_start_that_was_killed_halfway_is_begun_again(postgres: Postgres, folder: Path) -> None:
    half = folder / "postgres.unfinished"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    postgres.start()
    assert await count_rows(postgres) == 1


def test_one_process_writes_out_for_a_durable_server_as_long_as_it_runs(folder: Path, account: Account) -> None:
    postgres = Postgres(folder, account=account, programs=POSTGRES_PROGRAMS)

    def writing() -> list[int]:
        return find_processes(folder / "postgres", names=[OWN_NAME])

    postgres.start()
    try:
        wait_for(lambda: len(writing()) == 1)
        first = writing()
        kill(find_processes(folder / "postgres", names=["postgres"]))
        wait_for(lambda: not postgres.is_running)
        postgres.start()
        wait_for(lambda: len(writing()) == 1 and writing() != first)
    finally:
        postgres.stop()
    assert writing() == []


async def test_ordinary_letters_of_chinese_names_are_letters(postgres: Postgres) -> None:
    postgres.start()
    connection = await asyncpg.connect(postgres.url(role=OWNER_ROLE))
    assert await connection.fetchval("SELECT '张' ~ '[[:alpha:]]'")
    await connection.close()


async def test_nobody_reaches_the_server_by_the_network(server: Postgres) -> None:
    connection = await asyncpg.connect(server.url(role=OWNER_ROLE, database="postgres"))
    assert await connection.fetchval("SHOW listen_addresses") == ""
    await connection.close()


def test_a_server_that_cannot_start_says_why(postgres: Postgres, folder: Path) -> None:
    postgres.start()
    postgres.stop()
    (folder / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(StartFailed, match=r"PostgreSQL did not start.*FATAL"):
        postgres.start()


def test_valkey_comes_back_over_the_socket_of_a_killed_one(folder: Path, account: Account) -> None:
    valkey = Valkey(folder, account=account, program=REDIS_PROGRAM)
    valkey.start()
    assert valkey.pid is not None
    kill([valkey.pid])
    wait_for(lambda: not valkey.is_running)
    valkey.start()
    with redis.Redis.from_url(valkey.url) as client:
        assert client.ping()
    valkey.stop()


@pytest.mark.parametrize("name", ["data", "深" * 60, "a, b"])
def test_sockets_stand_where_a_client_can_name_them(tmp_path: Path, name: str) -> None:
    folder = socket_folder(tmp_path / name)
    with socket.socket(socket.AF_UNIX) as listener:
        folder.mkdir(parents=True)
        listener.bind(str(folder / ".s.PGSQL.5432"))
    assert "," not in str(folder)
    (folder / ".s.PGSQL.5432").unlink()
    folder.rmdir()


def test_a_folder_that_somebody_else_owns_is_refused(tmp_path: Path, account: Account) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(StartFailed, match="belongs to another user"):
        account.own(tmp_path / "link")
