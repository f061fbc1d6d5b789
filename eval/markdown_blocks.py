"""Cut Markdown into blocks of running text: paragraphs, list items, cells, quotes, code, headings. No judging here.

The parser is markdown-it-py. Emphasis, escapes and entities are resolved; links and emphasis keep their places in the
text. Lines that no block took, comments, scripts and styles are returned as unread. Not handled: mathematics, and
footnotes that go on in further paragraphs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from .running_text import Html, Run, RunBuilder

MAX_NESTING = 100  # lists and quotes inside one another; deeper ones are not read
MAX_HEADING_WORDS = 12  # of a line with a rule under it: a longer one is a paragraph
MAX_LABEL_WORDS = 3  # of a line such as "References:"
_BOLD_HEADING = range(2, 81)  # characters
_ALONE = re.compile(r"(?!\w+ \d+:)(?P<label>\S[^\n:]{0,60}):[ \t]*(?:\n|$)")  # but no "Source 1:"
_UNDERLINE = re.compile(r"\n=+\s*$")
_LINE_STARTS = re.compile(r"\n(?=[^\S\n]*[|•])")
_BULLET = re.compile(r"\s*•\s+")
_WORD = re.compile(r"\w")
_SOURCE_WORDS = (
    r"references?|sources?|bibliography|citations?|works cited|footnotes?|literature(?: cited)?|cited papers|endnotes?|"
    r"Literatur(?:verzeichnis)?|Quellen(?:angaben|verzeichnis)?|Referenzen|R[ée]f[ée]rences|Bibliograph?[ií]a|"
    r"Bibliographie|Fuentes|Referencias|Riferimenti|Fonti|Refer[êe]ncias|Fontes|Литература|Источники|Ссылки|"
    r"Список литературы|Βιβλιογραφία|Πηγές|参考文献|参考资料|参考來源|引用|引用文献|出典|来源|참고\s?문헌|출처|"
    r"المراجع|المصادر|מקורות|संदर्भ|แหล่งอ้างอิง|อ้างอิง"
)
SOURCES = re.compile(rf"\W*(?:\d+\.?\s*)?(?:{_SOURCE_WORDS})(?!\w)\W*", re.IGNORECASE)
"""How the title of a list of references begins."""
_LISTS = re.compile(rf"\W*(?P<label>{_SOURCE_WORDS})\**(?:[ \t]*[:：](?=\s*\S)|[ \t]*\n)", re.IGNORECASE)
_ANSWER = re.compile(r"\**(?P<label>(?:final )?(?:answer|response))\**[ \t]*:(?=\s*\S)", re.IGNORECASE)
_LISTED_BELOW = re.compile(rf"\n(?=\**(?:{_SOURCE_WORDS})\**[ \t]*[:：])", re.IGNORECASE)  # no blank line before
_NO_CODE = ("", "text", "txt", "plain", "quote", "console")
_STOP = r"[.!?。！？।؟።։][\"'”»]?(?:\s*\[[^\]]*\])*"
_SAID = re.compile(rf"\s*(?P<said>[^\W\da-z_]\S*(?:\s+\S+){{3,}}{_STOP})\s*")  # a line like a sentence
_SAID_IN_CODE = re.compile(  # the same, perhaps behind a comment's sign or a key, and without signs of code
    rf"\s*(?:[#%*/>;.-]{{1,3}}\s+|\w+:\s+[\"']?)?(?P<said>[^\W\da-z_][^={{}}<>;]*?(?:\s[^={{}}<>;\s]+){{3,}}{_STOP})\s*"
)


@dataclass(frozen=True, slots=True)
class Block:
    """Hold one block under its section's title.

    Kinds: heading, prose, item, cell, head (of a table), quote, code. `number` is that of an item in an ordered list;
    paragraphs of one quotation and cells of one row share their `group`.
    """

    kind: str
    title: str
    run: Run
    number: str = ""
    group: int = 0


@dataclass(slots=True)
class Document:
    """Hold the blocks of a text in order, and what was not read of it."""

    blocks: list[Block] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


class _Parser(MarkdownIt):
    """Parse CommonMark with tables, taking every link as it is written: what is judged is never repaired."""

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": True, "maxNesting": MAX_NESTING})
        # `[1]: URL` is an entry to be read, indented text is prose, and a rule under a claim makes it no heading
        self.enable(["table", "strikethrough"]).disable(["reference", "code", "lheading"])

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the parser's name
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - likewise
        return url


_PARSER = _Parser()


def read_blocks(text: str) -> Document:
    """Return the blocks of a Markdown text."""
    tokens = _PARSER.parse(text)
    walk = _Walk(tokens)
    walk.through(tokens)
    taken = {line for token in tokens if token.map and not token.nesting for line in range(*token.map)}
    lines = enumerate(text.split("\n"))
    walk.document.unread += [line.strip() for number, line in lines if number not in taken and _WORD.search(line)]
    return walk.document


class _Walk:
    """Go through a parser's tokens and note blocks."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.document = Document()
        self.title = ""
        self.around: list[str] = []  # the containers of a token
        self.numbers: list[str] = []  # of the items that it stands in
        self.quotation = 0
        self.quoting = 0  # quotations that HTML opened and has not closed yet
        self.row = 0
        self.rules = {token.map[0] for token in tokens if token.type == "hr" and token.map and "-" in token.markup}

    def through(self, tokens: Sequence[Token]) -> None:
        """Note the blocks of all tokens."""
        for token in tokens:
            if token.nesting == 1:
                self.around.append(token.type.removesuffix("_open"))
                self.quotation += token.type == "blockquote_open"
                self.row += token.type == "tr_open"
                if token.type == "list_item_open":
                    self.numbers.append(token.info)
            elif token.nesting == -1:
                self.around.pop()
                if token.type == "list_item_close":
                    self.numbers.pop()
            elif token.type == "inline":
                self._inline(token)
            elif token.type == "fence":
                self._code(token)
            elif token.type == "html_block":
                self._html(token.content)

    def _html(self, content: str) -> None:
        page = Html.read(content, self.quoting)
        self._beside(page)
        self.quoting = max(0, page.quoting)

    def _beside(self, page: Html) -> None:
        """Note the runs of a piece of HTML, and what was not read of it."""
        self.document.unread += page.unread
        for run, kind, number in zip(page.runs, page.kinds, page.numbers, strict=True):
            if (kind == "heading" and run.text.strip()) or SOURCES.fullmatch(run.text.strip()):
                self._heading(run)
            else:
                self._note(kind, run, number, group=-1 - self.quotation if kind == "quote" else 0)

    def _inline(self, token: Token) -> None:
        run, page = run_of(token.children or ())
        self._beside(page)
        if "heading" in self.around:
            self._heading(run)
        elif "th" in self.around or "td" in self.around:
            self._note("head" if "th" in self.around else "cell", run, group=-self.row)
        elif "blockquote" in self.around or self.quoting:
            self._note("quote", run, group=self.quotation)
        elif self._is_heading(token, run):
            self._heading(run.part(0, len(_UNDERLINE.sub("", run.text))))
        else:
            lists = _LISTED_BELOW.search(run.text) if self.around == ["paragraph"] else None
            for low, high in ((0, lists.start()), (lists.end(), len(run.text))) if lists else ((0, len(run.text)),):
                self._labelled(run.part(low, high))

    def _labelled(self, run: Run) -> None:
        """Take a paragraph, its first line as a heading where that is a label."""
        paragraph = self.around == ["paragraph"]
        label = (_ALONE.match(run.text) or _LISTS.match(run.text) or _ANSWER.match(run.text)) if paragraph else None
        if label and len(label["label"].split()) <= MAX_LABEL_WORDS:
            self._heading(run.part(0, label.end()))
            run = run.part(label.end(), len(run.text))
        for start, end in _pieces(run.text):
            self._paragraph(run.part(start, end))

    def _is_heading(self, token: Token, run: Run) -> bool:
        """Tell whether a paragraph stands for a heading: in bold alone, or one short line with a rule under it."""
        children = [child for child in token.children or () if child.content.strip() or child.type.startswith("strong")]
        if children and children[-1].content.strip() == ":":
            children.pop()
        if children and (children[0].type, children[-1].type) == ("strong_open", "strong_close"):
            return sum(child.type == "strong_open" for child in children) == 1 and len(run.text) in _BOLD_HEADING
        if SOURCES.fullmatch(run.text.strip()):
            return True
        ruled = bool(token.map and token.map[1] in self.rules) or bool(_UNDERLINE.search(run.text))
        lines = _UNDERLINE.sub("", run.text).split("\n")
        return ruled and len(lines) == 1 and len(lines[0].split()) <= MAX_HEADING_WORDS

    def _heading(self, run: Run) -> None:
        self.title = " ".join(run.text.split()).strip(" *_:#")
        self._note("heading", run)

    def _paragraph(self, run: Run) -> None:
        bullet = _BULLET.match(run.text)
        if run.text.lstrip().startswith("|"):  # a row of a table that has no rule under its head
            at = 0
            for cell in run.text.split("|"):
                self._note("cell", run.part(at, at + len(cell)))
                at += len(cell) + 1
        elif self.numbers or bullet:
            self._note("item", run.part(bullet.end() if bullet else 0, len(run.text)), "".join(self.numbers[-1:]))
            self.numbers[-1:] = [""] * len(self.numbers[-1:])  # the number belongs to an item's first paragraph
        else:
            self._note("prose", run)

    def _note(self, kind: str, run: Run, number: str = "", group: int = 0) -> None:
        if run.text.strip() or run.links:
            self.document.blocks.append(Block(kind, self.title, run, number, group))

    def _code(self, token: Token) -> None:
        if token.info.strip().lower() not in ("md", "markdown"):
            self._note("code", Run(f"{token.info}\n{token.content}".strip()))
            plain = token.info.strip().lower() in _NO_CODE
            for line in token.content.split("\n"):
                if said := (_SAID if plain else _SAID_IN_CODE).fullmatch(line):
                    self._note("prose", Run(said["said"]))
            return
        inner = read_blocks(token.content)
        self.document.blocks += inner.blocks
        self.document.unread += inner.unread


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of a paragraph's parts: lines that begin with a bullet or a bar stand for themselves."""
    start = 0
    for match in _LINE_STARTS.finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def run_of(children: Sequence[Token]) -> tuple[Run, Html]:
    """Return a paragraph's tokens as running text, and what its tags hold beside it."""
    made = RunBuilder()
    page = Html(made)
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            made.add("\n")
        elif child.type in ("link_open", "link_close", "image"):
            url = str(child.attrs.get("href") or child.attrs.get("src") or "")
            page.tell(str(child.attrs.get("title") or ""))
            if child.type != "link_close":
                made.open_link(url)
            if child.type == "image":
                made.add(child.content)
            if child.type != "link_open":
                made.close_link()
        elif child.type in ("strong_open", "em_open"):
            made.open_stress()
        elif child.type in ("strong_close", "em_close"):
            made.close_stress()
        elif child.type == "html_inline":
            page.feed(child.content)
        else:
            page.handle_data(child.content)
    return made.run(), page
