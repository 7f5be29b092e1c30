"""One function per act: load the grammar, take delivery of issuances."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from birthreg.access.models import Officer, Scope
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.certificates import store
from birthreg.certificates.models import (
    CertificateNumber,
    Delivered,
    DeliveryOutcome,
    Grammar,
    Issuance,
    IssuanceDelivery,
)
from birthreg.certificates.rules import flaw_of_day, flaw_of_moment, number_in
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import FieldError, FieldsWrong, field_error
from birthreg.kernel.language import Text

MOST_DELIVERED = 10_000
_MALFORMED = Text(
    "不是合法的出生医学证明编号(1 位字母加 9 位数字)。",
    "Not a certificate number (one letter and nine digits).",
)
_NO_OFFSET = Text(
    "时间须带时区,如 2024-05-01T08:30:00+08:00。", "A time carries its offset, as 2024-05-01T08:30:00+08:00."
)
_FLAWS = {
    "moment_in_future": Text("时间晚于当前时间。", "The time lies in the future."),
    "date_in_future": Text("日期晚于今天。", "The date lies in the future."),
    "moment_too_early": Text("时间早于 1900 年。", "The time lies before 1900."),
    "date_too_early": Text("日期早于 1900 年。", "The date lies before 1900."),
}
_SAME = Text("原证编号与本证编号相同。", "A certificate can't replace itself.")
_ABROAD = Text("签发机构不在您的管辖范围内。", "The issuer lies outside your jurisdiction.")


async def load_grammar(tx: Transaction) -> Grammar:
    """Read the letter, edition and province tables, as administrators last left them."""
    return await store.load_grammar(tx)


async def find_issuance(tx: Transaction, *, scope: Scope, number: CertificateNumber) -> Issuance | None:
    """Return what the health authority says of a number, inside the scope."""
    return await store.find_issuance(tx, scope=scope, number=number)


def _normalized(number: str | None) -> str | None:
    return None if number is None else number_in(number)


def _check_times(delivery: IssuanceDelivery, where: str, now: datetime) -> list[FieldError]:
    """Hold the times to what files are held to: not to come, and no accident of some calendar."""
    errors = []
    if delivery.born_at.tzinfo is None:
        errors.append(FieldError(field=f"{where}.born_at", code="offset_missing", message=_NO_OFFSET))
    elif flaw := flaw_of_moment(delivery.born_at, asked_at=now):
        errors.append(FieldError(field=f"{where}.born_at", code=flaw, message=_FLAWS[flaw]))
    if flaw := flaw_of_day(delivery.issued_on, asked_at=now):
        errors.append(FieldError(field=f"{where}.issued_on", code=flaw, message=_FLAWS[flaw]))
    return errors


def _check(delivery: IssuanceDelivery, place: int, scope: Scope, now: datetime) -> list[FieldError]:
    errors = []
    where = f"[{place}]"
    if _normalized(delivery.certificate_number) is None:
        errors.append(FieldError(field=f"{where}.certificate_number", code="number_malformed", message=_MALFORMED))
    if delivery.original_number is not None and _normalized(delivery.original_number) is None:
        errors.append(FieldError(field=f"{where}.original_number", code="number_malformed", message=_MALFORMED))
    elif delivery.original_number and _normalized(delivery.original_number) == _normalized(delivery.certificate_number):
        errors.append(FieldError(field=f"{where}.original_number", code="original_is_same", message=_SAME))
    if delivery.child_sex not in (0, 1, 2, 9):
        message = Text("性别应为 0、1、2 或 9(GB/T 2261.1)。", "Sex is 0, 1, 2 or 9 (GB/T 2261.1).")
        errors.append(FieldError(field=f"{where}.child_sex", code="sex_unknown", message=message))
    errors += _check_times(delivery, where, now)
    if not scope.holds(delivery.issuer_division + "000000"):
        errors.append(FieldError(field=f"{where}.issuer_division", code="issuer_outside_scope", message=_ABROAD))
    return errors


def _require_sound(deliveries: Sequence[IssuanceDelivery], scope: Scope, now: datetime) -> None:
    if not 0 < len(deliveries) <= MOST_DELIVERED:
        raise field_error(
            field="body",
            code="delivery_size",
            zh=f"一次报送 1 至 {MOST_DELIVERED} 条。",
            en=f"A delivery holds 1 to {MOST_DELIVERED} certificates.",
        )
    errors = tuple(e for place, delivery in enumerate(deliveries) for e in _check(delivery, place, scope, now))
    if errors:
        raise FieldsWrong(errors=errors[:100])


async def deliver_issuances(
    tx: Transaction, officer: Officer, *, scope: Scope, deliveries: Sequence[IssuanceDelivery], terminal: str
) -> list[Delivered]:
    """Take what a health authority issued; nothing is overwritten, and a differing repeat is told apart.

    Raises:
        FieldsWrong: some certificate is wrong, or there are none or too many; then none is taken.
    """
    _require_sound(deliveries, scope, tx.now)
    plain = [
        msgspec.structs.replace(
            d,
            certificate_number=_normalized(d.certificate_number) or "",
            original_number=_normalized(d.original_number),
        )
        for d in deliveries
    ]
    delivered = await store.store_issuances(tx, issuances=plain, delivered_by=officer.id)
    outcomes = {kind: sum(d.outcome is kind for d in delivered) for kind in DeliveryOutcome}
    await record(
        tx,
        officer=officer.id,
        organization=officer.organization,
        terminal=terminal,
        operation=Operation.ADD,
        act="deliver_issuances",
        object="issuance",
        key=delivered[0].certificate_number if len(delivered) == 1 else None,
        count=len(deliveries),
        detail={str(kind): count for kind, count in outcomes.items()},
    )
    return delivered
