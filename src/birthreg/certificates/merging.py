"""Issuances from files: staged lines are checked and merged set-wise."""

from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries
from birthreg.kernel.staging import Columns, Lines, Merged

_SQL = load_queries("certificates_merging")


def _of_parent(parent: str) -> tuple[str, ...]:
    facts = ("born_on", "age", "nationality", "ethnic_group", "address", "division", "id_type", "id_number", "phone")
    return tuple(f"{parent}_{fact}" for fact in facts)


COLUMNS = Columns(
    required=(
        "certificate_number",
        "issue_kind",
        "issued_on",
        "child_name",
        "child_sex",
        "born_at",
        "issuer_name",
        "issuer_division",
    ),
    optional=(
        "gestation_days",
        "weight_grams",
        "length_centimeters",
        "birth_place",
        "birth_division",
        "mother_name",
        "father_name",
        "issuer_code",
        "original_number",
    ),
    # Verification needs none of these, and what isn't kept can't leak.
    not_kept=(
        "birth_institution",
        "midwife",
        *_of_parent("mother"),
        *_of_parent("father"),
        "collector_name",
        "collector_relation",
        "collector_id_type",
        "collector_id_number",
        "collector_phone",
        "issued_by",
    ),
)


async def check_staged(tx: Transaction, lines: Lines) -> int:
    """Read and judge the staged lines, set the flawed ones aside, and return how many are sound."""
    checked = await tx.execute(_SQL["check_issuances"], width=lines.width, reach=lines.reach, **lines.places)
    return checked - await tx.execute(_SQL["refuse_flawed_issuances"])


async def merge_checked(tx: Transaction, lines: Lines, *, sound: int) -> Merged:
    """Keep the new issuances and set aside the lines that contradict the books.

    Raises:
        asyncpg.UniqueViolationError: another writer was faster with some number; nothing is merged.
    """
    new = await tx.execute(_SQL["merge_issuances"], delivered_by=lines.officer)
    if new == sound:
        return Merged(new=new, same=0)
    return Merged(new=new, same=sound - new - await tx.execute(_SQL["refuse_other_issuances"]))
