"""Who may do what, and where: one table, deny by default."""

from birthreg.access.models import Act, Officer, Reach, Role, Scope

_N, _O, _J, _A = Reach.NOWHERE, Reach.OWN, Reach.JURISDICTION, Reach.NATION

POLICY: dict[Act, dict[Role, Reach]] = {
    # A look-up crosses the country: that is what makes a number usable once.
    Act.VERIFY: {
        Role.CLERK: _A,
        Role.PREFECTURE_ADMIN: _A,
        Role.PROVINCE_ADMIN: _A,
        Role.INVESTIGATOR: _A,
        Role.LEAD_INVESTIGATOR: _A,
        Role.MACHINE_CLIENT: _A,
    },
    Act.VERIFY_MANY: {
        Role.CLERK: _A,
        Role.PREFECTURE_ADMIN: _A,
        Role.PROVINCE_ADMIN: _A,
        Role.INVESTIGATOR: _A,
        Role.LEAD_INVESTIGATOR: _A,
        Role.MACHINE_CLIENT: _A,
    },
    Act.READ_LOOKUPS: {
        Role.CLERK: _O,
        Role.PREFECTURE_ADMIN: _J,
        Role.PROVINCE_ADMIN: _J,
        Role.INVESTIGATOR: _J,
        Role.LEAD_INVESTIGATOR: _J,
        Role.AUDITOR: _J,
        Role.MACHINE_CLIENT: _O,
    },
    Act.READ_CERTIFICATE: {
        Role.CLERK: _J,
        Role.PREFECTURE_ADMIN: _J,
        Role.PROVINCE_ADMIN: _J,
        Role.INVESTIGATOR: _J,
        Role.LEAD_INVESTIGATOR: _J,
    },
    Act.DELIVER_ISSUANCES: {Role.MACHINE_CLIENT: _J, Role.PROVINCE_ADMIN: _J},
    Act.READ_BLACKLIST: {
        Role.PREFECTURE_ADMIN: _J,
        Role.PROVINCE_ADMIN: _J,
        Role.INVESTIGATOR: _J,
        Role.LEAD_INVESTIGATOR: _J,
        Role.AUDITOR: _J,
    },
    # Whoever met an entry in a verdict opens it; how much of it they see, the scope says.
    Act.READ_ENTRY: {
        Role.CLERK: _J,
        Role.PREFECTURE_ADMIN: _J,
        Role.PROVINCE_ADMIN: _J,
        Role.INVESTIGATOR: _J,
        Role.LEAD_INVESTIGATOR: _J,
        Role.AUDITOR: _J,
        Role.MACHINE_CLIENT: _O,
    },
    Act.PROPOSE_BLACKLIST: {Role.PREFECTURE_ADMIN: _J, Role.PROVINCE_ADMIN: _J},
    Act.DECIDE_BLACKLIST: {Role.PREFECTURE_ADMIN: _J, Role.PROVINCE_ADMIN: _J},
    # Everybody who meets certificates is told; who acknowledged what is seen by who made it.
    Act.READ_ANNOUNCEMENTS: {
        Role.CLERK: _J,
        Role.PREFECTURE_ADMIN: _J,
        Role.PROVINCE_ADMIN: _J,
        Role.INVESTIGATOR: _J,
        Role.LEAD_INVESTIGATOR: _J,
        Role.AUDITOR: _J,
    },
    Act.ACKNOWLEDGE_ANNOUNCEMENTS: {Role.PREFECTURE_ADMIN: _J, Role.PROVINCE_ADMIN: _J},
    # A family comes to its station; an objection names people, so the auditor doesn't read it.
    Act.RAISE_OBJECTIONS: {Role.CLERK: _J, Role.PREFECTURE_ADMIN: _J, Role.PROVINCE_ADMIN: _J},
    Act.WITHDRAW_OBJECTIONS: {Role.CLERK: _J, Role.PREFECTURE_ADMIN: _J, Role.PROVINCE_ADMIN: _J},
    Act.READ_OBJECTIONS: {
        Role.CLERK: _J,
        Role.PREFECTURE_ADMIN: _J,
        Role.PROVINCE_ADMIN: _J,
        Role.INVESTIGATOR: _J,
        Role.LEAD_INVESTIGATOR: _J,
    },
    Act.IMPORT_USAGE: {Role.PREFECTURE_ADMIN: _J, Role.PROVINCE_ADMIN: _J},
    Act.READ_IMPORTS: {
        Role.PREFECTURE_ADMIN: _J,
        Role.PROVINCE_ADMIN: _J,
        Role.MACHINE_CLIENT: _O,
        Role.AUDITOR: _J,
    },
    # Administrators decide on what desks enter, so they enter nothing themselves.
    Act.REGISTER: {Role.CLERK: _J},
    Act.READ_REGISTRATIONS: {
        Role.CLERK: _J,
        Role.PREFECTURE_ADMIN: _J,
        Role.PROVINCE_ADMIN: _J,
        Role.INVESTIGATOR: _J,
        Role.LEAD_INVESTIGATOR: _J,
        Role.AUDITOR: _J,
    },
    # Who asks by a citizen number learns something of it: not the auditor, who sees no personal data.
    Act.SEARCH_REGISTRATIONS: {
        Role.CLERK: _J,
        Role.PREFECTURE_ADMIN: _J,
        Role.PROVINCE_ADMIN: _J,
        Role.INVESTIGATOR: _J,
        Role.LEAD_INVESTIGATOR: _J,
    },
    Act.READ_REFUSALS: {
        Role.PREFECTURE_ADMIN: _J,
        Role.PROVINCE_ADMIN: _J,
        Role.INVESTIGATOR: _J,
        Role.LEAD_INVESTIGATOR: _J,
        Role.AUDITOR: _J,
    },
    Act.CHANGE_REGISTRATIONS: {Role.CLERK: _J, Role.PREFECTURE_ADMIN: _J, Role.PROVINCE_ADMIN: _J},
    Act.DECIDE_REGISTRATIONS: {Role.PREFECTURE_ADMIN: _J, Role.PROVINCE_ADMIN: _J},
    # The lists hold everywhere; what was proposed is seen where it was proposed.
    Act.READ_LISTS: {
        Role.PREFECTURE_ADMIN: _J,
        Role.PROVINCE_ADMIN: _J,
        Role.INVESTIGATOR: _J,
        Role.LEAD_INVESTIGATOR: _J,
        Role.AUDITOR: _J,
    },
    Act.PROPOSE_LISTS: {Role.PROVINCE_ADMIN: _J},
    Act.DECIDE_LISTS: {Role.PROVINCE_ADMIN: _J},
    Act.READ_TRAIL: {Role.AUDITOR: _J},
    Act.READ_OFFICERS: {Role.SECURITY_ADMIN: _J},
    Act.SUSPEND_OFFICERS: {Role.SECURITY_ADMIN: _J},
    Act.READ_FILINGS: {Role.PREFECTURE_ADMIN: _J, Role.PROVINCE_ADMIN: _J, Role.AUDITOR: _J},
    Act.RESEND_FILINGS: {Role.PREFECTURE_ADMIN: _J, Role.PROVINCE_ADMIN: _J},
    # The same rules hold everywhere; what they found is seen inside the jurisdiction. Desks don't read how they search.
    Act.READ_RULES: {
        Role.PREFECTURE_ADMIN: _A,
        Role.PROVINCE_ADMIN: _A,
        Role.INVESTIGATOR: _A,
        Role.LEAD_INVESTIGATOR: _A,
        Role.AUDITOR: _A,
    },
    Act.PROPOSE_RULES: {Role.PROVINCE_ADMIN: _J},
    Act.DECIDE_RULES: {Role.PROVINCE_ADMIN: _J},
    Act.READ_FINDINGS: {
        Role.PREFECTURE_ADMIN: _J,
        Role.PROVINCE_ADMIN: _J,
        Role.INVESTIGATOR: _J,
        Role.LEAD_INVESTIGATOR: _J,
        Role.AUDITOR: _J,
    },
    Act.SUPPRESS_FINDINGS: {Role.INVESTIGATOR: _J, Role.LEAD_INVESTIGATOR: _J},
    # A sweep goes over all books of the instance; who runs one answers for what it costs.
    Act.RUN_SWEEPS: {Role.PROVINCE_ADMIN: _J, Role.LEAD_INVESTIGATOR: _J},
    Act.READ_SWEEPS: {
        Role.PREFECTURE_ADMIN: _J,
        Role.PROVINCE_ADMIN: _J,
        Role.INVESTIGATOR: _J,
        Role.LEAD_INVESTIGATOR: _J,
    },
    # Administrators answer for timeliness and see the queue; they never work on what they may have entered.
    Act.READ_CASES: {
        Role.PREFECTURE_ADMIN: _J,
        Role.PROVINCE_ADMIN: _J,
        Role.INVESTIGATOR: _J,
        Role.LEAD_INVESTIGATOR: _J,
        Role.AUDITOR: _J,
    },
    Act.WORK_CASES: {Role.INVESTIGATOR: _J, Role.LEAD_INVESTIGATOR: _J},
    Act.LEAD_CASES: {Role.LEAD_INVESTIGATOR: _J},
    # A picture shows names and numbers of a family: whoever verifies by hand may have it read.
    Act.READ_PAPERS: {
        Role.CLERK: _J,
        Role.PREFECTURE_ADMIN: _J,
        Role.PROVINCE_ADMIN: _J,
        Role.INVESTIGATOR: _J,
        Role.LEAD_INVESTIGATOR: _J,
    },
    # What is kept of a reading is part of the look-up it was made for, which auditors read, too.
    Act.READ_READINGS: {
        Role.CLERK: _J,
        Role.PREFECTURE_ADMIN: _J,
        Role.PROVINCE_ADMIN: _J,
        Role.INVESTIGATOR: _J,
        Role.LEAD_INVESTIGATOR: _J,
        Role.AUDITOR: _J,
    },
    Act.COMPARE_FACES: {
        Role.CLERK: _J,
        Role.PREFECTURE_ADMIN: _J,
        Role.PROVINCE_ADMIN: _J,
        Role.INVESTIGATOR: _J,
        Role.LEAD_INVESTIGATOR: _J,
    },
    Act.KEEP_FACES: {Role.CLERK: _J, Role.PREFECTURE_ADMIN: _J},
    # To look among all children is for who decides on one older than six, or investigates; not for every desk.
    Act.SEARCH_FACES: {
        Role.PREFECTURE_ADMIN: _J,
        Role.PROVINCE_ADMIN: _J,
        Role.INVESTIGATOR: _J,
        Role.LEAD_INVESTIGATOR: _J,
    },
}

