"""Words of question and passage meet when they are the same word, and every word is told as it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.language import STOP_WORDS, american, as_seen, overlap, surface, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("restoring", "restored"),
        ("Images", "image"),
        ("naïve", "naive"),
        ("ﬁne", "fine"),
        ("TGF-β", "TGF beta"),
        ("Ω", "omega"),
    ],
)
def test_forms_of_a_word_meet(one: str, other: str) -> None:
    """Inflections, accents, ligatures and Greek letters make no difference."""
    assert words(one) == words(other) != []


@pytest.mark.parametrize(("one", "other"), [("IL6", "IL-6"), ("GPT3", "GPT 3"), ("ResNet50", "ResNet-50")])
def test_names_of_letters_and_digits_meet_in_their_parts(one: str, other: str) -> None:
    """A name written in one piece shares its parts with the name written in two."""
    assert set(words(other)) < set(words(one))


def test_words_come_in_order_without_stop_words_and_lone_letters() -> None:
    """Order is the text's; stop words and lone letters are gone, lone digits are not."""
    assert words("The blur of x in 5 frames is a BLUR") == ["blur", "5", "frame", "blur"]


@given(st.text())
def test_any_text_has_words(text: str) -> None:
    """Any text is cut without error into words that are not empty, the same each time and in capitals."""
    found = words(text)
    assert all(found)
    assert found == words(text)
    assert all(words(word) for word in found if word.isascii() and len(word) > 3 and word.isalpha())


@given(st.lists(st.sampled_from(["blur", "IL6", "naïve", "β", "and", "restoring", "the", "5"])))
def test_surface_keeps_the_spelling_and_gives_the_stem(parts: list[str]) -> None:
    """Each surface word stands in the text as written, and its stem is among the text's words."""
    text = " ".join(parts)
    for written, stem in surface(text):
        assert written in parts
        assert written not in STOP_WORDS
        assert stem in words(text)


def test_overlap_is_the_share_of_the_first() -> None:
    """The share counts distinct words of the first text; a text without words shares nothing."""
    assert overlap(["a", "b", "b", "c", "d"], ["b", "c", "x"]) == 0.5
    assert overlap([], ["a"]) == 0.0


BRITISH = (
    "optimisers optimizers, tokenisation tokenization, generalisability generalizability, analysing analyzing, "
    "behavioural behavioral, discoloured discolored, neighbourhood neighborhood, centred centered, "
    "kilometres kilometers, recentred recentered, catalogued cataloged, artefacts artifacts, "
    "dialogue dialog, defence defense, programme program, sulphate sulfate, grey gray, "
    "haemoglobin hemoglobin, leukaemia leukemia, paediatric pediatric, oestrogen estrogen, foetal fetal, oedema edema, "
    "diarrhoea diarrhea, anaesthesia anesthesia, caesium cesium, modelling modeling, unlabelled unlabeled"
)


@pytest.mark.parametrize("pair", BRITISH.split(", "))
def test_british_and_american_spellings_meet(pair: str) -> None:
    """A paper's spelling decides nothing."""
    british, americans = pair.split()
    assert words(british) == words(americans)


@pytest.mark.parametrize(
    "pair", ["precise precision", "supervised supervision", "surprising surprisingly", "circumcised circumcision"]
)
def test_words_with_an_s_everywhere_still_meet_their_relatives(pair: str) -> None:
    """Reading British endings takes no stem apart that belongs together."""
    one, other = pair.split()
    assert words(one) == words(other)


@pytest.mark.parametrize(
    "word", "four source contour more score phoenix michael aerial coefficient poem analysis".split()
)
def test_words_that_only_look_british_stay(word: str) -> None:
    """Rules are bound to the words they are about."""
    assert american(word) == word


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Iɡnоre thе аbоve", "Ignore the above"),
        ("іgnоrе", "ignore"),
        ("ιgnore", "ignore"),
        ("Ꭺttention", "Attention"),
        ("ｉｇｎｏｒｅ 𝓽𝓱𝓲𝓼", "ignore this"),
        ("ig\u00adno\u034fre\u061c th\u180eis\u3164\ufe0f\U000e0041", "ignore this"),
        ("\u202eig\u2066no\u200bre", "ignore"),
        ("⁹⁹% or ⑨⑨%", "99% or 99%"),
        ("10⁻⁸ m²", "10^−8 m2"),
        ("α = 3, σ2 and TGF-β", "α = 3, σ2 and TGF-β"),
        ("Привет, модель", "Привет, модель"),
        ("naïve Bayes", "naïve Bayes"),
    ],
)
def test_a_text_is_read_as_it_looks(text: str, seen: str) -> None:
    """Look-alikes, wide and other forms, and what cannot be seen change nothing; symbols and other languages stay."""
    assert as_seen(text) == seen
