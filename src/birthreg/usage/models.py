"""The nouns of usage."""

from datetime import datetime
from uuid import UUID

import msgspec


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """A number's one use: when, at which organisation, and for which registration.

    `reserved` means that the registration awaits its approval. The reference is the
    organisation's own; the identifier is set when the registration was made here.
    """

    certificate_number: str
    used_at: datetime
    organization: str
    organization_name: str | None
    registration_reference: str | None
    registration_id: UUID | None
    reserved: bool
