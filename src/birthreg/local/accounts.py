"""Who the embedded servers run as: PostgreSQL refuses root, so root lends them an ordinary account."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

import msgspec

from birthreg.kernel.language import Text
from birthreg.local.failures import StartFailed

ACCOUNT = "birthreg"
"""The system account that root makes for the servers; `nobody` serves where none can be made."""

# Either lets a process enter folders that are closed to its account, the first without a right to write.
_ENTER_CLOSED_FOLDERS = {"dac_read_search": 2, "dac_override": 1}


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
    account = Account(uid=entry.pw_uid, gid=entry.pw_gid, switch=identity)
    if all(_can_enter(account, path) for path in (folder, *programs)):
        return account
    capability = _held_capability(folder)
    lent = (f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}")
    return Account(uid=entry.pw_uid, gid=entry.pw_gid, switch=(*identity, *lent))


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


def _held_capability(folder: Path) -> str:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    held = int(next(line for line in status.splitlines() if line.startswith("CapEff")).split()[1], 16)
    for name, bit in _ENTER_CLOSED_FOLDERS.items():
        if held >> bit & 1:
            return name
    raise StartFailed(
        Text(
            f"系统账户无法进入 {folder} 或程序所在目录;请以普通用户启动,或换用它能进入的位置",
            f"the servers' account can't reach {folder} or the programs; start as an ordinary user,"
            " or use a place that it can reach",
        )
    )
