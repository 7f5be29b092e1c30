"""Why cases can't be linked, merged or split; every refused attempt stays on the trail."""

from birthreg.kernel.errors import Conflict, NotFound
from birthreg.kernel.language import Text


class CasesLinked(Conflict):
    """两案已经关联。

    The two cases are linked already.
    """

    leaves_a_trace = True


class CasesNotLinked(NotFound):
    """两案并未关联。

    The two cases aren't linked.
    """

    remedy = Text("关联清单见 GET …/links。", "See GET …/links for those that are.")
    leaves_a_trace = True


class CaseOutside(Conflict):
    """所涉的另一案件不在您的管辖范围内。

    The other case that this concerns lies outside your jurisdiction.
    """

    remedy = Text("请由共同上级的侦查部门办理。", "The investigators of the common level above have to do this.")
    leaves_a_trace = True


class SplitSameSubject(Conflict):
    """所选线索与本案涉及同一儿童或编号,同一儿童或编号只能有一个未结案件,不能分案。

    These leads are about the same child or number as the case; there is one open case for each, so they stay in it.
    """

    remedy = Text("请只选择涉及其他儿童或编号的线索。", "Choose leads that are about another child or another number.")
    leaves_a_trace = True


class SplitSubjectsDiffer(Conflict):
    """所选线索涉及多名儿童或多个编号,须逐一分案。

    These leads are about several children or numbers; split them off one after another.
    """

    remedy = Text("请按儿童或编号分次提交。", "Send those of one child or number at a time.")
    leaves_a_trace = True


class SplitLeavesNothing(Conflict):
    """至少须有一条线索留在本案。

    At least one lead has to stay in the case.
    """

    remedy = Text("需要合并时请使用并案。", "To bring whole cases together, merge them.")
    leaves_a_trace = True
