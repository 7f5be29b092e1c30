"""The two languages of every text that an officer reads."""

from enum import StrEnum

import msgspec


class Language(StrEnum):
    """A language of answers, as BCP 47 tags (RFC 5646)."""

    CHINESE = "zh-CN"
    ENGLISH = "en"


class Text(msgspec.Struct, frozen=True):
    """One sentence in both languages; `{names}` in braces are filled in by `fill`."""

    zh: str
    en: str

    def fill(self, **values: object) -> "Text":
        """Return the sentence with its named places filled; a value that is itself a text, in its language."""
        zh = {name: value.zh if isinstance(value, Text) else value for name, value in values.items()}
        en = {name: value.en if isinstance(value, Text) else value for name, value in values.items()}
        return Text(self.zh.format(**zh), self.en.format(**en))

    def speak(self, language: Language) -> str:
        """Return the sentence in one language."""
        return self.en if language is Language.ENGLISH else self.zh


def _preference(part: str) -> tuple[float, str]:
    tag, _, weight = part.lower().partition(";")
    try:
        return float(weight.strip().removeprefix("q=") or 1), tag.strip()
    except ValueError:
        return 0.0, tag.strip()


def choose_language(accept_language: str | None) -> Language:
    """Pick the language of an answer from `Accept-Language` (RFC 9110 §12.5.4); Chinese when in doubt."""
    if not accept_language:
        return Language.CHINESE
    wanted = sorted((_preference(part) for part in accept_language[:200].split(",")), key=lambda w: -w[0])
    for weight, tag in wanted:
        if weight > 0 and tag.split("-")[0] in ("zh", "en"):
            return Language.ENGLISH if tag.startswith("en") else Language.CHINESE
    return Language.CHINESE
