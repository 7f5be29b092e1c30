"""Public keys that a command is given as a file."""

from pathlib import Path
from typing import TYPE_CHECKING

from birthreg.cli.failures import WrongArgument
from birthreg.kernel.language import Text

if TYPE_CHECKING:
    from birthreg.kernel.public_keys import PublicKeys


def read_key_set(file: Path) -> "PublicKeys":
    """Read a saved JWK set.

    Raises:
        WrongArgument: it is none.
    """
    from birthreg.kernel.public_keys import SignatureWrong, read_jwks

    try:
        return read_jwks(file.read_bytes())
    except SignatureWrong as error:
        raise WrongArgument(
            Text(
                f"{file} 不是公钥文件(JWK Set),请用 --keys 指定保存下来的 /.well-known/birthreg/jwks.json",
                f"{file} is not a JWK set: give a saved /.well-known/birthreg/jwks.json as --keys",
            )
        ) from error
