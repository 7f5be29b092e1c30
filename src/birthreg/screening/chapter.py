"""The handbook's chapter on screening: what is written, and after it every rule as its file has it."""

from functools import cache

from birthreg.kernel.help_page import read_chapter
from birthreg.screening.models import Parameter, Rule
from birthreg.screening.rule_files import load_rules

_SEVERITIES = {"high": "高 · high", "medium": "中 · medium", "low": "低 · low"}
_MODES = {"off": "停用 · off", "shadow": "试运行 · shadow", "live": "启用 · live"}


@cache
def write_chapter() -> str:
    """Return the chapter; its list of rules is made of the files, so that it says what is run."""
    return "\n\n".join((read_chapter("screening").strip(), *(_write(rule) for rule in load_rules().values()))) + "\n"


def _write(rule: Rule) -> str:
    lines = [
        f"### {rule.title.zh} · {rule.title.en}",
        rule.explanation.zh,
        rule.explanation.en,
        f"* 代码 code: `{rule.code}`\n"
        f"* 程度 severity: {_SEVERITIES[rule.severity]};默认模式 mode unless set: {_MODES[rule.mode]}\n"
        f"* 依据 source: {rule.source}\n"
        f"* 说法 says: {rule.says.zh} · {rule.says.en}",
    ]
    if rule.parameters:
        lines.append("\n".join((_HEAD, *(_row(parameter) for parameter in rule.parameters))))
    return "\n\n".join(lines)


_HEAD = "| 参数 parameter | 含义 meaning | 默认值 default |\n|---|---|---|"


def _row(parameter: Parameter) -> str:
    default = parameter.default
    told = "、".join(default) if isinstance(default, list) else str(default)
    return f"| `{parameter.name}` | {parameter.meaning.zh} · {parameter.meaning.en} | {told.replace('|', '/') or '—'} |"
