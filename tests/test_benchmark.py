"""The benchmark at a size that takes seconds: what it measures is real, how fast is left to the real run."""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[1]
_TINY = {
    "usages": 13_000,
    "singles": 300,
    "ranges": 100,
    "issuances": 300,
    "asked": 500,
    "connections": 8,
    "rounds": 1,
    "seconds": 1,
    "warm-up": 1,
    "arrivals-rate": 50,
    "arrivals-seconds": 1,
    "batches": 2,
    "batch-size": 500,
    "import-rows": 3_000,
    "blacklist-rows": 8_000,
    "blacklist-rounds": 2,
    "registrations": 40,
    "raced": 10,
    "screened": 1_000,
    "cases": 2_000,
    "draws": 300,
}


@pytest.mark.slow
def test_one_run_measures_all_three_side_by_side_and_keeps_what_it_saw(tmp_path: Path) -> None:
    file = tmp_path / "seen.json"
    sizes = [word for name, size in _TINY.items() for word in (f"--{name}", str(size))]
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--generator", "own", "--json", str(file), *sizes],
        env=os.environ | {"PYTHONPATH": f"{_ROOT / 'scripts'}{os.pathsep}{_ROOT / 'src'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    seen = json.loads(file.read_text())
    assert seen["valid"]
    assert set(seen["single"]) == set(seen["arrivals"]) == {"bare", "conventional", "birthreg"}
    assert all(rounds[0]["sample"]["requests"] > 0 for rounds in seen["single"].values())
    assert [run["in_flight"] for run in seen["batches"]] == [1, 2]
    assert seen["imported"]["rows"] == 3_000
    assert seen["blacklist"]["rows"] == 8_000
    beside = [each["meanwhile"]["p99_ms"] / each["quiet"]["p99_ms"] for each in seen["blacklist"]["rounds"]]
    assert len(beside) == 2
    (goal,) = [goal for goal in seen["goals"] if goal["what"].startswith("look-ups' p99 beside that file")]
    assert goal["seen"] == pytest.approx(statistics.median(beside))
    assert seen["registered"]["registrations"] == 40
    assert (seen["race"]["registered"], seen["race"]["refused"], seen["race"]["processes"]) == (10, 10, 2)
    assert [run["registrations"] for run in seen["screening"]["sweeps"]] == [200, 1_000]
    assert seen["screening"]["sweeps"][1]["found"] > 0
    assert seen["screening"]["meanwhile"]["requests"] > 0
    assert (seen["cases"]["draws"], seen["cases"]["doubles"]) == (300, 0)
    assert seen["cases"]["first_page"]["requests"] > 0
    assert len(seen["goals"]) == 17
    assert "| birthreg " in ran.stdout
