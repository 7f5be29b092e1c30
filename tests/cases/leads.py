"""Leads for tests of cases, admitted as whoever finds something admits them."""

from uuid import UUID

from tests import make

from birthreg.kernel.database import Transaction
from birthreg.kernel.identifiers import new_id

_ADMIT = """
SELECT source_id, case_id
  FROM admit_leads(ARRAY[($1, $2, $3, $4, $5, $6, $7, $7, '可疑。', 'Suspicious.')::lead], $8)
"""


async def admit(
    tx: Transaction,
    *,
    number: str = "X420100020",
    kind: str = "attempt",
    rule: str = "attempt",
    severity: str = "high",
    registration: UUID | None = None,
    organization: str = make.WUCHANG,
    source: UUID | None = None,
) -> UUID:
    """Let a lead open a case or join one; return the case."""
    case: UUID = await tx.connection.fetchval(
        _ADMIT, kind, source or new_id(), rule, severity, registration, number, organization, tx.now, column="case_id"
    )
    return case
