import json
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.dummy import DummyRegressor

from baremath.ladder import RungResult, TableModel
from baremath.ladder._result import best_of, worth_it
from baremath.ladder._sentence import in_one_sentence

MODEL = TableModel(DummyRegressor(), "regression").fit({"x": [1.0, 2.0]}, [1.0, 2.0])


def result(name: str, *scores: float, test: float = 0.5) -> RungResult:
    return RungResult(name, scores, test, 0.25, MODEL)


def test_mean_deviation_and_standard_error_by_hand() -> None:
    rung = result("a", 1.0, 2.0, 3.0, 6.0)
    assert rung.cv_mean == 3.0
    assert rung.cv_std == pytest.approx(math.sqrt((4 + 1 + 0 + 9) / 3))
    assert rung.standard_error == pytest.approx(rung.cv_std / 2)


def test_json_of_a_rung() -> None:
    facts = json.loads(json.dumps(result("a", 0.25, 0.75).to_dict()))
    assert facts == {
        "name": "a",
        "cv_mean": 0.5,
        "cv_std": pytest.approx(math.sqrt(0.125)),
        "test": 0.5,
        "fit_seconds": 0.25,
        "n_parameters": 1,
    }


# The best has scores 0.7, 0.8, 0.9: its mean is 0.8, its standard error 0.1 / √3 = 0.0577.
BEST = result("best", 0.7, 0.8, 0.9)


@pytest.mark.parametrize(
    ("simpler", "chosen"), [(0.5, "best"), (0.742, "best"), (0.743, "simpler"), (0.8, "simpler")]
)
def test_worth_it_is_the_simplest_within_one_standard_error(simpler: float, chosen: str) -> None:
    rungs = [result("baseline", 0.0, 0.0, 0.0), result("simpler", *[simpler] * 3), BEST]
    assert worth_it(rungs).name == chosen
    more_complicated = [*rungs, result("huge", *[0.79] * 3)]
    assert worth_it(more_complicated).name == chosen


def test_of_equals_the_simplest_is_the_best() -> None:
    assert best_of([result("first", 0.5, 0.5), result("second", 0.5, 0.5)]).name == "first"


@given(
    st.lists(st.lists(st.floats(-1, 1), min_size=3, max_size=3), min_size=1, max_size=5),
)
def test_worth_it_against_the_rule_spelt_out(scores: list[list[float]]) -> None:
    rungs = [result(str(i), *row) for i, row in enumerate(scores)]
    table = np.array(scores)
    best = table.mean(axis=1).argmax()
    threshold = table[best].mean() - table[best].std(ddof=1) / math.sqrt(3)
    expected = int(np.argmax(table.mean(axis=1) >= threshold))
    assert worth_it(rungs) is rungs[expected]


BASELINE = result("baseline (mean)", -0.01, 0.0, -0.01, test=-0.02)
LINE = result("line", 0.60, 0.62, 0.64, test=0.63)


@pytest.mark.parametrize(
    ("rungs", "sentence"),
    [
        (
            [BASELINE, LINE],
            "Line is worth it: R² 0.620 ± 0.020 (standard deviation) over 3 folds, 0.630 on the "
            "4,128 test rows; no "
            "earlier rung comes within one standard error (0.012).",
        ),
        (
            [BASELINE, LINE, result("curve", 0.61, 0.61, 0.61)],
            "Line is worth it: R² 0.620 ± 0.020 (standard deviation) over 3 folds, 0.630 on the "
            "4,128 test rows; no "
            "later rung does better.",
        ),
        (
            [BASELINE, LINE, result("curve", 0.5, 0.63, 0.8)],
            "Line is worth it: R² 0.620 ± 0.020 (standard deviation) over 3 folds, 0.630 on the "
            "4,128 test rows; no "
            "later rung does better by more than one standard error (0.087), not even the "
            "curve with 0.643.",
        ),
        (
            [BASELINE, result("line", -0.2, 0.0, 0.2)],
            "No model is worth it: none does better than the baseline (mean) by more than one "
            "standard error (0.115); it has R² -0.007 ± 0.006 (standard deviation) over 3 folds, "
            "-0.020 on the 4,128 test rows.",
        ),
        (
            [BASELINE],
            "Only the baseline (mean) could be fitted: R² -0.007 ± 0.006 (standard deviation) "
            "over 3 folds, -0.020 on the 4,128 test rows.",
        ),
        (
            [BASELINE, result("line", 1.0, 1.0, 1.0, test=1.0)],
            "Line is worth it: R² 1.000 ± 0.000 (standard deviation) over 3 folds, 1.000 on the "
            "4,128 test rows; no "
            "earlier rung comes within one standard error (0).",
        ),
    ],
)
def test_the_sentence(rungs: list[RungResult], sentence: str) -> None:
    assert in_one_sentence(rungs, "R²", 4128) == sentence


@pytest.mark.parametrize(("score", "little"), [(0.45, True), (0.59, True), (0.61, False)])
def test_a_score_a_third_of_the_way_from_the_baseline_is_little(score: float, little: bool) -> None:
    rungs = [result("baseline (commonest class)", *[0.4] * 3), result("line", *[score] * 3)]
    sentence = in_one_sentence(rungs, "accuracy", 100)
    words = ", but that is little better than the baseline (commonest class) with 0.400; no "
    assert (words in sentence) == little


def test_results_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        LINE.test = 1.0  # type: ignore[misc]
    assert isinstance(MODEL.predict(pl.DataFrame({"x": [1.0]})), np.ndarray)
