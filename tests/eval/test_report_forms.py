"""The forms that other programs read: JUnit XML and SARIF, whatever an answer holds, and the page of what changed."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval import commands, compare
from eval.__main__ import main
from eval.compliant import make_world
from eval.digests import sealed
from eval.exhibits import failed, from_answer
from eval.invented import shelf
from eval.judge import JudgedCase, judge
from eval.library import Library
from eval.report import Report, build, load, wrongs
from eval.report_sarif import KINDS
from eval.violations import PRECEDENCE

PAPERS = shelf(21, 4, first=91401)
WORLD = make_world(PAPERS, 2, 9)
LIBRARY = Library(papers=[paper.paper for paper in PAPERS])
HOSTILE = "<b>&\"'\x1b[31m\x00\ufffe]]> --> https://evil.example/x"


def judged(name: str, claim: str = "") -> JudgedCase:
    """Judge the good answer, or the same with a claim in other words, under a name."""
    answer = WORLD.answer
    if claim:
        section = answer.sections[1]
        claims = (replace(section.claims[0], text=claim), *section.claims[1:])
        sections = (answer.sections[0], replace(section, claims=claims), *answer.sections[2:])
        answer = sealed(replace(answer, sections=sections))
    return replace(judge(replace(WORLD.case, id=name), from_answer(answer), LIBRARY), line=3)


def report_of(text: str = HOSTILE) -> Report:
    """Return a report of a good, a bad, a failed and an unchecked answer."""
    unheld = judge(replace(WORLD.case, id="no whitelist", papers=None), from_answer(WORLD.answer), LIBRARY)
    crashed = judge(replace(WORLD.case, id="crashed"), failed(text), LIBRARY)
    return build([judged("good"), judged(text, f"{text} 99 %"), crashed, unheld], name=text)


@given(st.text(alphabet=st.characters(categories=["L", "P", "S", "Z", "C"])))
def test_junit_is_xml_whatever_an_answer_holds(text: str) -> None:
    """It parses, and every character that XML can hold comes back."""
    root = ElementTree.fromstring(commands.render(report_of(text), "junit").encode("utf-8"))  # noqa: S314 - ours
    (suite,) = root
    held = re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)
    assert suite.attrib["name"] == (held or "answers")
    assert suite.findall("testcase")[1].attrib["name"] == held


def test_junit_counts_what_it_shows() -> None:
    """Failures, errors and what could not be checked are counted; kinds and reasons are told."""
    report = report_of()
    (suite,) = ElementTree.fromstring(commands.render(report, "junit"))  # noqa: S314 - ours
    told = [suite.attrib[count] for count in ("tests", "failures", "errors", "skipped")]
    assert told == ["4", "1", "1", "1"]
    failure = suite.findall("testcase")[1].find("failure")
    assert failure is not None
    assert failure.attrib["type"] in PRECEDENCE
    for wrong in wrongs(report["cases"][1]):
        assert wrong.kind in failure.attrib["message"]
        assert wrong.place in (failure.text or "")


def test_sarif_has_what_the_standard_requires(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The required properties of SARIF 2.1.0 (OASIS, 3.13 to 3.52), and those by which code hosts place a result."""
    monkeypatch.chdir(tmp_path)
    log = json.loads(commands.render(report_of(), "sarif", source=tmp_path / "out" / "the answers.jsonl"))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"]
    assert [rule["id"] for rule in driver["rules"]] == list(KINDS)
    for rule in driver["rules"]:
        assert all(rule[text]["text"] for text in ("shortDescription", "fullDescription"))
        assert rule["defaultConfiguration"]["level"] in ("none", "note", "warning", "error")
    assert run["results"]
    for result in run["results"]:
        _held_to_the_standard(result, driver["rules"])
    marks = [result["partialFingerprints"]["violation/v1"] for result in run["results"]]
    assert len(set(marks)) == len(marks)


