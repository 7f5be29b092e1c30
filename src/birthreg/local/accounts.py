"""Who the embedded servers run as: PostgreSQL refuses root, so root lends them an ordinary account."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec

from birthreg.kernel.language import Text
from birthreg.local.failures import StartFailed

ACCOUNT = "birthreg"
"""The system account that root makes for the servers; `nobody` serves where none can be made."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """The identity of a server process; `switch` is what `setpriv` needs to take it on, empty for our own."""

    uid: int
    gid: int
    switch: tuple[str, ...] = ()

    def own(self, folder: Path, *, mode: int = 0o700) -> None:
        """Make a folder that belongs to this account alone, or close the one that stands there."""
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
        found = folder.lstat()
        if not folder.is_dir() or folder.is_symlink() or found.st_uid not in (self.uid, os.geteuid()):
            raise StartFailed(
                Text(
                    f"目录 {folder} 属于另一个用户;请删除它或换用 --data-dir",
                    f"the folder {folder} belongs to another user; remove it or choose another --data-dir",
                )
            )
        folder.chmod(mode)
        if found.st_uid != self.uid:
            os.chown(folder, self.uid, self.gid)


def choose_account(folder: Path, *, programs: tuple[Path, ...]) -> Account:
    """Choose who runs the servers of a data folder.

    An ordinary user runs them as themselves. Root runs them as whoever owns the folder,
    else as `birthreg`; where that account can't reach the folder or the programs (a
    checkout under a closed home), it is lent the capability to enter closed folders,
    rather than opening folders that the operator closed.
    """
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid())
    entry = _owner(folder) or _system_account()
    identity = (f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups")
    for switch in (identity, *((*identity, *lent) for lent in _lendings())):
        account = Account(uid=entry.pw_uid, gid=entry.pw_gid, switch=switch)
        if all(_can_enter(account, path) for path in (folder, *programs)):
            return account
    raise StartFailed(
        Text(
            f"系统账户 {entry.pw_name} 无法进入 {folder} 或程序所在目录;请以普通用户启动,或换用它能进入的位置",
            f"the account {entry.pw_name} can't reach {folder} or the programs; start as an ordinary user,"
            " or use a place that it can reach",
        )
    )


def _lendings() -> Iterator[tuple[str, ...]]:
    """Yield the words that lend a capability to enter closed folders, the one without a right to write first."""
    for capability in ("dac_read_search", "dac_override"):
        # The bit lets access(2) heed the capability too: initdb looks for its programs by it.
        yield (f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}", "--securebits=+no_setuid_fixup")


def _owner(folder: Path) -> pwd.struct_passwd | None:
    """Return who owns the database that stands there, so that it opens again whoever starts it."""
    try:
        uid = (folder / "postgres").stat().st_uid
        return pwd.getpwuid(uid) if uid != 0 else None
    except (FileNotFoundError, KeyError):
        return None


def _system_account() -> pwd.struct_passwd:
    for attempt in ("look", "make"):
        if attempt == "make" and (useradd := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")):
            command = [useradd, "--system", "--no-create-home", "--home-dir", "/nonexistent", ACCOUNT]
            subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - fixed words
        try:
            return pwd.getpwnam(ACCOUNT)
        except KeyError:
            continue
    return pwd.getpwnam("nobody")


def _can_enter(account: Account, path: Path) -> bool:
    command = ["setpriv", *account.switch, "--", "test", "-x", str(path)]
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603 - fixed words
    except FileNotFoundError as error:
        raise StartFailed(
            Text(
                "缺少 setpriv(util-linux);请安装,或以普通用户启动",
                "setpriv (util-linux) is missing; install it, or start as an ordinary user",
            )
        ) from error