LOOKUPS_PER_HOUR: dict[Role, int] = {
    Role.CLERK: 20_000,
    Role.PREFECTURE_ADMIN: 100_000,
    Role.PROVINCE_ADMIN: 1_000_000,
    Role.INVESTIGATOR: 100_000,
    Role.LEAD_INVESTIGATOR: 100_000,
    Role.MACHINE_CLIENT: 20_000_000,
}
"""How many numbers one officer or client may ask in a sliding hour; far above an honest day's work."""

PICTURES_PER_HOUR = 600
"""How many pictures one officer may have read in a sliding hour; each takes about a second of a processor."""

SESSION_HOURS = 12
"""A session ends after one shift at the latest; its tokens are renewed on the way."""

TOKEN_MINUTES = 60
LOCK_AFTER_FAILURES = 5
LOCK_MINUTES = 15


def jurisdiction_prefix(organization: str) -> str:
    """Read an organisation code as a jurisdiction: province 2 digits, prefecture 4, county 6, station 12.

    A county bureau ends in six zeros (GA 380); the ministry, all zeros, holds everything.
    """
    if organization[6:] != "000000":
        return organization
    division = organization[:6]
    while division.endswith("00"):
        division = division[:-2]
    return division


def scope_of(organization: str) -> Scope:
    """Return an organisation and all below it, for who acts at the terminal."""
    return Scope(patterns=(jurisdiction_prefix(organization) + "%",))


def sees_in_clear(officer: Officer) -> bool:
    """Say whether numbers and persons are shown to this officer as they are: an auditor watches the work alone."""
    return officer.role is not Role.AUDITOR


def reach_of(officer: Officer, act: Act) -> Scope | None:
    """Return the scope in which this officer may do this act, or None when not at all."""
    reach = POLICY[act].get(officer.role, Reach.NOWHERE)
    if reach is Reach.NOWHERE:
        return None
    if reach is Reach.NATION:
        return Scope(patterns=("%",))
    own = officer.id if reach is Reach.OWN else None
    return Scope(patterns=(jurisdiction_prefix(officer.organization) + "%",), officer=own)
