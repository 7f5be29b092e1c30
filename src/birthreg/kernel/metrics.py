"""What Prometheus reads at `/metrics`; no label holds anything about a person."""

from collections import Counter as Counts
from collections.abc import Iterable

from prometheus_client import Counter, Gauge, Histogram

LOOKUPS = Counter("birthreg_lookups", "Numbers verified, by verdict.", ["verdict"])
GROUP_SIZE = Histogram(
    "birthreg_lookup_group_size", "Look-ups that shared one transaction.", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 2048)
)
GROUP_SECONDS = Histogram(
    "birthreg_lookup_group_seconds",
    "From the start of a group's transaction to its commit.",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5),
)
STREAMS = Gauge("birthreg_event_streams", "Streams of live events that this process has open.")
LOST_GROUPS = Counter("birthreg_lookup_groups_lost", "Groups that got no answer because the database was away.")


def count_group(verdicts: Iterable[str], *, seconds: float) -> None:
    """Count a group of look-ups whose records are durable; `seconds` is what their transaction took."""
    counts = Counts(verdicts)
    for verdict, count in counts.items():
        LOOKUPS.labels(verdict).inc(count)
    GROUP_SIZE.observe(counts.total())
    GROUP_SECONDS.observe(seconds)
