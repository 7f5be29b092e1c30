"""What the worker runs for faces."""

import logging

from birthreg.documents import store
from birthreg.documents.turning import open_sealed, turn
from birthreg.kernel.database import Database
from birthreg.kernel.errors import Unavailable
from birthreg.kernel.vault import Vault

logger = logging.getLogger("birthreg")

_BLOCK = 200


async def turn_some_faces(database: Database, *, vault: Vault) -> bool:
    """Turn templates under the data key in use, and say whether there may be more.

    After a change of the key, and after pgvector was made ready: what can't be searched yet can be then. One that
    doesn't open is passed over, and told in the log.
    """
    key, turned = vault.current(), 0
    async with database.transaction() as tx:
        waiting = await store.list_unturned(tx, mark=key.mark, limit=_BLOCK)
        for template in waiting:
            try:
                embedding = open_sealed(vault, template.sealed)
            except Unavailable:
                logger.exception("face template %s can't be opened", template.id)
                continue
            await store.turn_template(tx, id=template.id, turned=turn(key, embedding))
            turned += 1
    return len(waiting) == _BLOCK and turned > 0
