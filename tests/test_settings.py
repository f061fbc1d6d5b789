"""What can be set, and how many threads may compute."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rag.settings import cores


@pytest.mark.parametrize(("told", "expected"), [("3", 3), ("5,2", 5), ("0", 1), ("", 1), ("many", 1)])
def test_what_the_user_sets_holds(told: str, expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OMP_NUM_THREADS decides, its first level where there are several; what is no number does not."""
    monkeypatch.setenv("OMP_NUM_THREADS", told)
    (tmp_path / "cpu.max").write_text("100000 100000")  # one core
    assert cores(tmp_path / "cpu.max") == expected


@pytest.mark.parametrize("quota", ["max 100000", "", "nonsense", "100000 0"])
def test_without_a_quota_all_usable_cores_count(quota: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No limit, or none that can be read, leaves the cores that this process may run on."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    (tmp_path / "cpu.max").write_text(quota)
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert cores(tmp_path / "cpu.max") == cores(tmp_path / "no such file") == usable


def test_a_quota_below_the_cores_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a core of a container's quota is one thread."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    (tmp_path / "cpu.max").write_text("50000 100000")
    assert cores(tmp_path / "cpu.max") == 1
