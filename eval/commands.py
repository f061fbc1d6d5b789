"""Turn evaluations into what a shell wants: printed reports and exit codes. No option parsing here.

Exit codes: 0 judged (and every threshold met), 1 a gate failed (`fail_on`, `least`, or a comparison got worse), 2 input
that cannot be used (raised as `RagError`, for the caller to print).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rag.errors import SettingsError

from . import compare as comparing
from . import metrics, report_html, report_text
from .report import Report, dump, failures, load
from .violations import PRECEDENCE

FORMATS = ("table", "json", "md", "html")


def render(report: Report, form: str) -> str:
    """Return a report in a format."""
    if form == "json":
        return dump(report)
    if form == "md":
        return report_text.markdown(report)
    if form == "html":
        return report_html.page(report)
    if form == "table":
        return report_text.table(report)
    raise SettingsError(f"no report format {form!r}; choose one of: {', '.join(FORMATS)}")


def check_gates(fail_on: Sequence[str], least: Mapping[str, float]) -> None:
    """Raise `SettingsError` for a kind or a metric that there is none of."""
    for kind in fail_on:
        if kind not in (*PRECEDENCE, "any"):
            raise SettingsError(f"--fail-on {kind}: no such violation; choose any, or of: {', '.join(PRECEDENCE)}")
    for name in least:
        if name not in (*metrics.MEANING, "substance"):
            raise SettingsError(
                f"--threshold {name}: no such metric; choose of: {', '.join((*metrics.MEANING, 'substance'))}"
            )


def parse_least(given: Sequence[str]) -> dict[str, float]:
    """Return thresholds given as `metric=value`."""
    least = {}
    for item in given:
        name, mark, value = item.partition("=")
        try:
            least[name.strip()] = float(value)
        except ValueError:
            raise SettingsError(f"--threshold {item}: write metric=number, e.g. quote_fidelity=1") from None
        if not mark:
            raise SettingsError(f"--threshold {item}: write metric=number, e.g. quote_fidelity=1")
    return least


def deliver(
    report: Report,
    *,
    form: str = "table",
    out: Path | None = None,
    fail_on: Sequence[str] = (),
    least: Mapping[str, float] | None = None,
    old: Path | None = None,
) -> int:
    """Print or write a report, then the gates it fails and what changed since an old one; return the exit code."""
    check_gates(fail_on, least or {})
    earlier = load(old) if old else None
    write(render(report, form), out)
    code = 0
    if earlier is not None:
        comparison = comparing.compare(earlier, report)
        print(comparing.text(comparison), end="", file=sys.stderr if form != "table" and out is None else sys.stdout)
        code = int(comparing.worse(comparison))
    for reason in failures(report, fail_on, least or {}):
        print(f"gate: {report_text.plain(reason)}", file=sys.stderr)
        code = 1
    return code


def write(text: str, out: Path | None) -> None:
    """Print a text, or write it to a file."""
    if out is None:
        sys.stdout.write(text)
        return
    try:
        out.write_text(text, "utf-8")
    except OSError as error:
        raise SettingsError(f"{out} cannot be written: {error.strerror}") from None


def compare_files(old: Path, new: Path, out: Path | None = None) -> int:
    """Print what got better or worse between two reports; return 1 when anything got worse."""
    comparison = comparing.compare(load(old), load(new))
    write(comparing.text(comparison), out)
    return int(comparing.worse(comparison))
