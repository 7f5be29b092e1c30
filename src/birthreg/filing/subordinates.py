"""The instances of the level below, by the keys that they sign with: added, listed, ended."""

from collections.abc import Iterable

from birthreg.access.service import name_organization
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.filing import store
from birthreg.filing.delivery_models import EndedKey, Subordinate
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import Conflict, Invalid, NotFound
from birthreg.kernel.language import Text
from birthreg.kernel.public_keys import PublicKey, Purpose


class NoFilingKey(Invalid):
    """该公钥文件中没有用于备案(filing)的公钥。

    The key file holds no public key for filing.
    """

    remedy = Text(
        "请使用下级执行 birthreg key show filing 输出的文件。",
        "Use the file that `birthreg key show filing` prints at the instance below.",
    )


class SubordinateKeyKnown(Conflict):
    """公钥 {key_id} 已登记。

    The key {key_id} is known already.
    """

    remedy = Text("请用 birthreg subordinate list 查看。", "See `birthreg subordinate list`.")


class SubordinateNotFound(NotFound):
    """没有公钥或机构代码为 {named} 且仍有效的下级。

    No instance below has {named} as its key or organisation and is still known.
    """

    remedy = Text("请用 birthreg subordinate list 查看。", "See `birthreg subordinate list`.")


async def add_subordinate(
    tx: Transaction, *, organization: str, name: str, keys: Iterable[PublicKey], by: str, terminal: str
) -> list[str]:
    """Accept filings that are signed with these keys from now on; return the identifiers of the keys.

    Raises:
        NoFilingKey: none of the keys is for filing.
        SubordinateKeyKnown: a key belongs to an instance already.
        FieldsWrong: the organisation's code isn't twelve digits.
    """
    await name_organization(tx, code=organization, name=name)
    added = [key for key in keys if key.purpose is Purpose.FILING]
    if not added:
        raise NoFilingKey
    for key in added:
        known = not await store.add_subordinate(
            tx, key_id=key.id, organization=organization, name=name, public_key=key.public_key
        )
        if known:
            raise SubordinateKeyKnown(key_id=key.id)
        await _record(tx, "add_subordinate", key.id, organization=organization, by=by, terminal=terminal)
    return [key.id for key in added]


async def list_subordinates(tx: Transaction) -> list[Subordinate]:
    """Return the instances of the level below and their keys, also those that ended."""
    return await store.list_subordinates(tx)


async def end_subordinate(tx: Transaction, *, named: str, reason: str, by: str, terminal: str) -> list[EndedKey]:
    """Accept a key, or every key of an organisation, no more, and return those keys.

    Raises:
        SubordinateNotFound: no key in use is meant.
    """
    ended = await store.end_subordinate(tx, named=named)
    if not ended:
        raise SubordinateNotFound(named=named)
    for key in ended:
        await _record(
            tx, "end_subordinate", key.key_id, organization=key.organization, by=by, terminal=terminal, reason=reason
        )
    return ended


async def _record(
    tx: Transaction, act: str, key: str, *, organization: str, by: str, terminal: str, reason: str | None = None
) -> None:
    await record(
        tx,
        officer=by,
        organization=organization,
        terminal=terminal,
        operation=Operation.CHANGE if reason else Operation.ADD,
        act=act,
        object="subordinate",
        key=key,
        condition=reason,
    )
