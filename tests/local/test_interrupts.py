"""That a signal stops a start for certain: an exception alone can be lost on its way."""

import subprocess
import sys
from textwrap import dedent

from tests.local.instances import ENVIRONMENT, GENEROUSLY

_BEGIN = """
import asyncio, io, os, signal, time
from birthreg.local.interrupts import Interrupts

def be_signalled():
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(0.01)

interrupts = Interrupts()
"""


def say(script: str) -> str:
    """Return what a script prints that is signalled on its way."""
    ended = subprocess.run(
        [sys.executable, "-c", _BEGIN + dedent(script)],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=GENEROUSLY,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    return ended.stdout


def test_a_signal_interrupts_what_is_being_waited_for() -> None:
    said = say("""
        with interrupts.heard():
            try:
                be_signalled()
                time.sleep(600)
            except KeyboardInterrupt:
                interrupts.ignore()
                print("stopped")
    """)
    assert said == "stopped\n"


def test_a_signal_that_python_drops_in_a_finalizer_is_heard_all_the_same() -> None:
    said = say("""
        class Answer(io.RawIOBase):
            def close(self):
                print("closed")
                be_signalled()

        with interrupts.heard():
            try:
                Answer()
                time.sleep(600)
            except KeyboardInterrupt:
                interrupts.ignore()
                print("stopped")
    """)
    assert said == "closed\nstopped\n"


def test_work_of_asyncio_is_cancelled_and_loses_no_answer_that_came_with_the_signal() -> None:
    said = say("""
        async def work():
            answer = asyncio.get_running_loop().create_future()

            def arrive():
                be_signalled()
                answer.set_result("answered")

            asyncio.get_running_loop().call_later(0.1, arrive)
            try:
                await asyncio.sleep(600)
            finally:
                print(await answer)

        with interrupts.heard():
            try:
                interrupts.run(work())
            except KeyboardInterrupt:
                print("stopped")
    """)
    assert said == "answered\nstopped\n"


def test_work_whose_end_waits_for_what_never_comes_is_ended_too() -> None:
    said = say("""
        async def work():
            try:
                be_signalled()
                await asyncio.sleep(600)
            finally:
                print("ending")
                await asyncio.Event().wait()

        with interrupts.heard():
            try:
                interrupts.run(work())
            except KeyboardInterrupt:
                interrupts.ignore()
                print("stopped")
    """)
    assert said == "ending\nstopped\n"


def test_work_without_a_signal_gives_what_it_found() -> None:
    assert (
        say("""
        async def work():
            await asyncio.sleep(0)
            return "found"

        with interrupts.heard():
            print(interrupts.run(work()))
    """)
        == "found\n"
    )
