"""Rules, changes and findings as a reader sees them: one language; numbers covered for who watches readers. Pure."""

from typing import Any

import msgspec

from birthreg.access.models import Scope
from birthreg.kernel.language import Language, Text
from birthreg.kernel.masking import mask_number, mask_numbers
from birthreg.screening.change_models import BackTest, RuleChange, RuleWeight, Sample
from birthreg.screening.finding_models import FindingRow
from birthreg.screening.models import Parameter, Rule
from birthreg.screening.parameter_rules import bounds_of
from birthreg.screening.shown_models import (
    BackTestCounts,
    BackTestShown,
    FindingCounts,
    FindingShown,
    ParameterShown,
    Performance,
    RuleChangeListed,
    RuleChangeShown,
    RuleListed,
    SampleShown,
)


class Reader(msgspec.Struct, frozen=True):
    """Who reads: in which language, whether certificate numbers in clear, and of which registrations."""

    language: Language
    clear: bool
    scope: Scope

    def number(self, number: str | None) -> str | None:
        """Return a certificate number as this reader sees it."""
        return number if self.clear or number is None else mask_number(number)

    def text(self, text: str) -> str:
        """Return a text as this reader sees it."""
        return text if self.clear else mask_numbers(text)

    def data(self, data: Any) -> Any:
        """Return evidence as this reader sees it."""
        if self.clear:
            return data
        if isinstance(data, dict):
            return {key: self.data(value) for key, value in data.items()}
        if isinstance(data, list):
            return [self.data(value) for value in data]
        return mask_numbers(data) if isinstance(data, str) else data


def show_rule(rule: Rule, weight: RuleWeight, *, looked_at: int, language: Language) -> RuleListed:
    """Return a rule as it is listed."""
    return RuleListed(
        code=rule.code,
        title=rule.title.speak(language),
        explanation=rule.explanation.speak(language),
        source=rule.source,
        mode=weight.mode,
        severity=weight.severity,
        version=weight.version,
        changed_at=weight.changed_at,
        parameters=[_show_parameter(parameter, weight.parameters, language) for parameter in rule.parameters],
        findings=FindingCounts(live=weight.live, shadow=weight.shadow, suppressed=weight.suppressed),
        performance=judge_performance(weight, looked_at=looked_at),
    )


def _show_parameter(parameter: Parameter, values: dict[str, Any], language: Language) -> ParameterShown:
    bounds = bounds_of(parameter)
    return ParameterShown(
        name=parameter.name,
        kind=parameter.kind,
        meaning=parameter.meaning.speak(language),
        default=parameter.default,
        value=values.get(parameter.name, parameter.default),
        least=bounds[0] if bounds else None,
        most=bounds[1] if bounds else None,
    )


def judge_performance(weight: RuleWeight, *, looked_at: int) -> Performance:
    """Return what a rule is worth, from concluded cases."""
    concluded = weight.confirmed + weight.unfounded
    return Performance(
        confirmed=weight.confirmed,
        unfounded=weight.unfounded,
        precision=weight.confirmed / concluded if concluded else None,
        looked_at=looked_at,
        per_ten_thousand=weight.confirmed * 10_000 / looked_at if looked_at and concluded else None,
        cost=weight.cost,
    )


def list_change(change: RuleChange) -> RuleChangeListed:
    """Return a change of a rule as it is listed, without its samples."""
    counts = BackTestCounts(**{name: getattr(change.back_test, name) for name in BackTestCounts.__struct_fields__})
    return RuleChangeListed(**_plain(change), back_test=counts)


def show_change(change: RuleChange, reader: Reader) -> RuleChangeShown:
    """Return a change of a rule with its back-test, as far as the samples lie inside the reader's scope."""
    return RuleChangeShown(**_plain(change), back_test=_show_back_test(change.back_test, reader))


def _plain(change: RuleChange) -> dict[str, Any]:
    names = set(RuleChangeListed.__struct_fields__) - {"back_test", "organization"}
    return {name: getattr(change, name) for name in names} | {"organization": change.proposed_by_organization}


def _show_back_test(test: BackTest, reader: Reader) -> BackTestShown:
    return BackTestShown(
        **{name: getattr(test, name) for name in BackTestCounts.__struct_fields__},
        gone_samples=[_show_sample(sample, reader) for sample in test.gone_samples if _is_inside(sample, reader)],
        new_samples=[_show_sample(sample, reader) for sample in test.new_samples if _is_inside(sample, reader)],
    )


def _is_inside(sample: Sample, reader: Reader) -> bool:
    return reader.scope.holds(sample.organization) or reader.scope.holds(sample.household_organization)


def _show_sample(sample: Sample, reader: Reader) -> SampleShown:
    return SampleShown(
        registration_id=sample.registration_id,
        certificate_number=reader.number(sample.certificate_number),
        organization=sample.organization,
        household_organization=sample.household_organization,
        sentence=reader.text(sample.sentence.speak(reader.language)),
    )


_AS_KEPT = tuple(
    name
    for name in FindingShown.__struct_fields__
    if name not in ("title", "certificate_number", "sentence", "evidence", "suppressed_reason")
)


def show_finding(finding: FindingRow, reader: Reader, *, title: Text) -> FindingShown:
    """Return a finding as a reader sees it."""
    sentence = Text(finding.sentence_zh, finding.sentence_en).speak(reader.language)
    reason = finding.suppressed_reason
    return FindingShown(
        **{name: getattr(finding, name) for name in _AS_KEPT},
        title=title.speak(reader.language),
        certificate_number=reader.number(finding.certificate_number),
        sentence=reader.text(sentence),
        evidence=reader.data(finding.evidence),
        suppressed_reason=None if reason is None else reader.text(reason),
    )
