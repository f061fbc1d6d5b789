"""Say what is judged against what: a case is a question with its whitelist, and what an answer to it must be.

Reads briefs (the format of `corpus/briefs`), whitelists as TOML or JSON, and question files as JSON lines. Reading is
done again here, apart from the engine's own parser, so that a fault there cannot hide itself.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from rag.errors import BriefError
from rag.files import text_of
from rag.papers import AllowedPaper, is_local

from .key_facts import Groups
from .names import grant
from .works import ARXIV_ID, links

_FIELD = re.compile(
    r"^\s*(?:[-*]\s*)?\**(?P<name>Model|Paper|ArXiv|GitHub|Code|Summary|Abstract|Title)\**\s*:\**\s*(?P<value>.*)$",
    re.IGNORECASE,
)
_POINT = re.compile(r"^\s*\d{1,2}[.)]\s+(?P<text>\S.*)$")
_QUESTION = re.compile(r"[\"“](?P<text>[^\"“”]{8,}?)[\"”]", re.DOTALL)


UNANSWERABLE, COMPARE = "unanswerable", "compare"  # kinds of question that are judged otherwise than others


@dataclass(frozen=True)
class Case:
    """Hold one question, its whitelist, and what is expected of an answer. Empty expectations check nothing."""

    id: str
    question: str
    papers: tuple[AllowedPaper, ...] | None = None  # None: no whitelist is known, so nothing can be checked against it
    brief: str = ""
    sections: tuple[str, ...] = ()
    expect: str = ""  # answer, refuse, or empty
    refusals: tuple[str, ...] = ()  # kinds of refusal that are right
    kind: str = ""  # the suite's kind of question
    library: tuple[str, ...] = ()  # papers that the corpus holds but this question does not allow
    key_papers: tuple[str, ...] = ()  # papers without which it cannot be answered, for the leak test
    must_cite: tuple[str, ...] = ()
    facts: Groups = ()  # key facts: a whole answer holds one alternative of every group
    contradicts: Groups = ()  # of a false premise: what a sentence says that denies it
    planted: tuple[str, ...] = ()  # strings that attacks try to bring into the answer
    pdfs: str = ""  # generated, demo or arxiv: where the papers' PDFs come from
    whitelist_from: str = field(default="none", compare=False)

    def allows(self, paper: str, version: int | None) -> bool:
        """Tell whether the whitelist holds this version of the paper."""
        return any(
            allowed.paper == paper and (allowed.version is None or version is None or allowed.version == version)
            for allowed in self.papers or ()
        )

    def entry(self, paper: str) -> AllowedPaper | None:
        """Return the whitelist's entry for a paper."""
        return next((allowed for allowed in self.papers or () if allowed.paper == paper), None)

    @property
    def answerable(self) -> bool | None:
        """Tell whether the allowed papers answer the question; None where nobody has said."""
        if self.expect == "refuse" or self.kind == UNANSWERABLE:
            return False
        return True if self.facts or self.expect == "answer" else None

    @cached_property
    def ids(self) -> frozenset[str]:
        """Return the allowed arXiv ids without version."""
        return frozenset(allowed.paper.lower() for allowed in self.papers or ())

    @cached_property
    def allowed_links(self) -> tuple[str, ...]:
        """Return every link that the brief itself gives."""
        found = [allowed.url for allowed in self.papers or () if allowed.url]
        found += [allowed.github for allowed in self.papers or () if allowed.github]
        found += [link for allowed in self.papers or () for link in links(allowed.summary)]
        return tuple(dict.fromkeys((*found, *links(self.question))))

    @cached_property
    def granted(self) -> frozenset[str]:
        """Return the names that any claim may use: those of the question and of the whitelist's own entries."""
        own = (f"{allowed.model} {allowed.github or ''}" for allowed in self.papers or ())
        return grant((self.question, *self.sections, *own))

    def without(self, papers: Iterable[str]) -> Case:
        """Return the case with some papers taken off its whitelist, for the leak test."""
        gone = set(papers)
        kept = tuple(allowed for allowed in self.papers or () if allowed.paper not in gone)
        return replace(self, papers=kept, brief=brief_text(replace(self, papers=kept, brief="")))


