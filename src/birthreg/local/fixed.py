"""The numbers that everybody tries first: papers and registrations that are the same on every day."""

from datetime import date, datetime, time, timedelta
from random import Random

from birthreg.local.believable import HOSPITALS, Family
from birthreg.local.stories import LOCAL, Storyteller, Used

FIXED_SEED = 420_000


def tell_fixed(today: date) -> Storyteller:
    """Tell of the fixed numbers that were issued; the names on X420100005 are such that nobody types them by chance."""
    teller = Storyteller(Random(FIXED_SEED), today=today)  # noqa: S311 - stories, not secrets
    for number, born_at, issued_on, parents in (
        (
            "X420100002",
            datetime(2023, 4, 28, 6, 12, tzinfo=LOCAL),
            date(2023, 5, 4),
            Family("周子墨", 1, "陈雨桐", "周明远", couple=2),
        ),
        (
            "X420100005",
            datetime(2023, 9, 3, 21, 40, tzinfo=LOCAL),
            date(2023, 9, 8),
            Family("皇甫砚秋", 2, "贺兰静川", "皇甫松年", couple=5),
        ),
        (
            "X420100004",
            datetime(2017, 3, 14, 15, 5, tzinfo=LOCAL),
            date(2023, 5, 22),
            Family("陶思远", 1, "夏云芝", "陶立新", couple=4),
        ),
    ):
        teller.issue(HOSPITALS[0], parents, born_at, issued_on, number=number)
    return teller


def use_fixed() -> Used:
    """Return the registration on X420100002."""
    return Used(
        certificate_number="X420100002",
        used_at=datetime(2023, 5, 16, 10, 24, 31, tzinfo=LOCAL),
        organization="420606510000",
        registration_reference="42060651202305160007",
    )


def hold_fixed(today: date) -> Used:
    """Return the registration on X420100004: over six, with its four proofs, since twelve days."""
    return Used(
        certificate_number="X420100004",
        used_at=datetime.combine(today - timedelta(days=12), time(15, 8), LOCAL),
        organization="420106510000",
        registration_reference="42010651-approval-0004",
    )
