"""Renewal: rows sealed or indexed under an older data key get the one in use, while the service runs.

For each sealed table a walk by primary key, one short transaction a block. What it did and how far it is stand in
the same transaction, so a worker killed anywhere goes on where it was. A row that somebody writes to is passed over,
and its block comes again until nothing in it is left.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from birthreg.kernel.data_keys import DataKey
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.errors import Conflict, NotFound
from birthreg.kernel.language import Text
from birthreg.kernel.sealed_tables import SealedTable
from birthreg.kernel.sql import load_queries
from birthreg.kernel.vault import DataKeyUnknown, SealBroken, Vault

logger = logging.getLogger("birthreg")

_SQL = load_queries("vault")

BLOCK = 300
"""Rows of one transaction: a few hundredths of a second, which is how long a writer may have to wait."""

SETTLED_AFTER = timedelta(minutes=1)
"""From a key's first use until the walk begins: what was sealed just before is committed by then."""

UNUSED_FOR = timedelta(hours=1)
"""How long a key must have been out of use before it may be retired; no transaction lasts so long."""

_COUNTED_TO = 1_000_000


class DataKeyNotFound(NotFound):
    """没有编号为 {key} 的数据密钥。

    There is no data key {key}.
    """

    remedy = Text("请用 birthreg key list 查看密钥编号。", "See birthreg key list for the identifiers.")


class DataKeyInUse(Conflict):
    """数据密钥 {key} 正在使用,或停用未满 {minutes} 分钟。

    The data key {key} is in use, or was so within the last {minutes} minutes.
    """

    remedy = Text(
        "请先启用新密钥(birthreg key rotate --purpose data),稍后再试。",
        "Put a new one into use first (birthreg key rotate --purpose data), then try later.",
    )


class DataKeyNeeded(Conflict):
    """仍有 {rows} 行数据({tables})在密钥 {key} 下。

    The key {key} is still needed by {rows} rows ({tables}).
    """

    leaves_a_trace = True
    remedy = Text(
        "后台任务将继续换密;请用 birthreg key list 查看进度,完成后再试。",
        "The worker goes on renewing them; follow it with birthreg key list and try again when it is done.",
    )


class Renewal(msgspec.Struct, frozen=True, kw_only=True):
    """How far a table's walk is; `unreadable` rows were left as they are, since they don't open."""

    up_to: str | None = None
    seen: int = 0
    unreadable: int = 0
    finished_at: datetime | None = None


class Block(msgspec.Struct, frozen=True):
    """The rows up to a primary key."""

    up_to: str
    rows: int


class StaleRow(msgspec.Struct, frozen=True):
    """A row to be renewed: its primary key, and its columns in the order of `_columns`."""

    key: str
    held: list[bytes | None]


class RowCount(msgspec.Struct, frozen=True):
    """How many rows."""

    rows: int


class RowsLeft(msgspec.Struct, frozen=True, kw_only=True):
    """What the walk through a table has still before it; exact up to a million rows, an estimate beyond."""

    table: str
    rows: int
    unreadable: int


async def renew_some(
    database: Database, *, vault: Vault, tables: Sequence[SealedTable], settled_after: timedelta = SETTLED_AFTER
) -> bool:
    """Renew one block of rows, and say whether there may be more."""
    key = vault.current()
    if len(vault.list_keys()) == 1:
        return False
    for table in tables:
        async with database.transaction() as tx:
            if key.in_use_from is not None and tx.now < key.in_use_from + settled_after:
                return False
            if await _renew_block(tx, vault, table, key):
                return True
    return False


async def _renew_block(tx: Transaction, vault: Vault, table: SealedTable, key: DataKey) -> bool:
    """Renew a table's next block; say whether it had one, and could be finished with it."""
    walk = {"table": table.name, "key_id": key.id}
    await tx.execute(_SQL["begin_renewal"], **walk)
    renewal = await tx.one(_SQL["take_renewal"], Renewal, **walk)
    if renewal is None:
        return False
    asked: dict[str, Any] = {"table": table.name, "key": table.key, "after": renewal.up_to}
    block = await tx.one(_SQL["find_block"], Block, **asked, size=BLOCK)
    if block is None:
        await tx.execute(_SQL["finish_renewal"], **walk)
        return False
    asked |= {"columns": _columns(table), "mark": key.mark, "up_to": block.up_to}
    taken = await tx.all(_SQL["take_stale_rows"], StaleRow, **asked)
    unreadable = await _renew(tx, vault, table, taken)
    left = await tx.one(_SQL["count_stale_rows"], RowCount, **asked)
    if left is None or left.rows > unreadable:
        return False  # somebody writes to the others: the block comes again
    await tx.execute(_SQL["advance_renewal"], **walk, up_to=block.up_to, rows=block.rows, unreadable=unreadable)
    return True


