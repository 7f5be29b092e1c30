"""What every measure stands on: the seeded database, the contestants, their prepared requests."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import msgspec

from benchmarks.contestants import PATH, Contestant, Running, ask_body, running, sign_in_all
from benchmarks.load import Deck
from benchmarks.numbers import Ask, draw
from benchmarks.plan import Plan
from benchmarks.wire import build_request, close_lines, open_lines

_CHECKED = 200


class WrongAnswer(Exception):
    """A contestant that answers wrongly makes every figure worthless."""


class Stage(msgspec.Struct, kw_only=True):
    """One run's surroundings."""

    plan: Plan
    owner_url: str
    databases: tuple[int, ...]
    """Their process ids."""
    folder: Path
    logs: Path
    generator: str
    say: Callable[[str], None]
    contestants: list[Contestant]
    asks: list[Ask]
    decks: dict[str, Deck]

    @asynccontextmanager
    async def playing(self, name: str) -> AsyncIterator[Running]:
        """Start one contestant, sign in where it asks for that, and check its answers."""
        contestant = next(contestant for contestant in self.contestants if contestant.name == name)
        async with running(contestant, self.logs / f"{name}.log") as started:
            if contestant.name == "birthreg" and not contestant.tokens:
                *tokens, client_token = await sign_in_all(contestant.port, clerks=self.plan.connections)
                contestant = msgspec.structs.replace(contestant, tokens=tuple(tokens), client_token=client_token)
                self.contestants = [contestant if other.name == name else other for other in self.contestants]
            if name not in self.decks:
                self.decks[name] = Deck.make(_prepare(self.asks, contestant.tokens))
            await self._check(contestant)
            yield Running(contestant, started.processes)

    async def _check(self, contestant: Contestant) -> None:
        lines = await open_lines(contestant.port, 8)
        deck = self.decks[contestant.name].requests
        for place in range(0, _CHECKED, len(lines)):
            replies = await asyncio.gather(*(line.ask(deck[place + at]) for at, line in enumerate(lines)))
            for ask, reply in zip(self.asks[place:], replies, strict=False):
                verdict = expected_verdict(ask, contestant)
                answer = msgspec.json.decode(reply.body) if reply.status == 200 else {}
                if (answer.get("certificate_number"), answer.get("verdict")) != (ask.number, verdict):
                    raise WrongAnswer(f"{contestant.name} on {ask}: {reply.status} {reply.body[:300]!r}")
        close_lines(lines)

    async def count_records(self, contestant: Contestant) -> int:
        """Count the rows that its requests left; 0 where it leaves none."""
        if contestant.records is None:
            return 0
        connection = await asyncpg.connect(self.owner_url)
        try:
            return int(await connection.fetchval(f"SELECT count(*) FROM {contestant.records}"))  # noqa: S608 (our own names)
        finally:
            await connection.close()

    async def check_records(self, contestant: Contestant, *, at_least: int) -> None:
        """Hold what is recorded against what was answered."""
        found = await self.count_records(contestant)
        if contestant.records and found < at_least:
            raise WrongAnswer(f"{contestant.name} recorded {found:,} look-ups and answered {at_least:,}")

    def close(self) -> None:
        """Remove the prepared files."""
        for deck in self.decks.values():
            deck.close()


def expected_verdict(ask: Ask, contestant: Contestant) -> str:
    """Say what it must answer: the baselines know no blacklist."""
    return ask.verdict if contestant.knows_list or ask.verdict == "used" else "clear"


def _prepare(asks: list[Ask], tokens: tuple[str, ...]) -> list[bytes]:
    """Build the requests; tokens go round, so that every officer asks."""
    return [
        build_request(PATH, ask_body(ask.number), token=tokens[place % len(tokens)] if tokens else None)
        for place, ask in enumerate(asks)
    ]


def draw_asks(plan: Plan) -> list[Ask]:
    """Draw what all three are asked."""
    return draw(plan, max(plan.asked, _CHECKED), seed=20_240_601)
