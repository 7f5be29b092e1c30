"""What the tests of cases share: one world, and books that each test leaves as it found them."""

from tests.screening.conftest import books, page, world

__all__ = ["books", "page", "world"]
