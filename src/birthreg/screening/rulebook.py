"""The rules as they stand, as last read: their files together with what administrators set."""

import logging
from collections.abc import Sequence

import msgspec

from birthreg.kernel.database import Transaction
from birthreg.screening import store
from birthreg.screening.models import Mode, Rule, Standing
from birthreg.screening.rule_files import load_rules
from birthreg.screening.statements import ONE, STRETCH, Statement, compose

logger = logging.getLogger("birthreg")


class Rulebook:
    """Holds the rules and the statements made of them until their version moves."""

    def __init__(self) -> None:
        """Read and check the files; the database is asked at the first use."""
        self.rules = load_rules()
        self.version = -1
        self.standings: dict[str, Standing] = {}
        self._live: Statement | None = None
        self._sweeping: dict[tuple[str, ...], Statement | None] = {}

    async def read(self, tx: Transaction) -> None:
        """Read how the rules stand; a file that isn't in the books yet isn't run."""
        # The version first: what changes in between is read under too low a version, and read again.
        version = await store.read_version(tx)
        standings = {standing.code: standing for standing in await store.list_standings(tx)}
        missing = sorted(self.rules.keys() - standings.keys())
        if missing:
            logger.warning("rules not run, since `birthreg migrate` has not entered them: %s", ", ".join(missing))
        self.version = version
        self.standings = standings
        self._live = self._compose(self._running(), candidates=ONE)
        self._sweeping = {}

    async def live(self, tx: Transaction) -> Statement | None:
        """Return all rules that are run, over registrations by name; None where none is."""
        if self.version < 0 or (self._live is None and self.version != await store.read_version(tx)):
            await self.read(tx)
        return self._live

    async def sweeping(self, tx: Transaction, codes: Sequence[str] = ()) -> Statement | None:
        """Return rules over a stretch of registrations, as they stand: some, or all that are run."""
        if self.version != await store.read_version(tx):
            await self.read(tx)
        wanted = tuple(codes)
        if wanted not in self._sweeping:
            running = [pair for pair in self._running() if not codes or pair[0].code in codes]
            self._sweeping[wanted] = self._compose(running, candidates=STRETCH)
        return self._sweeping[wanted]

    def _compose(self, running: list[tuple[Rule, Standing]], *, candidates: str) -> Statement | None:
        if not running:
            return None
        return msgspec.structs.replace(compose(running, candidates=candidates), version=self.version)

    def _running(self) -> list[tuple[Rule, Standing]]:
        return [
            (rule, self.standings[code])
            for code, rule in self.rules.items()
            if code in self.standings and self.standings[code].mode is not Mode.OFF
        ]
