"""The only reader of the environment. Rooms get values as arguments."""

import os
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

PREFIX = "BIRTHREG_"

Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
DatabaseUrl = Annotated[str, msgspec.Meta(pattern=r"^(postgres(ql)?://.*)?$")]
UpstreamUrl = Annotated[str, msgspec.Meta(pattern=r"^(https?://[^/].*)?$")]
OrganizationCode = Annotated[str, msgspec.Meta(pattern=r"^([0-9]{12})?$")]
RedisUrl = Annotated[str, msgspec.Meta(pattern=r"^((redis|rediss|unix)://.*)?$")]

_EXPECTED = {
    "database_url": "postgresql://…",
    "owner_database_url": "postgresql://…",
    "redis_url": "redis://… rediss://… unix://…",
    "upstream_url": "https://… http://…",
    "organization": "12 位机构代码 / twelve digits (GA 380)",
    "port": "1–65535",
    "workers": "1–256",
    "log_format": "text / json",
    "data_keys": "id:base64[,id:base64…], 32 bytes each",
}


_MINISTRY = "0" * 12
"""The one organisation that has no level above."""


class Secret(str):
    """A text that is never shown, also not where its settings are."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Show that there is something, or nothing."""
        return "'…'" if self else "''"


class WrongSetting(Exception):
    """A setting that stops the start; its text is the one line that the operator reads."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the operator decided; each field is `BIRTHREG_` and its name in capitals."""

    database_url: DatabaseUrl = ""
    """The service's login, in libpq form; empty means the embedded server."""
    owner_database_url: DatabaseUrl = ""
    """The owner's login, for `migrate` alone; empty means the service's."""
    redis_url: RedisUrl = ""
    """Empty means the embedded server."""
    data_dir: Path = Path(".birthreg")
    """Uploaded files, results, embedded servers and, unless `key_dir` is given, keys."""
    key_dir: Path | None = None
    upstream_url: UpstreamUrl = ""
    """Where the level above is reached; empty means that there is none, and nothing is filed."""
    organization: OrganizationCode = ""
    """Whose instance this is."""
    data_keys: Secret = Secret()
    """Keys of personal data, the one in use first, in the place of files: `base64` or `id:base64`, by commas."""
    host: str = "127.0.0.1"
    port: Port = 8000
    workers: Annotated[int, msgspec.Meta(ge=1, le=256)] = 1
    """Service processes; one beats two where the database shares two cores."""
    trusted_proxies: str = ""
    """Addresses or networks, parted by commas, whose `X-Forwarded-For` is believed."""
    timezone: str = "Asia/Shanghai"
    log_format: Literal["text", "json"] = "text"

    @property
    def keys(self) -> Path:
        """The folder of the private keys."""
        return self.key_dir or self.data_dir / "keys"

    @property
    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks of the proxies in front.

        Raises:
            ValueError: one is no address and no network.
        """
        return tuple(ip_network(part.strip()) for part in self.trusted_proxies.split(",") if part.strip())

    @property
    def listens_on_loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    Raises:
        WrongSetting: a value can't be used, or a name isn't known.
    """
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and value != ""
    }
    unknown = sorted(set(given) - {field.name for field in msgspec.structs.fields(Settings)})
    if unknown:
        names = ", ".join(_name(field) for field in unknown)
        raise WrongSetting(f"{names}: 未知的设置项,请删除或改正 · unknown setting, remove or correct it")
    try:
        settings = msgspec.convert(given, Settings, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        field = str(error).rpartition("$.")[2].rstrip("`")
        expected = _EXPECTED[field]
        raise WrongSetting(
            f"{_name(field)}={_shown(field, given)}: 应为 {expected} · wrong, give {expected}"
        ) from error
    _check_level(settings)
    try:
        settings.proxies  # noqa: B018 - read for what it raises
    except ValueError as error:
        raise WrongSetting(
            f"{_name('trusted_proxies')}={settings.trusted_proxies!r}: 应为地址或网段,以逗号分隔"
            " · wrong, give addresses or networks, parted by commas"
        ) from error
    try:
        ZoneInfo(settings.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise WrongSetting(f"{_name('timezone')}={settings.timezone!r}: 没有这个时区 · no such time zone") from error
    return settings


def _check_level(settings: Settings) -> None:
    """Refuse one of upstream and organisation without the other: nobody is to believe that filings go out."""
    if settings.upstream_url and not settings.organization:
        missing, given = "organization", "upstream_url"
    elif settings.organization not in ("", _MINISTRY) and not settings.upstream_url:
        missing, given = "upstream_url", "organization"
    else:
        return
    raise WrongSetting(
        f"{_name(missing)}: 已设置 {_name(given)},须同时设置 · {_name(given)} is set, so set this as well"
    )


def environment_of(settings: Settings, *, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment that gives a process we start these settings, and the owner's login to none."""
    environment = {name: value for name, value in base.items() if not name.startswith(PREFIX)}
    for field, value in msgspec.structs.asdict(settings).items():
        if value not in ("", None) and field != "owner_database_url":
            environment[_name(field)] = str(value)
    return environment


def _name(field: str) -> str:
    return f"{PREFIX}{field.upper()}"


def _shown(field: str, given: Mapping[str, str]) -> str:
    """Repeat a wrong value, but not one that may hold a secret."""
    return "…" if field.endswith(("_url", "_keys")) else repr(given.get(field, ""))


def _decode_keys(value: str) -> Secret:
    from birthreg.kernel.data_keys import parse_keys  # noqa: PLC0415 - needed by few, slow to import

    parse_keys(value)
    return Secret(value)


def _decode(kind: type, value: str) -> object:
    if kind is Path:
        return Path(value)
    if kind is Secret:
        return _decode_keys(value)
    raise TypeError(kind)
