"""A dossier on paper (移送卷宗): what happened, how it was concluded, the index of evidence with its digests. Pure.

It is in Chinese alone, as official letters are. What it leaves out for its length stands in the signed dossier.
"""

from datetime import datetime, timedelta, timezone

from birthreg.cases.checklist_models import StepState
from birthreg.cases.dossier_models import Dossier, DossierEvidence, DossierLead, DossierRegistration
from birthreg.cases.evidence_models import FILE_STATE_NAMES, FileState
from birthreg.cases.labels import LEAD_NAMES, OUTCOME_NAMES, SEVERITY_NAMES, name_act
from birthreg.cases.models import LeadKind
from birthreg.kernel.letters import Letter, Section, Table, word, write_day

MOST_ROWS = 500
"""Of a table: so many fill some twenty pages; the signed dossier holds all."""
_LONGEST_CELL = 300
_LEADS, _EVIDENCE, _TIMELINE = "线索目录", "证据目录及摘要", "办理经过"
_LOCAL = timezone(timedelta(hours=8))
_SEX = {1: "男", 2: "女"}
_STATES = {StepState.DONE: "已完成", StepState.NOT_APPLICABLE: "不适用", StepState.OPEN: "未做"}
_STANDING = {"held": "待审批", "effective": "有效", "refused": "未批准", "withdrawn": "已撤回", "revoked": "已撤销"}


def write_dossier(dossier: Dossier, *, sha256: str, sm3: str) -> Letter:
    """Return the letter that goes with a referred case; the digests are of what was signed, in hexadecimal."""
    tables = (_leads(dossier), _checklist(dossier), _evidence(dossier), _timeline(dossier))
    return Letter(
        organization=dossier.made_by_organization_name,
        document_number=None,
        title=(f"关于移送{dossier.case.number}号", "出生登记可疑案件的", "卷宗"),
        addressee="刑事侦查部门",
        sections=(
            Section(heading="一、案件概况", paragraphs=_overview(dossier)),
            Section(heading="二、所涉登记", paragraphs=_registrations(dossier)),
            Section(heading="三、核查结论", paragraphs=_conclusion(dossier)),
            Section(heading="四、材料与校验", paragraphs=_seal(dossier, sha256, sm3)),
        ),
        dated=dossier.conclusion.confirmed_at.astimezone(_LOCAL).date(),
        attachments=tuple(table for table in tables if table.rows),
        note=word(
            "承办人:{by};审核人:{lead}",
            by=dossier.call_officer(dossier.conclusion.proposed_by),
            lead=dossier.call_officer(dossier.conclusion.confirmed_by),
        ),
    )


def _overview(dossier: Dossier) -> tuple[str, ...]:
    case = dossier.case
    opened = word(
        "本案于{day}立案,编号{number},风险程度{severity},共有线索{leads}条。",
        day=write_day(case.opened_at.astimezone(_LOCAL).date()),
        number=case.number,
        severity=SEVERITY_NAMES[case.severity].zh,
        leads=len(dossier.leads),
    )
    certificate = case.certificate_number and word("出生医学证明编号:{number}。", number=case.certificate_number)
    merged = case.family and word("并入本案的案件:{numbers}。", numbers="、".join(case.family))
    return tuple(paragraph for paragraph in (opened, certificate, merged) if paragraph)


def _registrations(dossier: Dossier) -> tuple[str, ...]:
    return tuple(_registration(dossier, one) for one in dossier.registrations) or ("本案未涉及本辖区的登记。",)


def _registration(dossier: Dossier, one: DossierRegistration) -> str:
    return word(
        "{name},{sex},{born}出生,证件编号{number},{day}由{organization}受理({officer}),登记状态:{status}。"
        "母亲:{mother};父亲:{father}。登记标识:{id}。",
        name=one.child_name,
        sex=_SEX.get(one.child_sex, "性别不明"),
        born=write_day(one.child_birth_date),
        number=one.certificate_number or "(无)",
        day=write_day(one.entered_at.astimezone(_LOCAL).date()),
        organization=dossier.call_organization(one.organization),
        officer=dossier.call_officer(one.officer),
        status=_STANDING.get(one.status, one.status),
        mother=one.mother_name or "未填",
        father=one.father_name or "未填",
        id=one.id,
    )