def _held_to_the_standard(result: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert result["level"] in ("none", "note", "warning", "error")
    assert result["message"]["text"]
    assert not re.search(r"[\x00-\x1f]", result["message"]["text"])
    (location,) = result["locations"]
    physical = location["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "out/the%20answers.jsonl"
    assert physical["region"]["startLine"] in (1, 3)
    assert location["logicalLocations"][0]["fullyQualifiedName"]


def test_sarif_tells_every_wrong_thing_once() -> None:
    """A result per violation, with the kind that the report names."""
    report = report_of()
    (run,) = json.loads(commands.render(report, "sarif"))["runs"]
    expected = [wrong.kind for case in report["cases"] for wrong in wrongs(case)]
    assert [result["ruleId"] for result in run["results"]] == expected


def test_lines_are_those_of_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A violation points at the line of its answer, blank lines counted."""
    answers = tmp_path / "answers.jsonl"
    answers.write_text('{"id": "a", "answer": "Refused."}\n\n{"id": "b", "answer": "It has 7 heads."}\n', "utf-8")
    assert main([str(answers), "-p", "2604.90001,2604.90002", "--format", "sarif"]) == 0
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    found = {result["locations"][0]["physicalLocation"]["region"]["startLine"] for result in run["results"]}
    assert 3 in found
    assert 2 not in found


# --- what changed -----------------------------------------------------------------------------------------------


def test_what_got_worse_stands_first() -> None:
    """Cases are told in one order, with what is wrong now and what is no longer."""
    old = build([judged("a", "It reaches 99 %."), judged("b"), judged("same"), judged("gone")])
    new = build([judged("a"), judged("b", "It reaches 98 %."), judged("same"), judged("new")])
    rows = compare.compare(old, new)["cases"]
    assert [(row["name"], row["change"]) for row in rows] == [
        ("b", "worse"),
        ("a", "better"),
        ("new", "new"),
        ("gone", "gone"),
    ]
    assert {fault["claim"] for fault in rows[0]["gained"]} == {"It reaches 98 %."}
    assert rows[0]["lost"] == []
    assert {fault["claim"] for fault in rows[1]["lost"]} == {"It reaches 99 %."}


def test_other_faults_in_like_number_are_told() -> None:
    """As many things wrong as before, but others, is neither worse nor better, and not silent."""
    old, new = build([judged("a", "It reaches 99 %.")]), build([judged("a", "It reaches 98 %.")])
    (row,) = compare.compare(old, new)["cases"]
    assert row["change"] == "other"
    assert len(row["gained"]) == len(row["lost"]) > 0


def test_the_page_shows_what_changed_case_by_case(tmp_path: Path) -> None:
    """Worse stands above better, claims and kinds are shown, nothing of an answer becomes markup."""
    old = build([judged("mended", "It reaches 99 %."), judged("broken")])
    new = build([judged("mended"), judged("broken", f"{HOSTILE} reaches 98 %.")])
    for name, report in (("old", old), ("new", new)):
        (tmp_path / f"{name}.json").write_text(commands.render(report, "json"), "utf-8")
    assert load(tmp_path / "old.json") == old
    arguments = [str(tmp_path / "old.json"), str(tmp_path / "new.json"), "--format", "html", "-o"]
    assert main(["compare", *arguments, str(tmp_path / "page.html")]) == 1
    page = (tmp_path / "page.html").read_text("utf-8")
    worse, better = page.index("What got worse (1)"), page.index("What got better (1)")
    assert worse < page.index("reaches 98 %.") < better < page.index("It reaches 99 %.")
    assert "<b>&" not in page
    assert "\x1b" not in page


def test_a_report_of_an_earlier_version_is_compared_but_no_page(tmp_path: Path) -> None:
    """It has one scale only: as the old one it does, as the new one it is named."""
    report = build([judged("a")])
    earlier = {key: value for key, value in report.items() if key != "answering"}
    for name, told in (("earlier", earlier), ("now", report)):
        (tmp_path / f"{name}.json").write_text(json.dumps(told), "utf-8")
    files = [str(tmp_path / "earlier.json"), str(tmp_path / "now.json")]
    out = ["--format", "html", "-o", str(tmp_path / "page.html")]
    assert main(["compare", *files, *out]) == 0
    assert main(["compare", *reversed(files), *out]) == 2
