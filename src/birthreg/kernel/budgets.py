"""Budgets over a sliding hour, kept in Valkey: a brake, never truth. Without it nothing is counted or refused."""

import logging
import time
from collections.abc import Mapping

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

logger = logging.getLogger("birthreg")

WINDOW = 3600
_REST_AFTER_FAILURE = 2.0
"""Seconds for which a failed Valkey isn't asked again, so that its absence costs no time."""


_COUNT = """
local answers = {}
for place = 1, #KEYS, 2 do
    answers[place] = redis.call('INCRBY', KEYS[place], ARGV[(place + 1) / 2 + 1])
    redis.call('EXPIRE', KEYS[place], ARGV[1])
    answers[place + 1] = tonumber(redis.call('GET', KEYS[place + 1]) or 0)
end
return answers
"""
"""One message for all subjects: each adds to this hour's key and reads the hour's before it."""


class Spent(msgspec.Struct, frozen=True):
    """A budget that isn't enough: what was left of it, and in how many seconds there is room again."""

    limit: int
    left: int
    retry_after: int


class Budgets:
    """Counts what subjects spend; two fixed hours weighted by their share make the sliding one."""

    def __init__(self, redis: Redis) -> None:
        """Use a client whose timeouts are short."""
        self._count = redis.register_script(_COUNT)
        self._rests_until = 0.0

    async def spend(self, amounts: Mapping[str, tuple[int, int]], *, now: float) -> dict[str, Spent]:
        """Spend `(amount, limit)` for each subject and return those that have spent more than their limit.

        `now` is seconds since 1970.
        """
        if not amounts or time.monotonic() < self._rests_until:
            return {}
        hour, gone = divmod(now, WINDOW)
        keys = [f"budget:{subject}:{hour - age:.0f}" for subject in amounts for age in (0, 1)]
        try:
            answers = await self._count(keys=keys, args=[2 * WINDOW, *(amount for amount, _ in amounts.values())])
        except (RedisError, OSError, TimeoutError):
            self._rests_until = time.monotonic() + _REST_AFTER_FAILURE
            logger.warning("budgets are not counted: Valkey can't be reached")
            return {}
        return self._judge(amounts, answers, gone)

    @staticmethod
    def _judge(amounts: Mapping[str, tuple[int, int]], answers: list[int], gone: float) -> dict[str, Spent]:
        spent = {}
        share = 1 - gone / WINDOW
        for place, (subject, (amount, limit)) in enumerate(amounts.items()):
            present, before = answers[2 * place], answers[2 * place + 1]
            if present + before * share > limit:
                wait = WINDOW - gone if present > limit else WINDOW * (present + before * share - limit) / before
                left = max(0, int(limit - (present + before * share - amount)))
                spent[subject] = Spent(limit=limit, left=left, retry_after=max(1, int(wait)))
        return spent
