"""Evidence as a sentence that a person understands: codes become words, places their names, lists are read out."""

from collections.abc import Iterator, Mapping
from typing import Any

from birthreg.kernel.language import Text
from birthreg.screening.labels import LABELS, PLACES


def places_in(evidence: Mapping[str, Any]) -> Iterator[str]:
    """Give the codes of places that a sentence names."""
    for key, value in evidence.items():
        if key in PLACES and isinstance(value, str):
            yield value


def say(template: Text, evidence: Mapping[str, Any], names: Mapping[str, str]) -> Text:
    """Fill a rule's sentence with its evidence."""
    return template.fill(**{key: _word(key, value, names) for key, value in evidence.items()})


def _word(key: str, value: Any, names: Mapping[str, str]) -> object:
    if key in PLACES and isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        words = [_word(key, one, names) for one in value]
        return Text(
            "、".join(word.zh if isinstance(word, Text) else str(word) for word in words),
            ", ".join(word.en if isinstance(word, Text) else str(word) for word in words),
        )
    label = LABELS.get(key, {}).get(str(value))
    return label if label is not None else "" if value is None else value
