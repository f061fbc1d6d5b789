"""Print a report as SARIF 2.1.0, which code hosts show beside the lines of a change: a result per violation.

The form is OASIS' `sarif-schema-2.1.0.json`. A result lies at the line of its answer in the file of answers; its
claim is a logical location. The rules' help is `VIOLATIONS.md`. Not handled: metrics.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from .report import BESIDE_KINDS, FAILED, Report, wrongs
from .report_text import plain
from .violations import BREACHES, PRECEDENCE

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
KINDS = (*PRECEDENCE, *BESIDE_KINDS)
_LEVEL = dict.fromkeys((*BREACHES, FAILED), "error")  # of all other kinds: warning


def log(report: Report, source: Path | None = None) -> str:
    """Return a report as a SARIF log; `source` is the file of answers as the user named it."""
    uri = _uri(source or Path(report["name"] or "answers"))
    driver = {"name": "Paperbound", "rules": [_rule(kind) for kind in KINDS]}
    results = [result for case in report["cases"] for result in _results(case, uri)]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _uri(source: Path) -> str:
    """Return a file's address: relative to where we are, as code hosts want it, where it lies below."""
    absolute = source.absolute()
    if absolute.is_relative_to(Path.cwd()):
        return absolute.as_uri().removeprefix(f"{Path.cwd().as_uri()}/")
    return absolute.as_uri()


def _rule(kind: str) -> dict[str, Any]:
    text = BESIDE_KINDS.get(kind) or definitions()[kind]
    return {
        "id": kind,
        "shortDescription": {"text": re.split(r"(?<=[.:])\s", text)[0].rstrip(":")},
        "fullDescription": {"text": text},
        "defaultConfiguration": {"level": _LEVEL.get(kind, "warning")},
    }


@cache
def definitions() -> dict[str, str]:
    """Return what `VIOLATIONS.md` says of every kind."""
    text = Path(__file__).with_name("VIOLATIONS.md").read_text("utf-8")
    return dict(re.findall(r"^## (\w+)\n(.+)$", text, re.MULTILINE))


def _results(case: dict[str, Any], uri: str) -> Iterator[dict[str, Any]]:
    for wrong in wrongs(case):
        place = f"{plain(case['id'])}: {wrong.place}"
        mark = hashlib.sha256(f"{place}\0{wrong.kind}".encode()).hexdigest()
        yield {
            "ruleId": wrong.kind,
            "ruleIndex": KINDS.index(wrong.kind),
            "level": _LEVEL.get(wrong.kind, "warning"),
            "message": {
                "text": f"{place}: {plain(wrong.reason)}" + (f" ({plain(wrong.claim)})" if wrong.claim else "")
            },
            "locations": [
                {
                    "physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": case["line"] or 1}},
                    "logicalLocations": [{"fullyQualifiedName": place}],
                }
            ],
            "partialFingerprints": {"violation/v1": mark},
        }
