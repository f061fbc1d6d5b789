"""Print a report as JUnit XML, which CI servers show: a test case per answer, with what is wrong as its failure.

The form is that of Jenkins' `junit-10.xsd`. Nothing is put together as text: ElementTree escapes, and characters that
XML 1.0 cannot hold are shown as U+FFFD. Not handled: metrics, which have no place in the form.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from .report import FAILED, Report, Wrong, wrongs

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml(report: Report) -> str:
    """Return a report as JUnit XML."""
    name = report["name"] or "answers"
    suite = ElementTree.Element("testsuite", {"name": _text(name), "tests": str(len(report["cases"]))})
    cases = [_case(case, name) for case in report["cases"]]
    for outcome in ("failure", "error", "skipped"):
        suite.set(
            f"{outcome}s" if outcome != "skipped" else outcome, str(sum(c.find(outcome) is not None for c in cases))
        )
    suite.extend(cases)
    if report["problems"]:
        ElementTree.SubElement(suite, "system-err").text = _text("\n".join(report["problems"]))
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def _case(case: dict[str, Any], suite: str) -> ElementTree.Element:
    element = ElementTree.Element("testcase", {"classname": _text(suite), "name": _text(case["id"])})
    found = wrongs(case)
    if case["status"] == FAILED:
        ElementTree.SubElement(element, "error", {"message": _text(found[0].reason)})
    elif found:
        kinds = ", ".join(dict.fromkeys(wrong.kind for wrong in found))
        failure = ElementTree.SubElement(element, "failure", {"type": found[0].kind, "message": kinds})
        failure.text = _text("\n".join(map(_line, found)))
    elif case["whitelist"] is None:
        ElementTree.SubElement(element, "skipped", {"message": "no whitelist: what it may cite cannot be checked"})
    return element


def _line(wrong: Wrong) -> str:
    return f"{wrong.place}: {wrong.kind}: {wrong.reason}" + (f"\n  {wrong.claim}" if wrong.claim else "")


def _text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
