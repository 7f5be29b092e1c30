"""Letters in official form (公文, GB/T 9704-2012) as PDF. They are data; `letter.typ` gives them their form.

A process of its own sets each letter: it can be stopped when it takes too long, and what
the typesetter keeps in memory goes with it.
"""

import asyncio
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Annotated

import msgspec

from birthreg.kernel.errors import Invalid, Unavailable
from birthreg.kernel.language import Text

LARGEST_BYTES = 1024 * 1024
_SECONDS_TO_SET = 60
_SECONDS_TO_WAIT = 120
_PRESSES = ThreadPoolExecutor(2, thread_name_prefix="letters")
"""Threads that wait for processes; who asks for a letter too many waits in line."""

_FULL_WIDTH = str.maketrans(",;:?!()", "\uff0c\uff1b\uff1a\uff1f\uff01\uff08\uff09")
_YEAR_IN_BRACKETS = re.compile(r"\s*[\[(\uff08\uff3b【〔]\s*(\d{4})\s*[\])\uff09\uff3d】〕]\s*")


class LetterTooLong(Invalid):
    """公文内容超过上限(1 MiB)。

    The letter is over the limit (1 MiB).
    """

    remedy = Text("请缩短正文或拆分附件。", "Shorten the text, or split its attachments.")


class LetterLate(Unavailable):
    """公文未能在规定时间内生成。

    The letter could not be made in time.
    """


Words = Annotated[str, msgspec.Meta(min_length=1)]


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """Paragraphs of a letter, under a heading such as “一、异议事项” where it has one."""

    paragraphs: tuple[Words, ...]
    heading: Words | None = None


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """An attachment (附件): a table with its title; `widths` are the columns' shares of the line."""

    title: Words
    columns: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What an official letter says.

    The organisation stands in red at the head and above the date. The title is given in phrases that
    are better not broken. Without a document number a place is left to write it. The last paragraph
    stays with the signature. The note (附注) stands in brackets under the date.
    """

    organization: Words
    document_number: str | None
    title: tuple[Words, ...]
    addressee: Words
    sections: tuple[Section, ...]
    dated: date
    attachments: tuple[Table, ...] = ()
    note: str | None = None
    copies_to: tuple[str, ...] = ()


def word(sentence: str, **values: object) -> str:
    """Return a sentence of a letter's own with its places filled and its punctuation full-width (GB/T 15834).

    What is filled in stays as it was typed.
    """
    return sentence.translate(_FULL_WIDTH).format(**values)


def write_day(day: date) -> str:
    """Write a day as official letters do: 2026年3月5日, without zeros in front."""
    return f"{day.year}年{day.month}月{day.day}日"


def write_number(number: str | None, *, year: int) -> str:
    """Write a document number with its year in 〔〕, whatever brackets were typed; without one, a place to write it."""
    if number is None or not number.strip():
        return f"〔{year}〕\u3000\u3000\u3000号"
    return _YEAR_IN_BRACKETS.sub(r"〔\1〕", number.strip())


async def print_letter(letter: Letter) -> bytes:
    """Return a letter as PDF/A-2a; the same letter gives the same bytes.

    A character that the font lacks is printed as 〓 with its code point, for a hand to fill in.

    Raises:
        LetterTooLong: it is over the limit.
        LetterLate: it took too long, or too many were before it.
    """
    data = msgspec.json.encode(letter)
    if len(data) > LARGEST_BYTES:
        raise LetterTooLong
    try:
        async with asyncio.timeout(_SECONDS_TO_WAIT):
            return await asyncio.get_running_loop().run_in_executor(_PRESSES, _set, data)
    except (TimeoutError, subprocess.TimeoutExpired) as error:
        raise LetterLate from error


def _set(data: bytes) -> bytes:
    ended = subprocess.run(
        [sys.executable, "-m", "birthreg.kernel.typesetting"],
        input=data,
        capture_output=True,
        timeout=_SECONDS_TO_SET,
        check=False,
    )
    if ended.returncode:
        raise RuntimeError(f"typesetting ended with {ended.returncode}: {ended.stderr.decode(errors='replace')}")
    return ended.stdout
