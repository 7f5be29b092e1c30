"""Why a change of the list is refused; every refused attempt stays on the trail."""

from birthreg.blacklist import rules
from birthreg.blacklist.proposal_models import OwnHold
from birthreg.kernel.errors import Conflict, Forbidden
from birthreg.kernel.language import Text


class AnotherPersonDecides(Forbidden):
    """提出人不能审批自己的提议,须由另一人审批。

    Who proposed can't decide; another person has to.
    """

    remedy = Text(
        "请由维护单位或其上级的另一名管理员审批;如需取消,请撤回。",
        "Let another administrator of the owner or above decide; to take it back, withdraw it.",
    )
    leaves_a_trace = True


class OwnerDecides(Forbidden):
    """该提议由编号的维护单位 {organization} 或其上级审批。

    The organisation that maintains these numbers, {organization}, or one above decides.
    """

    remedy = Text("请联系该单位。", "Ask that organisation.")
    leaves_a_trace = True


class ProposerWithdraws(Forbidden):
    """只有提出人可以撤回。

    Only who proposed can withdraw.
    """

    remedy = Text("如不同意,请审批为不同意并写明理由。", "If you disagree, refuse it and say why.")
    leaves_a_trace = True


class HoldOutsideJurisdiction(Forbidden):
    """不能对外省编号采取紧急停用。

    Numbers of another province can't be held.
    """

    remedy = Text("请向该省提出列入提议,并电话联系。", "Propose to that province, and call it.")
    leaves_a_trace = True


class HoldRunning(Conflict):
    """您已对其中的编号紧急停用(提议 {proposal}),停用仍有效,至 {until} 为止。

    You hold some of these numbers already (proposal {proposal}); the hold works until {until}.
    """

    remedy = Text(
        "无需再次停用;请由另一人在到期前审批该提议。", "Nothing is to be held again; let another person decide in time."
    )
    leaves_a_trace = True


class HoldRepeated(Conflict):
    """您对这些编号的紧急停用未获确认,{days} 天内不能再次停用。

    Your hold of these numbers was not confirmed; you can't hold them again for {days} days.
    """

    remedy = Text("请提出列入提议,由另一人审批。", "Propose an entry, and let another person approve it.")
    leaves_a_trace = True


class ProposalDecided(Conflict):
    """该提议已有结果({status})。

    The proposal is decided already ({status}).
    """

    remedy = Text("请查看处理结果;仍需变更的,请另提提议。", "See what was decided; for another change, propose anew.")
    leaves_a_trace = True


class AlreadyListed(Conflict):
    """同一单位已以同一文号、同一原因列入相同编号(记录 {entry})。

    The same numbers are listed already by the same document for the same reason (entry {entry}).
    """

    remedy = Text("无需重复列入;请将此提议审批为不同意。", "Nothing is to be listed; refuse the proposal.")
    leaves_a_trace = True


class EntryNotInForce(Conflict):
    """该记录不在有效状态,或其有效部分不含这些编号。

    The entry is not in force, or what is left of it doesn't hold these numbers.
    """

    remedy = Text(
        "请按编号重新查询名单,以现行有效的记录办理。", "Look the number up again, and name the entry in force."
    )
    leaves_a_trace = True


class EntryInMotion(Conflict):
    """正在生效的批次涉及同一记录,本次未办理。

    A batch that is just being put in force writes the same entry; nothing was decided.
    """

    remedy = Text("请一分钟后重试。", "Try again in a minute.")
    retryable = True
    leaves_a_trace = True


class EntryHeld(Conflict):
    """该记录为紧急停用,随其提议 {proposal} 的审批而定。

    The entry is a hold; its proposal {proposal} decides it.
    """

    remedy = Text("请审批或撤回该提议。", "Decide or withdraw that proposal.")
    leaves_a_trace = True


class OwnerUnknown(Conflict):
    """编号所属省级机构 {organization} 尚未登记,无法转交提议。

    The province's organisation {organization} is not known here, so nothing can be proposed to it.
    """

    remedy = Text("请系统管理员先登记该机构。", "Ask the system administrator to make it known.")
    leaves_a_trace = True


class OwnAnnouncement(Conflict):
    """通报由其他地市签收,发布单位无需签收。

    Others acknowledge an announcement, not who made it.
    """

    remedy = Text(
        "本单位无需办理;各地签收情况见该通报(GET /api/v1/blacklist/announcements/{id})。",
        "Nothing is to be done; who took note is told by GET /api/v1/blacklist/announcements/{id}.",
    )
    leaves_a_trace = True


class ObjectionDecided(Conflict):
    """该异议已有处理结果({status})。

    The objection is decided already ({status}).
    """

    remedy = Text(
        "请查看处理结果;异议成立的,待解除的提议审批;不成立而编号仍在名单中的,可另行提出异议。",
        "See what was decided; where it was upheld, its lift is decided next; rejected, another can be received.",
    )
    leaves_a_trace = True


class ObjectionOpen(Conflict):
    """对该编号同一列入的异议正在处理,由{organization}受理。

    An objection to the same listing of this number is open already, received by {organization}.
    """

    remedy = Text(
        "请等待处理结果;如原异议录入有误,由受理单位撤回后重新受理。",
        "Wait for the decision; where the open one was mistyped, whoever received it withdraws it first.",
    )
    leaves_a_trace = True


class ListingOver(Conflict):
    """异议所指的列入已经终止,无须再判定是否成立。

    The contested listing has ended, so there is nothing to uphold or to reject.
    """

    remedy = Text(
        "请以 decision=settle 办结,并将处理决定书交给当事人。",
        "Decide it as settled (decision=settle), and give the family the letter.",
    )
    leaves_a_trace = True


class StillListed(Conflict):
    """该编号仍因该记录列入失效名单,不能按列入已终止办结。

    The number is still on the list by this entry, so the objection can't be settled.
    """

    remedy = Text(
        "请判定成立(uphold)或不成立(reject)。", "Uphold it (decision=uphold), or reject it (decision=reject)."
    )
    leaves_a_trace = True


class ReceiverWithdraws(Forbidden):
    """该异议只能由受理单位 {organization} 撤回。

    Only the organisation that received the objection, {organization}, can withdraw it.
    """

    remedy = Text(
        "请联系受理单位;本单位维护该编号的,可直接处理。", "Ask that organisation; who owns the entry decides instead."
    )
    leaves_a_trace = True


class ListerDecides(Forbidden):
    """提出列入该编号的人员不能处理对它的异议。

    Who proposed the entry can't decide on an objection to it.
    """

    remedy = Text("请由其他管理员处理。", "Let another administrator decide.")
    leaves_a_trace = True


def repeated(own: OwnHold) -> HoldRunning | HoldRepeated:
    """Say why an officer can't hold numbers again: the hold still works, or nobody confirmed it."""
    if own.works and own.lapses_at is not None:
        until = own.lapses_at.astimezone(rules.LOCAL).strftime("%Y-%m-%d %H:%M")
        return HoldRunning(proposal=own.proposal_id, until=until)
    return HoldRepeated(days=rules.HELD_AGAIN_AFTER.days)
