"""NeuralNetClassifier and NeuralNetRegressor: any module as an estimator."""

from __future__ import annotations

import copy
from numbers import Real
from typing import Any, ClassVar, Self

from sklearn.utils._param_validation import Interval, StrOptions

from baremath import nn, optim
from baremath.estimator import warn_user
from baremath.neural_network._classifier import ClassifierNetwork
from baremath.neural_network._network import Network, one_of
from baremath.neural_network._regressor import RegressorNetwork
from baremath.nn import Module
from baremath.optim import Optimizer

PARTS = ("optimizer", "loss", "schedule", "penalty")  # whose numbers are parameters too


class NeuralNet(Network):
    """A module of any kind, and how it learns."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Network._parameter_constraints,
        "module": [Module, callable],
        "loss": [StrOptions({"auto"}), callable],
        "optimizer": [one_of(optim.OPTIMIZERS), Optimizer],
        "schedule": [callable, None],
        "penalty": [callable, None],
        "clip": [Interval(Real, 0, None, closed="neither"), None],
    }
    _RATE = "the learning_rate of the optimizer"

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters; deep ones too, such as ``optimizer__learning_rate``."""
        params: dict[str, Any] = super().get_params(deep=False)
        if deep:
            for part in PARTS:
                params |= {f"{part}__{name}": x for name, x in _numbers(params[part]).items()}
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters; of the optimizer, the loss, the schedule and the penalty single numbers.

        ``optimizer__learning_rate=0.01`` gives the estimator an optimizer of its own with this
        rate. So a grid search can try several.
        """
        own = {name: value for name, value in params.items() if name not in self._deep(params)}
        super().set_params(**own)
        for name in self._deep(params):
            part, _, attribute = name.partition("__")
            changed = _built(getattr(self, part))
            if attribute not in _numbers(changed):
                known = ", ".join(f"{part}__{known}" for known in _numbers(changed)) or "none"
                raise ValueError(
                    f"Invalid parameter {name!r} for {type(self).__name__}. Of its {part} the "
                    f"parameters are: {known}."
                )
            changed = copy.deepcopy(changed)
            setattr(changed, attribute, params[name])
            setattr(self, part, changed)
        return self

    @staticmethod
    def _deep(params: dict[str, Any]) -> list[str]:
        return [name for name in params if "__" in name and name.partition("__")[0] in PARTS]

    def _validate_params(self) -> None:
        super()._validate_params()
        if getattr(self.loss, "reduction", None) == "none":
            raise ValueError(
                f'loss={self.loss!r} with reduction="none" gives a number for each row; a network '
                'learns from one: use reduction="mean".'
            )

    def _make_module(self, n_features: int) -> Module:
        if isinstance(self.module, Module):
            return copy.deepcopy(self.module)
        made = self.module(n_features, self._n_scores())
        if not isinstance(made, Module):
            raise TypeError(
                f"module(n_features, n_outputs) must return a baremath.nn.Module; it returned "
                f"{made!r}."
            )
        return made

    def _make_loss(self, n_outputs: int) -> Any:
        if isinstance(self.loss, str):
            return super()._make_loss(n_outputs)
        return copy.deepcopy(self.loss)

    def _make_optimizer(self) -> Optimizer:
        optimizer: Optimizer = copy.deepcopy(_built(self.optimizer))
        return optimizer

    def _make_schedule(self, n_rows: int) -> Any:
        return copy.deepcopy(self.schedule)

    def _make_penalty(self, weight: float) -> Any:
        return copy.deepcopy(self.penalty)

    def _longest_gradient(self) -> float | None:
        return None if self.clip is None else float(self.clip)


def _built(part: Any) -> Any:
    """Return an optimizer by its name, and all else as it is."""
    kinds: dict[str, Any] = optim.OPTIMIZERS
    return kinds[part]() if isinstance(part, str) and part in kinds else part


def _numbers(part: Any) -> dict[str, float]:
    """Return the numbers that a part is made with, by their names."""
    return {
        name: value
        for name, value in getattr(_built(part), "__dict__", {}).items()
        if isinstance(value, int | float) and type(value) is not bool and not name.startswith("_")
    }


class NeuralNetClassifier(NeuralNet, ClassifierNetwork):
    r"""Any module as a classifier.

    Parameters
    ----------
    module : Module or callable
        The network, as a template: it is copied, and drawn anew, in every fit. Or a function
        ``module(n_features, n_outputs)`` that returns one (`nn.Linear`, for instance). It returns a
        number for each class (before the softmax), or one for two classes (before the sigmoid).
    loss : callable, default="auto"
        A loss of `baremath.nn`, or any ``loss(output, target, sample_weight)``. By default the
        cross-entropy: of one output that with the sigmoid, of several that with the softmax. With a
        loss of amounts, or the hinge, the outputs learn 1 and -1, and there are no probabilities.
    optimizer : str or Optimizer, default="adam"
        A name in `optim.OPTIMIZERS`, or an optimizer, which is copied.
    schedule : callable, optional
        A schedule of `baremath.optim`: the factor on the learning rate after so many epochs.
    penalty : callable, optional
        ``penalty(parameters)``, added to the loss of each batch: `nn.L2Penalty`, for instance.
    clip : float, optional
        The largest norm of the gradient; a longer one is shortened to it.
    class_weight : dict, "balanced" or None, default=None
        What the rows of each class count; ``"balanced"`` gives every class the same sum.
    batch_size : int, "auto" or None, default="auto"
        Rows a step, or all where there are fewer; ``"auto"`` is 200, and None all.
    max_iter : int, default=200
        Epochs, at most.
    shuffle : bool, default=True
        Whether the rows come in a new order in each epoch.
    random_state : int, RandomState or None, default=None
        Draws the first weights, the order of the rows, what drops out, and the rows held out.
    tol : float, default=1e-4
        What counts as better.
    n_iter_no_change : int, default=10
        Epochs that may pass without the loss, or the score of the rows held out, getting better.
    early_stopping : bool, default=False
        Hold out rows, stop when their score no longer rises, and keep the weights of the best.
    validation_fraction : float in (0, 1), default=0.1
        The share held out, in which each class has the share it has in all rows.
    warm_start : bool, default=False
        Whether `fit` goes on from the weights of the last.
    verbose : bool, default=False
        Write a line an epoch.

    Attributes
    ----------
    module_ : Module
        The network that was learned, in float64.
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted; of several labels a row their places 0, 1, 2, …
    history_ : dict of str to ndarray
        ``"loss"`` of shape (n_epochs + 1,): before the first epoch, then the mean over the batches
        of each. With early stopping ``"validation_score"`` of shape (n_epochs,).
    loss_, best_loss_, loss_curve_, validation_scores_, best_validation_score_
        The same, as scikit-learn's networks have it.
    n_iter_, t_ : int
        Epochs of the last fit; rows learned from so far, each counted as often as it was.
    n_parameters_ : int
        The number of weights and biases.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X had any.

    Warns
    -----
    ConvergenceWarning
        When the loss still falls after `max_iter` epochs.
    ScaleWarning
        When columns of X are far from 1 in size.

    See Also
    --------
    MLPClassifier : Layers of neurons, from a few numbers.

    Notes
    -----
    Single numbers of `optimizer`, `loss`, `schedule` and `penalty` are parameters too, as in
    ``GridSearchCV(model, {"optimizer__learning_rate": [0.1, 0.01]})``.

    Examples
    --------
    >>> from baremath import nn, optim
    >>> from baremath.neural_network import NeuralNetClassifier
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], ["same", "other", "other", "same"]
    >>> network = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
    >>> model = NeuralNetClassifier(network, optimizer=optim.Adam(0.1), random_state=0)
    >>> model.fit(X, y).predict(X)
    array(['same', 'other', 'other', 'same'], dtype='<U5')
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **NeuralNet._parameter_constraints,
        **ClassifierNetwork._parameter_constraints,
    }

    def _make_module(self, n_features: int) -> Module:
        module = super()._make_module(n_features)
        last = module
        while isinstance(last, nn.Sequential) and len(last):
            last = last[-1]
        of_logits = self.loss == "auto" or isinstance(
            self.loss, (nn.CrossEntropyLoss, nn.BCEWithLogitsLoss)
        )
        if of_logits and isinstance(last, (nn.Softmax, nn.Sigmoid)):
            kind = type(last).__name__
            warn_user(
                f"the module ends with {kind}, and the loss makes probabilities of its outputs "
                f"once more, so that it learns badly: leave the {kind} away.",
                UserWarning,
            )
        return module

    def __init__(
        self,
        module: Any,
        loss: Any = "auto",
        optimizer: Any = "adam",
        *,
        schedule: Any = None,
        penalty: Any = None,
        clip: float | None = None,
        class_weight: Any = None,
        batch_size: Any = "auto",
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        n_iter_no_change: float = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        warm_start: bool = False,
        verbose: bool = False,
    ) -> None:
        self.module = module
        self.loss = loss
        self.optimizer = optimizer
        self.schedule = schedule
        self.penalty = penalty
        self.clip = clip
        self.class_weight = class_weight
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.warm_start = warm_start
        self.verbose = verbose


