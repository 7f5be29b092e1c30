"""What the desks of the demonstration asked in the last weeks."""

from datetime import datetime, time, timedelta

import msgspec

from birthreg.local.believable import STATIONS, Station, family
from birthreg.local.stories import LOCAL, RECENTLY, Issued, Storyteller, Used
from birthreg.local.voids import Listed
from birthreg.verification.models import PresentedCertificate, Purpose


class Inquiry(msgspec.Struct, frozen=True, kw_only=True):
    """One look-up of the past."""

    at: datetime
    station: Station
    typed: str
    purpose: Purpose = Purpose.BIRTH_REGISTRATION
    certificate: PresentedCertificate | None = None


def list_inquiries(
    teller: Storyteller, *, recent: list[Used], known: list[Used], listed: list[Listed]
) -> list[Inquiry]:
    """Return the look-ups of the last weeks in their order: before each registration, and some that were refused."""
    papers = {issued.certificate_number: issued for issued in teller.issued}
    used = {usage.certificate_number for usage in teller.used}
    waiting = [issued for issued in teller.issued[-3000:] if issued.certificate_number not in used]
    inquiries = [
        *(_before(teller, usage, papers.get(usage.certificate_number)) for usage in recent),
        *(_ask(teller, usage.certificate_number) for usage in teller.random.sample(known, 40)),
        *(_ask(teller, entry.first) for entry in teller.random.sample(listed, 15)),
        *(_ask(teller, _mistype(teller, issued.certificate_number)) for issued in teller.random.sample(waiting, 25)),
        *(_ask_wrongly(teller, issued) for issued in teller.random.sample(waiting, 15)),
        *_ask_around(teller, [issued.certificate_number for issued in waiting[:4]]),
        *_ask_before([usage for usage in recent if usage.used_at.date() > teller.today - timedelta(days=30)][:5]),
        *_ask_fixed(teller),
    ]
    return sorted(inquiries, key=lambda inquiry: inquiry.at)


def _before(teller: Storyteller, usage: Used, paper: Issued | None) -> Inquiry:
    station = next(station for station in STATIONS if station.code == usage.organization)
    at = usage.used_at - timedelta(seconds=teller.random.randint(90, 1200))
    shown = _present(paper) if paper is not None and teller.random.random() < 0.6 else None
    return Inquiry(at=at, station=station, typed=usage.certificate_number, certificate=shown)


def _present(paper: Issued) -> PresentedCertificate:
    return PresentedCertificate(
        child_name=paper.child_name,
        child_sex=paper.child_sex,
        born_at=paper.born_at.isoformat(timespec="minutes"),
        mother_name=paper.mother_name,
        issued_on=paper.issued_on,
    )


def _ask(teller: Storyteller, typed: str, *, days_ago: int | None = None, station: Station | None = None) -> Inquiry:
    days = days_ago or teller.random.randint(1, RECENTLY.days - 1)
    opening = datetime.combine(teller.today - timedelta(days=days), time(9), LOCAL)
    at = opening + timedelta(seconds=teller.random.randrange(8 * 3600))
    return Inquiry(at=at, station=station or teller.random.choice(STATIONS), typed=typed)


def _mistype(teller: Storyteller, number: str) -> str:
    """Write a number as fingers and scanners get it wrong; the last two ways are understood all the same."""
    return teller.random.choice([
        number.replace("0", "O", 1),
        number[:-1],
        number[1:],
        number[0] + number,
        f"{number[:4]} {number[4:].lower()}".lower(),
        "".join(chr(ord(sign) + 0xFEE0) for sign in number),
    ])  # fmt: skip


def _ask_wrongly(teller: Storyteller, paper: Issued) -> Inquiry:
    """Ask with the paper of one child and the name of another."""
    other = family(teller.random)
    shown = msgspec.structs.replace(_present(paper), child_name=other.child, mother_name=other.mother)
    return msgspec.structs.replace(_ask(teller, paper.certificate_number), certificate=shown)


def _ask_around(teller: Storyteller, numbers: list[str]) -> list[Inquiry]:
    """Ask for one number at station after station, and register nowhere."""
    return [
        _ask(teller, number, days_ago=25 - 5 * place, station=station)
        for number in numbers
        for place, station in enumerate(teller.random.sample(STATIONS, 4))
    ]


def _ask_before(usages: list[Used]) -> list[Inquiry]:
    """Ask for a number at other stations in the days before it is registered at one."""
    return [
        Inquiry(at=usage.used_at - timedelta(days=3 * place, hours=2), station=station, typed=usage.certificate_number)
        for usage in usages
        for place, station in enumerate([one for one in STATIONS if one.code != usage.organization][:3], 1)
    ]


def _ask_fixed(teller: Storyteller) -> list[Inquiry]:
    asked = [
        ("X420100002", 0, 9),
        ("X420100002", 4, 6),
        ("X420100003", 3, 5),
        ("X420100004", 1, 4),
        ("X420100012", 2, 3),
    ]
    return [_ask(teller, number, days_ago=days, station=STATIONS[place]) for number, place, days in asked]
