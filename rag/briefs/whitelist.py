"""Read a whitelist file, and find in a question the papers that it names.

A whitelist is TOML or JSON: `papers` holds ids or links, or tables with `paper` and, where wanted, `model`,
`github`, `summary`, `recommended`. In JSON the list may also stand alone.

    papers = ["2108.10257", "https://arxiv.org/abs/2410.18666v2"]

    [[papers]]
    paper = "hep-th/9108004"
    model = "Exact S-matrices"
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from rag.briefs.allowed import ID, id_of, join_papers, parse_arxiv_id, parse_github, read_text, shown
from rag.errors import BriefError
from rag.papers import AllowedPaper, paper_key

__all__ = ["Known", "load_whitelist", "named_papers", "parse_arxiv_id", "parse_whitelist", "unlisted_names"]

FIELDS = {"paper": str, "model": str, "github": str, "summary": str, "recommended": bool}


class Known(Protocol):
    """Be anything that knows a paper's title: a stored paper, a fetched one."""

    @property
    def paper(self) -> str:
        """Return the arXiv id without version."""
        ...

    @property
    def title(self) -> str:
        """Return the title, or an empty text."""
        ...


def load_whitelist(path: Path) -> tuple[AllowedPaper, ...]:
    """Return the papers of a TOML or JSON file; raise `BriefError` with the place of the first fault."""
    text = read_text(path)
    if path.suffix.lower() not in (".toml", ".json"):
        raise BriefError(f"{path}: a whitelist is a .toml or .json file; a brief is any other text file")
    return parse_whitelist(text, path.name, path.suffix.lower() == ".json")


def parse_whitelist(text: str, name: str = "whitelist", is_json: bool = False) -> tuple[AllowedPaper, ...]:
    """Return the papers of a whitelist's text, TOML or JSON."""
    value = _json(text, name) if is_json else _toml(text, name)
    entries = value.get("papers") if isinstance(value, dict) else value
    if isinstance(value, dict) and set(value) - {"papers"}:
        raise BriefError(f"{name}: unknown field {shown(min(set(value) - {'papers'}))}; only 'papers' is known")
    if not isinstance(entries, list) or not entries:
        raise BriefError(f'{name}: no paper is allowed; give papers = ["2108.10257", ...]')
    return join_papers((_entry(entry, f"{name}: papers[{i}]") for i, entry in enumerate(entries)), name)


def _toml(text: str, name: str) -> object:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BriefError(f"{name}: not TOML: {error}") from None


