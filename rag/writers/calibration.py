"""Find the score from which a model's check of meaning is believed, and keep it with the model's name.

A small model says "Yes" too rarely, a large one hardly errs: one threshold does not fit both. It is put where nearly
all right claims pass: what it stops is printed as the authors' own sentence, and what it lets through has passed
the exact gates before. Not handled: asking (`model_check`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rag import files
from rag.errors import SettingsError
from rag.writers.model_check import DEFAULT_THRESHOLD, ModelCheck

KEPT = 0.95  # of the right claims pass
BOUNDS = (0.05, 0.95)  # whatever was measured: a check that always or never says yes is none
STEPS = tuple(step / 20 for step in range(1, 20))


@dataclass(frozen=True, slots=True)
class Calibration:
    """Hold what a model's check did on labelled claims; `curve` has (threshold, right kept, wrong passed)."""

    model: str
    threshold: float
    right: int
    wrong: int
    auc: float
    curve: tuple[tuple[float, float, float], ...]


def calibrate(
    check: ModelCheck,
    pairs: Iterable[tuple[str, Sequence[str], bool]],
    progress: Callable[[int], None] = lambda done: None,
) -> Calibration:
    """Ask a model of every pair of claim and evidence; raise `WriterError` where it gives no answer."""
    scores: dict[bool, list[float]] = {True: [], False: []}
    for done, (claim, evidence, supported) in enumerate(pairs, 1):
        scores[supported].append(check.score(claim, evidence))
        progress(done)
    return calibrated(check.name, scores[True], scores[False])


def calibrated(model: str, right: Sequence[float], wrong: Sequence[float]) -> Calibration:
    """Return the calibration that scores of right and of wrong claims give; both must hold some."""
    low, high = BOUNDS
    ordered = sorted(right)
    threshold = min(high, max(low, ordered[int((1 - KEPT) * len(ordered))]))
    wins = sum((a > b) + 0.5 * (a == b) for a in right for b in wrong)
    curve = tuple((step, share(right, step), share(wrong, step)) for step in STEPS)
    return Calibration(
        model, round(threshold, 3), len(right), len(wrong), round(wins / (len(right) * len(wrong)), 3), curve
    )


def share(scores: Sequence[float], threshold: float) -> float:
    """Return the share of scores that reach a threshold."""
    return round(sum(score >= threshold for score in scores) / len(scores), 3)


def keep_calibration(found: Calibration, path: Path) -> None:
    """Write a calibration beside those of other models, in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    files.replace(path, (json.dumps({**_kept(path), found.model: asdict(found)}, indent=1) + "\n").encode())


def threshold_of(model: str, path: Path | None) -> float:
    """Return a model's threshold as calibrated, else the default; raise `SettingsError` for a broken file."""
    found = _kept(path).get(model) if path else None
    if found is None:
        return DEFAULT_THRESHOLD
    threshold = found.get("threshold") if isinstance(found, dict) else None
    if not isinstance(threshold, float) or not 0 <= threshold <= 1:
        raise SettingsError(f"{path}: no threshold between 0 and 1 for {model}; run: rag calibrate --llm {model}")
    return threshold


def _kept(path: Path) -> dict[str, object]:
    try:
        kept = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        kept = None
    if not isinstance(kept, dict):
        raise SettingsError(f"{path} cannot be read; remove it and run: rag calibrate --llm SPEC")
    return kept
