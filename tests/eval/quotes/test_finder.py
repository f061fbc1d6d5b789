"""Finding quotes: every rendering of a true sentence, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.quotes import Finder, Location, Texts, holds, normal
from eval.quotes.quote_signs import signature
from rag.papers import Page, Paper, Region, Sentence, Span, text_at
from rag.reading import read_paper, rectangles
from tests import make_pdfs


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pdf") / "paper.pdf"
    path.write_bytes(make_pdfs.paper())
    return path


@pytest.fixture(scope="module")
def paper(path: Path) -> Paper:
    return read_paper(path, "2301.01234", 3)


def test_every_sentence_is_found_where_it_stands(paper: Paper) -> None:
    """A stored sentence is found at its own words."""
    finder = Finder.of(paper)
    for sentence in paper.sentences:
        if "row" in sentence.flags or len(sentence.text) < 30:
            continue
        found = finder.find(sentence.text)
        assert found is not None
        assert normal(text_at(paper.pages, found.spans)) == normal(sentence.text)


@pytest.mark.parametrize(
    "quote",
    [
        "It lowers the error by 12.5 % on the Harbour set, and it needs no graphics card.",
        "it lowers the error by 12.5% on the harbour set and it needs no graphics card",
        "It lowers the er-\nror by 12.5 % on the Har-\nbour set, and it needs no graphics card.",
        "Itlowers theerror by 12.5 % on the Harbourset, and it needs no graphics card.",
        "**It lowers the error by 12.5 %** on the “Harbour” set, and it needs no graphics card.",
        "It lowers the error by 12.5\u00a0% on the Harbour\u200b set, and it needs no graphics card.",
        "lowers the error by 12.5 % on the Harbour set",
    ],
)
def test_renderings_are_found(quote: str, paper: Paper) -> None:
    """Blanks, hyphens, quotation marks, case and stress do not matter."""
    found = Finder.of(paper).find(quote)
    assert found is not None
    assert text_at(paper.pages, found.spans).rstrip(".") in make_pdfs.ABSTRACT[1]


def test_lost_ligatures_are_found(tmp_path: Path) -> None:
    """Letters that fonts lose in other extractors are no hindrance, and score less."""
    path = tmp_path / "paper.pdf"
    path.write_bytes(make_pdfs.ligatures())
    paper = read_paper(path, "x", None)
    found = Finder.of(paper).find("The ecient lter reects the light of the lamps and of the water.")
    assert found is not None
    assert found.score < 1.0


@pytest.mark.parametrize(
    "quote",
    [
        "It lowers the error by 13.5 % on the Harbour set, and it needs no graphics card.",
        "It lowers the error by 125 % on the Harbour set, and it needs no graphics card.",
        "It lowers the error by 12.5 on the Harbour set, and it needs no graphics card.",
        "It lowers the error by -12.5 % on the Harbour set, and it needs no graphics card.",
        "It lowers the error by <12.5 % on the Harbour set, and it needs no graphics card.",
        "It lowers the error by 12.5 % on the Harbour set, and it needs graphics card.",
        "It raises the error by 12.5 % on the Harbour set, and it needs no graphics card.",
        "It lowers the error by 12.5 % on the Village set, and it needs no graphics card.",
        "It lowers the error by 12.5 % on the Harbour set, and it keeps the texture, as Fig. 1 shows.",
        "The filter visits every patch twice and it does change the exposure.",
        "change the exposure. We set the window to 7",
        "5 % on the Harbour set, and it needs no graphics card.",
        "We set the window to 17 pixels, since larger windows blur the lamps.",
        "graphics card.",
        "",
        "12.5",
    ],
)
def test_altered_quotes_are_not_found(quote: str, paper: Paper) -> None:
    """A changed number, sign or word, a dropped "not", two halves put together, or too little is no quote."""
    assert Finder.of(paper).find(quote) is None


CITING = (
    "Slow filters are used widely [3, 12], as shown in [12], and they keep the texture of the water [3].",
    "The colours fade in the evening (Writer and Author, 2019; Lamp et al., 2020a), but nobody has said why.",
    "The window of Lamp et al. (2020a) is larger, and its sides lie in the interval [3, 12] for every lamp.",
    "The harbour (built in 1912) was measured at night (Table 2019), and the error of [0, 1] stays below 4 %.",
)


@pytest.fixture(scope="module")
def citing(tmp_path_factory: pytest.TempPathFactory) -> Paper:
    sheet = make_pdfs.Sheet()
    sheet.text(make_pdfs.LEFT, 80, "1 Introduction", 12, "Times-Bold")
    y = sheet.lines(make_pdfs.LEFT, 100, make_pdfs.wrap(" ".join(CITING), 480))
    sheet.text(make_pdfs.LEFT, y + 20, "References", 12, "Times-Bold")
    works = (
        "[3] A. Writer and B. Author. A filter for the night. Journal of Lamps, 12:45-67, 2019.",
        "[12] C. Lamp, D. Pier and E. Shore. Windows of water. Journal of Lamps, 13:1-9, 2020a.",
    )
    sheet.lines(make_pdfs.LEFT, y + 40, works)
    path = tmp_path_factory.mktemp("citing") / "paper.pdf"
    path.write_bytes(make_pdfs.make([sheet]))
    return read_paper(path, "x", None)


@pytest.mark.parametrize(
    "quote",
    [
        "Slow filters are used widely, as shown in [12], and they keep the texture of the water.",
        "Slow filters are used widely [3,12], as shown in [12], and they keep the texture of the water.",
        "The colours fade in the evening, but nobody has said why.",
        "The window of Lamp et al. is larger, and its sides lie in the interval [3, 12] for every lamp.",
    ],
)
def test_citation_marks_may_be_left_out(quote: str, citing: Paper) -> None:
    """A quote without some or all of the paper's citation marks is found; the place takes the marks along."""
    found = Finder.of(citing).find(quote)
    assert found is not None
    assert found.score < 1.0
    assert text_at(citing.pages, found.spans) in CITING


