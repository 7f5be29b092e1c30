"""States and acts as an officer reads them."""

from collections.abc import Mapping
from typing import Any

from birthreg.cases.checklist_models import StepState
from birthreg.cases.checklist_rules import STEPS
from birthreg.cases.models import CaseAct, LeadKind, Outcome, Status
from birthreg.cases.queue_models import Awaited
from birthreg.kernel.language import Text
from birthreg.screening.models import Severity

STATUS_NAMES = {
    Status.WAITING: Text("待办", "waiting"),
    Status.INVESTIGATING: Text("核查中", "investigating"),
    Status.SUSPENDED: Text("已中止", "suspended"),
    Status.CONCLUDING: Text("待确认结论", "concluding"),
    Status.CLOSED: Text("已办结", "closed"),
    Status.REOPENED: Text("已重启", "reopened"),
    Status.MERGED: Text("已并案", "merged"),
}

ACT_NAMES = {
    CaseAct.OPEN: Text("立案", "open"),
    CaseAct.JOIN: Text("新线索并入", "a lead joins"),
    CaseAct.CLAIM: Text("领取", "claim"),
    CaseAct.RENEWAL: Text("续期", "renew"),
    CaseAct.RELEASE: Text("退回待办", "release"),
    CaseAct.LAPSE: Text("到期退回", "lapse"),
    CaseAct.ASSIGNMENT: Text("指派", "assign"),
    CaseAct.ESCALATION: Text("上报", "escalate"),
    CaseAct.NOTE: Text("记录", "note"),
    CaseAct.STEP: Text("办理核查步骤", "tick a step"),
    CaseAct.EVIDENCE: Text("提交证据", "add evidence"),
    CaseAct.EVIDENCE_VIEW: Text("查看证据", "view evidence"),
    CaseAct.EVIDENCE_CHECK: Text("校验证据", "check evidence"),
    CaseAct.SUSPENSION: Text("中止", "suspend"),
    CaseAct.RESUMPTION: Text("恢复", "resume"),
    CaseAct.CONCLUSION: Text("提出结论", "propose a conclusion"),
    CaseAct.CONFIRMATION: Text("确认结论", "confirm the conclusion"),
    CaseAct.REJECTION: Text("不同意结论", "reject the conclusion"),
    CaseAct.WITHDRAWAL: Text("撤回结论", "take the conclusion back"),
    CaseAct.REOPENING: Text("重启", "reopen"),
    CaseAct.DOSSIER: Text("调取移送卷宗", "take out the dossier"),
    CaseAct.LINK: Text("关联", "link"),
    CaseAct.UNLINK: Text("取消关联", "unlink"),
    CaseAct.MERGE: Text("并案", "merge"),
    CaseAct.ABSORPTION: Text("吸收并案", "take in another case"),
    CaseAct.UNMERGE: Text("撤销并案", "unmerge"),
    CaseAct.SPLIT: Text("分案", "split"),
    CaseAct.WARNING: Text("期限提醒", "warn of the deadline"),
    CaseAct.OVERDUE: Text("逾期上报", "escalate as overdue"),
    CaseAct.UNDO: Text("撤销批量操作", "take a bulk act back"),
}

_STEP_NAMES = {
    StepState.DONE: Text("完成核查步骤:{step}", "tick a step: {step}"),
    StepState.OPEN: Text("取消核查步骤:{step}", "untick a step: {step}"),
    StepState.NOT_APPLICABLE: Text("核查步骤不适用:{step}", "a step doesn't apply: {step}"),
}

SEVERITY_NAMES = {
    Severity.HIGH: Text("高", "high"),
    Severity.MEDIUM: Text("中", "medium"),
    Severity.LOW: Text("低", "low"),
}

OUTCOME_NAMES = {
    Outcome.CLEARED: Text("排除嫌疑", "cleared"),
    Outcome.CORRECTED: Text("已更正", "corrected"),
    Outcome.REGISTRATION_REVOKED: Text("已撤销登记", "registration revoked"),
    Outcome.REFERRED: Text("移送刑侦", "referred to criminal police"),
}

AWAITED_NAMES = {
    Awaited.DNA_RESULT: Text("亲子鉴定结果", "the result of a DNA test"),
    Awaited.ISSUER_REPLY: Text("签发机构复函", "the issuer's reply"),
    Awaited.OTHER_JURISDICTION: Text("异地协查结果", "another jurisdiction's help"),
    Awaited.FAMILY: Text("家属到场或补充材料", "the family, or papers of theirs"),
    Awaited.COURT: Text("司法程序", "a court's decision"),
    Awaited.OTHER: Text("其他", "something else"),
}

LEAD_NAMES = {
    LeadKind.FINDING: Text("筛查发现", "finding of a rule"),
    LeadKind.ATTEMPT: Text("使用失效编号", "attempt with a listed number"),
    LeadKind.SHOPPING: Text("多处查询", "one number shown at several stations"),
    LeadKind.FILING_REJECTED: Text("备案被退回", "filing rejected above"),
    LeadKind.LOOK_BACK: Text("列入前已使用", "used before it was listed"),
}


def name_act(act: CaseAct, detail: Mapping[str, Any]) -> Text:
    """Return what an entry of a timeline is called: of a step, which one, and how it stands since."""
    state, code = detail.get("state"), str(detail.get("step"))
    if act is not CaseAct.STEP or state not in _STEP_NAMES:
        return ACT_NAMES[act]
    step = STEPS.get(code)
    return _STEP_NAMES[StepState(state)].fill(step=step.text if step else code)
