"""How cases of the demonstration went: sittings of investigators and leads, and what they noted."""

import msgspec

from birthreg.cases.models import CaseAct, LeadKind, Outcome


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """One act; `lead` says that the lead does it, `sitting` that it begins another day's."""

    act: CaseAct
    note: str | None = None
    lead: bool = False
    sitting: bool = False
    outcome: Outcome | None = None
    awaited: str | None = None
    skipped: str | None = None
    """Why, before this conclusion, no step of the checklist was done; else all that were required were."""
    days: int | None = None
    """For how many days from today a case is suspended."""


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """What was done with a case of one of these kinds; `registered` says that it needs a registration.

    Its last sitting is today's where the case lies with somebody now.
    """

    kinds: frozenset[LeadKind]
    works: tuple[Work, ...]
    times: int = 1
    registered: bool = False
    today: bool = False
    into: bool = False
    """At the end it is merged into the next case of the same prefecture."""

    @property
    def sittings(self) -> int:
        """On how many days somebody works on it."""
        return sum(work.sitting for work in self.works)


_SHOWN = frozenset({LeadKind.ATTEMPT})
_CARRIED = frozenset({LeadKind.SHOPPING})
_USED = frozenset({LeadKind.LOOK_BACK, LeadKind.FINDING})
_ANY = frozenset(LeadKind)


def _claim(note: str) -> tuple[Work, Work]:
    return Work(act=CaseAct.CLAIM, sitting=True), Work(act=CaseAct.NOTE, note=note)


def _release(note: str) -> Work:
    return Work(act=CaseAct.RELEASE, note=note)


def _conclude(outcome: Outcome, reason: str, *, skipped: str | None = None) -> Work:
    return Work(act=CaseAct.CONCLUSION, outcome=outcome, note=reason, skipped=skipped)


def _confirm(reason: str) -> Work:
    return Work(act=CaseAct.CONFIRMATION, lead=True, sitting=True, note=reason)


def _suspend(note: str, *, awaited: str | None = None, days: int | None = None) -> Work:
    return Work(act=CaseAct.SUSPENSION, note=note, awaited=awaited, days=days)


_FOUND_AGAIN = (
    *_claim("已与列入单位核对:该证由家长登报挂失,后自行找回,持证来所的即证件所载母亲。"),
    _conclude(Outcome.CLEARED, "证件真实,持证人即所载母亲,系挂失后找回;已告知先向列入单位申请解除失效,再办登记。"),
    _confirm("核对记录齐全,同意。"),
)
_FORGED = (
    *_claim("来人称证件由他人代办。副页已扣留,与签发机构存根比对:编号对应的空白证件系被盗批次。"),
    _release("等待签发机构书面答复,先退回。"),
    *_claim("签发机构书面答复:未签发该编号。持证人陈述购买经过,线索指向另两个编号。"),
    _conclude(Outcome.REFERRED, "证件系被盗空白证伪造,涉嫌买卖国家机关证件,符合移送条件。"),
    _confirm("同意移送。"),
)
_CORRECTED = (
    *_claim("调取纸质档案:登记所附证件编号与系统录入不一致,末两位颠倒。"),
    _release("已请登记派出所重新核对原件,先退回。"),
    *_claim("派出所书面说明录入有误,家长持原件到所核验,原件编号未列入失效名单。"),
    _conclude(Outcome.CORRECTED, "录入错误,已按程序更正编号;儿童身份、亲子关系均无疑问。"),
    _confirm("更正手续齐全,同意。"),
)
_REVOKED = (
    *_claim("证件属被盗空白证批次,登记时尚未列入。已走访申报住址,邻居称家中无此儿童。"),
    _release("约谈申报人未到,先退回。"),
    *_claim("申报人到案,承认购买证件为收养的孩子落户;已采集血样比对,与申报父母不符。"),
    _conclude(Outcome.REGISTRATION_REVOKED, "以虚假证件登记,申报父母与儿童无亲子关系,拟撤销登记并按规定重新采集。"),
    _confirm("同意撤销,另按无户口人员程序办理。"),
)
_GENUINE = (
    *_claim("向签发机构调取存根:证件真实,母婴信息与登记一致。"),
    _conclude(Outcome.CLEARED, "证件真实有效,登记信息与存根一致,排除嫌疑。"),
    _confirm("同意。"),
)

COURSES: tuple[Course, ...] = (
    Course(kinds=_SHOWN, works=_FOUND_AGAIN, times=3),
    Course(kinds=_SHOWN, works=_FORGED, times=2),
    Course(kinds=_USED, works=_REVOKED, times=2, registered=True),
    Course(kinds=_USED, works=_CORRECTED, times=2, registered=True),
    Course(kinds=_USED, works=_GENUINE, times=3, registered=True),
    Course(
        kinds=_USED,
        registered=True,
        works=(
            *_GENUINE,
            Work(
                act=CaseAct.REOPENING,
                lead=True,
                sitting=True,
                note="签发机构来函更正:此前提供的存根系另一编号,原结论依据不足,重新核查。",
            ),
        ),
    ),
    Course(
        kinds=_USED,
        registered=True,
        times=3,
        works=(
            *_claim("已走访住址并约谈父母,陈述一致;签发机构存根核对无误。"),
            _conclude(Outcome.CLEARED, "走访、约谈、存根三项均无疑点,建议排除。"),
        ),
    ),
    Course(
        kinds=_USED,
        registered=True,
        works=(
            *_claim("电话联系父亲,称证件由医院代领。"),
            _conclude(Outcome.CLEARED, "父亲说明合理,建议排除。", skipped="父亲已在电话中说明,认为不必再查。"),
            Work(
                act=CaseAct.REJECTION,
                lead=True,
                sitting=True,
                note="仅凭电话陈述不足以排除,须向签发机构核对存根并当面约谈母亲。",
            ),
            _release("已列出补充核查事项,先退回。"),
        ),
    ),
    Course(
        kinds=_USED,
        registered=True,
        times=2,
        works=(
            *_claim("父母同意亲子鉴定,血样已送检。"),
            _suspend("等待鉴定结果。", awaited="dna_result"),
        ),
    ),
    Course(
        kinds=_SHOWN,
        times=2,
        works=(
            *_claim("已向签发机构发函核对该编号的去向。"),
            _suspend("等待签发机构复函。", awaited="issuer_reply"),
        ),
    ),
    Course(
        kinds=_USED,
        registered=True,
        works=(
            *_claim("申报人外出务工,家属称二十日内返乡。"),
            _suspend("待申报人返乡后当面约谈。", days=20),
        ),
    ),
    Course(
        kinds=_CARRIED,
        works=(
            *_claim("调取各派出所查验记录与窗口监控:先后持证前来的为同一人。"),
            _release("已发协查,先退回。"),
        ),
    ),
    Course(
        kinds=_USED,
        registered=True,
        into=True,
        works=_claim("与另一案的证件出自同一批次,申报住址相同,建议并案。"),
    ),
    Course(
        kinds=_ANY,
        times=5,
        today=True,
        works=_claim("已调取登记档案和查验记录,联系签发机构核对存根。"),
    ),
)
MERGING = "两案证件出自同一批次,申报住址相同,并案核查。"
