"""Say which labels stand beside a row where one label at the left stands beside several rows.

Rows that have a label in common are set off by gaps. In each run of rows between gaps the label stands on the first
row, or in the middle; then it is clear. Not handled here: labels without gaps between their rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from rag.reading.grid import Mark, Row

_GAP = 1.25  # times the usual distance of rows: a rule between two runs
_ON_MIDDLE = 0.3  # of a font size: how far a label stands from the middle of its rows


class _Label(NamedTuple):
    base: float
    text: str
    marks: tuple[Mark, ...]


class _Run(NamedTuple):
    """Hold rows between two gaps, and the labels that stand beside them in one column."""

    rows: list[int]
    labels: list[_Label]


Beside = Mapping[int, tuple[Mark, ...]]


def labels_of(rows: Sequence[Row], stubs: int, size: float) -> Beside:
    """Return, for each row with numbers whose labels are clear, the words of those that stand on no line of its own."""
    runs = _runs(rows)
    found: list[Beside] = [
        _beside(rows, [_labelled(rows, run, column, size) for run in runs], size) for column in range(stubs)
    ]
    clear = set[int]().intersection(*found) if not found else set(found[0]).intersection(*found)
    return {at: tuple([mark for column in found for mark in column[at]]) for at in clear}


def _runs(rows: Sequence[Row]) -> list[list[int]]:
    numeric = [at for at, row in enumerate(rows) if row.numeric]
    steps = sorted(rows[below].base - rows[above].base for above, below in pairwise(numeric))
    pitch = steps[len(steps) // 4] if steps else 0.0
    runs: list[list[int]] = []
    for at in numeric:
        if runs and rows[at].base - rows[runs[-1][-1]].base <= _GAP * pitch:
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs


def _labelled(rows: Sequence[Row], run: list[int], column: int, size: float) -> _Run:
    top, bottom = rows[run[0]].base - size, rows[run[-1]].base + size
    labels = [
        _Label(row.base, row.cells[column], row.held[column])
        for row in rows
        if top < row.base < bottom and row.cells[column]
    ]
    return _Run(run, labels)


def _beside(rows: Sequence[Row], runs: Sequence[_Run], size: float) -> Beside:
    """Return the words beside each row in one column; a row with the label on its own line needs none."""
    carries = _on_top(rows, runs)
    found: dict[int, tuple[Mark, ...]] = {}
    carried: _Label | None = None
    for run in runs:
        own = [at for at in run.rows if any(label.base == rows[at].base for label in run.labels)]
        if len(own) == len(run.rows) == len(run.labels) and len({label.text for label in run.labels}) == 1:
            carried = run.labels[0]
            found.update(dict.fromkeys(run.rows, ()))
        elif len(run.labels) == 1:
            carried = run.labels[0]
            if _placed(rows, run, size, carries):
                found.update({at: () if at in own else carried.marks for at in run.rows})
        elif run.labels:
            carried = None
        elif carries and carried:
            found.update(dict.fromkeys(run.rows, carried.marks))
    return found


def _on_top(rows: Sequence[Row], runs: Sequence[_Run]) -> bool:
    """Tell whether every label stands on the first row of its run, as can be seen where a run is longer."""
    lone = [run for run in runs if len(run.labels) == 1]
    longer = any(len(run.rows) > 1 for run in lone)
    return longer and bool(runs[0].labels) and all(run.labels[0].base == rows[run.rows[0]].base for run in lone)


def _placed(rows: Sequence[Row], run: _Run, size: float, on_top: bool) -> bool:
    """Tell whether the only label of a run stands where labels do: on its first row, or in its middle."""
    if on_top:
        return run.labels[0].base == rows[run.rows[0]].base
    middle = 0.5 * (rows[run.rows[0]].base + rows[run.rows[-1]].base)
    return abs(run.labels[0].base - middle) < _ON_MIDDLE * size