@pytest.mark.parametrize(
    "quote",
    [
        "Slow filters are used widely, as shown in, and they keep the texture of the water.",
        "Slow filters are used widely [3, 12], as shown in, and they keep the texture of the water [3].",
        "Slow filters are used widely [4, 12], as shown in [12], and they keep the texture of the water.",
        "Slow filters are used widely, as shown in [12], and they keep the texture of the water [12].",
        "Slow filters are used, as shown in [12], and they keep the texture of the water.",
        "[3] Slow filters are used widely, as shown in [12], and they keep the texture of the water.",
        "The window of Lamp et al. is larger, and its sides lie in the interval for every lamp.",
        "The window is larger, and its sides lie in the interval [3, 12] for every lamp.",
        "The harbour was measured at night (Table 2019), and the error of [0, 1] stays below 4 %.",
        "The harbour (built in 1912) was measured at night, and the error of [0, 1] stays below 4 %.",
        "The harbour (built in 1912) was measured at night (Table 2019), and the error of stays below 4 %.",
        "The colours fade in the evening, but everybody has said why.",
    ],
)
def test_nothing_but_citation_marks_may_be_left_out(quote: str, citing: Paper) -> None:
    """Changed or moved marks, words, intervals, years and names of the sentence itself have to be there."""
    assert Finder.of(citing).find(quote) is None


REFERENCES = "References\n" + "\n".join(f"[{n}] Smith, J. and Doe, A. Some title. 2019." for n in range(1, 41))


def cited(body: str) -> Finder:
    text = f"{body}\n{REFERENCES}"
    regions = (Region(0, len(body), "body"), Region(len(body) + 1, len(text), "references"))
    sentence = Sentence(0, body, (Span(1, 0, len(body)),), "body")
    return Finder.of(Paper("2101.00001", 1, "t", (), "", "x", (Page(1, text, regions),), (sentence,), ()))


