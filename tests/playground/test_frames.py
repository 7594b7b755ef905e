"""The binary message, and the golden ones that the page's own tests read too."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from baremath.playground.server.frames import decode, encode, picture

GOLDEN = Path(__file__).parent / "golden"

RUN = {
    "label": "η = 0.1",
    "step": 12,
    "epoch": 1,
    "train_loss": 0.5,
    "test_loss": 0.75,
    "train_accuracy": 1.0,
    "test_accuracy": 0.9,
    "r2": None,
    "learning_rate": 0.1,
    "failed": "",
}
FRAME = (
    {
        "type": "frame",
        "seq": 3,
        "running": True,
        "steps_per_second": 2000000.5,
        "runs": [RUN],
        "range": {"units": [-1, 1], "output": [-1, 1]},
        "focus": [0, 1],
        "branch": 0,
    },
    {
        "0/weights": np.array([0.5, -1.25, 3.0, 0.125, 7.0], np.float32),
        "0/frozen": np.array([0, 0, 1, 0, 0], np.uint8),
        "0/output": np.arange(9, dtype=np.uint8).reshape(1, 3, 3),
        "0/units": np.arange(8, dtype=np.uint8).reshape(2, 2, 2),
        "0/focus": np.arange(9, dtype=np.uint8).reshape(3, 3),
        "0/losses": np.array([[10.0, 0.5, 0.75], [11.0, 0.25, 0.5]]),
        "0/confusion": np.array([[5, 1], [0, 4]], np.int32),
    },
)
POINTS = (
    {
        "type": "points",
        "n": 2,
        "problem": "classification",
        "columns": ["height", "weight"],
        "domain": [[145.0, 205.0], [46.0, 94.0]],
        "classes": ["no", "yes"],
        "y_range": [-1.0, 1.0],
    },
    {
        "X": np.array([[1.0, -2.0], [0.5, 6.0]], np.float32),
        "y": np.array([-1.0, 1.0], np.float32),
        "train": np.array([1, 0], np.uint8),
        "features": np.arange(8, dtype=np.uint8).reshape(2, 2, 2),
    },
)


@pytest.mark.parametrize(("name", "message"), [("frame", FRAME), ("points", POINTS)])
def test_golden_messages(name: str, message) -> None:
    header, arrays = message
    written = (GOLDEN / f"{name}.bin").read_bytes()
    assert encode(header, arrays) == written
    expected = json.loads((GOLDEN / f"{name}.json").read_text())
    read, found = decode(written)
    assert {key: read[key] for key in header} == expected["header"] == header
    for key, array in arrays.items():
        assert_array_equal(found[key], array)
        assert found[key].tolist() == expected["arrays"][key]


@given(st.dictionaries(st.text(max_size=8), st.lists(st.integers(0, 255), max_size=20), max_size=4))
def test_what_is_encoded_is_decoded(values) -> None:
    arrays = {name: np.array(numbers, np.uint8) for name, numbers in values.items()}
    message = encode({"seq": 1}, arrays)
    header, found = decode(message)
    assert list(found) == list(arrays)
    assert all(one["offset"] % 8 == 0 for one in header["arrays"])
    for name, array in arrays.items():
        assert_array_equal(found[name], array)


def test_a_picture_is_cut_at_its_bounds() -> None:
    values = np.array([-5.0, -1.0, 0.0, 1.0, np.inf, np.nan])
    assert_array_equal(picture(values), [0, 0, 128, 255, 255, 255])
