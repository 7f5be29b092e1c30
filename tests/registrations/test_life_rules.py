"""A registration's later life: the tables of states, and who may take which step."""

import re
from itertools import product
from typing import Any

import pytest
from tests import make

from birthreg.access.models import Officer, Role
from birthreg.registrations.life_models import (
    CHANGE_STATUS_NAMES,
    REGISTRATION_STATUS_NAMES,
    ChangeStatus,
    LifeAct,
    Objection,
    RegistrationStatus,
    Standing,
)
from birthreg.registrations.life_rules import (
    APPROVERS,
    CHANGE_STEPS,
    DESKS,
    OBJECTIONS,
    STEPS,
    decide_change_step,
    decide_step,
    object_to_number,
    object_to_proposal,
)
from birthreg.verification.models import VerdictKind

CHINESE = re.compile(r"[\u4e00-\u9fff]")
CLERK = make.signed_in()
ADMIN = make.signed_in(Role.PREFECTURE_ADMIN, make.WUHAN, "admin.wuhan")


def standing(**changes: Any) -> Standing:
    """A registration of Wuchang that awaits its approval."""
    facts: dict[str, Any] = {
        "status": RegistrationStatus.HELD,
        "accepted_at": make.WUCHANG,
        "registered_at": make.WUCHANG,
        "entered_by": CLERK.id,
        "certificate_number": "X420100020",
    }
    return Standing(**(facts | changes))


def code_of(decided: object) -> str:
    return decided.code if isinstance(decided, Objection) else str(decided)


@pytest.mark.parametrize(("status", "act"), list(product(RegistrationStatus, LifeAct)))
def test_only_the_steps_of_the_table_are_possible(status: RegistrationStatus, act: LifeAct) -> None:
    targets = {step.target for step in STEPS if (step.source, step.act) == (status, act)}
    decided = decide_step(standing(status=status), act, ADMIN)
    assert {decided} == targets if targets else code_of(decided) == "registration_state"
    if isinstance(decided, Objection) and decided.code == "registration_state":
        assert REGISTRATION_STATUS_NAMES[status].zh in decided.message.zh


@pytest.mark.parametrize(("change", "act"), list(product(ChangeStatus, LifeAct)))
def test_only_the_steps_of_the_table_of_changes_are_possible(change: ChangeStatus, act: LifeAct) -> None:
    targets = {step.target for step in CHANGE_STEPS if (step.source, step.act) == (change, act)}
    proposer = act is LifeAct.WITHDRAW
    known = standing(status=RegistrationStatus.EFFECTIVE, proposed_by=ADMIN.id if proposer else CLERK.id)
    decided = decide_change_step(known, change, act, ADMIN)
    assert {decided} == targets if targets else code_of(decided) == "registration_state"
    if isinstance(decided, Objection) and decided.code == "registration_state":
        assert CHANGE_STATUS_NAMES[change].zh in decided.message.zh


def test_every_state_of_a_registration_or_change_has_a_name() -> None:
    assert set(REGISTRATION_STATUS_NAMES) == set(RegistrationStatus)
    assert set(CHANGE_STATUS_NAMES) == set(ChangeStatus)


def test_states_are_left_only_for_states_that_there_are_and_ends_are_ends() -> None:
    ends = set(RegistrationStatus) - {step.source for step in STEPS}
    assert ends == {RegistrationStatus.REFUSED, RegistrationStatus.WITHDRAWN, RegistrationStatus.REVOKED}
    assert {step.source for step in CHANGE_STEPS} == {ChangeStatus.PROPOSED}


@pytest.mark.parametrize(
    ("officer", "expected"),
    [
        (ADMIN, "effective"),
        (make.signed_in(Role.PROVINCE_ADMIN, make.HUBEI, "admin.hubei"), "effective"),
        (make.signed_in(Role.PROVINCE_ADMIN, "000000000000", "admin.ministry"), "effective"),
        (make.signed_in(Role.PREFECTURE_ADMIN, "420600000000", "admin.xiangyang"), "not_approver"),
        (make.signed_in(Role.PREFECTURE_ADMIN, "420106000000", "admin.wuchang"), "not_approver"),
        (make.signed_in(Role.CLERK, make.WUHAN, "clerk.wuhan"), "not_approver"),
        (CLERK, "not_approver"),
    ],
    ids=lambda value: value.id if isinstance(value, Officer) else value,
)
def test_a_held_registration_is_approved_by_its_prefecture_or_above(officer: Officer, expected: str) -> None:
    assert code_of(decide_step(standing(), LifeAct.APPROVE, officer)) == expected


