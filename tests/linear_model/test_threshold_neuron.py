from itertools import product

import numpy as np
import pytest

from baremath.linear_model import (
    ThresholdNeuron,
    logic_neuron,
    threshold_neuron,
    why_not_xor,
    xor_by_layers,
    xor_by_product,
)

PAIRS = list(product((0, 1), repeat=2))


def test_truth_tables():
    assert [int(logic_neuron("AND")(pair)) for pair in PAIRS] == [a & b for a, b in PAIRS]
    assert [int(logic_neuron("or")(pair)) for pair in PAIRS] == [a | b for a, b in PAIRS]
    assert [int(logic_neuron("NOT")([a])) for a in (0, 1)] == [1, 0]


def test_xor_both_ways():
    xor = [a ^ b for a, b in PAIRS]
    assert xor_by_layers()(PAIRS).tolist() == xor
    assert xor_by_product()([(a, b, a * b) for a, b in PAIRS]).tolist() == xor
    assert all(
        int(xor_by_layers()(pair)) == a ^ b for pair, (a, b) in zip(PAIRS, PAIRS, strict=True)
    )


def test_no_neuron_of_a_fine_grid_is_xor_and_the_reason_is_given():
    grid = np.linspace(-2, 2, 17)
    for w1, w2, theta in product(grid, repeat=3):
        assert ThresholdNeuron((w1, w2), theta)(PAIRS).tolist() != [0, 1, 1, 0]
    asked = [row[1] for row in why_not_xor().steps[0].terms.rows]
    assert asked == ["0 < θ", "w₂ ≥ θ", "w₁ ≥ θ", "w₁ + w₂ < θ"]
    with pytest.raises(ValueError, match="why_not_xor"):
        logic_neuron("xor")


def test_a_neuron_fires_at_its_threshold():
    neuron = threshold_neuron([2, -1], 3)
    assert neuron([[2, 1], [2, 1.01]]).tolist() == [1, 0]
    steps = neuron.explain([2, 1]).steps
    assert [step.value for step in steps] == [3.0, 1.0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: threshold_neuron([], 1), "one finite weight"),
        (lambda: threshold_neuron([np.nan], 1), "finite"),
        (lambda: logic_neuron("NAND"), "choose one of AND, OR, NOT"),
        (lambda: logic_neuron("AND")([1, 2, 3]), "2 weights"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
