"""Long work stands back for desks, and nothing else of the machine does."""

import os
import subprocess
import sys

from birthreg.kernel import giving_way
from birthreg.kernel.database import Database


def niceness(pid: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, pid)


async def test_the_backend_of_long_work_stands_back_for_all_others(database: Database) -> None:
    long, other = await database.connect(), await database.connect()
    try:
        giving_way.give_way(long)
        assert niceness(long.get_server_pid()) == giving_way.NICENESS
        assert niceness(other.get_server_pid()) == niceness(os.getpid())
    finally:
        await long.close()
        await other.close()


def test_a_process_that_is_no_backend_of_a_local_postgres_is_left_alone() -> None:
    for title in ("postgres: birthreg_service birthreg 10.1.2.3(4711) idle", "another [local] service"):
        sleeper = ["-c", "import sys; print(flush=True); sys.stdin.read()", title]
        with subprocess.Popen(
            [title, *sleeper], executable=sys.executable, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            before = niceness(process.pid)
            giving_way.lower(process.pid)
            assert niceness(process.pid) == before
            process.communicate()


def test_a_backend_that_is_gone_is_no_fault() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    giving_way.lower(process.pid)
