"""The only reader of the environment. Rooms get values as arguments."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

PREFIX = "BIRTHREG_"


class WrongSetting(Exception):
    """A setting that stops the start; its text is the one line that the operator reads."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the operator decided; each field is `BIRTHREG_` and its name in capitals."""

    database_url: str = ""
    """The service's login, in libpq form; empty means the embedded server."""
    owner_database_url: str = ""
    """The owner's login, for `migrate` alone; empty means the service's."""
    redis_url: str = ""
    """Empty means the embedded server."""
    data_dir: Path = Path(".birthreg")
    """Uploaded files, results, embedded servers and, unless `key_dir` is given, keys."""
    key_dir: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    """Service processes; one beats two where the database shares two cores."""
    timezone: str = "Asia/Shanghai"
    log_format: Literal["text", "json"] = "text"

    @property
    def keys(self) -> Path:
        """The folder of the private signing keys."""
        return self.key_dir or self.data_dir / "keys"


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
        names = ", ".join(f"{PREFIX}{name.upper()}" for name in unknown)
        raise WrongSetting(f"{names}: 未知的设置项,请删除或改正 · unknown setting, remove or correct it")
    try:
        return msgspec.convert(given, Settings, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        field = str(error).rpartition("$.")[2].rstrip("`")
        raise WrongSetting(f"{PREFIX}{field.upper()}={given.get(field, '')!r}: 设置值有误 · {error}") from error


def _decode(kind: type, value: str) -> object:
    if kind is Path:
        return Path(value)
    raise TypeError(kind)
