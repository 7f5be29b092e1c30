"""What happened to the certificates of the demonstration: children born, papers issued, registrations made.

Everything follows from a seed and the day on which it is told, so that telling it twice is
telling the same.
"""

from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum
from random import Random

import msgspec

from birthreg.local.believable import (
    Blocks,
    Family,
    Hospital,
    Station,
    family,
    hospital,
    letter_of,
    station_for,
    working_day,
)

LOCAL = timezone(timedelta(hours=8))
SINCE = date(2014, 1, 1)
BIRTHS = 20_300
RECENTLY = timedelta(days=55)
"""What was registered since then was looked up before, on record."""

_YEARS = {2014: 169, 2015: 166, 2016: 179, 2017: 172, 2018: 152, 2019: 147, 2020: 120, 2021: 106, 2022: 96, 2023: 90}
"""Births of a year in 100,000s; the years after 2023 are taken as 80."""


_HEALTH = {"41": "henan", "42": "hubei", "43": "hunan", "52": "guizhou", "53": "yunnan"}


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `issuances`."""

    certificate_number: str
    issue_kind: int
    issued_on: date
    child_name: str
    child_sex: int
    born_at: datetime
    gestation_days: int
    weight_grams: int
    length_centimeters: int
    birth_place: str
    birth_division: str
    mother_name: str | None
    father_name: str | None
    issuer_name: str
    issuer_division: str
    issuer_code: str
    original_number: str | None
    delivered_at: datetime
    delivered_by: str


class Odd(StrEnum):
    """What is odd about what a desk entered, beside what is odd about the paper."""

    COLLECTIVE_HOUSEHOLD = "collective_household"
    NON_RELATIVE = "non_relative"
    PRIVATE_ADOPTION = "private_adoption"
    NEITHER_PARENT = "neither_parent"
    UNMARRIED_FATHER = "unmarried_father"
    WITHOUT_PROOFS = "without_proofs"
    """Over six, and not all of the four proofs."""
    SAME_APPLICANT = "same_applicant"
    """Somebody who stands at the desk for one unrelated child after the other."""
    AGE_OF_MOTHER = "age_of_mother"
    OTHER_NAME = "other_name"
    """Another child's name than on the paper."""
    UNREGISTERED = "unregistered"
    """One of the eight kinds of people without registration."""


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """A registration that a desk made on a number; `paper_number` is the paper's own where the desk misread it."""

    certificate_number: str
    used_at: datetime
    organization: str
    registration_reference: str
    odd: Odd | None = None
    paper_number: str | None = None

    @property
    def paper(self) -> str:
        """The number that stands on the paper."""
        return self.paper_number or self.certificate_number


class Wasted(msgspec.Struct, frozen=True):
    """A number, or a run of them, that was spoilt, lost or taken back, which its prefecture lists."""

    first: str
    last: str
    day: date
    hospital: Hospital
    reason: str


class Storyteller:
    """Makes up certificates one by one and keeps what became of them."""

    def __init__(self, random: Random, *, today: date) -> None:
        """Tell of the time until yesterday."""
        self.random = random
        self.today = today
        self.blocks = Blocks()
        self.issued: list[Issued] = []
        self.used: list[Used] = []
        self.families: dict[str, Family] = {}
        self.wasted: list[Wasted] = []

    def tell(self) -> None:
        """Tell the ordinary births, in the order of their issue."""
        births = sorted((self._ordinary_birth() for _ in range(BIRTHS)), key=lambda birth: birth[0])
        for issued_on, born_at, where, parents in births:
            self._live_ordinarily(issued_on, born_at, where, parents)

    def _ordinary_birth(self) -> tuple[date, datetime, Hospital, Family]:
        years = range(SINCE.year, self.today.year + 1)
        year = self.random.choices(years, [_YEARS.get(year, 80) for year in years])[0]
        last = min(date(year, 12, 31), self.today - timedelta(days=4))
        born_on = self._day(date(year, 1, 1), max(last, date(year, 1, 1)))
        issued_on = min(working_day(self.random, born_on, spread=4), self.today - timedelta(days=1))
        return issued_on, self._moment(born_on, 0, 24), hospital(self.random), family(self.random)

    def _live_ordinarily(self, issued_on: date, born_at: datetime, where: Hospital, parents: Family) -> None:
        number = self.issue(where, parents, born_at, issued_on)
        wait = 18 if self.random.random() < 0.88 else 110
        used_on = working_day(self.random, issued_on, spread=wait)
        if self.random.random() < 0.99 and used_on < self.today:
            self.use(number, used_on, station_for(self.random, where))

    def issue(
        self,
        where: Hospital,
        parents: Family,
        born_at: datetime,
        issued_on: date,
        *,
        number: str | None = None,
        kind: int = 1,
        original: str | None = None,
        has_mother: bool = True,
    ) -> str:
        """Let a hospital issue a certificate and return its number."""
        number = number or self._next_number(where, issued_on)
        self.families[number] = parents
        self.issued.append(
            Issued(
                certificate_number=number,
                issue_kind=kind,
                issued_on=issued_on,
                child_name=parents.child,
                child_sex=parents.sex,
                born_at=born_at,
                gestation_days=self.random.randint(259, 290),
                weight_grams=int(self.random.gauss(3280, 380)) // 10 * 10,
                length_centimeters=self.random.randint(47, 53),
                birth_place=where.place,
                birth_division=where.division,
                mother_name=parents.mother if has_mother else None,
                father_name=parents.father,
                issuer_name=where.name,
                issuer_division=where.division,
                issuer_code=where.code,
                original_number=original,
                delivered_at=self._moment(issued_on, 18, 24),
                delivered_by=f"health.{_HEALTH[where.division[:2]]}",
            )
        )
        return number

    def use(self, number: str, day: date, station: Station, *, odd: Odd | None = None) -> None:
        """Let a station register a child on a number."""
        self.used.append(self.enter(number, day, station, odd=odd))

    def enter(self, number: str, day: date, station: Station, *, odd: Odd | None = None) -> Used:
        """Tell of one registration at a desk."""
        return Used(
            certificate_number=number,
            used_at=self._moment(day, 9, 17),
            organization=station.code,
            registration_reference=f"{station.code[:8]}{day:%Y%m%d}{len(self.used) % 10_000:04d}",
            odd=odd,
        )

    def _next_number(self, where: Hospital, issued_on: date) -> str:
        """Take the next blank; in January and February last year's are still being used up."""
        left_over = issued_on.month <= 2 and self.random.random() < 0.6
        letter = letter_of(issued_on.year - 1 if left_over else issued_on.year)
        if self.random.random() < 0.008:
            reason = self.random.choice(["misprinted", "misprinted", "misprinted", "damaged", "voided"])
            spoilt = self.blocks.next(letter, where)
            self.wasted.append(Wasted(spoilt, spoilt, issued_on, where, reason))
        return self.blocks.next(letter, where)

    def _day(self, first: date, last: date) -> date:
        return first + timedelta(days=self.random.randint(0, (last - first).days))

    def _moment(self, day: date, from_hour: int, to_hour: int) -> datetime:
        seconds = self.random.randrange(from_hour * 3600, to_hour * 3600)
        return datetime.combine(day, time(), LOCAL) + timedelta(seconds=seconds)

    def birth(self, first: date, last: date) -> tuple[datetime, Hospital, Family]:
        """Return a birth between two days."""
        return self._moment(self._day(first, last), 0, 24), hospital(self.random), family(self.random)
