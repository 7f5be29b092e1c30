"""What the worker runs for imports."""

import asyncio
import logging
from pathlib import Path

from birthreg.blacklist.carrying import compare
from birthreg.imports import batch_files
from birthreg.imports.lanes import ImportTakenOver
from birthreg.imports.service import ImportUnderway, find_waiting, run_import
from birthreg.kernel.database import Database

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
        await run_import(database, import_id=waiting.id, path=path)
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
