"""`birthreg` and `python -m birthreg`."""

import sys

from birthreg.cli import run


def main() -> int:
    """Run the command line of this process."""
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
