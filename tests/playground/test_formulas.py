"""What a formula says with its numbers put in is what it says it is."""

import math
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from baremath.playground.server.config import (
    Config,
    DataConfig,
    Layer,
    OptimizerConfig,
    Penalty,
    ScheduleConfig,
)
from baremath.playground.server.looking import formulas
from baremath.playground.server.looking.chain_rule import backward
from baremath.playground.server.looking.formulas import formula
from baremath.playground.server.looking.inspection import inspected, look
from baremath.playground.server.looking.unit import Unit
from baremath.playground.server.plan import Plan
from baremath.playground.server.points import points_of

OPTIMIZERS = ["sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam", "adamw"]
ACTIVATIONS = [
    "linear", "relu", "leaky_relu", "elu", "gelu", "silu", "sigmoid", "softplus", "softsign", "tanh"
]  # fmt: skip
PROBLEMS = {
    "two classes": {"data": DataConfig("gauss")},
    "two classes, cross-entropy": {"data": DataConfig("gauss"), "loss": "cross-entropy"},
    "three classes": {"data": DataConfig("three-spiral")},
    "three classes, cross-entropy": {"data": DataConfig("three-spiral"), "loss": "cross-entropy"},
    "amounts": {"data": DataConfig("reg-gauss"), "problem": "regression"},
}


def plan_of(held=None, **settings):
    config = Config(**settings)
    return Plan(config, points_of(config.data, config.problem), held)


def steps_of(plan, now, layer, unit, sample=3):
    asked = Unit(plan, look(plan, now, sample, None), layer, unit)
    return [*formulas._forward(asked), *backward(asked), *formulas._update(asked)]


KNOWN = {
    "exp": math.exp,
    "tanh": math.tanh,
    "ln": math.log,
    "max": max,
    "min": min,
    "sigma": lambda x: 1 / (1 + math.exp(-x)),
    "Phi": lambda x: (1 + math.erf(x / math.sqrt(2))) / 2,
    "varphi": lambda x: math.exp(-x * x / 2) / math.sqrt(2 * math.pi),
}


def worked_out(latex):
    """The value of a formula of numbers, as a reader would work it out."""
    text = latex.replace("{,}", "").replace(r"\left", "").replace(r"\right", "")
    text = re.sub(r" \\times 10\^\{(-?\d+)\}", r"e\1", text)
    text = re.sub(r"_\{\\text\{sum of \d+ more terms\}\}", "", text)
    text = text.replace(r"\underbrace", "")
    text = re.sub(r"\\ln ([\d.]+)", r"\\ln(\1)", text)
    text = re.sub(r"\\tanh\^2(\([^()]*(?:\([^()]*\))?[^()]*\))", r"(\\tanh\1)**2", text)
    text = re.sub(r"\|([^|]*)\|", r"abs(\1)", text)
    text = re.sub(r"\[([^\]]*)\]", r"float(\1)", text).replace(r"\leq", "<=")
    text = re.sub(r"\\frac\{", "DIV{", text)
    while "DIV{" in text:  # the innermost first
        start = text.rindex("DIV{")
        first = closing(text, start + 3)
        second = closing(text, first + 1)
        quotient = f"(({text[start + 4 : first]})/({text[first + 2 : second]}))"
        text = text[:start] + quotient + text[second + 1 :]
    text = re.sub(r"e\^(?=[({])", "exp", text).replace(r"\sqrt", "math.sqrt")
    text = text.replace("{", "(").replace("}", ")").replace("^", "**").replace(r"\cdot", "*")
    text = re.sub(r"\s*\\([A-Za-z]+)", r" \1", text)
    return float(eval(text, {"math": math, "abs": abs, "float": float, **KNOWN}))


def closing(text, opening):
    depth = 0
    for i in range(opening, len(text)):
        depth += {"{": 1, "}": -1}.get(text[i], 0)
        if depth == 0:
            return i
    raise AssertionError(text)


