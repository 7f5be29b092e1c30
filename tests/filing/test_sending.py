"""The delivery: in order, again and again, without one holding up the others."""

import json
from base64 import urlsafe_b64decode
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.filing.books import POISON
from tests.filing.conftest import Clock, Lower, Upper, a_filing

from birthreg.filing.jobs import warn_of_waiting
from birthreg.filing.models import Kind, Level
from birthreg.filing.rules import LONGEST_BACK_OFF
from birthreg.filing.sending import IN_ONE_REQUEST
from birthreg.filing.service import owe
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.public_keys import Purpose, verify_jws


def said(jws: str) -> dict[str, Any]:
    """Read what a filing says, unverified."""
    payload = jws.split(".")[1]
    content: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return content


class Above:
    """A level above that answers as a test tells it to, and remembers what came."""

    def __init__(self, answer: Any = "accepted") -> None:
        """Answer each filing so, or the whole request with a status."""
        self.answer = answer
        self.requests: list[list[dict[str, Any]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        filings = [said(jws) for jws in json.loads(request.content)["filings"]]
        self.requests.append(filings)
        answer = self.answer(filings) if callable(self.answer) else self.answer
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        return httpx.Response(200, json={"answers": [{"id": one["id"], "outcome": answer} for one in filings]})

    @property
    def numbers(self) -> list[str]:
        """The numbers that came, in their order."""
        return [filing["certificate_number"] for request in self.requests for filing in request]


async def test_nothing_is_owed_where_there_is_no_level_above(lower: Lower) -> None:
    lower.level = Level()
    assert await lower.owe(a_filing()) == []
    assert await lower.ask("SELECT count(*) FROM filing_outbox") == 0


async def test_what_a_rolled_back_act_owed_is_not_owed(lower: Lower) -> None:
    async def act() -> None:
        async with lower.database.transaction() as tx:
            await owe(tx, level=lower.level, filing=a_filing())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await act()
    assert await lower.ask("SELECT count(*) FROM filing_outbox") == 0


async def test_a_filing_says_who_files_what_and_nothing_of_a_person(lower: Lower) -> None:
    above = Above()
    filing = a_filing()
    await lower.owe(filing)
    assert await lower.deliver(above) == 1
    [[sent]] = above.requests
    assert sent == {
        "kind": "registration",
        "registration_id": str(filing.registration_id),
        "certificate_number": "X420100001",
        "previous_number": None,
        "organization": "420106510000",
        "used_at": "2024-06-01T04:00:00Z",
        "occurred_at": "2024-06-01T04:00:00Z",
        "id": sent["id"],
        "sequence": 1,
        "iss": "420100000000",
    }
    assert UUID(sent["id"]).version == 7


async def test_a_filing_is_signed_with_the_key_for_filing(lower: Lower) -> None:
    bodies = []

    def keep(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return httpx.Response(503)

    await lower.owe(a_filing())
    await lower.deliver(keep)
    public = lower.keyring.current(Purpose.FILING).public
    assert verify_jws(bodies[0]["filings"][0], {public.id: public}, type="birthreg-filing+jwt", purpose=Purpose.FILING)
    assert await lower.ask("SELECT purpose FROM signing_keys") == "filing"


async def test_filings_of_one_registration_go_in_their_order(lower: Lower) -> None:
    above = Above()
    registration = new_id()
    kinds = [Kind.REGISTRATION, Kind.CORRECTION, Kind.REVOCATION]
    for place, kind in enumerate(kinds):
        previous = "X420100001" if kind is Kind.CORRECTION else None
        await lower.owe(a_filing(f"X42010000{place + 1}", kind, registration_id=registration, previous_number=previous))
    while await lower.deliver(above):
        pass
    assert [[filing["sequence"] for filing in request] for request in above.requests] == [[1], [2], [3]]
    assert await lower.statuses(registration) == [(1, "accepted"), (2, "accepted"), (3, "accepted")]


async def test_a_later_filing_waits_while_an_earlier_is_tried_again(lower: Lower, clock: Clock) -> None:
    registration = new_id()
    await lower.owe(
        a_filing(registration_id=registration), a_filing(kind=Kind.REVOCATION, registration_id=registration)
    )
    above = Above("failed")
    for _ in range(3):
        await lower.deliver(above)
        clock.ahead += LONGEST_BACK_OFF
    assert [filing["sequence"] for request in above.requests for filing in request] == [1, 1, 1]
    assert await lower.statuses(registration) == [(1, "waiting"), (2, "waiting")]


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut"),
        httpx.Response(500),
        httpx.Response(502),
        httpx.Response(503),
        httpx.Response(409),
        httpx.Response(429, headers={"Retry-After": "1"}),
        httpx.Response(429, headers={"Retry-After": "a while"}),
        httpx.Response(302, headers={"Location": "http://elsewhere.invalid"}),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"answers": []}),
        httpx.Response(200, json={"answers": [{"id": "01900000-0000-7000-8000-000000000001", "outcome": "accepted"}]}),
    ],
    ids=str,
)
async def test_a_level_above_in_trouble_is_asked_again_until_it_answers(
    lower: Lower, clock: Clock, trouble: Exception | httpx.Response
) -> None:
    filing = a_filing()
    await lower.owe(filing)
    above = Above(trouble)
    for _ in range(12):
        assert await lower.deliver(above, draw=0.99) == 0
        clock.ahead += LONGEST_BACK_OFF
    assert await lower.statuses(filing.registration_id) == [(1, "waiting")]
    assert len(above.requests) == 12
    above.answer = "accepted"
    assert await lower.deliver(above) == 1
    assert await lower.statuses(filing.registration_id) == [(1, "accepted")]


