"""Reading rules: how they stand, what came of them, how they once stood."""

from collections.abc import Sequence

import msgspec

from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import NotFound
from birthreg.kernel.language import Language, Text
from birthreg.screening import change_store as store
from birthreg.screening.rule_files import load_rules
from birthreg.screening.showing import show_rule
from birthreg.screening.shown_models import RuleListed, RuleShown
from birthreg.screening.store import list_standings


async def list_rules(tx: Transaction, *, after: str | None, limit: int, language: Language) -> list[RuleListed]:
    """Return the rules in the order of their codes, after a given one."""
    codes = sorted(code for code in load_rules() if after is None or code > after)[:limit]
    return await _show(tx, codes, language=language)


async def find_rule(tx: Transaction, *, code: str, language: Language) -> RuleShown:
    """Return a rule with its text and all its versions.

    Raises:
        NotFound: there is no such rule.
    """
    rule = load_rules().get(code)
    listed = await _show(tx, [code], language=language) if rule else []
    if rule is None or not listed:
        raise NotFound
    versions = await store.list_versions(tx, code=code)
    return RuleShown(**msgspec.structs.asdict(listed[0]), text=rule.text, versions=versions)


async def _show(tx: Transaction, codes: Sequence[str], *, language: Language) -> list[RuleListed]:
    rules, looked_at = load_rules(), await store.estimate_looked_at(tx)
    weights = await store.weigh_rules(tx, codes=codes)
    return [show_rule(rules[weight.code], weight, looked_at=looked_at, language=language) for weight in weights]


async def list_codes(tx: Transaction) -> list[str]:
    """Return the codes of all rules that ever were entered, also of those that are no more."""
    return [standing.code for standing in await list_standings(tx)]


def title_of(code: str) -> Text:
    """Return what a rule is called; one that is no more, by its code."""
    rule = load_rules().get(code)
    return rule.title if rule else Text(code, code)