def test_the_prefecture_of_the_place_of_registration_decides() -> None:
    known = standing(registered_at=make.FANCHENG)
    assert code_of(decide_step(known, LifeAct.APPROVE, ADMIN)) == "not_approver"
    xiangyang = make.signed_in(Role.PREFECTURE_ADMIN, "420600000000", "admin.xiangyang")
    assert decide_step(known, LifeAct.APPROVE, xiangyang) is RegistrationStatus.EFFECTIVE


@pytest.mark.parametrize("act", [LifeAct.APPROVE, LifeAct.REFUSE])
def test_who_entered_a_registration_cannot_decide_on_it(act: LifeAct) -> None:
    assert code_of(decide_step(standing(entered_by=ADMIN.id), act, ADMIN)) == "own_registration"


@pytest.mark.parametrize("act", [LifeAct.APPROVE, LifeAct.REFUSE])
def test_who_proposed_a_change_cannot_decide_on_it(act: LifeAct) -> None:
    known = standing(status=RegistrationStatus.EFFECTIVE, proposed_by=ADMIN.id)
    assert code_of(decide_change_step(known, ChangeStatus.PROPOSED, act, ADMIN)) == "own_proposal"


def test_only_the_proposer_withdraws_a_change() -> None:
    known = standing(status=RegistrationStatus.EFFECTIVE, proposed_by=CLERK.id)
    assert code_of(decide_change_step(known, ChangeStatus.PROPOSED, LifeAct.WITHDRAW, ADMIN)) == "not_proposer"
    decided = decide_change_step(known, ChangeStatus.PROPOSED, LifeAct.WITHDRAW, CLERK)
    assert decided is ChangeStatus.WITHDRAWN


@pytest.mark.parametrize("role", Role)
def test_roles_keep_to_their_steps(role: Role) -> None:
    officer = make.signed_in(role, make.WUHAN, "somebody")
    approved = decide_step(standing(), LifeAct.APPROVE, officer)
    withdrawn = decide_step(standing(), LifeAct.WITHDRAW, officer)
    assert (approved is RegistrationStatus.EFFECTIVE) == (role in APPROVERS)
    assert (withdrawn is RegistrationStatus.WITHDRAWN) == (role in DESKS)


@pytest.mark.parametrize("act", [LifeAct.PROPOSE_CORRECTION, LifeAct.PROPOSE_REVOCATION])
@pytest.mark.parametrize(
    ("changes", "officer", "expected"),
    [
        ({}, CLERK, None),
        ({}, ADMIN, None),
        ({"status": RegistrationStatus.HELD}, CLERK, "registration_state"),
        ({"status": RegistrationStatus.REVOKED}, CLERK, "registration_state"),
        ({"proposed_by": "clerk.other"}, CLERK, "change_open"),
        ({}, make.signed_in(Role.CLERK, make.FANCHENG, "clerk.fancheng"), "not_at_desk"),
        ({"accepted_at": make.FANCHENG}, make.signed_in(Role.CLERK, make.FANCHENG, "clerk.fancheng"), None),
        ({}, make.signed_in(Role.INVESTIGATOR, make.WUHAN, "investigator.wuhan"), "not_at_desk"),
    ],
)
def test_a_change_of_a_registration_in_effect_is_proposed_at_its_desk_one_at_a_time(
    act: LifeAct, changes: dict[str, Any], officer: Officer, expected: str | None
) -> None:
    known = standing(**({"status": RegistrationStatus.EFFECTIVE} | changes))
    objection = object_to_proposal(known, act, officer)
    assert (objection.code if objection else None) == expected


@pytest.mark.parametrize(
    ("number", "verdict", "expected"),
    [
        ("X420100021", VerdictKind.CLEAR, None),
        ("X420100021", VerdictKind.REVIEW, None),
        ("X420100020", VerdictKind.USED, "correction_number_same"),
        (None, VerdictKind.MALFORMED, "correction_malformed"),
        ("X420100021", VerdictKind.USED, "correction_used"),
        ("X420100021", VerdictKind.RESERVED, "correction_reserved"),
        ("X420100021", VerdictKind.BLACKLISTED, "correction_blacklisted"),
        ("X420100021", VerdictKind.MISMATCH, "correction_mismatch"),
    ],
)
def test_a_correction_leads_to_a_number_that_may_be_used(
    number: str | None, verdict: VerdictKind, expected: str | None
) -> None:
    objection = object_to_number(standing(), new_number=number, verdict=verdict)
    assert (objection.code if objection else None) == expected


def test_every_objection_has_its_own_code_and_speaks_both_languages() -> None:
    assert len({objection.code for objection in OBJECTIONS}) == len(OBJECTIONS)
    for objection in OBJECTIONS:
        for text in (objection.message, objection.next_step):
            assert CHINESE.search(text.zh)
            assert not CHINESE.search(text.en)