async def test_nothing_is_sent_during_a_pause_and_one_request_ends_it(lower: Lower, clock: Clock) -> None:
    await lower.owe(*(a_filing(f"X4201{place:05d}") for place in range(250)))
    above = Above(httpx.ConnectError("refused"))
    await lower.deliver(above, draw=0.99)
    assert len(above.requests) == 1
    await lower.deliver(above, draw=0.99)
    assert len(above.requests) == 1
    clock.ahead += timedelta(seconds=31)
    above.answer = "accepted"
    assert await lower.deliver(above) == 250
    assert await lower.ask("SELECT paused_until IS NULL AND failed_at IS NULL FROM filing_upstream")


async def test_a_long_wait_that_the_level_above_asks_for_is_bounded(lower: Lower) -> None:
    await lower.owe(a_filing())
    await lower.deliver(Above(httpx.Response(429, headers={"Retry-After": "86400"})))
    assert await lower.ask("SELECT paused_until - now() < interval '181 seconds' FROM filing_upstream")


async def test_many_travel_in_one_request_and_no_more_than_agreed(lower: Lower) -> None:
    above = Above()
    await lower.owe(*(a_filing(f"X4201{place:05d}") for place in range(1050)))
    assert await lower.deliver(above) == 1050
    assert max(len(request) for request in above.requests) == IN_ONE_REQUEST
    assert len(above.numbers) == len(set(above.numbers)) == 1050


async def test_a_rejection_is_final_and_keeps_its_code(lower: Lower) -> None:
    filing = a_filing()
    [owed] = await lower.owe(filing)
    answer = {"id": str(owed.id), "outcome": "rejected", "code": "certificate_used", "holder": "420606510000"}
    assert await lower.deliver(Above(httpx.Response(200, json={"answers": [answer]}))) == 1
    assert await lower.statuses(filing.registration_id) == [(1, "rejected")]
    assert await lower.ask("SELECT code || ' ' || holder FROM filings") == "certificate_used 420606510000"
    assert await lower.ask("SELECT key FROM audit_entries WHERE error_code = 'certificate_used'") == str(owed.id)


