"""Numbers with their end hidden, for who watches the work and may see no personal data in clear."""

import re

_SHOWN = 5
_NUMBER = re.compile(r"(?<![0-9A-Za-z])[A-Za-z]\d{9}(?![0-9A-Za-z])")


def mask_number(typed: str) -> str:
    """Hide all but letter, province and prefecture of a number, or of what was typed for one: `X4201*****`."""
    return typed[:_SHOWN] + "*" * (len(typed) - _SHOWN)


def mask_numbers(text: str) -> str:
    """Hide the end of every certificate number in a text."""
    return _NUMBER.sub(lambda found: mask_number(found.group()), text)
