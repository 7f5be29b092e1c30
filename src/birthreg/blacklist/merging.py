"""Void numbers from the operator's files at set-up: staged lines are checked and listed set-wise."""

from birthreg.blacklist.models import BlacklistReason
from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries
from birthreg.kernel.staging import Columns, Lines, Merged

_SQL = load_queries("blacklist_merging")

COLUMNS = Columns(
    required=("first", "reason", "document_number", "event_date"),
    optional=("last", "count", "institution", "note"),
)


async def check_staged(tx: Transaction, lines: Lines) -> int:
    """Read and judge the lines of a block that the operator brings for any province."""
    return await check_entries(tx, lines, province=None)


async def check_entries(tx: Transaction, lines: Lines, *, province: str | None) -> int:
    """Read and judge the staged lines, set the flawed ones aside, and return how many are sound.

    Numbers of another than the given province are flawed.
    """
    reasons = [str(reason) for reason in BlacklistReason]
    checked = await tx.execute(
        _SQL["check_entries"], width=lines.width, reasons=reasons, province=province, **lines.places
    )
    return checked - await tx.execute(_SQL["refuse_flawed_entries"])


async def merge_checked(tx: Transaction, lines: Lines, *, sound: int) -> Merged:
    """List what isn't listed yet; the same said twice is the same.

    Raises:
        asyncpg.UniqueViolationError: another writer was faster with some entry; nothing is merged.
    """
    new = await tx.execute(_SQL["merge_entries"], organization=lines.organization, listed_by=lines.officer)
    return Merged(new=new, same=sound - new)
