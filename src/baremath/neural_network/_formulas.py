"""Activations, losses and update rules as expressions, so that anyone can work them out again.

An expression is Python over named numbers and NumPy's functions, as in `baremath.maths.Step`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from baremath import nn, optim
from baremath.estimator import Floats
from baremath.maths import factor, number

SIGMOID = "1 / (1 + exp(-z))"


@dataclass(frozen=True)
class Formula:
    """A function as LaTeX and as an expression, with the numbers in it that have names."""

    latex: str
    expression: str
    inputs: dict[str, Any] = field(default_factory=dict)

    def of(self, n: int) -> dict[str, Any]:
        """Return the numbers that belong to the first neurons."""
        return {key: x[:n] if np.size(x) > 1 else x for key, x in self.inputs.items()}


def of_activation(activation: Any, z: Floats) -> tuple[Formula, Formula] | None:
    """Return f(z) and f'(z); None for an activation whose expression isn't known."""
    known = _ACTIVATIONS.get(type(activation))
    if known is None:
        return None
    value, slope, inputs = known
    given = inputs(activation, z)
    return (
        Formula(_in_z(activation.formula), value, given),
        Formula(_in_z(activation.derivative_formula), slope, given),
    )


def _in_z(latex: str) -> str:
    """Call the variable of a formula z."""
    return re.sub(r"(?<![A-Za-z\\])x(?![A-Za-z])", "z", latex)


def _in_t(latex: str) -> str:
    """Call what the network gives z, and what it should give t."""
    return re.sub(r"(?<![A-Za-z\\])y(?![A-Za-z])", "t", latex.replace(r"\hat{y}", "z"))


Inputs = Callable[[Any, Floats], dict[str, Any]]


def _none(_activation: Any, _z: Floats) -> dict[str, Any]:
    return {}


_ACTIVATIONS: dict[type, tuple[str, str, Inputs]] = {
    nn.Identity: ("z", "1 + 0 * z", _none),
    nn.Heaviside: ("where(z > 0, 1.0, 0.0)", "0 * z", _none),
    nn.ReLU: ("maximum(z, 0)", "where(z > 0, 1.0, 0.0)", _none),
    nn.LeakyReLU: (
        "where(z > 0, z, a * z)",
        "where(z > 0, 1.0, a)",
        lambda f, _: {"a": f.negative_slope},
    ),
    nn.PReLU: (
        "where(z > 0, z, a * z)",
        "where(z > 0, 1.0, a)",
        lambda f, _: {"a": f.weight.detach().numpy()},
    ),
    nn.ELU: (
        "where(z > 0, z, alpha * (exp(minimum(z, 0)) - 1))",
        "where(z > 0, 1.0, alpha * exp(minimum(z, 0)))",
        lambda f, _: {"alpha": f.alpha},
    ),
    nn.Sigmoid: (
        "1 / (1 + exp(-beta * z))",
        "beta * exp(-beta * abs(z)) / (1 + exp(-beta * abs(z)))**2",
        lambda f, _: {"beta": f.beta},
    ),
    nn.Tanh: ("tanh(z)", "1 - tanh(z)**2", _none),
    nn.Softsign: ("z / (1 + abs(z))", "1 / (1 + abs(z))**2", _none),
    nn.Softplus: ("maximum(z, 0) + log(1 + exp(-abs(z)))", SIGMOID, _none),
    nn.SiLU: (f"z * {SIGMOID}", f"{SIGMOID} * (1 + z * (1 - {SIGMOID}))", _none),
    nn.GELU: (
        "z * Phi",
        "Phi + z * exp(-z**2 / 2) / sqrt(2 * pi)",
        lambda _, z: {"Phi": ndtr(z), "pi": np.pi},
    ),
}


@dataclass(frozen=True)
class LossOfARow:
    """The loss of one row, and its derivative by what the network gives.

    Parameters
    ----------
    value, slope : Formula
        Over z, what the network gives, t, what it should give, and p, the softmax of z.
    target : ndarray
        t, with an entry for each of z.
    guess : ndarray or None
        What t is taken from to give the slope: p, σ(z) or z; None where it's more than that.
    put_in : str
        The value with the numbers put in, as LaTeX.
    """

    value: Formula
    slope: Formula
    target: NDArray[Any]
    guess: Floats | None = None
    put_in: str = ""


def of_loss(loss: Any, z: Floats, target: NDArray[Any]) -> LossOfARow | None:
    """Return the loss of one row; None for a loss whose expression isn't known."""
    if getattr(loss, "reduction", "mean") != "mean":
        return None
    if type(loss) is nn.CrossEntropyLoss:
        return None if loss.weight is not None else _cross_entropy(loss, z, int(target[0]))
    known = _LOSSES.get(type(loss))
    if known is None:
        return None
    value, slope, inputs = known
    many = z.size > 1
    t = np.asarray(target, dtype=np.float64).ravel()
    put_in = _sum_of_rows(_in_t(loss.formula), z, t)
    latex = _in_t(loss.formula), _in_t(loss.derivative_formula)
    if isinstance(loss, nn.MSELoss) and not loss.half:
        value, slope = value.removesuffix(" / 2"), f"2 * {slope}"
    if many:
        value, slope = f"mean({value})", f"({slope}) / K"
        latex = (
            rf"\frac{{1}}{{K}} \sum_k {latex[0]}",
            rf"\frac{{1}}{{K}} \left({latex[1]}\right)",
        )
    given = inputs(loss)
    guess = {f"{SIGMOID} - t": 1 / (1 + np.exp(-z)), "(z - t)": z}.get(slope)
    more = {"K": z.size} if many else {}
    return LossOfARow(
        Formula(latex[0], value, given),
        Formula(latex[1], slope, {**given, **more}),
        t,
        guess,
        put_in,
    )


