"""Where a request came from: the address that the network tells, and the name that a desk gives itself."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

Network = IPv4Network | IPv6Network


def find_peer(
    client: tuple[str, int] | None, headers: Iterable[tuple[bytes, bytes]], *, trusted: Sequence[Network]
) -> tuple[str, int] | None:
    """Return the peer for whom trusted proxies answer, read from `X-Forwarded-For`.

    Each proxy appends whom it heard, so the list is read from its end, and only as long as who
    says so is trusted: what a client wrote there itself is never believed.
    """
    if client is None:
        return None
    told = b",".join(value for name, value in headers if name == b"x-forwarded-for").decode("latin-1")
    peer, port = client
    for heard in reversed([part.strip() for part in told.split(",")]):
        if not _is_within(peer, trusted) or not _is_address(heard):
            break
        peer, port = heard, 0
    return peer, port


def name_terminal(peer: str, named: str | None) -> str:
    """Return what stands on the trail for a desk: its address, and beside it the name it gave itself."""
    return f"{peer} {named}" if named else peer


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_within(peer: str, networks: Sequence[Network]) -> bool:
    return _is_address(peer) and any(ip_address(peer) in network for network in networks)