class NeuralNetRegressor(NeuralNet, RegressorNetwork):
    r"""Any module as a regressor.

    Parameters
    ----------
    module : Module or callable
        The network, as a template: it is copied, and drawn anew, in every fit. Or a function
        ``module(n_features, n_outputs)`` that returns one (`nn.Linear`, for instance).
    loss : callable, default="auto"
        A loss of `baremath.nn`, or any ``loss(output, target, sample_weight)``. By default half the
        squared error, the mean of all outputs.
    optimizer : str or Optimizer, default="adam"
        A name in `optim.OPTIMIZERS`, or an optimizer, which is copied.
    schedule : callable, optional
        A schedule of `baremath.optim`: the factor on the learning rate after so many epochs.
    penalty : callable, optional
        ``penalty(parameters)``, added to the loss of each batch: `nn.L2Penalty`, for instance.
    clip : float, optional
        The largest norm of the gradient; a longer one is shortened to it.
    scale_target : bool, default=True
        Whether it learns y centred and scaled, :math:`(y - \bar y) / s`. The loss, and what it
        knows as far or near, are in this unit; predictions are in that of y.
    batch_size : int, "auto" or None, default="auto"
        Rows a step, or all where there are fewer; ``"auto"`` is 200, and None all.
    max_iter : int, default=200
        Epochs, at most.
    shuffle : bool, default=True
        Whether the rows come in a new order in each epoch.
    random_state : int, RandomState or None, default=None
        Draws the first weights, the order of the rows, what drops out, and the rows held out.
    tol : float, default=1e-4
        What counts as better.
    n_iter_no_change : int, default=10
        Epochs that may pass without the loss, or the R² of the rows held out, getting better.
    early_stopping : bool, default=False
        Hold out rows, stop when their R² no longer rises, and keep the weights of the best.
    validation_fraction : float in (0, 1), default=0.1
        The share held out.
    warm_start : bool, default=False
        Whether `fit` goes on from the weights of the last.
    verbose : bool, default=False
        Write a line an epoch.

    Attributes
    ----------
    module_ : Module
        The network that was learned, in float64.
    target_mean_, target_scale_ : ndarray of shape (n_outputs,)
        The prediction is the mean plus the scale times what `module_` gives; 0 and 1 without
        `scale_target`.
    history_ : dict of str to ndarray
        ``"loss"`` of shape (n_epochs + 1,): before the first epoch, then the mean over the batches
        of each. With early stopping ``"validation_score"`` of shape (n_epochs,).
    loss_, best_loss_, loss_curve_, validation_scores_, best_validation_score_
        The same, as scikit-learn's networks have it.
    n_iter_, t_ : int
        Epochs of the last fit; rows learned from so far, each counted as often as it was.
    n_parameters_ : int
        The number of weights and biases.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X had any.

    Warns
    -----
    ConvergenceWarning
        When the loss still falls after `max_iter` epochs.
    ScaleWarning
        When columns of X are far from 1 in size.

    See Also
    --------
    MLPRegressor : Layers of neurons, from a few numbers.

    Notes
    -----
    Single numbers of `optimizer`, `loss`, `schedule` and `penalty` are parameters too, as in
    ``GridSearchCV(model, {"optimizer__learning_rate": [0.1, 0.01]})``.

    Examples
    --------
    A neuron without an activation is linear regression:

    >>> from baremath import nn, optim
    >>> from baremath.neural_network import NeuralNetRegressor
    >>> model = NeuralNetRegressor(nn.Linear, optimizer=optim.SGD(0.3), random_state=0)
    >>> model.fit([[0.0], [1.0], [2.0]], [5.0, 7.0, 9.0]).predict([[3.0]]).round()
    array([11.])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **NeuralNet._parameter_constraints,
        **RegressorNetwork._parameter_constraints,
    }

    def __init__(
        self,
        module: Any,
        loss: Any = "auto",
        optimizer: Any = "adam",
        *,
        schedule: Any = None,
        penalty: Any = None,
        clip: float | None = None,
        scale_target: bool = True,
        batch_size: Any = "auto",
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        n_iter_no_change: float = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        warm_start: bool = False,
        verbose: bool = False,
    ) -> None:
        self.module = module
        self.loss = loss
        self.optimizer = optimizer
        self.schedule = schedule
        self.penalty = penalty
        self.clip = clip
        self.scale_target = scale_target
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.warm_start = warm_start
        self.verbose = verbose
