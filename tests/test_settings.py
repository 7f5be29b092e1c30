from base64 import b64encode
from pathlib import Path

import pytest

from birthreg.settings import Settings, WrongSetting, environment_of, read_settings


def test_nothing_set_is_the_embedded_run_on_this_machine() -> None:
    settings = read_settings({"HOME": "/home/officer"})
    assert settings == Settings()
    assert settings.listens_on_loopback


def test_settings_are_read_by_name() -> None:
    given = {"BIRTHREG_PORT": "9000", "BIRTHREG_KEY_DIR": "/keys", "BIRTHREG_REDIS_URL": "unix:///run/valkey"}
    settings = read_settings(given)
    assert (settings.port, settings.keys, settings.redis_url) == (9000, Path("/keys"), "unix:///run/valkey")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "http"),
        ("WORKERS", "-1"),
        ("LOG_FORMAT", "xml"),
        ("DATABASE_URL", "mysql://x"),
        ("REDIS_URL", "127.0.0.1:6379"),
        ("TIMEZONE", "Asia/Wuhan"),
        ("TRUSTED_PROXIES", "10.0.0.1,proxy"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("TIMEZONE", "../../etc/passwd"),
        ("DATA_KEYS", "AAAA"),
        ("DATA_KEYS", "3f9c02ab:AAAA"),
        ("DATABSE_URL", "postgresql://x"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(WrongSetting, match=f"^BIRTHREG_{name}.* · "):
        read_settings({f"BIRTHREG_{name}": value})


WUHAN = "420100000000"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"UPSTREAM_URL": "https://above.example"}, "ORGANIZATION"),
        ({"ORGANIZATION": WUHAN}, "UPSTREAM_URL"),
        ({"UPSTREAM_URL": "above.example", "ORGANIZATION": WUHAN}, "UPSTREAM_URL"),
        ({"UPSTREAM_URL": "https://", "ORGANIZATION": WUHAN}, "UPSTREAM_URL"),
        ({"UPSTREAM_URL": "https://above.example", "ORGANIZATION": "4201"}, "ORGANIZATION"),
    ],
)
def test_the_level_above_and_the_own_organisation_are_set_together(given: dict[str, str], named: str) -> None:
    with pytest.raises(WrongSetting, match=f"^BIRTHREG_{named}.* · "):
        read_settings({f"BIRTHREG_{name}": value for name, value in given.items()})


def test_the_ministry_has_no_level_above() -> None:
    assert read_settings({"BIRTHREG_ORGANIZATION": "000000000000"}).upstream_url == ""
    given = {"BIRTHREG_UPSTREAM_URL": "https://above.example/birthreg", "BIRTHREG_ORGANIZATION": WUHAN}
    assert read_settings(given).organization == WUHAN


def test_a_wrong_address_of_a_server_is_not_repeated_since_it_may_hold_a_password() -> None:
    with pytest.raises(WrongSetting) as raised:
        read_settings({"BIRTHREG_DATABASE_URL": "mysql://officer:secret@db"})
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - read, never bound
        ("::", False),
        ("10.0.0.1", False),
        ("registry.example", False),
    ],
)
def test_only_loopback_addresses_keep_the_service_on_this_machine(host: str, loopback: bool) -> None:
    assert Settings(host=host).listens_on_loopback is loopback


def test_a_child_gets_the_same_settings_but_never_the_login_of_the_owner() -> None:
    settings = Settings(port=9000, database_url="postgresql://a", owner_database_url="postgresql://owner")
    environment = environment_of(settings, base={"PATH": "/bin", "BIRTHREG_PORT": "1", "BIRTHREG_OLD": "x"})
    assert environment["PATH"] == "/bin"
    assert read_settings(environment) == Settings(port=9000, database_url="postgresql://a")


def test_a_wrong_data_key_is_not_repeated() -> None:
    with pytest.raises(WrongSetting) as raised:
        read_settings({"BIRTHREG_DATA_KEYS": "c2VjcmV0"})
    assert "c2VjcmV0" not in str(raised.value)


def test_data_keys_are_never_shown_and_reach_a_child_whole() -> None:
    keys = b64encode(bytes(range(32))).decode()
    settings = read_settings({"BIRTHREG_DATA_KEYS": keys})
    assert keys not in f"{settings} {settings!r}"
    assert environment_of(settings, base={})["BIRTHREG_DATA_KEYS"] == keys
