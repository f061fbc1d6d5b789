"""Hold the page to its promises without a browser: self-contained, inert text, right numbers, right places."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import is_dataclass, replace
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.answers import Answer, Claim, Gap, Reference, Section
from rag.printing import number_citations, to_html, to_notebook, to_report
from rag.printing.escape import link_address, plain
from rag.printing.page import PageImage, Picture, crop
from rag.reading import Rect
from tests.sample_answers import HOSTILE, TERN, answer_of, demo_answer, demo_pictures

VOID = {"meta", "img", "br", "hr", "link", "input", "image", "rect", "circle", "path"}


class Reader(HTMLParser):
    """Collect tags, attributes, text, and the raw content of style and script."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.raw: dict[str, list[str]] = {"style": [], "script": []}
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in self.raw:
            self.raw[self.open[-1]].append(data)
        else:
            self.text.append(data)

    @property
    def shape(self) -> set[tuple[str, frozenset[str]]]:
        """Return which tags stand with which attributes."""
        return {(tag, frozenset(attributes)) for tag, attributes in self.tags}

    def values(self, name: str) -> list[str]:
        return [attributes[name] for _, attributes in self.tags if name in attributes]

    @property
    def words(self) -> str:
        return " ".join("".join(self.text).split())


@pytest.fixture(scope="module")
def answer() -> Answer:
    return demo_answer()


@pytest.fixture(scope="module")
def page(answer: Answer) -> str:
    return to_html(answer, demo_pictures(answer).get)


def test_page_is_well_formed_and_complete(answer: Answer, page: str) -> None:
    """Every tag is closed, and question, titles, claims, gaps, dropped claims and notices are all there."""
    read = Reader(page)
    assert read.open == []
    said = [answer.question, *(section.title for section in answer.sections), answer.gaps[0].text]
    said += [reference.title for reference in answer.references] + [answer.dropped[0].text, answer.notices[0].text]
    said += [claim.text for claim in answer.claims if claim.stage is None]
    assert [text for text in said if text not in read.words] == []
    assert "not stated" in read.words  # TernBurst's model step has no claim


