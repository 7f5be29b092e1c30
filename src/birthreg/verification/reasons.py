"""Every reason a verdict can have: what it leads to, how much it weighs, and its sentence in both languages."""

import msgspec

from birthreg.kernel.language import Text
from birthreg.verification.models import Severity, VerdictKind


class Meaning(msgspec.Struct, frozen=True):
    """What a reason code means."""

    verdict: VerdictKind
    text: Text

    @property
    def severity(self) -> Severity:
        """A reason that leads to a refusing verdict refuses; `review` warns; what leaves `clear` informs."""
        if self.verdict is VerdictKind.CLEAR:
            return Severity.INFO
        return Severity.WARN if self.verdict is VerdictKind.REVIEW else Severity.REFUSE


_V = VerdictKind

VERDICT_NAMES = {
    _V.MALFORMED: Text("编号格式有误", "malformed"),
    _V.BLACKLISTED: Text("已列入失效名单", "blacklisted"),
    _V.USED: Text("已使用", "used"),
    _V.RESERVED: Text("已被待审批的登记占用", "reserved"),
    _V.MISMATCH: Text("与签发记录不符", "mismatch"),
    _V.REVIEW: Text("需人工核查", "review"),
    _V.CLEAR: Text("未发现问题", "clear"),
}

MEANINGS: dict[str, Meaning] = {
    "number_length": Meaning(
        _V.MALFORMED,
        Text(
            "编号应为 10 位(1 位字母加 9 位数字),现为 {found} 位。",
            "A number has 10 characters (one letter, nine digits); this has {found}.",
        ),
    ),
    "number_letter": Meaning(
        _V.MALFORMED,
        Text("第 1 位应为字母,现为“{found}”。", "Character 1 must be a letter; it is “{found}”."),
    ),
    "number_digit": Meaning(
        _V.MALFORMED,
        Text(
            "第 {position} 位应为数字,现为{kind}“{found}”。",
            "Character {position} must be a digit; it is {kind_en} “{found}”.",
        ),
    ),
    "number_blacklisted": Meaning(
        _V.BLACKLISTED,
        Text(
            "该编号已列入失效名单:{reason}(文号 {document_number}),由{listed_by_name}于 {listed_on} 列入。",
            "This number is void: {reason_en} (document {document_number}), listed by {listed_by_name} on {listed_on}.",
        ),
    ),
    "number_held": Meaning(
        _V.BLACKLISTED,
        Text(
            "此为紧急停用,尚待另一人确认;未获确认的,于 {until} 自动恢复。",
            "It is a hold that a second person has yet to confirm; otherwise it ends by itself at {until}.",
        ),
    ),
    "number_used": Meaning(
        _V.USED,
        Text(
            "该编号已于 {used_on} 在{organization_name}办理登记使用。",
            "This number was used on {used_on} at {organization_name}.",
        ),
    ),
    "number_reserved": Meaning(
        _V.RESERVED,
        Text(
            "该编号已被{organization_name}一笔待审批的登记占用。",
            "This number is held by a registration awaiting approval at {organization_name}.",
        ),
    ),
    "certificate_child_differs": Meaning(
        _V.MISMATCH,
        Text("新生儿姓名与签发记录不一致。", "The child's name differs from the record of issue."),
    ),
    "certificate_sex_differs": Meaning(
        _V.MISMATCH, Text("新生儿性别与签发记录不一致。", "The child's sex differs from the record of issue.")
    ),
    "certificate_birth_date_differs": Meaning(
        _V.MISMATCH, Text("出生日期与签发记录不一致。", "The birth date differs from the record of issue.")
    ),
    "certificate_mother_differs": Meaning(
        _V.MISMATCH, Text("母亲姓名与签发记录不一致。", "The mother's name differs from the record of issue.")
    ),
    "number_province_unknown": Meaning(
        _V.REVIEW,
        Text(
            "第 2–3 位“{province}”不是省级代码(GB/T 2260)。",
            "Characters 2–3, “{province}”, are no province code (GB/T 2260).",
        ),
    ),
    "number_province_differs": Meaning(
        _V.REVIEW,
        Text(
            "编号的省级代码 {province}({name})与签发机构所在省 {issuer_province} 不同。",
            "The number's province {province} ({name}) isn't that of the issuer, {issuer_province}.",
        ),
    ),
    "number_differs_from_reading": Meaning(
        _V.REVIEW,
        Text(
            "录入的编号与证件图片上识别的编号 {read_number} 不一致,请对照证件原件核对。",
            "The number entered differs from the one read on the picture, {read_number}; compare it with the paper.",
        ),
    ),
    "certificate_date_in_future": Meaning(
        _V.REVIEW,
        Text(
            "证件上的日期 {day} 尚未到来,请核对录入。",
            "The day {day} on the paper is yet to come; check what was typed.",
        ),
    ),
    "number_year_conflict": Meaning(
        _V.REVIEW,
        Text(
            "首字母 {letter} 对应 {year} 年印制,与签发日期 {issued_on} 相差一年以上。",
            "Letter {letter} stands for papers printed in {year}, a year or more from the date of issue {issued_on}.",
        ),
    ),
    "number_edition_conflict": Meaning(
        _V.REVIEW,
        Text(
            "该编号属第 {edition} 版证件,签发截止 {last_day},与签发日期 {issued_on} 矛盾。",
            "This number is of edition {edition}, issued until {last_day}; the date of issue is {issued_on}.",
        ),
    ),
    "number_not_issued": Meaning(
        _V.REVIEW,
        Text(
            "{name}的签发数据自 {year} 年起完整,其中没有该编号的签发记录。",
            "The issuance data of {name} is complete from {year} on and holds no record of this number.",
        ),
    ),
    "certificate_issued_before_birth": Meaning(
        _V.REVIEW,
        Text(
            "签发日期 {issued_on} 早于出生日期 {born_on}。",
            "The date of issue {issued_on} lies before the birth, {born_on}.",
        ),
    ),
    "certificate_issued_late": Meaning(
        _V.REVIEW,
        Text(
            "出生({born_on})至签发({issued_on})超过六个月。",
            "More than six months lie between birth ({born_on}) and issue ({issued_on}).",
        ),
    ),
    "certificate_issuer_differs": Meaning(
        _V.REVIEW,
        Text("签发机构与签发记录不一致。", "The issuing institution differs from the record of issue."),
    ),
    "certificate_issue_date_differs": Meaning(
        _V.REVIEW, Text("签发日期与签发记录不一致。", "The date of issue differs from the record of issue.")
    ),
    "certificate_replaced_number_used": Meaning(
        _V.REVIEW,
        Text(
            "该证为换发或补发,其原证编号 {original_number} 已被使用。",
            "This certificate replaces {original_number}, which has been used.",
        ),
    ),
    "certificate_matches": Meaning(_V.CLEAR, Text("与签发记录核对一致。", "Agrees with the record of issue.")),
}

