"""The process that sets one letter: JSON on its standard input, PDF on its standard output."""

import re
import resource
import struct
import sys
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import typst
from noto_cjk_sans_otc import FONT_PATH

from birthreg.kernel.letters import Letter, write_day, write_number

_TEMPLATE = Path(__file__).with_name("letter.typ")
_MEMORY_BYTES = 2 * 1024 * 1024 * 1024
"""Of data: threads reserve far more addresses than they use, the more cores the more."""
_BLANKS = re.compile(r"(?:[^\S\u3000]|[\u115f\u1160\u3164])+")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Cn"})
"""Controls, marks that turn the direction of a text or hide in it, and what is no character."""
_VARIANTS = re.compile(r"[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Ask for another drawing of the character before them; the font draws the usual one."""
_ENDLESS = re.compile(r"[!-\u2e7f]{28,}")
"""A run without a place to break it, as long as a line or longer, would leave the page."""
_MISSING = "〓"


class Glyphs:
    """Which characters the font can show."""

    def __init__(self, font: bytes) -> None:
        """Read the character map (OpenType `cmap`, format 12) of a collection's first font."""
        (offset,) = struct.unpack_from(">I", font, 12)
        (tables,) = struct.unpack_from(">H", font, offset + 4)
        records = [struct.unpack_from(">4sIII", font, offset + 12 + 16 * at) for at in range(tables)]
        cmap = next(begin for tag, _, begin, _ in records if tag == b"cmap")
        (maps,) = struct.unpack_from(">H", font, cmap + 2)
        places = [struct.unpack_from(">HHI", font, cmap + 4 + 8 * at) for at in range(maps)]
        full = cmap + next(begin for platform, encoding, begin in places if (platform, encoding) == (3, 10))
        (groups,) = struct.unpack_from(">I", font, full + 12)
        self._ranges = [struct.unpack_from(">II", font, full + 16 + 12 * at) for at in range(groups)]
        self._shown: dict[str, bool] = {}

    def show(self, character: str) -> bool:
        """Say whether the font has this character."""
        if character not in self._shown:
            self._shown[character] = any(first <= ord(character) <= last for first, last in self._ranges)
        return self._shown[character]


def legible(text: str, glyphs: Glyphs) -> str:
    """Return a text as it can be printed and read: no controls, and 〓 with the code point where the font has none."""
    plain = _VARIANTS.sub("", _BLANKS.sub(" ", text))
    seen = (c for c in plain if unicodedata.category(c) not in _UNSEEN)
    shown = "".join(c if glyphs.show(c) else f"{_MISSING}〔U+{ord(c):04X}〕" for c in seen)
    if text and not shown.strip():
        return _MISSING
    return _ENDLESS.sub(lambda run: "\u200b".join(run.group()), shown)


def form_of(letter: Letter) -> dict[str, Any]:
    """Return what the template prints, as text."""
    fields: dict[str, Any] = msgspec.to_builtins(letter)
    return fields | {
        "number": write_number(letter.document_number, year=letter.dated.year),
        "dated": write_day(letter.dated),
        "day": (letter.dated.year, letter.dated.month, letter.dated.day),
        "copies": "\uff0c".join(letter.copies_to) or None,
    }


def _all_legible(value: Any, glyphs: Glyphs) -> Any:
    if isinstance(value, str):
        return legible(value, glyphs)
    if isinstance(value, dict):
        return {name: _all_legible(one, glyphs) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_all_legible(one, glyphs) for one in value]
    return value


def typeset(letter: Letter, **form: Any) -> Any:
    """Return the letter as PDF/A-2a, or in another form that the typesetter knows."""
    glyphs = Glyphs(FONT_PATH.read_bytes())
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(Path(str(FONT_PATH)).parent)]
    )
    return typst.compile(
        _TEMPLATE.read_bytes(),
        font_paths=fonts,
        sys_inputs={"letter": msgspec.json.encode(_all_legible(form_of(letter), glyphs)).decode()},
        timestamp=datetime(letter.dated.year, letter.dated.month, letter.dated.day, tzinfo=UTC),
        **form or {"format": "pdf", "pdf_standards": ["a-2a", "ua-1"]},
    )


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_BYTES, _MEMORY_BYTES))
    letter = msgspec.json.decode(sys.stdin.buffer.read(), type=Letter)
    try:
        pdf = typeset(letter)
    except typst.TypstError as error:
        # Its message may quote the letter, which is no business of a log.
        sys.exit(f"the typesetter refused: {error.hints}")
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    _main()
