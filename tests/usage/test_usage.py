"""A number's one use: who is told what."""

from uuid import UUID

import asyncpg
import pytest
from tests import make

from birthreg.access.models import Act, Role, Scope
from birthreg.access.rules import reach_of
from birthreg.certificates.models import CertificateNumber
from birthreg.kernel.database import Transaction
from birthreg.usage.service import find_usage

NUMBER = CertificateNumber("X420100002")


def scope_of(organization: str) -> Scope:
    scope = reach_of(make.signed_in(Role.PREFECTURE_ADMIN, organization), Act.READ_CERTIFICATE)
    assert scope is not None
    return scope


async def test_inside_the_scope_a_use_is_told_whole(tx: Transaction) -> None:
    await make.organization(tx, make.WUCHANG)
    await make.usage(tx, NUMBER, organization=make.WUCHANG, registration_id=UUID(int=1))
    usage = await find_usage(tx, scope=scope_of(make.WUHAN), number=NUMBER)
    assert usage is not None
    assert (usage.registration_reference, usage.registration_id) == ("R-1", UUID(int=1))
    assert usage.organization_name == make.NAMES[make.WUCHANG]


async def test_outside_the_scope_only_when_and_where_are_told(tx: Transaction) -> None:
    await make.usage(tx, NUMBER, organization=make.FANCHENG, registration_id=UUID(int=1))
    usage = await find_usage(tx, scope=scope_of(make.WUHAN), number=NUMBER)
    assert usage is not None
    assert (usage.used_at, usage.organization) == (make.NOON, make.FANCHENG)
    assert (usage.registration_reference, usage.registration_id) == (None, None)


async def test_an_unused_number_has_no_use(tx: Transaction) -> None:
    assert await find_usage(tx, scope=scope_of(make.WUHAN), number=NUMBER) is None


async def test_a_number_is_used_once_in_the_books(tx: Transaction) -> None:
    await make.usage(tx, NUMBER)
    with pytest.raises(asyncpg.UniqueViolationError):
        await make.usage(tx, NUMBER, organization="350100510000")


@pytest.mark.parametrize("number", ["x420100002", "X42010000", "X4201000022", "", "4201000022"])
async def test_only_a_number_can_be_used(tx: Transaction, number: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await make.usage(tx, number)