NEXT_STEPS: dict[VerdictKind, Text] = {
    _V.MALFORMED: Text("请对照证件原件重新录入编号。", "Type the number again from the paper."),
    _V.BLACKLISTED: Text(
        "不得办理登记。请扣留证件副页核查,联系列入单位,并报告本级刑侦部门。",
        "Do not register. Keep the paper, call the unit that listed it, and report to the criminal police.",
    ),
    _V.USED: Text(
        "不得办理登记。请核对编号;如无误,联系使用该编号的单位核查。",
        "Do not register. Check the number; if it is right, ask the organisation that used it.",
    ),
    _V.RESERVED: Text(
        "暂不得办理登记。请联系占用单位,待其审批结束后再核验。",
        "Do not register for now. Ask the organisation that holds it, and verify again after its decision.",
    ),
    _V.MISMATCH: Text(
        "暂不得办理登记。请先核对录入内容;如与证件一致,请向签发机构核实。",
        "Do not register yet. Check what was typed; if it agrees with the paper, ask the issuer.",
    ),
    _V.REVIEW: Text(
        "可以办理登记,请先按提示逐项核实并留存说明。",
        "May be registered; look into each warning first and keep a note.",
    ),
    _V.CLEAR: Text("可以办理登记。", "May be registered."),
}