def check(steps):
    for step in steps:
        if step.substituted:
            found, shown = worked_out(step.substituted), step.value
            size = max(map(abs, map(float, re.findall(r"\d+\.?\d*", step.substituted))), default=1)
            assert found == pytest.approx(shown, rel=2e-3, abs=2e-4 * min(size, 1)), step


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_hidden_unit_by_its_own_numbers(activation):
    plan = plan_of(
        layers=(Layer(4, activation), Layer(3, "tanh")),
        features=("x1", "x1x2", "sin x1", "x2^2"),
        init="xavier",
    )
    now = plan.first()
    for unit in range(4):
        check(steps_of(plan, now, 0, unit))


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("sample", [0, 499])
def test_an_output_by_its_own_numbers(problem, sample):
    plan = plan_of(**PROBLEMS[problem])
    now = plan.taken(plan.first(), 30)
    for unit in range(plan.shape[-1]):
        check(steps_of(plan, now, 2, unit, sample))


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("penalty", ["none", "L1", "L2"])
def test_an_update_by_its_own_numbers(name, penalty):
    plan = plan_of(
        optimizer=OptimizerConfig(name),
        penalty=Penalty(penalty, 0.1),
        schedule=ScheduleConfig("exponential", epochs=2),
        layers=(Layer(2),),
        learning_rate=0.1,
    )
    now = plan.taken(plan.first(), 35)
    for layer in range(2):
        check(steps_of(plan, now, layer, 0))


def test_the_results_are_those_of_the_inspection():
    plan = plan_of(optimizer=OptimizerConfig("adam"), penalty=Penalty("L2", 0.1))
    now = plan.taken(plan.first(), 20)
    body = inspected(plan, now, 3, None)["layers"][1]
    values = {step.symbol: step.value for step in steps_of(plan, now, 1, 1)}
    assert values["z"] == body["z"][1]
    assert values["a"] == body["a"][1]
    assert values[r"\frac{\partial L}{\partial w_{2}}"] == body["dw"][1][1]
    assert values["w_{4}"] == body["new_w"][1][3]
    assert values["b"] == body["new_b"][1]


@pytest.mark.parametrize("layer", [0, 1])
def test_long_sums_are_cut_in_the_middle(layer):
    plan = plan_of(layers=(Layer(20), Layer(14), Layer(3)), init="xavier")
    now = plan.first()
    steps = steps_of(plan, now, layer, 0)
    check(steps)
    assert any("sum of" in step.substituted for step in steps)
    text = formula(plan, now, 1, 0, 3, None)["text"]
    assert "w₈ a₈⁽¹⁾ + ⋯ (sum of 9 more terms) + w₁₈ a₁₈⁽¹⁾" in " ".join(text.split())
    assert "The gradients of 9 more weights" in text
    assert "9 more weights" in formula(plan, now, 1, 0, 3, None)["update"].replace("\xa0", " ")


def test_the_reply_is_mathml_and_text():
    plan = plan_of()
    reply = formula(plan, plan.first(), 0, 1, 3, None)
    assert (reply["layer"], reply["unit"]) == (0, 1)
    for name in ("forward", "backward", "update"):
        root = ElementTree.fromstring(reply[name])
        assert root.tag.endswith("math")
        assert root.get("display") == "block"
    assert reply["text"].startswith("Unit 2 of hidden layer 1\n")
    assert "w₁ ← w₁ − α g" in reply["text"]


def test_a_place_has_a_forward_pass_only():
    plan = plan_of()
    reply = formula(plan, plan.first(), 2, 0, None, (1.0, -2.0))
    assert reply["forward"].startswith("<math")
    assert reply["backward"] is None
    assert reply["update"] is None
    assert reply["text"].startswith("Unit 1 of the output\n")


def test_a_held_weight_is_said_to_be_held():
    first = plan_of()
    held = np.zeros(first.n_weights, bool)
    held[1] = True
    plan = plan_of(held)
    text = formula(plan, plan.first(), 0, 0, 3, None)["text"]
    assert "The update of weight 2: it is held" in text
    assert "The update of weight 1: its gradient" in text


@pytest.mark.parametrize(("layer", "unit"), [(3, 0), (0, 4), (2, 1)])
def test_the_unit_must_be_there(layer, unit):
    plan = plan_of()
    with pytest.raises(ValueError, match=f"unit {unit} in layer {layer}: the network is 2-4-2-1"):
        formula(plan, plan.first(), layer, unit, 0, None)


def test_numbers_that_are_not_finite_are_written_all_the_same():
    plan = plan_of(layers=(Layer(2, "relu"),), problem="regression", data=DataConfig("reg-plane"))
    now = plan.first()
    now = now._replace(params=np.full_like(now.params, 1e30))
    assert formula(plan, now, 0, 0, 0, None)["update"].startswith("<math")
