"""The composition root of the service: every door is listed here and nowhere else."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import asyncpg
from litestar import Litestar
from litestar.datastructures import State
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme
from redis.asyncio import Redis

from birthreg.access.api import OfficerController, SessionController
from birthreg.access.guards import DEPENDENCIES
from birthreg.access.service import demonstrating
from birthreg.access.terminals import Network, find_peer
from birthreg.access.tokens import Tokens
from birthreg.access.trail_api import TrailController
from birthreg.blacklist.announcements_api import AnnouncementController
from birthreg.blacklist.api import BlacklistController, BlacklistFileController
from birthreg.blacklist.letters_api import AnnouncementLetterController, ObjectionLetterController
from birthreg.blacklist.objections_api import EntryObjectionController, ObjectionController
from birthreg.blacklist.proposals_api import HoldController, PreviewController, ProposalController
from birthreg.cases.acts_api import CaseActController
from birthreg.cases.api import CaseController
from birthreg.cases.bulk_api import CaseBulkController
from birthreg.cases.chapter_api import CaseChapterController
from birthreg.cases.concluding_api import CaseConclusionController
from birthreg.cases.dossier_api import CaseDossierController
from birthreg.cases.events_api import EventController
from birthreg.cases.evidence_api import CaseEvidenceController
from birthreg.cases.evidence_files import EvidenceFolder
from birthreg.cases.gauges import keep_gauges as keep_evidence_gauges
from birthreg.cases.gauges import list_harmed
from birthreg.cases.shape_api import CaseShapeController
from birthreg.cases.tailing import Tail
from birthreg.certificates.api import IssuanceController
from birthreg.documents.api import DocumentController
from birthreg.documents.chapter_api import DocumentChapterController
from birthreg.documents.readers import Readers
from birthreg.filing.api import FilingController
from birthreg.filing.gauges import keep_gauges
from birthreg.filing.models import Level
from birthreg.filing.receiving import Take
from birthreg.imports.api import ImportController
from birthreg.imports.batch_acts_api import BlacklistBatchController
from birthreg.imports.blacklist_api import BlacklistImportController
from birthreg.kernel.api import (
    SCHEMA_PLUGINS,
    ClosedObjects,
    OpenController,
    refuse_unknown_query,
    schema_assets,
    without_body,
)
from birthreg.kernel.budgets import Budgets
from birthreg.kernel.clock import now_utc
from birthreg.kernel.database import Database
from birthreg.kernel.doors import DoorRequest
from birthreg.kernel.errors import Unavailable
from birthreg.kernel.help_page import DEMONSTRATION
from birthreg.kernel.keys import Keyring, register
from birthreg.kernel.problems import EXCEPTION_HANDLERS, mark_request, mark_response
from birthreg.kernel.public_keys import Purpose
from birthreg.kernel.vault import Vault
from birthreg.registrations.acting import Books
from birthreg.registrations.api import RegistrationController
from birthreg.registrations.changes_api import ChangeController
from birthreg.registrations.faces_api import FaceController
from birthreg.registrations.taking import take as take_filing
from birthreg.screening.chapter_api import ChapterController
from birthreg.screening.findings_api import FindingController
from birthreg.screening.lists_api import ListController
from birthreg.screening.rulebook import Rulebook
from birthreg.screening.rules_api import RuleChangeController, RuleController
from birthreg.screening.sweeps_api import SweepController
from birthreg.settings import Settings, read_settings
from birthreg.verification.api import PATH as VERIFY_PATH
from birthreg.verification.api import CertificateController, HotDoor, VerificationController
from birthreg.verification.batches import SIDE_BY_SIDE, Batches
from birthreg.verification.budget import LookupBudget
from birthreg.verification.gathering import Gatherer
from birthreg.verification.jobs import Files
from birthreg.verification.jobs_api import VerificationJobController
from birthreg.verification.readings_api import ReadingController
from birthreg.verification.receipts import Attester
from birthreg.verification.service import Grammars

logger = logging.getLogger("birthreg")

DOORS = [
    OpenController,
    SessionController,
    OfficerController,
    VerificationController,
    VerificationJobController,
    CertificateController,
    IssuanceController,
    RegistrationController,
    ChangeController,
    ImportController,
    BlacklistController,
    FilingController,
    BlacklistFileController,
    BlacklistImportController,
    BlacklistBatchController,
    PreviewController,
    ProposalController,
    HoldController,
    AnnouncementController,
    EntryObjectionController,
    ObjectionController,
    AnnouncementLetterController,
    ObjectionLetterController,
    RuleController,
    RuleChangeController,
    FindingController,
    ChapterController,
    SweepController,
    ListController,
    CaseShapeController,
    CaseBulkController,
    EventController,
    CaseChapterController,
    CaseController,
    CaseActController,
    CaseConclusionController,
    CaseEvidenceController,
    CaseDossierController,
    ReadingController,
    DocumentController,
    DocumentChapterController,
    FaceController,
    TrailController,
]

_HOW_TO_BEGIN = (
    "[使用手册 · manual](/help)\n\n"
    "登录:`POST /api/v1/sessions`,将返回的 `access_token` 填入右侧 Authorize。"
    "答复默认为中文,`Accept-Language: en` 为英文。\n\n"
    "Sign in with `POST /api/v1/sessions`, then put the `access_token` into Authorize. "
    "Answers are in Chinese unless `Accept-Language: en` is sent."
)

_ANSWER_SECONDS = 10
"""What one statement of a request may take; whoever waits at a desk should not wait longer for a server that hangs."""


class Service(Litestar):
    """The application, with the hot door in front of the router."""

    def __init__(self, *, trusted_proxies: Sequence[Network], **parts: Any) -> None:
        """Put the application together; of these proxies it believes whom they answer for."""
        super().__init__(**parts)
        self._trusted_proxies = trusted_proxies
        self.hot_door = HotDoor(self.state)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, or live through start and stop."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        if self._trusted_proxies:
            scope["client"] = find_peer(scope["client"], scope["headers"], trusted=self._trusted_proxies)
        if scope["method"] == "POST" and scope["path"] == VERIFY_PATH and not scope["query_string"]:
            await self.hot_door(scope, receive, send)
        elif scope["method"] == "HEAD":
            as_get: Any = {**scope, "method": "GET", "state": {**scope.get("state", {}), "is_head": True}}
            await super().__call__(as_get, receive, without_body(send))
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: Settings | None = None, *, take: Take = take_filing) -> Service:
    """Make the service; no server need be there yet. `take` brings filings of the level below into the books."""
    settings = settings or read_settings()
    return Service(
        trusted_proxies=settings.proxies,
        route_handlers=[*DOORS, schema_assets()],
        guards=[refuse_unknown_query],
        dependencies=DEPENDENCIES,
        state=State({"level": level_of(settings), "take": take}),
        plugins=[ClosedObjects()],
        request_class=DoorRequest,
        before_request=mark_request,
        after_request=mark_response,
        exception_handlers=EXCEPTION_HANDLERS,
        lifespan=[partial(_live, settings=settings)],
        openapi_config=OpenAPIConfig(
            title="birthreg · 出生医学证明编号核验服务",
            version="1",
            description=_HOW_TO_BEGIN,
            components=Components(
                security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer", bearer_format="JWT")}
            ),
            security=[{"bearer": []}],
            render_plugins=SCHEMA_PLUGINS,
            path="/schema",
        ),
        request_max_body_size=1024 * 1024,
        logging_config=None,  # the framework's own would replace ours, which masks numbers and names the request
    )


@asynccontextmanager
async def _live(app: Litestar, settings: Settings) -> AsyncGenerator[None, None]:
    """Open what the doors work with, and close it at the end."""
    database, books, probing = pools = _name_pools(settings.database_url)
    redis = Redis.from_url(settings.redis_url, socket_timeout=0.5, socket_connect_timeout=0.5)
    keyring = Keyring(settings.keys)
    budget = LookupBudget(Budgets(redis), database=database, clock=now_utc)
    attester = Attester(keyring)
    gatherer = Gatherer(books, guard=budget, clock=now_utc)
    await asyncio.gather(*(pool.open() for pool in pools))
    app.state.update(
        {
            "database": database,
            "books": books,
            "probing": probing,
            "redis": redis,
            "budget": budget,
            "gatherer": gatherer,
            "attester": attester,
            "batches": Batches(books, budget=budget),
            "events": Tail(database),
            "readers": Readers(Budgets(redis), clock=now_utc),
            **_without_connections(settings, keyring),
        }
    )
    introducing = introduce(app, database, keyring, files=bool(settings.upstream_url))
    following = (introducing, keep_gauges(database), keep_evidence_gauges(database), app.state.events.follow())
    background = [asyncio.create_task(task) for task in following]
    gatherer.start()
    try:
        yield
    finally:
        for task in background:
            task.cancel()
        await app.state.readers.close()
        await gatherer.stop()
        attester.stop()
        await budget.stop()
        for pool in reversed(pools):
            await pool.close()
        await redis.aclose()


def _name_pools(url: str) -> tuple[Database, Database, Database]:
    """Return the pools of all doors, of batches, and of registrations.

    The last two keep their plans: to plan how a number is judged costs four times the judging.
    """
    return (
        Database(url, command_timeout=_ANSWER_SECONDS),
        Database(url, size=SIDE_BY_SIDE, generic_plans=True, command_timeout=_ANSWER_SECONDS),
        Database(url, size=8, generic_plans=True, command_timeout=_ANSWER_SECONDS),
    )


def _without_connections(settings: Settings, keyring: Keyring) -> dict[str, Any]:
    """Return what the doors work with that is opened nowhere: keys, folders, the vault, the level above, the watch."""
    vault = Vault(settings.keys, given=settings.data_keys)
    return {
        "demonstration": False,
        "keyring": keyring,
        "tokens": Tokens(keyring, directory=settings.keys),
        "files": Files(settings.data_dir / "files"),
        "uploads": settings.data_dir / "imports",
        "evidence": EvidenceFolder(settings.data_dir / "evidence"),
        "watch": list_harmed,
        "vault": vault,
        "registering": Books(vault, Grammars(), level_of(settings), Rulebook()),
    }


def level_of(settings: Settings) -> Level:
    """Return this instance's place among the levels."""
    return Level(organization=settings.organization, upstream_url=settings.upstream_url)


async def introduce(app: Litestar, database: Database, keyring: Keyring, *, files: bool) -> None:
    """Make the public keys known and say whether this is a demonstration, as soon as the database has its tables."""
    while True:
        try:
            async with database.transaction() as tx:
                for purpose in (Purpose.RECEIPT, Purpose.TOKEN, *((Purpose.FILING,) if files else ())):
                    await register(tx, keyring.current(purpose))
                is_demonstration = await demonstrating(tx)
        except (Unavailable, asyncpg.PostgresError) as error:
            logger.warning("the public keys are not known yet: %s", type(error).__name__)
            await asyncio.sleep(1)
        else:
            break
    if is_demonstration:
        app.openapi_schema.info.description = f"**{DEMONSTRATION.zh} {DEMONSTRATION.en}**\n\n{_HOW_TO_BEGIN}"
    app.state.demonstration = is_demonstration
