"""The five figures of merit. Each returns what it saw; `report` says what it means."""

import asyncio
import os
import random
from time import perf_counter

import msgspec

from benchmarks.contestants import PATH, Running
from benchmarks.load import Sample, arrive, press
from benchmarks.numbers import Ask, draw
from benchmarks.processes import count_busy_seconds, count_processor_seconds
from benchmarks.stage import Stage, WrongAnswer
from benchmarks.wire import Line, Reply, build_request, close_lines, open_lines


class Round(msgspec.Struct, frozen=True):
    """One closed-loop round of one contestant, with the processor time that each side took per request.

    The databases are PostgreSQL and Valkey.
    """

    sample: Sample
    server_microseconds: float
    databases_microseconds: float
    generator_microseconds: float
    cores_elsewhere: float
    """Cores that others on this machine, or its host, kept busy meanwhile: above a few tenths, a round is disturbed."""


class BatchRun(msgspec.Struct, frozen=True):
    """Batches with so many in flight."""

    in_flight: int
    numbers: int
    seconds: float
    slowest_ms: float

    @property
    def per_second(self) -> float:
        """Numbers answered a second."""
        return self.numbers / self.seconds


class Costs(msgspec.Struct, frozen=True):
    """Processor seconds since the start of each, and the moment."""

    server: float
    databases: float
    generator: float
    machine: float
    moment: float

    @classmethod
    def count(cls, stage: Stage, player: Running) -> "Costs":
        """Read the clocks."""
        own = os.times()
        return cls(
            server=sum(count_processor_seconds(process) for process in player.processes),
            databases=sum(count_processor_seconds(process) for process in stage.databases),
            generator=own.user + own.system + own.children_user + own.children_system,
            machine=count_busy_seconds(),
            moment=perf_counter(),
        )

    def since(self, earlier: "Costs") -> "Costs":
        """Return what was spent in between."""
        return Costs(*(getattr(self, field) - getattr(earlier, field) for field in self.__struct_fields__))

    @property
    def elsewhere(self) -> float:
        """Cores kept busy by neither side."""
        return max(0.0, (self.machine - self.server - self.databases - self.generator) / self.moment)


async def _play_round(stage: Stage, player: Running, first: int) -> Round:
    plan, contestant = stage.plan, player.contestant
    deck = stage.decks[contestant.name]
    again = {"connections": plan.connections, "first": first}
    await press(stage.generator, contestant.port, deck, seconds=plan.warm_up, **again)
    recorded, before = await stage.count_records(contestant), Costs.count(stage, player)
    sample = await press(stage.generator, contestant.port, deck, seconds=plan.seconds, **again)
    costs = Costs.count(stage, player).since(before)
    await stage.check_records(contestant, at_least=recorded + sample.requests)
    per_request = 1e6 / max(sample.requests, 1)
    return Round(
        sample=sample,
        server_microseconds=costs.server * per_request,
        databases_microseconds=costs.databases * per_request,
        generator_microseconds=costs.generator * per_request,
        cores_elsewhere=costs.elsewhere,
    )


async def measure_single(stage: Stage) -> dict[str, list[Round]]:
    """Closed loop, the contestants taking turns, each on its own connections and alone on the machine."""
    rounds: dict[str, list[Round]] = {contestant.name: [] for contestant in stage.contestants}
    chance = random.Random(1)
    for number in range(1, stage.plan.rounds + 1):
        first = chance.randrange(stage.plan.asked)
        for name, seen in rounds.items():
            async with stage.playing(name) as player:
                seen.append(await _play_round(stage, player, first))
            sample = seen[-1].sample
            stage.say(f"round {number}: {name} {sample.per_second:,.0f}/s, p99 {sample.p99_ms:.1f} ms")
    return rounds


async def measure_arrivals(stage: Stage) -> dict[str, Sample]:
    """Open loop at random times."""
    samples = {}
    for name in [contestant.name for contestant in stage.contestants]:
        async with stage.playing(name) as player:
            deck = stage.decks[name].requests
            for seconds in (stage.plan.warm_up, stage.plan.arrivals_seconds):
                samples[name] = await arrive(
                    player.contestant.port, deck, rate=stage.plan.arrivals_rate, seconds=seconds, seed=7
                )
        stage.say(f"random arrivals: {name} p99 {samples[name].p99_ms:.1f} ms")
    return samples


def _batch_request(asks: list[Ask], token: str) -> bytes:
    body = {
        "purpose": "birth_registration",
        "on_behalf_of": "benchmark.1",
        "items": [{"certificate_number": ask.number} for ask in asks],
    }
    return build_request(f"{PATH}/batch", msgspec.json.encode(body), token=token)


def _check_batch(asks: list[Ask], reply: Reply) -> None:
    items = msgspec.json.decode(reply.body)["items"] if reply.status == 200 else []
    answers = [(item["certificate_number"], item["verdict"]) for item in items]
    if answers != [(ask.number, ask.verdict) for ask in asks]:
        raise WrongAnswer(f"a batch was answered wrongly: {reply.status} {reply.body[:300]!r}")


async def _run_batches(stage: Stage, player: Running, in_flight: int) -> BatchRun:
    plan, token = stage.plan, player.contestant.client_token
    batches = [draw(stage.plan, plan.batch_size, seed=in_flight * 1000 + place) for place in range(plan.batches + 1)]
    requests = [_batch_request(asks, token) for asks in batches]
    lines = await open_lines(player.contestant.port, in_flight)
    recorded = await stage.count_records(player.contestant)
    replies: dict[int, Reply] = {0: await lines[0].ask(requests[0])}
    slowest, waiting, began = 0.0, list(range(1, len(batches))), perf_counter()

    async def send(line: Line) -> None:
        nonlocal slowest
        while waiting:
            place, sent = waiting.pop(), perf_counter()
            replies[place] = await line.ask(requests[place])
            slowest = max(slowest, perf_counter() - sent)

    await asyncio.gather(*(send(line) for line in lines))
    took = perf_counter() - began
    close_lines(lines)
    for place, asks in enumerate(batches):
        _check_batch(asks, replies[place])
    await stage.check_records(player.contestant, at_least=recorded + len(batches) * plan.batch_size)
    return BatchRun(in_flight, plan.batches * plan.batch_size, took, slowest * 1000)


async def measure_batches(stage: Stage) -> list[BatchRun]:
    """Whole batches on one and on two connections; answers are checked after the clock has stopped."""
    runs = []
    async with stage.playing("birthreg") as player:
        for in_flight in (1, 2):
            runs.append(await _run_batches(stage, player, in_flight))
            stage.say(f"batches, {in_flight} in flight: {runs[-1].per_second:,.0f} numbers/s")
    return runs
