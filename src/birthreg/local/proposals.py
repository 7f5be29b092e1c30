"""What the demonstration's administrators are at: proposals that wait, a hold, an objection, an announcement."""

from birthreg.access.models import Act, Officer, Scope
from birthreg.access.rules import reach_of
from birthreg.blacklist import announcing, deciding, objecting, proposing
from birthreg.blacklist.models import BlacklistReason
from birthreg.blacklist.notice_models import ObjectionRequest, Relation
from birthreg.blacklist.proposal_models import Choice, HoldRequest, ProposalRequest, ProposedAct
from birthreg.kernel.database import Transaction
from birthreg.kernel.identifiers import new_id
from birthreg.local.believable import HOSPITALS, OFFICERS, ORGANIZATIONS
from birthreg.local.voids import Listed

_TERMINAL = "10.42.1.8"
_NATION = Scope(patterns=("%",))


async def propose_some(tx: Transaction, listed: list[Listed]) -> None:
    """Let the administrators begin a few changes of the list, each at another place of its way."""
    lost = [one for one in listed if one.reason == "lost_by_family" and one.lifted_at is None]
    mistaken, contested = lost[-1], lost[-2]
    day = listed[-1].event_date
    theirs = "wuhan" if mistaken.organization.startswith("4201") else "xiangyang"
    await _propose(
        tx, "admin.wuhan", ProposalRequest(
            act=ProposedAct.ADD, first="Y420900100", last="Y420900149", count=50, reason=BlacklistReason.STOLEN,
            document_number="武公（户）〔2025〕31号", event_date=day, institution=HOSPITALS[0].name,
            note="产科空白证件被盗,已立案",
        ),
    )  # fmt: skip
    await _propose(
        tx, "admin.xiangyang", ProposalRequest(
            act=ProposedAct.ADD, first="Y420900207", reason=BlacklistReason.FORGED,
            document_number="襄公（户）〔2025〕18号", event_date=day, note="经签发机构辨认,非该机构签发",
        ),
    )  # fmt: skip
    await _hold(tx, day=day)
    await _lift_and_tell(tx, mistaken, theirs=theirs)
    await _object(tx, contested)


def officer_of(identifier: str) -> Officer:
    """Return an officer of the demonstration."""
    name, role, organization = next(row[1:] for row in OFFICERS if row[0] == identifier)
    return Officer(
        id=identifier, name=name, role=role, organization=organization,
        organization_name=ORGANIZATIONS[organization], session=new_id(),
    )  # fmt: skip


def scope_of(officer: Officer, act: Act) -> Scope:
    """Return how far an officer of the demonstration may do an act."""
    return reach_of(officer, act) or _NATION


async def _propose(tx: Transaction, identifier: str, asked: ProposalRequest) -> None:
    officer = officer_of(identifier)
    scope = scope_of(officer, Act.PROPOSE_BLACKLIST)
    await proposing.propose(tx, officer, scope=scope, asked=asked, terminal=_TERMINAL)


async def _hold(tx: Transaction, *, day: object) -> None:
    officer = officer_of("admin2.wuhan")
    asked = HoldRequest(
        first="Y420900301", last="Y420900325", count=25, reason=BlacklistReason.LOST_BY_INSTITUTION,
        document_number="武公（户）急〔2025〕4号", event_date=day, institution=HOSPITALS[0].name,  # type: ignore[arg-type]
        note="盘点发现空白证件短少,核实中",
    )  # fmt: skip
    scope = scope_of(officer, Act.PROPOSE_BLACKLIST)
    await proposing.hold(tx, officer, scope=scope, asked=asked, terminal=_TERMINAL)


async def _lift_and_tell(tx: Transaction, entry: Listed, *, theirs: str) -> None:
    """Two persons lift an entry, and the neighbour takes note of it."""
    first, second = officer_of(f"admin.{theirs}"), officer_of(f"admin2.{theirs}")
    asked = ProposalRequest(
        act=ProposedAct.LIFT, entry_id=entry.id, document_number=f"{entry.document_number}之二",
        note="家长找回原证并交验,原登报声明撤销",
    )  # fmt: skip
    scope = scope_of(first, Act.PROPOSE_BLACKLIST)
    proposed = await proposing.propose(tx, first, scope=scope, asked=asked, terminal=_TERMINAL)
    await deciding.decide(
        tx, second, scope=scope_of(second, Act.DECIDE_BLACKLIST), proposal=proposed.proposal.id, choice=Choice.APPROVE,
        reason="原证已核验", version=None, terminal=_TERMINAL,
    )  # fmt: skip
    neighbour = officer_of("admin.xiangyang" if theirs == "wuhan" else "admin.wuhan")
    for told in await announcing.list_announcements(tx, neighbour, since=None, after=None, limit=1):
        await announcing.acknowledge(tx, neighbour, announcement=told.id, note="已转各派出所", terminal=_TERMINAL)


async def _object(tx: Transaction, entry: Listed) -> None:
    asked = ObjectionRequest(
        certificate_number=entry.first, objector="黎素芬", relation=Relation.MOTHER,
        grounds="证件一直由本人保管,从未遗失,登报声明系同名他人所为。", evidence=["原件照片", "医院签发存根复印件"],
    )  # fmt: skip
    await objecting.object_to(tx, officer_of("clerk.wuchang"), entry=entry.id, asked=asked, terminal=_TERMINAL)
