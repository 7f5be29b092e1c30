"""The trail's nouns."""

from datetime import datetime
from enum import IntEnum, StrEnum
from uuid import UUID

import msgspec

from birthreg.kernel.language import Text


class Operation(IntEnum):
    """The kind of an act, as logs of police applications number it."""

    SIGN_IN = 0
    QUERY = 1
    ADD = 2
    CHANGE = 3
    DELETE = 4


class Trail(StrEnum):
    """The two tables that make the trail, in the order of a seal's tree."""

    ENTRIES = "audit_entries"
    LOOKUPS = "lookups"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One act on the trail, whether it was written there itself or is a look-up's own record."""

    id: UUID
    trail: Trail
    recorded_at: datetime
    officer: str
    organization: str
    on_behalf_of: str | None
    terminal: str
    operation: Operation
    act: str
    succeeded: bool
    error_code: str | None
    condition: str | None
    count: int
    object: str
    key: str | None
    transaction_number: int


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """One link of the chain, over the entries of transactions [`first_transaction`, `next_transaction`)."""

    number: int
    form: int
    """1: over the text of the entries; 2: over the digests of their rows."""
    sealed_at: datetime
    first_transaction: int
    next_transaction: int
    entries: int
    lookups: int
    """How many of the entries, the last ones of the tree, are look-ups."""
    root: bytes
    previous: bytes
    head: bytes
    key_id: str
    signature: bytes


class WholeSeal(Seal, frozen=True, kw_only=True):
    """A seal with its leaves: per entry 16 bytes of identifier and 32 of digest, in the order of the tree."""

    leaves: bytes


class Claim(msgspec.Struct, frozen=True):
    """Whether a transaction is the only one that seals."""

    claimed: bool


class Content(msgspec.Struct, frozen=True):
    """What a seal of the first form vouches for: an entry as text."""

    id: UUID
    transaction_number: int
    content: str


class Digest(msgspec.Struct, frozen=True):
    """What a seal of the second form vouches for: an entry by the digest of its row."""

    id: UUID
    transaction_number: int
    digest: bytes


class Leaves(msgspec.Struct, frozen=True):
    """The leaves of one table's entries, as `WholeSeal` holds them."""

    leaves: bytes


class Present(msgspec.Struct, frozen=True):
    """An entry that is there."""

    id: UUID


class Cut(msgspec.Struct, frozen=True):
    """The transaction number before which the next seal ends."""

    next: int


class Horizon(msgspec.Struct, frozen=True):
    """The transaction number before which every transaction has ended; nothing can appear there any more."""

    transaction: int


class Extent(msgspec.Struct, frozen=True, kw_only=True):
    """How long the chain is."""

    seals: int
    entries: int


class Unsealed(msgspec.Struct, frozen=True):
    """How many entries are newer than the last seal."""

    entries: int


class Purge(msgspec.Struct, frozen=True, kw_only=True):
    """The certificate that retention removed what a table held from before a moment."""

    id: UUID
    trail: Trail
    before: datetime
    purged_at: datetime
    reason: str
    key_id: str
    signature: bytes


class Fault(StrEnum):
    """What can be found wrong with the chain, from its links down to a single entry."""

    SEAL_REMOVED = "seal_removed"
    LINK_BROKEN = "link_broken"
    HEAD_CHANGED = "head_changed"
    KEY_UNKNOWN = "key_unknown"
    SIGNATURE_WRONG = "signature_wrong"
    LEAVES_CHANGED = "leaves_changed"
    ENTRY_CHANGED = "entry_changed"
    ENTRY_REMOVED = "entry_removed"
    ENTRY_INSERTED = "entry_inserted"
    PUBLISHED_HEAD_DIFFERS = "published_head_differs"


FAULTS: dict[Fault, Text] = {
    Fault.SEAL_REMOVED: Text("封存记录缺失", "the seal is missing"),
    Fault.LINK_BROKEN: Text("与前一封存不相连", "the seal does not follow the one before it"),
    Fault.HEAD_CHANGED: Text("封存记录被改动", "the seal was changed"),
    Fault.KEY_UNKNOWN: Text("签名密钥未知", "the signing key is unknown"),
    Fault.SIGNATURE_WRONG: Text("签名不符", "the signature does not hold"),
    Fault.LEAVES_CHANGED: Text("封存的摘要被改动", "the sealed digests were changed"),
    Fault.ENTRY_CHANGED: Text("记录被改动", "the entry was changed"),
    Fault.ENTRY_REMOVED: Text("记录被删除", "the entry was removed"),
    Fault.ENTRY_INSERTED: Text("记录是事后插入的", "the entry was inserted afterwards"),
    Fault.PUBLISHED_HEAD_DIFFERS: Text("与对外公布的链头不符", "the chain is not the one whose head was published"),
}


class Break(msgspec.Struct, frozen=True, kw_only=True):
    """One place where the chain doesn't hold; an entry is named where one is concerned."""

    fault: Fault
    seal: int
    trail: Trail | None = None
    entry: UUID | None = None


class PublishedHead(msgspec.Struct, frozen=True, kw_only=True):
    """The head of the chain as it is published outside; digest hexadecimal, signature base64url."""

    number: int
    sealed_at: datetime
    next_transaction: int
    head: str
    key_id: str
    signature: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a walk along the chain found."""

    extent: Extent
    purged: int
    """Entries that retention removed, vouched for by a certificate."""
    unsealed: int
    broken: int
    breaks: tuple[Break, ...]
    """The first of the broken places, in the order of the chain."""
    head: Seal | None
