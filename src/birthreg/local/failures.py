"""Why a local start ended, told in one line."""

from typing import ClassVar

from birthreg.kernel.language import Text


class StartFailed(Exception):
    """The start can't go on; its text says what is in the way and what to do, in both languages."""

    exit_code: ClassVar[int] = 1

    def __init__(self, text: Text) -> None:
        """Keep the text in both languages."""
        self.text = text
        super().__init__(f"{text.zh} · {text.en}")


class WrongUse(StartFailed):
    """What was asked for can't be had here: a port in use, a folder in use."""

    exit_code = 2
