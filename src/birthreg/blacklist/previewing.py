"""What a change of the list would do, told before anybody decides."""

from birthreg.access.models import Officer, Scope
from birthreg.access.service import require_organization
from birthreg.blacklist import proposal_store as store
from birthreg.blacklist import rules
from birthreg.blacklist.models import Range
from birthreg.blacklist.proposal_models import Preview, UsedNumber, UsedNumbers
from birthreg.certificates import service as certificates
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import NotFound
from birthreg.kernel.paging import Page

MOST_OVERLAPS = 100
MOST_ISSUANCES = 1000


async def find_owner(tx: Transaction, officer: Officer, *, numbers: Range) -> str:
    """Return the organisation that maintains these numbers, the officer's own where it does."""
    grammar = await certificates.load_grammar(tx)
    return rules.owner_of(numbers, organization=officer.organization, provinces=grammar.provinces)


async def preview(
    tx: Transaction, *, scope: Scope, numbers: Range, organization: str, after: str | None = None, limit: int = 50
) -> Preview:
    """Return what listing these numbers would do; the used ones in pages, from after a given number."""
    used = await store.list_used(tx, scope=scope, numbers=numbers, after=after or "", limit=limit + 1)
    page: Page[UsedNumber] = Page.cut(used, limit=limit, cursor_of=lambda one: one.certificate_number)
    complete = after is None and len(used) <= limit
    issued = await store.count_issuers(tx, numbers=numbers, limit=MOST_ISSUANCES)
    overlaps = await store.list_overlaps(tx, numbers=numbers, limit=MOST_OVERLAPS + 1)
    return Preview(
        first=numbers.first,
        last=numbers.last,
        count=numbers.count,
        organization=organization,
        used=UsedNumbers(
            count=len(used) if complete else await store.count_used(tx, numbers=numbers),
            items=page.items,
            next_cursor=page.next_cursor,
        ),
        overlaps=overlaps[:MOST_OVERLAPS],
        more_overlaps=len(overlaps) > MOST_OVERLAPS,
        issued_in=issued,
        more_issued=sum(place.count for place in issued) == MOST_ISSUANCES,
    )


async def preview_asked(
    tx: Transaction, officer: Officer, *, scope: Scope, numbers: Range, after: str | None, limit: int
) -> Preview:
    """Return what listing these numbers would do, and whose list it would change."""
    organization = await find_owner(tx, officer, numbers=numbers)
    return await preview(tx, scope=scope, numbers=numbers, organization=organization, after=after, limit=limit)


async def is_known(tx: Transaction, *, organization: str) -> bool:
    """Say whether an organisation is known here."""
    try:
        await require_organization(tx, code=organization)
    except NotFound:
        return False
    return True
