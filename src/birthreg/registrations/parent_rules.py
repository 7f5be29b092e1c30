"""Parents, guardians, and the proof of paternity. Pure."""

from collections.abc import Iterator

from birthreg.kernel.language import Text
from birthreg.registrations.codes import (
    ExceptionCode,
    KinshipConclusion,
    MaritalStatus,
    ParentHousehold,
    ProofKind,
    UnregisteredKind,
)
from birthreg.registrations.models import Application, Parent
from birthreg.registrations.policy_models import Note, Refusal
from birthreg.registrations.refusals import CHECKS, DOCUMENTS, PATERNITY, Meaning

WITHOUT_PARENTS: frozenset[ExceptionCode | UnregisteredKind] = frozenset(
    {ExceptionCode.LEGAL_ADOPTION, ExceptionCode.FOUNDLING, UnregisteredKind.DE_FACTO_ADOPTION}
)
"""On whose grounds a child may be registered without a parent by name and paper of identity."""

PARENT_MISSING = Meaning(
    "parent_missing",
    CHECKS,
    Text("至少填写父母一方的姓名和身份证件号码。", "At least one parent is given by name and paper of identity."),
    Text("请补录;依法收养或弃婴须填写相应例外情形。", "Add it; for an adoption or a foundling give that exception."),
)
GUARDIAN_MISSING = Meaning(
    "guardian_missing",
    CHECKS,
    Text("至少填写一名监护人。", "At least one guardian is given."),
    Text("请补录监护人。", "Add the guardian."),
)
PATERNITY_MISSING = Meaning(
    "paternity_report_missing",
    PATERNITY,
    Text(
        "非婚生随父落户,须提供亲子鉴定证明。",
        "Born out of wedlock and registered with the father: a paternity report is needed.",
    ),
    Text(
        "请提供有资质的鉴定机构出具的亲子鉴定证明,或随母落户。",
        "Hand in an accredited laboratory's report, or register with the mother.",
    ),
)
PATERNITY_EXCLUDED = Meaning(
    "paternity_excluded",
    PATERNITY,
    Text("亲子鉴定排除了亲子关系。", "The report excludes that he is the father."),
    Text("不得随父登记;请报告刑侦部门核查。", "Do not register with him; report to the criminal police."),
)
PATERNITY_INCONCLUSIVE = Meaning(
    "paternity_inconclusive",
    PATERNITY,
    Text("亲子鉴定未能得出结论。", "The report reaches no conclusion."),
    Text("请重新鉴定。", "Have the test repeated."),
)
STATEMENT_MISSING = Meaning(
    "out_of_wedlock_statement_missing",
    DOCUMENTS,
    Text(
        "父母未婚,尚未提供非婚生育说明。",
        "The parents are unmarried and no statement of birth out of wedlock was handed in.",
    ),
    Text("可以办理;请补收非婚生育说明。", "May be registered; ask for the statement."),
)

MARRIAGE_CERTIFICATE_MISSING = Meaning(
    "marriage_certificate_missing",
    DOCUMENTS,
    Text(
        "父亲单方申报并称已婚,尚未提供结婚证或亲子鉴定证明。",
        "The father registers alone as married, and neither marriage certificate nor paternity report was handed in.",
    ),
    Text(
        "可以办理;请补收结婚证或向民政部门核实。", "May be registered; ask for the certificate or the registry office."
    ),
)

MEANINGS = (
    PARENT_MISSING, GUARDIAN_MISSING, PATERNITY_MISSING, PATERNITY_EXCLUDED, PATERNITY_INCONCLUSIVE, STATEMENT_MISSING,
    MARRIAGE_CERTIFICATE_MISSING,
)  # fmt: skip


def named_parents(application: Application) -> tuple[Parent, ...]:
    """Return mother and father, as far as they are named."""
    return tuple(parent for parent in (application.mother, application.father) if parent is not None)


def is_with(parent: Parent | None) -> bool:
    """Say whether the child joins this parent's household."""
    return parent is not None and parent.household is ParentHousehold.SAME


def has_statement(application: Application) -> bool:
    """Say whether the statement of birth out of wedlock was handed in."""
    return application.marital_status is MaritalStatus.OUT_OF_WEDLOCK_STATED or any(
        proof.kind is ProofKind.OUT_OF_WEDLOCK_STATEMENT for proof in application.proofs
    )


def is_father_alone(application: Application) -> bool:
    """Say whether the father registers the child without the mother.

    So it is when the child joins his household and not hers, and when no mother is named at all.
    """
    if application.father is None:
        return False
    return application.mother is None or (is_with(application.father) and not is_with(application.mother))


def needs_paternity_report(application: Application) -> bool:
    """Say whether an unmarried father registers the child alone."""
    return application.marital_status is not MaritalStatus.MARRIED and is_father_alone(application)


def refuse_parents(application: Application) -> Iterator[Refusal]:
    """Refuse an application that names no parent, no guardian, or a father who isn't proved."""
    excused = application.exception in WITHOUT_PARENTS or application.unregistered_kind in WITHOUT_PARENTS
    if not excused and not any(_has_paper(parent) for parent in named_parents(application)):
        yield PARENT_MISSING.refuse("mother")
    if not application.guardians:
        yield GUARDIAN_MISSING.refuse("guardians")
    yield from _refuse_paternity(application)


def _has_paper(parent: Parent) -> bool:
    return parent.citizen_number is not None or parent.other_identity is not None


def _refuse_paternity(application: Application) -> Iterator[Refusal]:
    report = application.paternity_report
    needed = needs_paternity_report(application)
    if report is None:
        if needed:
            yield PATERNITY_MISSING.refuse("paternity_report")
    elif report.conclusion is KinshipConclusion.EXCLUDED and application.father is not None:
        yield PATERNITY_EXCLUDED.refuse("paternity_report.conclusion")
    elif report.conclusion is KinshipConclusion.INCONCLUSIVE and needed:
        yield PATERNITY_INCONCLUSIVE.refuse("paternity_report.conclusion")


def note_papers(application: Application) -> Iterator[Note]:
    """Note the statement of unmarried parents, or the certificate of a married father alone, that is still to come."""
    if application.marital_status is MaritalStatus.UNMARRIED and not has_statement(application):
        yield STATEMENT_MISSING.note("marital_status")
    if application.marital_status is MaritalStatus.MARRIED and is_father_alone(application):
        married = any(proof.kind is ProofKind.MARRIAGE_CERTIFICATE for proof in application.proofs)
        if not married and application.paternity_report is None:
            yield MARRIAGE_CERTIFICATE_MISSING.note("marital_status")
