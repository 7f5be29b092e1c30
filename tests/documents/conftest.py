"""What the tests of pictures share: one world for each file."""

from tests.screening.conftest import world

__all__ = ["world"]
