"""What the tests of the policy share."""

from datetime import date
from typing import Any

from tests import make

from birthreg.registrations.models import Application
from birthreg.registrations.policy_models import Allowed, Facts, Held, Outcome, Refused
from birthreg.registrations.rules import judge
from birthreg.verification.models import VerdictKind

TODAY = date(2024, 6, 1)


def facts(**changes: Any) -> Facts:
    """A clear number, on the day of the plain newborn's application, at its desk."""
    return Facts(**({"verdict": VerdictKind.CLEAR, "judged_on": TODAY, "organization": make.WUCHANG} | changes))


def judged(application: Application, **changes: Any) -> Outcome:
    """What becomes of an application that is entered on the day on which it was taken in."""
    if "verdict" not in changes and application.certificate_number is None:
        changes["verdict"] = None
    return judge(application, facts(**({"judged_on": application.applied_on} | changes)))


def codes(outcome: Outcome) -> list[str]:
    """The codes of an outcome's refusals, or of the grounds it waits on."""
    if isinstance(outcome, Refused):
        return [refusal.code for refusal in outcome.refusals]
    return [ground.code for ground in outcome.grounds] if isinstance(outcome, Held) else []


def noted(outcome: Outcome) -> list[str]:
    """The codes of what the desk is told beside."""
    assert isinstance(outcome, Allowed | Held)
    return [note.code for note in outcome.notes]


def proofs(*kinds: str) -> list[dict[str, str]]:
    """Papers of these kinds."""
    return [{"kind": kind, "document_number": f"证〔2024〕{place} 号"} for place, kind in enumerate(kinds, start=1)]


def late_proofs(on: str = "2024-05-21") -> dict[str, Any]:
    """The four proofs of a child over six, all of one day."""
    return {
        "visit_report": {"report_number": "访 1", "visited_on": on, "visitors": ["周敏"], "summary": "随父母居住。"},
        "face_comparison": {"report_number": "像 1", "compared_on": on, "result": "no_match"},
        "fingerprint_comparison": {"report_number": "指 1", "compared_on": on, "result": "no_match"},
        "dna_report": {
            "laboratory": "湖北中正司法鉴定所",
            "report_number": "鉴 1",
            "concluded_on": on,
            "conclusion": "supported",
            "loci": 21,
            "combined_paternity_index": 1.2e6,
        },
    }


LATE_PROOFS = late_proofs()


def child_of(born: str, applied_on: str, **changes: Any) -> Application:
    """A child born on one day whose birth is declared on another."""
    return make.application(
        **(
            {
                "child": {"born_at": born} | changes.pop("child", {}),
                "certificate": {"issued_on": born},
                "applied_on": applied_on,
            }
            | changes
        )
    )
