"""Numbers with their end hidden."""

import pytest

from birthreg.kernel.masking import mask_number, mask_numbers


@pytest.mark.parametrize(
    ("typed", "shown"), [("X420100001", "X4201*****"), ("X4201O", "X4201*"), ("X42", "X42"), ("", "")]
)
def test_a_number_keeps_letter_province_and_prefecture(typed: str, shown: str) -> None:
    assert mask_number(typed) == shown


def test_every_number_in_a_text_is_masked_and_nothing_else() -> None:
    text = "原证编号 X420100001 已使用;机构 420106510000,见 x420100002。"
    assert mask_numbers(text) == "原证编号 X4201***** 已使用;机构 420106510000,见 x4201*****。"
