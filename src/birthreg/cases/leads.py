"""What opens cases besides findings of rules, and which cases a number or a finding has."""

from collections.abc import Sequence
from uuid import UUID

from birthreg.access.models import Scope
from birthreg.cases import lead_store as store
from birthreg.cases.lead_models import Attempt, CasesOfNumber
from birthreg.kernel.database import Transaction

MOST_CASES = 50


async def owe_attempts(tx: Transaction, *, attempts: Sequence[Attempt]) -> None:
    """Note listed numbers that were shown at desks; the worker lets them open cases, or join the open ones.

    A desk waits for no case: neither for one that another act holds, nor for what opening one takes.
    """
    if attempts:
        await store.owe_attempts(tx, attempts=attempts)


async def admit_attempts(tx: Transaction, *, limit: int) -> int:
    """Let the attempts that wait longest open cases, or join the open ones; return how many were taken.

    One officer, one number, one day (of China) make one lead, so that a desk that asks again and again floods nobody;
    each further look-up stands in the number's life all the same. Where the case was closed since, it is opened anew.
    """
    if not await store.take_turn_with_attempts(tx):
        return 0
    return (await store.admit_attempts(tx, limit=limit)).taken


async def find_case_of(tx: Transaction, *, findings: Sequence[UUID]) -> UUID | None:
    """Return the case that the findings of one registration opened or joined; nothing is asked where there are none."""
    found = await store.find_case_of_findings(tx, findings=findings) if findings else None
    return found.id if found else None


async def list_cases_of_number(tx: Transaction, *, scope: Scope | None, number: str) -> CasesOfNumber:
    """Return the newest cases about a number, inside the scope or with a part in it; none for who may read no cases."""
    if scope is None:
        return CasesOfNumber(inside=[], foreign=[])
    return CasesOfNumber(
        inside=await store.list_cases_of_number(tx, scope=scope, number=number, limit=MOST_CASES),
        foreign=await store.list_foreign_cases(tx, scope=scope, number=number, limit=MOST_CASES),
    )
