"""Named queries of certificates; touched by this room alone."""

from collections.abc import Sequence

from birthreg.access.models import Scope
from birthreg.certificates.models import (
    Delivered,
    Edition,
    Grammar,
    Issuance,
    IssuanceDelivery,
    Letter,
    Province,
    Stored,
)
from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries

_SQL = load_queries("certificates")


async def load_grammar(tx: Transaction) -> Grammar:
    """Read the tables behind the soft rules."""
    letters = await tx.all(_SQL["list_letters"], Letter)
    return Grammar(
        years={letter.letter: letter.year for letter in letters},
        editions=tuple(await tx.all(_SQL["list_editions"], Edition)),
        provinces={province.code: province for province in await tx.all(_SQL["list_provinces"], Province)},
    )


async def find_issuance(tx: Transaction, *, scope: Scope, number: str) -> Issuance | None:
    """Return what the health authority says of a number, inside the scope."""
    return await tx.one(_SQL["find_issuance"], Issuance, number=number, scope=scope.patterns)


async def store_issuances(
    tx: Transaction, *, issuances: Sequence[IssuanceDelivery], delivered_by: str
) -> list[Delivered]:
    """Keep what is new and say of each number what became of it, in the order delivered."""
    stored = await tx.all(_SQL["store_issuances"], Stored, issuances=issuances, delivered_by=delivered_by)
    numbers = [one.certificate_number for one in stored]
    return await tx.all(_SQL["compare_issuances"], Delivered, issuances=issuances, stored=numbers)
