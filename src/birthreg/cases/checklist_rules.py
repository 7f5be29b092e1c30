"""What has to be looked into before a case is concluded: for each kind of suspicion its steps. Pure.

Sources: the notice (清理整治通知) and 国办发〔2015〕96号, what Hunan asks since 2025, and public cases of abuse.
"""

from collections.abc import Iterable

from birthreg.cases.checklist_models import Step
from birthreg.kernel.language import Text

_NOTICE = "清理整治通知(逐一登记建档、逐一组织核查、逐一落实结果)"
_HUNAN = "湖南省2025年规定"

STEPS: dict[str, Step] = {
    step.code: step
    for step in (
        Step("paper_seen", Text("查验证件原件(正页、副页)", "see the certificate itself, both its parts"), _NOTICE),
        Step(
            "issuer_asked",
            Text("向签发机构核对证件及存根", "check the certificate and its stub with the issuer"),
            _NOTICE,
        ),
        Step(
            "birth_record",
            Text("调取助产机构分娩记录", "get the hospital's record of the delivery"),
            "公开案例:医院出售真证,无分娩记录",
        ),
        Step(
            "batch_checked",
            Text(
                "核对同一机构、相邻编号的其他证件", "check other certificates of that issuer, and neighbouring numbers"
            ),
            "公开案例:连号真证、被盗空白证成批流出",
        ),
        Step(
            "parents_interviewed",
            Text("询问父母并制作笔录", "interview the parents, on record"),
            _NOTICE,
        ),
        Step(
            "mother_asked",
            Text("由母亲本人确认或否认", "the mother herself confirms or denies"),
            "公开案例:冒用他人作母亲",
        ),
        Step("applicant_asked", Text("询问申请人、代办人", "interview the applicant, or who acted for them"), None),
        Step("field_visit", Text("入户走访并形成报告", "visit the household, with a written report"), _NOTICE),
        Step("dna", Text("DNA 比对或亲子鉴定", "compare DNA, or get a paternity test"), _NOTICE),
        Step("face_fingerprint", Text("人像、指纹比对", "compare face and fingerprints"), "清理整治通知第五种情形"),
        Step(
            "approval_file",
            Text("核对地市审批材料", "check the papers of the prefecture's approval"),
            "清理整治通知第五种情形",
        ),
        Step(
            "household_papers",
            Text("核对落户材料与户主关系", "check the papers of the household and the relation to its head"),
            _NOTICE,
        ),
        Step(
            "adoption_papers",
            Text("向民政部门核对收养登记", "check the adoption with civil affairs"),
            "清理整治通知第四种情形;国办发〔2015〕96号",
        ),
        Step(
            "exception_proof",
            Text("核对例外情形的证明", "check the proof of the exception"),
            "清理整治通知第六种情形",
        ),
        Step("registrations_compared", Text("比对关联的各条登记", "compare the registrations concerned"), None),
        Step("listing_checked", Text("核对列入失效名单的依据", "check why the number is listed"), None),
        Step("desk_asked", Text("向核验或查询的单位了解情况", "ask the desks that looked the number up"), None),
        Step("registrar_asked", Text("询问经办人", "ask who registered it"), "公开案例:内外勾结的登记窗口"),
        Step(
            "sample_reviewed",
            Text("抽查同一经办人或单位的其他登记", "review other registrations of that officer or station"),
            "公开案例:内外勾结的登记窗口",
        ),
        Step("entry_checked", Text("核对录入是否有误", "check whether it was mistyped"), None),
        Step("upper_level_asked", Text("向上级核对退回原因", "ask the level above why it was rejected"), None),
    )
}
"""Every step there is, in the order in which they are done."""

_PAPER = "paper_seen issuer_asked birth_record"

