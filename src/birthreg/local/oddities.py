"""The one registration in a hundred that should be looked into, kind by kind as `Storyteller` can tell it."""

from collections.abc import Callable
from datetime import date, timedelta

from msgspec.structs import replace

from birthreg.local.believable import (
    FAR_HOSPITAL,
    FAR_HOSPITALS,
    HOSPITALS,
    STATIONS,
    Blocks,
    family,
    letter_of,
    station_for,
    working_day,
)
from birthreg.local.stories import Odd, Storyteller, Wasted


def tell_oddities(teller: Storyteller) -> None:
    """Tell every odd kind as often as it comes in a small province."""
    for tell, times in _KINDS.items():
        for _ in range(times):
            tell(teller)
    for odd, times in _AT_THE_DESK.items():
        for _ in range(times):
            _one(teller, since=2016, until=2024, used_after=teller.random.randint(4, 60), odd=odd)


def _one(
    teller: Storyteller,
    *,
    since: int,
    until: int,
    issued_after: int = 5,
    used_after: int = 12,
    letter: str | None = None,
    kind: int = 1,
    has_mother: bool = True,
    odd: Odd | None = None,
) -> None:
    """Tell one birth of these years, issued and registered so many days later."""
    born_at, where, parents = teller.birth(date(since, 1, 1), date(until, 12, 31))
    issued_on = born_at.date() + timedelta(days=issued_after)
    number = teller.blocks.next(letter, where) if letter else None
    number = teller.issue(where, parents, born_at, issued_on, number=number, kind=kind, has_mother=has_mother)
    teller.use(number, issued_on + timedelta(days=used_after), station_for(teller.random, where), odd=odd)


def late_issue(teller: Storyteller) -> None:
    """More than six months, up to five years, between birth and issue."""
    _one(teller, since=2016, until=2020, issued_after=teller.random.randint(190, 1700))


def late_registration(teller: Storyteller) -> None:
    """Registered two to almost six years after the issue."""
    _one(teller, since=2015, until=2019, used_after=teller.random.randint(730, 2100))


def over_six(teller: Storyteller) -> None:
    """First registered at six to eight, years ago, without all of the proofs."""
    _one(teller, since=2014, until=2016, used_after=teller.random.randint(2200, 2900), odd=Odd.WITHOUT_PROOFS)


def without_mother(teller: Storyteller) -> None:
    """The mother's line is struck out."""
    _one(teller, since=2015, until=2024, has_mother=False)


def born_at_home(teller: Storyteller) -> None:
    """Born outside an institution, certified afterwards (kind 4)."""
    _one(teller, since=2015, until=2024, issued_after=teller.random.randint(10, 170), kind=4)


def letter_conflict(teller: Storyteller) -> None:
    """On paper printed years before it could have been issued."""
    year = teller.random.randint(2019, 2022)
    _one(teller, since=year, until=year, letter=letter_of(year - teller.random.randint(3, 5)))


def ended_edition(teller: Storyteller) -> None:
    """On paper of the sixth edition half a year after its last day, 2023-03-31."""
    born_at, where, parents = teller.birth(date(2023, 7, 1), date(2023, 9, 20))
    issued_on = date(2023, 10, 8) + timedelta(days=teller.random.randint(0, 80))
    number = teller.issue(where, parents, born_at, issued_on, number=teller.blocks.next("W", where))
    teller.use(number, issued_on + timedelta(days=12), station_for(teller.random, where))


def foreign_paper(teller: Storyteller) -> None:
    """Issued in Hubei on a number of Hunan's."""
    born_at, where, parents = teller.birth(date(2022, 1, 1), date(2022, 12, 31))
    number = f"W43{teller.random.randrange(10**7):07d}"
    issued_on = working_day(teller.random, born_at.date(), spread=5)
    teller.issue(where, parents, born_at, issued_on, number=number)
    teller.use(number, working_day(teller.random, issued_on, spread=12), station_for(teller.random, where))


def replaced(teller: Storyteller) -> None:
    """Lost or exchanged, and issued anew under another number; the old one is listed."""
    old, issued_on = _replace(teller)
    teller.use(teller.issued[-1].certificate_number, issued_on + timedelta(days=9), STATIONS[len(teller.used) % 6])
    teller.wasted.append(old)


def replaced_and_used_twice(teller: Storyteller) -> None:
    """An old number and the one that replaced it, both used."""
    old, issued_on = _replace(teller)
    near = station_for(teller.random, old.hospital)
    teller.use(old.first, issued_on - timedelta(days=30), near)
    teller.use(teller.issued[-1].certificate_number, issued_on + timedelta(days=200), STATIONS[len(teller.used) % 6])


