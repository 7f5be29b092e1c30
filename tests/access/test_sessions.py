"""Signing in and out, renewal, suspension: what an officer at a desk meets."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pyotp
import pytest
from tests import make
from tests.worlds import World

from birthreg.access import service as access
from birthreg.access import sessions
from birthreg.access.models import Role, SignedIn, SignInRefusal
from birthreg.access.passwords import password_matches
from birthreg.access.service import SessionEnded, require_standing
from birthreg.kernel.database import Database, Transaction

SIGN_IN = "/api/v1/sessions"
QUESTION = {"certificate_number": "X420100001", "purpose": "birth_registration"}
SECURITY = (Role.SECURITY_ADMIN, make.WUHAN)


async def try_to_sign_in(world: World, officer: str, password: str = make.PASSWORD, **more: Any) -> httpx.Response:
    return await (await world.stranger()).post(SIGN_IN, json={"officer_id": officer, "password": password} | more)


async def test_signing_in_answers_with_a_token_and_the_officer(world: World) -> None:
    await world.officer("clerk.hello")
    answer = await try_to_sign_in(world, "clerk.hello")
    body = answer.json()
    assert answer.status_code == 201
    assert body["token_type"] == "Bearer"
    assert body["access_token"].count(".") == 2
    assert (body["officer"]["id"], body["officer"]["role"]) == ("clerk.hello", "clerk")
    assert body["officer"]["organization_name"] == make.NAMES[make.WUCHANG]
    assert datetime.fromisoformat(body["expires_at"]) > datetime.now(UTC) + timedelta(minutes=59)


async def test_an_officer_is_told_when_and_where_they_were_here_before(world: World) -> None:
    await world.officer("clerk.again")
    first = (await try_to_sign_in(world, "clerk.again")).json()
    second = (await try_to_sign_in(world, "clerk.again")).json()
    assert first["previous_session"] is None
    assert second["previous_session"]["terminal"] == "127.0.0.1"
    assert datetime.fromisoformat(second["previous_session"]["started_at"]) < datetime.now(UTC)


async def last_refusal(world: World, officer: str) -> str:
    """What the trail says of an officer's last attempt to sign in."""
    query = "SELECT error_code FROM audit_entries WHERE officer = $1 AND act = 'sign_in' ORDER BY id DESC LIMIT 1"
    return str(await world.ask(query, officer))


async def test_every_refused_officer_hears_the_same(world: World) -> None:
    await world.officer("clerk.wrong")
    await world.officer("clerk.bolted")
    for _ in range(5):
        await try_to_sign_in(world, "clerk.bolted", "wrong password")
    await world.officer("clerk.gone")
    async with world.database.transaction() as tx:
        await tx.connection.execute("UPDATE officers SET suspended_at = now() WHERE id = 'clerk.gone'")
    answers = [
        await try_to_sign_in(world, "clerk.wrong", "wrong password"),
        await try_to_sign_in(world, "clerk.nobody"),
        await try_to_sign_in(world, "clerk.gone"),
        await try_to_sign_in(world, "clerk.gone", "wrong password"),
        await try_to_sign_in(world, "clerk.bolted", "wrong password"),
        await try_to_sign_in(world, "clerk.bolted"),
    ]
    told = [{**answer.json(), "request_id": None} for answer in answers]
    assert [answer.status_code for answer in answers] == [401] * 6
    assert all(one == told[0] for one in told)
    assert told[0]["code"] == "sign_in_refused"


async def test_five_failures_in_a_row_lock_the_account(world: World) -> None:
    await world.officer("clerk.locked")
    codes = [(await try_to_sign_in(world, "clerk.locked", "wrong password")).json()["code"] for _ in range(5)]
    locked = await try_to_sign_in(world, "clerk.locked")
    assert codes == ["sign_in_refused"] * 5
    assert locked.status_code == 401
    assert await last_refusal(world, "clerk.locked") == "locked"


