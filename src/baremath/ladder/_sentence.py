"""Which model is worth it and why, in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from baremath.ladder._result import RungResult, best_of, worth_it

LITTLE = 1 / 3  # of the way from the baseline's score to 1


def in_one_sentence(results: Sequence[RungResult], metric: str, n_test: int) -> str:
    """Say which model is worth it, how well it does, and why not another.

    One that gains less than a third of what there is between the baseline and a perfect score is
    said to be little better.

    Parameters
    ----------
    results : sequence of RungResult
        In the ladder's order; the first is the baseline.
    metric : str
        "R²" or "accuracy".
    n_test : int
        The number of test rows.
    """
    chosen, best = worth_it(results), best_of(results)
    error = f"one standard error ({_digits(best.standard_error)})"
    scores = (
        f"{metric} {chosen.cv_mean:.3f} ± {chosen.cv_std:.3f} (standard deviation) over "
        f"{len(chosen.cv_scores)} folds, {chosen.test:.3f} on the {n_test:,} test rows"
    )
    if len(results) == 1:
        return f"Only the {chosen.name} could be fitted: {scores}."
    if chosen is results[0]:
        return (
            f"No model is worth it: none does better than the {chosen.name} by more than {error}; "
            f"it has {scores}."
        )
    if chosen.cv_mean - results[0].cv_mean < LITTLE * (1 - results[0].cv_mean):
        scores += (
            f", but that is little better than the {results[0].name} with {results[0].cv_mean:.3f}"
        )
    if chosen is not best:
        reason = (
            f"no later rung does better by more than {error}, not even the {best.name} "
            f"with {best.cv_mean:.3f}"
        )
    elif chosen is results[-1]:
        reason = f"no earlier rung comes within {error}"
    else:
        reason = "no later rung does better"
    return f"{chosen.name[0].upper()}{chosen.name[1:]} is worth it: {scores}; {reason}."


def _digits(error: float) -> str:
    return f"{error:.3f}" if error >= 0.0005 else f"{error:.1g}"
