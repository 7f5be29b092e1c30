"""Issuances from files."""

from datetime import UTC, date, datetime

from tests.imports.conftest import BringIn

from birthreg.certificates.merging import COLUMNS
from birthreg.imports.models import Kind
from birthreg.imports.rules import REASONS
from birthreg.kernel.database import Transaction

SOUND = {
    "certificate_number": "K420000001",
    "issue_kind": "1",
    "issued_on": "2020-01-05",
    "child_name": "王小明",
    "child_sex": "1",
    "born_at": "2020-01-02 03:04:00",
    "issuer_name": "武汉市妇幼保健院",
    "issuer_division": "420102",
    "gestation_days": "275",
    "weight_grams": "3300",
    "length_centimeters": "50",
    "birth_place": "湖北省武汉市江岸区",
    "birth_division": "420102",
    "mother_name": "李华",
    "father_name": "王强",
    "issuer_code": "42010201",
    "original_number": "",
}


def file_of(*rows: dict[str, str]) -> str:
    """A file with the columns of the first row."""
    return "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)])


async def test_a_row_becomes_an_issuance(bring_in: BringIn, tx: Transaction) -> None:
    ended = await bring_in(file_of(SOUND), Kind.ISSUANCES, officer="health.hubei")
    assert ended.counts == (1, 0, 0)
    row = dict(await tx.connection.fetchrow("SELECT * FROM issuances"))
    assert row.pop("delivered_at") is not None
    assert row == {
        "certificate_number": "K420000001",
        "issue_kind": 1,
        "issued_on": date(2020, 1, 5),
        "child_name": "王小明",
        "child_sex": 1,
        "born_at": datetime(2020, 1, 1, 19, 4, tzinfo=UTC),
        "gestation_days": 275,
        "weight_grams": 3300,
        "length_centimeters": 50,
        "birth_place": "湖北省武汉市江岸区",
        "birth_division": "420102",
        "mother_name": "李华",
        "father_name": "王强",
        "issuer_name": "武汉市妇幼保健院",
        "issuer_division": "420102",
        "issuer_code": "42010201",
        "original_number": None,
        "delivered_by": "health.hubei",
    }


async def test_only_the_required_columns_are_needed(bring_in: BringIn) -> None:
    required = {name: SOUND[name] for name in COLUMNS.required}
    assert (await bring_in(file_of(required), Kind.ISSUANCES)).counts == (1, 0, 0)


async def test_identity_numbers_addresses_and_the_like_are_taken_and_not_kept(
    bring_in: BringIn, tx: Transaction
) -> None:
    row = {**SOUND, **dict.fromkeys(COLUMNS.not_kept, "420102199001011234")}
    ended = await bring_in(file_of(row), Kind.ISSUANCES)
    assert ended.counts == (1, 0, 0)
    assert ended.outcome.columns_not_kept == list(COLUMNS.not_kept)
    assert "420102199001011234" not in str(dict(await tx.connection.fetchrow("SELECT * FROM issuances")))


FLAWED = [
    ("certificate_number", "K42", "number_malformed"),
    ("issue_kind", "7", "issue_kind_unknown"),
    ("issue_kind", "", "field_missing"),
    ("issued_on", "5.1.2020", "date_malformed"),
    ("issued_on", "2021-02-29", "date_malformed"),
    ("issued_on", "2999-01-01", "date_in_future"),
    ("issued_on", "1899-12-31", "date_too_early"),
    ("child_name", "", "field_missing"),
    ("child_name", "王" * 101, "text_too_long"),
    ("child_sex", "3", "sex_unknown"),
    ("child_sex", "男", "sex_unknown"),
    ("born_at", "yesterday", "moment_malformed"),
    ("born_at", "2999-01-01", "moment_in_future"),
    ("born_at", "1899-12-31T23:59:59+08:00", "moment_too_early"),
    ("gestation_days", "401", "number_out_of_bounds"),
    ("weight_grams", "3.3", "number_out_of_bounds"),
    ("length_centimeters", "-1", "number_out_of_bounds"),
    ("length_centimeters", "99999999999", "number_out_of_bounds"),
    ("birth_place", "湖" * 101, "text_too_long"),
    ("birth_division", "42010", "division_malformed"),
    ("mother_name", "李" * 101, "text_too_long"),
    ("father_name", "王" * 101, "text_too_long"),
    ("issuer_name", "", "field_missing"),
    ("issuer_name", "院" * 101, "text_too_long"),
    ("issuer_division", "武汉", "division_malformed"),
    ("issuer_division", "430102", "outside_reach"),
    ("issuer_code", "4" * 41, "text_too_long"),
    ("original_number", "K42", "number_malformed"),
    ("original_number", "K420000001", "original_is_same"),
]


async def test_a_flawed_row_is_refused_with_its_reason(bring_in: BringIn) -> None:
    rows = [{**SOUND, field: value} for field, value, _ in FLAWED]
    ended = await bring_in(file_of(SOUND, *rows), Kind.ISSUANCES, reach=("42%",))
    assert ended.reasons == [(3 + n, field, code) for n, (field, _, code) in enumerate(FLAWED)]
    assert {code for _, _, code in FLAWED} <= REASONS.keys()


async def test_a_second_import_changes_nothing_and_contradictions_are_refused(bring_in: BringIn) -> None:
    other = {**SOUND, "child_name": "王小红"}
    await bring_in(file_of(SOUND), Kind.ISSUANCES)
    ended = await bring_in(file_of(SOUND, other), Kind.ISSUANCES)
    assert (ended.counts, ended.reasons) == ((0, 1, 1), [(3, "certificate_number", "issued_otherwise")])
