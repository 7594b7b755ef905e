"""How a stack gets its prediction: what its models say, put into the final model's formula."""

from __future__ import annotations

import copy
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from baremath.ensemble._explain import SHOWN, asked, classes_step, log_loss_step
from baremath.estimator import Floats, place_of_class
from baremath.maths import Derivation, Step, Terms, vector

if TYPE_CHECKING:
    from baremath.ensemble._stacking import Stacking


def explain_stack(model: Stacking, X: ArrayLike, y: ArrayLike | None, row: int) -> Derivation:
    """Return the derivation that `explain` of a stack shows."""
    question = asked(model, X, y, row)
    meta = model._meta(question.x)[0]
    final = model.final_estimator_
    steps = [_meta_step(model, question.x, meta)]
    if hasattr(final, "explain"):
        steps += _final_derivation(model, X, y, row).steps
    else:
        steps += _final_steps(model, question.x, question.actual)
    return Derivation(f"{type(model).__name__}, row {row}", tuple(steps))


def _meta_step(model: Stacking, x: Any, meta: Floats) -> Step:
    """Show what each model says of the row; of the models of the splits also the single numbers."""
    names = model._meta_names()
    title = "What the models say of the row: the meta-features"
    if model.predict_with == "refit":
        return Step(
            title=title,
            symbol="z",
            formula=r"\left(f_1(x), \dots, f_m(x)\right)",
            substituted="",
            value=meta,
            expression="f",
            inputs={"f": meta},
            terms=Terms(
                (r"\text{meta-feature}", "f_i(x)"), tuple(zip(names, meta, strict=True))[:SHOWN]
            ),
            note="Each model was fitted to all rows.",
        )
    splits = range(len(model.fold_indices_))
    each = np.array(
        [
            np.hstack([model._features(model._answers(x, m, s)) for m in model._places()])[0]
            for s in splits
        ]
    )
    columns = (r"\text{meta-feature}", *(f"f^{{({s + 1})}}(x)" for s in splits), r"\text{mean}")
    rows = zip(names, *each, each.mean(axis=0), strict=True)
    return Step(
        title=title,
        symbol="z",
        formula=r"\frac{1}{V} \sum_v \left(f_1^{(v)}(x), \dots, f_m^{(v)}(x)\right)",
        substituted="",
        value=meta,
        expression="sum(f, 0) / V",
        inputs={"f": each, "V": len(each)},
        terms=Terms(columns, tuple(rows)[:SHOWN]),
        note="Each model is the mean of those fitted to the training parts of the splits.",
    )


def _final_derivation(model: Stacking, X: ArrayLike, y: ArrayLike | None, row: int) -> Any:
    """Let the final model explain itself, with the names of meta-features and classes."""
    meta = model._meta_table(X)
    final = copy.copy(model.final_estimator_)
    if model._classify:
        final.classes_ = vars(model)["classes_"]
    if isinstance(meta, np.ndarray):
        import polars as pl

        names = [str(name) for name in model.get_feature_names_out()]
        final.feature_names_in_ = np.asarray(names, dtype=object)
        meta = pl.DataFrame(meta, schema=names)
    with warnings.catch_warnings():  # what is inside the final model knows no names
        warnings.filterwarnings("ignore", "X has feature names")
        return final.explain(meta, y, row)


def _final_steps(model: Any, x: Any, actual: Any) -> list[Step]:
    """Show what a final model says that has no `explain` of its own."""
    final = type(model.final_estimator_).__name__
    if model._classify and hasattr(model, "predict_proba"):
        shares = np.asarray(model.predict_proba(x)[0], np.float64)
        steps = [classes_step(model.classes_, shares)]
        if actual is not None:
            place = place_of_class(model.classes_, actual)
            steps.append(log_loss_step(actual, float(shares[place])))
        return steps
    said = model.predict(x)[0]
    value = str(said) if model._classify else said
    return [
        Step(
            title=f"The prediction: what the final model ({final}) makes of them",
            symbol=r"\hat{y}",
            formula="g(z)",
            substituted=rf"g\left({vector(model._meta(x)[0])}\right)",
            value=value,
            expression="g",
            inputs={"g": value},
        )
    ]
