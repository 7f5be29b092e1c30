"""Why an act on a case is refused; every refused attempt stays on the trail."""

from birthreg.kernel.errors import Conflict, Forbidden
from birthreg.kernel.language import Text


class CaseElsewhere(Conflict):
    """案件目前状态为“{status}”,不能执行“{act}”。

    The case is {status}; in that state there is no {act}.
    """

    remedy = Text("请刷新后查看当前可执行的操作。", "Reload it to see what can be done now.")
    leaves_a_trace = True


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
