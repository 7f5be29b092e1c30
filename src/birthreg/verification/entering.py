"""How a number came to be asked: typed, read from a picture, or both."""

from uuid import UUID

import msgspec

from birthreg.certificates.rules import number_in
from birthreg.documents.reading_models import Reading, ReadingOutcome
from birthreg.documents.readings import find_usable_reading
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import FieldsWrong, field_error
from birthreg.verification.entry_models import EnteredBy, Entry
from birthreg.verification.models import Asking


async def rest_on_reading(tx: Transaction, asking: Asking, *, reading: UUID, field: str = "reading_id") -> Asking:
    """Let a question rest on a reading of the asker's own organisation, at most a day old.

    Where nothing was typed, the number that was surely read is asked. A number that was surely read and isn't the
    one typed warns; what wasn't surely read says nothing.

    Raises:
        FieldsWrong: there is no such reading, or nothing was typed and nothing surely read.
    """
    found = await require_reading(tx, organization=asking.asker.organization, reading=reading, field=field)
    read = found.certificate_number if found.outcome is ReadingOutcome.SURE else None
    if asking.typed.strip():
        return msgspec.structs.replace(asking, entry=_beside(asking, found, read))
    if read is None:
        raise _unsure(field)
    entry = Entry(entered_by=EnteredBy.READ, reading_id=reading)
    return msgspec.structs.replace(asking, typed=read, certificate_number=number_in(read), entry=entry)


async def require_reading(tx: Transaction, *, organization: str, reading: UUID, field: str = "reading_id") -> Reading:
    """Return a reading of an organisation, at most a day old.

    Raises:
        FieldsWrong: there is no such reading.
    """
    found = await find_usable_reading(tx, organization=organization, reading=reading)
    if found is None:
        raise _unusable(field)
    return found


def _beside(asking: Asking, found: Reading, read: str | None) -> Entry:
    is_same = asking.certificate_number is not None and asking.certificate_number == found.certificate_number
    if is_same or read is not None:
        read_number = None if is_same else read
        return Entry(entered_by=EnteredBy.BOTH, reading_id=found.id, read_number=read_number)
    return Entry(entered_by=EnteredBy.TYPED, reading_id=found.id)


def _unusable(field: str) -> FieldsWrong:
    return field_error(
        field=field,
        code="reading_unusable",
        zh="没有这次识别,或不属于本单位,或已超过一天;请重新识别,或直接录入编号。",
        en="There is no such reading of your organisation within a day; read the paper again, or type the number.",
    )


def _unsure(field: str) -> FieldsWrong:
    return field_error(
        field=field,
        code="reading_not_sure",
        zh="图片上的编号未能可靠识别,请对照证件录入编号。",
        en="The number wasn't read surely; type it from the paper.",
    )
