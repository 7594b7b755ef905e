"""MLPRegressor: layers of neurons, and an amount."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import check_is_fitted

from baremath import nn
from baremath.neural_network._multi_layer_perceptron import MultiLayerPerceptron
from baremath.neural_network._regressor import RegressorNetwork

LOSSES: dict[str, Callable[[], Any]] = {
    "squared_error": partial(nn.MSELoss, half=True),
    "absolute_error": nn.L1Loss,
    "huber": nn.HuberLoss,
}


class MLPRegressor(MultiLayerPerceptron, RegressorNetwork):
    r"""Layers of neurons, and an amount.

    .. math::
        a^{(l)} = f(W^{(l)} a^{(l-1)} + b^{(l)}), \qquad a^{(0)} = x, \qquad
        \hat y = \bar y + s \, (W^{(L)} a^{(L-1)} + b^{(L)})

    learned by the gradient of the loss, which the chain rule carries back from layer to layer.

    Parameters
    ----------
    loss : {"squared_error", "absolute_error", "huber"}, default="squared_error"
        Half the square of each error; its absolute value; or the one for errors below 1 (a standard
        deviation of y, with `scale_target`) and the other beyond. Of several outputs the mean.
    hidden_layer_sizes : int or array-like of int, default=(100,)
        How many neurons each hidden layer has. An empty one leaves a linear model.
    activation : str or Module, default="relu"
        A name in `nn.ACTIVATIONS`, or an activation, of which each layer gets a copy.
    solver : str or Optimizer, default="adam"
        A name in `optim.OPTIMIZERS`, or an optimizer with all its numbers, which is copied. As in
        scikit-learn ``"sgd"`` has a momentum; ``"gradient_descent"`` is the bare rule.
        ``"lbfgs"`` takes all rows at once, and is best for few of them.
    alpha : float, default=0.0001
        The penalty :math:`\frac{\alpha}{2 n} \sum w^2` on the loss of a batch of n rows.
    dropout : float in [0, 1), default=0
        The share of the numbers between two layers that is left out of each step.
    scale_target : bool, default=True
        Whether it learns :math:`(y - \bar y) / s`, y centred by its mean and divided by its
        standard deviation, so that the unit of y doesn't matter. The losses reported are in this
        unit. False is scikit-learn's way: :math:`\bar y = 0, s = 1`.
    batch_size : int, "auto" or None, default="auto"
        Rows a step, or all where there are fewer; ``"auto"`` is 200, and None all.
    learning_rate : {"constant", "invscaling", "adaptive"} or callable, default="constant"
        How the learning rate goes on. ``"invscaling"`` divides it by :math:`(1 + t)^p` after t
        rows, p being `power_t`. ``"adaptive"`` divides it by 5 whenever nothing improves, instead
        of stopping. Or a schedule of `baremath.optim`.
    learning_rate_init : float, default=0.001
        The learning rate. ``"adadelta"`` wants 1, ``"adagrad"`` and ``"rmsprop"`` 0.01.
    power_t : float, default=0.5
        p of ``"invscaling"``.
    max_iter : int, default=200
        Epochs, at most; steps of L-BFGS.
    shuffle : bool, default=True
        Whether the rows come in a new order in each epoch.
    random_state : int, RandomState or None, default=None
        Draws the first weights, the order of the rows, what drops out, and the rows held out.
    tol : float, default=1e-4
        What counts as better. L-BFGS stops when no element of the gradient is larger.
    verbose : bool, default=False
        Write a line an epoch.
    warm_start : bool, default=False
        Whether `fit` goes on from the weights of the last.
    momentum : float in [0, 1), default=0.9
        Of ``"sgd"``, ``"momentum"`` and ``"nesterov"``.
    nesterovs_momentum : bool, default=True
        Whether ``"sgd"`` looks ahead.
    early_stopping : bool, default=False
        Hold out rows, stop when their R² no longer rises, and keep the weights of the best. Not
        by L-BFGS.
    validation_fraction : float in (0, 1), default=0.1
        The share held out.
    beta_1, beta_2, epsilon : float, default=0.9, 0.999, 1e-8
        Of ``"adam"`` and ``"adamw"``; epsilon of others too.
    n_iter_no_change : int, default=10
        Epochs that may pass without the loss, or the R² of the rows held out, getting better.
    max_fun : int, default=15000
        Evaluations of the loss by L-BFGS, at most.

    Attributes
    ----------
    coefs_ : list of ndarray of shape (n_in, n_out)
        The weights of each layer.
    intercepts_ : list of ndarray of shape (n_out,)
        The biases of each layer.
    module_ : Module
        The network itself, an `nn.Sequential`, in float64.
    target_mean_, target_scale_ : ndarray of shape (n_outputs,)
        :math:`\bar y` and s.
    history_ : dict of str to ndarray
        ``"loss"`` of shape (n_epochs + 1,): before the first epoch, then the mean over the batches
        of each. With early stopping ``"validation_score"`` of shape (n_epochs,).
    loss_, best_loss_, loss_curve_, validation_scores_, best_validation_score_
        The same, as scikit-learn has it.
    n_iter_, t_ : int
        Epochs of the last fit; rows learned from so far, each counted as often as it was.
    n_layers_, n_outputs_ : int
        Layers, with the inputs and the outputs; numbers that the network gives for a row.
    n_parameters_ : int
        Weights and biases.
    out_activation_ : str
        "identity".
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
    NeuralNetRegressor : Any module as a regressor.

    Notes
    -----
    Parameters and attributes are those of scikit-learn's class of the same name, with any
    activation and optimizer, `dropout`, `scale_target` and two losses added, and without the loss
    "poisson". The first weights are drawn as He (ReLU and its kin) and Glorot (the others) have it,
    the biases begin at 0. It learns in float32 and predicts in float64; L-BFGS learns in float64.

    Rows count by their weight within a batch: the loss of a batch is :math:`\sum s_i l_i / \sum
    s_i`. So a row of weight 2 is the same as the row twice where a batch holds all rows.

    References
    ----------
    Rumelhart, Hinton and Williams (1986), Learning representations by back-propagating errors.

    Glorot and Bengio (2010), Understanding the difficulty of training deep feedforward neural
    networks.

    Examples
    --------
    >>> import numpy as np
    >>> from baremath.neural_network import MLPRegressor
    >>> X = np.linspace(-2, 2, 50)[:, np.newaxis]
    >>> model = MLPRegressor(hidden_layer_sizes=(10,), activation="tanh", solver="lbfgs",
    ...                      random_state=0, tol=1e-6).fit(X, 100 * X[:, 0] ** 2)
    >>> model.predict([[0.5], [1.5]]).round()
    array([ 25., 225.])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **MultiLayerPerceptron._parameter_constraints,
        **RegressorNetwork._parameter_constraints,
        "loss": [StrOptions(set(LOSSES))],
    }

    def __init__(
        self,
        loss: str = "squared_error",
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: Any = "adam",
        alpha: float = 0.0001,
        dropout: float = 0.0,
        scale_target: bool = True,
        batch_size: Any = "auto",
        learning_rate: Any = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
    ) -> None:
        self.loss = loss
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.dropout = dropout
        self.scale_target = scale_target
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun

    def _make_loss(self, n_outputs: int) -> Any:
        return LOSSES[self.loss]()

    @property
    def out_activation_(self) -> str:
        """Nothing is made of the last layer's sums."""
        check_is_fitted(self)
        return "identity"
