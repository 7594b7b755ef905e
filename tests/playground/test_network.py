"""The network of a page: inputs, and weights that move from one network to another."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from baremath.playground.server import network
from baremath.playground.server.config import Config, DataConfig, Layer
from baremath.playground.server.points import points_of

X = np.array([[0.5, -2.0], [3.0, 4.0]], np.float32)


def test_the_seven_features() -> None:
    names = ("x1", "x2", "x1^2", "x2^2", "x1x2", "sin x1", "sin x2")
    x1, x2 = X.T
    expected = np.column_stack([x1, x2, x1**2, x2**2, x1 * x2, np.sin(x1), np.sin(x2)])
    assert_allclose(network.features_of(names, X), expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["x3", "x0", "exp x1", "x1; import os", ""])
def test_a_feature_that_is_none(name: str) -> None:
    with pytest.raises(ValueError, match="there is no"):
        network.features_of((name,), X)


def test_first_weights_are_those_of_tensorflow_playground() -> None:
    config = Config()
    module = network.module_of(config, points_of(config.data, config.problem))
    for layer in (one for one in module if hasattr(one, "weight")):
        assert np.abs(layer.weight.data).max() <= 0.5
        assert_allclose(layer.bias.data, 0.1)


def flat(shape, start=0.0):
    size = sum((a + 1) * b for a, b in pairwise(shape))
    return start + np.arange(size, dtype=np.float32)


def moved(units, new_units, inputs=("x1", "x2"), new_inputs=("x1", "x2")):
    """Move 0, 1, 2, … to another network, whose own weights are 1000, 1001, …

    Return the layers before; after; and which of those are the network's own.
    """
    one, other = (
        network.Architecture(names, tuple(map(layer, layers)), 1)
        for names, layers in [(inputs, units), (new_inputs, new_units)]
    )
    found = network.transplanted(flat(one.shape), one, flat(other.shape, 1000), other)
    after = network.layers_of(found, other.shape)
    drawn = [(w >= 1000, b >= 1000) for w, b in after]
    return network.layers_of(flat(one.shape), one.shape), after, drawn


def layer(units):
    return units if isinstance(units, Layer) else Layer(units)


def test_a_unit_more_keeps_what_the_others_learned() -> None:
    before, after, drawn = moved((3, 2), (4, 2))
    for (w_old, b_old), (w, b), (w_drawn, _) in zip(before, after, drawn, strict=True):
        units, inputs = w_old.shape
        assert_array_equal(w[:units, :inputs], w_old)
        assert_array_equal(b[:units], b_old)
        assert w_drawn[units:].all()
        assert w_drawn[:, inputs:].all()


def test_an_input_goes_by_its_name() -> None:
    before, after, _ = moved((2,), (2,), new_inputs=("x2", "sin x1", "x1"))
    w_old, w = before[0][0], after[0][0]
    assert_array_equal(w[:, 0], w_old[:, 1])
    assert_array_equal(w[:, 2], w_old[:, 0])
    assert (w[:, 1] >= 1000).all()


def test_inputs_of_no_hidden_layer() -> None:
    before, after, _ = moved((), (), new_inputs=("x2",))
    assert_array_equal(after[0][0], before[0][0][:, 1:])
    assert_array_equal(after[0][1], before[0][1])


def test_a_layer_more_leaves_the_layers_before_it() -> None:
    before, after, drawn = moved((4,), (4, 3))
    assert_array_equal(after[0][0], before[0][0])
    assert drawn[1][0].all()
    assert drawn[2][0].all()
    assert_array_equal(after[2][1], before[1][1])


@pytest.mark.parametrize(
    ("units", "removed"),
    [
        ((4, 3, 2), 1),
        ((4, 3, 2), 0),
        ((4, 3, 2), 2),
        ((5, 4, 3, 2), 1),
        ((5, 4, 3, 3), 1),
        ((Layer(4, "relu"), Layer(4), Layer(4, "gelu")), 1),
        ((Layer(4, "relu"), Layer(4), Layer(4)), 0),
    ],
)
def test_without_a_layer_the_others_keep_what_they_learned(units, removed) -> None:
    left = units[:removed] + units[removed + 1 :]
    before, after, drawn = moved(units, left)
    kept = [k for k in range(len(units) + 1) if k != removed]
    for place, k in enumerate(kept):
        assert_array_equal(after[place][1], before[k][1])
        if place == removed:  # it had its inputs from the layer that is gone
            assert drawn[place][0].all()
        else:
            assert_array_equal(after[place][0], before[k][0])


def test_a_layer_between_two_leaves_both() -> None:
    before, after, drawn = moved((4, 2), (4, 3, 2))
    assert_array_equal(after[0][0], before[0][0])
    assert drawn[2][0].all()
    assert_array_equal(after[2][1], before[1][1])
    assert_array_equal(after[3][0], before[2][0])


def test_other_layers_go_by_their_place() -> None:
    before, after, _ = moved((4, 4, 1), (5, 3))
    assert_array_equal(after[0][0][:4], before[0][0])
    assert_array_equal(after[1][0][:, :4], before[1][0][:3])


@pytest.mark.parametrize(("layer", "unit", "source"), [(0, 3, 1), (1, 1, 0), (1, 0, None)])
def test_the_place_of_a_weight(layer: int, unit: int, source: int | None) -> None:
    shape = (2, 4, 2)
    values = flat(shape)
    w, b = network.layers_of(values, shape)[layer]
    expected = b[unit] if source is None else w[unit, source]
    assert values[network.place_of(shape, layer, unit, source)] == expected


@pytest.mark.parametrize(("layer", "unit", "source"), [(2, 0, 0), (0, 4, 0), (0, 0, 2)])
def test_a_weight_that_is_not_there(layer: int, unit: int, source: int) -> None:
    with pytest.raises(ValueError, match="there is no weight"):
        network.place_of((2, 4, 2), layer, unit, source)


def test_a_picture_begins_at_the_top_left() -> None:
    table = network.grid(4, 3, (0, 2))
    assert_allclose(table[0], [-4.5, 0, 4.5])
    assert_allclose(table[3], [4.5, 0, 4.5])
    assert_allclose(table[-1], [4.5, 0, -4.5])


def test_targets_are_what_the_loss_wants() -> None:
    config = Config(data=DataConfig("three-spiral"), layers=(Layer(3),))
    points = points_of(config.data, config.problem)
    one_hot = network.targets_of(config, points)
    assert_array_equal(one_hot.argmax(axis=1), points.y)
    assert_array_equal(one_hot.sum(axis=1), 1)
