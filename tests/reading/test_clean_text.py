"""Clean text: words put together, labels for every stretch, and the way back to the glyphs."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.language import Vocabulary, flags_of
from rag.papers import Page, Paper, Sentence, Span
from rag.reading import read_paper
from rag.reading.glyphs.fonts import symbols_of
from rag.reading.glyphs.page_words import read_file
from rag.reading.read import unknown_characters
from rag.reading.text.clean_text import clean_character, ligatures_of
from rag.reading.text.passages import is_evidence
from tests import make_pdfs
from tests.cases import cases


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pdf") / "paper.pdf"
    path.write_bytes(make_pdfs.paper())
    return path


@pytest.fixture(scope="module")
def paper(path: Path) -> Paper:
    return read_paper(path, "2301.01234", 3)


def labelled(page: Page, label: str) -> list[str]:
    return [page.text[region.start : region.end] for region in page.regions if region.label == label]


def test_every_stretch_has_its_label(paper: Paper) -> None:
    """Title, headings, abstract, captions, footnotes, references and furniture are told apart."""
    first, second = paper.pages
    assert labelled(first, "title") == [make_pdfs.TITLE] == [paper.title]
    assert labelled(first, "abstract") == [" ".join(make_pdfs.ABSTRACT)]
    assert labelled(first, "heading") == ["Abstract", "1 Introduction", "2 Method", "2.1 Window"]
    assert labelled(first, "furniture") == [make_pdfs.RUNNING_HEAD, "1", make_pdfs.STAMP]
    assert labelled(first, "footnote") == [f"1 {make_pdfs.FOOTNOTE}"]
    assert labelled(second, "references") == [make_pdfs.REFERENCE]
    assert labelled(second, "acknowledgements") == [make_pdfs.THANKS]
    assert labelled(second, "appendix") == [make_pdfs.APPENDIX]
    assert labelled(second, "table") == ["Filter Error Time Gauss 0.85 12.0 Lantern 0.41 30.5"]


def test_every_visible_character_is_labelled(path: Path, paper: Paper) -> None:
    """Regions are in order, do not overlap, and hold every character that is not blank."""
    for page in paper.pages:
        covered: set[int] = set()
        end = 0
        for region in page.regions:
            assert end <= region.start < region.end <= len(page.text)
            end = region.end
            covered.update(range(region.start, region.end))
        assert all(char.isspace() for offset, char in enumerate(page.text) if offset not in covered)


def test_no_visible_letter_is_lost(path: Path, paper: Paper) -> None:
    """The letters of the page text are those of the PDF, save the hyphens of line ends."""
    for sheet, page in zip(read_file(path)[0], paper.pages, strict=True):
        drawn = "".join(sheet.glyphs[word.start : word.end] for word in (*sheet.words, *sheet.turned))
        assert sorted(char for char in drawn if char.isalnum()) == sorted(char for char in page.text if char.isalnum())


def test_glyphs_lead_back(path: Path, paper: Paper) -> None:
    """`text[start + i]` is the PDF's character `glyph + i` for every triple; letters all have one."""
    for sheet, page in zip(read_file(path)[0], paper.pages, strict=True):
        mapped = set()
        for start, glyph, length in page.glyphs:
            for offset in range(length):
                assert page.text[start + offset] == sheet.glyphs[glyph + offset].replace("\x02", "-")
                mapped.add(start + offset)
        assert all(offset in mapped for offset, char in enumerate(page.text) if char.isalnum())


def test_hyphens_of_line_ends_go_and_true_ones_stay(paper: Paper) -> None:
    """Words broken over lines read as they are written elsewhere."""
    text = " ".join(sentence.text for sentence in paper.sentences)
    for word in ("representation", "state-of-the-art", "low-quality", "continued"):
        assert word in text


def test_ligatures_are_spelt_out(tmp_path: Path) -> None:
    """The ligatures fi and fl become two letters with one glyph."""
    path = tmp_path / "paper.pdf"
    path.write_bytes(make_pdfs.ligatures())
    (page,) = read_paper(path, "x", None).pages
    assert page.text == "The efficient filter reflects the light of the lamps and of the water."


def test_exponents_keep_their_place_and_their_sign(tmp_path: Path) -> None:
    """What is raised behind a number is its power, also where a minus sign stands before; an index is none."""
    path = tmp_path / "paper.pdf"
    path.write_bytes(make_pdfs.exponents())
    (page,) = read_paper(path, "x", None).pages
    assert page.text == "We use a step of 10^-8 for 10^6 lamps of kind x2 in the whole of the harbour."


def test_line_numbers_are_furniture(tmp_path: Path) -> None:
    """Numbers in the margin are labelled and stand in no sentence."""
    path = tmp_path / "paper.pdf"
    path.write_bytes(make_pdfs.numbered_lines())
    paper = read_paper(path, "x", None)
    assert labelled(paper.pages[0], "furniture")[0].startswith("001 002 003")
    assert {sentence.text for sentence in paper.sentences} <= set(make_pdfs.BODY)


@cases("reading/cases/clean_text", "clean_character")
def test_single_characters(given: str, expected: str) -> None:
    assert clean_character(given) == expected


@cases("reading/cases/clean_text", "ligatures_of")
def test_ligatures_without_a_name_follow_the_encoding(given: str, expected: str) -> None:
    pairs = ligatures_of(given, Vocabulary())
    assert "".join(pairs.get(place) or char for place, char in enumerate(given)) == expected


def test_what_cannot_be_read_is_counted_and_no_evidence() -> None:
    """A sentence with a character of which nobody can tell what it is can be neither indexed nor quoted."""
    texts = ["We light the lamps.", "Each x\ufffdy lamp is lit.", "The water is quiet."]
    sentences = [
        Sentence(number, text, (Span(number + 1, 0, 9),), "body", flags=flags_of(text))
        for number, text in enumerate(texts)
    ]
    assert [is_evidence(sentence) for sentence in sentences] == [True, False, True]
    assert unknown_characters(sentences) == ["1 sentence with unknown characters, on page 2"]
    assert unknown_characters(sentences[:1]) == []


@pytest.mark.parametrize(
    ("font", "char", "read"),
    [
        ("ABCDEF+CMSY10", "h", "⟨"),
        ("ABCDEF+CMEX10", "\ufffd", "("),
        ("ABCDEF+CMEX10", "\x06", "⌈"),
        ("ABCDEF+txexs", "0", "⎛"),
        ("ABCDEF+CMSY10", "{", "{"),
        ("ABCDEF+CMSY10", "\x1d", "≫"),
        ("ABCDEF+txsys", "\x1c", "≪"),
        ("ABCDEF+txsy", "\x1d", "≫"),
        ("ABCDEF+rtxmi", "\x0f", "ϵ"),
        ("LMMathSymbols9-Regular", "i", "⟩"),
        ("ABCDEF+CMMI10", "`", "ℓ"),
        ("ABCDEF+CMMI10", "x", "x"),
        ("ABCDEF+MSAM10", "&", "≳"),
        ("ABCDEF+CMEX10", "X", "∑"),
    ],
)
def test_symbol_fonts_are_read_by_their_encoding(font: str, char: str, read: str) -> None:
    """What TeX's mathematical fonts call by a letter is read as what they draw; true names stay."""
    table = symbols_of(font)
    assert table is not None
    assert char.translate(table) == read


def test_text_fonts_need_no_table() -> None:
    """Letters of text fonts are letters."""
    assert symbols_of("ABCDEF+CMR10") is None
