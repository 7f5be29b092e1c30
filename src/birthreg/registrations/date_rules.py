"""Days that contradict each other, and ages. Pure."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from birthreg.kernel.language import Text
from birthreg.registrations.models import Application, Child, LateProofs
from birthreg.registrations.policy_models import Facts, Note, Refusal
from birthreg.registrations.refusals import CHECKS, ONE_MONTH, OVER_SIX, Meaning, both
from birthreg.verification.rules import LOCAL

REFUSED_FROM_AGE = 14
HELD_ABOVE_AGE = 6
LONGEST_OPEN_DAYS = 31
"""How long an application may lie between the day it was taken in and the day it is entered."""

IN_FUTURE = Meaning(
    "date_in_future",
    CHECKS,
    Text("日期 {day} 晚于今天。", "The date {day} lies in the future."),
    Text("请对照原件更正日期。", "Correct the date from the paper."),
)
ISSUED_BEFORE_BIRTH = Meaning(
    "issued_before_birth",
    CHECKS,
    Text("签发日期 {day} 早于出生日期。", "The date of issue {day} lies before the birth."),
    Text(
        "请对照证件更正;证件如此记载的,向签发机构核实。",
        "Correct it from the paper; if it stands there, ask the issuer.",
    ),
)
APPLIED_BEFORE_BIRTH = Meaning(
    "applied_before_birth",
    CHECKS,
    Text("申报日期 {day} 早于出生日期。", "The day of application {day} lies before the birth."),
    Text("请更正申报日期或出生日期。", "Correct the day of application or of birth."),
)
ISSUED_AFTER_APPLICATION = Meaning(
    "issued_after_application",
    CHECKS,
    Text("签发日期 {day} 晚于申报日期。", "The date of issue {day} lies after the day of application."),
    Text("请更正申报日期或签发日期。", "Correct the day of application or of issue."),
)
APPLIED_LONG_AGO = Meaning(
    "applied_long_ago",
    OVER_SIX,
    Text(
        "申报日期 {day} 距今超过 {days} 天:年龄以申报日计算,不得倒填。",
        "The day of application {day} lies more than {days} days back; the age is counted from it.",
    ),
    Text("请以实际申报之日填写。", "Enter the day on which the family really applied."),
)
CHILD_TOO_OLD = Meaning(
    "child_fourteen_or_older",
    CHECKS,
    Text("申报时已满 {age} 周岁,不在此办理出生登记。", "The child is {age} or older: no birth is registered here."),
    Text(
        "请按无户口人员规定向县级公安机关户政部门申请。",
        "Apply to the county's household department as a person without registration.",
    ),
)
DECLARED_LATE = Meaning(
    "declared_late",
    ONE_MONTH,
    Text("出生超过一个月后申报。", "Declared more than a month after the birth."),
    Text("可以办理;请了解并记录迟报原因。", "May be registered; ask for the reason and keep a note."),
)

REPORT_BEFORE_BIRTH = Meaning(
    "report_before_birth",
    CHECKS,
    Text("报告日期 {day} 早于出生日期。", "The report's day {day} lies before the birth."),
    Text(
        "请核对报告原件上的日期,以及是否为本人的报告。",
        "Check the day on the report itself, and that it is this child's.",
    ),
)
MEANINGS = (
    IN_FUTURE, ISSUED_BEFORE_BIRTH, APPLIED_BEFORE_BIRTH, ISSUED_AFTER_APPLICATION, APPLIED_LONG_AGO, CHILD_TOO_OLD,
    DECLARED_LATE, REPORT_BEFORE_BIRTH,
)  # fmt: skip


def born_on(child: Child) -> date:
    """Return the day of birth, by the clock on the wall where the child was born."""
    moment = datetime.fromisoformat(child.born_at)
    return moment.date() if moment.tzinfo is None else moment.astimezone(LOCAL).date()


def months_after(day: date, months: int) -> date:
    """Return the same day so many months later, or the month's last where it has no such day (民法典 §202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def birthday(born: date, age: int) -> date:
    """Return the day on which this age is reached; for the 29th of February the 28th in common years."""
    return months_after(born, 12 * age)


def is_over_six(application: Application) -> bool:
    """Say whether the sixth birthday lies before the day of application."""
    return birthday(born_on(application.child), HELD_ABOVE_AGE) < application.applied_on


def is_too_old(application: Application) -> bool:
    """Say whether the fourteenth birthday was reached on the day of application."""
    return birthday(born_on(application.child), REFUSED_FROM_AGE) <= application.applied_on


def refuse_dates(application: Application, facts: Facts) -> Iterator[Refusal]:
    """Refuse days to come, days in an impossible order, and a child of fourteen."""
    for field, day in _days(application):
        if day is not None and day > facts.judged_on:
            yield IN_FUTURE.refuse(field, day=both(day))
    born, applied, certificate = born_on(application.child), application.applied_on, application.certificate
    if certificate is not None and certificate.issued_on < born:
        yield ISSUED_BEFORE_BIRTH.refuse("certificate.issued_on", day=both(certificate.issued_on))
    if certificate is not None and applied < certificate.issued_on <= facts.judged_on:
        yield ISSUED_AFTER_APPLICATION.refuse("certificate.issued_on", day=both(certificate.issued_on))
    for field, day in _days_of_reports(application):
        if day is not None and day < born:
            yield REPORT_BEFORE_BIRTH.refuse(field, day=both(day))
    if applied < born:
        yield APPLIED_BEFORE_BIRTH.refuse("applied_on", day=both(applied))
    if facts.judged_on - applied > timedelta(days=LONGEST_OPEN_DAYS):
        yield APPLIED_LONG_AGO.refuse("applied_on", day=both(applied), days=both(LONGEST_OPEN_DAYS))
    if is_too_old(application):
        yield CHILD_TOO_OLD.refuse("child.born_at", age=both(REFUSED_FROM_AGE))


def _days_of_reports(application: Application) -> Iterator[tuple[str, date | None]]:
    """Every day on which somebody looked at the child: none lies before its birth."""
    if application.paternity_report is not None:
        yield "paternity_report.concluded_on", application.paternity_report.concluded_on
    yield from _days_of_late_proofs(application.late_proofs or LateProofs())


def _days(application: Application) -> Iterator[tuple[str, date | None]]:
    """Every day in an application by its field; none of them may be to come."""
    yield "child.born_at", born_on(application.child)
    yield "applied_on", application.applied_on
    if application.certificate is not None:
        yield "certificate.issued_on", application.certificate.issued_on
    for name, parent in (("mother", application.mother), ("father", application.father)):
        yield f"{name}.birth_date", parent.birth_date if parent is not None else None
    for place, proof in enumerate(application.proofs):
        yield f"proofs[{place}].issued_on", proof.issued_on
    yield from _days_of_reports(application)


def _days_of_late_proofs(late: LateProofs) -> Iterator[tuple[str, date | None]]:
    visit, face, fingerprint, dna = (
        late.visit_report, late.face_comparison, late.fingerprint_comparison, late.dna_report,
    )  # fmt: skip
    yield "late_proofs.visit_report.visited_on", visit.visited_on if visit else None
    yield "late_proofs.face_comparison.compared_on", face.compared_on if face else None
    yield "late_proofs.fingerprint_comparison.compared_on", fingerprint.compared_on if fingerprint else None
    yield "late_proofs.dna_report.concluded_on", dna.concluded_on if dna else None


def note_lateness(application: Application) -> Iterator[Note]:
    """Note a declaration more than a month after the birth; it is never refused for that."""
    if application.applied_on > months_after(born_on(application.child), 1):
        yield DECLARED_LATE.note("applied_on")
