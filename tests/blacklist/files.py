"""Officers who bring void numbers by file, and the worker beside them."""

from pathlib import Path
from typing import Any

import httpx
from tests import make
from tests.conftest import SignIn

from birthreg.access.models import Role
from birthreg.blacklist.jobs import carry_out_batches, look_back_on_batches
from birthreg.imports.jobs import compare_staged_batch, run_waiting_imports
from birthreg.kernel.database import Database

IMPORTS = "/api/v1/blacklist/imports"
ENTRIES = "/api/v1/blacklist/entries"
HEADER = "first,last,count,reason,document_number,event_date,institution,note\n"
SINGLE = "X420700001,,,stolen,武卫〔2024〕7号,2024-03-01,武汉市第一妇幼保健院,夜间被盗\n"
RANGE = "X420700100,X420701599,1500,voided,武卫〔2024〕8号,2024-03-02,武汉市第一妇幼保健院,\n"
APPROVE = {"decision": "approve", "reason": "与来文核对一致"}
REFUSE = {"decision": "refuse", "reason": "来文无此号段"}
UNDO = {"reason": "来文撤销"}


class Bureau:
    """Two administrators of Wuhan, one of whom brings files, and the worker."""

    def __init__(self, sign_in: SignIn, database: Database, folder: Path) -> None:
        """Begin with nobody signed in."""
        self._sign_in = sign_in
        self._database = database
        self._folder = folder
        self._desks: dict[str, httpx.AsyncClient] = {}

    async def desk(
        self,
        id: str = "admin.wuhan",  # noqa: A002 - the field's name
        role: Role = Role.PREFECTURE_ADMIN,
        organization: str = make.WUHAN,
    ) -> httpx.AsyncClient:
        """The desk of an officer; the same each time."""
        if id not in self._desks:
            self._desks[id] = await self._sign_in(id, role=role, organization=organization)
        return self._desks[id]

    async def send(self, content: str | bytes, name: str = "list.csv", **headers: str) -> httpx.Response:
        """Send a file, not yet staged."""
        return await (await self.desk()).post(IMPORTS, files={"file": (name, content)}, headers=headers)

    async def bring(self, content: str | bytes, name: str = "list.csv") -> dict[str, Any]:
        """Bring a file and let the worker stage and compare it; return its preview and all else."""
        sent = await self.send(content, name)
        assert sent.status_code == 202, sent.text
        await self.stage()
        return await self.look(sent.json()["id"])

    async def stage(self) -> None:
        """Let the worker read and compare what waits."""
        while await run_waiting_imports(self._database, uploads=self._folder / "imports"):
            pass
        while await compare_staged_batch(self._database):
            pass

    async def work(self) -> None:
        """Let the worker carry out what was approved, and look back."""
        while await carry_out_batches(self._database):
            pass
        while await look_back_on_batches(self._database):
            pass

    async def look(self, batch: str) -> dict[str, Any]:
        """What the door shows of a batch."""
        answer = await (await self.desk()).get(f"{IMPORTS}/{batch}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def list_kind(self, batch: str, kind: str) -> list[dict[str, Any]]:
        """The rows of one kind."""
        answer = await (await self.desk()).get(f"{IMPORTS}/{batch}/differences", params={"kind": kind})
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def act(self, batch: str, what: str, id: str = "admin.wuhan", **body: Any) -> httpx.Response:  # noqa: A002
        """One act on a batch by an officer."""
        return await (await self.desk(id)).post(f"{IMPORTS}/{batch}/{what}", json=body or None)

    async def put_in_force(self, content: str | bytes) -> dict[str, Any]:
        """Bring, propose and approve a file."""
        batch = (await self.bring(content))["id"]
        assert (await self.act(batch, "commit")).status_code == 200
        approved = await self.act(batch, "approval", "admin2.wuhan", **APPROVE)
        assert approved.status_code == 200, approved.text
        await self.work()
        return await self.look(batch)

    async def take_back(self, batch: str) -> dict[str, Any]:
        """Have a batch in force taken back by two persons."""
        assert (await self.act(batch, "undo", "admin2.wuhan", **UNDO)).status_code == 200
        approved = await self.act(batch, "approval", "admin.wuhan", **APPROVE)
        assert approved.status_code == 200, approved.text
        await self.work()
        return await self.look(batch)
