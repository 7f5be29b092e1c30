"""The cases around one, and why each is there."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from birthreg.access.models import Scope
from birthreg.cases import service
from birthreg.cases import shape_store as store
from birthreg.cases.shape_models import TIE_NAMES, Edge, Graph, Node, NodeRow, RelatedRow, Tie
from birthreg.kernel.database import Transaction
from birthreg.kernel.language import Language
from birthreg.screening.showing import Reader

MOST_NODES = 50
NUMBERS_APART = 20
"""How far apart two numbers of one issuer may lie: a pack of blanks that went astray together."""

CLERK_DAYS = 7
"""One officer's registrations tie cases only within these days of each other: over a year everybody's would."""

MOST_SHARING = 20
"""Of what more registrations than these share, such as a station's address, the latest are looked at."""


class _Web:
    """What is known of the cases around one while going from hop to hop."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.nodes: dict[UUID, tuple[NodeRow, int]] = {}
        self.foreign: set[UUID] = set()
        self.left_out: set[UUID] = set()
        self.ties: list[RelatedRow] = []

    def add(self, rows: Iterable[NodeRow], *, hops: int) -> set[UUID]:
        """Take in cases in their order while there is room; return those taken in."""
        added = set()
        for row in rows:
            if not row.is_inside:
                self.foreign.add(row.id)
            elif len(self.nodes) < MOST_NODES:
                self.nodes[row.id] = row, hops
                added.add(row.id)
            else:
                self.left_out.add(row.id)
        return added

    def unknown(self, ties: Iterable[RelatedRow]) -> list[UUID]:
        """Return the cases that ties lead to and that weren't met before, those that most ties lead to first."""
        met = self.nodes.keys() | self.foreign | self.left_out
        count = Counter(tie.target for tie in ties if tie.target not in met)
        return sorted(count, key=lambda case: (-count[case], case))


async def relate(tx: Transaction, *, scope: Scope, case: UUID, depth: int, reader: Reader) -> Graph:
    """Return a case and what was merged into it, with the cases that share something with them.

    With a depth of 2 also those that share something with these. Cases outside the scope are counted, and nothing
    is told of what lies beyond them.

    Raises:
        NotFound: no such case inside the scope.
    """
    await service.find_case(tx, scope=scope, case=case)
    web = _Web()
    family = await store.list_family(tx, case=case)
    frontier = web.add(await _in_order(tx, scope, sorted(family, key=lambda one: (one != case, one))), hops=0)
    for hops in range(1, depth + 1):
        ties = await store.list_ties(tx, cases=frontier, apart=NUMBERS_APART, days=CLERK_DAYS, most=MOST_SHARING)
        web.ties += ties
        frontier = web.add(await _in_order(tx, scope, web.unknown(ties)), hops=hops)
    return _draw(web, reader)


async def _in_order(tx: Transaction, scope: Scope, cases: list[UUID]) -> list[NodeRow]:
    found = {row.id: row for row in await store.list_nodes(tx, scope=scope, cases=cases)}
    return [found[case] for case in cases]


def _draw(web: _Web, reader: Reader) -> Graph:
    shown = [tie for tie in web.ties if tie.source in web.nodes and tie.target in web.nodes]
    once = {(tie.kind, frozenset((tie.source, tie.target))): tie for tie in shown}
    edges = [_edge(web, tie, reader.language) for tie in once.values()]
    return Graph(
        nodes=[_node(row, hops, reader) for row, hops in web.nodes.values()],
        edges=sorted(edges, key=lambda edge: (edge.source, edge.target, edge.kind)),
        foreign=len(web.foreign),
        left_out=len(web.left_out),
        cut=sorted({tie.kind for tie in web.ties if tie.is_cut}),
    )


def _edge(web: _Web, tie: RelatedRow, language: Language) -> Edge:
    source, target = sorted((tie.source, tie.target))
    row, _ = web.nodes[source]
    came = {Tie.MERGE: row.merged_into, Tie.SPLIT: row.split_from}
    if tie.kind in came and came[tie.kind] != target:
        source, target = target, source
    reason = TIE_NAMES[tie.kind].fill(distance=tie.distance, days=CLERK_DAYS).speak(language)
    return Edge(source=source, target=target, kind=tie.kind, reason=reason, distance=tie.distance)


def _node(row: NodeRow, hops: int, reader: Reader) -> Node:
    return Node(
        id=row.id, number=row.number, certificate_number=reader.number(row.certificate_number), status=row.status,
        severity=row.severity, organization=row.organization, opened_at=row.opened_at, hops=hops,
    )  # fmt: skip
