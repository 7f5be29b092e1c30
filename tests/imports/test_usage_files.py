"""Usages from files."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.imports.conftest import BringIn

from birthreg.certificates.rules import parse_number
from birthreg.imports.models import ImportStatus
from birthreg.imports.rules import REASONS
from birthreg.kernel.database import Transaction

HEADER = "certificate_number,used_at,organization,registration_reference\n"
SOUND = "K420000001,2020-01-02T08:00:00+08:00,420106510000,R1\n"


async def test_a_row_becomes_a_usage(bring_in: BringIn, tx: Transaction) -> None:
    ended = await bring_in(HEADER + SOUND)
    assert (ended.outcome.status, ended.counts) == (ImportStatus.DONE, (1, 0, 0))
    row = await tx.connection.fetchrow("SELECT * FROM usages")
    assert dict(row) == {
        "certificate_number": "K420000001",
        "used_at": datetime(2020, 1, 2, tzinfo=UTC),
        "organization": "420106510000",
        "registration_reference": "R1",
        "registration_id": None,
        "reserved": False,
    }


FLAWED = [
    (",2020-01-01,420106510000,", "certificate_number", "field_missing"),
    ("K42000001,2020-01-01,420106510000,", "certificate_number", "number_malformed"),
    ("K4200000012,2020-01-01,420106510000,", "certificate_number", "number_malformed"),
    ("0420000001,2020-01-01,420106510000,", "certificate_number", "number_malformed"),
    ("KO20000001,2020-01-01,420106510000,", "certificate_number", "number_malformed"),
    ("K420000001,,420106510000,", "used_at", "field_missing"),
    ("K420000001,now,420106510000,", "used_at", "moment_malformed"),
    ("K420000001,infinity,420106510000,", "used_at", "moment_malformed"),
    ("K420000001,2020-02-30,420106510000,", "used_at", "moment_malformed"),
    ("K420000001,2021-02-29T08:00:00Z,420106510000,", "used_at", "moment_malformed"),
    ("K420000001,2020-13-01,420106510000,", "used_at", "moment_malformed"),
    ("K420000001,2020-01-01T25:00:00Z,420106510000,", "used_at", "moment_malformed"),
    ("K420000001,2020-01-01T08:60:00Z,420106510000,", "used_at", "moment_malformed"),
    ("K420000001,2020-01-01T08:00:61Z,420106510000,", "used_at", "moment_malformed"),
    ("K420000001,2020-01-01T08:00:00+29:00,420106510000,", "used_at", "moment_malformed"),
    ("K420000001,2020/1/1,420106510000,", "used_at", "moment_malformed"),
    ("K420000001,20200101,420106510000,", "used_at", "moment_malformed"),
    ("K420000001,2999-01-01,420106510000,", "used_at", "moment_in_future"),
    ("K420000001,2020-01-01,,", "organization", "field_missing"),
    ("K420000001,2020-01-01,42010651000,", "organization", "organization_malformed"),
    ("K420000001,2020-01-01,42010651000X,", "organization", "organization_malformed"),
    ("K420000001,2020-01-01,420106510000," + "R" * 101, "registration_reference", "text_too_long"),
    ("K420000001,2020-01-01,420106510000", "line", "columns_count"),
    ("K420000001,2020-01-01,420106510000,R,R", "line", "columns_count"),
    ('K420000001,2020-01-01,420106510000,"R', "line", "quote_unclosed"),
    ('K420000001,2020-01-01,420106510000,"R"x', "line", "quote_misplaced"),
    ("K420000001,2020-01-01,420106510000," + "R" * 20_000, "line", "line_too_long"),
    ("\\.", "line", "columns_count"),
    ("{}", "line", "columns_count"),
]


async def test_a_flawed_row_is_refused_with_its_reason_and_its_text(bring_in: BringIn) -> None:
    rows = "".join(f"{row}\n{SOUND.replace('K42', f'L{n:02}')}" for n, (row, _, _) in enumerate(FLAWED))
    ended = await bring_in(HEADER + rows)
    assert ended.reasons == [(2 + 2 * n, field, code) for n, (_, field, code) in enumerate(FLAWED)]
    assert [r.raw.rstrip() for r in ended.rejections] == [row[:16384] for row, _, _ in FLAWED]
    assert ended.counts == (len(FLAWED), 0, len(FLAWED))


def test_every_reason_is_told_in_both_languages() -> None:
    assert all(REASONS[code].zh and REASONS[code].en for _, _, code in FLAWED)


MOMENTS = [
    ("2020-03-01", datetime(2020, 2, 29, 16, tzinfo=UTC)),
    ("2020-02-29", datetime(2020, 2, 28, 16, tzinfo=UTC)),
    ("2020-01-31 08:30", datetime(2020, 1, 31, 0, 30, tzinfo=UTC)),
    ("2020-01-30 08:30:15", datetime(2020, 1, 30, 0, 30, 15, tzinfo=UTC)),
    ("2020-01-31T08:30:15+08:00", datetime(2020, 1, 31, 0, 30, 15, tzinfo=UTC)),
    ("2020-01-01T08:30:15.25Z", datetime(2020, 1, 1, 8, 30, 15, 250_000, tzinfo=UTC)),
    ("2020-01-01t08:30:15-05:30", datetime(2020, 1, 1, 14, 0, 15, tzinfo=UTC)),
    (" 2020-01-01 ", datetime(2019, 12, 31, 16, tzinfo=UTC)),
    ("1988-07-01", datetime(1988, 6, 30, 15, tzinfo=UTC)),  # China had summer time
]


async def test_a_time_is_read_as_it_is_meant(bring_in: BringIn, tx: Transaction) -> None:
    rows = "".join(f"K42{n:07},{typed},420106510000,\n" for n, (typed, _) in enumerate(MOMENTS))
    assert (await bring_in(HEADER + rows)).reasons == []
    read = await tx.connection.fetch("SELECT used_at FROM usages ORDER BY certificate_number")
    assert [row["used_at"] for row in read] == [meant for _, meant in MOMENTS]


async def test_every_day_of_a_leap_year_is_read(bring_in: BringIn, tx: Transaction) -> None:
    days = [datetime(2020, 1, 1, 13, 59, 59) + timedelta(days=day) for day in range(366)]  # noqa: DTZ001 - wall time
    rows = [f"K42{number:07},{day.isoformat()}+08:00,420106510000,\n" for number, day in enumerate(days)]
    assert (await bring_in(HEADER + "".join(rows))).counts == (366, 0, 0)
    read = await tx.connection.fetch("SELECT used_at FROM usages ORDER BY certificate_number")
    assert [row["used_at"] for row in read] == [day.replace(tzinfo=UTC) - timedelta(hours=8) for day in days]


@pytest.mark.parametrize(
    "typed",
    [
        "k420000001",
        "K420000001",
        " K42 0000-001",
        "K42–0000001",
        "K4200\u200b00001",
        "Ｋ４２００００００１",
        "K\u3000420000001",
    ],
)
async def test_a_number_is_normalised_as_at_the_desk(tx: Transaction, typed: str) -> None:
    number = await tx.connection.fetchval("SELECT read_certificate_number($1)", typed)
    assert number == parse_number(typed) == "K420000001"


async def test_a_second_import_of_the_same_file_changes_nothing(bring_in: BringIn, tx: Transaction) -> None:
    content = HEADER + "".join(SOUND.replace("K420000001", f"K42{n:07}") for n in range(100))
    assert (await bring_in(content)).counts == (100, 0, 0)
    before = await tx.connection.fetch("SELECT * FROM usages ORDER BY 1")
    assert (await bring_in(content)).counts == (0, 100, 0)
    assert await tx.connection.fetch("SELECT * FROM usages ORDER BY 1") == before


async def test_a_number_used_otherwise_is_refused_and_stays_as_it_was(bring_in: BringIn, tx: Transaction) -> None:
    await bring_in(HEADER + SOUND)
    others = [SOUND.replace("R1", "R2"), SOUND.replace("5100", "5101"), SOUND.replace("01-02", "01-03")]
    ended = await bring_in(HEADER + "".join(others) + SOUND)
    assert ended.counts == (0, 1, 3)
    assert {code for _, _, code in ended.reasons} == {"number_used_elsewhere"}
    assert await tx.connection.fetchval("SELECT registration_reference FROM usages") == "R1"


async def test_the_use_by_another_organisation_is_kept_as_a_rival_claim(bring_in: BringIn, tx: Transaction) -> None:
    await bring_in(HEADER + SOUND)
    rival = SOUND.replace("5100", "5101")
    for _ in range(2):
        await bring_in(HEADER + rival + SOUND.replace("R1", "R2"))
    [claim] = await tx.connection.fetch("SELECT certificate_number, source, organization FROM rival_claims")
    assert tuple(claim) == ("K420000001", "imported", rival.split(",")[2].strip())


async def test_of_a_number_twice_in_a_file_the_first_row_wins(bring_in: BringIn, tx: Transaction) -> None:
    ended = await bring_in(HEADER + SOUND + SOUND.replace("R1", "R2") + SOUND)
    assert (ended.counts, ended.reasons) == ((1, 1, 1), [(3, "certificate_number", "number_used_elsewhere")])
    assert await tx.connection.fetchval("SELECT registration_reference FROM usages") == "R1"


async def test_a_flawed_row_does_not_stand_in_the_way_of_a_sound_one_with_its_number(bring_in: BringIn) -> None:
    ended = await bring_in(HEADER + SOUND.replace("420106510000", "?") + SOUND)
    assert ended.counts == (1, 0, 1)


async def test_a_number_that_a_registration_has_reserved_is_refused(bring_in: BringIn, tx: Transaction) -> None:
    async with tx.database.transaction() as other:
        await other.connection.execute(
            "INSERT INTO usages (certificate_number, used_at, organization, registration_reference, reserved)"
            " VALUES ('K420000001', '2020-01-02T00:00:00Z', '420106510000', 'R1', true)"
        )
    assert (await bring_in(HEADER + SOUND)).reasons == [(2, "certificate_number", "number_reserved")]


async def test_rows_of_another_jurisdiction_are_refused(bring_in: BringIn) -> None:
    ended = await bring_in(HEADER + SOUND + SOUND.replace("K", "L").replace("4201065", "4301065"), reach=("42%",))
    assert ended.reasons == [(3, "organization", "outside_reach")]


async def test_columns_stand_in_any_order_and_case(bring_in: BringIn, tx: Transaction) -> None:
    header = '"Used_At", ORGANIZATION ,certificate_number\n'
    assert (await bring_in(header + "2020-01-01,420106510000,K420000001\n")).counts == (1, 0, 0)
    assert await tx.connection.fetchval("SELECT registration_reference FROM usages") is None


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("certificate_number,used_at\n", ["organization"]),
        ("certificate_number,used_at,organization,remark,colour\n", ["remark", "colour"]),
        ("certificate_number,used_at,organization,used_at\n", ["used_at"]),
        ("number;when;where\n", ["number;when;where", "certificate_number"]),
        ("certificate_number,used_at,organization,\n", ["(空 · blank)"]),
    ],
)
async def test_a_wrong_header_fails_the_import_and_names_the_columns(
    bring_in: BringIn, header: str, named: list[str]
) -> None:
    outcome = (await bring_in(header + SOUND)).outcome
    assert (outcome.status, outcome.error_code) == (ImportStatus.FAILED, "columns_wrong")
    assert outcome.error_message is not None
    assert all(name in outcome.error_message.zh and name in outcome.error_message.en for name in named)


async def test_quoted_fields_may_hold_commas_and_quotes(bring_in: BringIn, tx: Transaction) -> None:
    row = '"K420000001","2020-01-01","420106510000","R, ""one"""\n'
    assert (await bring_in(HEADER + row)).counts == (1, 0, 0)
    assert await tx.connection.fetchval("SELECT registration_reference FROM usages") == 'R, "one"'


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
async def test_line_ends_of_every_system_count_alike(bring_in: BringIn, end: str) -> None:
    lines = [HEADER.strip(), SOUND.strip(), "", ",,,", "bad", SOUND.strip().replace("K", "L")]
    ended = await bring_in(end.join(lines))
    assert (ended.reasons, ended.counts) == ([(5, "line", "columns_count")], (2, 0, 1))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_chinese_text_arrives_whole_in_every_encoding(bring_in: BringIn, tx: Transaction, encoding: str) -> None:
    await bring_in((HEADER + SOUND.replace("R1", "鄂〇一号𠮷")).encode(encoding))
    assert await tx.connection.fetchval("SELECT registration_reference FROM usages") == "鄂〇一号𠮷"