def _with_numbers(latex: str, **symbols: str) -> str:
    """Return a formula with something else in place of single letters."""
    for letter, text in symbols.items():
        latex = re.sub(rf"(?<![A-Za-z\\]){letter}(?![A-Za-z])", text.replace("\\", r"\\"), latex)
    return latex


def _sum_of_rows(latex: str, z: Floats, t: Floats) -> str:
    """Return the mean of a formula over some z and t, with the numbers put in."""
    latex = latex.replace("t z", r"t \cdot z").replace("e^z", "e^{z}")
    each = [_with_numbers(latex, z=factor(a), t=factor(b)) for a, b in zip(z, t, strict=True)]
    if len(each) == 1:
        return each[0]
    total = _summed(rf"\left({term}\right)" for term in each)
    return rf"\frac{{1}}{{{len(each)}}} \left({total}\right)"


def _summed(terms: Iterable[str]) -> str:
    """Write a sum; of a long one the beginning and the last term."""
    listed = list(terms)
    return " + ".join(listed if len(listed) <= 4 else [*listed[:2], r"\dots", listed[-1]])


def _put_in_cross_entropy(z: Floats, wanted: Floats) -> str:
    powers = _summed(f"e^{{{number(x)}}}" for x in z)
    known = [k for k in range(len(z)) if wanted[k]]
    products = _summed(rf"{factor(wanted[k])} \cdot {factor(z[k])}" for k in known)
    if len(known) > 1:
        products = rf"\left({products}\right)"
    return rf"\log\left({powers}\right) - {products}"


def _cross_entropy(loss: Any, z: Floats, target: int) -> LossOfARow:
    wanted = np.full(z.size, loss.label_smoothing / z.size)
    wanted[target] += 1 - loss.label_smoothing
    return LossOfARow(
        Formula(
            r"-\sum_k t_k \log p_k = \log \sum_k e^{z_k} - \sum_k t_k z_k",
            "log(sum(exp(z - max(z)))) + max(z) - sum(t * z)",
        ),
        Formula("p - t", "exp(z - max(z)) / sum(exp(z - max(z))) - t"),
        wanted,
        np.exp(z - z.max()) / np.exp(z - z.max()).sum(),
        _put_in_cross_entropy(z, wanted),
    )


