"""Why a change of a rule, or a suppression, is refused; every refused attempt stays on the trail."""

from birthreg.kernel.errors import Conflict, Forbidden
from birthreg.kernel.language import Text


class RuleChangeOpen(Conflict):
    """该规则已有一项待审批的变更({change})。

    A change of this rule is open already ({change}).
    """

    remedy = Text("请先审批或撤回该变更。", "Decide or withdraw that one first.")
    leaves_a_trace = True


class RuleChangeDecided(Conflict):
    """该变更已有结果({status})。

    The change is decided already ({status}).
    """

    leaves_a_trace = True


class RuleChangeStale(Conflict):
    """规则在提议后已变化(提议依据第 {proposed} 版,现为第 {present} 版),回测结果不再适用。

    The rule has changed since this was proposed (then version {proposed}, now {present}); its back-test holds no more.
    """

    remedy = Text("请将此变更审批为不同意,再重新提议。", "Refuse it, and let it be proposed anew.")
    leaves_a_trace = True


class RuleChangeOwn(Forbidden):
    """提议人不能审批自己的规则变更,须由另一名省级管理员审批。

    Who proposed a change of a rule can't decide on it; another province administrator has to.
    """

    remedy = Text("请由另一名省级管理员审批;如需取消,请撤回。", "Ask a colleague; to take it back, withdraw it.")
    leaves_a_trace = True


class RuleChangeNotOwn(Forbidden):
    """只有提议人可以撤回规则变更。

    Only who proposed a change of a rule can withdraw it.
    """

    remedy = Text("如不同意,请审批为不同意并写明理由。", "If you disagree, refuse it and say why.")
    leaves_a_trace = True


class BackTestRunning(Conflict):
    """另一项规则回测正在进行,本次未提议。

    Another rule is being tried out at this moment; nothing was proposed.
    """

    remedy = Text("请在半分钟后重试。", "Try again in half a minute.")
    retryable = True


class RegistrarMayNotSuppress(Forbidden):
    """办理该登记的人员不能搁置对它的发现。

    Who entered the registration can't suppress what was found of it.
    """

    remedy = Text("请由其他侦查员处理。", "Let another investigator do it.")
    leaves_a_trace = True


class FindingConcluded(Conflict):
    """该发现已有结论({outcome}),无需搁置。

    The finding is concluded ({outcome}); there is nothing to suppress.
    """

    leaves_a_trace = True


class FindingNotSuppressed(Conflict):
    """该发现没有被搁置。

    The finding is not suppressed.
    """

    leaves_a_trace = True
