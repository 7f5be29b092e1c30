"""Who may do what, and where: a test for every cell, against the product's own table."""

import pytest
from tests import make

from birthreg.access.models import Act, Reach, Role, Scope
from birthreg.access.names import ACT_NAMES, ROLE_NAMES
from birthreg.access.rules import LOOKUPS_PER_HOUR, POLICY, jurisdiction_prefix, reach_of

EVERYWHERE, JURISDICTION, OWN, NOT = "everywhere", "jurisdiction", "own", "-"

ROLES = (
    "clerk", "prefecture_admin", "province_admin", "investigator", "lead_investigator", "auditor", "security_admin",
    "machine_client",
)  # fmt: skip

# Written from the product's description, not from the code: clerks verify; administrators keep the list and the
# back-fill of their jurisdiction; investigators look into it; the auditor reads the trail and no child's data;
# the security administrator keeps officers and touches no business; machines deliver, and verify for officers.
TABLE = {
    "verify":            "everywhere everywhere everywhere everywhere everywhere - - everywhere",
    "verify_many":       "everywhere everywhere everywhere everywhere everywhere - - everywhere",
    "read_lookups":      "own jurisdiction jurisdiction jurisdiction jurisdiction jurisdiction - own",
    "read_certificate":  "jurisdiction jurisdiction jurisdiction jurisdiction jurisdiction - - -",
    "deliver_issuances": "- - jurisdiction - - - - jurisdiction",
    "read_blacklist":    "- jurisdiction jurisdiction jurisdiction jurisdiction jurisdiction - -",
    "read_entry":        "jurisdiction jurisdiction jurisdiction jurisdiction jurisdiction jurisdiction - own",
    "propose_blacklist": "- jurisdiction jurisdiction - - - - -",
    "decide_blacklist":  "- jurisdiction jurisdiction - - - - -",
    "read_announcements": "jurisdiction jurisdiction jurisdiction jurisdiction jurisdiction jurisdiction - -",
    "acknowledge_announcements": "- jurisdiction jurisdiction - - - - -",
    "raise_objections":  "jurisdiction jurisdiction jurisdiction - - - - -",
    "withdraw_objections": "jurisdiction jurisdiction jurisdiction - - - - -",
    "read_objections":   "jurisdiction jurisdiction jurisdiction jurisdiction jurisdiction - - -",
    "import_usage":      "- jurisdiction jurisdiction - - - - -",
    "read_imports":      "- jurisdiction jurisdiction - - jurisdiction - own",
    "register":             "jurisdiction - - - - - - -",
    "read_registrations":   "jurisdiction jurisdiction jurisdiction jurisdiction jurisdiction jurisdiction - -",
    "search_registrations": "jurisdiction jurisdiction jurisdiction jurisdiction jurisdiction - - -",
    "read_refusals":        "- jurisdiction jurisdiction jurisdiction jurisdiction jurisdiction - -",
    "change_registrations": "jurisdiction jurisdiction jurisdiction - - - - -",
    "decide_registrations": "- jurisdiction jurisdiction - - - - -",
    "read_lists":        "- jurisdiction jurisdiction jurisdiction jurisdiction jurisdiction - -",
    "propose_lists":     "- - jurisdiction - - - - -",
    "decide_lists":      "- - jurisdiction - - - - -",
    "read_trail":        "- - - - - jurisdiction - -",
    "read_officers":     "- - - - - - jurisdiction -",
    "suspend_officers":  "- - - - - - jurisdiction -",
    "read_filings":      "- jurisdiction jurisdiction - - jurisdiction - -",
    "resend_filings":    "- jurisdiction jurisdiction - - - - -",
    "read_rules":        "- everywhere everywhere everywhere everywhere everywhere - -",
    "propose_rules":     "- - jurisdiction - - - - -",
    "decide_rules":      "- - jurisdiction - - - - -",
    "read_findings":     "- jurisdiction jurisdiction jurisdiction jurisdiction jurisdiction - -",
    "suppress_findings": "- - - jurisdiction jurisdiction - - -",
    "run_sweeps":        "- - jurisdiction - jurisdiction - - -",
    "read_sweeps":       "- jurisdiction jurisdiction jurisdiction jurisdiction - - -",
    "read_cases":        "- jurisdiction jurisdiction jurisdiction jurisdiction jurisdiction - -",
    "work_cases":        "- - - jurisdiction jurisdiction - - -",
    "lead_cases":        "- - - - jurisdiction - - -",
    "read_papers":       "jurisdiction jurisdiction jurisdiction jurisdiction jurisdiction - - -",
    "read_readings":     "jurisdiction jurisdiction jurisdiction jurisdiction jurisdiction jurisdiction - -",
    "compare_faces":     "jurisdiction jurisdiction jurisdiction jurisdiction jurisdiction - - -",
    "keep_faces":        "jurisdiction jurisdiction - - - - - -",
    "search_faces":      "- jurisdiction jurisdiction jurisdiction jurisdiction - - -",
}  # fmt: skip

