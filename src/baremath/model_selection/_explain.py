"""How the parts of the loss at one point are found, with its numbers put in."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral
from typing import TYPE_CHECKING

from baremath.maths import Derivation, Step, Terms, factor, number, signed_sum
from baremath.model_selection._explain_zero_one import zero_one_steps
from baremath.model_selection._result import Floats

if TYPE_CHECKING:
    from baremath.model_selection._result import BiasVarianceDecomposition


def explain(result: BiasVarianceDecomposition, row: int) -> Derivation:
    """Return the derivation that `BiasVarianceDecomposition.explain` shows."""
    n_points = result.predictions.shape[1]
    if not isinstance(row, Integral) or isinstance(row, bool):
        raise TypeError(f"row={row!r} must be a whole number, the place of a point.")
    if not 0 <= row < n_points:
        raise IndexError(
            f"row={row} is not in the test sample: its {n_points} points are numbered from 0 to "
            f"{n_points - 1}."
        )
    steps = _squared_error_steps if result.labels is None else zero_one_steps
    return Derivation(
        title=f"Bias–variance decomposition of the {result.name}, point {row}",
        steps=(*steps(result, int(row)), _mean_step(result)),
    )


def _squared_error_steps(result: BiasVarianceDecomposition, row: int) -> Iterator[Step]:
    f = result.predictions[:, row]
    y = result.y_test[result.point == row].astype(float)
    R, n = len(f), len(y)
    main = float(result.main_prediction[row])
    noise, bias2, variance, loss = (
        float(getattr(result.per_point, part)[row])
        for part in ("noise", "bias2", "variance", "loss")
    )
    yield Step(
        title=f"The main prediction: the mean of {R} models",
        symbol=r"\bar{f}",
        formula=r"\tfrac{1}{R} \sum_r f_r",
        substituted=rf"\tfrac{{1}}{{{R}}} ({signed_sum(f.tolist(), most=4)})",
        value=main,
        expression="sum(f) / R",
        inputs={"f": f, "R": R},
    )
    yield Step(
        title="The variance: how far the models scatter about it",
        symbol="V",
        formula=r"\tfrac{1}{R - 1} \sum_r (f_r - \bar{f})^2",
        substituted=rf"\tfrac{{1}}{{{R - 1}}} ({_squares(f, main)})",
        value=variance,
        expression="sum((f - main) ** 2) / (R - 1)",
        inputs={"f": f, "main": main, "R": R},
        note=f"R − 1 and not R: the mean is taken from the same {R} models.",
    )
    if n > 1:
        yield _replicates_step(y, noise)
    elif result.noise_from is not None:
        yield Step(
            title="The noise",
            symbol="N",
            formula=r"\operatorname{Var}(y \mid x)",
            substituted="",
            value=noise,
            expression="noise",
            inputs={"noise": noise},
            note="As it was given."
            if result.noise_from == "given"
            else "This row has no twin: the mean of the rows that have one.",
        )
    yield _bias_step(result.noise_from, float(y.mean()), n, main, variance, R, noise, bias2)
    yield Step(
        title="The loss is the sum of the parts",
        symbol=r"\mathrm{loss}",
        formula="N + B^2 + V",
        substituted=signed_sum([noise, bias2, variance]),
        value=loss,
        expression="noise + bias2 + variance",
        inputs={"noise": noise, "bias2": bias2, "variance": variance},
    )
    yield Step(
        title="The same loss, from each model's error",
        symbol=r"\mathrm{loss}",
        formula=r"\tfrac{1}{R} \sum_r (y - f_r)^2"
        if n == 1
        else r"\tfrac{1}{n R} \sum_{j r} (y_j - f_r)^2",
        substituted=rf"\tfrac{{1}}{{{R}}} ({_squares(f, float(y[0]))})" if n == 1 else "",
        value=loss,
        expression="sum((y[:, None] - f) ** 2) / (n * R)",
        inputs={"y": y, "f": f, "n": n, "R": R},
    )


def _replicates_step(y: Floats, noise: float) -> Step:
    mean = float(y.mean())
    return Step(
        title=f"The noise: how far {len(y)} observations with the same features scatter",
        symbol="N",
        formula=r"\tfrac{1}{n - 1} \sum_j (y_j - \bar{y})^2",
        substituted=rf"\tfrac{{1}}{{{len(y) - 1}}} ({_squares(y, mean)})",
        value=noise,
        expression="sum((y - mean) ** 2) / (n - 1)",
        inputs={"y": y, "mean": mean, "n": len(y)},
    )


def _bias_step(
    noise_from: str | None,
    y: float,
    n: int,
    main: float,
    variance: float,
    R: int,
    noise: float,
    bias2: float,
) -> Step:
    mean = "y" if n == 1 else r"\bar{y}"
    formula = rf"({mean} - \bar{{f}})^2 - \tfrac{{V}}{{R}}"
    numbers = rf"({number(y)} - {factor(main)})^2 - \tfrac{{{number(variance)}}}{{{R}}}"
    expression = "(y - main) ** 2 - variance / R"
    inputs: dict[str, float] = {"y": y, "main": main, "variance": variance, "R": R}
    if noise_from is not None:
        share, shown = ("N", number(noise))
        if n > 1:
            share, shown = r"\tfrac{N}{n}", rf"\tfrac{{{shown}}}{{{n}}}"
        formula, numbers = f"{formula} - {share}", f"{numbers} - {shown}"
        expression += " - noise / n"
        inputs |= {"noise": noise, "n": n}
    notes = ["What the two means' own scatter adds to the square is taken off."]
    if noise_from is None:
        notes.append("The noise is not known, and counts as bias.")
    if bias2 < 0:
        notes.append("Below zero by chance: at one point it is a rough estimate.")
    return Step(
        title="The squared bias: how far the main prediction is off",
        symbol="B^2",
        formula=formula,
        substituted=numbers,
        value=bias2,
        expression=expression,
        inputs=inputs,
        note=" ".join(notes),
    )


def _mean_step(result: BiasVarianceDecomposition) -> Step:
    parts = {"N": "noise", "B^2": "bias2", "V": "variance"}
    if result.mean.biased_variance is not None:
        parts = {"N": "noise", "B": "bias2", "V": "variance"}
    values = [float(getattr(result.mean, part)) for part in parts.values()]
    errors = [float(getattr(result.standard_error, part)) for part in parts.values()]
    return Step(
        title=f"The mean over all {result.predictions.shape[1]} points",
        symbol=r"\text{mean loss}",
        formula=" + ".join(rf"\overline{{{symbol}}}" for symbol in parts),
        substituted=signed_sum(values),
        value=result.loss,
        expression="sum(parts)",
        inputs={"parts": values},
        terms=Terms(
            columns=(r"\text{part}", r"\text{mean}", r"\text{standard error}"),
            rows=tuple(zip(("noise", "bias", "variance"), values, errors, strict=True)),
        ),
    )


def _squares(values: Floats, centre: float) -> str:
    texts = [rf"({number(value)} - {factor(centre)})^2" for value in values]
    return signed_sum(texts, list((values - centre) ** 2), most=2)