@pytest.mark.parametrize(
    "body",
    [
        "The treatment lowered mean pain by two points, 95% CI [12, 18], in the treated patients.",
        "We tap the features of layers [3, 5] of the frozen encoder for the loss.",
        "Answers were rated on a scale of [1, 5] by three annotators each time.",
        "The learning rate is drawn uniformly from [1, 10] and the model is then trained.",
        "Weights are clipped to [1, 2] before the update is applied to the model.",
        "The kernel sizes are [3, 5, 7] in the three branches of the network block.",
        "We average the errors at the time steps [10, 20] of every run of the model.",
        "Except as shown by (Smith, 2019) the bound is never tight for deep networks.",
        "The proof in (Doe, 2019) does not hold for networks without any bias.",
    ],
)
def test_brackets_that_the_sentence_needs_stay(body: str) -> None:
    """Numbers that also are numbers of references, and works after a preposition, are part of the sentence."""
    finder = cited(body)
    assert finder.find(body) is not None
    assert finder.find(re.sub(r" [\[(].*?[\])]", "", body)) is None


@pytest.mark.parametrize(
    ("quote", "there"),
    [
        ("Table 1: Oil burnt in winter. Lamp Oil Gauss [12] 30.5", True),
        ("Table 1: Oil burnt in winter. Lamp Oil Gauss 30.5", True),
        ("Table 1: Oil burnt in winter. Lamp Oil Gauss [13] 30.5", False),
        ("Table 1: Oil burnt in winter. Lamp Oil Gauss 30.7", False),
        ("Table 1: Oil burnt in winter. Lamp Oil Lantern 30.5", False),
    ],
)
def test_a_row_may_leave_out_its_citation_marks(quote: str, there: bool) -> None:
    """A row is printed from its caption, its header and its own line; its numbers have to be its own."""
    text = f"Table 1: Oil burnt in winter. Lamp Oil\nLantern [3] 30.7\nGauss [12] 30.5\n{REFERENCES}"
    lead, line = text.index("\n"), text.index("Gauss")
    spans = (Span(1, 0, lead), Span(1, line, line + len("Gauss [12] 30.5")))
    pages = (Page(1, text, (Region(text.index("References"), len(text), "references"),)),)
    row = Sentence(0, text_at(pages, spans), spans, "table", flags=("row",))
    finder = Finder.of(Paper("2101.00001", 1, "t", (), "", "x", pages, (row,), ()))
    assert (finder.find(quote) is not None) == there


@pytest.mark.parametrize(
    ("quote", "there"),
    [
        ("Our nets beat our trees on every task that was ever tried.", True),
        ("Our nets [1] beat our trees on every task that was ever tried.", True),
        ("Our nets beat our trees [2] on every task that was ever tried [1].", True),
        ("Our nets beat our trees on every task that was ever tried [1].", True),
        ("[1] Our nets beat our trees on every task that was ever tried.", False),
        ("[2] Our nets beat our trees on every task that was ever tried.", False),
        ("Our [2] nets beat our trees on every task that was ever tried.", False),
        ("Our nets beat our [2] trees on every task that was ever tried.", False),
        ("Our nets [2] beat our trees [1] on every task that was ever tried.", False),
        ("Our nets [Lam93] beat our trees on every task that was ever tried.", False),
    ],
)
def test_marks_stay_where_they_stand(quote: str, there: bool) -> None:
    """A mark may be left out, also where another like it stands; it may not be moved, not even to the front."""
    found = cited("Our nets [1] beat our trees [2] on every task that was ever tried [1].").find(quote)
    assert (found is not None) == there


def test_a_mark_after_a_first_word_is_not_moved() -> None:
    """A short beginning is compared whole, not with the end of another."""
    assert (
        cited("Our nets beat all of our trees [2] on every task of the set.").find(
            "Trees [2] beat all of our trees on every task of the set."
        )
        is None
    )
    assert (
        cited("We like the nets that we [2] found on every task of the set.").find(
            "We [2] like the nets that we found on every task of the set."
        )
        is None
    )


def test_a_quote_over_two_columns_has_two_places(paper: Paper) -> None:
    """What stands between the columns is no part of the quote."""
    found = Finder.of(paper).find(make_pdfs.CROSSING)
    assert found is not None
    assert text_at(paper.pages, found.spans) == make_pdfs.CROSSING


