"""One number judged inside another act's transaction: the verdict that a registration rests on.

The rules and the facts are those of every look-up. The record is written by `keep` when the act has
decided, so that it goes to the books with all that the act writes.
"""

import msgspec

from birthreg.certificates import rules as grammar_rules
from birthreg.certificates.models import CertificateNumber
from birthreg.kernel.database import Transaction
from birthreg.verification import recording, rules, store
from birthreg.verification.models import Asking, Decision, Fact, Finding, ListingShown, UsageShown, VerdictKind
from birthreg.verification.service import Grammars


class Weighed(msgspec.Struct, frozen=True):
    """A question and what was decided of it, under which version of the list; not recorded yet."""

    asking: Asking
    decision: Decision
    list_version: int

    @property
    def verdict(self) -> VerdictKind:
        """The verdict."""
        return self.decision.verdict

    @property
    def reasons(self) -> tuple[Finding, ...]:
        """Why the verdict is what it is."""
        return self.decision.findings

    @property
    def codes(self) -> frozenset[str]:
        """The codes of its reasons."""
        return frozenset(finding.code for finding in self.reasons)

    @property
    def usage(self) -> UsageShown | None:
        """When and where the number is used, as far as the asker may know."""
        return self.decision.usage

    @property
    def listing(self) -> ListingShown | None:
        """Why the number is void."""
        return self.decision.blacklist


async def weigh(tx: Transaction, asking: Asking, *, grammars: Grammars) -> Weighed | None:
    """Judge one number by the books as they stand now; None when the asker's session no longer stands."""
    numbers = [] if asking.certificate_number is None else [asking.certificate_number]
    session = asking.asker.session
    sessions = [] if session is None else [session]
    records = await store.gather_facts(tx, numbers=numbers, sessions=sessions)
    state = records[0]
    if state["ended_sessions"]:
        return None
    if asking.certificate_number is None:
        flaws = grammar_rules.find_flaws(grammar_rules.normalize(asking.typed))
        return Weighed(asking, rules.explain_flaws(flaws), state["list_version"])
    decision = rules.decide(
        CertificateNumber(asking.certificate_number),
        fact=None if state["ordinal"] is None else Fact(*state),
        presented=asking.certificate,
        grammar=await grammars.at(tx, state["grammar_version"]),
        organization=asking.asker.organization,
        day=rules.local_date(tx.now),
    )
    if asking.entry is not None:
        decision = rules.with_entry(decision, asking.entry)
    return Weighed(asking, decision, state["list_version"])


async def keep(tx: Transaction, weighed: Weighed) -> None:
    """Record the look-up, in the transaction that rests on it."""
    await recording.record(tx, decided=[(weighed.asking, weighed.decision)], list_version=weighed.list_version)
