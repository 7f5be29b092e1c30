"""Rules as files, `sql/rules/<code>.sql`: a header that an official understands, and one statement.

The header's lines are comments, `-- key: value`; a value goes on in lines that are indented by three blanks:

    -- code: collective_household
    -- title: 落户在派出所(社区)集体户
    -- title_en: Registered in a collective household of a police station or community
    -- severity: high            (low, medium, high)
    -- mode: live                (what it is where nobody has set it: off, shadow, live)
    -- source: the paragraph or the public case that it comes from
    -- finds: what is searched for and why, in words
    -- finds_en: …
    -- parameter: kinds text[] = police_station, community | 哪些集体户 | which collective households
    -- says: 落户在{collective_kind}集体户
    -- says_en: registered in the collective household of {collective_kind}

The statement selects `registration_id, evidence` from `candidates`, the registrations that are looked at: one that is
being entered, or many. `evidence` is a JSON object; `says` names its fields.
"""

import re
import string
from functools import cache

from cryptography.hazmat.primitives import hashes

from birthreg.kernel.language import Text
from birthreg.kernel.sql import sql_folder
from birthreg.screening.models import Mode, Parameter, Rule, Severity, Value

_HEADER = re.compile(r"^-- (\w+): (.*)$")
_MORE = re.compile(r"^--    (.*)$")
_PARAMETER = re.compile(r"^([a-z_]\w*) (int|numeric|boolean|date|text|text\[\]) = ([^|]*)\|([^|]*)\|([^|]*)$")
_BOUND = re.compile(r"'(?:[^']|'')*'|--[^\n]*|::\w+|(?<![\w:]):([a-z_]\w*)")
_NEEDED = ("code", "title", "title_en", "severity", "mode", "source", "finds", "finds_en", "says", "says_en")


class RuleWrong(ValueError):
    """A rule's file doesn't say what it has to; the service doesn't start with it."""


@cache
def load_rules() -> dict[str, Rule]:
    """Read and check every rule, in the order of their codes.

    Raises:
        RuleWrong: a file is not understood.
    """
    rules = [parse_rule(path.read_text(encoding="utf-8")) for path in sorted((sql_folder() / "rules").glob("*.sql"))]
    for path, rule in zip(sorted((sql_folder() / "rules").glob("*.sql")), rules, strict=True):
        if path.stem != rule.code:
            raise RuleWrong(f"{path.name} holds the rule {rule.code}")
    return {rule.code: rule for rule in rules}


def parse_rule(text: str) -> Rule:
    """Read a rule from its file's text.

    Raises:
        RuleWrong: a line is missing, unknown or not understood, or statement and header don't agree.
    """
    said, parameters, body = _split(text)
    missing = [key for key in _NEEDED if not said.get(key)]
    if missing:
        raise RuleWrong(f"rule {said.get('code', '?')} does not say its {', '.join(missing)}")
    rule = Rule(
        code=said["code"],
        title=Text(said["title"], said["title_en"]),
        severity=Severity(said["severity"]),
        mode=Mode(said["mode"]),
        source=said["source"],
        explanation=Text(said["finds"], said["finds_en"]),
        says=Text(said["says"], said["says_en"]),
        parameters=parameters,
        body=body,
        text=text,
        digest=_digest(text),
    )
    _check(rule)
    return rule


def _split(text: str) -> tuple[dict[str, str], tuple[Parameter, ...], str]:
    said: dict[str, str] = {}
    parameters: list[str] = []
    lines = text.splitlines()
    last = None
    while lines and lines[0].startswith("--"):
        line = lines.pop(0)
        more, header = _MORE.match(line), _HEADER.match(line)
        if more and last == "parameter":
            parameters[-1] += " " + more.group(1)
        elif more and last:
            said[last] += " " + more.group(1)
        elif header is None:
            raise RuleWrong(f"not understood: {line}")
        else:
            last = header.group(1)
            _note(last, header.group(2).strip(), said, parameters)
    return said, tuple(parse_parameter(line) for line in parameters), "\n".join(lines).strip().rstrip(";")


def _note(key: str, value: str, said: dict[str, str], parameters: list[str]) -> None:
    if key == "parameter":
        parameters.append(value)
    elif key not in _NEEDED or key in said:
        raise RuleWrong(f"unknown or said twice: {key}")
    else:
        said[key] = value


def parse_parameter(line: str) -> Parameter:
    """Read `name type = default | Chinese | English`."""
    match = _PARAMETER.match(line)
    if match is None:
        raise RuleWrong(f"not understood as a parameter: {line}")
    name, kind, default, zh, en = (part.strip() for part in match.groups())
    return Parameter(name=name, kind=kind, default=read_value(kind, default), meaning=Text(zh, en))


def read_value(kind: str, written: str) -> Value:
    """Read a parameter's value as it is written in a header."""
    match kind:
        case "int":
            return int(written)
        case "numeric":
            return float(written)
        case "boolean":
            return written == "true"
        case "text[]":
            return [part.strip() for part in written.split(",") if part.strip()]
        case _:
            return written


def _check(rule: Rule) -> None:
    """Hold header and statement together: parameters declared are those used, and it is one statement that reads."""
    bound = {match.group(1) for match in _BOUND.finditer(rule.body)} - {None, "now"}
    declared = {parameter.name for parameter in rule.parameters}
    if bound != declared:
        raise RuleWrong(f"rule {rule.code} declares {sorted(declared)} and uses {sorted(str(name) for name in bound)}")
    if ";" in rule.body or not rule.body.lstrip().upper().startswith(("SELECT", "WITH")):
        raise RuleWrong(f"rule {rule.code} is not one statement that selects")
    if fields_of(rule.says.zh) != fields_of(rule.says.en):
        raise RuleWrong(f"rule {rule.code} says different things in Chinese and English")


def fields_of(template: str) -> set[str]:
    """Return the fields of evidence that a sentence names."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def _digest(text: str) -> bytes:
    digest = hashes.Hash(hashes.SM3())
    digest.update(text.encode())
    return digest.finalize()