_LOSSES: dict[type, tuple[str, str, Callable[[Any], dict[str, Any]]]] = {
    nn.BCEWithLogitsLoss: (
        "log(1 + exp(-abs(z))) + maximum(z, 0) - t * z",
        f"{SIGMOID} - t",
        lambda _: {},
    ),
    nn.MSELoss: ("(z - t)**2 / 2", "(z - t)", lambda _: {}),
    nn.L1Loss: ("abs(z - t)", "sign(z - t)", lambda _: {}),
    nn.HuberLoss: (
        "where(abs(z - t) <= d, (z - t)**2 / 2, d * (abs(z - t) - d / 2))",
        "clip(z - t, -d, d)",
        lambda loss: {"d": loss.delta},
    ),
    nn.HingeLoss: ("maximum(0, 1 - t * z)", "where(t * z < 1, -t, 0)", lambda _: {}),
}


@dataclass(frozen=True)
class Rule:
    """An update w ← …, with the names that its numbers have in the optimizer and in its state."""

    latex: str
    expression: str
    numbers: dict[str, str] = field(default_factory=dict)
    state: dict[str, str] = field(default_factory=dict)
    note: str = ""

    def of(self, parameter: str) -> str:
        """Return the update of a parameter, by its own symbol."""
        return _with_numbers(self.latex, w=parameter)


ADAM = {"beta_1": "beta_1", "beta_2": "beta_2", "epsilon": "epsilon"}
ADAM_STATE = {"m": "m", "v": "v", "m_weight": "m_weight", "v_weight": "v_weight"}
ADAM_LATEX = r"\alpha \frac{\hat m}{\sqrt{\hat v} + \varepsilon}"
ADAM_NOTE = (
    "m̂ = (β₁ m + (1 − β₁) g) / (1 − β₁ᵗ) is the mean gradient so far, v̂ the mean square, likewise "
    "by β₂."
)
ADAM_STEP = (
    "rate * ((beta_1 * m + (1 - beta_1) * g) / (beta_1 * m_weight + 1 - beta_1))"
    " / (sqrt((beta_2 * v + (1 - beta_2) * g**2) / (beta_2 * v_weight + 1 - beta_2)) + epsilon)"
)

RULES: dict[type, Rule] = {
    optim.GradientDescent: Rule(r"w - \alpha g", "w - rate * g"),
    optim.SGD: Rule(r"w - \alpha g", "w - rate * g"),
    optim.Momentum: Rule(
        r"w - \alpha (\rho v + g)",
        "w - rate * (rho * velocity + g)",
        {"rho": "momentum"},
        {"velocity": "velocity"},
    ),
    optim.Nesterov: Rule(
        r"w - \alpha (g + \rho (\rho v + g))",
        "w - rate * (g + rho * (rho * velocity + g))",
        {"rho": "momentum"},
        {"velocity": "velocity"},
    ),
    optim.Adagrad: Rule(
        r"w - \frac{\alpha g}{\sqrt{s + g^2} + \varepsilon}",
        "w - rate * g / (sqrt(s + g**2) + epsilon)",
        {"epsilon": "epsilon"},
        {"s": "square_sum"},
    ),
    optim.Adadelta: Rule(
        r"w - \alpha \sqrt{\frac{u + \varepsilon}{\rho s + (1 - \rho) g^2 + \varepsilon}} g",
        "w - rate * sqrt((u + epsilon) / (rho * s + (1 - rho) * g**2 + epsilon)) * g",
        {"rho": "rho", "epsilon": "epsilon"},
        {"s": "square_mean", "u": "step_square_mean"},
    ),
    optim.RMSProp: Rule(
        r"w - \frac{\alpha g}{\sqrt{\rho s + (1 - \rho) g^2} + \varepsilon}",
        "w - rate * g / (sqrt(rho * s + (1 - rho) * g**2) + epsilon)",
        {"rho": "rho", "epsilon": "epsilon"},
        {"s": "square_mean"},
    ),
    optim.Adam: Rule(f"w - {ADAM_LATEX}", f"w - {ADAM_STEP}", ADAM, ADAM_STATE, ADAM_NOTE),
    optim.AdamW: Rule(
        rf"(1 - \alpha \lambda) w - {ADAM_LATEX}",
        f"(1 - rate * decay) * w - {ADAM_STEP}",
        {**ADAM, "decay": "weight_decay"},
        ADAM_STATE,
        ADAM_NOTE,
    ),
}