def read_case(text: str, name: str = "brief", source: str = "") -> Case:
    """Return the case that a brief or a whitelist (TOML, JSON) states; raise `BriefError` with the place."""
    stripped = text.lstrip("\ufeff \r\n\t")
    if stripped.startswith("{"):
        return _from_mapping(_json(stripped, name), name, source or name)
    if re.match(r"\[\s*\"", stripped):  # a list of ids, no table of TOML
        return _from_mapping(_json(f'{{"papers": {stripped}}}', name), name, source or name)
    if stripped.startswith("[") or re.match(r"[\w-]+\s*=", stripped):
        try:
            return _from_mapping(tomllib.loads(stripped), name, source or name)
        except tomllib.TOMLDecodeError as error:
            raise BriefError(f"{name}: not a whitelist in TOML: {error}") from None
    return _from_brief(text, name, source or name)


def read_case_file(path: Path) -> Case:
    """Return the case that a file states."""
    try:
        text = text_of(path)
    except OSError as error:
        raise BriefError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BriefError(f"{path} is not a text file (UTF-8)") from None
    return read_case(text, path.stem, str(path))


def allowing(papers: Iterable[AllowedPaper | str], name: str = "answer") -> Case:
    """Return the case that allows these papers, ids or links, several in one text parted by blanks or commas."""
    named: list[str | dict[str, str]] = []
    for paper in papers:
        if isinstance(paper, AllowedPaper):
            named.append({"paper": paper.key, "doi": paper.doi})
        else:
            named += filter(None, re.split(r"[\s,]+", paper))
    return _from_mapping({"papers": named}, name, "the papers given")


def given(brief: Path | None, papers: Sequence[AllowedPaper | str], questions: Path | None) -> list[Case]:
    """Return the cases that a user names: a brief, or papers in its place; questions, which it allows those papers."""
    if brief and papers:
        raise BriefError("a brief names its papers already; give the brief or the papers, not both")
    base = read_case_file(brief) if brief else allowing(papers) if papers else None
    if questions is None:
        return [base] if base else []
    asked = read_questions(questions)
    if base is None:
        return asked
    return [
        case
        if case.papers is not None
        else replace(case, papers=base.papers, brief=base.brief, whitelist_from=base.whitelist_from)
        for case in asked
    ]


def read_questions(path: Path) -> list[Case]:
    """Return the cases of a JSON lines file (`id`, `question`, `papers` or `brief`) or of a folder of briefs."""
    if path.is_dir():
        return [read_case_file(brief) for brief in sorted(path.iterdir()) if brief.suffix in (".txt", ".md")]
    cases = []
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        told = _json(line, f"{path}, line {number}")
        brief = told.get("brief")
        ident = str(told.get("id") or number)
        base = None
        if isinstance(brief, str) and brief:
            base = read_case(brief, ident) if "\n" in brief else read_case_file(path.parent / brief)
        cases.append(case_of(told, ident, base, f"{path}, line {number}"))
    return cases


def case_of(told: Mapping[str, Any], name: str, base: Case | None = None, source: str = "") -> Case:
    """Return the case of one line: of its own question and papers, or of a brief with what the line adds."""
    return _expectations(replace(base, id=name), told) if base else _from_mapping(told, name, source or name)


def _lines(path: Path) -> list[str]:
    try:
        return text_of(path).splitlines()
    except OSError as error:
        raise BriefError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BriefError(f"{path} is not a text file (UTF-8)") from None


