"""What is suspicious in the demonstration at its first start: found as it happened, by what finds it everywhere else.

Listed numbers that desks showed have opened their cases then. Here the list is looked back from, numbers
carried from desk to desk are watched, and what was entered lately is screened day by day. All that is older has never
been screened: it waits for the first sweep.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID

from birthreg.blacklist.looking_back import look_back
from birthreg.cases.watching import watch_past
from birthreg.kernel.database import Transaction
from birthreg.local.believable import STATIONS
from birthreg.local.desks import Inquiry
from birthreg.local.entries import registration_of
from birthreg.local.stories import LOCAL, RECENTLY, Used
from birthreg.screening import service as screening
from birthreg.screening.rulebook import Rulebook

CASES = 60
"""So many there are at least: what a day's telling lacks of them was shown at desks in the last days."""

_UNTOUCHED = """
SELECT first
  FROM blacklist_entries AS entries
 WHERE first = last
   AND lifted_at IS NULL
   AND lapses_at IS NULL
   AND NOT EXISTS (SELECT FROM usages WHERE certificate_number = first)
   AND NOT EXISTS (SELECT FROM lookups WHERE certificate_number = first)
   AND NOT EXISTS (SELECT FROM case_leads WHERE certificate_number = first)
   AND NOT EXISTS (SELECT FROM blacklist_proposals WHERE entry_id = entries.id)
 ORDER BY first
"""


async def find_suspicious(tx: Transaction, recent: Sequence[Used], *, today: date) -> None:
    """Open the cases of the last weeks, each on its day."""
    looked_back = _then(tx, today - RECENTLY + timedelta(days=6), hour=2)
    while (await look_back(looked_back)).entries:
        pass
    await _screen(tx, recent)
    watched = _then(tx, today - timedelta(days=8), hour=6)
    await watch_past(watched, since=watched.now - RECENTLY)


async def list_latest(tx: Transaction, random: Random, *, today: date) -> list[Inquiry]:
    """Return the look-ups of the last days of listed numbers that nobody had shown, one for each case that lacks."""
    lacking = CASES - await tx.connection.fetchval("SELECT count(*) FROM cases")
    untouched = [row["first"] for row in await tx.connection.fetch(_UNTOUCHED)]
    shown = random.sample(untouched, max(lacking, 0))
    return sorted((_show(random, number, today=today) for number in shown), key=lambda inquiry: inquiry.at)


def _show(random: Random, number: str, *, today: date) -> Inquiry:
    opening = datetime.combine(today - timedelta(days=random.randint(1, 5)), time(9), LOCAL)
    at = opening + timedelta(seconds=random.randrange(8 * 3600))
    return Inquiry(at=at, station=random.choice(STATIONS), typed=number)


def _then(tx: Transaction, day: date, *, hour: int) -> Transaction:
    return Transaction(tx.connection, now=datetime.combine(day, time(hour), LOCAL), database=tx.database)


async def _screen(tx: Transaction, recent: Sequence[Used]) -> None:
    """Screen what was entered on each day, at its end."""
    days: dict[date, list[UUID]] = defaultdict(list)
    for usage in recent:
        days[usage.used_at.astimezone(LOCAL).date()].append(registration_of(usage))
    rulebook = Rulebook()
    for day, entered in sorted(days.items()):
        await screening.screen(_then(tx, day, hour=18), rulebook=rulebook, registrations=entered)
