"""What `birthreg key` does with data keys."""

from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.cli.databases import open_database
from birthreg.cli.failures import WrongArgument
from birthreg.kernel.clock import now_utc
from birthreg.kernel.data_keys import ANNOUNCED_FOR, DataKey, new_key, put_key, remove_key
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import DomainError
from birthreg.kernel.language import Text
from birthreg.kernel.renewal import (
    DataKeyInUse,
    DataKeyNeeded,
    DataKeyNotFound,
    RowsLeft,
    find_retirable,
    list_rows_left,
    require_unneeded,
)
from birthreg.kernel.vault import Vault
from birthreg.settings import Settings
from birthreg.worker import SEALED_TABLES

_READING_EVERYTHING = 12 * 3600.0
"""Seconds that reading every row may take: a key that is gone can't be asked back."""


async def rotate_data_key(settings: Settings) -> DataKey:
    """Make a new data key; every process knows it at once and seals with it after `ANNOUNCED_FOR`.

    Raises:
        WrongArgument: the environment gives the keys.
    """
    if settings.data_keys:
        raise WrongArgument(
            Text(
                "数据密钥由 BIRTHREG_DATA_KEYS 提供:请在其末尾加入新密钥并重启各进程,再将其移到最前并重启",
                "BIRTHREG_DATA_KEYS gives the data keys: append the new one and restart every process,"
                " then put it first and restart them again",
            )
        )
    vault = Vault(settings.keys)
    vault.current()
    key = new_key(in_use_from=now_utc() + ANNOUNCED_FOR)
    async with open_database(settings) as database, database.transaction() as tx:
        await _record(tx, "rotate_key", Operation.CHANGE, key.id)
    put_key(settings.keys, key)
    return key


async def list_data_keys(settings: Settings) -> list[str]:
    """Say of each data key what it is at, since when, and how many rows may still need it."""
    vault = Vault(settings.keys, given=settings.data_keys)
    async with open_database(settings) as database, database.transaction() as tx:
        left = await list_rows_left(tx, vault=vault, tables=SEALED_TABLES)
    walks = [
        f"{table.table}: 待换密 · rows to look at: {table.rows}, 无法解开 · unreadable: {table.unreadable}"
        for table in left
        if table.rows or table.unreadable
    ]
    return [_tell(vault, key, left) for key in vault.list_keys()] + walks


def _tell(vault: Vault, key: DataKey, left: list[RowsLeft]) -> str:
    keys = vault.list_keys()
    place = keys.index(key) - keys.index(vault.current())
    state = "使用中 · in use" if place == 0 else "即将启用 · announced" if place < 0 else "旧 · older"
    since = f"{key.in_use_from:%Y-%m-%dT%H:%M:%SZ}" if key.in_use_from else "BIRTHREG_DATA_KEYS"
    age = f" ({(now_utc() - key.in_use_from).days} d)" if key.in_use_from else ""
    at_most = sum(table.rows + table.unreadable for table in left)
    rows = f"  待换密至多 · rows left, at most: {at_most}" if place > 0 else ""
    return f"{key.id}  {state}  {since}{age}{rows}"


async def retire_data_key(settings: Settings, identifier: str) -> str:
    """Remove a data key that no row needs, and say so.

    Raises:
        DataKeyNotFound: there is no such key.
        DataKeyInUse: it is in use, or was so a moment ago.
        DataKeyNeeded: a row stands under it.
    """
    vault = Vault(settings.keys, given=settings.data_keys)
    async with (
        open_database(settings, command_timeout=_READING_EVERYTHING) as database,
        database.transaction() as tx,
    ):
        key = await _judge(tx, vault, identifier)
        refused = key.code if isinstance(key, DomainError) else None
        await _record(tx, "retire_key", Operation.DELETE, identifier, error_code=refused)
    if isinstance(key, DomainError):
        raise key
    remove_key(settings.keys, key)
    if key.in_use_from is None:
        return f"{key.id} 不再需要,请从 BIRTHREG_DATA_KEYS 中删除 · not needed, remove it from BIRTHREG_DATA_KEYS"
    return f"{key.id} 已删除 · retired"


async def _judge(tx: Transaction, vault: Vault, identifier: str) -> DataKey | DomainError:
    try:
        key = find_retirable(vault, identifier=identifier, now=tx.now)
        await require_unneeded(tx, vault=vault, tables=SEALED_TABLES, key=key)
    except (DataKeyNotFound, DataKeyInUse, DataKeyNeeded) as refusal:
        return refusal
    return key


async def _record(tx: Transaction, act: str, operation: Operation, key: str, *, error_code: str | None = None) -> None:
    await record(
        tx,
        officer="operator",
        organization="-",
        terminal="terminal",
        operation=operation,
        act=act,
        object="data_key",
        key=key,
        condition="data",
        succeeded=error_code is None,
        error_code=error_code,
    )
