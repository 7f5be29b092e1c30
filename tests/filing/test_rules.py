"""When a filing is tried again, and which make sense."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import make
from tests.filing.conftest import a_filing

from birthreg.filing.delivery_models import Claims
from birthreg.filing.models import Kind
from birthreg.filing.rules import LONGEST_BACK_OFF, LONGEST_PAUSE, back_off, find_flaw, find_trespass
from birthreg.kernel.identifiers import first_id_at, new_id


@given(attempts=st.integers(0, 10**9), draw=st.floats(0, 1, exclude_max=True))
def test_a_wait_is_never_negative_and_never_longer_than_a_few_minutes(attempts: int, draw: float) -> None:
    assert timedelta() <= back_off(attempts, draw=draw) <= LONGEST_BACK_OFF
    assert back_off(attempts, draw=draw, longest=LONGEST_PAUSE) <= LONGEST_PAUSE


def test_waits_double_and_their_jitter_is_full() -> None:
    longest = [back_off(attempts, draw=0.999999) for attempts in range(1, 20)]
    assert [round(wait.total_seconds()) for wait in longest] == [2, 4, 8, 16, 32, 64, 128] + [180] * 12
    assert back_off(9, draw=0.0) == timedelta()


@pytest.mark.parametrize(
    ("kind", "changes", "flaw"),
    [
        (Kind.REGISTRATION, {}, None),
        (Kind.RESERVATION, {}, None),
        (Kind.RELEASE, {}, None),
        (Kind.REVOCATION, {}, None),
        (Kind.CORRECTION, {"previous_number": "X420100009"}, None),
        (Kind.CORRECTION, {}, "previous_number_wrong"),
        (Kind.CORRECTION, {"previous_number": "X420100001"}, "previous_number_wrong"),
        (Kind.REGISTRATION, {"previous_number": "X420100009"}, "previous_number_wrong"),
        (Kind.REGISTRATION, {"used_at": None}, "used_at_wrong"),
        (Kind.RELEASE, {"used_at": make.NOON}, "used_at_wrong"),
        (Kind.REGISTRATION, {"used_at": datetime(1, 1, 1, tzinfo=UTC)}, "moment_out_of_bounds"),
        (Kind.RELEASE, {"occurred_at": datetime(9999, 12, 31, tzinfo=UTC)}, "moment_out_of_bounds"),
    ],
)
def test_a_filing_that_makes_no_sense_is_named(kind: Kind, changes: dict[str, Any], flaw: str | None) -> None:
    assert find_flaw(a_filing(kind=kind, **changes)) == flaw


@pytest.mark.parametrize(
    ("changes", "trespass"),
    [
        ({}, None),
        ({"organization": make.WUHAN}, None),
        ({"iss": make.HUBEI}, "issuer_wrong"),
        ({"organization": make.FANCHENG}, "organization_outside_jurisdiction"),
        ({"organization": make.HUBEI}, "organization_outside_jurisdiction"),
        ({"id": uuid4()}, "id_wrong"),
        ({"id": first_id_at(datetime.now(UTC) + timedelta(days=2))}, "id_wrong"),
    ],
)
def test_a_filing_that_is_not_the_subordinates_is_named(changes: dict[str, Any], trespass: str | None) -> None:
    said = msgspec.structs.asdict(a_filing()) | {"id": new_id(), "sequence": 1, "iss": make.WUHAN}
    claims = Claims(**(said | changes))
    to_come: UUID = first_id_at(datetime.now(UTC) + timedelta(days=1))
    assert find_trespass(claims, subordinate=make.WUHAN, first_id_to_come=to_come) == trespass
