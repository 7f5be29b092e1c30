"""Who read what: the entry that a door leaves when it shows the books."""

from uuid import UUID

from birthreg.access.models import Act, Officer
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.kernel.database import Transaction


async def record_reading(
    tx: Transaction,
    officer: Officer,
    *,
    act: Act,
    object: str,  # noqa: A002 - the trail's own word for what was read
    terminal: str,
    key: UUID | str | None = None,
    count: int = 1,
    **conditions: object,
) -> None:
    """Write on the trail what an officer was shown: one thing by its `key`, or how many met the conditions.

    Conditions that weren't asked for are None and left out; none of them may hold personal data.
    """
    asked = [f"{name}={value}" for name, value in conditions.items() if value is not None]
    await record(
        tx,
        officer=officer.id,
        organization=officer.organization,
        terminal=terminal,
        operation=Operation.QUERY,
        act=act,
        object=object,
        key=None if key is None else str(key),
        condition=" ".join(asked) or None,
        count=count,
    )
