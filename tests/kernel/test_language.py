"""Which language an answer speaks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from birthreg.kernel.language import Language, Text, choose_language

ZH, EN = Language.CHINESE, Language.ENGLISH


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, ZH),
        ("", ZH),
        ("zh-CN", ZH),
        ("en", EN),
        ("en-GB", EN),
        ("EN-us", EN),
        ("fr", ZH),
        ("fr, en", EN),
        ("en;q=0.1, zh;q=0.9", ZH),
        ("zh;q=0.1, en;q=0.9", EN),
        ("zh;q=0, en", EN),
        ("en;q=0", ZH),
        ("en;q=nonsense, zh", ZH),
        ("*", ZH),
        ("en; q=0.9, zh; q=0.1", EN),
        ("energetic", ZH),
    ],
)
def test_the_language_follows_the_header_and_is_chinese_in_doubt(header: str | None, language: Language) -> None:
    assert choose_language(header) is language


@given(st.text())
def test_no_header_is_a_fault(header: str) -> None:
    assert choose_language(header) in (ZH, EN)


def test_a_text_is_filled_in_both_languages() -> None:
    filled = Text("在{place}", "at {place}").fill(place="武昌")
    assert (filled.speak(ZH), filled.speak(EN)) == ("在武昌", "at 武昌")