CELLS = [(act, role, cell) for act, row in TABLE.items() for role, cell in zip(ROLES, row.split(), strict=True)]

EXPECTED = {
    EVERYWHERE: Scope(patterns=("%",)),
    JURISDICTION: Scope(patterns=("4201%",)),
    OWN: Scope(patterns=("4201%",), officer="somebody"),
    NOT: None,
}


@pytest.mark.parametrize(("act", "role", "cell"), CELLS)
def test_a_role_may_do_an_act_exactly_as_far_as_the_table_says(act: str, role: str, cell: str) -> None:
    officer = make.signed_in(Role(role), make.WUHAN, "somebody")
    assert reach_of(officer, Act(act)) == EXPECTED[cell]


def test_the_table_knows_every_role_and_every_act() -> None:
    assert set(ROLES) == {role.value for role in Role}
    assert set(TABLE) == {act.value for act in Act} == {act.value for act in POLICY}


def test_every_role_and_every_act_has_a_name_in_both_languages() -> None:
    assert {role.value for role in Role} <= set(ROLE_NAMES)
    assert {act.value for act in Act} <= set(ACT_NAMES)


def test_what_no_cell_allows_is_denied() -> None:
    """An act of the table with no entry for a role is nobody's by default."""
    for act in Act:
        for role in Role:
            if role not in POLICY[act]:
                assert reach_of(make.signed_in(role), act) is None
    assert Reach.NOWHERE not in {reach for row in POLICY.values() for reach in row.values()}


def test_whoever_may_look_numbers_up_has_a_budget() -> None:
    assert set(LOOKUPS_PER_HOUR) == set(POLICY[Act.VERIFY]) | set(POLICY[Act.VERIFY_MANY])


@pytest.mark.parametrize(
    ("organization", "prefix"),
    [
        ("000000000000", ""),  # the ministry
        ("420000000000", "42"),  # a province
        ("100000000000", "10"),
        ("420100000000", "4201"),  # a prefecture
        ("421000000000", "4210"),  # a prefecture whose digits end in a zero
        ("420110000000", "420110"),  # a county whose digits end in a zero
        ("420106000000", "420106"),  # a county bureau ends in six zeros (GA 380)
        ("420106510000", "420106510000"),  # a station
        ("420106000001", "420106000001"),
        ("420100510000", "420100510000"),  # a unit of the prefecture itself
    ],
)
def test_an_organisation_is_read_as_a_prefix(organization: str, prefix: str) -> None:
    assert jurisdiction_prefix(organization) == prefix


@pytest.mark.parametrize(
    ("of", "row", "inside"),
    [
        (make.HUBEI, make.WUCHANG, True),
        (make.HUBEI, "430100000000", False),
        (make.WUHAN, make.WUCHANG, True),
        (make.WUHAN, make.WUHAN, True),
        (make.WUHAN, make.HUBEI, False),  # above
        (make.WUHAN, make.FANCHENG, False),  # beside
        (make.WUCHANG, make.WUCHANG, True),
        (make.WUCHANG, "420106520000", False),
        ("000000000000", make.FANCHENG, True),
    ],
)
def test_a_scope_holds_the_own_organisation_and_all_below(of: str, row: str, inside: bool) -> None:
    scope = reach_of(make.signed_in(Role.AUDITOR, of), Act.READ_TRAIL)
    assert scope is not None
    assert scope.holds(row) is inside


def test_an_own_scope_holds_only_what_the_officer_made() -> None:
    scope = reach_of(make.signed_in(Role.CLERK, make.WUCHANG, "clerk.wuchang"), Act.READ_LOOKUPS)
    assert scope is not None
    assert scope.holds(make.WUCHANG, "clerk.wuchang")
    assert not scope.holds(make.WUCHANG, "clerk.other")
    assert not scope.holds(make.FANCHENG, "clerk.wuchang")
