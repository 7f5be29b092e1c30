"""Why an act on a case is refused; every refused attempt stays on the trail."""

from birthreg.cases.models import CaseAct, HeldRow, Status
from birthreg.kernel.errors import Conflict, Forbidden
from birthreg.kernel.language import Text


class CaseElsewhere(Conflict):
    """案件目前状态为“{status}”,不能执行“{act}”。

    The case is {status}; in that state there is no {act}.
    """

    remedy = Text("请刷新后查看当前可执行的操作。", "Reload it to see what can be done now.")
    leaves_a_trace = True


_MERGED = Text(
    "本案已并入案件 {number},请在该案件中办理;需要单独办理的,先撤销并案。",
    "It was merged into case {number}: work on that one, or unmerge this one first.",
)
_TAKEN = Text(
    "案件已由 {investigator} 办理;确需接手的,请由审核侦查员改派。",
    "It lies with {investigator}; where somebody else has to work on it, a lead assigns it anew.",
)
_LEFT = Text(
    "案件已回到待办队列(租约到期,或已退回),目前无人办理;请先领取再操作,此前的记录均已保留。",
    "It is back in the queue (its lease ended, or it was given back) and lies with nobody: claim it first; what was"
    " noted is kept.",
)
_FOR_WHO_HOLDS = frozenset(
    {CaseAct.RENEWAL, CaseAct.RELEASE, CaseAct.STEP, CaseAct.EVIDENCE, CaseAct.SUSPENSION, CaseAct.CONCLUSION}
)


def tell_where(case: HeldRow, act: CaseAct) -> Text | None:
    """Return what helps who meets a case in another state than thought: which case, or whom, to turn to."""
    if case.status is Status.MERGED:
        return _MERGED.fill(number=case.whole_number)
    if act is CaseAct.CLAIM and case.investigator is not None and case.status is not Status.CLOSED:
        return _TAKEN.fill(investigator=case.called_investigator)
    if act in _FOR_WHO_HOLDS and case.status in (Status.WAITING, Status.REOPENED):
        return _LEFT
    return None


class CaseConflictOfInterest(Forbidden):
    """您曾登记、审批、核验或列入本案所涉的编号,须回避。

    You registered, decided on, looked up or listed what this case is about, so you can't touch it.
    """

    remedy = Text("请由其他侦查员办理。", "Another investigator has to do this.")
    leaves_a_trace = True


class CaseNotYours(Forbidden):
    """案件由 {investigator} 办理,您不能执行“{act}”。

    The case lies with {investigator}; {act} isn't yours to do.
    """

    remedy = Text("请由办理人操作,或由审核侦查员改派。", "Let that investigator do it, or a lead assign it anew.")
    leaves_a_trace = True


class CaseLeadDecides(Forbidden):
    """“{act}”须由审核侦查员执行。

    {act} is for a lead investigator.
    """

    leaves_a_trace = True


class CaseSecondPerson(Forbidden):
    """提出结论的人不能确认该结论。

    Who proposed the conclusion can't confirm it.
    """

    remedy = Text("请由另一名审核侦查员确认。", "Another lead investigator has to.")
    leaves_a_trace = True


class CaseInAnotherQueue(Forbidden):
    """案件目前由 {handler} 办理,不在您单位的待办范围内。

    The case lies in the queue of {handler}, above yours.
    """

    remedy = Text("请由该单位的侦查员办理。", "An investigator there has to do this.")
    leaves_a_trace = True


class CaseAtTheTop(Conflict):
    """案件已由省级办理,不能再上报。

    The case lies with the province already; there is no level above.
    """

    remedy = Text("请由省级侦查员办理。", "An investigator of the province has to work on it.")
    leaves_a_trace = True


class AssigneeUnfit(Conflict):
    """{investigator} 不能办理本案:须为在岗侦查员,且管辖范围包含案件办理单位({handler}),或为其下级、案发地的侦查员。

    {investigator} can't work on the case: it takes an investigator in service whose jurisdiction holds {handler}, or
    one below it where the case is at home.
    """

    remedy = Text("请指派其他侦查员。", "Assign another investigator.")
    leaves_a_trace = True


class AssigneeHasConflict(Conflict):
    """{investigator} 曾登记、审批、核验或列入本案所涉的编号,须回避。

    {investigator} registered, decided on, looked up or listed what the case is about, and can't work on it.
    """

    remedy = AssigneeUnfit.remedy
    leaves_a_trace = True
