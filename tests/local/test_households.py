"""What the demonstration's desks entered, held to the policy that every desk is held to."""

from datetime import date
from random import Random

import pytest

from birthreg.local.households import Households
from birthreg.local.oddities import tell_oddities
from birthreg.local.pending import OF_HELD, tell_held
from birthreg.local.stories import LOCAL, Odd, Storyteller, Used
from birthreg.registrations.models import Application
from birthreg.registrations.policy_models import Allowed, Facts, Held, Outcome, Refused
from birthreg.registrations.rules import judge
from birthreg.verification.models import VerdictKind

REFUSED_TODAY = {Odd.NEITHER_PARENT, Odd.PRIVATE_ADOPTION, Odd.UNMARRIED_FATHER, Odd.WITHOUT_PROOFS}
"""What older desks let through, and the policy refuses now."""


@pytest.fixture(scope="module")
def teller() -> Storyteller:
    told = Storyteller(Random(7), today=date(2026, 3, 2))
    told.tell()
    tell_oddities(told)
    return told


def judged(application: Application, usage: Used) -> Outcome:
    day = usage.used_at.astimezone(LOCAL).date()
    return judge(application, Facts(verdict=VerdictKind.CLEAR, judged_on=day, organization=usage.organization))


def test_an_ordinary_registration_passes_the_policy(teller: Storyteller) -> None:
    households = Households(teller)
    ordinary = [usage for usage in teller.used if usage.odd is None][::7]
    outcomes = [judged(households.apply(usage), usage) for usage in ordinary]
    assert len(outcomes) > 2_000
    assert [outcome for outcome in outcomes if not isinstance(outcome, Allowed)] == []


def test_what_is_odd_was_let_through_or_is_refused_today(teller: Storyteller) -> None:
    households = Households(teller)
    odd = [(usage.odd, judged(households.apply(usage), usage)) for usage in teller.used if usage.odd is not None]
    assert {kind for kind, _ in odd} == set(Odd) - {Odd.UNREGISTERED}
    assert {kind for kind, outcome in odd if isinstance(outcome, Refused)} == REFUSED_TODAY


def test_who_awaits_the_prefecture_is_held_by_the_policy(teller: Storyteller) -> None:
    courses = tell_held(teller)
    households = Households(teller)
    outcomes = [judged(households.apply(course.usage), course.usage) for course in courses]
    assert len(outcomes) == sum(OF_HELD.values())
    assert all(isinstance(outcome, Held) for outcome in outcomes), outcomes


def test_one_registration_in_a_hundred_is_odd(teller: Storyteller) -> None:
    told = Storyteller(Random(7), today=teller.today)
    tell_oddities(told)
    assert 200 < len(told.used) < 470


def test_brothers_and_sisters_have_the_same_mother(teller: Storyteller) -> None:
    households = Households(teller)
    by_couple: dict[int, set[str]] = {}
    for usage in teller.used[-400:]:
        family = teller.families.get(usage.paper)
        mother = households.apply(usage).mother
        if family is not None and mother is not None and mother.citizen_number and usage.odd is not Odd.AGE_OF_MOTHER:
            by_couple.setdefault(family.couple, set()).add(mother.citizen_number)
    assert {len(numbers) for numbers in by_couple.values()} == {1}
