from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.gates.identifiers import unwarranted
from rag.language import quantities

SPARED = [
    ("The model reaches 91.2 %.", "It reaches an accuracy of 0.912."),
    ("The model reaches 0.912.", "It reaches 91.2% accuracy."),
    ("It reaches 91.20 percent.", "It reaches 91.2%."),
    ("It was trained on 1,234 maps.", "It was trained on 1234 maps."),
    ("It was trained on 1 234 567 maps.".replace(" 234", "\u202f234").replace(" 567", "\u202f567"), "1,234,567 maps"),
    ("It has three stages.", "It has 3 stages."),
    ("It has 3 stages.", "It has three stages."),
    ("It has twenty-five layers.", "It has 25 layers."),
    ("It holds two hundred and fifty maps.", "It holds 250 maps."),
    ("It has 110 million weights.", "It has 110M weights."),
    ("It has 7B weights.", "It has 7 billion weights."),
    ("It saw one million maps.", "It saw 1,000,000 maps."),
    ("The rate is 1e-4.", "The rate is 1 × 10−4."),
    ("The rate is 0.0001.", "The rate is 1e-4."),
    ("It gains about 600 maps.", "It gains 589 maps."),
    ("It gains roughly 30 %.", "It gains 29.8 %."),
    ("It holds more than 60,000 maps.", "It holds 60,142 maps."),
    ("It takes nearly 10 hours.", "It takes 9.6 hours."),
    ("It takes less than 50 ms.", "It takes 48 ms."),
    ("Half of the maps are torn.", "50 % of the maps are torn."),
    ("It is twice as fast.", "It is 2× faster."),
    ("Between 3 and 5 layers are used.", "We use 3–5 layers."),
    ("It drops from 10 to 8 dB.", "It drops from 10 to 8 dB."),
    ("It spans 2018–2019.", "It spans 2018–19."),
    ("It takes 12 ms a page.", "It takes 12ms per page."),
    ("The PSNR is 28.4 dB.", "PSNR (dB) | Kite 28.4 | Glider 27.1"),
    ("Maps of 512x512 pixels are read.", "Maps of 512 × 512 pixels are read."),
    ("ResNet-50 and CIFAR-10 are used.", "No digits here."),
    ("Children aged 10 to 24 years take part.", "children aged 10-24"),
    ("2. The map is torn.", "The map is torn."),
    ("The shift is −3 px.", "a shift of -3 px"),
    ("The first stage is the slowest.", "Nothing is counted here."),
    ("One reads the map twice.", "The map is read two times."),
]

STOPPED = [
    ("The model reaches 91.3 %.", "It reaches 91.2 %."),
    ("The model reaches 91 %.", "It reaches 91.2 %."),
    ("The model reaches 9.12 %.", "It reaches 91.2 %."),
    ("It was trained on 12,340 maps.", "It was trained on 1,234 maps."),
    ("It takes 12 ms.", "It takes 12 s."),
    ("It gains 3 %.", "It gains 3 dB."),
    ("It has 110 billion weights.", "It has 110M weights."),
    ("About 600 maps are read.", "672 maps are read."),
    ("More than 70,000 maps are read.", "60,142 maps are read."),
    ("Less than 40 ms pass.", "48 ms pass."),
    ("Nearly 10 hours pass.", "12 hours pass."),
    ("It uses 3 to 5 layers.", "It uses 3, 5 or 9 layers."),
    ("It was shown in 2017.", "It was shown in 2016."),
    ("It needs 4 maps.", "It needs three maps."),
    ("The rate is 1e-3.", "The rate is 1e-4."),
    ("It is 3x faster.", "It is 2× faster."),
    ("It gains 1.5 dB.", "No number stands here."),
    ("Cracks fall by ⁹⁹%.", "Cracks fall by 12 %."),
    ("Cracks fall by ٩٩٪.", "Cracks fall by 12 %."),
    ("Cracks fall by ninety-nine percent.", "Cracks fall by 12 %."),
    ("¾ of the bells crack.", "A quarter of the bells crack."),
    ("The score is 44.5 dB.", "The score is 44.5 EM."),
]


@pytest.mark.parametrize(("claim", "cited"), SPARED)
def test_the_same_quantity_written_otherwise_is_spared(claim: str, cited: str) -> None:
    assert unwarranted(claim, [cited]) == ()


@pytest.mark.parametrize(("claim", "cited"), STOPPED)
def test_another_quantity_is_stopped(claim: str, cited: str) -> None:
    found = unwarranted(claim, [cited])
    assert found
    assert not any(quantity.counted for quantity in found)


def test_small_numbers_in_words_are_told_apart() -> None:
    """ "Four stages" may be the writer's own counting: it is reported, but as counted."""
    [found] = unwarranted("It has four stages.", ["It reads, cuts, sorts and glues."])
    assert (found.text, found.counted) == ("four", True)


def test_a_number_may_stand_in_any_of_the_cited_texts() -> None:
    assert unwarranted("It gains 3 dB in 12 ms.", ["It gains 3 dB.", "It takes 12 ms."]) == ()


@given(st.decimals(min_value=Decimal("0.001"), max_value=Decimal(10**7), places=3), st.sampled_from(["", " %", " dB"]))
def test_every_number_warrants_itself(value: Decimal, unit: str) -> None:
    """A claim that repeats its source is spared whatever the number, and with another digit stopped."""
    cited = f"The score is {value}{unit}."
    assert unwarranted(cited, [cited]) == ()
    assert unwarranted(f"The score is {value + 1}{unit}.", [cited])


@given(st.integers(min_value=0, max_value=10**9))
def test_thousands_separators_change_nothing(value: int) -> None:
    assert [q.value for q in quantities(f"{value:,} maps")] == [q.value for q in quantities(f"{value} maps")]


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    """No text breaks the reader, and every quantity is a stretch of the text."""
    for quantity in quantities(text):
        assert 0 <= quantity.start < quantity.end <= len(text)
