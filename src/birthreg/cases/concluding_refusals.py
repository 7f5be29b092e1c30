"""Why a case isn't concluded, or not opened again; every refused attempt stays on the trail."""

from birthreg.kernel.errors import Conflict, Forbidden, NotFound
from birthreg.kernel.language import Text


class CaseStepsOpen(Conflict):
    """核查清单中还有 {count} 项必做步骤未完成:{steps}。

    {count} required steps of the checklist are still open: {steps}.
    """

    remedy = Text(
        "请完成这些步骤,或逐项说明不适用的理由后再提出结论。",
        "Do them, or say of each why it doesn't apply, and conclude then.",
    )
    leaves_a_trace = True


class CaseNothingCorrected(Conflict):
    """立案以来,本案所涉登记的编号没有经审批更正,不能以“已更正”办结。

    No number of a registration that this case is about was corrected since it was opened.
    """

    remedy = Text(
        "请先由登记单位提出更正并经审批,再提出结论。", "Have the correction proposed and approved first, then conclude."
    )
    leaves_a_trace = True


class CaseNothingRevoked(Conflict):
    """立案以来,本案所涉登记没有经审批撤销,不能以“已撤销登记”办结。

    No registration that this case is about was revoked since it was opened.
    """

    remedy = Text(
        "请先由登记单位提出撤销并经审批,再提出结论。", "Have the revocation proposed and approved first, then conclude."
    )
    leaves_a_trace = True


class CaseOpenElsewhere(Conflict):
    """同一儿童或编号已有在办案件 {number},本案不能重启。

    Case {number} is open on the same child or number already, so this one can't be opened again.
    """

    remedy = Text("请在该案件中办理,并与本案关联。", "Work on that case, and link this one with it.")
    leaves_a_trace = True


class CaseClosedAsPart(Conflict):
    """本案已并入案件 {number} 并随其办结,不能单独重启。

    This case was merged into {number} and closed with it; it can't be opened again by itself.
    """

    remedy = Text(
        "请重启该案件,本案随之恢复;需要单独办理的,再撤销并案。",
        "Open that case again, and this one with it; where it has to go on by itself, unmerge it then.",
    )
    leaves_a_trace = True


class DossierNotMade(NotFound):
    """本案没有移送卷宗:只有经确认移送刑侦、且未重启的案件才有。

    This case has no dossier: only one that is closed as referred to criminal police has.
    """

    remedy = Text(
        "请先提出“移送刑侦”的结论并经审核侦查员确认。", "Propose to refer it, and have that confirmed by a lead."
    )


class DossierOutside(Forbidden):
    """卷宗含有您管辖范围以外的登记或案件,不能向您提供。

    The dossier holds registrations or cases outside your jurisdiction; you can't have it.
    """

    remedy = Text("请向确认移送的侦查部门或其上级索取。", "Ask the investigators who referred it, or those above them.")
    leaves_a_trace = True
