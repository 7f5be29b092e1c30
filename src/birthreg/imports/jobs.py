"""What the worker runs for imports."""

import logging
from pathlib import Path

from birthreg.imports.lanes import ImportTakenOver
from birthreg.imports.models import Import
from birthreg.imports.service import ImportUnderway, list_waiting, run_import
from birthreg.kernel.database import Database

logger = logging.getLogger("birthreg")


async def run_waiting_imports(database: Database, *, uploads: Path) -> list[Import]:
    """Run every uploaded import that waits, or whose runner is gone, one after the other, and return them.

    The file of each lies in `uploads` under its identifier, and goes when the import has ended.
    """
    ended: list[Import] = []
    while True:
        async with database.transaction() as tx:
            waiting = await list_waiting(tx)
        if not waiting:
            return ended
        for candidate in waiting:
            path = uploads / str(candidate.id)
            try:
                ended.append(await run_import(database, import_id=candidate.id, path=path))
            except (ImportUnderway, ImportTakenOver):
                logger.info("import %s is run elsewhere", candidate.id)
                continue
            path.unlink(missing_ok=True)
