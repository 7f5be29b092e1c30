"""Whether the certificate's number lets the birth be registered. Pure."""

from collections.abc import Iterable, Iterator

from birthreg.certificates.rules import number_in
from birthreg.kernel.language import Text
from birthreg.registrations.codes import ExceptionCode, UnregisteredKind
from birthreg.registrations.models import Application
from birthreg.registrations.policy_models import Facts, Ground, Note, Refusal
from birthreg.registrations.refusals import CHECKS, NUMBER_MANDATORY, Meaning
from birthreg.verification.models import Finding, Severity, VerdictKind
from birthreg.verification.reasons import MEANINGS as REASONS
from birthreg.verification.reasons import NEXT_STEPS
from birthreg.verification.rules import MAY_REGISTER

WITHOUT_NUMBER: frozenset[ExceptionCode | UnregisteredKind] = frozenset(
    {
        ExceptionCode.FOUNDLING,
        ExceptionCode.LEGAL_ADOPTION,
        UnregisteredKind.DE_FACTO_ADOPTION,
        UnregisteredKind.DECLARED_MISSING_OR_DEAD,
        UnregisteredKind.CANCELLED_ON_MARRIAGE,
        UnregisteredKind.MIGRATION_PAPER_LOST,
        UnregisteredKind.FOREIGN_PARENT_OUT_OF_WEDLOCK,
        UnregisteredKind.OTHER,
    }
)
"""Who may have no certificate: another paper stands for it, and the application is held."""

REPLACING = frozenset({2, 3, 5, 6})
"""Kinds of issue that stand for an older paper."""

_REFUSED = {
    VerdictKind.MALFORMED: Text("出生医学证明编号有误。", "What was typed is no certificate number."),
    VerdictKind.BLACKLISTED: Text("该编号已列入失效名单。", "This number is void."),
    VerdictKind.USED: Text("该编号已被使用。", "This number has been used."),
    VerdictKind.RESERVED: Text(
        "该编号已被一笔待审批的登记占用。", "This number is held by a registration that awaits approval."
    ),
    VerdictKind.MISMATCH: Text(
        "证件内容与签发记录不一致。", "What stands on the certificate differs from the record of issue."
    ),
}

VERDICTS = {
    kind: Meaning(f"verdict_{kind}", NUMBER_MANDATORY, text, NEXT_STEPS[kind]) for kind, text in _REFUSED.items()
}

DIFFERING_FIELDS = {
    "certificate_child_differs": "child.name",
    "certificate_sex_differs": "child.sex",
    "certificate_birth_date_differs": "child.born_at",
    "certificate_mother_differs": "mother.name",
}
"""Where in an application a reason of a mismatch is to be looked for."""

VERDICT_REVIEW = Meaning(
    "verdict_review",
    NUMBER_MANDATORY,
    Text("编号核验提示:{reason}", "The number's look-up warns: {reason}"),
    NEXT_STEPS[VerdictKind.REVIEW],
)
NUMBER_MISSING = Meaning(
    "number_missing",
    NUMBER_MANDATORY,
    Text("新登记必须填写出生医学证明编号。", "A new registration needs the certificate's number."),
    Text(
        "请录入证件编号;无证件的,先向助产机构或卫生健康部门申领。",
        "Enter the number; without a certificate, apply for one at the maternity institution or health authority.",
    ),
)
NUMBER_UNVERIFIED = Meaning(
    "number_unverified",
    NUMBER_MANDATORY,
    Text("该编号尚未核验。", "This number was not verified."),
    Text("请先核验编号,再办理登记。", "Verify the number first."),
)
CERTIFICATE_MISSING = Meaning(
    "certificate_missing",
    CHECKS,
    Text("填写了编号,但未填写证件内容。", "There is a number, but nothing of what stands on the certificate."),
    Text("请录入签发日期和签发机构。", "Enter the date of issue and the issuer."),
)
NUMBER_ABSENT = Meaning(
    "number_absent",
    NUMBER_MANDATORY,
    Text("没有出生医学证明,须经审批。", "There is no birth certificate; the application awaits approval."),
    Text("请地市户政部门审核替代证明后审批。", "The prefecture examines the papers that stand for it and decides."),
)
ORIGINAL_NUMBER_MISSING = Meaning(
    "original_number_missing",
    CHECKS,
    Text("换发或补发的证件未填写原证编号。", "The certificate replaces another whose number wasn't entered."),
    Text("请向签发机构问清原证编号并补录。", "Ask the issuer for the original number and add it."),
)

