"""A rule's table: registrations that it finds, and others just beyond its bounds that it doesn't."""

from typing import Any

from tests.screening.facts import enter_fact, screen_one, sweep_rule

from birthreg.kernel.database import Transaction
from birthreg.kernel.language import Text
from birthreg.screening import store
from birthreg.screening.rule_files import load_rules
from birthreg.screening.sentences import places_in, say

Cases = dict[str, dict[str, Any]]
"""What differs from a plain newborn, by what the case is called."""


async def judge(
    tx: Transaction, code: str, *, found: Cases, clean: Cases, **parameters: Any
) -> dict[str, dict[str, Any]]:
    """Check that a rule finds the ones and not the others, over all of them and one by one; return the evidence.

    A registration that no longer stands is added, made like each that is found: it is never found.
    """
    entered = {name: await enter_fact(tx, **changes) for name, changes in (found | clean).items()}
    for name, changes in found.items():
        entered[f"{name}, no longer standing"] = await enter_fact(tx, **(changes | {"standing": False}))
    names = {registration: name for name, registration in entered.items()}
    swept = {one: said for one, said in (await sweep_rule(tx, code, **parameters)).items() if one in names}
    assert {names[registration] for registration in swept} == set(found)
    for name, registration in entered.items():
        alone = await screen_one(tx, code, registration, **parameters)
        assert alone == swept.get(registration), name
    for evidence in swept.values():
        await _check_sentence(tx, code, evidence)
    return {names[registration]: evidence for registration, evidence in swept.items()}


async def _check_sentence(tx: Transaction, code: str, evidence: dict[str, Any]) -> None:
    sentence = await tell(tx, code, evidence)
    codes = {value for value in evidence.values() if isinstance(value, str) and value.islower() and "_" in value}
    for words in (sentence.zh, sentence.en):
        assert words
        assert not [word for word in (*codes, "{", "None", "()", "()") if word in words], words


async def tell(tx: Transaction, code: str, evidence: dict[str, Any]) -> Text:
    """The sentence that is kept with a finding."""
    names = await store.name_places(tx, codes=sorted(places_in(evidence)))
    return say(load_rules()[code].says, evidence, names)
