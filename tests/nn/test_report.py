"""The report finds what was made to go wrong."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from baremath import nn

X = np.random.default_rng(0).normal(size=(200, 2))


def report(*layers: nn.Module, seed: int = 0) -> nn.ActivationReport:
    return nn.activation_report(nn.Sequential(*layers).initialise(seed), X)


def test_a_healthy_network_needs_no_advice() -> None:
    def layer(n: int) -> nn.Linear:
        return nn.Linear(n, 30, weight_init="xavier_uniform")

    found = report(layer(2), nn.Tanh(), layer(30), nn.Tanh(), nn.Linear(30, 1))
    assert [row.advice for row in found.rows] == [(), ()]
    assert [(row.layer, row.units, row.dead) for row in found.rows] == [
        ("layers.1", 30, 0.0),
        ("layers.3", 30, 0.0),
    ]
    assert all(row.zero_centred for row in found.rows)


def test_large_weights_saturate_a_tanh() -> None:
    def large(shape: Any, rng: np.random.Generator) -> Any:
        return rng.normal(0, 10, shape)

    row = report(nn.Linear(2, 30, weight_init=large), nn.Tanh(), nn.Linear(30, 1)).rows[0]
    sums = X @ np.random.default_rng(0).normal(0, 10, (30, 2)).T
    assert row.saturated == pytest.approx(np.mean(1 - np.tanh(sums) ** 2 <= 0.05), abs=0.001)
    assert row.saturated > 0.5
    assert row.advice == (
        "Many outputs are saturated: scale the inputs, begin with weight_init='xavier_uniform', "
        "or lower the learning rate.",
    )


def test_relus_below_zero_for_every_row_are_dead() -> None:
    linear = nn.Linear(2, 4, bias_init=lambda shape, rng: np.array([-100.0, -100.0, -100.0, 100.0]))
    row = report(linear, nn.ReLU(), nn.Linear(4, 1)).rows[0]
    assert (row.dead, row.saturated) == (0.75, 0.75)
    assert row.advice == (
        "Many neurons are flat for every row: begin with weight_init='he_uniform', lower the "
        "learning rate, or take LeakyReLU.",
    )


def test_a_hidden_sigmoid_is_not_centred_and_one_at_the_end_may_be_so() -> None:
    found = report(nn.Linear(2, 8), nn.Sigmoid(), nn.Linear(8, 1), nn.Sigmoid())
    assert [row.zero_centred for row in found.rows] == [False, False]
    assert found.rows[0].advice == (
        "All outputs are positive, so the next layer learns in zigzags: Tanh is centred on 0.",
    )
    assert found.rows[1].advice == ()


def deep(activation: nn.Activation, weight_init: Any, n: int = 6) -> nn.ActivationReport:
    layers: list[nn.Module] = []
    for n_in in [2] + [30] * (n - 1):
        layers += [nn.Linear(n_in, 30, weight_init=weight_init), copy.deepcopy(activation)]
    return report(*layers, nn.Linear(30, 1))


@pytest.mark.parametrize(
    ("activation", "weight_init", "remedy"),
    [
        (nn.Sigmoid(), "pytorch", "at most 0.25: take Tanh with weight_init='xavier_uniform'."),
        (nn.Sigmoid(), "xavier_normal", "a sigmoid's slope is at most 0.25: take Tanh."),
        (nn.Tanh(), "pytorch", "begin with weight_init='xavier_uniform'."),
        (nn.Identity(), "pytorch", "begin with weight_init='xavier_uniform'."),
        (nn.ReLU(), "pytorch", "begin with weight_init='he_uniform'."),
        (nn.GELU(), "xavier_uniform", "begin with weight_init='he_uniform'."),
        (nn.LeakyReLU(0.3), 0.001, "begin with weight_init='he_uniform'."),
        (nn.SiLU(), nn.initialisers.he_normal, "Residual or BatchNorm1d would help."),
    ],
    ids=["sigmoid", "Xavier sigmoid", "tanh", "identity", "relu", "gelu", "leaky", "He SiLU"],
)
def test_what_helps_a_gradient_that_vanishes_depends_on_what_is_there(
    activation: nn.Activation, weight_init: Any, remedy: str
) -> None:
    first, *_, last = deep(activation, weight_init, n=40).rows
    assert first.advice[0].startswith("Less than 1% of the last layer's gradient arrives")
    assert first.advice[0].endswith(remedy)
    assert not any("vanishes" in advice for advice in last.advice)


@pytest.mark.parametrize(
    ("activation", "weight_init"),
    [(nn.Tanh(), "xavier_uniform"), (nn.Tanh(), "xavier_normal"), (nn.ReLU(), "he_normal")],
    ids=["tanh uniform", "tanh normal", "relu"],
)
def test_the_advice_helps(activation: nn.Activation, weight_init: str) -> None:
    assert {row.advice for row in deep(activation, weight_init, n=4).rows} == {()}


def test_a_gradient_explodes_through_large_weights() -> None:
    def large(shape: Any, rng: np.random.Generator) -> Any:
        return 2 * rng.normal(size=shape)

    assert deep(nn.ReLU(), large).rows[0].advice == (
        "More than 100 times the last layer's gradient arrives: it explodes; begin with "
        "weight_init='he_uniform', clip the gradient, or add BatchNorm1d.",
    )


def test_nothing_is_learned_before_a_step() -> None:
    found = report(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 3), nn.Heaviside(), nn.Linear(3, 1))
    assert found.rows[0].gradient_norm == 0
    assert found.rows[1].saturated == 1
    assert [row.advice for row in found.rows] == [
        (),
        ("The slope is 0 everywhere, and the layers before learn nothing: take Tanh.",),
    ]


def test_a_leaky_relu_is_not_advised_to_become_one() -> None:
    linear = nn.Linear(2, 4, bias_init=-100.0, weight_init="he_uniform")
    assert report(linear, nn.LeakyReLU(), nn.Linear(4, 1)).rows[0].advice == (
        "Many neurons are flat for every row: lower the learning rate, or take a steeper slope "
        "below 0.",
    )


def test_shares_may_be_as_sure_as_they_are() -> None:
    sure = report(nn.Linear(2, 3, weight_init=lambda s, r: 1000.0 * np.eye(3, 2)), nn.Softmax())
    assert sure.rows[0].saturated > 0.9
    assert sure.rows[0].advice == ()


def test_advice_for_several_layers_is_one_line_within_eighty_columns() -> None:
    text = str(deep(nn.Sigmoid(), "pytorch", n=12))
    assert max(map(len, text.splitlines())) <= 80
    assert not any(line.endswith(" ") for line in text.splitlines())
    notes = " ".join(text.split("\n\n")[1].split())
    assert notes.count("it vanishes") == notes.count("zigzags") == 1
    assert notes.startswith("layers.1, layers.3, layers.5, ")


def test_what_has_no_way_back_to_the_rows_has_no_gradient() -> None:
    class Cut(nn.Module):
        def forward(self, x: Any) -> Any:
            return x.detach()

    assert report(nn.ReLU(), Cut(), nn.Tanh(), nn.Linear(2, 1)).rows[0].gradient_norm == 0


def test_the_gradient_is_that_of_the_loss_by_the_sums() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh()).initialise(0).astype(np.float64)
    y = np.ones((200, 3))
    row = nn.activation_report(model, X, y, loss=nn.MSELoss()).rows[0]
    output = model(X).detach().numpy()
    expected = 2 * (output - y) / y.size * (1 - output**2)
    assert row.gradient_norm == pytest.approx(np.linalg.norm(expected), rel=1e-6)
    row = nn.activation_report(model, X).rows[0]
    assert row.gradient_norm == pytest.approx(np.linalg.norm(output / 200 * (1 - output**2)))


def test_the_model_is_left_as_it_was() -> None:
    model = nn.Sequential(nn.BatchNorm1d(2), nn.Dropout(0.5), nn.ReLU())
    model[1].eval()
    nn.activation_report(model, X)
    assert [m.training for m in model] == [True, False, True]
    assert all("forward" not in vars(m) for m in model)
    assert all(p.grad is None for p in model.parameters())
    np.testing.assert_array_equal(model[0].running_mean.numpy(), 0)


def test_a_layer_used_twice_has_two_rows() -> None:
    relu = nn.ReLU()
    found = report(nn.Linear(2, 3), relu, nn.Linear(3, 4), relu)
    assert [(row.layer, row.units) for row in found.rows] == [("layers.1", 3), ("layers.1", 4)]
    sigmoid = nn.Sigmoid()
    found = report(nn.Linear(2, 3), sigmoid, nn.Linear(3, 4), sigmoid, nn.Linear(4, 1))
    assert "\nlayers.1: All outputs" in str(found)


@pytest.mark.parametrize("name", list(nn.ACTIVATIONS))
def test_every_activation_can_be_measured(name: str) -> None:
    found = report(nn.Linear(2, 3), nn.ACTIVATIONS[name](), nn.Linear(3, 2), nn.Softmax())
    assert [row.activation for row in found.rows][1] == "Softmax()"
    assert np.isfinite([row[3:6] for row in found.rows]).all()


def test_it_prints_as_a_table_in_terminal_and_notebook() -> None:
    found = report(nn.Linear(2, 8), nn.Sigmoid(), nn.Linear(8, 1))
    lines = str(found).splitlines()
    assert " ".join(lines[0].split()) == "layer activation units saturated dead mean ‖gradient‖"
    assert lines[2].split()[:5] == ["layers.1", "Sigmoid()", "8", "0%", "0%"]
    assert lines[4].startswith("layers.1: All outputs are positive")
    assert '<td style="text-align: left">Sigmoid()</td>' in found._repr_html_()


@pytest.mark.parametrize(
    ("compute", "message"),
    [
        (lambda: nn.activation_report(nn.Linear(2, 1), X), "the model has no activation layers"),
        (lambda: nn.activation_report(nn.Tanh(), np.zeros((0, 2))), "at least one row"),
        (lambda: nn.activation_report(nn.Tanh(), [[np.nan]]), "X must be finite numbers"),
        (lambda: nn.activation_report(nn.Tanh(), [["a"]]), "X must be finite numbers"),
        (lambda: nn.activation_report(nn.Tanh(), X, X), "y and loss go together"),
        (
            lambda: nn.activation_report(nn.Tanh(), X, [2] * 200, loss=nn.CrossEntropyLoss()),
            "target holds the class 2 in row 0; the classes of 2 outputs are 0 … 1",
        ),
    ],
    ids=["none", "empty", "nan", "text", "loss", "class"],
)
def test_what_does_not_fit_is_refused(compute: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compute()
