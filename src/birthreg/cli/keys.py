"""`birthreg key rotate|list|retire|show`: new keys into use, older data keys away, a public key for others."""

import argparse
import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

from birthreg.cli.commands import Commands
from birthreg.kernel.language import Text
from birthreg.settings import read_settings

if TYPE_CHECKING:
    from birthreg.kernel.database import Database
    from birthreg.kernel.keys import Signer

_PURPOSES = ("receipt", "token", "seal", "filing", "dossier")


def add_commands(commands: Commands) -> None:
    """Add the commands over keys."""
    key = commands.group(
        "key", sentence=Text("签名密钥与数据密钥", "signing and data keys"), example="birthreg key list"
    )
    rotate = key.add(
        "rotate",
        sentence=Text(
            "启用新密钥;以往签名仍可核验,加密数据由后台任务换密",
            "put new keys into use; old signatures stay verifiable, sealed data is renewed in the background",
        ),
        example="birthreg key rotate --purpose receipt",
        run=run_rotate,
    )
    rotate.add_argument(
        "--purpose",
        choices=(*_PURPOSES, "data"),
        help="只更换一种用途,默认全部签名密钥 · one purpose alone, default all that sign",
    )
    key.add(
        "list",
        sentence=Text("列出数据密钥及待换密的行数", "list the data keys, and the rows yet to be renewed"),
        example="birthreg key list",
        run=run_list,
    )
    retire = key.add(
        "retire",
        sentence=Text("删除不再需要的旧数据密钥", "remove an older data key that no row needs any more"),
        example="birthreg key retire 3f9c02ab",
        run=run_retire,
    )
    retire.add_argument("id", help="密钥编号 · the key's identifier")
    show = key.add(
        "show",
        sentence=Text("输出在用公钥(JWK Set),供上级登记等", "print the public key in use as a JWK set"),
        example="birthreg key show filing > wuhan.jwks.json",
        run=run_show,
    )
    show.add_argument("purpose", choices=_PURPOSES, help="用途 · what it signs")


def run_show(arguments: argparse.Namespace) -> int:
    """Print the public key in use; the first one is made where there is none."""
    from birthreg.kernel.keys import load_signer
    from birthreg.kernel.public_keys import jwks

    public = load_signer(read_settings().keys, arguments.purpose).public
    print(json.dumps(jwks([public]), indent=2))
    return 0


def run_rotate(arguments: argparse.Namespace) -> int:
    """Rotate the keys of one purpose, or of all that sign."""
    if arguments.purpose == "data":
        return _rotate_data_key()
    for purpose in (arguments.purpose,) if arguments.purpose else _PURPOSES:
        signer = asyncio.run(_rotate(purpose))
        print(f"{purpose} {signer.key_id}")
    return 0


def _rotate_data_key() -> int:
    from birthreg.cli.data_keys import rotate_data_key

    key = asyncio.run(rotate_data_key(read_settings()))
    print(f"data {key.id}")
    return 0


def run_list(_arguments: argparse.Namespace) -> int:
    """List the data keys."""
    from birthreg.cli.data_keys import list_data_keys

    for line in asyncio.run(list_data_keys(read_settings())):
        print(line)
    return 0


def run_retire(arguments: argparse.Namespace) -> int:
    """Remove a data key, unless it is needed."""
    from birthreg.cli.data_keys import retire_data_key

    print(asyncio.run(retire_data_key(read_settings(), arguments.id)))
    return 0


async def _rotate(purpose: str) -> "Signer":
    from birthreg.cli.databases import open_database

    settings = read_settings()
    async with open_database(settings) as database:
        return await rotate(database, settings.keys, purpose)


async def rotate(database: "Database", directory: Path, purpose: str) -> "Signer":
    """Make a new key, make it known, and put it into use; in this order, so that nothing unknown ever signs."""
    from birthreg.audit.models import Operation
    from birthreg.audit.service import record
    from birthreg.kernel.keys import make_signer, put_into_use, register

    signer = make_signer(purpose)
    async with database.transaction() as tx:
        await register(tx, signer)
        await record(
            tx,
            officer="operator",
            organization="-",
            terminal="terminal",
            operation=Operation.CHANGE,
            act="rotate_key",
            object="signing_key",
            key=signer.key_id,
            condition=purpose,
        )
    put_into_use(directory, signer)
    return signer
