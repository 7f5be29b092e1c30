"""Was it listed on day D, as we knew it on day E? The books against a model of a few lines, whatever changed."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import make
from tests.worlds import World

from birthreg.access.models import Act, Role
from birthreg.access.rules import reach_of
from birthreg.blacklist import deciding, proposing, service
from birthreg.blacklist.models import BlacklistReason, EntryStatus
from birthreg.blacklist.proposal_models import Choice, HoldRequest, ProposalRequest, ProposedAct
from birthreg.certificates.models import CertificateNumber
from birthreg.kernel.database import Database, Transaction
from birthreg.verification import store as verification

BEGIN = datetime(2025, 3, 1, tzinfo=UTC)
NUMBERS = [f"X4{place:08d}" for place in range(20_999_995, 21_000_007)]
"""A dozen that lie on both sides of a block's edge."""
FIRST = make.signed_in(Role.PREFECTURE_ADMIN, make.WUHAN, "admin.wuhan")
SECOND = make.signed_in(Role.PROVINCE_ADMIN, make.HUBEI, "admin.hubei")
SCOPE, ABOVE = reach_of(FIRST, Act.PROPOSE_BLACKLIST), reach_of(SECOND, Act.DECIDE_BLACKLIST)
assert SCOPE is not None
assert ABOVE is not None


class Undone(Exception):
    """Ends an example: nothing of it stays."""


class Clock:
    """The time of the example."""

    def __init__(self) -> None:
        """Begin."""
        self.now = BEGIN

    def __call__(self) -> datetime:
        """Return the time that the example has come to."""
        return self.now


class Model:
    """Number by number: what was said of it when. A part that is lifted touches nothing but its own numbers."""

    def __init__(self) -> None:
        """Begin with an empty list."""
        self.said: dict[tuple[str, int], list[tuple[datetime, datetime, datetime | None]]] = {}

    def say(self, places: range, key: int, *, known: datetime, begin: datetime | None, end: datetime | None) -> None:
        """Say of numbers from when to when they are listed by an entry."""
        for place in places:
            told = self.said.setdefault((NUMBERS[place], key), [])
            told.append((known, begin or told[-1][1], end))

    def works(self, place: int, key: int, moment: datetime) -> bool:
        """Say whether an entry holds a number at a moment."""
        told = self.said.get((NUMBERS[place], key))
        return told is not None and (told[-1][2] is None or told[-1][2] > moment)

    def listed(self, number: str, *, on: datetime, known: datetime) -> bool:
        """Say whether a number was listed at one moment, as it was known at another."""
        for (said_of, _), told in self.said.items():
            latest = [said for said in told if said[0] <= known]
            if said_of == number and latest:
                _, begin, end = latest[-1]
                if begin <= on and (end is None or end > on):
                    return True
        return False


