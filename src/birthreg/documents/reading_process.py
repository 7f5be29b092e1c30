"""The process behind the pool: reads questions from its input, writes answers, has no network and little memory.

Run as `python -m birthreg.documents.reading_process MEGABYTES SECONDS`.
"""

import inspect
import os
import resource
import signal
import sys
import traceback
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, get_type_hints

import cv2
import msgspec

from birthreg.documents import lines
from birthreg.documents.pool import LENGTH, ROOM, Answer, Call, is_callable_here
from birthreg.documents.weights import WeightsMissing
from birthreg.kernel.errors import DomainError

_NICER = 5
"""Reading gives way to verifying."""


def main() -> None:
    """Answer until nobody asks any more."""
    questions, answers = _take_pipes()
    sys.addaudithook(_refuse_network)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICER)
    cv2.setNumThreads(1)
    # Whoever needs what is missing is told so; what needs no models goes on.
    with suppress(WeightsMissing):
        lines.load_models()
    _limit_memory(int(sys.argv[1]))
    _fall_silent()
    while length := int.from_bytes(questions.read(LENGTH)):
        question = questions.read(length)
        signal.alarm(int(sys.argv[2]))
        answer = msgspec.msgpack.encode(_answer(question))
        signal.alarm(0)
        answers.write(len(answer).to_bytes(LENGTH) + answer)
        answers.flush()


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep both pipes to ourselves, so that nothing a library prints gets into an answer."""
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return questions, answers


def _fall_silent() -> None:
    """Keep what libraries say of a broken picture out of the service's log: of a hostile one, a million lines."""
    with Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)


def _refuse_network(event: str, _arguments: tuple[Any, ...]) -> None:
    if event.startswith("socket."):
        raise PermissionError(event)


def _limit_memory(megabytes: int) -> None:
    """Let the process grow by so much from now on; data of its own, not the files that it maps."""
    status = Path("/proc/self/status")
    taken = 0
    if status.exists():
        rows = dict(line.split(":", 1) for line in status.read_text(encoding="ascii").splitlines() if ":" in line)
        taken = int(rows["VmData"].split()[0]) << 10
    limit = taken + (megabytes << 20)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(question: bytes) -> Answer:
    try:
        call = msgspec.msgpack.decode(question, type=Call)
        return Answer(value=msgspec.msgpack.encode(_call(call)))
    except DomainError as error:
        return Answer(refusal=error.code, message=error.message, errors=error.errors)
    except Exception as error:
        if isinstance(error, MemoryError) or _ran_out(error):
            return Answer(too_heavy=True)
        return Answer(fault="".join(traceback.format_exception(error)))


def _ran_out(error: Exception) -> bool:
    """Say whether a library's own error means that memory ran out."""
    said = str(error).lower()
    return any(words in said for words in ("insufficient memory", "bad_alloc", "failed to allocate", "bad allocation"))


def _call(call: Call) -> object:
    if call.module.startswith(ROOM):
        import_module(call.module)
    if not is_callable_here(call):
        raise LookupError(f"{call.module}.{call.name}")
    function = getattr(sys.modules[call.module], call.name)
    kinds = get_type_hints(function)
    bound = inspect.signature(function).bind(*call.arguments, **call.named)
    return function(
        **{name: msgspec.convert(value, type=kinds.get(name, Any)) for name, value in bound.arguments.items()}
    )


if __name__ == "__main__":
    main()
