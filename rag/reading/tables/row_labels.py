"""Say which labels stand beside a row where one label at the left stands beside several rows.

Rows that have a label in common are set off by gaps. In each run of rows between gaps the label stands on the first
row, or in the middle; then it is clear. Not handled here: labels without gaps between their rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from rag.reading.tables.grid import Mark, Row

_GAP = 1.25  # times the usual distance of rows: a rule between two runs
_ON_MIDDLE = 0.3  # of a font size: how far a label stands from the middle of its rows


class Label(NamedTuple):
    """Hold what stands beside a row: its words and their text, outermost first where there are several labels."""

    marks: tuple[Mark, ...]
    text: str


class _Placed(NamedTuple):
    base: float
    label: Label


class _Run(NamedTuple):
    """Hold rows between two gaps, and the labels that stand beside them in one column."""

    rows: list[int]
    labels: list[_Placed]


def labels_of(rows: Sequence[Row], stubs: int, size: float) -> dict[int, Label]:
    """Return what stands beside each row whose labels are clear."""
    runs = _runs(rows, stubs)
    columns = [_beside(rows, [_labelled(rows, run, column, size) for run in runs], size) for column in range(stubs)]
    found: dict[int, Label] = {}
    for at in [at for run in runs for at in run if all(at in column for column in columns)]:
        labels = [column[at] for column in columns]
        marks = tuple([mark for label in labels for mark in label.marks])
        found[at] = Label(marks, "\n".join([label.text for label in labels]))
    return found


def _runs(rows: Sequence[Row], stubs: int) -> list[list[int]]:
    named = [at for at, row in enumerate(rows) if any(row.cells[stubs:])]
    steps = sorted(rows[below].base - rows[above].base for above, below in pairwise(named))
    pitch = steps[len(steps) // 4] if steps else 0.0
    runs: list[list[int]] = []
    for at in named:
        if runs and rows[at].base - rows[runs[-1][-1]].base <= _GAP * pitch:
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs


def _labelled(rows: Sequence[Row], run: list[int], column: int, size: float) -> _Run:
    top, bottom = rows[run[0]].base - size, rows[run[-1]].base + size
    labels = [
        _Placed(row.base, Label(row.held[column], row.cells[column]))
        for row in rows
        if top < row.base < bottom and row.cells[column]
    ]
    return _Run(run, labels)


def _beside(rows: Sequence[Row], runs: Sequence[_Run], size: float) -> dict[int, Label]:
    """Return the label beside each row in one column, where it is clear."""
    carries = _on_top(rows, runs)
    found: dict[int, Label] = {}
    carried: Label | None = None
    for run in runs:
        placed = [label for label in run.labels if label.label.text == run.labels[0].label.text]
        if run.labels and [label.base for label in placed] == [rows[at].base for at in run.rows]:
            found.update({at: label.label for at, label in zip(run.rows, placed, strict=True)})
        elif len(run.labels) == 1 and _stands(rows, run, size, carries):
            found.update(dict.fromkeys(run.rows, run.labels[0].label))
        elif not run.labels and carries and carried:
            found.update(dict.fromkeys(run.rows, carried))
        carried = found.get(run.rows[-1])
    return found


def _on_top(rows: Sequence[Row], runs: Sequence[_Run]) -> bool:
    """Tell whether every label stands on the first row of its run, as can be seen where a run is longer."""
    lone = [run for run in runs if len(run.labels) == 1]
    longer = any(len(run.rows) > 1 for run in lone)
    return longer and bool(runs[0].labels) and all(run.labels[0].base == rows[run.rows[0]].base for run in lone)


def _stands(rows: Sequence[Row], run: _Run, size: float, on_top: bool) -> bool:
    """Tell whether the only label of a run stands where labels do: on its first row, or in its middle."""
    if on_top:
        return run.labels[0].base == rows[run.rows[0]].base
    middle = 0.5 * (rows[run.rows[0]].base + rows[run.rows[-1]].base)
    return abs(run.labels[0].base - middle) < _ON_MIDDLE * size