ORIGINAL_NUMBER_MALFORMED = Meaning(
    "original_number_malformed",
    CHECKS,
    Text("原证编号有误。", "The original number is no certificate number."),
    Text(
        "编号为 1 个字母加 9 位数字,请按原证核对。", "It is one letter and nine digits; check it against the original."
    ),
)
ORIGINAL_NUMBER_OWN = Meaning(
    "original_number_own",
    CHECKS,
    Text("原证编号与本证编号相同。", "The original number is the certificate's own."),
    Text("请填写被换发或补发的旧证编号。", "Enter the number of the paper that was exchanged or lost."),
)
ORIGINAL_NUMBER_OF_FIRST = Meaning(
    "original_number_of_first_issue",
    CHECKS,
    Text("首次签发的证件没有原证编号。", "A first issue has no original number."),
    Text("请核对签发类型(换发、补发)或删去原证编号。", "Check the kind of issue, or leave the original number out."),
)

MEANINGS = (
    *VERDICTS.values(), VERDICT_REVIEW, NUMBER_MISSING, NUMBER_UNVERIFIED, CERTIFICATE_MISSING, NUMBER_ABSENT,
    ORIGINAL_NUMBER_MISSING, ORIGINAL_NUMBER_MALFORMED, ORIGINAL_NUMBER_OWN, ORIGINAL_NUMBER_OF_FIRST,
)  # fmt: skip


def has_number(application: Application) -> bool:
    """Say whether a number was typed at all."""
    return bool((application.certificate_number or "").strip())


def may_lack_number(application: Application) -> bool:
    """Say whether another paper stands for the certificate."""
    return application.exception in WITHOUT_NUMBER or application.unregistered_kind in WITHOUT_NUMBER


def refuse_number(application: Application, facts: Facts) -> Iterator[Refusal]:
    """Refuse a missing number, and one whose verdict lets nobody register."""
    if not has_number(application):
        if not may_lack_number(application):
            yield NUMBER_MISSING.refuse("certificate_number")
        return
    if facts.verdict is None:
        yield NUMBER_UNVERIFIED.refuse("certificate_number")
    elif facts.verdict not in MAY_REGISTER:
        for field in _fields_of(facts):
            yield VERDICTS[facts.verdict].refuse(field)
    if application.certificate is None:
        yield CERTIFICATE_MISSING.refuse("certificate")
    elif application.certificate.original_number:
        yield from _refuse_original(application, application.certificate.original_number)


def _refuse_original(application: Application, typed: str) -> Iterator[Refusal]:
    """Refuse an original number that is none, or the certificate's own, or on a paper that replaces nothing."""
    original = number_in(typed)
    if original is None:
        yield ORIGINAL_NUMBER_MALFORMED.refuse("certificate.original_number")
    elif original == number_in(application.certificate_number or ""):
        yield ORIGINAL_NUMBER_OWN.refuse("certificate.original_number")
    if application.certificate is not None and application.certificate.issue_kind not in REPLACING:
        yield ORIGINAL_NUMBER_OF_FIRST.refuse("certificate.original_number")


def _fields_of(facts: Facts) -> tuple[str, ...]:
    """Say where a verdict is to be looked into: a mismatch where the paper differs, all else at the number."""
    codes = {reason.code for reason in facts.reasons}
    differing = tuple(field for code, field in DIFFERING_FIELDS.items() if code in codes)
    return differing if facts.verdict is VerdictKind.MISMATCH and differing else ("certificate_number",)


def hold_for_number(application: Application) -> Iterator[Ground]:
    """Hold what comes without a certificate: nothing was verified."""
    if not has_number(application) and may_lack_number(application):
        yield NUMBER_ABSENT.hold()


def note_number(application: Application, facts: Facts) -> Iterator[Note]:
    """Note each warning of the look-up, and a replacing certificate whose original number is missing."""
    if facts.verdict is VerdictKind.REVIEW:
        yield from _note_warnings(facts.reasons)
    certificate = application.certificate
    if certificate is not None and certificate.issue_kind in REPLACING and not certificate.original_number:
        yield ORIGINAL_NUMBER_MISSING.note("certificate.original_number")


def _note_warnings(reasons: Iterable[Finding]) -> Iterator[Note]:
    for reason in reasons:
        meaning = REASONS[reason.code]
        if meaning.severity is Severity.WARN:
            yield VERDICT_REVIEW.note(reason.field or "certificate_number", reason=meaning.text.fill(**reason.values))
