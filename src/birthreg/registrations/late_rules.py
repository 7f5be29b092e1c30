"""A child older than six at its first registration: four proofs, then the prefecture. Pure."""

from collections.abc import Iterator

from birthreg.kernel.language import Text
from birthreg.registrations.codes import ComparisonResult, KinshipConclusion
from birthreg.registrations.date_rules import is_over_six, is_too_old
from birthreg.registrations.models import Application, Comparison, DnaReport, FaceProof, LateProofs
from birthreg.registrations.parent_rules import named_parents
from birthreg.registrations.policy_models import Facts, Ground, Note, Refusal
from birthreg.registrations.refusals import OVER_SIX, Meaning

_ADD = Text("请补充后重新申报。", "Add it and apply again.")
_REPORT = Text("不得办理登记;请报告刑侦部门核查。", "Do not register; report to the criminal police.")
_REPEAT = Text("请重新采集后比对。", "Take the sample again and repeat the comparison.")

FOUR_PROOFS: dict[str, Meaning] = {
    "visit_report": Meaning(
        "late_visit_report_missing",
        OVER_SIX,
        Text("6 周岁以上补报:缺少入户调查报告。", "Over six: the written report of a field visit is missing."),
        _ADD,
    ),
    "face_comparison": Meaning(
        "late_face_comparison_missing",
        OVER_SIX,
        Text("6 周岁以上补报:缺少人像比对结果。", "Over six: the face comparison is missing."),
        _ADD,
    ),
    "fingerprint_comparison": Meaning(
        "late_fingerprint_comparison_missing",
        OVER_SIX,
        Text("6 周岁以上补报:缺少指纹比对结果。", "Over six: the fingerprint comparison is missing."),
        _ADD,
    ),
    "dna_report": Meaning(
        "late_dna_report_missing",
        OVER_SIX,
        Text("6 周岁以上补报:缺少 DNA 比对结果。", "Over six: the DNA comparison is missing."),
        _ADD,
    ),
}
"""What the prefecture decides on; each by its field in `late_proofs`."""

COMPARISON_MATCHED = Meaning(
    "late_comparison_matched",
    OVER_SIX,
    Text("比对命中已有人员。", "The comparison found somebody on record."),
    _REPORT,
)
COMPARISON_UNUSABLE = Meaning(
    "late_comparison_unusable",
    OVER_SIX,
    Text("比对样本不可用,没有结果。", "The sample was unusable: there is no result."),
    _REPEAT,
)
FACES_ALIKE = Meaning(
    "late_faces_alike",
    OVER_SIX,
    Text(
        "填写的人像比对结果为“未命中”,而所引用的比对认为两张人脸相似。",
        "The proof says that the face matched nobody; the comparison that it names found the two faces alike.",
    ),
    Text(
        "请核对比对报告和所引用的比对;分数仅供参考,由办案人员判断。",
        "Check the report against that comparison; a score is advice, people decide.",
    ),
)
DNA_EXCLUDED = Meaning(
    "late_dna_excluded",
    OVER_SIX,
    Text("DNA 比对排除了亲子关系。", "The DNA comparison excludes the parenthood."),
    _REPORT,
)
DNA_INCONCLUSIVE = Meaning(
    "late_dna_inconclusive",
    OVER_SIX,
    Text("DNA 比对未能得出结论。", "The DNA comparison reaches no conclusion."),
    _REPEAT,
)
DNA_BARE = Meaning(
    "late_dna_bare",
    OVER_SIX,
    Text("DNA 报告未填写位点数或累积亲权指数。", "The DNA report gives neither loci nor the combined paternity index."),
    Text("请对照报告补录其中一项。", "Add one of them from the report."),
)
AWAITS_PREFECTURE = Meaning(
    "over_six",
    OVER_SIX,
    Text("6 周岁以上补报,须经地市户政部门审批后生效。", "Over six: takes effect once the prefecture has approved."),
    Text(
        "请等待审批,其间编号保持占用;审批人不得为录入人。",
        "Await the approval by another officer; the number stays reserved meanwhile.",
    ),
)

MEANINGS = (
    *FOUR_PROOFS.values(), COMPARISON_MATCHED, COMPARISON_UNUSABLE, FACES_ALIKE, DNA_EXCLUDED,
    DNA_INCONCLUSIVE, DNA_BARE, AWAITS_PREFECTURE,
)  # fmt: skip


def refuse_late(application: Application) -> Iterator[Refusal]:
    """Refuse a child over six that lacks one of the four proofs, or against whom one speaks."""
    if not is_over_six(application) or is_too_old(application):
        return
    proofs = application.late_proofs or LateProofs()
    for name, missing in FOUR_PROOFS.items():
        if getattr(proofs, name) is None:
            yield missing.refuse(f"late_proofs.{name}")
    yield from _refuse_comparison("face_comparison", proofs.face_comparison)
    yield from _refuse_comparison("fingerprint_comparison", proofs.fingerprint_comparison)
    if proofs.dna_report is not None:
        yield from _refuse_dna(proofs.dna_report, claims_parents=bool(named_parents(application)))


def _refuse_comparison(name: str, comparison: Comparison | None) -> Iterator[Refusal]:
    if comparison is None:
        return
    field = f"late_proofs.{name}.result"
    if comparison.result is ComparisonResult.MATCH:
        yield COMPARISON_MATCHED.refuse(field)
    elif comparison.result is ComparisonResult.UNUSABLE:
        yield COMPARISON_UNUSABLE.refuse(field)


def _refuse_dna(report: DnaReport, *, claims_parents: bool) -> Iterator[Refusal]:
    """Hold the conclusion to what is claimed: where no parent is named, there is nothing to exclude."""
    field = "late_proofs.dna_report"
    if report.loci is None and report.combined_paternity_index is None:
        yield DNA_BARE.refuse(field)
    if claims_parents and report.conclusion is KinshipConclusion.EXCLUDED:
        yield DNA_EXCLUDED.refuse(f"{field}.conclusion")
    elif claims_parents and report.conclusion is KinshipConclusion.INCONCLUSIVE:
        yield DNA_INCONCLUSIVE.refuse(f"{field}.conclusion")


def note_late(application: Application, facts: Facts) -> Iterator[Note]:
    """Note what the proof of the child's face says against its own comparison."""
    proof = application.late_proofs.face_comparison if application.late_proofs else None
    yield from note_face(proof, alike=facts.faces_alike)


def note_face(proof: FaceProof | None, *, alike: bool) -> Iterator[Note]:
    """Note a face that is said to match nobody where the comparison that is named found otherwise."""
    if alike and proof is not None and proof.result is ComparisonResult.NO_MATCH:
        yield FACES_ALIKE.note("late_proofs.face_comparison.result")


def hold_late(application: Application) -> Iterator[Ground]:
    """Hold a child over six for the prefecture's approval."""
    if is_over_six(application):
        yield AWAITS_PREFECTURE.hold()