async def _renew(tx: Transaction, vault: Vault, table: SealedTable, rows: list[StaleRow]) -> int:
    """Write rows anew, and return how many could not be opened."""
    fresh: dict[str, list[bytes | None]] = {}
    for row in rows:
        try:
            fresh[row.key] = renewed(vault, table, row.held)
        except (SealBroken, DataKeyUnknown) as error:
            logger.error("a row of %s can't be renewed: %s", table.name, error)
    if fresh:
        cells = [cell for held in fresh.values() for cell in held]
        asked = {"table": table.name, "key": table.key, "columns": _columns(table)}
        await tx.one(_SQL["renew_rows"], RowCount, **asked, keys=list(fresh), cells=cells)
    return len(rows) - len(fresh)


def renewed(vault: Vault, table: SealedTable, held: Sequence[bytes | None]) -> list[bytes | None]:
    """Return a row's columns under the key in use.

    Raises:
        SealBroken: a column doesn't open, or is indexed and stands empty.
        DataKeyUnknown: a column's key isn't here.
    """
    stored = dict(zip(_columns(table), held, strict=True))
    texts: dict[str, str] = {}
    for column in table.sealed:
        if (sealed := stored[column.name]) is not None:
            texts[column.name] = vault.open(sealed, bound_to=column.bound_to)
            stored[column.name] = vault.seal(texts[column.name], bound_to=column.bound_to)
    for blind in table.blind:
        if stored[blind.name] is not None:
            if blind.source not in texts:
                raise SealBroken(place=blind.bound_to)
            stored[blind.name] = vault.blind(blind.normal(texts[blind.source]), bound_to=blind.bound_to)
    return list(stored.values())


async def list_rows_left(tx: Transaction, *, vault: Vault, tables: Sequence[SealedTable]) -> list[RowsLeft]:
    """Say how many rows of each table are still to be looked at before older keys may go."""
    key = vault.current()
    left = []
    for table in tables:
        walk = await tx.one(_SQL["find_renewal"], Renewal, table=table.name, key_id=key.id) or Renewal()
        rows = 0
        if walk.finished_at is None and len(vault.list_keys()) > 1:
            asked = {"table": table.name, "key": table.key, "after": walk.up_to, "seen": walk.seen}
            counted = await tx.one(_SQL["count_rows_after"], RowCount, **asked, counted_to=_COUNTED_TO)
            rows = counted.rows if counted else 0
        left.append(RowsLeft(table=table.name, rows=rows, unreadable=walk.unreadable))
    return left


def find_retirable(vault: Vault, *, identifier: str, now: datetime) -> DataKey:
    """Find an older key that has been out of use for long enough.

    Raises:
        DataKeyNotFound: no key has this identifier.
        DataKeyInUse: it seals now, will do so soon, or did so a moment ago.
    """
    keys = vault.list_keys()
    key = next((key for key in keys if key.id == identifier), None)
    if key is None:
        raise DataKeyNotFound(key=identifier)
    current = vault.current()
    newer = keys[: keys.index(key)]
    begun = [later.in_use_from for later in newer if later.in_use_from is not None]
    if current not in newer or (begun and min(begun) > now - UNUSED_FOR):
        raise DataKeyInUse(key=identifier, minutes=int(UNUSED_FOR.total_seconds() // 60))
    return key


async def require_unneeded(tx: Transaction, *, vault: Vault, tables: Sequence[SealedTable], key: DataKey) -> None:
    """Make sure that no row stands under a key, by reading every row; where one does, its table is walked again.

    Raises:
        DataKeyNeeded: a row does.
    """
    needing: dict[str, int] = {}
    for table in tables:
        counted = await tx.one(
            _SQL["count_rows_under"], RowCount, table=table.name, columns=_columns(table), mark=key.mark
        )
        if counted and counted.rows:
            needing[table.name] = counted.rows
    for name in needing:  # written at the end: the trail isn't sealed past an open transaction that wrote
        await tx.execute(_SQL["reopen_renewal"], table=name, key_id=vault.current().id)
    if needing:
        raise DataKeyNeeded(key=key.id, rows=sum(needing.values()), tables=", ".join(needing))


def _columns(table: SealedTable) -> list[str]:
    return [column.name for column in table.sealed] + [column.name for column in table.blind]
