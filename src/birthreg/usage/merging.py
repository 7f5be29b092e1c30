"""Usages from files: staged lines are checked and merged set-wise."""

from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries
from birthreg.kernel.staging import Columns, Lines, Merged

_SQL = load_queries("usage_merging")

COLUMNS = Columns(required=("certificate_number", "used_at", "organization"), optional=("registration_reference",))


async def check_staged(tx: Transaction, lines: Lines) -> int:
    """Read and judge the staged lines, set the flawed ones aside, and return how many are sound."""
    checked = await tx.execute(_SQL["check_usages"], width=lines.width, reach=lines.reach, **lines.places)
    return checked - await tx.execute(_SQL["refuse_flawed_usages"])


async def merge_checked(tx: Transaction, _lines: Lines, *, sound: int) -> Merged:
    """Keep the new usages and set aside the lines that contradict the books.

    Raises:
        asyncpg.UniqueViolationError: another writer was faster with some number; nothing is merged.
    """
    new = await tx.execute(_SQL["merge_usages"])
    if new == sound:
        return Merged(new=new, same=0)
    refused = await tx.execute(_SQL["refuse_other_usages"])
    if refused:
        await tx.execute(_SQL["keep_rival_claims"])
    return Merged(new=new, same=sound - new - refused)
