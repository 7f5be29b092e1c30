"""`birthreg key rotate|show`: put new signing keys into use, and show the one in use to others."""

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

_PURPOSES = ("receipt", "token", "seal", "filing")


def add_commands(commands: Commands) -> None:
    """Add the commands over keys."""
    key = commands.group("key", sentence=Text("签名密钥", "signing keys"), example="birthreg key rotate")
    rotate = key.add(
        "rotate",
        sentence=Text(
            "启用新的签名密钥;旧私钥删除,旧公钥保留,以往签名仍可核验",
            "put new keys into use; what the old ones signed stays verifiable",
        ),
        example="birthreg key rotate --purpose receipt",
        run=run_rotate,
    )
    rotate.add_argument(
        "--purpose", choices=_PURPOSES, help="只更换一种用途,默认全部 · one purpose alone, default all of them"
    )
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
    """Rotate the keys of one purpose, or of all."""
    for purpose in (arguments.purpose,) if arguments.purpose else _PURPOSES:
        signer = asyncio.run(_rotate(purpose))
        print(f"{purpose} {signer.key_id}")
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
