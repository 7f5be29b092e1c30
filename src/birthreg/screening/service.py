"""One function per act: keep what rules read, screen, screen again."""

from collections.abc import Sequence
from uuid import UUID

from birthreg.kernel.database import Transaction
from birthreg.kernel.identifiers import new_id
from birthreg.screening import finding_store, store
from birthreg.screening.finding_models import Finding, Outcome
from birthreg.screening.models import Fact, Found, FoundBy, Hit
from birthreg.screening.rule_files import load_rules
from birthreg.screening.rulebook import Rulebook
from birthreg.screening.sentences import places_in, say

_WAITS_FOR_RECORDS = "never_issued"
"""The rule that finds nothing before its `days` are over."""


async def note_fact(tx: Transaction, *, fact: Fact) -> None:
    """Keep what rules read of a new registration."""
    await store.insert_fact(tx, fact=fact)


async def enter_rules(tx: Transaction) -> None:
    """Enter what is new in the rules' files: whoever migrates does it, before any process of the release runs."""
    await store.wait_to_enter_rules(tx)
    for rule in load_rules().values():
        await store.enter_rule(tx, rule=rule)


async def note_facts(tx: Transaction, *, facts: Sequence[Fact]) -> None:
    """Keep what rules read of many registrations that are brought in whole."""
    await store.copy_facts(tx, facts=facts)


async def screen(
    tx: Transaction, *, rulebook: Rulebook, registrations: Sequence[UUID], found_by: FoundBy = FoundBy.DESK
) -> list[Found]:
    """Run every rule over some registrations by index look-ups, keep what is found, and tell what isn't a shadow.

    Registrations that a finding points at (`related` in its evidence) are screened again soon: what makes this one
    suspicious may make them so. A registration has one place among those that are due, so who takes it out screens it
    and reckons its later look anew.
    """
    if found_by is FoundBy.DESK:  # what another desk enters at this moment is seen a moment later alone
        await store.owe_screening(tx, registrations=registrations)
    hits = await _run(tx, rulebook=rulebook, registrations=registrations)
    if found_by is FoundBy.AGAIN:
        await _owe_later(tx, rulebook=rulebook, registrations=registrations)
    kept = await keep(tx, rulebook=rulebook, hits=hits, found_by=found_by, screened=registrations)
    return [tell(rulebook, finding) for finding in kept if not finding.is_shadow]


async def _run(tx: Transaction, *, rulebook: Rulebook, registrations: Sequence[UUID]) -> list[Hit]:
    """Run the rules as they stand at this moment, all of them in one version, whoever changes them meanwhile."""
    while True:
        statement = await rulebook.live(tx)
        if statement is None:
            return []
        version, hits = await store.run(tx, statement=statement, registrations=list(registrations))
        if version == statement.version:
            return hits
        await rulebook.read(tx)


async def keep(
    tx: Transaction, *, rulebook: Rulebook, hits: Sequence[Hit], found_by: FoundBy, sweep: UUID | None = None,
    screened: Sequence[UUID] | None = None,
) -> list[Finding]:  # fmt: skip
    """Keep what rules found, with a sentence each; return what is new.

    Where some were `screened` by themselves, the others whom new findings point at are to be screened again soon.
    """
    if not hits:
        return []
    names = await store.name_places(tx, codes=sorted({code for hit in hits for code in places_in(hit.evidence)}))
    # In one order everywhere, so that two who find the same don't wait for each other in a ring.
    findings = [_finding(rulebook, hit, names) for hit in sorted(hits, key=lambda hit: (hit.registration_id, hit.rule))]
    new = await store.insert_findings(
        tx, findings=findings, found_by=found_by, sweep=sweep, screened=screened
    )  # fmt: skip
    return [finding for finding in findings if finding.id in new]


def _finding(rulebook: Rulebook, hit: Hit, names: dict[str, str]) -> Finding:
    return Finding(
        id=new_id(),
        registration_id=hit.registration_id,
        certificate_number=hit.certificate_number,
        rule=hit.rule,
        rule_version=hit.rule_version,
        severity=hit.severity,
        is_shadow=hit.is_shadow,
        organization=hit.organization,
        household_organization=hit.household_organization,
        evidence=hit.evidence,
        sentence=say(rulebook.rules[hit.rule].says, hit.evidence, names),
    )


async def _owe_later(tx: Transaction, *, rulebook: Rulebook, registrations: Sequence[UUID]) -> None:
    """Let those be looked at again for which a record of issue may still arrive."""
    waits = rulebook.standings.get(_WAITS_FOR_RECORDS)
    if waits is not None:
        await store.owe_look_at_records(tx, registrations=registrations, days=waits.parameters["days"])


def tell(rulebook: Rulebook, finding: Finding) -> Found:
    """Return a finding as a desk is told it."""
    title = rulebook.rules[finding.rule].title
    return Found(
        id=finding.id, rule=finding.rule, severity=finding.severity, title=title, sentence=finding.sentence
    )  # fmt: skip


async def conclude_finding(tx: Transaction, *, finding: UUID, outcome: Outcome | None) -> bool:
    """Say of a finding what its concluded case showed; None where the case is opened again.

    False where there is no such finding, or it is a shadow: nobody ever worked on it. The entry on the trail is that
    of the case.
    """
    return await finding_store.conclude_finding(tx, finding=finding, outcome=outcome) > 0


async def conclude_findings(tx: Transaction, *, registration: UUID, rule: str, outcome: Outcome | None) -> int:
    """Say the same of all that one rule found of a registration; return how many findings that were."""
    return await finding_store.conclude_findings(tx, registration=registration, rule=rule, outcome=outcome)
