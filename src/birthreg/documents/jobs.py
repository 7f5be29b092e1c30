"""What the worker runs for faces."""

import logging
from contextlib import suppress
from uuid import UUID

from birthreg.documents import store
from birthreg.documents.turning import open_sealed, turn
from birthreg.kernel.database import Database
from birthreg.kernel.errors import Unavailable
from birthreg.kernel.vault import Vault

logger = logging.getLogger("birthreg")

_BLOCK = 200
_BEFORE_ALL = UUID(int=0)


async def turn_some_faces(database: Database, *, vault: Vault) -> bool:
    """Turn templates under the data key in use, and say whether there may be more.

    After a change of the key, and after pgvector was made ready: what can't be searched yet can be then. Those that
    don't open, of a key that is lost, are passed over and told in the log.
    """
    after: UUID | None = _BEFORE_ALL
    while after is not None:
        turned, after = await _turn_block(database, vault, after=after)
        if turned:
            return after is not None
    return False


async def _turn_block(database: Database, vault: Vault, *, after: UUID) -> tuple[int, UUID | None]:
    """Turn a block in a transaction of its own; how many were turned, and where the next begins."""
    key, embeddings = vault.current(), {}
    async with database.transaction() as tx:
        waiting = await store.list_unturned(tx, mark=key.mark, after=after, limit=_BLOCK)
        for template in waiting:
            with suppress(Unavailable):
                embeddings[template.id] = open_sealed(vault, template.sealed)
        for identifier, embedding in embeddings.items():
            await store.turn_template(tx, id=identifier, turned=turn(key, embedding))
    if broken := [template.id for template in waiting if template.id not in embeddings]:
        logger.error("%d face templates can't be opened, the first is %s", len(broken), broken[0])
    return len(embeddings), waiting[-1].id if len(waiting) == _BLOCK else None