def _conclusion(dossier: Dossier) -> tuple[str, ...]:
    ended = dossier.conclusion
    proposed = word(
        "{by}于{at}提出结论:{outcome}。",
        by=dossier.call_officer(ended.proposed_by),
        at=_moment(ended.proposed_at),
        outcome=OUTCOME_NAMES[ended.outcome].zh,
    )
    confirmed = word(
        "{by}于{at}审核确认。", by=dossier.call_officer(ended.confirmed_by), at=_moment(ended.confirmed_at)
    )
    reason = [line.strip() for line in ended.reason.splitlines() if line.strip()]
    return (proposed, *reason, confirmed)


def _seal(dossier: Dossier, sha256: str, sm3: str) -> tuple[str, ...]:
    index = word(
        "随卷证据{count}件,目录及摘要见附件。本卷宗另有电子件,含全部线索、办理经过和证据摘要,经电子签名;"
        "可用 birthreg dossier verify 离线校验。",
        count=len(dossier.evidence),
    )
    digests = word("电子件摘要(SHA-256):{sha256};(SM3):{sm3}。", sha256=sha256, sm3=sm3)
    seal = dossier.trail and word(
        "制卷时审计轨迹第{number}号封存值:{head}。", number=dossier.trail.number, head=dossier.trail.head
    )
    told = (index, _harmed(dossier), _cut_short(dossier), digests, seal, "特此移送。")
    return tuple(paragraph for paragraph in told if paragraph)


def _harmed(dossier: Dossier) -> str | None:
    count = sum(one.state not in (None, FileState.WHOLE) for one in dossier.evidence)
    return word("其中{count}件证据的文件在制卷时已损坏或缺失,已在目录中注明。", count=count) if count else None


def _cut_short(dossier: Dossier) -> str | None:
    """Say which tables are printed in part."""
    counts = {_LEADS: len(dossier.leads), _EVIDENCE: len(dossier.evidence), _TIMELINE: len(dossier.timeline)}
    long = [f"{title}共{count}项" for title, count in counts.items() if count > MOST_ROWS]
    if not long:
        return None
    return word("{tables},附件只印前{most}项,其余见电子件。", tables="、".join(long), most=MOST_ROWS)


def _leads(dossier: Dossier) -> Table:
    rows = tuple(
        (str(place), *_call_lead(dossier, lead), _cut(lead.sentence_zh), _moment(lead.found_at))
        for place, lead in enumerate(dossier.leads[:MOST_ROWS], start=1)
    )
    return Table(
        title=_LEADS, columns=("序号", "类别", "规则", "内容", "时间"), widths=(30, 60, 82, 190, 80), rows=rows
    )


def _call_lead(dossier: Dossier, lead: DossierLead) -> tuple[str, str]:
    """Return its kind, and of a finding the rule's name."""
    kind = LeadKind(lead.kind)
    return LEAD_NAMES[kind].zh, dossier.call_rule(lead.rule) if kind is LeadKind.FINDING else "—"


def _checklist(dossier: Dossier) -> Table:
    rows = tuple(
        (
            str(place),
            step.text_zh + ("(必做)" if step.required else ""),
            _STATES[step.state],
            dossier.call_officer(step.officer or ""),
            _moment(step.at),
            _cut(step.note or ""),
        )
        for place, step in enumerate(dossier.checklist, start=1)
    )
    columns = ("序号", "步骤", "结果", "经办人", "时间", "说明")
    return Table(title="核查清单", columns=columns, widths=(30, 110, 45, 75, 72, 110), rows=rows)


def _evidence(dossier: Dossier) -> Table:
    rows = tuple(
        (str(place), _file(one), one.media_type, str(one.size), one.sha256, one.sm3)
        for place, one in enumerate(dossier.evidence[:MOST_ROWS], start=1)
    )
    columns = ("序号", "文件名", "类型", "字节数", "SHA-256", "SM3")
    return Table(title=_EVIDENCE, columns=columns, widths=(30, 92, 62, 48, 105, 105), rows=rows)


def _file(one: DossierEvidence) -> str:
    harmed = "" if one.state in (None, FileState.WHOLE) else f"({FILE_STATE_NAMES[one.state].zh})"
    return _cut(one.file_name) + harmed


def _timeline(dossier: Dossier) -> Table:
    rows = tuple(
        (
            str(place),
            _moment(entry.at),
            name_act(entry.act, entry.detail).zh,
            dossier.call_officer(entry.officer),
            _cut(entry.note or ""),
        )
        for place, entry in enumerate(dossier.timeline[:MOST_ROWS], start=1)
    )
    columns = ("序号", "时间", "事项", "经办人", "说明")
    return Table(title=_TIMELINE, columns=columns, widths=(30, 80, 72, 90, 170), rows=rows)


def _moment(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(_LOCAL).strftime("%Y-%m-%d %H:%M")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL]}…"
