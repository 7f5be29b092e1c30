"""The nouns of access."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

UNKNOWN = "-"
"""Stands for the organisation of somebody who isn't known."""


class Role(StrEnum):
    """What an officer is at work."""

    CLERK = "clerk"
    PREFECTURE_ADMIN = "prefecture_admin"
    PROVINCE_ADMIN = "province_admin"
    INVESTIGATOR = "investigator"
    LEAD_INVESTIGATOR = "lead_investigator"
    AUDITOR = "auditor"
    SECURITY_ADMIN = "security_admin"
    MACHINE_CLIENT = "machine_client"


class Act(StrEnum):
    """What can be done behind a door."""

    VERIFY = "verify"
    VERIFY_MANY = "verify_many"
    READ_LOOKUPS = "read_lookups"
    READ_CERTIFICATE = "read_certificate"
    DELIVER_ISSUANCES = "deliver_issuances"
    READ_BLACKLIST = "read_blacklist"
    READ_ENTRY = "read_entry"
    PROPOSE_BLACKLIST = "propose_blacklist"
    DECIDE_BLACKLIST = "decide_blacklist"
    READ_ANNOUNCEMENTS = "read_announcements"
    ACKNOWLEDGE_ANNOUNCEMENTS = "acknowledge_announcements"
    RAISE_OBJECTIONS = "raise_objections"
    WITHDRAW_OBJECTIONS = "withdraw_objections"
    READ_OBJECTIONS = "read_objections"
    IMPORT_USAGE = "import_usage"
    READ_IMPORTS = "read_imports"
    REGISTER = "register"
    READ_REGISTRATIONS = "read_registrations"
    SEARCH_REGISTRATIONS = "search_registrations"
    READ_REFUSALS = "read_refusals"
    CHANGE_REGISTRATIONS = "change_registrations"
    DECIDE_REGISTRATIONS = "decide_registrations"
    READ_LISTS = "read_lists"
    PROPOSE_LISTS = "propose_lists"
    DECIDE_LISTS = "decide_lists"
    READ_TRAIL = "read_trail"
    READ_OFFICERS = "read_officers"
    SUSPEND_OFFICERS = "suspend_officers"
    READ_FILINGS = "read_filings"
    RESEND_FILINGS = "resend_filings"
    READ_RULES = "read_rules"
    PROPOSE_RULES = "propose_rules"
    DECIDE_RULES = "decide_rules"
    READ_FINDINGS = "read_findings"
    SUPPRESS_FINDINGS = "suppress_findings"
    RUN_SWEEPS = "run_sweeps"
    READ_SWEEPS = "read_sweeps"
    READ_CASES = "read_cases"
    WORK_CASES = "work_cases"
    LEAD_CASES = "lead_cases"
    READ_PAPERS = "read_papers"
    READ_READINGS = "read_readings"
    COMPARE_FACES = "compare_faces"
    SEARCH_FACES = "search_faces"
    KEEP_FACES = "keep_faces"


class Reach(StrEnum):
    """How far an act reaches."""

    NOWHERE = "nowhere"
    OWN = "own"
    """The rows that the officer made."""
    JURISDICTION = "jurisdiction"
    """The rows of the officer's organisation and of all below it."""
    NATION = "nation"


class Organization(msgspec.Struct, frozen=True):
    """A police organisation or health authority; twelve digits (GA 380), read as a prefix."""

    code: str
    name: str


class Officer(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts, as the access token says it."""

    id: str
    name: str
    role: Role
    organization: str
    organization_name: str
    session: UUID


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """The rows that an officer may see: LIKE patterns over organisation codes, and whose rows.

    Only `access.rules` makes one; every query over a jurisdiction's rows binds it.
    """

    patterns: tuple[str, ...]
    officer: str | None = None
    """Set when the reach is the officer's own rows."""

    def holds(self, organization: str, officer: str | None = None) -> bool:
        """Say whether a row of this organisation (made by this officer) is inside."""
        if self.officer is not None and officer != self.officer:
            return False
        return any(organization.startswith(pattern.removesuffix("%")) for pattern in self.patterns)


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An officer as kept, with what sign-in needs."""

    id: str
    name: str
    role: Role
    organization: str
    organization_name: str
    password_hash: str
    totp_secret: str | None
    second_factor_step: int | None
    """The last time step whose code was used."""
    demonstration: bool
    suspended_at: datetime | None
    failed_attempts: int
    locked_until: datetime | None


class Secret(msgspec.Struct, frozen=True):
    """What a password is compared with."""

    password_hash: str


class OfficerRow(msgspec.Struct, frozen=True, kw_only=True):
    """An officer as lists show it."""

    id: str
    name: str
    role: Role
    organization: str
    organization_name: str
    created_at: datetime
    suspended_at: datetime | None
    second_factor: bool
    version: int


class OfficerVersion(msgspec.Struct, frozen=True):
    """How often an officer was changed; told as `ETag`."""

    version: int


class PreviousSession(msgspec.Struct, frozen=True):
    """When and from where the officer last signed in."""

    started_at: datetime
    terminal: str


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A session that has begun, and the one before it."""

    officer: Officer
    previous: PreviousSession | None
    started_at: datetime


class SignInRefusal(StrEnum):
    """Why a sign-in was refused; the officer is told less than the trail."""

    WRONG_CREDENTIALS = "wrong_credentials"
    WRONG_SECOND_FACTOR = "wrong_second_factor"
    LOCKED = "locked"
    SUSPENDED = "suspended"


class Standing(msgspec.Struct, frozen=True):
    """A session that still stands, and until when."""

    expires_at: datetime


class SessionId(msgspec.Struct, frozen=True):
    """Which session."""

    id: UUID


class Suspension(msgspec.Struct, frozen=True):
    """Since when an officer is suspended."""

    since: datetime


class OfficerCount(msgspec.Struct, frozen=True):
    """How many officers there are, and how many belong to the demonstration."""

    officers: int
    demonstration: int
