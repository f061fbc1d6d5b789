from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.chat import read_json
from rag.errors import WriterError
from tests.chat.opened import failing

OBJECT = {"claims": [{"text": "It flies.", "evidence": ["E1"]}]}
JSON = json.dumps(OBJECT)


@pytest.mark.parametrize(
    "reply",
    [
        JSON,
        f"\n\n  {JSON}\n",
        f"```json\n{JSON}\n```",
        f"```\n{JSON}```",
        f"Sure! Here is the JSON:\n\n```json\n{JSON}\n```\n\nLet me know if you need more.",
        f"Here it is: {JSON} I hope it helps!",
        f"The set {{a, b}} and [1] and {{}}: {JSON}".replace("{}: ", "- "),
        f"<think>The user wants JSON.</think>{JSON}",
        f'<think>Maybe {{"claims": []}}? Or {{"x": 1}}?</think>\n{JSON}',
        f"Okay, the user wants JSON. First, E1.\n</think>\n\n{JSON}",
        f"<think>\nhm\n</think>\n\n```json\n{JSON}\n```",
        f"<thinking>hm</thinking>{JSON}",
        f"[THINK]hm[/THINK]{JSON}",
        f"<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>{JSON}",
        f"<think>It is {JSON}</think>",
        f"{JSON}\n{JSON}",
    ],
)
def test_the_one_object_that_is_there_is_read(reply: str) -> None:
    assert read_json(reply) == OBJECT


def test_what_looks_like_the_end_of_thoughts_may_stand_in_a_claim() -> None:
    found = {"text": "It writes </think> after its thoughts."}
    assert read_json(json.dumps(found)) == found
    assert read_json(f"```json\n{json.dumps(found)}\n```") == found


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("Sure! It flies.", "no object"),
        ("[1, 2]", "no object"),
        (f"[{JSON}]", "a list"),
        (f"{JSON} {json.dumps({'claims': []})}", "several"),
        ('{"a": 1, "a": 2}', "twice"),
        ('{"a": {"b": 1, "b": 1}}', "twice"),
        ('{"a": NaN}', "NaN"),
        ('{"a": -Infinity}', "Infinity"),
        ('{"a": 1e999}', "1e999"),
        ('{"claims": [{"text": "It flies."},]}', ""),
        ('{"claims": [{"text": "It flies."}', ""),
        ('{"claims": [{"text": "It fl', ""),
        ("{'claims': []}", "no object"),
        ('{"a": "one\ntwo"}', ""),
        ('{"a": ' + "9" * 10_000 + "}", ""),
        ('{"a": ' + "[" * 100_000, ""),
        ('{"a":' * 100_000, ""),
        (f"Here: {JSON[:-2]} and then some", ""),
    ],
)
def test_all_else_is_an_error_that_says_what_it_is(reply: str, why: str) -> None:
    """No object is taken out of a broken one, none is chosen of two."""
    error = failing(lambda: read_json(reply))
    assert error.kind == "not_json"
    assert why in str(error)


@pytest.mark.parametrize("reply", ["", "  \n\t "])
def test_nothing_is_empty(reply: str) -> None:
    assert failing(lambda: read_json(reply)).kind == "empty"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"$N \alpha = 6$", r"$N \alpha = 6$"),
        (r"$\beta$ and \frac{1}{2}, \bar x", r"$\beta$ and \frac{1}{2}, \bar x"),
        (r"\nu and \nabla f \neq 0", r"\nu and \nabla f \neq 0"),
        (r"\rho, \theta_t, \times, \tau", r"\rho, \theta_t, \times, \tau"),
        (r"\upsilon \uparrow", r"\upsilon \uparrow"),
        (r"5\% of \$3, a\_b, \(x\), \mathcal{L}", r"5\% of \$3, a\_b, \(x\), \mathcal{L}"),
        (r"\\alpha is escaped", r"\alpha is escaped"),
        (r"one\nThe next\ttabbed\r\n", "one\nThe next\ttabbed\r\n"),
        (r"\ne.g. and \ni.e.", "\ne.g. and \ni.e."),
        (r"it\'s", "it's"),
        (r"\"quoted\" \/ slash \\ back", '"quoted" / slash \\ back'),
        (r"caf\u00e9 \ud83d\ude00", "café \U0001f600"),
        (r"\u03b1lpha", "αlpha"),
        (r"lone \ud800 and \udc00\ud800x", "lone \ufffd and \ufffd\ufffdx"),
        (r"\u12 is no code", r"\u12 is no code"),
    ],
)
def test_a_backslash_that_json_does_not_know_stands_for_itself(written: str, meant: str) -> None:
    assert read_json(f'{{"text": "{written}"}}') == {"text": meant}


KEYS = st.text("abc\\ {}[]\"'`", max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cc", "Cs"))),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(
    st.dictionaries(KEYS, VALUES, min_size=1, max_size=4),
    st.booleans(),
    st.sampled_from(["{}", "```json\n{}\n```", "Sure! {} More?", "<think>a {{b}} c</think>{}", "hm</think> {}"]),
)
def test_whatever_is_json_is_read_as_json_is(found: dict[str, Any], escaped: bool, around: str) -> None:
    """Properly escaped, a reply means what it means: no rule for what models get wrong touches it."""
    assert read_json(around.replace("{}", json.dumps(found, ensure_ascii=escaped))) == found


def test_what_is_read_can_be_written() -> None:
    """Nothing in a reply trips an encoder afterwards, keys included."""
    json.dumps(read_json(r'{"\ud800": ["\udfff", {"a": "\ud83d"}]}'), ensure_ascii=False).encode()


@pytest.mark.parametrize("text", ["{" * 200_000, '{"' * 200_000, "\\" * 500_000, "<think>" * 100_000, "[ {" * 100_000])
def test_hostile_text_is_refused_in_good_time(text: str) -> None:
    with pytest.raises(WriterError):
        read_json(text)


def test_no_answer_is_that_long() -> None:
    assert failing(lambda: read_json(" " * 3_000_000 + "x")).kind == "not_json"
