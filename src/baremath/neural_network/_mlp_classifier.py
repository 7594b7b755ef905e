"""MLPClassifier: layers of neurons, and the probability of each class."""

from __future__ import annotations

from typing import Any, ClassVar

from baremath.neural_network._classifier import ClassifierNetwork
from baremath.neural_network._multi_layer_perceptron import MultiLayerPerceptron


class MLPClassifier(MultiLayerPerceptron, ClassifierNetwork):
    r"""Layers of neurons, and the probability of each class.

    .. math::
        a^{(l)} = f(W^{(l)} a^{(l-1)} + b^{(l)}), \qquad a^{(0)} = x, \qquad
        P(y = k \mid x) = \operatorname{softmax}_k(W^{(L)} a^{(L-1)} + b^{(L)})

    learned by the gradient of the cross-entropy :math:`-\log P(y \mid x)`, which the chain rule
    carries back from layer to layer. Two classes share one output and a sigmoid; labels of which a
    row may have several have one each.

    Parameters
    ----------
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
    class_weight : dict, "balanced" or None, default=None
        What the rows of each class count; ``"balanced"`` gives every class the same sum.
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
        Hold out rows, stop when their accuracy no longer rises, and keep the weights of the best.
        Not by L-BFGS.
    validation_fraction : float in (0, 1), default=0.1
        The share held out, in which each class has the share that it has in all rows.
    beta_1, beta_2, epsilon : float, default=0.9, 0.999, 1e-8
        Of ``"adam"`` and ``"adamw"``; epsilon of others too.
    n_iter_no_change : int, default=10
        Epochs that may pass without the loss, or the accuracy of the rows held out, getting better.
    max_fun : int, default=15000
        Evaluations of the loss by L-BFGS, at most.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted; of several labels a row their places 0, 1, 2, …
    coefs_ : list of ndarray of shape (n_in, n_out)
        The weights of each layer.
    intercepts_ : list of ndarray of shape (n_out,)
        The biases of each layer.
    module_ : Module
        The network itself, an `nn.Sequential`, in float64.
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
        "softmax"; or "logistic", for two classes and for several labels a row.
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
    NeuralNetClassifier : Any module as a classifier.

    Notes
    -----
    Parameters and attributes are those of scikit-learn's class of the same name, with any
    activation and optimizer, `dropout` and `class_weight` added. The first weights are drawn as He
    (ReLU and its kin) and Glorot (the others) have it, the biases begin at 0. It learns in float32
    and predicts in float64; L-BFGS learns in float64.

    Rows count by their weight within a batch: the loss of a batch is :math:`\sum s_i l_i / \sum
    s_i`. So a row of weight 2 is the same as the row twice where a batch holds all rows.

    References
    ----------
    Rumelhart, Hinton and Williams (1986), Learning representations by back-propagating errors.

    Glorot and Bengio (2010), Understanding the difficulty of training deep feedforward neural
    networks.

    Examples
    --------
    >>> from baremath.neural_network import MLPClassifier
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], ["same", "other", "other", "same"]
    >>> model = MLPClassifier((4,), "tanh", solver="lbfgs", random_state=1).fit(X, y)
    >>> model.predict(X)
    array(['same', 'other', 'other', 'same'], dtype='<U5')
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **MultiLayerPerceptron._parameter_constraints,
        **ClassifierNetwork._parameter_constraints,
    }

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: Any = "adam",
        alpha: float = 0.0001,
        dropout: float = 0.0,
        class_weight: Any = None,
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
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.dropout = dropout
        self.class_weight = class_weight
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

    @property
    def out_activation_(self) -> str:
        """What makes probabilities of the last layer's sums."""
        return "logistic" if self.n_outputs_ == 1 or self._several_labels_ else "softmax"