async def test_a_filing_that_the_level_above_cannot_read_is_set_aside_and_holds_up_no_other(
    lower: Lower, clock: Clock
) -> None:
    poison, sound = a_filing(POISON), a_filing()
    await lower.owe(poison, sound)

    def answer(filings: list[dict[str, Any]]) -> httpx.Response:
        outcomes = ["refused" if one["certificate_number"] == POISON else "accepted" for one in filings]
        answers = [{"id": one["id"], "outcome": out, "code": out} for one, out in zip(filings, outcomes, strict=True)]
        return httpx.Response(200, json={"answers": answers})

    above = Above(answer)
    for _ in range(6):
        await lower.deliver(above)
        clock.ahead += LONGEST_BACK_OFF
    assert await lower.statuses(sound.registration_id) == [(1, "accepted")]
    assert await lower.statuses(poison.registration_id) == [(1, "set_aside")]
    assert above.numbers.count(POISON) == 3
    clock.ahead += timedelta(hours=1)
    await lower.deliver(above)
    assert above.numbers.count(POISON) == 4


@pytest.mark.parametrize("status", [400, 413, 422, 500])
async def test_a_request_that_fails_for_its_content_is_taken_apart(lower: Lower, clock: Clock, status: int) -> None:
    await lower.owe(a_filing(POISON), *(a_filing(f"X4201{place:05d}") for place in range(20)))

    def answer(filings: list[dict[str, Any]]) -> Any:
        return httpx.Response(status) if any(one["certificate_number"] == POISON for one in filings) else "accepted"

    above = Above(answer)
    for _ in range(6):
        await lower.deliver(above)
        clock.ahead += LONGEST_BACK_OFF
    assert await lower.ask("SELECT count(*) FROM filings WHERE outcome = 'accepted'") == 20
    set_aside = await lower.ask("SELECT set_aside_at IS NOT NULL FROM filing_outbox")
    assert set_aside is (status != 500)


async def test_a_signature_that_the_level_above_does_not_know_sets_filings_aside_until_it_does(
    lower: Lower, upper: Upper, clock: Clock
) -> None:
    filing = a_filing()
    await lower.owe(filing)
    for _ in range(3):
        await lower.deliver(upper.transport)
        clock.ahead += LONGEST_BACK_OFF
    assert await lower.statuses(filing.registration_id) == [(1, "set_aside")]
    assert await lower.ask("SELECT code FROM filing_outbox") == "http_401"
    await upper.know(lower)
    clock.ahead += timedelta(hours=1)
    assert await lower.deliver(upper.transport) == 1


async def test_what_a_dead_worker_leased_is_sent_by_another_after_the_lease(lower: Lower, clock: Clock) -> None:
    await lower.owe(a_filing())
    above = Above(RuntimeError("the worker dies here"))
    with pytest.raises(RuntimeError):
        await lower.deliver(above)
    above.answer = "accepted"
    assert await lower.deliver(above) == 0
    clock.ahead += timedelta(seconds=61)
    assert await lower.deliver(above) == 1


async def test_a_warning_comes_once_before_the_thirtieth_minute(
    lower: Lower, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await lower.owe(a_filing(), a_filing("X420100002"))
    clock.ahead = timedelta(minutes=19)
    assert await warn_of_waiting(lower.database) == 0
    clock.ahead = timedelta(minutes=20, seconds=1)
    assert await warn_of_waiting(lower.database) == 2
    assert await warn_of_waiting(lower.database) == 0
    assert "2 filings wait for the level above and are due within 10 minutes" in caplog.text
    assert await lower.ask("SELECT warned FROM filing_upstream") == 2
    await lower.deliver(Above())
    assert await lower.ask("SELECT count(warned_at) FROM filings") == 2


async def test_a_filing_delivered_past_its_time_is_a_breach(lower: Lower, clock: Clock) -> None:
    await lower.owe(a_filing())
    clock.ahead = timedelta(minutes=29)
    await lower.owe(a_filing("X420100002"))
    clock.ahead = timedelta(minutes=31)
    await lower.deliver(Above())
    assert await lower.ask("SELECT late FROM filing_upstream") == 1
    assert await lower.ask("SELECT count(*) FROM filings WHERE settled_at > due_at") == 1
