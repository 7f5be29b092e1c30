"""What the worker runs for imports."""

import asyncio
import logging
from datetime import timedelta
from pathlib import Path

from birthreg.blacklist.carrying import compare
from birthreg.imports import batch_files
from birthreg.imports.lanes import ImportTakenOver
from birthreg.imports.service import ImportUnderway, find_waiting, list_open, run_import
from birthreg.kernel.database import Database
from birthreg.kernel.uploads import list_files, remove_files

logger = logging.getLogger("birthreg")


async def run_waiting_imports(database: Database, *, uploads: Path) -> bool:
    """Run the uploaded import that waits longest, or whose runner is gone, to its end; False when none waits.

    Its file lies in `uploads` under its identifier, and goes when the import has ended.
    """
    async with database.transaction() as tx:
        waiting = await find_waiting(tx)
    if waiting is None:
        return False
    path = uploads / str(waiting.id)
    try:
        await run_import(database, import_id=waiting.id, path=path, beside_desks=True)
    except (ImportUnderway, ImportTakenOver):
        logger.info("import %s is run elsewhere", waiting.id)
        return True
    await asyncio.to_thread(path.unlink, missing_ok=True)
    return True


async def compare_staged_batch(database: Database) -> bool:
    """Compare the void numbers of a file that is read to its end with the list; False when none waits."""
    async with database.transaction() as tx:
        staged = await batch_files.find_staged(tx)
    if staged is None:
        return False
    return await compare(database, batch=staged)


async def sweep_uploads(database: Database, *, uploads: Path) -> None:
    """Remove the files of imports that have ended, and those that no row knows; a day old at least."""
    async with database.transaction() as tx:
        found = await asyncio.to_thread(list_files, uploads, before=tx.now - timedelta(days=1))
        wanted = await list_open(tx, imports=[import_id for import_id, _ in found])
    await asyncio.to_thread(remove_files, [place for import_id, place in found if import_id not in wanted])
