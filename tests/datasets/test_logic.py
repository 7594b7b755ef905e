"""make_logic against Python's own logical operators."""

import operator

import numpy as np
import pytest

from baremath.datasets import make_logic

ORACLES = {"AND": operator.and_, "OR": operator.or_, "XOR": operator.xor, "NOT": operator.not_}


@pytest.mark.parametrize("name", ORACLES)
@pytest.mark.parametrize("spelling", [str.upper, str.lower, str.title])
def test_every_row_is_a_true_statement(name, spelling):
    X, y = make_logic(spelling(name), 8)
    assert y.tolist() == [int(ORACLES[name](*row)) for row in X.astype(int)]


@pytest.mark.parametrize(("name", "n_rows"), [("AND", 4), ("OR", 4), ("XOR", 4), ("NOT", 2)])
def test_the_rows_go_through_the_whole_table_evenly(name, n_rows):
    X, _ = make_logic(name, 5 * n_rows)
    rows, counts = np.unique(X, axis=0, return_counts=True)
    assert len(rows) == n_rows
    assert set(counts) == {5}


def test_noise_moves_the_inputs_by_its_standard_deviation_and_leaves_the_answers():
    clean, answers = make_logic("XOR", 20_000)
    blurred, y = make_logic("XOR", 20_000, noise=0.3, random_state=0)
    np.testing.assert_array_equal(y, answers)
    difference = blurred - clean
    assert difference.std() == pytest.approx(0.3, rel=0.02)
    assert abs(difference.mean()) < 0.01


@pytest.mark.parametrize("name", ["NAND", "", None, 3])
def test_an_unknown_function_is_refused_with_the_names_there_are(name):
    with pytest.raises(ValueError, match="name must be one of AND, OR, NOT, XOR; got"):
        make_logic(name)
