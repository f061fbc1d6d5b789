"""Wording near a sentence's own may not say more, drop what weakens it, or let two things change places."""

from __future__ import annotations

import pytest

from rag.gates.wording import reworded

TERN = "Terncast may improve most forecasts of the tide slightly, except those for the northern bays."
NESTS = "The heron model was trained on 40 nests and tested on 12 islands, while the gull model saw 9 harbours."
SWAP = "In calm weather the heron model overtakes the gull model after dusk."
AWAY = "With the exception of the northern bays, Terncast beats the almanac on every coast."
FIRST = "Terncast is the first satellite-fed model that foresees ebbs and storms."
GAIN = "With two buoys, Terncast gains 3.5% additional skill on the gulf."
PARTLY = "Forecasts can be mended in some cases by joining buoys with satellites."
CLAUSES = "The gull model used one fixed rate for all morning flights; the heron model picks a rate for each."

WRONG = [
    ("Terncast beats the almanac on every coast.", AWAY),
    ("Terncast is the first model that foresees ebbs and storms.", FIRST),
    ("With two buoys, Terncast reaches 3.5% skill on the gulf.", GAIN),
    ("Forecasts can be mended by joining buoys with satellites.", PARTLY),
    ("The heron model used one fixed rate for all morning flights.", CLAUSES),
    ("Terncast may improve all forecasts of the tide slightly, except those for the northern bays.", TERN),
    ("Terncast improves most forecasts of the tide slightly, except those for the northern bays.", TERN),
    ("Terncast may improve most forecasts of the tide slightly.", TERN),
    ("Terncast may improve most forecasts of the tide dramatically, except those for the northern bays.", TERN),
    ("Terncast is guaranteed to improve forecasts.", TERN),
    ("Terncast may improve most forecasts because of the northern bays.", TERN),
    ("The heron model was trained on 12 nests and tested on 40 islands.", NESTS),
    ("In calm weather the gull model overtakes the heron model after dusk.", SWAP),
    ("In calm weather the heron model overtakes the gull model before dusk.", SWAP),
    ("In stormy weather the heron model overtakes the gull model after dusk.", SWAP),
    *(
        (claim, sentence)
        for sentence, claims in {  # of each kind that was once printed, others than those it was met in
            "The kiln ran 14 firings at 9 bars.": ["The kiln ran 9 firings at 14 bars."],
            "Of 31 bells, 12 cracked in the 7th winter.": ["Of 12 bells, 31 cracked in the 7th winter."],
            "The Orrin glaze outlasts the Velt glaze in salt water.": [
                "The Velt glaze outlasts the Orrin glaze in salt water."
            ],
            "Bellnet borrows its teeth from Cogfield.": ["Cogfield borrows its teeth from Bellnet."],
            "The loom often weaves without a fault.": ["The loom always weaves without a fault."],
            "The glaze seems to harden within a day.": ["The glaze hardens within a day."],
            "Bellnet probably hears the clapper first.": ["Bellnet hears the clapper first."],
            "Results suggest that cogs wear evenly.": ["Cogs wear evenly."],
            "All bells were tuned except the tenor.": ["All bells were tuned."],
            "The loom weaves every pattern apart from twill.": ["The loom weaves every pattern."],
            "Save for the rim, the glaze covers the whole bowl.": ["The glaze covers the whole bowl."],
            "The kiln fires all clays other than stoneware.": ["The kiln fires all clays."],
            "The glaze is applied before the first firing.": ["The glaze is applied after the first firing."],
            "Firing takes at most 6 hours.": ["Firing takes at least 6 hours.", "Firing takes not less than 6 hours."],
            "No more than 8 bells crack.": ["No fewer than 8 bells crack."],
            "The loom needs up to 40 threads.": ["The loom needs over 40 threads."],
            "The teacher labels bells for the small student network.": [
                "The student labels bells for the small teacher network."
            ],
            "The glaze turns brittle in frost.": ["The glaze turns supple in frost."],
            "Dense looms waste little thread.": ["Sparse looms waste little thread."],
        }.items()
        for claim in claims
    ),
]
RIGHT = [
    ("Terncast beats the almanac on every coast, with the exception of the northern bays.", AWAY),
    ("Of satellite-fed models, Terncast is the first that foresees ebbs and storms.", FIRST),
    ("On the gulf, two buoys give Terncast 3.5% more skill.", GAIN),
    ("In some cases joining buoys with satellites mends forecasts.", PARTLY),
    ("The gull model used one fixed rate for all morning flights.", CLAUSES),
    (
        "Terncast may slightly improve most forecasts, but not those for the northern bays, which are an exception.",
        TERN,
    ),
    ("Trained on 40 nests, the heron model was tested on 12 islands.", NESTS),
    ("The gull model saw nine harbours.", NESTS),
    ("The heron model overtakes the gull model after dusk in calm weather.", SWAP),
    ("After dusk, in calm weather, the heron model passes the gull model.", SWAP),
]


@pytest.mark.parametrize(("claim", "sentence"), WRONG)
def test_what_says_more_or_less_is_named(claim: str, sentence: str) -> None:
    assert list(reworded(claim, [sentence]))


@pytest.mark.parametrize(("claim", "sentence"), RIGHT)
def test_other_words_for_the_same_pass(claim: str, sentence: str) -> None:
    assert list(reworded(claim, [sentence])) == []


@pytest.mark.parametrize(
    "sentence", [TERN, NESTS, SWAP, "No more than 8 bells crack.", "Of 31 bells, 12 cracked in the 7th winter."]
)
def test_a_sentence_says_what_it_says(sentence: str) -> None:
    assert list(reworded(sentence, [sentence])) == []
