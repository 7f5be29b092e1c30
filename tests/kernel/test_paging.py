"""Cursors: opaque, ours, and nothing else."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from birthreg.kernel.errors import FieldsWrong
from birthreg.kernel.paging import Page, decode_cursor, decode_id_cursor, encode_cursor


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_cursor_comes_back_as_it_went(place: str) -> None:
    assert decode_cursor(encode_cursor(place)) == place


@given(st.uuids())
def test_a_cursor_of_an_identifier_comes_back_as_it_went(place: UUID) -> None:
    assert decode_id_cursor(encode_cursor(place)) == place


def test_no_cursor_is_the_first_page() -> None:
    assert decode_cursor(None) is None
    assert decode_id_cursor(None) is None


@pytest.mark.parametrize("cursor", ["é", "_", "////", "YWJj", "-1", "0", "%00"])
def test_a_cursor_that_is_not_ours_is_a_wrong_field(cursor: str) -> None:
    with pytest.raises(FieldsWrong) as raised:
        decode_id_cursor(cursor)
    assert [(error.field, error.code) for error in raised.value.errors] == [("cursor", "cursor_invalid")]


@given(st.text())
def test_no_cursor_is_a_fault(cursor: str) -> None:
    try:
        decode_id_cursor(cursor)
    except FieldsWrong:
        return


@pytest.mark.parametrize(
    ("found", "items", "cursor"), [([], [], None), ([1, 2], [1, 2], None), ([1, 2, 3], [1, 2], "2")]
)
def test_a_page_is_cut_where_one_more_was_found(found: list[int], items: list[int], cursor: str | None) -> None:
    page = Page.cut(found, limit=2, cursor_of=lambda item: item)
    assert page.items == items
    assert decode_cursor(page.next_cursor) == cursor
