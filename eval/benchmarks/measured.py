"""Run commands and say what they took: wall time, processor time, and the memory of all their processes together.

On a machine that others use at the same time the wall time says little; the processor time and ratios of runs made in
turn stay meaningful. Memory is the sum of proportional set sizes, sampled so rarely that sampling takes a hundredth of
a core, and at least the largest resident size of one process, which the kernel keeps itself; on Linux alone.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LOOK_S = 0.2  # between two looks at the memory, at least
LOOK_SHARE = 0.01  # of a core that looking may take; a look at 800 MB takes ten milliseconds
PEER = Path(__file__).with_name("peer_langchain.py")


@dataclass(frozen=True)
class Cost:
    """What a command took, and what it printed."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    output: str = ""


def rag(*arguments: str | Path) -> list[str]:
    """Return the command that runs `rag` with this interpreter."""
    return [sys.executable, "-m", "rag", *map(str, arguments)]


def run(command: Sequence[str | Path], env: Mapping[str, str] | None = None, *, may_fail: bool = False) -> Cost:
    """Run a command to its end; raise RuntimeError with its last words when it fails, unless it may."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err, cwd=ROOT, env={**os.environ, **(env or {})})
        watch = _Watch(process.pid)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = max(watch.stop(), used.ru_maxrss / 1024)
        out.seek(0)
        err.seek(0)
        if process.returncode and not may_fail:
            raise RuntimeError(
                f"{' '.join(map(str, command[:6]))} ended with {process.returncode}: {err.read()[-2000:]}"
            )
        return Cost(round(wall, 3), round(used.ru_utime + used.ru_stime, 3), round(peak, 1), out.read())


class _Watch:
    """Sample the memory of a process and its descendants until told to stop."""

    def __init__(self, pid: int) -> None:
        self._pid, self._peak, self._over = pid, 0.0, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.is_set():
            start = time.thread_time()
            self._peak = max(self._peak, sum(map(_megabytes, _family(self._pid))))
            self._over.wait(max(LOOK_S, (time.thread_time() - start) / LOOK_SHARE))

    def stop(self) -> float:
        self._over.set()
        self._thread.join()
        return self._peak


def _family(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        with suppress(OSError, ValueError):
            for task in Path(f"/proc/{one}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def _megabytes(pid: int) -> float:
    with suppress(OSError, ValueError, StopIteration):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) / 1024
    return 0.0


def in_turn(rounds: int, **runs: Callable[[], Cost]) -> dict[str, list[Cost]]:
    """Run everything once per round, in turn, so that a busy machine treats all alike."""
    costs: dict[str, list[Cost]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, once in runs.items():
            costs[name].append(once())
    return costs


def middle(costs: Sequence[Cost]) -> dict[str, float]:
    """Return the median of each figure."""
    return {name: round(median(getattr(cost, name) for cost in costs), 3) for name in ("wall_s", "cpu_s", "peak_mb")}


def ratio(theirs: Sequence[Cost], ours: Sequence[Cost]) -> dict[str, float]:
    """Return how many times more the other side took, by medians."""
    one, other = middle(theirs), middle(ours)
    return {name: round(one[name] / max(other[name], 1e-9), 2) for name in one}


def host() -> dict[str, Any]:
    """Describe the machine and how busy it is."""
    load = [round(value, 1) for value in os.getloadavg()]
    return {"python": platform.python_version(), "cores": len(os.sched_getaffinity(0)), "load": load}


# --- the command line of a benchmark ------------------------------------------------------------------------


def options(doc: str | None, arguments: Sequence[str] | None, **more: dict[str, Any]) -> argparse.Namespace:
    """Read the options that all speed benchmarks share, and some of their own."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared", help="folder with papers/ and briefs/")
    parser.add_argument(
        "--peer", help="Python with langchain-community, langchain-huggingface, faiss, pypdf, the model"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    for name, settings in more.items():
        parser.add_argument(f"--{name}", **settings)
    return parser.parse_args(arguments)


def keep(report: Mapping[str, Any], file: Path | None) -> None:
    """Write figures as JSON."""
    if file:
        file.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def shown(title: str, costs: Mapping[str, Sequence[Cost]]) -> str:
    """Return medians as a small table."""
    rows = [f"{title:<44} {'wall s':>8} {'cpu s':>8} {'peak MB':>8}"]
    for name, some in costs.items():
        told = middle(some)
        rows.append(f"  {name:<42} {told['wall_s']:>8.2f} {told['cpu_s']:>8.2f} {told['peak_mb']:>8.0f}")
    return "\n".join(rows)


def as_json(costs: Mapping[str, Sequence[Cost]]) -> dict[str, Any]:
    """Return medians and every single run, without what was printed."""
    return {
        name: {
            "median": middle(some),
            "runs": [{key: value for key, value in asdict(cost).items() if key != "output"} for cost in some],
        }
        for name, some in costs.items()
    }
