"""Why a change of a list is refused; every refused attempt stays on the trail."""

from birthreg.kernel.errors import Conflict, Forbidden
from birthreg.kernel.language import Text


class ListRowUnchanged(Conflict):
    """名单中的内容已与所提变更相同。

    The list says already what the change would make it say.
    """

    leaves_a_trace = True


class ListRowEnded(Conflict):
    """该记录已经终止。

    It has ended already.
    """

    leaves_a_trace = True


class ListChangeWaits(Conflict):
    """同一记录已有待审批的变更。

    Another change of the same row waits already.
    """

    remedy = Text(
        "请先审批或撤回该变更(GET …/changes?status=proposed)。",
        "Decide or withdraw that one first (GET …/changes?status=proposed).",
    )
    leaves_a_trace = True


class ListRowChanged(Conflict):
    """提出变更之后,该记录已被改动。

    The row has changed since the change was proposed.
    """

    remedy = Text(
        "请将此变更审批为不同意,核对现行内容后重新提出。", "Refuse it, look at the row as it stands, and propose anew."
    )
    leaves_a_trace = True


class ListChangeDecided(Conflict):
    """该变更已有结果({status})。

    The change is decided already ({status}).
    """

    leaves_a_trace = True


class AnotherAdministratorDecides(Forbidden):
    """提出人不能审批自己的变更,须由另一名省级管理员审批。

    Who proposed can't decide; another province administrator has to.
    """

    remedy = Text("请由另一名省级管理员审批;如需取消,请撤回。", "Let another decide; to take it back, withdraw it.")
    leaves_a_trace = True


class OnlyProposerWithdraws(Forbidden):
    """只有提出人可以撤回变更。

    Only who proposed a change can withdraw it.
    """

    remedy = Text("如不同意,请审批为不同意并写明理由。", "If you disagree, refuse it and say why.")
    leaves_a_trace = True
