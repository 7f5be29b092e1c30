"""What the worker runs for the trail."""

from birthreg.audit import service
from birthreg.kernel.database import Database
from birthreg.kernel.keys import Keyring
from birthreg.kernel.public_keys import Purpose


async def seal(database: Database, keyring: Keyring) -> int:
    """Seal all that is due, each seal in its own transaction, and return how many entries that were."""
    sealed = 0
    while True:
        async with database.transaction() as tx:
            made = await service.seal_next(tx, signer=keyring.current(Purpose.SEAL))
        if made is None:
            return sealed
        sealed += made.entries
        if made.entries < service.ENTRIES_PER_SEAL:
            return sealed
