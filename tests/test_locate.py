"""Finding quotes: every rendering of a true sentence, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rag.reading.locate import Finder, Location, locate
from rag.reading.normal import normal
from rag.reading.read import read_paper
from rag.reading.rectangles import rectangles
from rag.reading.signs import signature
from rag.types import Page, Paper, Region, Sentence, Span, text_at
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
    finder = Finder(paper)
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
    found = locate(quote, paper)
    assert found is not None
    assert text_at(paper.pages, found.spans).rstrip(".") in make_pdfs.ABSTRACT[1]


def test_lost_ligatures_are_found(tmp_path: Path) -> None:
    """Letters that fonts lose in other extractors are no hindrance, and score less."""
    path = tmp_path / "paper.pdf"
    path.write_bytes(make_pdfs.ligatures())
    paper = read_paper(path, "x", None)
    found = locate("The ecient lter reects the light of the lamps and of the water.", paper)
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
    assert locate(quote, paper) is None


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
    found = locate(quote, citing)
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
    assert locate(quote, citing) is None


REFERENCES = "References\n" + "\n".join(f"[{n}] Smith, J. and Doe, A. Some title. 2019." for n in range(1, 41))


def cited(body: str) -> Finder:
    text = f"{body}\n{REFERENCES}"
    regions = (Region(0, len(body), "body"), Region(len(body) + 1, len(text), "references"))
    sentence = Sentence(0, body, (Span(1, 0, len(body)),), "body")
    return Finder(Paper("2101.00001", 1, "t", (), "", "x", (Page(1, text, regions),), (sentence,), ()))


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
        ("Our nets beat our trees on every task that was ever tried.", True),
        ("Our nets [1] beat our trees on every task that was ever tried.", True),
        ("Our nets beat our trees [2] on every task that was ever tried [1].", True),
        ("Our nets beat our trees on every task that was ever tried [1].", True),
        ("[1] Our nets beat our trees on every task that was ever tried.", False),
        ("[2] Our nets beat our trees on every task that was ever tried.", False),
        ("Our [2] nets beat our trees on every task that was ever tried.", False),
        ("Our nets beat our [2] trees on every task that was ever tried.", False),
        ("Our nets [2] beat our trees [1] on every task that was ever tried.", False),
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
    found = locate(make_pdfs.CROSSING, paper)
    assert found is not None
    assert text_at(paper.pages, found.spans) == make_pdfs.CROSSING


def test_rectangles_lie_on_the_page_around_the_words(path: Path, paper: Paper) -> None:
    """One rectangle per line, on the page, in reading order, in the column where the words stand."""
    found = locate(make_pdfs.CROSSING, paper)
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
    finder = Finder(paper)
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
    finder = Finder(read_paper(path, "x", None))
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
    assert locate(quote, made) is None
    assert locate("A non-" + quote if quote.startswith("linear") else f"{quote}-free.", made) is not None