def test_rectangles_lie_on_the_page_around_the_words(path: Path, paper: Paper) -> None:
    """One rectangle per line, on the page, in reading order, in the column where the words stand."""
    found = Finder.of(paper).find(make_pdfs.CROSSING)
    assert isinstance(found, Location)
    boxes = rectangles(path, paper, found.spans)
    assert len(boxes) == 2
    assert boxes[0].right < 306 < boxes[-1].left
    for box in boxes:
        page = paper.pages[box.page - 1]
        assert 0 <= box.left < box.right <= page.width
        assert 0 <= box.top < box.bottom <= page.height


def test_signature_keeps_what_numbers_say() -> None:
    """Signs, points and comparison marks count; the kind of dash and a caret do not."""
    assert signature("from −0.5 to 10^20, p < 0.05") == ["-0.5", "1020", "<", "0.05"]
    assert signature("by 12.5 per cent (see 3-4)") == ["12.5", "%", "3", "4"]


def test_real_sentences_are_found_on_their_pages(shared: Path) -> None:
    """In a real two-column paper every sentence's quote leads back to its own first page."""
    paper = read_paper(shared / "papers" / "real" / "1512.03385.pdf", "1512.03385", 1)
    finder = Finder.of(paper)
    for sentence in paper.sentences:
        if sentence.label == "body" and not sentence.flags and len(sentence.text) > 60:
            found = finder.find(sentence.text)
            assert found is not None
            assert found.spans[0].page == sentence.spans[0].page


def test_a_per_cent_sign_after_a_blank_ends_a_quote(tmp_path: Path) -> None:
    """The sign belongs to the number before it: with it the quote is found, without it it is not."""
    path = tmp_path / "paper.pdf"
    lines = [*make_pdfs.BODY, "The lamps lose no more than 12.5 %. So it is."]
    path.write_bytes(make_pdfs.make([make_pdfs.plain(lines)]))
    finder = Finder.of(read_paper(path, "x", None))
    assert finder.find("The lamps lose no more than 12.5 %.")
    assert finder.find("The lamps lose no more than 12.5%.")
    assert not finder.find("The lamps lose no more than 12.5.")


@pytest.mark.parametrize(
    "quote",
    ["linear relation holds between error and time here", "We call the relation that holds between these two error"],
)
def test_half_a_compound_is_no_word(quote: str) -> None:
    """A quote that begins after "non-" or ends before "-free" says something else."""
    text = (
        "A non-linear relation holds between error and time here. "
        "We call the relation that holds between these two error-free."
    )
    sentence = Sentence(0, text, (Span(1, 0, len(text)),), "body")
    made = Paper("x", 1, "", (), "", "test", (Page(1, text, (Region(0, len(text), "body"),)),), (sentence,), ())
    assert Finder.of(made).find(quote) is None
    assert Finder.of(made).find("A non-" + quote if quote.startswith("linear") else f"{quote}-free.") is not None


def holding(text: str) -> Finder:
    """Return the finder of a paper that holds one sentence."""
    sentence = Sentence(0, text, (Span(1, 0, len(text)),), "body")
    page = Page(1, text, (Region(0, len(text), "body"),))
    return Finder.of(Paper("x", 1, "", (), "", "test", (page,), (sentence,), ()))


