"""The policy of registration: an application and what the books say, and out comes what becomes of it. Pure."""

from birthreg.kernel.language import Text
from birthreg.registrations import (
    date_rules,
    household_rules,
    identity_rules,
    late_rules,
    number_rules,
    parent_rules,
    unregistered_rules,
)
from birthreg.registrations.models import Application
from birthreg.registrations.policy_models import Allowed, Facts, Held, Outcome, Refusal, Refused
from birthreg.registrations.refusals import CHECKS, Meaning
from birthreg.verification.models import PresentedCertificate

ACCEPTED_ELSEWHERE = Meaning(
    "accepted_elsewhere",
    CHECKS,
    Text(
        "受理单位不是录入民警所在单位。", "The place of acceptance isn't the organisation of the officer who enters it."
    ),
    Text("请填写本单位代码;落户地可以不同。", "Give your own organisation; the place of registration may differ."),
)

REGISTERED_ELSEWHERE = Meaning(
    "registered_elsewhere",
    CHECKS,
    Text(
        "落户地单位与户口所在地不在同一地市。",
        "The place of registration lies in another prefecture than the household.",
    ),
    Text(
        "请核对落户地单位代码(12 位)与户口所在行政区划(6 位):前四位应一致。",
        "Check the organisation (12 digits) against the household's division (6 digits): the first four are the same.",
    ),
)

MEANINGS: dict[str, Meaning] = {
    meaning.code: meaning
    for meaning in (
        ACCEPTED_ELSEWHERE,
        REGISTERED_ELSEWHERE,
        *number_rules.MEANINGS,
        *date_rules.MEANINGS,
        *identity_rules.MEANINGS,
        *parent_rules.MEANINGS,
        *household_rules.MEANINGS,
        *late_rules.MEANINGS,
        *unregistered_rules.MEANINGS,
    )
}
"""Every code that the policy can answer with."""


def judge(application: Application, facts: Facts) -> Outcome:
    """Decide what becomes of an application: refused for every reason there is, held, or allowed."""
    refusals = (
        *number_rules.refuse_number(application, facts),
        *date_rules.refuse_dates(application, facts),
        *identity_rules.refuse_identities(application, facts),
        *parent_rules.refuse_parents(application),
        *household_rules.refuse_household(application),
        *late_rules.refuse_late(application),
        *unregistered_rules.refuse_unregistered(application),
        *_refuse_place(application, facts),
    )
    if refusals:
        return Refused(refusals=refusals)
    notes = (
        *number_rules.note_number(application, facts),
        *date_rules.note_lateness(application),
        *parent_rules.note_papers(application),
        *late_rules.note_late(application, facts),
    )
    grounds = (
        *late_rules.hold_late(application),
        *unregistered_rules.hold_unregistered(application),
        *number_rules.hold_for_number(application),
    )
    return Held(grounds=grounds, notes=notes) if grounds else Allowed(notes=notes)


def _refuse_place(application: Application, facts: Facts) -> tuple[Refusal, ...]:
    """Refuse another desk's application, and a household that the named place doesn't register.

    Down to the prefecture: bureaus of development zones have codes of their own below it (GA 380).
    """
    refusals = []
    if application.accepted_at != facts.organization:
        refusals.append(ACCEPTED_ELSEWHERE.refuse("accepted_at"))
    if application.registered_at[:4] != application.household.division[:4]:
        refusals.append(REGISTERED_ELSEWHERE.refuse("registered_at"))
    return tuple(refusals)


def presented_certificate(application: Application) -> PresentedCertificate:
    """Return what verification compares with the record of issue: the paper as this application tells it."""
    child, certificate = application.child, application.certificate
    return PresentedCertificate(
        child_name=child.name,
        child_sex=child.sex,
        born_at=child.born_at,
        mother_name=application.mother.name if application.mother is not None else None,
        father_name=application.father.name if application.father is not None else None,
        issued_on=certificate.issued_on if certificate is not None else None,
        issuer_code=certificate.issuer_code if certificate is not None else None,
        issuer_division=certificate.issuer_division if certificate is not None else None,
    )
