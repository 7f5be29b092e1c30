import json
import logging
from collections.abc import Iterator

import asyncpg
import pytest

from birthreg.app import create_app
from birthreg.kernel.database import Transaction
from birthreg.kernel.logs import JsonFormatter, TextFormatter, describe_exception, mask, request_id, set_up_logs
from birthreg.settings import Settings


@pytest.fixture
def restored_logs() -> Iterator[None]:
    """The log set-up of the test run, put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def record(message: str, *arguments: object, error: BaseException | None = None) -> logging.LogRecord:
    told = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("birthreg", logging.WARNING, __file__, 1, message, arguments, told)


def test_a_line_of_json_names_its_request() -> None:
    token = request_id.set("01a2")
    line = json.loads(JsonFormatter().format(record("slow: %s ms", 31)))
    request_id.reset(token)
    assert (line["level"], line["message"], line["request_id"]) == ("WARNING", "slow: 31 ms", "01a2")


def test_a_line_of_text_outside_a_request_names_none() -> None:
    assert TextFormatter().format(record("started")).endswith("WARNING birthreg: started")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("look-up of X420100001 refused", "look-up of X42******* refused"),
        ("mother 42010619900101123X", "mother 420***************"),
        ("father:42010619900101123x", "father:420***************"),
        ("'42010619900101123X\\n110101199001011237'", "'420***************\\n110***************'"),
        ("父亲４２０１０６１９９００１０１１２３Ｘ", "父亲４２０***************"),
        ("phone 13800138000", "phone 138********"),
        ("phone=+8613800138000, 138 0013 8000", "phone=+86***********, 138**********"),
        ("电话138-0013-8000和027-87654321", "电话138**********和027*********"),
        ("waited 0.01234567891 s since 2026-11-22T04:20:48.170774Z", None),
        ("key 3f9c02ab of 20000 rows, seal 1234567890123456789", None),
        ("request 01a20157-d073-760a-956d-ecd616febe37", "request 01a20157-d073-760a-956d-ecd616febe37"),
        ("organization 420106510000", "organization 420106510000"),
    ],
)
def test_numbers_of_persons_and_certificates_are_masked(said: str, kept: str | None) -> None:
    assert mask(said) == (said if kept is None else kept)


async def test_a_refused_row_is_not_repeated(tx: Transaction) -> None:
    insert = "INSERT INTO organizations (code, name) VALUES ($1, $2), ($1, $2)"
    with pytest.raises(asyncpg.UniqueViolationError) as raised:
        await tx.connection.execute(insert, "420000000000", "".join(["张", "三"]))
    told = describe_exception(raised.value)
    assert "420000000000" not in told.rpartition("UniqueViolationError")[2]
    assert "23505 organizations_pkey" in told


async def test_a_value_that_cannot_be_read_is_not_repeated(tx: Transaction) -> None:
    with pytest.raises(asyncpg.DataError) as raised:
        await tx.connection.fetchval("SELECT $1::text::date", "".join(["张", "三"]))
    told = describe_exception(raised.value)
    assert "张三" not in told
    assert "22007" in told


@pytest.mark.usefixtures("restored_logs")
def test_the_service_leaves_the_log_lines_to_the_formatter_that_masks(settings: Settings) -> None:
    set_up_logs("json")
    create_app(settings)
    assert [type(handler.formatter) for handler in logging.getLogger().handlers] == [JsonFormatter]