class Example:
    """The books and the model, changed alike."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Begin with an empty list."""
        self.database = database
        self.clock = clock
        self.model = Model()
        self.tx: Transaction = None  # type: ignore[assignment]
        self.entries: list[tuple[UUID, range, int]] = []
        self.holds: list[tuple[UUID, range, int, datetime]] = []
        self.times: list[datetime] = [BEGIN]
        self.keys = 0

    def key(self) -> int:
        self.keys += 1
        return self.keys

    async def add(self, places: range, _pick: int) -> None:
        asked = ProposalRequest(
            act=ProposedAct.ADD, first=NUMBERS[places[0]], last=NUMBERS[places[-1]], count=len(places),
            reason=BlacklistReason.STOLEN, document_number=f"文{self.key()}", event_date=BEGIN.date(),
        )  # fmt: skip
        assert SCOPE is not None
        proposed = await proposing.propose(self.tx, FIRST, scope=SCOPE, asked=asked, terminal="desk")
        decided = await self.decide(proposed.proposal.id, Choice.APPROVE)
        self.entries.append((decided.entries[0].id, places, self.keys))
        self.model.say(places, self.keys, known=self.clock.now, begin=self.clock.now, end=None)

    async def hold(self, places: range, _pick: int) -> None:
        asked = HoldRequest(
            first=NUMBERS[places[0]], last=NUMBERS[places[-1]], count=len(places), reason=BlacklistReason.STOLEN,
            document_number=f"急{self.key()}", event_date=BEGIN.date(),
        )  # fmt: skip
        holder = make.signed_in(Role.PREFECTURE_ADMIN, make.WUHAN, f"holder{self.keys}.wuhan")
        assert SCOPE is not None
        held = await proposing.hold(self.tx, holder, scope=SCOPE, asked=asked, terminal="desk")
        ends = self.clock.now + timedelta(hours=24)
        self.holds.append((held.proposal.id, places, self.keys, ends))
        self.model.say(places, self.keys, known=self.clock.now, begin=self.clock.now, end=ends)

    async def confirm(self, _places: range, pick: int) -> None:
        if not self.holds:
            return
        proposal, places, key, ends = self.holds.pop(pick % len(self.holds))
        decided = await self.decide(proposal, Choice.APPROVE)
        begin = None
        if self.clock.now >= ends:
            key, begin = self.key(), self.clock.now
        [entry] = [entry for entry in decided.entries if entry.status is EntryStatus.IN_FORCE]
        self.entries.append((entry.id, places, key))
        self.model.say(places, key, known=self.clock.now, begin=begin, end=None)

    async def refuse(self, _places: range, pick: int) -> None:
        if not self.holds:
            return
        proposal, places, key, ends = self.holds.pop(pick % len(self.holds))
        await self.decide(proposal, Choice.REFUSE)
        if self.clock.now < ends:
            self.model.say(places, key, known=self.clock.now, begin=None, end=self.clock.now)

    async def lift(self, places: range, pick: int) -> None:
        if not self.entries:
            return
        entry, whole, key = self.entries[pick % len(self.entries)]
        part = range(max(places[0], whole[0]), min(places[-1], whole[-1]) + 1)
        if not part or not all(self.model.works(place, key, self.clock.now) for place in part):
            return
        asked = ProposalRequest(
            act=ProposedAct.LIFT, first=NUMBERS[part[0]], last=NUMBERS[part[-1]], count=len(part), entry_id=entry,
            document_number=f"解{self.key()}", note="误列",
        )  # fmt: skip
        assert SCOPE is not None
        proposed = await proposing.propose(self.tx, FIRST, scope=SCOPE, asked=asked, terminal="desk")
        await self.decide(proposed.proposal.id, Choice.APPROVE)
        self.model.say(part, key, known=self.clock.now, begin=None, end=self.clock.now)

    async def lapse(self, _places: range, _pick: int) -> None:
        await deciding.lapse(self.tx)

    async def wait(self, _places: range, pick: int) -> None:
        self.clock.now += timedelta(hours=pick)

    async def decide(self, proposal: UUID, choice: Choice) -> Any:
        assert ABOVE is not None
        return await deciding.decide(
            self.tx, SECOND, scope=ABOVE, proposal=proposal, choice=choice, reason="属实", version=None, terminal="desk"
        )

    async def run(self, changes: list[tuple[str, range, int]]) -> None:
        """Make the changes, a minute apart."""
        for name, places, pick in changes:
            self.clock.now += timedelta(minutes=1)
            self.tx.now = self.clock.now
            await getattr(self, name)(places, pick)
            self.times.append(self.clock.now)

    async def compare(self, asked: list[tuple[int, int, int, int]]) -> None:
        """Ask the books and the model the same."""
        for place, day, known_day, offset in asked:
            on = self.times[day % len(self.times)] + timedelta(seconds=offset)
            known = self.times[known_day % len(self.times)] + timedelta(seconds=30)
            number = NUMBERS[place]
            found = await service.list_entries_of_number(
                self.tx, scope=ABOVE, number=CertificateNumber(number), status=EntryStatus.IN_FORCE,  # type: ignore[arg-type]
                as_of=on, known_at=known,
            )  # fmt: skip
            assert bool(found) is self.model.listed(number, on=on, known=known), (number, on, known)
        await self.compare_desk()

    async def compare_desk(self) -> None:
        """What the desks hear now is what the model says of now."""
        self.tx.now = self.clock.now = self.clock.now + timedelta(seconds=30)
        facts = await verification.gather_facts(self.tx, numbers=NUMBERS, sessions=[])
        refused = {NUMBERS[fact["ordinal"] - 1] for fact in facts if fact["entry_id"] is not None}
        now = self.clock.now
        assert refused == {number for number in NUMBERS if self.model.listed(number, on=now, known=now)}


PLACES = st.tuples(st.integers(0, 11), st.integers(0, 11)).map(lambda ends: range(min(ends), max(ends) + 1))
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "hold", "confirm", "refuse", "lift", "lift", "lapse", "wait"]),
        PLACES,
        st.integers(0, 30),
    ),
    min_size=1,
    max_size=12,
)
ASKED = st.lists(
    st.tuples(st.integers(0, 11), st.integers(0, 99), st.integers(0, 99), st.sampled_from([-1, 0, 1])), max_size=25
)


@pytest.fixture(scope="module")
async def clocked(world: World) -> AsyncIterator[tuple[Database, Clock]]:
    """The books with a clock of their own."""
    clock = Clock()
    database = Database(world.settings.database_url, clock=clock)
    await database.open()
    async with database.transaction() as tx:
        for organization in (make.WUHAN, make.HUBEI):
            await make.organization(tx, organization)
    yield database, clock
    await database.close()


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(changes=CHANGES, asked=ASKED)
async def test_the_books_say_what_the_model_says(
    clocked: tuple[Database, Clock], changes: list[tuple[str, range, int]], asked: list[tuple[int, int, int, int]]
) -> None:
    database, clock = clocked
    clock.now = BEGIN
    example = Example(database, clock)
    with suppress(Undone):
        async with database.transaction() as tx:
            example.tx = tx
            await example.run(changes)
            await example.compare(asked)
            raise Undone
