"""Look-back hits and rejected filings open cases in the transaction that finds them, on both sides."""

from pathlib import Path

from tests import make
from tests.cases.shown import cases, leads
from tests.filing.conftest import Lower, Upper, a_filing
from tests.filing.conftest import clock as clock  # noqa: PLC0414 - a fixture
from tests.filing.conftest import lower as lower  # noqa: PLC0414
from tests.filing.conftest import upper as upper  # noqa: PLC0414
from tests.screening.facts import enter_fact

from birthreg.blacklist.jobs import look_back
from birthreg.kernel.database import Database


async def test_a_number_used_before_it_was_listed_opens_a_case(database: Database) -> None:
    async with database.transaction() as tx:
        await make.organization(tx, make.FANCHENG)
        await make.usage(tx, "X420100042")
        await make.usage(tx, "X420100047", organization=make.WUCHANG)
        await make.listing(tx, "X420100040", "X420100049", reason="forged")
    while await look_back(database):
        pass
    async with database.transaction() as tx:
        found, said = await cases(tx), await leads(tx)
    assert sorted(case["subject"] for case in found) == ["number:X420100042", "number:X420100047"]
    assert {(lead["kind"], lead["rule"], lead["severity"]) for lead in said} == {("look_back", "look_back", "high")}
    assert (
        "樊城分局王寨派出所于 2024-06-01 登记使用编号 X420100042,该编号后被列入失效名单(伪造,文号 武公通〔2024〕1号)。"
        in {lead["sentence_zh"] for lead in said}
    )


async def test_a_registration_that_was_looked_back_on_is_about_its_child(database: Database) -> None:
    async with database.transaction() as tx:
        child = await enter_fact(tx, certificate_number="X420100042")
        await make.usage(tx, "X420100042", registration_id=child)
        await make.listing(tx, "X420100042")
    while await look_back(database):
        pass
    async with database.transaction() as tx:
        assert await tx.connection.fetchval("SELECT registration_id FROM cases WHERE subject LIKE 'child:%'") == child


async def test_a_filing_rejected_above_opens_a_case_on_both_sides(lower: Lower, upper: Upper, tmp_path: Path) -> None:
    del tmp_path
    await upper.know(lower)
    async with upper.database.transaction() as tx:
        await make.organization(tx, make.WUCHANG)
        await make.organization(tx, make.FANCHENG)
        await make.usage(tx, "X420100001")
    await lower.owe(a_filing("X420100001"), a_filing("X420100002"))
    await lower.deliver(upper.transport)
    async with lower.database.transaction() as tx:
        [below], [rejected] = await cases(tx), await leads(tx)
    async with upper.database.transaction() as tx:
        [above], [received] = await cases(tx), await leads(tx)
    assert below["subject"].startswith("registration:")
    assert above["subject"] == "number:X420100001"
    assert (above["organization"], above["household_organization"]) == (make.WUCHANG, make.FANCHENG)
    assert (rejected["kind"], received["kind"]) == ("filing_rejected", "filing_rejected")
    assert received["sentence_zh"] == (
        "武昌分局水果湖派出所报送的编号 X420100001 备案被退回:该编号已由樊城分局王寨派出所使用。"
    )
    assert rejected["sentence_en"] == (
        f"The filing of X420100001 by {make.WUCHANG} was rejected: the number is used by {make.FANCHENG}."
    )


async def test_a_rejected_filing_on_a_number_whose_child_stands_here_is_about_that_child(
    lower: Lower, upper: Upper
) -> None:
    await upper.know(lower)
    async with upper.database.transaction() as tx:
        child = await enter_fact(tx, certificate_number="X420100001")
        await make.usage(tx, "X420100001", registration_id=child)
    await lower.owe(a_filing("X420100001"))
    await lower.deliver(upper.transport)
    assert await upper.ask("SELECT registration_id FROM cases WHERE subject LIKE 'child:%'") == child
