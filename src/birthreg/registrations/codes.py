"""The code tables that a registration is written in, as the standards and the police desks name them."""

from enum import IntEnum, StrEnum


class HouseholdKind(IntEnum):
    """户别: what kind of household is joined."""

    FAMILY = 1
    COLLECTIVE = 2


class CollectiveKind(StrEnum):
    """Whose collective household (集体户) it is."""

    POLICE_STATION = "police_station"
    COMMUNITY = "community"
    SCHOOL = "school"
    EMPLOYER = "employer"
    TALENT_SERVICE = "talent_service"
    GARRISON = "garrison"
    WELFARE_INSTITUTION = "welfare_institution"
    RELIGIOUS = "religious"
    OTHER = "other"


class ParentHousehold(StrEnum):
    """Where a parent's own household registration (户口) lies, seen from the household that the child joins."""

    SAME = "same"
    """A member of the household that the child joins: the child is registered with this parent."""
    ELSEWHERE = "elsewhere"
    STUDENT_COLLECTIVE = "student_collective"
    ABROAD = "abroad"
    """Settled abroad or an overseas Chinese."""
    MILITARY = "military"
    """A serving soldier."""
    NONE = "none"
    FOREIGN = "foreign"
    """No Chinese citizen."""


class IdentityKind(StrEnum):
    """Papers of identity beside the citizen number."""

    PASSPORT = "passport"
    MILITARY = "military"
    HONG_KONG_MACAO_PERMIT = "hong_kong_macao_permit"
    TAIWAN_PERMIT = "taiwan_permit"
    PERMANENT_RESIDENCE = "permanent_residence"
    HOUSEHOLD_BOOKLET = "household_booklet"
    OTHER = "other"


class MaritalStatus(StrEnum):
    """Whether the parents are married to each other."""

    MARRIED = "married"
    UNMARRIED = "unmarried"
    OUT_OF_WEDLOCK_STATED = "out_of_wedlock_stated"
    """Unmarried, and the statement of birth out of wedlock (非婚生育说明) was handed in."""


class ApplicantRelation(StrEnum):
    """What the applicant, or a guardian, is to the child."""

    MOTHER = "mother"
    FATHER = "father"
    GRANDPARENT = "grandparent"
    OTHER_RELATIVE = "other_relative"
    ADOPTER = "adopter"
    INSTITUTION = "institution"
    OTHER = "other"


class ExceptionCode(StrEnum):
    """Why a child may be registered with neither father nor mother; nothing else is an exception."""

    STUDENT_COLLECTIVE = "student_collective"
    PARENTS_ABROAD = "parents_abroad"
    PARENTS_MILITARY = "parents_military"
    PARENTS_WITHOUT_HOUSEHOLD = "parents_without_household"
    PARENTS_WITHOUT_CUSTODY = "parents_without_custody"
    FOUNDLING = "foundling"
    LEGAL_ADOPTION = "legal_adoption"


class UnregisteredKind(StrEnum):
    """The eight kinds of people without registration (国办发〔2015〕96号), in its order."""

    AGAINST_BIRTH_POLICY = "against_birth_policy"
    NO_BIRTH_CERTIFICATE = "no_birth_certificate"
    DE_FACTO_ADOPTION = "de_facto_adoption"
    DECLARED_MISSING_OR_DEAD = "declared_missing_or_dead"
    CANCELLED_ON_MARRIAGE = "cancelled_on_marriage"
    MIGRATION_PAPER_LOST = "migration_paper_lost"
    FOREIGN_PARENT_OUT_OF_WEDLOCK = "foreign_parent_out_of_wedlock"
    OTHER = "other"


class ProofKind(StrEnum):
    """What a paper handed in proves."""

    STUDENT_STATUS = "student_status"
    RESIDENCE_ABROAD = "residence_abroad"
    MILITARY_SERVICE = "military_service"
    PARENTS_WITHOUT_HOUSEHOLD = "parents_without_household"
    CUSTODY_RULING = "custody_ruling"
    FOUNDLING_REPORT = "foundling_report"
    INSTITUTION_ADMISSION = "institution_admission"
    ADOPTION_CERTIFICATE = "adoption_certificate"
    ADOPTION_NOTARISATION = "adoption_notarisation"
    HOUSEHOLD_BOOKLET = "household_booklet"
    MARRIAGE_CERTIFICATE = "marriage_certificate"
    OUT_OF_WEDLOCK_STATEMENT = "out_of_wedlock_statement"
    DECLARATION_REVOKED = "declaration_revoked"
    POLICE_INQUIRY = "police_inquiry"
    MIGRATION_PAPER = "migration_paper"
    OTHER = "other"


class KinshipConclusion(StrEnum):
    """What a laboratory concludes of a claimed parent."""

    SUPPORTED = "supported"
    EXCLUDED = "excluded"
    INCONCLUSIVE = "inconclusive"


class ComparisonResult(StrEnum):
    """What a comparison with the people on record found."""

    NO_MATCH = "no_match"
    MATCH = "match"
    UNUSABLE = "unusable"
