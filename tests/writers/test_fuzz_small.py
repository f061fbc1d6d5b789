"""Whatever a chat model makes of small questions, nothing unwarranted is printed; ten thousand: eval.benchmarks."""

from __future__ import annotations

from eval.benchmarks.fuzz_writer import run_small


def test_hostile_replies_to_small_questions_breach_nothing() -> None:
    found = run_small(40, seed=11)
    assert found["replies"] >= 40
    assert found["outcomes"]
    assert found["breaches"] == {}
