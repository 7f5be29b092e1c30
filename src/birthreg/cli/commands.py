"""The form of every command: a name, a sentence in both languages, an example, a function."""

import argparse
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import NoReturn

from birthreg.kernel.language import Text

Run = Callable[[argparse.Namespace], int]


class Parser(argparse.ArgumentParser):
    """An argument parser that says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Tell wrong use and end with 2."""
        print(f"{self.prog}: 用法有误 · wrong use: {message}; {self.prog} --help", file=sys.stderr)
        raise SystemExit(2)


class Commands:
    """Where groups of commands are added."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        """Add commands below a parser."""
        self._below = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)

    def add(self, name: str, *, sentence: Text, example: str, run: Run) -> argparse.ArgumentParser:
        """Add a command and return its parser, for its arguments."""
        parser = self._add(name, sentence, f"例 · example:\n  {example}")
        parser.set_defaults(run=run)
        return parser

    def group(self, name: str, *, sentence: Text, example: str) -> "Commands":
        """Add a word that has commands below it, such as `key` in `birthreg key rotate`."""
        return Commands(self._add(name, sentence, f"例 · example:\n  {example}"))

    def _add(self, name: str, sentence: Text, epilog: str) -> argparse.ArgumentParser:
        said = f"{sentence.zh} · {sentence.en}"
        return self._below.add_parser(
            name,
            help=said,
            description=said,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )


class _Version(argparse.Action):
    """Print the installed version; it is looked up only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        print(f"birthreg {version('birthreg')}")
        parser.exit()


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of `birthreg` itself, without commands."""
    parser = Parser(
        prog="birthreg",
        description="出生医学证明编号核验 · verifies birth-certificate numbers",
        epilog="例 · example:\n  birthreg up",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="版本 · the version")
    return parser
