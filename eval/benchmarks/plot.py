"""Draw lines over sizes as SVG, axes logarithmic, one panel beside the other. No package, the same bytes always."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, LEFT, TOP, GAP, LEGEND = 380, 260, 60, 34, 90, 22
COLOURS = ("#1b6ca8", "#c2571a", "#3b8132", "#7d3c98", "#444444")


@dataclass(frozen=True)
class Line:
    """Hold one measured quantity over sizes."""

    name: str
    x: Sequence[float]
    y: Sequence[float]


def plot(*panels: tuple[str, Sequence[Line]], across: str) -> str:
    """Return an SVG picture; each panel has a title and its lines."""
    width = LEFT + len(panels) * (WIDTH + GAP)
    height = TOP + HEIGHT + 50 + LEGEND * max(len(lines) for _, lines in panels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="12" role="img"><rect width="{width}" height="{height}" fill="white"/>'
    ]
    for number, (title, lines) in enumerate(panels):
        parts += _panel(title, lines, across, LEFT + number * (WIDTH + GAP))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(title: str, lines: Sequence[Line], across: str, left: float) -> list[str]:
    low_x, high_x = _decades([value for line in lines for value in line.x])
    low_y, high_y = _decades([value for line in lines for value in line.y])

    def at(x: float, y: float) -> tuple[float, float]:
        right = (math.log10(x) - low_x) / (high_x - low_x)
        up = (math.log10(max(y, 10**low_y)) - low_y) / (high_y - low_y)
        return round(left + WIDTH * right, 1), round(TOP + HEIGHT * (1 - up), 1)

    parts = [f'<text x="{left}" y="{TOP - 14}" font-weight="bold">{escape(title)}</text>']
    for power in range(low_y, high_y + 1):
        _, y = at(10**low_x, 10**power)
        parts.append(f'<line x1="{left}" y1="{y}" x2="{left + WIDTH}" y2="{y}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{_number(power)}</text>')
    for power in range(low_x, high_x + 1):
        x, _ = at(10**power, 10**low_y)
        parts.append(f'<line x1="{x}" y1="{TOP}" x2="{x}" y2="{TOP + HEIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{x}" y="{TOP + HEIGHT + 16}" text-anchor="middle">{_number(power)}</text>')
    foot = TOP + HEIGHT + 34
    parts.append(f'<text x="{left + WIDTH / 2}" y="{foot}" text-anchor="middle">{escape(across)}</text>')
    for number, line in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        points = [at(x, y) for x, y in zip(line.x, line.y, strict=True)]
        path = " ".join(f"{x},{y}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in points]
        y = foot + LEGEND * (number + 1)
        parts.append(
            f'<line x1="{left}" y1="{y - 4}" x2="{left + 20}" y2="{y - 4}" stroke="{colour}" stroke-width="3"/>'
        )
        parts.append(f'<text x="{left + 26}" y="{y}">{escape(line.name)}</text>')
    return parts


def _decades(values: Sequence[float]) -> tuple[int, int]:
    good = [value for value in values if value > 0]
    low, high = math.floor(math.log10(min(good))), math.ceil(math.log10(max(good)))
    return low, max(high, low + 1)


def _number(power: int) -> str:
    return f"{10**power:,}" if power >= 0 else f"{10**power:g}"
