"""How a command that can't go on says so: one line on stderr, in both languages, with what to do."""

import sys

from birthreg.kernel.errors import DomainError
from birthreg.kernel.language import Text
from birthreg.local.failures import StartFailed
from birthreg.settings import WrongSetting


class WrongArgument(Exception):
    """An argument that can't be used; its text says which, why, and what to give instead."""

    def __init__(self, text: Text) -> None:
        """Keep the text in both languages."""
        self.text = text
        super().__init__(f"{text.zh} · {text.en}")


def complain(line: str) -> None:
    """Print one line to stderr."""
    print(f"birthreg: {' '.join(line.split())}", file=sys.stderr)


def tell_failure(error: Exception) -> int | None:
    """Print what was raised and return the exit code for it, or None when it is a fault of ours."""
    match error:
        case WrongSetting() | WrongArgument():
            complain(str(error))
            return 2
        case StartFailed():
            complain(str(error))
            return error.exit_code
        case DomainError(code="key_unusable", message=said, remedy=remedy):  # what is at hand can't be worked with
            complain(f"{said.zh}{remedy.zh} · {said.en} {remedy.en}")
            return 2
        case DomainError(message=said, remedy=remedy):
            complain(f"{said.zh}{remedy.zh} · {said.en} {remedy.en}")
            return 1
        case FileNotFoundError() | PermissionError() | IsADirectoryError() if error.filename:
            complain(f"{error.filename}: 无法打开,请检查路径和权限 · cannot open, check path and permissions")
            return 2
    return None
