"""Say how many threads may compute: what the user set, else the cores this process may use."""

from __future__ import annotations

import math
import os
from pathlib import Path

_QUOTA = Path("/sys/fs/cgroup/cpu.max")  # control groups v2: a container's "200000 100000" stands for two cores


def count(quota: Path = _QUOTA) -> int:
    """Return OMP_NUM_THREADS where it is set, else the cores that affinity and a container's quota leave."""
    told = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    if told.isdecimal() and int(told):
        return int(told)
    return max(1, min(_usable(), _allowed(quota)))


def _usable() -> int:
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _allowed(quota: Path) -> int:
    """Return the quota in whole cores, rounded up, or more than any machine has where there is none."""
    try:
        most, period = quota.read_text(encoding="ascii").split()
        return math.ceil(int(most) / int(period))
    except (OSError, ValueError, ZeroDivisionError):  # no control groups, or "max": no quota
        return 1 << 20