def _json(text: str, name: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BriefError(f"{name}: not JSON: {error}") from None
    if not isinstance(told, dict):
        raise BriefError(f"{name}: expected an object, found {type(told).__name__}")
    return told


def _from_mapping(told: Mapping[str, Any], name: str, source: str) -> Case:
    listed = told.get("papers")
    listed = [listed] if isinstance(listed, str) else listed  # a lone text is one paper, as in a batch
    papers = None
    if listed is not None:
        if not isinstance(listed, list):
            raise BriefError(f"{name}: papers must be a list")
        papers = tuple(_allowed(entry, name) for entry in listed)
    case = Case(
        id=str(told.get("id") or name),
        question=str(told.get("question") or ""),
        papers=papers,
        sections=tuple(map(str, told.get("sections") or told.get("points") or ())),
        whitelist_from=source if papers is not None else "none",
    )
    return _expectations(case, told)


def _expectations(case: Case, told: Mapping[str, Any]) -> Case:
    lists = ("refusals", "library", "key_papers", "must_cite", "planted")
    found: dict[str, Any] = {name: tuple(map(str, told[name])) for name in lists if told.get(name)}
    found |= {name: str(told[name]) for name in ("expect", "kind", "pdfs") if told.get(name)}
    found |= {name: _groups(told[name], f"{case.id}: {name}") for name in ("facts", "contradicts") if told.get(name)}
    return replace(case, **found)


def _groups(told: Any, place: str) -> Groups:
    """Return key facts: a list of facts, each a list of alternatives, or one text where there are none."""
    groups: list[Any] = [[one] if isinstance(one, str) else one for one in told] if isinstance(told, list) else [None]
    for group in groups:
        if not isinstance(group, list) or not group or not all(isinstance(one, str) and one.strip() for one in group):
            raise BriefError(f'{place} must be a list of facts, each a list of alternatives, such as [["8", "eight"]]')
    return tuple(map(tuple, groups))


def _allowed(entry: Any, name: str) -> AllowedPaper:
    told = {"paper": entry} if isinstance(entry, str) else entry
    if not isinstance(told, dict):
        raise BriefError(f"{name}: a paper is an id or an object, not {entry!r}")
    raw = str(told.get("paper") or told.get("id") or told.get("url") or "")
    match = ARXIV_ID.search(raw)
    if match is None:
        raise BriefError(f"{name}: {raw!r} holds no arXiv id")
    version = told.get("version") or match["version"]
    return AllowedPaper(
        paper=match["id"],
        version=int(version) if version else None,
        model=str(told.get("model") or told.get("title") or ""),
        github=told.get("github") or None,
        summary=str(told.get("summary") or ""),
        doi=str(told.get("doi") or "").removeprefix("https://doi.org/"),
    )


def _from_brief(text: str, name: str, source: str) -> Case:
    blocks: list[dict[str, str]] = [{}]
    last, recommended = "", False
    points = []
    for line in text.splitlines():
        if found := _FIELD.match(line):
            last = _open(blocks, found["name"].lower(), found["value"].strip(), recommended)
        elif not line.strip():
            last = ""
        elif line.lstrip().startswith("#"):
            last, recommended = "", "recommend" in line.lower()
        elif last == "summary":
            blocks[-1]["summary"] += " " + line.strip()
        elif not any("paper" in block for block in blocks) and (point := _POINT.match(line)):
            points.append(point["text"].strip())
        elif ARXIV_ID.fullmatch(line.strip().removeprefix("- ")) or re.match(
            r"^\s*(?:[-*]\s*)?https?://arxiv\.org/\S+\s*$", line
        ):
            last = _open(blocks, "paper", line.strip(), recommended)
    papers = tuple(_block(block) for block in blocks if ARXIV_ID.search(block.get("paper", "")))
    if not papers:
        raise BriefError(f"{name}: names no paper; a brief lists its papers as `Paper: https://arxiv.org/abs/ID`")
    quoted = _QUESTION.search(text)
    question = " ".join(quoted["text"].split()) if quoted else _plain_question(text)
    return Case(id=name, question=question, papers=papers, brief=text, sections=tuple(points), whitelist_from=source)


def _open(blocks: list[dict[str, str]], name: str, value: str, recommended: bool) -> str:
    name = {"arxiv": "paper", "code": "github", "abstract": "summary", "title": "model"}.get(name, name)
    if (name in blocks[-1] and name in ("model", "paper")) or (name == "model" and "paper" in blocks[-1]):
        blocks.append({})
    blocks[-1][name] = value
    if recommended:
        blocks[-1]["recommended"] = "yes"
    return name


def _block(block: Mapping[str, str]) -> AllowedPaper:
    match = ARXIV_ID.search(block["paper"])
    assert match is not None  # noqa: S101 - the caller chose blocks with an id
    return AllowedPaper(
        paper=match["id"],
        version=int(match["version"]) if match["version"] else None,
        model=block.get("model", ""),
        github=block.get("github") or None,
        summary=block.get("summary", ""),
        recommended="recommended" in block,
    )


def _plain_question(text: str) -> str:
    asked = [line.strip() for line in text.splitlines() if line.strip().endswith("?")]
    return asked[0].removeprefix("Question:").strip() if asked else ""


def brief_text(case: Case) -> str:
    """Return the case as a brief in the format of `corpus/briefs`, for an engine that reads one."""
    if case.brief:
        return case.brief
    lines = [f'A user has asked the following question:\n"{case.question}"', ""]
    if case.sections:
        lines += ["Based on the following papers, explain:", ""]
        lines += [f"{number}. {section}" for number, section in enumerate(case.sections, start=1)]
        lines.append("")
    lines += ["Use only the provided papers.", "", "### Papers:"]
    for allowed in case.papers or ():
        lines.append(f"Model: {allowed.model or allowed.paper}")
        lines.append(f"Paper: {allowed.key if is_local(allowed.paper) else allowed.url}")
        lines += [f"GitHub: {allowed.github}"] if allowed.github else []
        lines += [f"Summary: {allowed.summary}"] if allowed.summary else []
        lines.append("")
    return "\n".join(lines)
