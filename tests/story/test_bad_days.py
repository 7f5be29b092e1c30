"""Days on which the power fails, the operator stops everything under load, or two instances share a machine."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from tests import make
from tests.local.instances import GENEROUSLY, Instance, find_free_port, processes_in, run
from tests.story.desks import VERIFY, asking, check_on_record, fill_books, sign_in_at, until_answered

from birthreg.access.models import Role
from birthreg.cli.databases import database_url
from birthreg.kernel.database import Database
from birthreg.local.servers import OWNER_ROLE, Postgres  # noqa: F401
from birthreg.settings import Settings

pytestmark = pytest.mark.slow
