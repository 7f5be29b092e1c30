"""Texts that an officer writes and another reads: each says something."""

from typing import Annotated

import msgspec

VISIBLE = r"[^\s\x00-\x1f\x7f\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]"
"""At least one character that can be seen."""

ShortText = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=VISIBLE)]
LongText = Annotated[str, msgspec.Meta(min_length=1, max_length=1000, pattern=VISIBLE)]
Paragraphs = Annotated[str, msgspec.Meta(min_length=1, max_length=4000, pattern=VISIBLE)]
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=VISIBLE)]
