"""The commands of `birthreg`, one module per group.

To add a group: write `cli/<group>.py` with `def add_commands(commands: Commands) -> None`, which
calls `commands.add(…)` for each command (or `commands.group("key", …)` for `birthreg key …`), and
name the module in `_GROUPS`. A command's function takes the parsed arguments and returns its exit
code: 0 done, 1 a refusal or a finding, 2 wrong use. What it raises is told in one line by `run`:
a `DomainError` ends with 1, `WrongArgument` and `WrongSetting` with 2.

Every start reads all groups, so a group imports at its top what argparse needs, and inside its
functions whatever is slow to import.
"""

import sys
from collections.abc import Sequence
from importlib import import_module

from birthreg.cli.commands import Commands, make_parser
from birthreg.cli.failures import tell_failure

_GROUPS = (
    "running", "verify", "importing", "exporting", "audit", "keys", "receipts", "dossiers", "officers", "subordinates",
    "sweeping", "calibrating",
)  # fmt: skip


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    parser = make_parser()
    commands = Commands(parser)
    for group in _GROUPS:
        import_module(f"birthreg.cli.{group}").add_commands(commands)
    if not arguments:
        parser.print_help(sys.stderr)
        return 2
    given = parser.parse_args(arguments)
    try:
        code: int = given.run(given)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        sys.stderr.close()
        return 0
    except Exception as error:
        if (told := tell_failure(error)) is None:
            raise
        return told
    return code
