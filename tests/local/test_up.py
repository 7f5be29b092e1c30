import signal
import socket
import time
from pathlib import Path

import pytest
from tests.local.instances import GENEROUSLY, Instance, find_free_port, kill, processes_in, run, wait_for

from birthreg.local.processes import find_processes

pytestmark = pytest.mark.slow


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "数据 with blanks"


def test_an_instance_starts_twice_in_a_row(data: Path) -> None:
    with Instance(data) as first:
        assert first.ask() == 200
        assert "shown only this once" in first.said
    with Instance(data) as second:
        assert second.ask() == 200
        assert "shown only this once" not in second.said


def test_after_everything_was_killed_it_starts_again_at_once(data: Path) -> None:
    port = find_free_port()
    with Instance(data, port=port) as first:
        first.kill_everything()
    with Instance(data, port=port) as second:
        assert second.sign_in() == 401


def test_after_the_parent_alone_was_killed_it_starts_again_at_once(data: Path) -> None:
    port = find_free_port()
    with Instance(data, port=port) as first:
        first.process.kill()
        first.process.wait()
    with Instance(data, port=port) as second:
        assert second.sign_in() == 401


def test_a_killed_parent_leaves_no_process_behind(data: Path) -> None:
    with Instance(data) as instance:
        assert len(processes_in(data)) > 3
        instance.process.kill()
        wait_for(lambda: processes_in(data) == [])


def test_killed_servers_come_back_without_a_restart_of_the_service(data: Path) -> None:
    with Instance(data) as instance:
        assert instance.sign_in() == 401
        kill(processes_in(data / "postgres") + processes_in(data / "valkey"))
        wait_for(lambda: instance.sign_in() == 401)
        assert "birthreg serve ended" not in instance.said


def test_a_killed_database_comes_back_and_nothing_beside_it_complains(data: Path) -> None:
    with Instance(data) as instance:
        kill(find_processes(data / "postgres", names=("postgres",)))
        wait_for(lambda: "PostgreSQL ended" in instance.said and instance.sign_in() == 401)
        assert "Traceback" not in instance.said


def test_a_killed_service_comes_back(data: Path) -> None:
    with Instance(data) as instance:
        kill(processes_in(data / "programs"))
        wait_for(lambda: "birthreg serve ended" in instance.said and instance.ask() == 200)
        assert "birthreg serve 已退出(信号 SIGKILL)" in instance.said
        assert "birthreg serve ended (signal SIGKILL)" in instance.said


def test_two_instances_run_side_by_side(tmp_path: Path) -> None:
    with Instance(tmp_path / "one") as one, Instance(tmp_path / "two") as two:
        assert (one.sign_in(), two.sign_in()) == (401, 401)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_while_a_request_is_running(data: Path, number: signal.Signals) -> None:
    with Instance(data) as instance, socket.create_connection(("127.0.0.1", instance.port)) as connection:
        head = (
            "POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{"
        )
        connection.sendall(head.encode())
        begin = time.monotonic()
        instance.process.send_signal(number)
        assert instance.process.wait(GENEROUSLY) == 0
        assert time.monotonic() - begin < 15
        assert processes_in(data) == []


@pytest.mark.parametrize("after", [0.0, 0.6, 1.4])
def test_a_signal_at_any_moment_of_the_start_stops_it(data: Path, after: float) -> None:
    instance = Instance(data)
    instance.start()
    wait_for(lambda: "starting the database" in instance.said)
    time.sleep(after)
    instance.process.send_signal(signal.SIGTERM)
    wait_for(lambda: instance.process.poll() is not None, what=lambda: instance.said)
    assert instance.process.returncode == 0, instance.said
    assert processes_in(data) == []
    assert "Traceback" not in instance.said


def test_a_port_in_use_is_told_in_one_line(data: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        ended = run("up", "--port", str(port), "--data-dir", str(data))
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert f"127.0.0.1:{port}" in ended.stderr


def test_a_data_folder_in_use_is_told_in_one_line(data: Path) -> None:
    with Instance(data) as instance:
        ended = run("up", "--port", str(find_free_port()), "--data-dir", str(data))
        assert ended.returncode == 2
        assert ended.stderr.count("\n") == 1
        assert str(instance.process.pid) in ended.stderr


def test_a_data_folder_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = run("up", "--port", str(find_free_port()), "--data-dir", str(tmp_path / "file" / "data"))
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1


@pytest.mark.servers
def test_configured_servers_are_used_and_left_running(data: Path, database_url: str, redis_url: str) -> None:
    settings = {"BIRTHREG_DATABASE_URL": database_url, "BIRTHREG_REDIS_URL": redis_url}
    with Instance(data, environment=settings) as instance:
        assert instance.sign_in() == 401
        assert not (data / "postgres").exists()
        assert not (data / "valkey").exists()
