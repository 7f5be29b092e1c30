"""Registrations of the last weeks that awaited an approval, were corrected or revoked, and attempts that were refused.

Who decided when is told here; `local.later_life` lets it happen.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from birthreg.local.believable import STATIONS, family, hospital, station_for
from birthreg.local.stories import LOCAL, Odd, Storyteller, Used
from birthreg.local.voids import Listed


class Fate(StrEnum):
    """What became of a registration after it was entered."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CORRECTION_PROPOSED = "correction_proposed"
    CORRECTED = "corrected"
    CORRECTION_REFUSED = "correction_refused"
    REVOCATION_PROPOSED = "revocation_proposed"
    REVOKED = "revoked"
    REVOCATION_REFUSED = "revocation_refused"


class Course(msgspec.Struct, frozen=True):
    """A registration, what became of it, and on which day somebody took the next step."""

    usage: Used
    fate: Fate
    day: date


OF_HELD = {Fate.APPROVED: 10, Fate.WAITING: 7, Fate.REFUSED: 3, Fate.WITHDRAWN: 2}
"""What became of registrations that awaited an approval, and of how many."""
_OF_EFFECTIVE = {
    Fate.CORRECTED: 4,
    Fate.CORRECTION_PROPOSED: 2,
    Fate.CORRECTION_REFUSED: 1,
    Fate.REVOKED: 3,
    Fate.REVOCATION_PROPOSED: 1,
    Fate.REVOCATION_REFUSED: 1,
}
_OF_NUMBER = frozenset({Fate.CORRECTED, Fate.CORRECTION_PROPOSED, Fate.CORRECTION_REFUSED})
_LATEST = timedelta(days=6)
"""Entered so long ago at least, so that there was time for two more acts before today."""


def tell_held(teller: Storyteller) -> list[Course]:
    """Tell of children over six, and of some of the eight kinds, that awaited the prefecture."""
    fates = [fate for fate, times in OF_HELD.items() for _ in range(times)]
    return [_hold(teller, fate, unregistered=place % 5 == 4) for place, fate in enumerate(fates)]


def _hold(teller: Storyteller, fate: Fate, *, unregistered: bool) -> Course:
    year = teller.today.year - teller.random.randint(8, 11)
    born_at, where, parents = teller.birth(date(year, 1, 1), date(year, 12, 31))
    number = teller.issue(where, parents, born_at, born_at.date() + timedelta(days=4))
    day = _open_day(teller, 8, 50)
    odd = Odd.UNREGISTERED if unregistered else None
    usage = teller.enter(number, day, station_for(teller.random, where), odd=odd)
    return Course(usage, fate, day + timedelta(days=teller.random.randint(2, 5)))


def _open_day(teller: Storyteller, latest: int, earliest: int) -> date:
    """Return a working day so many days ago."""
    day = teller.today - timedelta(days=teller.random.randint(latest, earliest))
    return day - timedelta(days=max(0, day.isoweekday() - 5))


def tell_changes(teller: Storyteller, recent: list[Used]) -> tuple[list[Used], list[Course]]:
    """Choose some of the recent registrations that were corrected or revoked; return all, and the courses of those.

    Who was corrected had been entered on a number with two digits changed about.
    """
    latest = datetime.combine(teller.today - _LATEST, datetime.min.time(), LOCAL)
    fit = [usage for usage in recent if usage.odd is None and usage.used_at < latest and _is_free(teller, usage)]
    fates = [fate for fate, times in _OF_EFFECTIVE.items() for _ in range(times)]
    chosen = {
        usage.certificate_number: fate for usage, fate in zip(teller.random.sample(fit, len(fates)), fates, strict=True)
    }
    told, courses = [], []
    for usage in recent:
        fate = chosen.get(usage.certificate_number)
        entered = _misread(usage) if fate in _OF_NUMBER else usage
        told.append(entered)
        if fate is not None:
            courses.append(Course(entered, fate, usage.used_at.astimezone(LOCAL).date() + timedelta(days=2)))
    return told, courses


def _misread(usage: Used) -> Used:
    return replace(usage, certificate_number=_turned(usage.certificate_number), paper_number=usage.certificate_number)


def _turned(number: str) -> str:
    """Return the number with its third and fourth digit from the end changed about."""
    return number[:-4] + number[-3] + number[-4] + number[-2:]


def _is_free(teller: Storyteller, usage: Used) -> bool:
    turned = _turned(usage.certificate_number)
    return usage.paper in teller.families and turned != usage.paper and turned not in teller.families


def tell_refused(teller: Storyteller, known: list[Used], listed: list[Listed]) -> list[Used]:
    """Tell what desks tried to register and were refused: used and void numbers, and what the policy refuses."""
    stolen = [entry for entry in listed if entry.lifted_at is None]
    numbers = [
        *(usage.certificate_number for usage in teller.random.sample(known, 5)),
        *(entry.first for entry in teller.random.sample(stolen, 3)),
    ]
    odds = (Odd.NEITHER_PARENT, Odd.UNMARRIED_FATHER, Odd.NEITHER_PARENT, Odd.UNMARRIED_FATHER, Odd.WITHOUT_PROOFS)
    attempts = [_attempt(teller, number) for number in numbers]
    return attempts + [_attempt(teller, _fresh_paper(teller, odd), odd) for odd in odds]


def _attempt(teller: Storyteller, number: str, odd: Odd | None = None) -> Used:
    return teller.enter(number, _open_day(teller, 2, 45), teller.random.choice(STATIONS), odd=odd)


def _fresh_paper(teller: Storyteller, odd: Odd) -> str:
    """Issue a paper on which nothing is registered."""
    years = 8 if odd is Odd.WITHOUT_PROOFS else 0
    born_on = teller.today - timedelta(days=years * 366 + teller.random.randint(60, 120))
    born_at = datetime.combine(born_on, datetime.min.time(), LOCAL) + timedelta(hours=9)
    return teller.issue(hospital(teller.random), family(teller.random), born_at, born_on + timedelta(days=3))