async def test_a_security_administrator_lifts_a_lock(world: World) -> None:
    await world.officer("clerk.forgetful")
    for _ in range(5):
        await try_to_sign_in(world, "clerk.forgetful", "wrong password")
    security = await world.desk(*SECURITY)
    await security.post("/api/v1/access/officers/clerk.forgetful/reinstatement", json={"reason": "本人已核实"})
    assert (await try_to_sign_in(world, "clerk.forgetful")).status_code == 201


async def test_failures_at_once_count_each(world: World) -> None:
    await world.officer("clerk.stormed")
    await asyncio.gather(*(try_to_sign_in(world, "clerk.stormed", "wrong password") for _ in range(5)))
    assert (await try_to_sign_in(world, "clerk.stormed")).status_code == 401
    assert await last_refusal(world, "clerk.stormed") == "locked"


async def test_the_right_password_among_many_guesses_at_once_finds_the_lock(world: World) -> None:
    await world.officer("clerk.raced")
    async with world.database.transaction() as tx:
        await tx.connection.execute("UPDATE officers SET failed_attempts = 4 WHERE id = 'clerk.raced'")
    async with world.database.transaction() as tx:
        # Every guess is compared while the account is held elsewhere; the wrong ones queue first.
        await tx.connection.execute("SELECT FROM officers WHERE id = 'clerk.raced' FOR UPDATE")
        wrong = [asyncio.create_task(try_to_sign_in(world, "clerk.raced", "wrong password")) for _ in range(3)]
        await waiting(tx, 3)
        right = asyncio.create_task(try_to_sign_in(world, "clerk.raced"))
        await waiting(tx, 4)
    answers = await asyncio.gather(*wrong, right)
    assert [answer.status_code for answer in answers] == [401] * 4
    assert await world.ask("SELECT count(*) FROM sessions WHERE officer = 'clerk.raced'") == 0


async def waiting(tx: Transaction, count: int) -> None:
    """Return once so many others wait for a lock."""
    query = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"
    async with asyncio.timeout(30):
        while await tx.connection.fetchval(query) < count:  # noqa: ASYNC110 - the database has no event to wait for
            await asyncio.sleep(0.01)


