"""Void numbers from files."""

from datetime import date

import pytest
from tests import make
from tests.imports.conftest import BringIn

from birthreg.access.service import OrganizationUnknown
from birthreg.blacklist.models import BlacklistReason
from birthreg.imports.models import Kind
from birthreg.imports.rules import REASONS
from birthreg.kernel.database import Transaction

HEADER = "first,last,count,reason,document_number,event_date,institution,note\n"
RANGE = "K420000100,K420002599,2500,stolen,鄂卫〔2020〕1号,2020-01-05,武汉市妇幼保健院,夜间被盗\n"


async def test_a_range_is_listed_in_the_name_of_the_organisation(bring_in: BringIn, tx: Transaction) -> None:
    assert (await bring_in(HEADER + RANGE, Kind.BLACKLIST)).counts == (1, 0, 0)
    columns = (
        "id, first, last, count, reason, document_number, event_date, institution, note, organization, listed_at,"
        " listed_by, lifted_at"
    )
    row = dict(await tx.connection.fetchrow(f"SELECT {columns} FROM blacklist_entries"))
    assert (row.pop("id").version, row.pop("listed_at") is not None) == (7, True)
    assert row == {
        "first": "K420000100",
        "last": "K420002599",
        "count": 2500,
        "reason": "stolen",
        "document_number": "鄂卫〔2020〕1号",
        "event_date": date(2020, 1, 5),
        "institution": "武汉市妇幼保健院",
        "note": "夜间被盗",
        "organization": make.WUHAN,
        "listed_by": "operator",
        "lifted_at": None,
    }
    assert await tx.connection.fetchval("SELECT count(*) FROM blacklist_blocks") == 3


async def test_a_single_number_needs_neither_last_nor_count(bring_in: BringIn, tx: Transaction) -> None:
    ended = await bring_in(HEADER + "K420000001,,,voided,1号,2020-01-05,,\n", Kind.BLACKLIST)
    assert ended.counts == (1, 0, 0)
    assert tuple(await tx.connection.fetchrow("SELECT first, last, count FROM blacklist_entries")) == (
        "K420000001",
        "K420000001",
        1,
    )


@pytest.mark.parametrize("reason", list(BlacklistReason))
def test_the_text_for_an_unknown_reason_names_them_all(reason: BlacklistReason) -> None:
    assert reason in REASONS["reason_unknown"].zh


FLAWED = [
    (",,,stolen,1,2020-01-05,,", "first", "field_missing"),
    ("K42,,,stolen,1,2020-01-05,,", "first", "number_malformed"),
    ("K420000001,K42,,stolen,1,2020-01-05,,", "last", "number_malformed"),
    ("K420000001,L420000002,,stolen,1,2020-01-05,,", "last", "range_letters_differ"),
    ("K420000002,K420000001,,stolen,1,2020-01-05,,", "last", "range_backwards"),
    ("K420000000,K430000000,,stolen,1,2020-01-05,,", "last", "range_too_long"),
    ("K420000001,K420000002,3,stolen,1,2020-01-05,,", "count", "range_count_differs"),
    ("K420000001,K420000002,two,stolen,1,2020-01-05,,", "count", "number_out_of_bounds"),
    ("K420000001,,,,1,2020-01-05,,", "reason", "field_missing"),
    ("K420000001,,,eaten,1,2020-01-05,,", "reason", "reason_unknown"),
    ("K420000001,,,stolen,,2020-01-05,,", "document_number", "field_missing"),
    ("K420000001,,,stolen," + "1" * 101 + ",2020-01-05,,", "document_number", "text_too_long"),
    ("K420000001,,,stolen,1,,,", "event_date", "field_missing"),
    ("K420000001,,,stolen,1,2020-02-30,,", "event_date", "date_malformed"),
    ("K420000001,,,stolen,1,2020/2-3,,", "event_date", "date_malformed"),
    ("K420000001,,,stolen,1,3/2/2020,,", "event_date", "date_malformed"),
    ("K420000001,,,stolen,1,2999-01-01,,", "event_date", "date_in_future"),
    ("K420000001,,,stolen,1,2020-01-05," + "院" * 101 + ",", "institution", "text_too_long"),
    ("K420000001,,,stolen,1,2020-01-05,," + "注" * 1001, "note", "text_too_long"),
]


async def test_a_flawed_row_is_refused_with_its_reason(bring_in: BringIn) -> None:
    ended = await bring_in(HEADER + "\n".join(row for row, _, _ in FLAWED), Kind.BLACKLIST)
    assert ended.reasons == [(2 + n, field, code) for n, (_, field, code) in enumerate(FLAWED)]
    assert {code for _, _, code in FLAWED} <= REASONS.keys()


async def test_a_date_is_read_as_spreadsheets_write_it(bring_in: BringIn, tx: Transaction) -> None:
    days = ["2026/11/1", "2026/11/01", "2026.11.1", "2026-11-1", "20261101", "2026/11/1 0:00"]
    rows = "".join(f"K42000001{place},,,stolen,1,{day},,\n" for place, day in enumerate(days))
    assert (await bring_in(HEADER + rows, Kind.BLACKLIST)).reasons == []
    read = await tx.connection.fetch("SELECT event_date FROM blacklist_entries WHERE first LIKE 'K42000001%'")
    assert [row["event_date"] for row in read] == [date(2026, 11, 1)] * len(days)


async def test_a_range_of_ten_million_is_the_longest(bring_in: BringIn) -> None:
    row = "K420000000,K429999999,10000000,edition_ended,1,2020-01-05,,\n"
    assert (await bring_in(HEADER + row, Kind.BLACKLIST)).counts == (1, 0, 0)


async def test_what_is_said_twice_is_listed_once_and_raises_the_version_once(
    bring_in: BringIn, tx: Transaction
) -> None:
    assert (await bring_in(HEADER + RANGE + RANGE, Kind.BLACKLIST)).counts == (1, 1, 0)
    version = await tx.connection.fetchval("SELECT version FROM blacklist_state")
    assert (await bring_in(HEADER + RANGE, Kind.BLACKLIST)).counts == (0, 1, 0)
    assert await tx.connection.fetchval("SELECT version FROM blacklist_state") == version


async def test_another_document_on_the_same_number_is_another_entry(bring_in: BringIn) -> None:
    ended = await bring_in(HEADER + RANGE + RANGE.replace("1号", "2号"), Kind.BLACKLIST)
    assert ended.counts == (2, 0, 0)


async def test_an_organisation_that_is_not_known_lists_nothing(bring_in: BringIn) -> None:
    with pytest.raises(OrganizationUnknown):
        await bring_in(HEADER + RANGE, Kind.BLACKLIST, organization="990000000000")
