"""The handbook's chapter on cases: what is written, and after it every row of the state machine."""

from functools import cache

from birthreg.cases.diagram import draw, group_ways
from birthreg.cases.labels import ACT_NAMES, STATUS_NAMES
from birthreg.cases.models import Guard, Status, Way, Who
from birthreg.cases.rules import WAYS
from birthreg.kernel.help_page import read_chapter
from birthreg.kernel.language import Text

WHO_NAMES = {
    Who.INVESTIGATOR: Text("侦查员", "any investigator"),
    Who.HOLDER: Text("办理人或审核侦查员", "who works on it, or a lead"),
    Who.OWN_HOLDER: Text("办理人本人", "who works on it, alone"),
    Who.LEAD: Text("审核侦查员", "a lead investigator"),
    Who.SYSTEM: Text("系统", "the system"),
}
GUARD_NAMES = {
    Guard.OTHER_PERSON: Text("不是提出结论的人", "not who proposed"),
    Guard.STEPS_DONE: Text("必做步骤均已完成", "every required step is ticked"),
}

_HEAD = "| 操作 act | 从 from | 到 to | 何人 who | 条件 if |\n|---|---|---|---|---|"


@cache
def write_chapter() -> str:
    """Return the chapter; its table is made of the rows that acts are judged by."""
    rows = (_row(way, states) for way, states in group_ways(WAYS).items())
    return "\n".join((read_chapter("cases"), _HEAD, *rows)) + "\n"


@cache
def draw_states() -> str:
    """Return the picture of the state machine."""
    return draw(WAYS)


def _row(way: Way, states: list[Status]) -> str:
    after = "不变 unchanged" if way.before is way.after else _name(STATUS_NAMES[way.after])
    begins = "、".join(_name(STATUS_NAMES[state]) for state in states)
    guard = _name(GUARD_NAMES[way.guard]) if way.guard else "—"
    return f"| {_name(ACT_NAMES[way.act])} | {begins} | {after} | {_name(WHO_NAMES[way.who])} | {guard} |"


def _name(text: Text) -> str:
    return f"{text.zh} {text.en}"