async def test_bytes_that_are_no_text_refuse_their_row_alone(bring_in: BringIn) -> None:
    chinese = SOUND.replace("R1", "武汉登记").encode()
    rows = [chinese, SOUND.replace("K", "L").encode().replace(b"R1", b"R\xff1"), SOUND.replace("K", "M").encode()]
    rows += [SOUND.replace("K", "N").encode().replace(b"R1", b"R\x001")]
    ended = await bring_in(HEADER.encode() + b"".join(rows))
    assert (ended.reasons, ended.counts) == ([(3, "line", "undecodable"), (5, "line", "undecodable")], (2, 0, 2))


@pytest.mark.parametrize("content", [b"\xff\xfea\x00b\x00", b"\xd0\xcf\x11\xe0....", b"\0" * 100, b"x" * 100_000])
async def test_what_is_no_text_file_fails_the_import(bring_in: BringIn, content: bytes) -> None:
    outcome = (await bring_in(content)).outcome
    assert (outcome.status, outcome.error_code) == (ImportStatus.FAILED, "file_not_text")


async def test_an_empty_file_fails_the_import(bring_in: BringIn) -> None:
    assert (await bring_in(b"")).outcome.error_code == "file_empty"


async def test_a_file_of_nothing_but_a_header_is_done(bring_in: BringIn) -> None:
    ended = await bring_in(HEADER)
    assert (ended.outcome.status, ended.counts) == (ImportStatus.DONE, (0, 0, 0))


async def test_begin_and_end_stand_on_the_trail(bring_in: BringIn, tx: Transaction) -> None:
    ended = await bring_in(HEADER + SOUND)
    entries = await tx.connection.fetch("SELECT act, key, operation, count, detail FROM audit_entries ORDER BY id")
    assert [(e["act"], e["key"], e["operation"]) for e in entries] == [
        ("start_import", str(ended.outcome.id), 2),
        ("finish_import", str(ended.outcome.id), 2),
    ]
    assert (entries[1]["count"], entries[1]["detail"]) == (1, {"new": 1, "same": 0, "rejected": 0})


async def test_a_failed_import_stands_on_the_trail_with_its_code(bring_in: BringIn, tx: Transaction) -> None:
    await bring_in("nonsense\n")
    entry = await tx.connection.fetchrow("SELECT * FROM audit_entries WHERE act = 'finish_import'")
    assert (entry["succeeded"], entry["error_code"]) == (False, "columns_wrong")