def _replace(teller: Storyteller) -> tuple[Wasted, date]:
    born_at, where, parents = teller.birth(date(2016, 1, 1), date(2024, 6, 30))
    first_on = working_day(teller.random, born_at.date(), spread=5)
    old = teller.issue(where, parents, born_at, first_on)
    issued_on = first_on + timedelta(days=teller.random.randint(40, 150))
    lost = teller.random.random() < 0.7
    teller.issue(where, parents, born_at, issued_on, kind=3 if lost else 2, original=old)
    return Wasted(old, old, issued_on, where, "lost_by_family" if lost else "exchanged"), issued_on


def serial_run(teller: Storyteller) -> None:
    """Eleven papers of a hospital a thousand kilometres away, number after number, at one desk within weeks."""
    blocks = Blocks("52")
    for place, number in enumerate(blocks.run("V", 11)):
        born_at, _, parents = teller.birth(date(2020, 6, 1), date(2021, 8, 31))
        teller.issue(FAR_HOSPITAL, parents, born_at, date(2021, 9, 6), number=number)
        teller.use(number, date(2021, 9, 20) + timedelta(days=2 * place), STATIONS[5])


def stolen_blanks(teller: Storyteller) -> None:
    """Blanks stolen from a hospital and sold to match the child's year; the run is listed when it is missed."""
    blanks = teller.blocks.run("V", 85)
    for number in blanks[:30:2]:
        station = teller.random.choice(STATIONS)
        teller.use(number, date(2021, 8, 2) + timedelta(days=teller.random.randint(0, 200)), station)
    teller.wasted.append(Wasted(blanks[0], blanks[-1], date(2022, 5, 9), HOSPITALS[5], "stolen"))


def never_issued(teller: Storyteller) -> None:
    """A number of Hubei's that its health authority, who has told of every one since 2024, knows nothing of."""
    number = f"Y42{teller.random.randrange(9_000_000, 10**7):07d}"
    teller.use(number, date(2024, 7, 1) + timedelta(days=teller.random.randint(0, 200)), STATIONS[len(teller.used) % 6])


def two_births_in_months(teller: Storyteller) -> None:
    """Two children of one mother, born three to six months apart."""
    born_at, where, parents = teller.birth(date(2017, 1, 1), date(2023, 6, 30))
    for later in (0, teller.random.randint(90, 180)):
        other = family(teller.random)
        sibling = replace(parents, child=parents.child[0] + other.child[1:], sex=other.sex)
        born = born_at + timedelta(days=later)
        issued_on = working_day(teller.random, born.date(), spread=4)
        number = teller.issue(where, sibling, born, issued_on)
        teller.use(number, working_day(teller.random, issued_on, spread=15), station_for(teller.random, where))


def registered_twice(teller: Storyteller) -> None:
    """One child with two papers of two hospitals, registered on both."""
    born_at, where, parents = teller.birth(date(2017, 1, 1), date(2024, 6, 30))
    other = next(one for one in HOSPITALS if one.division[:4] != where.division[:4])
    for place, one in enumerate((where, other)):
        issued_on = born_at.date() + timedelta(days=3 + 40 * place)
        teller.use(
            teller.issue(one, parents, born_at, issued_on),
            issued_on + timedelta(days=20),
            station_for(teller.random, one),
        )


def far_births(teller: Storyteller) -> None:
    """Papers of hospitals in three far provinces, one after the other at one desk, to parents of none of them."""
    blocks = {where.division[:2]: Blocks(where.division[:2]) for where in FAR_HOSPITALS}
    for place in range(45):
        where = FAR_HOSPITALS[place % len(FAR_HOSPITALS)]
        born_at, _, parents = teller.birth(date(2024, 2, 1), date(2025, 6, 30))
        issued_on = born_at.date() + timedelta(days=6)
        [number] = blocks[where.division[:2]].run(letter_of(issued_on.year), 1)
        teller.issue(where, parents, born_at, issued_on, number=number)
        teller.use(number, issued_on + timedelta(days=teller.random.randint(20, 90)), STATIONS[4])


_KINDS: dict[Callable[[Storyteller], None], int] = {
    late_issue: 40,
    late_registration: 30,
    over_six: 10,
    without_mother: 15,
    born_at_home: 15,
    letter_conflict: 15,
    ended_edition: 10,
    foreign_paper: 5,
    replaced_and_used_twice: 15,
    serial_run: 1,
    stolen_blanks: 1,
    never_issued: 10,
    two_births_in_months: 5,
    registered_twice: 6,
    far_births: 1,
    replaced: 110,
}
"""How often each is told; the last isn't odd in itself, but gives the list its lost papers."""

_AT_THE_DESK = {
    Odd.COLLECTIVE_HOUSEHOLD: 10,
    Odd.NON_RELATIVE: 8,
    Odd.PRIVATE_ADOPTION: 6,
    Odd.NEITHER_PARENT: 6,
    Odd.UNMARRIED_FATHER: 6,
    Odd.SAME_APPLICANT: 12,
    Odd.AGE_OF_MOTHER: 6,
    Odd.OTHER_NAME: 6,
}
