"""The nouns of certificates."""

from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Annotated, NewType

import msgspec

CertificateNumber = NewType("CertificateNumber", str)
"""One letter and nine digits, normalised."""


class FlawCode(StrEnum):
    """What keeps a text from being a certificate number."""

    LENGTH = "number_length"
    LETTER = "number_letter"
    DIGIT = "number_digit"


class Flaw(msgspec.Struct, frozen=True):
    """One thing wrong with a number; `position` counts from 1, `found` is a character or, for the length, a count."""

    code: FlawCode
    position: int
    found: str


class Edition(msgspec.Struct, frozen=True):
    """An edition of the paper and the days on which it could be issued; None means until now."""

    edition: int
    first_day: date
    last_day: date | None

    def could_be_of(self, year: int) -> bool:
        """Tell whether it could be issued in a year."""
        return self.first_day <= date(year, 12, 31) and (self.last_day or date.max) >= date(year, 1, 1)


class Letter(msgspec.Struct, frozen=True):
    """The year of printing that a first letter stands for."""

    letter: str
    year: int


class Province(msgspec.Struct, frozen=True):
    """A province by its two digits (GB/T 2260), and from which printing year its issuance data is complete."""

    code: str
    name: str
    complete_from: int | None


class Grammar(msgspec.Struct, frozen=True, dict=True):
    """The tables behind a number's soft rules, as administrators keep them."""

    years: dict[str, int]
    editions: tuple[Edition, ...]
    provinces: dict[str, Province]

    @cached_property
    def newest_editions(self) -> dict[int, Edition]:
        """The newest edition that could be issued in each year of a letter."""
        newest = {}
        for year in self.years.values():
            current = [edition for edition in self.editions if edition.could_be_of(year)]
            if current:
                newest[year] = max(current, key=lambda edition: edition.edition)
        return newest


class Issuance(msgspec.Struct, frozen=True, kw_only=True):
    """What the health authority says of one number; times as local wall time with zone, weights in grams."""

    certificate_number: str
    issue_kind: int
    issued_on: date
    child_name: str
    child_sex: int
    born_at: datetime
    gestation_days: int | None
    weight_grams: int | None
    length_centimeters: int | None
    birth_place: str | None
    birth_division: str | None
    mother_name: str | None
    father_name: str | None
    issuer_name: str
    issuer_division: str
    issuer_code: str | None
    original_number: str | None
    delivered_at: datetime
    delivered_by: str


Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Division = Annotated[str, msgspec.Meta(pattern=r"^\d{6}$")]


class IssuanceDelivery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One certificate as a health authority delivers it."""

    certificate_number: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    issue_kind: Annotated[int, msgspec.Meta(ge=1, le=6)]
    issued_on: date
    child_name: Name
    child_sex: Annotated[int, msgspec.Meta(ge=0, le=9)]
    born_at: datetime
    gestation_days: Annotated[int, msgspec.Meta(ge=0, le=400)] | None = None
    weight_grams: Annotated[int, msgspec.Meta(ge=0, le=20_000)] | None = None
    length_centimeters: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None
    birth_place: Name | None = None
    birth_division: Division | None = None
    mother_name: Name | None = None
    father_name: Name | None = None
    issuer_name: Name
    issuer_division: Division
    issuer_code: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    original_number: Annotated[str, msgspec.Meta(min_length=1, max_length=40)] | None = None


class Stored(msgspec.Struct, frozen=True):
    """A number whose issuance is new in the books."""

    certificate_number: str


class DeliveryOutcome(StrEnum):
    """What became of one delivered certificate."""

    STORED = "stored"
    UNCHANGED = "unchanged"
    CONFLICTING = "conflicting"


class Delivered(msgspec.Struct, frozen=True):
    """One delivered certificate's number and what became of it."""

    certificate_number: str
    outcome: DeliveryOutcome
