"""What processes cost: processor time and memory, read from /proc."""

import os
from collections import defaultdict
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def _read_stats() -> dict[int, tuple[int, float]]:
    """Map each process to its parent and the processor seconds of itself and its ended children."""
    stats = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        stats[int(folder.name)] = int(fields[1]), sum(map(int, fields[11:15])) / _TICK
    return stats


def list_tree(root: int) -> list[int]:
    """Return a process and all that descend from it."""
    children = defaultdict(list)
    for process, (parent, _seconds) in _read_stats().items():
        children[parent].append(process)
    tree = [root]
    for process in tree:
        tree.extend(children[process])
    return tree


def count_processor_seconds(root: int) -> float:
    """Return the processor time that a process and its descendants have used."""
    stats = _read_stats()
    return sum(stats[process][1] for process in list_tree(root) if process in stats)


def read_peak_memory(root: int) -> int:
    """Return the most bytes that were resident in a process and its descendants, each at its own peak."""
    total = 0
    for process in list_tree(root):
        try:
            status = Path(f"/proc/{process}/status").read_text()
        except OSError:
            continue
        peak = status.partition("VmHWM:")[2].split(maxsplit=1)
        total += int(peak[0]) * 1024 if peak else 0
    return total


def count_busy_seconds() -> float:
    """Return the processor time that the whole machine has spent on anything, with what its host took away."""
    user, nice, system, _idle, _wait, irq, softirq, stolen = map(
        int, Path("/proc/stat").read_text().split(maxsplit=9)[1:9]
    )
    return (user + nice + system + irq + softirq + stolen) / _TICK
