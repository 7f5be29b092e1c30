"""Acts are written on the trail here, in the transaction that does them."""

from typing import Any

from birthreg.audit import store
from birthreg.audit.models import Operation
from birthreg.kernel.database import Transaction
from birthreg.kernel.identifiers import new_id


async def record(
    tx: Transaction,
    *,
    officer: str,
    organization: str,
    terminal: str,
    operation: Operation | int,
    act: str,
    object: str,  # noqa: A002 - the trail's own word for what was acted on
    key: str | None,
    succeeded: bool = True,
    error_code: str | None = None,
    condition: str | None = None,
    count: int = 1,
    detail: dict[str, Any] | None = None,
) -> None:
    """Write an act on the trail; it stands exactly when the act's transaction commits.

    A refused act is recorded with `succeeded=False` and the code of its refusal. `condition`
    is what was asked for, `count` how many things were met, `key` the one thing acted on.
    `detail` holds no personal data.
    """
    await store.insert_entry(
        tx,
        id=new_id(),
        officer=officer,
        organization=organization,
        terminal=terminal,
        operation=int(operation),
        act=act,
        succeeded=succeeded,
        error_code=error_code,
        condition=condition,
        count=count,
        object=object,
        key=key,
        detail=detail or {},
    )