def test_page_loads_nothing_and_runs_only_its_own_script(page: str) -> None:
    """The policy allows nothing but data images and the one style and script, by hashes that are right."""
    read = Reader(page)
    (policy,) = [
        attributes["content"]
        for tag, attributes in read.tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules == {
        "default-src": "'none'",
        "img-src": "data:",
        "style-src": f"'{_hash(''.join(read.raw['style']))}'",
        "script-src": f"'{_hash(''.join(read.raw['script']))}'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert [tag for tag, _ in read.tags].count("script") == 1
    assert [tag for tag, _ in read.tags].count("style") == 1
    names = {name for _, attributes in read.tags for name in attributes}
    assert not [name for name in names if name.startswith("on") or name in ("style", "src", "srcset", "action")]
    assert all(_stays(tag, attributes.get("href", "#")) for tag, attributes in read.tags)
    assert not re.search(r"url\(|@import", "".join(read.raw["style"]))


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _stays(tag: str, href: str) -> bool:
    """Tell whether a reference loads nothing by itself: places here, data images, links to click."""
    if tag == "image":
        return href.startswith(("data:image/png;base64,", "data:image/webp;base64,"))
    leads_away = tag == "a" and urlsplit(href).hostname in ("arxiv.org", "github.com")
    return href.startswith("#") or leads_away


def test_same_answer_same_bytes(answer: Answer, page: str) -> None:
    """Printing twice gives the same file."""
    assert to_html(answer, demo_pictures(answer).get) == page


def test_page_stays_small(page: str) -> None:
    """A small answer's page stays far under the 3 MB that a typical one may have."""
    assert len(page.encode()) < 1_000_000


def test_marks_lead_to_their_quotes(answer: Answer, page: str) -> None:
    """Numbers run from 1 without holes, every mark has its quote in the list, and every quote stands there once."""
    read = Reader(page)
    numbers = number_citations(answer)
    ids = [value for value in read.values("id") if re.fullmatch(r"q\d+", value)]
    assert ids == [f"q{number}" for number in range(1, len(numbers) + 1)]
    marks = [attributes for _, attributes in read.tags if attributes.get("class") == "mark"]
    assert {attributes["href"] for attributes in marks} == {f"#{id_}" for id_ in ids}
    for citation, number in numbers.items():
        assert re.search(rf'<li id="q{number}" value="{number}"><q>([^<]*)</q>', page)
        labels = {m["aria-label"] for m in marks if m["href"] == f"#q{number}"}
        (label,) = labels
        assert label.startswith(f"Quote {number}: ")
        if citation.spans:
            assert label.endswith(f"page {citation.spans[0].page}") or "pages" in label


def test_a_quote_over_two_pages_has_rectangles_on_both(answer: Answer, page: str) -> None:
    """A sentence that crosses a page is marked on both pages, and each page is in the file once."""
    pictures = demo_pictures(answer)
    numbers = number_citations(answer)
    (crossing,) = [citation for citation in numbers if {span.page for span in citation.spans} == {1, 2}]
    assert [picture.image.number for picture in pictures[crossing]] == [1, 2]
    assert page.count(f'<g data-q="{numbers[crossing]}"') == 2
    images = {id(picture.image) for pages in pictures.values() for picture in pages}
    assert page.count("<image ") == len(images)


def test_links_go_to_the_quoted_page(answer: Answer, page: str) -> None:
    """Each citation of a PDF links to that page of that version at arXiv."""
    for citation in number_citations(answer):
        if citation.source == "pdf":
            assert f'href="https://arxiv.org/pdf/{citation.paper}v1#page={citation.spans[0].page}"' in page


def test_cut_out_holds_the_quote_and_stays_on_the_page(answer: Answer) -> None:
    """The part of the page that is shown first contains every rectangle and lies within the page."""
    for pictures in demo_pictures(answer).values():
        for picture in pictures:
            left, top, width, height = crop(picture)
            assert left >= 0
            assert top >= 0
            assert left + width <= picture.image.width
            assert top + height <= picture.image.height
            for box in picture.rectangles:
                assert left <= box.left <= box.right <= left + width
                assert top <= box.top <= box.bottom <= top + height


def test_refusal_and_failure_say_so(answer: Answer) -> None:
    """An answer without sections says why; one without gaps and drops has no such parts."""
    refused = answer_of("reason")
    assert "No answer" in Reader(to_html(refused)).words
    failed = replace(answer, status="failed", sections=(), gaps=(), dropped=())
    words = Reader(to_html(failed)).words
    assert "No answer" in words
    assert "Not shown" not in words
    assert "What the papers do not say" not in words


def test_what_answers_stands_before_gaps_and_proof(answer: Answer, page: str) -> None:
    """In short first and once, then gaps, then the sections without what has been said; the same in a notebook."""
    for text in (page, to_notebook(answer)):
        words = Reader(text).words
        order = ["In short", answer.in_short[0].text, answer.gaps[0].text, "The task", "Workflow"]
        places = [words.index(part) for part in order]
        assert places == sorted(places)
    told = to_html(
        replace(answer, in_short=(), gaps=(Gap("x", "No sentence.", nearest=answer.sections[1].claims[0].citations),))
    )
    words = Reader(told).words
    assert words.index("No sentence.") < words.index("What comes nearest:") < words.index("The task")
    assert "What the papers do not say" not in words


def test_checks_are_there_on_demand(answer: Answer, page: str) -> None:
    """A claim in own words and a quote that stands in for one are listed with their checks, other quotes counted."""
    drawer = page[page.index('<aside><details class="checked">') : page.index('<aside><details class="dropped">')]
    words = Reader(drawer).words
    assert answer.in_short[0].text in words
    assert "✓ support: meaning (0.93, at least 0.50, by owl)" in words
    assert "✗ negation: negations (cited text and claim differ)" in words
    assert drawer.count('<ul class="checks">') == 2
    unchecked = replace(answer, in_short=(), sections=tuple(replace(s, claims=s.claims[:1]) for s in answer.sections))
    assert "What was checked" not in Reader(to_html(unchecked)).words


def test_a_report_has_every_answer_with_its_own_marks(answer: Answer) -> None:
    """Questions with what answers them, proof folded; no id twice, marks lead to their own answer's quotes."""
    page = to_report([("first", answer), ("second", answer_of("harmless")), ("third", answer)], "answers.jsonl")
    read = Reader(page)
    assert read.open == []
    ids = read.values("id")
    assert len(ids) == len(set(ids))
    assert {href[1:] for href in read.values("href") if href.startswith("#")} <= set(ids)
    assert read.words.count(answer.in_short[0].text) == 4  # on top, and under what was checked
    assert "2 answered · 1 refused · 0 failed" in read.words
    assert "script" not in {tag for tag, _ in read.tags}


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_only_text(text: str) -> None:
    """An answer of hostile text has the tags and attributes of one of harmless text, and shows the text as it is."""
    for print_ in (to_html, to_notebook):
        hostile, harmless = Reader(print_(answer_of(text))), Reader(print_(answer_of("harmless")))
        assert hostile.shape <= harmless.shape
        assert {tag for tag, _ in hostile.tags} == {tag for tag, _ in harmless.tags}
        assert hostile.words.count(plain(text)) >= 8  # whatever place shows it, it reads as it was
        assert hostile.raw == harmless.raw
        print_(answer_of(text)).encode()


PIECES = [*HOSTILE, *"<>\"'&=/ \n\0{}%#`", "{{", "}}", "{% raw %}", "{#", "</", "<!--", "]]>", "&lt;", "onload=", "<b>"]
PIECES += ["<p", "style=x", "javascript:", "https://a.b/", "hep-th/9108004", "2604.90001", "\u2028", "\u202e", "\ud800"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=4).map("".join) | st.text(st.characters(exclude_categories=[]))
PAPERS = st.sampled_from(["2604.90001", HOSTILE[3]])  # few, so that claims and references are about the same ones


def filled(kind: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for a type of the record with hostile text wherever text can stand."""
    inner = get_args(kind)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind).items()
        return st.builds(
            kind, **{name: PAPERS if name in ("paper", "subject") else filled(hint) for name, hint in hints}
        )
    if get_origin(kind) is Literal:
        return st.sampled_from(inner)
    if get_origin(kind) is tuple:
        return st.lists(filled(inner[0]), max_size=3).map(tuple)
    if get_origin(kind) is Mapping:
        return st.dictionaries(TEXTS, filled(inner[1]), max_size=2)
    if inner:
        return st.one_of(*map(filled, inner))
    return {str: TEXTS, int: st.integers(-2, 10**12), bool: st.booleans()}.get(kind, st.none())


def written_by_templates() -> set[tuple[str, str]]:
    """Return every element and every attribute of an element that stands in the templates themselves."""
    written = set()
    for template in Path(str(files("rag.printing"))).glob("templates/*.html"):
        markup = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", template.read_text("utf-8"), flags=re.DOTALL)
        for tag, attributes in Reader(re.sub(r"</(?!style|script)\w+>", "", markup)).tags:
            written |= {(tag, name) for name in ("", *attributes)}
    return written


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(filled(Answer))
def test_no_field_of_any_answer_writes_markup(answer: Answer) -> None:
    """Whatever stands in each field, no page has an element or an attribute that the templates do not write."""
    written = written_by_templates()
    picture = Picture(PageImage(1, 10, 10, "image/png", b"x"), (Rect(1, 2, 2, 4, 4),))
    for page in (to_html(answer, lambda _: [picture]), to_notebook(answer), to_report([("a", answer)] * 2, "b")):
        page.encode()
        read = Reader(page)
        assert read.open == []
        assert {(tag, name) for tag, attributes in read.tags for name in ("", *attributes)} <= written
        for tag, attributes in read.tags:
            assert tag != "a" or re.match(r"#(\d+-)?(q\d+|gaps|answer)$|https?://", attributes["href"])


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=[]), max_size=60))
def test_any_text_is_only_text(text: str) -> None:
    """What holds for hostile text holds for any: no text adds a tag or an attribute, and the file can be written."""
    page = to_html(answer_of(text))
    page.encode()
    assert Reader(page).shape <= Reader(to_html(answer_of("harmless"))).shape


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_ids_lead_nowhere_else(text: str) -> None:
    """Whatever stands where an id or link belongs, links stay here or go to arxiv.org."""
    for print_ in (to_html, to_notebook):
        for href in Reader(print_(answer_of(text))).values("href"):
            assert href.startswith("#") or urlsplit(href).hostname == "arxiv.org"


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        " javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>1</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "//example.org",
        "https:",
        "https://",
        "https://[::1",
        "github.com/a/b",
        "",
        "https://evil.example/a/b",
        'https://github.com/a"b&c',
        None,
    ],
)
def test_only_repositories_become_links(link: str | None) -> None:
    """Anything but a repository on GitHub is no link to code, and is left out."""
    assert link_address(link) is None
    reference = Reference(TERN, 1, "A title", (), "https://arxiv.org/abs/2604.90001v1", link)
    bare = Answer("q?", "answered", "w", references=(reference,))
    assert Reader(to_html(bare)).values("href")[1:] == ["https://arxiv.org/abs/2604.90001v1"]


def test_notebook_has_no_script_and_no_style_sheet(answer: Answer) -> None:
    """The compact version brings nothing that acts on the rest of a notebook."""
    read = Reader(to_notebook(answer))
    assert read.open == []
    assert {tag for tag, _ in read.tags}.isdisjoint({"script", "style", "link", "img", "iframe", "svg"})
    assert not set(read.values("class")) | set(read.values("id"))
    assert answer._repr_html_() == to_notebook(answer)
    assert all(claim.text in read.words for claim in answer.claims)


def test_a_claim_without_citation_is_no_quotation() -> None:
    """A record may hold an uncited claim: the page prints its words, with no mark and no quotation marks."""
    bare = Claim("So it is.", "verbatim", ())
    for print_ in (to_html, to_notebook):
        words = Reader(print_(Answer("q?", "answered", "w", sections=(Section("Task", "prose", (bare,)),)))).words
        assert "So it is." in words
        assert "“So it is." not in words
