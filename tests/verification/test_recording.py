"""What is kept of a look-up is the same, whether it came alone or among thousands."""

import msgspec
from tests import make

from birthreg.kernel.database import Database
from birthreg.kernel.identifiers import new_id
from birthreg.verification import service, store
from birthreg.verification.models import Asking, Purpose
from birthreg.verification.service import Grammars

TYPED = ["X420100001", "x420100002", "Ｘ４２０１ ００００３", "X42O100004", "", "X990100005", "出生证 X420100006"]
KEPT = """
SELECT recorded_at, officer, organization, on_behalf_of, terminal, purpose, reference, typed, certificate_number,
       verdict, answer, list_version, rule_version, batch_id
  FROM lookups WHERE id = ANY ($1) ORDER BY id
"""


def questions(count: int) -> list[Asking]:
    """Questions of two askers, with and without references, well and badly typed."""
    batch = new_id()
    officer = make.signed_in()
    askers = [
        service.asker_of(
            officer, purpose=purpose, terminal=f"窗口 {place}", batch=batch if place else None, in_session=False
        )
        for place, purpose in enumerate((Purpose.BIRTH_REGISTRATION, Purpose.AUDIT))
    ]
    return [
        service.ask(askers[place % 2], TYPED[place % len(TYPED)], reference="第 7 号" if place % 3 else None)
        for place in range(count)
    ]


async def test_a_look_up_among_thousands_is_kept_as_one_that_came_alone(database: Database) -> None:
    many, few = questions(store.MANY), []
    async with database.transaction() as tx:
        await make.usage(tx, "X420100001")
        await make.listing(tx, "X420100002")
        grammars = Grammars()
        await service.verify_group(tx, many, grammars=grammars)
        for asking in many:
            few.append(msgspec.structs.replace(asking, id=new_id()))
            await service.verify_group(tx, few[-1:], grammars=grammars)
        kept = [
            [tuple(row) for row in await tx.connection.fetch(KEPT, [asking.id for asking in askings])]
            for askings in (many, few)
        ]
    assert len(kept[0]) == store.MANY
    assert kept[0] == kept[1]