def _json(text: str, name: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_no_duplicates)
    except json.JSONDecodeError as error:
        raise BriefError(f"{name}:{error.lineno}: not JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise BriefError(f"{name}: not JSON: {error}") from None


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a field is given twice in one object")
    return fields


def _entry(entry: object, place: str) -> AllowedPaper:
    if isinstance(entry, str):
        paper, version = parse_arxiv_id(entry, f"{place}: ")
        return AllowedPaper(paper, version)
    if not isinstance(entry, dict):
        raise BriefError(f"{place}: is {type(entry).__name__}, expected an id or a table with 'paper'")
    _check_fields(entry, place)
    paper, version = parse_arxiv_id(entry["paper"], f"{place}.paper: ")
    github = entry.get("github", "")
    return AllowedPaper(
        paper,
        version,
        model=_words(entry.get("model", "")),
        github=parse_github(github, f"{place}.github: ") if github else None,
        summary=_words(entry.get("summary", "")),
        recommended=entry.get("recommended", False),
    )


def _check_fields(entry: Mapping[str, object], place: str) -> None:
    if "paper" not in entry:
        raise BriefError(f'{place}: names no paper; add paper = "2108.10257"')
    for field, value in entry.items():
        kind = FIELDS.get(field)
        if kind is None:
            raise BriefError(f"{place}: unknown field {shown(field)}; known are {', '.join(FIELDS)}")
        if not isinstance(value, kind):
            raise BriefError(f"{place}.{field}: is {type(value).__name__}, expected {kind.__name__}")


def _words(text: str) -> str:
    return " ".join(text.split())


# --- names in a question -----------------------------------------------------------------------------------

_LINK_OR_ID = re.compile(
    rf"(?:(?P<sure>arxiv[:.]\s*|arxiv\.org/(?:abs|pdf|html)/)|(?<![\w./-])){ID}(?![\w-]|\.[0-9])",
    re.IGNORECASE | re.ASCII,
)
_NAME = r"(?P<name>[A-Z][A-Za-z0-9]*(?:[-+][A-Za-z0-9]+)*)"
_QUOTED = r"[\"“«](?P<title>[^\"“”«»]{8,300})[\"”»]"
_PAPER = r"(?:papers?|preprint|article)\b"
_SOURCE_FRAMES = (  # in these even a word in capitals is a name: "the BERT paper", but "according to NASA"
    re.compile(rf"\b(?:[Tt]he|[Ii]n|[Oo]riginal) {_NAME} {_PAPER}"),
    re.compile(rf"\b{_NAME}(?:'s|’s) {_PAPER}"),
)
_OTHER_FRAMES = (
    re.compile(rf"\b[Aa]ccording to (?:the )?(?:authors of )?{_NAME}(?! et al)\b"),
    re.compile(rf"\b{_PAPER} (?:titled |called |named |entitled )?{_QUOTED}"),
    re.compile(rf"{_QUOTED},? {_PAPER}"),
    re.compile(rf"\b[Aa]ccording to {_QUOTED}"),
)
_SUBJECT = re.compile(
    rf"\b(?:[Hh]ow|[Ww]hat|[Ww]hy|[Ww]here|[Ww]hen) (?:does|did|do|can|is|are|was) (?:the )?{_NAME}\b"
)
_MIXED = re.compile(r"(?=.*[A-Z].*[A-Z])(?=.*[a-z]).+|.*[A-Za-z][-+]?[0-9].*")  # SwinIR, ViT, U-Net, GPT-4
_PLAIN = re.compile(r"[A-Z]?[a-z]{3,}")  # parts of English-German, Encoder-Decoder, which are no models
_SURNAME = re.compile(r"(?:Ma?c|De|Di|La|Le|Van|Von|Du|Fitz|San|St)[A-Z][a-z]+")  # LeCun, McDonald
# names in that shape that are no papers; the list may be short, since a missed refusal is the smaller harm
_NO_MODELS = frozenset(
    "arxiv github gitlab openai deepmind youtube tiktok linkedin facebook whatsapp pytorch tensorflow javascript "
    "latex powerpoint macos iphone gopro neurips nips icml iclr cvpr iccv eccv siggraph aaai ijcai acl emnlp ieee "
    "acm cnaps nasa jpeg figure fig table tab section sec equation eq appendix algorithm theorem page chapter "
    "version covid phd fscore".split()
)


def unlisted_names(
    question: str,
    papers: Sequence[AllowedPaper],
    known: Iterable[Known] = (),
    mentioned: Callable[[str], bool] | None = None,
) -> tuple[str, ...]:
    """Return ids, titles and model names that the question asks about and that its whitelist lacks.

    Only the question's own words and the allowed papers decide: `known` adds titles of allowed papers, others
    in it are ignored, so that nothing shows whether the library holds a paper. A name counts only where the
    question treats it as a source ("according to X", "the X paper"); with `mentioned`, which tells whether any
    allowed paper contains a name, also as the subject of the question ("how does X ..."). When in doubt, no name.
    """
    titles = {item.paper: item.title for item in known}
    listed = [_letters(f"{p.model} {p.summary} {p.github or ''} {titles.get(p.paper, '')}") for p in papers]
    ids = _unlisted_ids(question, papers)
    if not all(listed):  # a bare id may bear any name
        return ids
    asked = _framed_names(question) + (_subjects(question) if mentioned else [])
    names = [name for name in asked if not any(_letters(name) in text for text in listed)]
    return tuple(dict.fromkeys([*ids, *(name for name in names if not (mentioned and mentioned(name)))]))


def named_papers(
    question: str, papers: Sequence[AllowedPaper], known: Iterable[Known] = ()
) -> tuple[AllowedPaper, ...]:
    """Return the allowed papers that the question names by id, title or model."""
    titles = {item.paper: item.title for item in known}
    ids = {id_of(match)[0] for match in _LINK_OR_ID.finditer(question)}
    text = _letters(question, " ")
    return tuple(
        paper
        for paper in papers
        if paper.paper in ids
        or any(f" {name} " in f" {text} " for name in _names_of(paper, titles.get(paper.paper, "")))
    )


def _names_of(paper: AllowedPaper, title: str) -> set[str]:
    """Return a paper's full title and the name before its colon: 'DeblurGS: Gaussian ...' -> 'deblurgs'."""
    texts = [text for text in (paper.model, title) if text]
    heads = [text.partition(":")[0] for text in texts if ":" in text]
    parts = [word for text in [*texts, *heads] for word in re.split(r"[\s:/-]+", text) if _model_like(word)]
    names = {_letters(name, " ") for name in [*texts, *heads, *parts]}
    return {name for name in names if len(name) > 2}


def model_names(question: str) -> tuple[str, ...]:
    """Return the words of a question that look like names of models or data sets: mixed case, no common name."""
    return tuple(dict.fromkeys(word for word in re.findall(r"[^\W_][\w-]*", question) if _model_like(word)))


def _unlisted_ids(question: str, papers: Sequence[AllowedPaper]) -> tuple[str, ...]:
    versions = {paper.paper: paper.version for paper in papers}
    names = []
    for match in _LINK_OR_ID.finditer(question):
        paper, version = id_of(match)
        if match["new"] and len(paper) == 9 and not match["sure"]:
            continue  # 1205.1234 may as well be a number
        allowed = versions.get(paper, 0)
        if allowed == 0 or (version and allowed and version != allowed):
            names.append(paper_key(paper, version))
    return tuple(dict.fromkeys(names))


def _framed_names(question: str) -> list[str]:
    names = []
    for frame in (*_SOURCE_FRAMES, *_OTHER_FRAMES):
        for match in frame.finditer(question):
            found = match.groupdict()
            title = " ".join((found.get("title") or "").split()).strip(" .,?!")
            if len(title.split()) >= 3:
                names.append(title)
            elif found.get("name") and _model_like(found["name"], capitals=frame in _SOURCE_FRAMES):
                names.append(found["name"])
    titles = (" ".join(match["title"].split()).strip(" .,?!") for match in re.finditer(_QUOTED, question))
    return names + [title for title in titles if _title_like(title)]


def _title_like(quoted: str) -> bool:
    """Tell whether quoted words are capitalised as a title is; a quoted phrase or question is not."""
    long = [word for word in quoted.split() if len(word) > 3]
    return len(quoted.split()) >= 4 and sum(word[0].isupper() for word in long) > 0.7 * len(long)


def _subjects(question: str) -> list[str]:
    return [match["name"] for match in _SUBJECT.finditer(question) if _model_like(match["name"])]


def _model_like(name: str, capitals: bool = False) -> bool:
    if re.sub(r"[0-9]+", "", _letters(name)) in _NO_MODELS or _SURNAME.fullmatch(name):
        return False
    if len(parts := name.split("-")) > 1 and all(_PLAIN.fullmatch(part) for part in parts):
        return False
    return bool(_MIXED.fullmatch(name)) or (capitals and len(name) >= 4 and name.isupper())


def _letters(text: str, blank: str = "") -> str:
    return blank.join(re.findall(r"[^\W_]+", text.casefold()))
