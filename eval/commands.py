"""Turn evaluations into what a shell wants: printed reports and exit codes. No option parsing here.

Exit codes: 0 judged (and every threshold met), 1 a gate failed (`fail_on`, `least`, or a comparison got worse), 2 input
that cannot be used (raised as `RagError`, for the caller to print).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rag.errors import RecordError, SettingsError
from rag.settings import cache_folder

from . import compare as comparing
from . import metrics, report_html, report_junit, report_sarif, report_text
from .relevance import Model
from .report import Report, dump, failures, load
from .violations import PRECEDENCE

FORMATS = ("table", "json", "md", "html", "junit", "sarif")
SUFFIXES = {".json": "json", ".md": "md", ".html": "html", ".htm": "html", ".xml": "junit", ".sarif": "sarif"}


def render(report: Report, form: str, *, old: Report | None = None, source: Path | None = None) -> str:
    """Return a report in a format; a page shows what changed since an old one, SARIF points into the file `source`."""
    if form == "html":
        return report_html.page(report, comparing.compare(old, report) if old else None)
    if form == "sarif":
        return report_sarif.log(report, source)
    plain = {"json": dump, "md": report_text.markdown, "table": report_text.table, "junit": report_junit.xml}
    if form in plain:
        return plain[form](report)
    raise SettingsError(f"no report format {form!r}; choose one of: {', '.join(FORMATS)}")


def chat_model(spec: str | None, offline: bool) -> Model | None:
    """Return the chat model that is to judge, which is asked each thing once on this machine; None where none is."""
    if spec is None:
        return None
    from rag.chat import (
        open_chat,
    )  # the one thing of the engine's that is ever used here, and only by who names a model

    try:
        return open_chat(spec, offline=offline, cache=cache_folder() / "judge")
    except SettingsError as error:
        raise SettingsError(str(error).replace("--llm", "--judge")) from None


def check_gates(fail_on: Sequence[str], least: Mapping[str, float]) -> None:
    """Raise `SettingsError` for a kind or a metric that there is none of."""
    for kind in fail_on:
        if kind not in (*PRECEDENCE, "any"):
            raise SettingsError(f"--fail-on {kind}: no such violation; choose any, or of: {', '.join(PRECEDENCE)}")
    known = (*metrics.MEANING, *metrics.ANSWERING, *metrics.FAITHFULNESS, "substance")
    for name in least:
        if name not in known:
            raise SettingsError(f"--threshold {name}: no such metric; choose of: {', '.join(known)}")


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
    form: str | None = None,
    out: Path | None = None,
    fail_on: Sequence[str] = (),
    least: Mapping[str, float] | None = None,
    old: Path | None = None,
    source: Path | None = None,
) -> int:
    """Print or write a report (by default as its file ends), then the gates it fails and what changed since an old one.

    Return the exit code.
    """
    check_gates(fail_on, least or {})
    form = form or SUFFIXES.get(out.suffix.lower() if out else "", "table")
    earlier = load(old) if old else None
    write(render(report, form, old=earlier, source=source), out)
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


def compare_files(old: Path, new: Path, out: Path | None = None, form: str = "table") -> int:
    """Print what changed between two reports, or the page of the new one; return 1 when anything got worse."""
    earlier, report = load(old), load(new)
    if form == "html" and "answering" not in report:
        raise RecordError(f"{new} is a report of an earlier version; judge its answers again")
    comparison = comparing.compare(earlier, report)
    write(render(report, form, old=earlier) if form == "html" else comparing.text(comparison), out)
    return int(comparing.worse(comparison))