FRAME = "We set the window of the filter to {} for every lamp of the harbour."
ALTERED = [
    ("3 × 5", "3 / 5"),
    ("3 × 5", "3 * 5"),
    ("3 × 5", "3 · 5"),
    ("3 × 5", "3 5"),
    ("k · n", "k / n"),
    ("a / b", "a b"),
    ("2:3", "2/3"),
    ("2019-2021", "2019, 2021"),
    ("2019–2021", "2019 2021"),
    ("[12, 13]", "[12-13]"),
    ("3 and −5", "3 and 5"),
    ("10^-3", "10-3"),
    ("10^−3", "10–3"),
    ("10^−3", "10^3"),
    ("10^3", "10^-3"),
    ("5e-3", "5e3"),
    ("x_2", "x^2"),
    ("10²", "10_2"),
    ("lamps", "~lamps"),
    ("lamps", "!lamps"),
    ("lamps", "¬lamps"),
    ("¬p", "p"),
    ("n! lamps", "n lamps"),
    ("5 mm", "5 Mm"),
    ("5 mW", "5 MW"),
    ("5 MHz", "5 mHz"),
    ("3 Gb", "3 GB"),
    ("5 kΩ", "5 KΩ"),
    ("5 μm", "5 mm"),
    ("5 %", "5 ‰"),
    ("5 °C", "5 C"),
    ("$5", "€5"),
    ("X, where X is", "X, where x is"),
    ("a + b", "a - b"),
    ("a − b", "a b"),
    ("x = −y", "x = y"),
    ("x ∈ S", "x ∉ S"),
    ("A → B", "A ← B"),
    ("∀x", "∃x"),
    ("√n", "n"),
    ("10 ± 2", "10 ∓ 2"),
    ("≈ 5", "5"),
    ("[0, 1)", "[0, 1]"),
    ("nine; it is set", "nine. It is set"),
    ("nine. It is set", "nine, it is set"),
    ("nine, as we’re told", "nine, as were told"),
]
SAME = [
    ("3 × 5", "3×5"),
    ("2019-2021", "2019–2021"),
    ("2019–2021", "2019 – 2021"),
    ("2019–2021", "2019-\n2021"),
    ("10^−3", "10^-3"),
    ("10^−3", "10^{-3}"),
    ("10^−3", "10⁻³"),
    ("10^−3", "10−3"),
    ("10^20", "1020"),
    ("10^20", "10^{20}"),
    ("10^20", "10²⁰"),
    ("x_1", "x1"),
    ("∼5", "~5"),
    ("½", "1/2"),
    ("5 mm", "5mm"),
    ("5 µm", "5 μm"),
    ("45◦", "45°"),
    ("a − b", "a - b"),
    ("a − b", "a-b"),
    ("a ⩽ b", "a ≤ b"),
    ("A ⋅ B", "A·B"),
    ("a well-known number", "a wellknown number"),
    ("a “good” number", "a good number"),
    ("a good, new number", "a good new number"),
    ("nine – a guess –", "nine, a guess,"),
    ("nine; it is set", "nine ;it is set"),
    ("nine. It is set", "nine.It is set"),
    ("that of Lamp et al. here", "that of Lamp et al here"),
    ("what Fig. 3 shows", "what Fig 3 shows"),
    ("a Harbour Number", "a harbour number"),
    ("√n", "\ufffdn"),
]


@pytest.mark.parametrize(("printed", "said"), ALTERED)
def test_marks_that_say_something_else_are_no_quote(printed: str, said: str) -> None:
    """Operators, dashes and commas of numbers, exponents, negations, units, symbols and ends of sentences count."""
    assert holding(FRAME.format(printed)).find(FRAME.format(printed)) is not None
    assert holding(FRAME.format(printed)).find(FRAME.format(said)) is None


@pytest.mark.parametrize(("printed", "said"), SAME)
def test_marks_that_say_the_same_are_forgiven(printed: str, said: str) -> None:
    """Blanks, kinds of dashes, lost carets, quotation marks, commas of prose and other spellings do not count."""
    assert holding(FRAME.format(printed)).find(FRAME.format(said)) is not None


@pytest.mark.parametrize(("printed", "said"), ALTERED)
def test_other_texts_refuse_them_too(printed: str, said: str) -> None:
    """A brief and a PDF's raw text see the same changes."""
    raw = Texts((FRAME.format(printed),), raw=True)
    assert holds(FRAME.format(printed), FRAME.format(printed))
    assert not holds(FRAME.format(printed), FRAME.format(said))
    assert raw.find(FRAME.format(printed)) is not None
    assert raw.find(FRAME.format(said)) is None


