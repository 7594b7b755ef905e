"""What all networks share: rows checked once, and a module that learns from them."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from baremath.autodiff import Tensor, no_grad
from baremath.blas import single_threaded_blas
from baremath.estimator import Floats, check_sample_weight, forget, warn_user
from baremath.maths import Derivation
from baremath.neural_network._lesson import Lesson, Record, Rows, outputs
from baremath.neural_network._scale import advise_on_scale
from baremath.neural_network._watch import Watch
from baremath.nn import Module
from baremath.optim import Optimizer
from baremath.training import DivergenceError, Trainer
from baremath.training.checks import check_output
from baremath.training.compiled.predictor import predict

AUTO_BATCH = 200  # rows a step, as in scikit-learn


class Network(BaseEstimator):
    """A module that learns from tables.

    It learns in float32, which is twice as fast, and predicts in float64. L-BFGS learns in float64:
    its line search compares losses that differ little.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left"), None],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [
            Interval(Integral, 1, None, closed="left"),
            Options(Real, {np.inf}),
        ],
    }
    _RATE = "learning_rate_init"  # what the learning rate is called
    module_: Module
    history_: dict[str, NDArray[np.float64]]
    t_: int

    @property
    def n_parameters_(self) -> int:
        """The number of weights and biases that were learned."""
        return sum(parameter.size for parameter in self.module_.parameters())

    def explain(
        self,
        X: ArrayLike,
        y: ArrayLike | None = None,
        row: int = 0,
        feature_names: Any = None,
    ) -> Derivation:
        """Show how one row's prediction comes about, and what one step of training would change.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            A table.
        y : array-like of shape (n_samples,), optional
            Its targets: with them the loss of the row is shown, the gradient flowing back from it
            layer by layer, and the update of every weight.
        row : int, default=0
            Which row.
        feature_names : sequence of str, optional
            What the columns are called; as in the table it was fitted on by default.

        Returns
        -------
        Derivation
            The formulas with the numbers put in.

        Raises
        ------
        IndexError
            When X has no such row.
        """
        from baremath.neural_network._explain import explain_network

        return explain_network(self, X, y, row, feature_names)

    # What an estimator says of its network

    def _make_module(self, n_features: int) -> Module:
        raise NotImplementedError

    def _make_loss(self, n_outputs: int) -> Any:
        raise NotImplementedError

    def _make_optimizer(self) -> Optimizer:
        raise NotImplementedError

    def _make_schedule(self, n_rows: int) -> Any:
        return None

    def _make_penalty(self, weight: float) -> Any:
        """Return the penalty, given what the rows of a batch count together."""
        return None

    def _longest_gradient(self) -> float | None:
        return None

    def _adapts(self) -> bool:
        """Whether the learning rate falls when nothing improves."""
        return False

    # What a task says of its targets

    def _read_targets(self, y: NDArray[Any], weights: NDArray[np.float64]) -> NDArray[Any]:
        raise NotImplementedError

    def _class_weights(self, targets: NDArray[Any], weights: NDArray[np.float64]) -> Any:
        return 1.0

    def _check_outputs(self, n_outputs: int) -> None:
        """Raise ValueError if the module gives too few or too many numbers for a row."""
        raise NotImplementedError

    def _as_the_loss_wants(self, loss: Any, targets: NDArray[Any], shape: Any) -> NDArray[Any]:
        return targets.reshape(shape)

    def _score_outputs(self, z: Floats, targets: NDArray[Any], weights: Any) -> float:
        raise NotImplementedError

    def _strata(self, targets: NDArray[Any]) -> NDArray[Any] | None:
        """Return the class of each row, for a split that keeps their shares."""
        return None

    # Learning

    def _fit(self, X: Any, y: Any, sample_weight: Any, *, partly: bool = False) -> Self:
        """Learn: anew, or going on from what is known; all of it, or (partly) one epoch."""
        self._validate_params()
        goes_on = hasattr(self, "module_") and (partly or self.warm_start)
        if not (goes_on or partly):
            forget(self)
        rows = self._read(X, y, sample_weight, reset=not goes_on)
        advise_on_scale(rows.X, getattr(self, "feature_names_in_", None))
        rng = check_random_state(self.random_state)
        if goes_on:
            module = copy.deepcopy(self.module_).astype(rows.X.dtype)
        else:
            module = self._make_module(rows.X.shape[1]).astype(rows.X.dtype)
            module.initialise(int(rng.randint(2**31 - 1)))
            self._memory_: dict[str, Any] = {}
        with single_threaded_blas():
            record = self._learn(module, rows, rng, partly=partly)
        self.module_ = module.astype(np.float64).eval()
        self._keep(record, len(rows), goes_on=goes_on and partly)
        if not (goes_on or partly) and record.went_up:
            warn_user(
                f"the loss is {record.loss_kept:.4g} after {self.n_iter_} epochs, more than the "
                f"{record.losses[0]:.4g} before the first: training has diverged. Lower "
                f"{self._RATE}.",
                ConvergenceWarning,
            )
        elif not (record.at_rest or partly) and self._may_rest():
            warn_user(
                f"max_iter={self.max_iter} is reached and the loss still falls; raise max_iter, "
                "or the learning rate.",
                ConvergenceWarning,
            )
        return self

    def _may_rest(self) -> bool:
        """Whether it could have ended because nothing improves, before `max_iter`."""
        return not learns_in_batches(self) or self.n_iter_no_change < self.max_iter

    def _read(self, X: Any, y: Any, sample_weight: Any, *, reset: bool) -> Rows:
        """Check the rows, and leave out those that count for nothing."""
        with np.errstate(over="ignore", invalid="ignore"):  # validate_data tells what is too large
            table, outputs = validate_data(
                self,
                X,
                y,
                dtype=np.float32 if learns_in_batches(self) else np.float64,
                order="C",
                multi_output=True,
                reset=reset,
            )
        weights = check_sample_weight(sample_weight, table)
        if weights is None:
            weights = np.ones(len(table))
        targets = self._read_targets(outputs, weights)
        rows = Rows(table, targets, weights * self._class_weights(targets, weights))
        counts = rows.weights > 0
        return rows if counts.all() else rows[counts]

    def _learn(self, module: Module, rows: Rows, rng: Any, *, partly: bool) -> Record:
        if not learns_in_batches(self):
            lesson = self._lesson(module, rows, len(rows))
            return lesson.by_lbfgs(self.max_iter, self.max_fun, self.tol)
        held_out = None
        if self.early_stopping:
            rows, held_out = self._hold_out(rows, rng)
        batch_size = self._rows_a_step(len(rows))
        watch = Watch(
            self.tol,
            self.n_iter_no_change,
            score=None if held_out is None else self._scorer(held_out),
            adapts=self._adapts(),
            verbose=bool(self.verbose),
        )
        try:
            return self._lesson(module, rows, batch_size).by_batches(
                1 if partly else self.max_iter,
                watch,
                self._memory_,
                optimizer=self._make_optimizer(),
                batch_size=batch_size,
                schedule=self._make_schedule(len(rows)),
                clip=self._longest_gradient(),
                seed=int(rng.randint(2**31 - 1)),
                shuffle=self.shuffle,
            )
        except DivergenceError as error:
            raise self._diverged(error) from error

    def _lesson(self, module: Module, rows: Rows, rows_a_step: int) -> Lesson:
        """Return what the module is to learn, once it is clear what it gives for a row."""
        with no_grad(), np.errstate(all="ignore"):
            output = module.eval()(Tensor(rows.X[:2]))
        check_output(output)
        shape = output.shape[1:]
        n_outputs = int(np.prod(shape))
        self._check_outputs(n_outputs)
        loss = self._make_loss(n_outputs)
        targets = self._as_the_loss_wants(loss, rows.targets, (len(rows), *shape))
        self._step_weight_ = rows_a_step * float(rows.weights.mean())
        penalty = self._make_penalty(self._step_weight_)
        return Lesson(module, Rows(rows.X, targets, rows.weights), loss, penalty)

    def _hold_out(self, rows: Rows, rng: Any) -> tuple[Rows, Rows]:
        """Return most of the rows, and a share in which each class has the share it has in all."""
        n = len(rows)
        n_held_out = int(np.ceil(self.validation_fraction * n))
        if n_held_out < 2 or n_held_out >= n:
            raise ValueError(
                f"validation_fraction={self.validation_fraction} of {n} rows is {n_held_out}; "
                "early_stopping=True needs at least 2 to score, and others to learn from."
            )
        strata = self._strata(rows.targets)
        if strata is not None:
            counts = np.unique(strata, return_counts=True)[1]
            if counts.min() < 2 or len(counts) > min(n_held_out, n - n_held_out):
                strata = None  # too few rows for each class to be on both sides
        learned, held_out = train_test_split(
            np.arange(n), test_size=n_held_out, random_state=rng, stratify=strata
        )
        return rows[learned], rows[held_out]

    def _scorer(self, held_out: Rows) -> Any:
        def score(trainer: Trainer) -> float:
            z = trainer.predict(held_out.X).reshape(len(held_out), -1)
            return self._score_outputs(z, held_out.targets, held_out.sample_weight)

        return score

    def _rows_a_step(self, n_rows: int) -> int:
        if self.batch_size is None:
            return n_rows
        return min(AUTO_BATCH if self.batch_size == "auto" else int(self.batch_size), n_rows)

    def _keep(self, record: Record, n_rows: int, *, goes_on: bool) -> None:
        """Set the attributes that say how learning went, after what went before it."""
        curve, scores, self.n_iter_ = record.losses[1:], record.scores, len(record.losses) - 1
        seen = self.n_iter_ * n_rows
        if goes_on:
            losses = [*self.history_["loss"], *curve]
            self.t_ += seen
        else:
            losses = record.losses
            self.t_ = seen
        self.history_ = {"loss": np.array(losses)}
        self.loss_curve_ = [float(loss) for loss in losses[1:]]
        self.loss_ = self.loss_curve_[-1]
        self.best_loss_ = None if scores else min(self.loss_curve_)
        self.validation_scores_ = scores or None
        self.best_validation_score_ = max(scores) if scores else None
        if scores:
            self.history_["validation_score"] = np.array(scores)
        self._memory_ = record.memory

    def _diverged(self, error: DivergenceError) -> DivergenceError:
        where = f" in {error.operation}" if error.operation else ""
        where += f" of {error.layer}" if error.layer else ""
        rate = error.learning_rate
        advice = (
            "" if rate is None else f" With a learning rate of {rate:.2g} it would have fallen."
        )
        return DivergenceError(
            f"the loss stopped being finite at step {error.step}, first{where}.{advice} Columns of "
            "mean 0 and standard deviation 1 help too. The estimator is as it was before.",
            error.step,
            error.layer,
            error.operation,
            rate,
        )

    # Predicting

    def _outputs(self, X: Any) -> Floats:
        """Return the numbers that the network gives for each row."""
        check_is_fitted(self)
        table = validate_data(self, X, dtype=(np.float64, np.float32), order="C", reset=False)
        table = table.astype(np.float64, copy=False)
        found = predict(self.module_, table)
        return outputs(self.module_, table) if found is None else found.reshape(len(table), -1)


def one_of(names: Iterable[str]) -> StrOptions:
    """Return the constraint to be one of these names, which errors list in alphabetical order."""
    return StrOptions(dict.fromkeys(sorted(names)).keys())


def learns_in_batches(estimator: Any) -> bool:
    """Whether it learns step by step, so that it can go on with other rows."""
    return bool(getattr(estimator, "solver", None) != "lbfgs")


def learns_in_parts(estimator: Any) -> bool:
    """Whether it has a `partial_fit`.

    Raises
    ------
    AttributeError
        If not; it says why.
    """
    if not learns_in_batches(estimator):
        raise AttributeError("partial_fit learns from a part; solver='lbfgs' needs all rows.")
    if estimator.early_stopping:
        raise AttributeError(
            "partial_fit goes through the rows once; early_stopping=True has nothing to stop."
        )
    return True
