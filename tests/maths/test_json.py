"""What is written as JSON is strict JSON, to full precision, and reads back the same."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baremath.maths import Derivation, Step, Terms

texts = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(
    ["NaN", "Infinity", "-Infinity", "'NaN", "''-Infinity", "'"]
)
scalars = st.floats() | st.integers() | texts
values = st.recursive(st.none() | scalars, lambda inner: st.lists(inner, max_size=3), max_leaves=6)
steps = st.builds(
    Step,
    title=texts,
    symbol=st.sampled_from(["y", r"\hat{y}"]),
    formula=st.just("b + w x"),
    substituted=st.just(""),
    value=values,
    expression=texts,
    inputs=st.dictionaries(texts, values, max_size=3),
    terms=st.none()
    | st.lists(st.tuples(scalars, scalars), max_size=3).map(lambda rows: Terms(("a", "b"), rows)),
    note=texts,
    relation=st.sampled_from(["=", r"\leftarrow"]),
)
derivations = st.builds(Derivation, texts, st.lists(steps, max_size=2).map(tuple))


def refuse_constant(name: str) -> None:
    raise AssertionError(f"{name} isn't strict JSON")


@given(derivations)
def test_round_trip(derivation: Derivation) -> None:
    text = derivation.to_json()
    assert json.loads(text, parse_constant=refuse_constant) == derivation.to_dict()
    back = Derivation.from_json(text)
    # repr tells 1 from 1.0 and "NaN" from NaN, and two NaN don't differ in it.
    assert repr(back) == repr(derivation)


def test_numbers_json_lacks_are_text() -> None:
    step = Step("t", "y", "x", "", math.nan, "x", {"x": [math.inf, -math.inf, 0.1, "NaN"]})
    written = Derivation("t", (step,)).to_dict()["steps"][0]
    assert written["value"] == "NaN"
    assert written["inputs"] == {"x": ["Infinity", "-Infinity", 0.1, "'NaN"]}


def test_the_object_has_the_fields_by_name(example: Derivation) -> None:
    document = json.loads(example.to_json())
    assert set(document) == {"title", "steps"}
    assert list(document["steps"][0]) == [
        *["title", "symbol", "formula", "substituted", "value", "expression", "inputs", "terms"],
        *["note", "relation"],
    ]
    assert set(document["steps"][0]["terms"]) == {"columns", "rows"}
    assert Derivation.from_json(example.to_json(indent=None)) == example


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a derivation is JSON, and this isn't: Expecting value"),
        ("{", "a derivation is JSON"),
        ("[]", "isn't a derivation as to_json writes it"),
        ('{"title": "t"}', "KeyError: 'steps'"),
        ('{"title": 3, "steps": []}', "title is text, not 3"),
        ('{"title": "t", "steps": [{"title": "a"}]}', "isn't a derivation"),
        ('{"title": "t", "steps": 7}', "isn't a derivation"),
        ('{"title": "t", "steps": ["a"]}', "isn't a derivation"),
    ],
)
def test_other_text_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Derivation.from_json(text)