@pytest.mark.parametrize(
    ("text", "quote", "there"),
    [
        ("-5 mm is the width of the lamps of all harbours.", "-5 mm is the width of the lamps of all harbours.", True),
        ("It fell by −5 mm in the harbour of the lamps.", "5 mm in the harbour of the lamps.", False),
        ("We saw that <5 % of the lamps of the harbour fail.", "<5 % of the lamps of the harbour fail.", True),
        ("We saw that <5 % of the lamps of the harbour fail.", "5 % of the lamps of the harbour fail.", False),
        ("They paid $5 million for the lamps of the harbour.", "$5 million for the lamps of the harbour.", True),
        ("They paid $5 million for the lamps of the harbour.", "5 million for the lamps of the harbour.", False),
        ("The lamps of the harbour wall cost 5 million.", "The lamps of the harbour wall cost 5", False),
        ("The cost of the harbour lamps grows as n^2 in time.", "The cost of the harbour lamps grows as n", False),
        ("Here y = x. The lamps of the harbour wall are new.", "The lamps of the harbour wall are new.", True),
        ("Look here! The lamps of the harbour wall are new.", "The lamps of the harbour wall are new.", True),
        ("A lamp of the harbour wall costs them much.", "a lamp of the harbour wall costs them much.", True),
    ],
)
def test_signs_at_the_edges_belong_to_their_numbers(text: str, quote: str, there: bool) -> None:
    """A sign before the first number is taken along, and what a last number counts is not cut off."""
    found = holding(text).find(quote)
    assert (found is not None) == there
    if found is not None:
        assert text_at((Page(1, text),), found.spans) == text[text.lower().index(quote.lower()) :]


WORDS = st.lists(st.from_regex(r"[a-z]{3,9}", fullmatch=True), min_size=6, max_size=12)
NUMBERS = st.integers(1, 999)


@given(WORDS, st.data())
def test_a_sign_put_before_any_word_is_seen(words: list[str], data: st.DataObject) -> None:
    """Wherever it is put, a negation or "about" is found neither by the finder nor by the evaluator."""
    at = data.draw(st.integers(0, len(words) - 1))
    sign = data.draw(st.sampled_from("~!¬"))
    text = " ".join(words) + " of the old harbour."
    altered = " ".join([*words[:at], sign + words[at], *words[at + 1 :]]) + " of the old harbour."
    assert holding(text).find(altered) is None
    assert not holds(text, altered)


@given(NUMBERS, NUMBERS, st.permutations(["×", "·", "/", "+", ":", "=", "<", "±", ","]))
def test_exchanged_operators_are_seen(one: int, other: int, signs: list[str]) -> None:
    """Between numbers every operator says something of its own."""
    text, altered = (FRAME.format(f"{one} {sign} {other}") for sign in signs[:2])
    assert holding(text).find(text) is not None
    assert holding(text).find(altered) is None
    assert not holds(text, altered)


@given(WORDS, st.sampled_from("-–‐‑"), st.data())
def test_what_readers_of_pdfs_change_is_forgiven(words: list[str], dash: str, data: st.DataObject) -> None:
    """Line ends, broken words, the kind of dash and a capital at the start do not hide a quote."""
    at = data.draw(st.integers(0, len(words) - 1))
    text = " ".join(words) + " of the well-known old harbour, 10-20 of them."
    cut = data.draw(st.integers(1, len(words[at]) - 1))
    broken = [*words[:at], f"{words[at][:cut]}{dash}\n{words[at][cut:]}", *words[at + 1 :]]
    quote = " ".join(broken) + f" of the well{dash}known\nold harbour, 10{dash}20 of them."
    assert holding(text).find(quote[0].upper() + quote[1:]) is not None


@pytest.mark.parametrize(
    ("first", "second", "altered"),
    [
        ("Half of the lamps lose 12.5 %", "of their light in the first harbour year.", (" %", "")),
        ("Half of the lamps lose 12.5", "% of their light in the first harbour year.", ("%", "")),
        ("The lamps of the harbour wall lose less than", "−5 mm of their own width each year.", ("−5", "5")),
        ("The lamps of the harbour wall cost rather more than", "$5 million in the first year.", ("$5", "5")),
    ],
)
def test_marks_at_the_end_of_a_page_count(first: str, second: str, altered: tuple[str, str]) -> None:
    """What stands before a page's end or after the next one's beginning is part of a quote that crosses them."""
    pages = tuple(Page(n, text, (Region(0, len(text), "body"),)) for n, text in enumerate((first, second), start=1))
    spans = (Span(1, 0, len(first)), Span(2, 0, len(second)))
    sentence = Sentence(0, f"{first} {second}", spans, "body")
    finder = Finder.of(Paper("x", 1, "", (), "", "test", pages, (sentence,), ()))
    assert finder.find(sentence.text) is not None
    assert finder.find(sentence.text.replace(*altered, 1)) is None
