"""What rules read beside registrations: lists that two administrators fill, as everywhere, and claims of others."""

from datetime import date, datetime, timedelta

import msgspec

from birthreg.access.models import Act
from birthreg.kernel.database import Transaction
from birthreg.local.believable import HOSPITALS
from birthreg.local.proposals import officer_of, scope_of
from birthreg.local.stories import Storyteller, Used
from birthreg.screening import listing
from birthreg.screening.list_models import ChangeChoice, ListAct, ListChangeRequest, ListName

_TERMINAL = "10.42.0.8"
_NEIGHBOUR = "410103510000"
WATCHED = HOSPITALS[7]
"""The hospital whose certificates of one spring are looked into."""

WATCHED_FROM, WATCHED_TO = date(2022, 3, 1), date(2022, 6, 30)
COMPLETE_FROM = 2024
"""Since this year of printing the health authority has delivered every certificate of the province."""


class Rival(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `rival_claims`: a file of another place's says that it used a number which was registered here."""

    certificate_number: str
    source: str = "imported"
    organization: str
    claimed_at: datetime


def tell_rivals(teller: Storyteller, known: list[Used]) -> list[Rival]:
    """Tell of numbers that a neighbouring province's back-fill claims too."""
    return [
        Rival(
            certificate_number=usage.certificate_number,
            organization=_NEIGHBOUR,
            claimed_at=usage.used_at + timedelta(days=teller.random.randint(3, 90)),
        )
        for usage in teller.random.sample(known[: len(known) // 2], 5)
    ]


async def fill_lists(tx: Transaction) -> None:
    """Say from when the issued certificates are complete, and whose are looked into."""
    await _change(
        tx, ListName.PROVINCES, ListChangeRequest(
            act=ListAct.SET, code="42", complete_from=COMPLETE_FROM, document_number="鄂卫公〔2024〕7号",
            reason="2024年起全省签发数据逐日报送,经核对完整",
        ),
    )  # fmt: skip
    await _change(
        tx, ListName.WATCHED_ISSUERS, ListChangeRequest(
            act=ListAct.SET, issuer_code=WATCHED.code, issuer_name=WATCHED.name, issuer_division=WATCHED.division,
            issued_from=WATCHED_FROM, issued_to=WATCHED_TO, document_number="鄂公治〔2023〕112号",
            reason="该院工作人员涉嫌倒卖空白证件,期间签发的证件逐一核查",
        ),
    )  # fmt: skip


async def _change(tx: Transaction, name: ListName, asked: ListChangeRequest) -> None:
    proposer, approver = officer_of("admin.hubei"), officer_of("admin2.hubei")
    proposed = await listing.propose(tx, proposer, list_name=name, asked=asked, terminal=_TERMINAL)
    await listing.decide(
        tx, approver, scope=scope_of(approver, Act.DECIDE_LISTS), list_name=name, change=proposed.id,
        choice=ChangeChoice.APPROVE, reason="属实", version=None, terminal=_TERMINAL,
    )  # fmt: skip