CHECKLISTS: dict[str, tuple[str, str]] = {
    # The seven of the notice.
    "invalid_certificate": (f"{_PAPER} parents_interviewed listing_checked", "field_visit dna"),
    "collective_household": ("issuer_asked household_papers field_visit", "parents_interviewed dna"),
    "non_relative_household": ("issuer_asked household_papers parents_interviewed field_visit", "dna"),
    "private_adoption": ("adoption_papers field_visit dna", "issuer_asked parents_interviewed"),
    "over_six": ("issuer_asked field_visit face_fingerprint dna approval_file", "parents_interviewed"),
    "neither_parent": ("exception_proof household_papers parents_interviewed", "issuer_asked field_visit dna"),
    "unmarried_father_no_paternity": ("dna mother_asked", "issuer_asked birth_record"),
    # What abuse leaves on paper.
    "birth_outside_no_paternity": ("dna issuer_asked", "field_visit mother_asked"),
    "births_too_close": ("birth_record registrations_compared mother_asked", "dna"),
    "child_two_numbers": ("issuer_asked registrations_compared entry_checked", "parents_interviewed"),
    "edition_conflict": (f"entry_checked {_PAPER}", "parents_interviewed"),
    "far_issuer": ("issuer_asked birth_record parents_interviewed", "batch_checked field_visit"),
    "issued_differs": ("entry_checked issuer_asked paper_seen", "parents_interviewed birth_record"),
    "issuing_pair": ("issuer_asked batch_checked birth_record", "parents_interviewed field_visit"),
    "letter_conflict": ("entry_checked paper_seen issuer_asked", ""),
    "long_birth_issue_gap": ("issuer_asked birth_record mother_asked", "dna"),
    "long_issue_registration_gap": ("issuer_asked parents_interviewed", "field_visit dna"),
    "looked_up_elsewhere": ("desk_asked applicant_asked issuer_asked", "paper_seen"),
    "mothers_age": ("entry_checked birth_record mother_asked", "dna"),
    "never_issued": (_PAPER, "entry_checked parents_interviewed dna"),
    "no_mother": ("birth_record issuer_asked parents_interviewed dna", "field_visit"),
    "number_two_children": ("issuer_asked registrations_compared entry_checked", "paper_seen parents_interviewed"),
    "outlier_clerk": ("registrar_asked sample_reviewed", "issuer_asked"),
    "outlier_station": ("sample_reviewed", "registrar_asked issuer_asked"),
    "province_conflict": ("entry_checked paper_seen issuer_asked", ""),
    "replaced_number_used": ("issuer_asked registrations_compared", "parents_interviewed"),
    "serial_run": ("issuer_asked batch_checked birth_record parents_interviewed", "field_visit dna"),
    "shared_applicant": ("applicant_asked registrations_compared issuer_asked", "parents_interviewed"),
    "shared_phone": ("applicant_asked registrations_compared", "issuer_asked parents_interviewed"),
    "watched_issuer": ("issuer_asked birth_record mother_asked", "batch_checked dna"),
    # What no rule found.
    "attempt": ("desk_asked listing_checked applicant_asked", "paper_seen issuer_asked"),
    "shopping": ("desk_asked applicant_asked", "paper_seen issuer_asked"),
    "filing_rejected": ("upper_level_asked entry_checked registrations_compared", "issuer_asked"),
    "look_back": ("listing_checked issuer_asked paper_seen", "birth_record parents_interviewed"),
}
"""Per kind of lead (a rule, or what no rule found): the steps without which nothing is concluded, and further ones."""

_OTHERWISE = ("issuer_asked", "field_visit parents_interviewed")
"""For a rule that has no list of its own."""


def checklist_of(kinds: Iterable[str]) -> list[tuple[Step, bool, list[str]]]:
    """Return the steps of a case whose leads are of these kinds, whether each is required, and by which kinds.

    A step that one kind requires is required, whatever the others say.
    """
    required: set[str] = set()
    asking: dict[str, list[str]] = {}
    for kind in sorted(set(kinds)):
        needed, further = (steps.split() for steps in CHECKLISTS.get(kind, _OTHERWISE))
        required.update(needed)
        for code in (*needed, *further):
            asking.setdefault(code, []).append(kind)
    return [(step, code in required, asking[code]) for code, step in STEPS.items() if code in asking]
