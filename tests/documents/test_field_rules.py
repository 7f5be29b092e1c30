"""What a field says, and when it says something else than what was typed."""

import pytest

from birthreg.documents.field_rules import FieldOutcome, is_sound, judge, value_of

MATCH, DIFFERS, UNREADABLE = FieldOutcome


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("child_sex", "男", "1"),
        ("child_sex", "女性", "2"),
        ("child_sex", "口", None),
        ("born_at", "2021年03月04日05时06分", "2021-03-04T05:06"),
        ("born_at", "2021-03-04T05:06:00+08:00", "2021-03-04T05:06"),
        ("born_at", "2021-03-04", "2021-03-04"),
        ("born_at", "2021年03月04日 5时", "2021-03-04"),
        ("born_at", "2021年13月04日", None),
        ("issued_on", "２０２１年３月４日", "2021-03-04"),
        ("issued_on", "20210304", "2021-03-04"),
        ("issued_on", "2021年02月30日", None),
        ("gestation_days", "39周+2天", "275"),
        ("gestation_days", "275", "275"),
        ("weight_grams", "3200克", "3200"),
        ("length_centimeters", "49.5厘米", "49.5"),
        ("length_centimeters", "５０．０cm", "50"),
        ("length_centimeters", "49,50", "49.5"),
        ("length_centimeters", "051", "51"),
        ("length_centimeters", "厘米", None),
        ("length_centimeters", "2021", None),
        ("mother_age", "29岁", "29"),
        ("child_name", "：王 子涵", "王子涵"),
        ("child_name", "", None),
        ("mother_citizen_number", "11010519491231002x", "11010519491231002X"),
        ("father_citizen_number", "110105194912310021", None),
        ("father_citizen_number", "11010519491231", None),
    ],
)
def test_a_field_says_what_would_be_typed(field: str, text: str, value: str | None) -> None:
    assert value_of(field, text) == value


@pytest.mark.parametrize(
    ("field", "value", "confidence", "typed", "outcome"),
    [
        ("child_name", "王子涵", 0.5, "王子涵", MATCH),
        ("child_name", "王子涵", 0.99, "王梓涵", DIFFERS),
        ("child_name", "王子涵", 0.6, "王梓涵", UNREADABLE),
        ("child_name", None, 0.99, "王梓涵", UNREADABLE),
        ("child_name", "阿依·古丽", 0.9, "阿依•古丽", MATCH),
        ("born_at", "2021-03-04T05:06", 0.9, "2021-03-04", MATCH),
        ("born_at", "2021-03-04T05:06", 0.9, "2021-03-04T05:07:00+08:00", DIFFERS),
        ("issued_on", "2021-03-04", 0.9, "2021-03-05", DIFFERS),
        ("length_centimeters", "49.5", 0.95, "49", DIFFERS),
        ("length_centimeters", "49.5", 0.95, "49.50 厘米", MATCH),
        ("length_centimeters", "50", 0.95, "50.0", MATCH),
        ("length_centimeters", "49.5", 0.5, "49", UNREADABLE),
        ("child_sex", "1", 0.95, "2", DIFFERS),
        ("child_sex", "1", 0.95, "男", MATCH),
        ("issuer_name", "湖北省武汉市武昌区妇幼保健院", 0.95, "湖北省武汉市武昌区妇幼保建院", UNREADABLE),
        ("issuer_name", "湖北省武汉市武昌区妇幼保健院", 0.95, "河南省郑州市人民医院", DIFFERS),
        ("mother_citizen_number", "11010519491231002X", 0.95, "11010519491231002x", MATCH),
        ("mother_citizen_number", "11010519491231002X", 0.95, "110105194912310118", DIFFERS),
        ("child_name", "王子涵", 0.99, " ", UNREADABLE),
    ],
)
def test_a_field_matches_differs_or_cannot_be_told(
    field: str, value: str | None, confidence: float, typed: str, outcome: FieldOutcome
) -> None:
    assert judge(field, value, confidence, typed) is outcome


def test_a_citizen_number_is_sound_by_its_check_character_and_its_day() -> None:
    assert is_sound("11010519491231002X")
    assert not is_sound("110105194912310021")
    assert not is_sound("11010519491331002X")