async def test_while_a_password_is_compared_no_connection_is_held(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.officer("clerk.slow")
    held: list[int] = []

    async def compare(password: str, password_hash: str | None) -> bool:
        pool = world.service.state.database._pool
        held.append(pool.get_size() - pool.get_idle_size())
        return await password_matches(password, password_hash)

    monkeypatch.setattr(sessions, "password_matches", compare)
    assert (await try_to_sign_in(world, "clerk.slow")).status_code == 201
    assert held == [0]


async def test_success_starts_the_count_anew(world: World) -> None:
    await world.officer("clerk.clumsy")
    for password in ("no", "no", "no", "no", make.PASSWORD, "no", "no", "no", "no"):
        await try_to_sign_in(world, "clerk.clumsy", password)
    assert (await try_to_sign_in(world, "clerk.clumsy")).status_code == 201


async def test_a_lock_ends_after_a_quarter_of_an_hour(database_url: str) -> None:
    moment = datetime(2024, 6, 1, 4, 0, tzinfo=UTC)
    database = Database(database_url, clock=lambda: moment)
    await database.open()
    asked: dict[str, Any] = {"officer_id": "clerk.wuchang", "otp": None, "terminal": "desk"}
    async with database.transaction() as tx:
        await make.officer(tx)
    for _ in range(5):
        await sessions.sign_in(database, password="wrong password", **asked)
    outcomes = []
    for minutes in (0, 14, 16):
        moment = datetime(2024, 6, 1, 4, minutes, tzinfo=UTC)
        outcomes.append(await sessions.sign_in(database, password=make.PASSWORD, **asked))
    await database.close()
    assert outcomes[:2] == [SignInRefusal.LOCKED] * 2
    assert isinstance(outcomes[2], SignedIn)


async def test_where_a_second_factor_is_switched_on_it_is_needed(world: World) -> None:
    secret = await world.officer("clerk.careful", second_factor=True)
    assert secret
    code = pyotp.TOTP(secret).now()
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    answers = [
        await try_to_sign_in(world, "clerk.careful"),
        await try_to_sign_in(world, "clerk.careful", otp=wrong),
        await try_to_sign_in(world, "clerk.careful", otp=code),
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 201]


async def test_a_wrong_code_counts_as_a_failure(world: World) -> None:
    await world.officer("clerk.guessed", second_factor=True)
    for _ in range(5):
        await try_to_sign_in(world, "clerk.guessed", otp="000000")
    assert (await try_to_sign_in(world, "clerk.guessed")).status_code == 401
    assert await last_refusal(world, "clerk.guessed") == "locked"


async def test_a_code_opens_one_session(world: World) -> None:
    secret = await world.officer("clerk.overseen", second_factor=True)
    assert secret
    code = pyotp.TOTP(secret).now()
    answers = [await try_to_sign_in(world, "clerk.overseen", otp=code) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 401]
    assert await last_refusal(world, "clerk.overseen") == "wrong_second_factor"


async def test_a_renewed_token_serves_the_same_session(world: World) -> None:
    await world.officer("clerk.longday")
    desk = await world.sign_in("clerk.longday")
    renewed = (await desk.post(f"{SIGN_IN}/current/renewal")).json()
    desk.headers["Authorization"] = f"Bearer {renewed['access_token']}"
    assert (await desk.post("/api/v1/verifications", json=QUESTION)).status_code == 200
    await desk.delete(f"{SIGN_IN}/current")
    assert (await desk.post(f"{SIGN_IN}/current/renewal")).json()["code"] == "session_ended"


async def is_shut_out(desk: httpx.AsyncClient) -> bool:
    """Whether every kind of door is closed: one number, many, and those behind the router."""
    batch = {"purpose": "back_fill", "items": [{"certificate_number": "X420100001"}]}
    answers = [
        await desk.post("/api/v1/verifications", json=QUESTION),
        await desk.post("/api/v1/verifications/batch", json=batch),
        await desk.get("/api/v1/certificates/X420100001"),
        await desk.post(f"{SIGN_IN}/current/renewal"),
    ]
    told = [(answer.status_code, answer.json()["code"]) for answer in answers]
    return told == [(401, "session_ended")] * 4


async def test_signing_out_works_at_once_for_a_token_just_used(world: World) -> None:
    await world.officer("clerk.leaves")
    desk, other = await world.sign_in("clerk.leaves"), await world.sign_in("clerk.leaves")
    assert (await desk.post("/api/v1/verifications", json=QUESTION)).status_code == 200
    lookups = await world.ask("SELECT count(*) FROM lookups")
    assert (await desk.delete(f"{SIGN_IN}/current")).status_code == 204
    assert await is_shut_out(desk)
    assert await world.ask("SELECT count(*) FROM lookups") == lookups
    assert (await other.post("/api/v1/verifications", json=QUESTION)).status_code == 200


async def test_a_neighbour_in_the_group_is_not_shut_out_with_a_signed_out_officer(world: World) -> None:
    await world.officer("clerk.stays")
    await world.officer("clerk.left")
    stays, left = await world.sign_in("clerk.stays"), await world.sign_in("clerk.left")
    await left.delete(f"{SIGN_IN}/current")
    desks = [stays, left] * 10
    answers = await asyncio.gather(*(desk.post("/api/v1/verifications", json=QUESTION) for desk in desks))
    assert [answer.status_code for answer in answers] == [200, 401] * 10


async def test_suspension_works_at_once_and_reinstatement_asks_for_a_new_session(world: World) -> None:
    await world.officer("clerk.suspected")
    desk, security = await world.sign_in("clerk.suspected"), await world.desk(*SECURITY)
    path = "/api/v1/access/officers/clerk.suspected"
    suspended = (await security.post(f"{path}/suspension", json={"reason": "停职审查"})).json()
    assert suspended["suspended_at"]
    assert await is_shut_out(desk)
    assert (await try_to_sign_in(world, "clerk.suspected")).status_code == 401
    assert (await security.post(f"{path}/reinstatement", json={"reason": "查明无误"})).json()["suspended_at"] is None
    assert await is_shut_out(desk)
    assert (await try_to_sign_in(world, "clerk.suspected")).status_code == 201


async def test_a_new_password_ends_every_session(world: World) -> None:
    await world.officer("clerk.reset")
    desk = await world.sign_in("clerk.reset")
    async with world.database.transaction() as tx:
        await access.reset_officer(tx, officer="clerk.reset", password="quite another", second_factor=False)
    assert await is_shut_out(desk)
    assert (await try_to_sign_in(world, "clerk.reset")).status_code == 401
    assert (await try_to_sign_in(world, "clerk.reset", "quite another")).status_code == 201


async def test_a_session_is_over_after_a_shift(world: World) -> None:
    await world.officer("clerk.overtime")
    desk = await world.sign_in("clerk.overtime")
    async with world.database.transaction() as tx:
        await tx.connection.execute("UPDATE sessions SET expires_at = now() WHERE officer = 'clerk.overtime'")
    assert await is_shut_out(desk)


async def test_a_session_that_never_was_does_not_stand(database: Database) -> None:
    async with database.transaction() as tx:
        with pytest.raises(SessionEnded):
            await require_standing(tx, session=UUID(int=1))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"officer_id": "clerk.hello"}, 422),
        ({"officer_id": "", "password": "x"}, 422),
        ({"officer_id": "clerk.hello", "password": "x", "otp": "12345"}, 422),
        ({"officer_id": "clerk.hello", "password": "x", "more": 1}, 422),
        ({"officer_id": "a" * 65, "password": "x"}, 422),
        ({"officer_id": "clerk\x00", "password": "x"}, 422),
        ({"officer_id": "' OR 1=1 --", "password": "x"}, 401),
    ],
)
async def test_a_wrong_form_of_sign_in_is_told(world: World, body: dict[str, Any], status: int) -> None:
    answer = await (await world.stranger()).post(SIGN_IN, json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_list_of_officers_comes_in_pages_and_shows_no_secret(world: World) -> None:
    for place in range(5):
        await world.officer(f"page.{place}", organization="420106770000")
    desk = await world.desk(Role.SECURITY_ADMIN, "420106770000")
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = await desk.get("/api/v1/access/officers", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        page = answer.json()
        assert len(page["items"]) <= 2
        assert not [row for row in page["items"] if "password_hash" in row or "totp_secret" in row]
        seen += [row["id"] for row in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [*(f"page.{place}" for place in range(5)), "security-admin.420106770000"]


async def test_a_change_by_who_saw_an_older_version_is_refused(world: World) -> None:
    await world.officer("clerk.changed")
    security = await world.desk(*SECURITY)
    path = "/api/v1/access/officers/clerk.changed"
    seen = {"If-Match": (await security.get(path)).headers["etag"]}
    reason = {"reason": "停职审查"}
    suspended = await security.post(f"{path}/suspension", json=reason, headers=seen)
    stale = await security.post(f"{path}/reinstatement", json=reason, headers=seen)
    assert (suspended.status_code, stale.status_code, stale.json()["code"]) == (200, 412, "precondition_failed")
    assert suspended.headers["etag"] != seen["If-Match"]
    fresh = {"If-Match": suspended.headers["etag"]}
    assert (await security.post(f"{path}/reinstatement", json=reason, headers=fresh)).status_code == 200
    assert (await security.post(f"{path}/suspension", json=reason)).status_code == 200
