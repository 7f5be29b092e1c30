"""Why an act on many cases isn't taken back."""

from birthreg.kernel.errors import Conflict
from birthreg.kernel.language import Text


class BulkUndone(Conflict):
    """该批量操作已经撤销。

    This bulk act was taken back already.
    """

    leaves_a_trace = True


class BulkTooOld(Conflict):
    """批量操作只能在 {minutes} 分钟内撤销。

    A bulk act can be taken back for {minutes} minutes.
    """

    remedy = Text("请逐案办理。", "Put the cases right one by one.")
    leaves_a_trace = True


class CaseMovedOn(Conflict):
    """案件此后已有变化,未作更改。

    The case has changed since; it was left as it is.
    """

    remedy = Text("请查看时间线后逐案办理。", "Look at its timeline, and put it right by itself.")
    leaves_a_trace = True


class NoteStays(Conflict):
    """记录一经写入不能撤销。

    What was noted stays on the timeline.
    """

    remedy = Text("如有错误,请补充一条更正记录。", "Where it is wrong, add a note that says so.")
    leaves_a_trace = True
