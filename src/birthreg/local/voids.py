"""The blacklist of the demonstration: 300 entries of two prefectures, 20 of them ranges."""

from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID

import msgspec

from birthreg.kernel.identifiers import first_id_at
from birthreg.local.believable import HOSPITALS, WUHAN
from birthreg.local.stories import LOCAL, RECENTLY, Storyteller, Wasted

SINGLES = 280

_FIXED = (
    Wasted("X420100003", "X420100003", date(2024, 5, 20), HOSPITALS[0], "stolen"),
    Wasted("X420100010", "X420100019", date(2024, 5, 20), HOSPITALS[0], "voided"),
)
_RUNS = {"edition_ended": 8, "lost_by_institution": 4, "voided": 4, "misprinted": 2}
"""Ranges beside the fixed one and that of the stolen blanks."""

_NOTES = {
    "lost_by_family": "家长已登报声明作废",
    "stolen": "已报案,请各地留意持证人",
    "edition_ended": "第六版剩余空白证件,2023年4月1日起停用",
    "forged": "经签发机构辨认,非该机构签发",
}


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `blacklist_entries`, but for how many numbers it holds."""

    id: UUID
    first: str
    last: str
    reason: str
    document_number: str
    event_date: date
    institution: str
    note: str | None
    organization: str
    listed_at: datetime
    listed_by: str
    lifted_at: datetime | None

    @property
    def count(self) -> int:
        """How many numbers it holds."""
        return int(self.last[1:]) - int(self.first[1:]) + 1


def list_wasted(teller: Storyteller) -> list[Listed]:
    """Return what the prefectures listed of all that was wasted, in the order of its listing."""
    latest = teller.today - RECENTLY - timedelta(days=45)
    told = [wasted for wasted in teller.wasted if wasted.day < latest]
    runs = [wasted for wasted in told if wasted.first != wasted.last]
    singles = [wasted for wasted in told if wasted.first == wasted.last]
    kept = teller.random.sample(singles, min(len(singles), SINGLES - 20))
    forged = [_forge(teller) for _ in range(SINGLES - 1 - len(kept))]
    wasted = [*_FIXED, *runs, *kept, *forged, *_waste_runs(teller)]
    listed = [_list(teller.random, one) for one in sorted(wasted, key=lambda one: one.day)]
    return sorted(listed, key=lambda entry: entry.listed_at)


def _waste_runs(teller: Storyteller) -> list[Wasted]:
    runs = []
    for reason, times in _RUNS.items():
        for place in range(times):
            ended = reason == "edition_ended"
            numbers = teller.blocks.run(
                "W" if ended else teller.random.choice("RSTUVXY"), teller.random.randint(12, 260)
            )
            day = date(2023, 4, 3) if ended else date(2025, 1, 6) - timedelta(days=teller.random.randint(0, 300))
            runs.append(Wasted(numbers[0], numbers[-1], day, HOSPITALS[place], reason))
    return runs


def _forge(teller: Storyteller) -> Wasted:
    number = f"{teller.random.choice('STUVW')}42{teller.random.randrange(8_000_000, 9_000_000):07d}"
    day = date(2023, 1, 4) + timedelta(days=teller.random.randint(0, 900))
    return Wasted(number, number, day, teller.random.choice(HOSPITALS), "forged")


def _list(random: Random, wasted: Wasted) -> Listed:
    """List it a few days to a few weeks after the event, by a document of that month."""
    if wasted in _FIXED:
        random = Random(wasted.first)  # noqa: S311 - the same on every day
    day = wasted.day + timedelta(days=14 if wasted in _FIXED else random.randint(4, 40))
    prefecture = wasted.hospital.prefecture
    place, unit = ("wuhan", "武") if prefecture == WUHAN else ("xiangyang", "襄")
    listed_at = datetime.combine(day, time(9), LOCAL) + timedelta(seconds=random.randrange(8 * 3600))
    found_again = wasted.reason == "lost_by_family" and random.random() < 0.08
    return Listed(
        id=id_at(random, listed_at),
        first=wasted.first,
        last=wasted.last,
        reason=wasted.reason,
        document_number=f"{unit}公（户）〔{day.year}〕{day.month * 2}号",
        event_date=wasted.day,
        institution=wasted.hospital.name,
        note="原证已找回,经两人审批解除" if found_again else _NOTES.get(wasted.reason),
        organization=prefecture,
        listed_at=listed_at,
        listed_by=f"{random.choice(['admin', 'admin2'])}.{place}",
        lifted_at=listed_at + timedelta(days=random.randint(3, 30)) if found_again else None,
    )


def id_at(random: Random, moment: datetime) -> UUID:
    """Return an identifier as one made at a moment would be (UUID version 7), the same in every telling."""
    return UUID(int=first_id_at(moment).int | random.getrandbits(62))
