"""Numbers of citizens, telephones and addresses stand nowhere in clear: not in any table, log, metric or refusal."""

import logging
from datetime import timedelta

import pytest
from tests import make
from tests.registrations.desks import REGISTRATIONS, admin, clerk, newborn, numbers, over_six, register, registered
from tests.worlds import World

from birthreg.access.models import Role
from birthreg.kernel.clock import now_utc
from birthreg.kernel.data_keys import new_key
from birthreg.kernel.renewal import renew_some
from birthreg.kernel.vault import Vault
from birthreg.registrations.sealing import SEALED_TABLES
from birthreg.worker import SEALED_TABLES as RENEWED

NUMBERS = numbers(4_000)
SECRETS = (
    "420106199003070040", "420106198808120039", "420106199003070041", "13800000000", "13900000001",
    "武汉市武昌区水果湖街 1 号", "武昌区中南路 2 号", "E12345678", "随父母居住。",
)  # fmt: skip


async def tell_a_story(world: World) -> str:
    """Enter, refuse, repeat, hold, decide, correct, search and read; return what was answered to refusals and lists."""
    desk, above = await clerk(world), await admin(world)
    auditor = await world.desk(Role.AUDITOR, make.WUHAN)
    mother = {"phone": "13900000001", "address": "武昌区中南路 2 号"}
    foreign = {
        "citizen_number": None,
        "birth_date": "1988-08-12",
        "other_identity": {"kind": "passport", "number": "E12345678"},
    }
    number = next(NUMBERS)
    answers = [
        await register(desk, newborn(number, mother=mother, father=foreign), key="story"),
        await register(desk, newborn(number, mother=mother, father=foreign), key="story"),
        await register(desk, newborn(number), key="refused"),
        await register(desk, newborn(next(NUMBERS), mother={"citizen_number": "420106199003070041"}), key="wrong"),
        await register(desk, newborn(next(NUMBERS), mother=None, father=None)),
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 409, 422, 422], answers[0].text
    held = await registered(desk, over_six(next(NUMBERS)))
    decision = {"decision": "approve", "reason": "齐全"}
    answers.append(
        await above.post(f"{REGISTRATIONS}/{held}/approval", json=decision, headers={"Idempotency-Key": "k"})
    )
    correction = {"certificate_number": next(NUMBERS), "reason": "录入有误"}
    answers.append(
        await desk.post(f"{REGISTRATIONS}/{held}/corrections", json=correction, headers={"Idempotency-Key": "k"})
    )
    answers.append(await above.post(f"{REGISTRATIONS}/searches", json={"citizen_number": "420106199003070040"}))
    answers.append(await above.post(f"{REGISTRATIONS}/searches", json={"phone": "not a telephone 13800000000"}))
    answers.append(await above.get(REGISTRATIONS))
    answers.append(await auditor.get(f"{REGISTRATIONS}/{held}"))
    answers.append(await (await world.stranger()).get("/metrics"))
    return "\n".join(f"{answer.request.url} {answer.text}" for answer in answers)


@pytest.fixture(scope="module")
async def told(world: World) -> str:
    """All that was answered, and logged."""
    records: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(self.format(record))

    keeper, root = Keeper(logging.DEBUG), logging.getLogger()
    level = root.level
    root.addHandler(keeper)
    root.setLevel(logging.DEBUG)
    try:
        answers = await tell_a_story(world)
    finally:
        root.removeHandler(keeper)
        root.setLevel(level)
    return answers + "\n".join(records)


async def test_no_answer_address_log_or_metric_tells_them(told: str) -> None:
    assert [secret for secret in SECRETS if secret in told] == []


async def test_no_table_holds_them(world: World, told: str) -> None:
    assert told
    async with world.database.transaction() as tx:
        tables = await tx.connection.fetch(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
            " AND has_table_privilege(oid, 'SELECT')"
        )
        assert len(tables) > 20
        found = []
        for table in tables:
            rows = await tx.connection.fetch(f'SELECT t::text AS row FROM "{table["relname"]}" AS t')
            text = "\n".join(row["row"] for row in rows)
            found += [
                (table["relname"], secret) for secret in SECRETS if secret in text or secret.encode().hex() in text
            ]
        assert found == []


async def test_they_open_again_only_where_they_belong(world: World, told: str) -> None:
    assert told
    vault = Vault(world.settings.keys)
    async with world.database.transaction() as tx:
        row = await tx.connection.fetchrow("SELECT phone, phone_blind FROM registration_people WHERE phone IS NOT NULL")
    assert row is not None
    phone = vault.open(row["phone"], bound_to="registration_people.phone")
    assert phone in SECRETS
    assert row["phone_blind"] in vault.blinds(phone, bound_to="phone")


async def test_a_new_data_key_reaches_every_row_and_everybody_is_still_found(world: World, told: str) -> None:
    assert told
    keys = world.settings.keys
    old = Vault(keys).current()
    new_key(in_use_from=now_utc()).write(keys)
    vault = Vault(keys)
    assert vault.current().mark != old.mark
    while await renew_some(world.database, vault=vault, tables=SEALED_TABLES, settled_after=timedelta()):
        pass
    for column in ("citizen_number", "citizen_number_blind", "phone", "address_blind"):
        left = f"SELECT count(*) FROM registration_people WHERE substr({column}, 1, 4) = $1"
        assert await world.ask(left, old.mark) == 0
    world.service.state.vault._looked = 0.0  # a running service looks for keys each second
    found = await (await admin(world)).post(f"{REGISTRATIONS}/searches", json={"phone": "13800000000"})
    assert found.json()["items"]
    read = await (await clerk(world)).get(f"{REGISTRATIONS}/{found.json()['items'][0]['id']}")
    assert "13800000000" in read.text


def test_the_worker_renews_every_sealed_column_of_registrations() -> None:
    assert set(SEALED_TABLES) <= set(RENEWED)
