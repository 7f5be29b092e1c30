"""The receiving of filings: known signatures, own jurisdiction, each once and in its order."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from tests import make
from tests.filing.books import POISON
from tests.filing.conftest import Clock, Lower, Upper, a_filing, level_above

from birthreg.filing.models import Kind
from birthreg.filing.rules import LONGEST_BACK_OFF
from birthreg.filing.subordinates import end_subordinate
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.keys import Keyring
from birthreg.kernel.public_keys import Purpose, base64url
from birthreg.local.servers import Postgres


def claims(number: str = "X420100001", *, sequence: int = 1, **changes: Any) -> dict[str, Any]:
    """What an instance below signs."""
    said = msgspec.to_builtins(a_filing(number, Kind(changes.pop("kind", "registration"))))
    return said | {"id": str(new_id()), "sequence": sequence, "iss": make.WUHAN} | changes


async def only(answer: httpx.Response) -> tuple[str, str | None]:
    assert answer.status_code == 200, answer.text
    [one] = answer.json()["answers"]
    return one["outcome"], one["code"]


async def test_a_filing_is_taken_into_the_books_and_kept_as_it_was_signed(lower: Lower, upper: Upper) -> None:
    await upper.know(lower)
    filing = lower.sign(**claims())
    assert await only(await upper.post(filing)) == ("accepted", None)
    assert await upper.ask("SELECT organization FROM usages WHERE certificate_number = 'X420100001'") == make.WUCHANG
    assert await upper.ask("SELECT jws FROM received_filings WHERE subordinate = $1", make.WUHAN) == filing
    assert await upper.ask("SELECT organization FROM audit_entries WHERE act = 'receive_filings'") == make.WUHAN


async def test_a_filing_that_comes_again_gets_the_answer_of_the_first_time(lower: Lower, upper: Upper) -> None:
    await upper.know(lower)
    accepted, rejected = lower.sign(**claims()), lower.sign(**claims())
    first = [await only(await upper.post(one)) for one in (accepted, rejected)]
    again = [await only(await upper.post(one)) for one in (accepted, rejected)]
    assert first == again == [("accepted", None), ("rejected", "certificate_used")]
    assert await upper.ask("SELECT count(*) FROM received_filings") == 2


async def test_a_filing_that_comes_twice_in_one_request_is_taken_once(lower: Lower, upper: Upper) -> None:
    await upper.know(lower)
    filing = lower.sign(**claims())
    answer = await upper.post(filing, filing)
    assert [one["outcome"] for one in answer.json()["answers"]] == ["accepted", "accepted"]
    assert await upper.ask("SELECT count(*) FROM received_filings") == 1


async def test_a_filing_that_comes_again_with_other_words_is_refused(lower: Lower, upper: Upper) -> None:
    await upper.know(lower)
    said = claims()
    await upper.post(lower.sign(**said))
    changed = lower.sign(**said | {"certificate_number": "X420100007"})
    assert await only(await upper.post(changed)) == ("refused", "filing_content_differs")


async def test_another_filing_with_the_same_place_in_its_registration_is_refused(lower: Lower, upper: Upper) -> None:
    await upper.know(lower)
    said = claims()
    await upper.post(lower.sign(**said))
    other = lower.sign(**said | {"id": str(new_id())})
    assert await only(await upper.post(other)) == ("refused", "filing_sequence_taken")


async def test_a_filing_before_its_turn_is_to_come_again_after_the_one_before(lower: Lower, upper: Upper) -> None:
    await upper.know(lower)
    registration = str(new_id())
    first = lower.sign(**claims(registration_id=registration))
    second = lower.sign(**claims(registration_id=registration, sequence=2, kind="revocation"))
    assert await only(await upper.post(second)) == ("out_of_order", "filing_out_of_order")
    assert await only(await upper.post(first)) == ("accepted", None)
    assert await only(await upper.post(second)) == ("accepted", None)
    assert await upper.ask("SELECT received FROM received_sequences") == 2


async def test_a_rejection_says_who_holds_the_number_and_keeps_which_registration(lower: Lower, upper: Upper) -> None:
    await upper.know(lower)
    holder = new_id()
    async with upper.database.transaction() as tx:
        await make.usage(tx, "X420100001", organization=make.FANCHENG, registration_id=holder)
    answer = (await upper.post(lower.sign(**claims()))).json()["answers"][0]
    assert (answer["outcome"], answer["code"], answer["holder"]) == ("rejected", "certificate_used", make.FANCHENG)
    assert "holder_registration" not in answer
    assert await upper.ask("SELECT holder_registration FROM received_filings") == holder
    assert await upper.ask("SELECT key FROM audit_entries WHERE error_code = 'certificate_used'") == answer["id"]


async def test_who_signs_with_an_unknown_key_is_turned_away_and_that_is_on_the_trail(
    lower: Lower, upper: Upper
) -> None:
    answer = await upper.post(lower.sign(**claims()))
    assert (answer.status_code, answer.json()["code"]) == (401, "subordinate_unknown")
    assert await upper.ask("SELECT count(*) FROM audit_entries WHERE error_code = 'subordinate_unknown'") == 1
    assert await upper.ask("SELECT count(*) FROM received_filings") == 0


async def test_who_signed_and_ended_is_turned_away(lower: Lower, upper: Upper) -> None:
    await upper.know(lower)
    async with upper.database.transaction() as tx:
        await end_subordinate(tx, named=make.WUHAN, reason="撤并", by="operator", terminal="terminal")
    assert (await upper.post(lower.sign(**claims()))).status_code == 401


async def test_an_unknown_key_among_known_ones_costs_the_others_nothing(
    lower: Lower, upper: Upper, tmp_path: Path
) -> None:
    await upper.know(lower)
    stranger = Keyring(tmp_path / "stranger").current(Purpose.FILING)
    foreign = stranger.jws(msgspec.json.encode(claims("X420100002")), type="birthreg-filing+jwt")
    answer = await upper.post(foreign, lower.sign(**claims()))
    assert [one["outcome"] for one in answer.json()["answers"]] == ["refused", "accepted"]


def forged(jws: str) -> str:
    """Put other words between a true header and a true signature."""
    header, _, signature = jws.split(".")
    return f"{header}.{base64url(msgspec.json.encode(claims('X420100009'))).decode()}.{signature}"


async def test_a_changed_filing_is_refused(lower: Lower, upper: Upper) -> None:
    await upper.know(lower)
    assert await only(await upper.post(forged(lower.sign(**claims())))) == ("refused", "signature_wrong")
    assert await upper.ask("SELECT count(*) FROM audit_entries WHERE error_code = 'signature_wrong'") == 1


async def test_a_key_of_another_purpose_or_type_of_token_files_nothing(lower: Lower, upper: Upper) -> None:
    await upper.know(lower)
    receipt = lower.keyring.current(Purpose.FILING).jws(msgspec.json.encode(claims()), type="birthreg-receipt+jwt")
    assert await only(await upper.post(receipt)) == ("refused", "signature_wrong")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": make.HUBEI}, "issuer_wrong"),
        ({"organization": make.FANCHENG}, "organization_outside_jurisdiction"),
        ({"organization": "42010651000"}, "message_unreadable"),
        ({"certificate_number": "X42010000"}, "message_unreadable"),
        ({"certificate_number": "X420100001\n"}, "message_unreadable"),
        ({"child_name": "张三"}, "message_unreadable"),
        ({"sequence": 0}, "message_unreadable"),
        ({"used_at": "2024-06-01T04:00:00"}, "message_unreadable"),
        ({"used_at": "0001-01-01T00:00:00+14:00"}, "moment_out_of_bounds"),
        ({"kind": "release", "used_at": "2024-06-01T04:00:00Z"}, "used_at_wrong"),
        ({"id": "0a1b2c3d-0000-4000-8000-000000000000"}, "id_wrong"),
        ({"id": "7a1b2c3d-0000-7000-8000-000000000000"}, "id_wrong"),
    ],
)
async def test_a_filing_that_is_wrong_or_not_the_subordinates_is_refused_by_name(
    lower: Lower, upper: Upper, changes: dict[str, Any], code: str
) -> None:
    await upper.know(lower)
    assert await only(await upper.post(lower.sign(**claims(**changes)))) == ("refused", code)
    assert await upper.ask("SELECT count(*) FROM received_filings") == 0


async def test_a_fault_in_one_filing_costs_the_others_nothing(lower: Lower, upper: Upper) -> None:
    await upper.know(lower)
    numbers = ["X420100001", POISON, "X420100002"]
    answer = await upper.post(*(lower.sign(**claims(number)) for number in numbers))
    assert [one["outcome"] for one in answer.json()["answers"]] == ["accepted", "failed", "accepted"]
    assert await upper.ask("SELECT count(*) FROM received_filings") == 2
    assert await upper.ask("SELECT count(*) FROM received_sequences") == 2


@pytest.mark.parametrize("filings", [[], ["x"] * 501, [""], ["x" * 4097], [1], None])
async def test_a_request_out_of_bounds_is_refused_as_a_whole(upper: Upper, filings: Any) -> None:
    async with httpx.AsyncClient(transport=upper.transport, base_url="http://above") as client:
        answer = await client.post("/api/v1/filings", json={"filings": filings})
    assert answer.status_code == 422


async def test_a_key_identifier_that_is_no_text_is_an_unknown_signature(lower: Lower, upper: Upper) -> None:
    await upper.know(lower)
    header = base64url(b'{"alg":"EdDSA","kid":"\\ud800"}').decode()
    answer = await upper.post(f"{header}.e30.AAAA", lower.sign(**claims()))
    assert [one["outcome"] for one in answer.json()["answers"]] == ["refused", "accepted"]


async def test_what_is_no_token_at_all_is_an_unknown_signature(upper: Upper) -> None:
    assert (await upper.post("x", "a.b.c", "e30.e30.e30")).status_code == 401


async def test_an_instance_in_the_middle_files_further_up_what_it_accepted_and_nothing_else(
    lower: Lower, server: Postgres, template: str, redis_url: str, tmp_path: Path, clock: Clock
) -> None:
    async with (
        level_above(server, template, redis_url=redis_url, folder=tmp_path / "ministry") as ministry,
        level_above(
            server, template, redis_url=redis_url, folder=tmp_path / "hubei",
            upstream_url="http://ministry.invalid", organization=make.HUBEI,
        ) as hubei,
    ):  # fmt: skip
        await hubei.know(lower)
        registration = new_id()
        await lower.owe(a_filing(registration_id=registration), a_filing())
        await lower.owe(a_filing(kind=Kind.REVOCATION, registration_id=registration))
        while await lower.deliver(hubei.transport):
            clock.ahead += LONGEST_BACK_OFF
        province = Lower(hubei.database, tmp_path / "hubei-keys", clock)
        province.level = msgspec.structs.replace(lower.level, organization=make.HUBEI)
        await ministry.know(province, make.HUBEI)
        while await province.deliver(ministry.transport):
            pass
        assert await hubei.ask("SELECT count(*) FROM filings WHERE outcome = 'accepted'") == 2
        assert await hubei.ask("SELECT count(*) FROM received_filings WHERE outcome = 'rejected'") == 1
        ended = "SELECT string_agg(organization || ' ' || reason, ',') FROM usage_history"
        assert await ministry.ask(ended) == f"{make.WUCHANG} revoked"
        assert await ministry.ask("SELECT max(received) FROM received_sequences") == 2
        assert await ministry.ask("SELECT count(*) FROM received_filings WHERE subordinate = $1", make.HUBEI) == 2


async def test_one_filing_that_two_requests_bring_at_once_is_taken_once(lower: Lower, upper: Upper) -> None:
    await upper.know(lower)
    filings = [lower.sign(**claims(f"X4201{place:05d}")) for place in range(20)]
    answers = await asyncio.gather(*(upper.post(*filings) for _ in range(5)))
    for answer in answers:
        assert [one["outcome"] for one in answer.json()["answers"]] == ["accepted"] * 20
    assert await upper.ask("SELECT count(*) FROM received_filings") == 20
    taken: UUID | None = await upper.ask("SELECT registration_id FROM usages LIMIT 1")
    assert taken is not None
