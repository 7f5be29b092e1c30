"""Void numbers from files: staged lines are checked, and those of the operator at set-up listed, set-wise."""

from birthreg.access.rules import jurisdiction_prefix
from birthreg.blacklist import batch_store
from birthreg.blacklist.models import BlacklistReason
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import Conflict
from birthreg.kernel.language import Text
from birthreg.kernel.sql import load_queries
from birthreg.kernel.staging import Columns, Lines, Merged

_SQL = load_queries("blacklist_merging")

PREFECTURE_DIGITS = 4
"""An organisation of more digits lies below the prefecture."""

OPERATOR = "operator"
"""Who lists at set-up, from the terminal, before two officers do."""

COLUMNS = Columns(
    required=("first", "reason", "document_number", "event_date"),
    optional=("last", "count", "institution", "note"),
)


class SetUpOver(Conflict):
    """机构 {organization} 的名单已由民警维护,不能再由系统管理员直接导入。

    Officers maintain the list of {organization} already, so the operator can't load it directly any more.
    """

    remedy = Text(
        "请由该机构管理员通过 POST /api/v1/blacklist/imports 导入,并由另一人审批。",
        "Let an administrator there bring the file by POST /api/v1/blacklist/imports, and another approve it.",
    )


class KeepsNoList(Conflict):
    """机构 {organization} 不维护失效名单,名单由地市级以上机构维护。

    The organisation {organization} keeps no list; prefectures, provinces and the ministry do.
    """

    remedy = Text("请写明所属地市或省级机构的代码。", "Name the prefecture or the province above it.")


async def require_set_up(tx: Transaction, *, organization: str) -> None:
    """Make sure that an organisation keeps a list, and nobody but the operator has listed anything for it yet.

    Raises:
        KeepsNoList: it is a county or a station.
        SetUpOver: officers have.
    """
    if len(jurisdiction_prefix(organization)) > PREFECTURE_DIGITS:
        raise KeepsNoList(organization=organization)
    if await batch_store.find_officers_entry(tx, organization=organization, operator=OPERATOR):
        raise SetUpOver(organization=organization)


async def check_staged(tx: Transaction, lines: Lines) -> int:
    """Read and judge the staged lines, set the flawed ones aside, and return how many are sound.

    Numbers of another province than the organisation's are flawed.
    """
    province = jurisdiction_prefix(lines.organization)[:2] or None
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
