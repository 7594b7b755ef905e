"""Layers of neurons, from a few numbers."""

from __future__ import annotations

import copy
import inspect
import os
from itertools import pairwise
from numbers import Integral, Real
from pathlib import Path
from typing import Any, ClassVar

from sklearn.utils._param_validation import Interval

from baremath import nn, optim
from baremath.estimator import Floats
from baremath.neural_network._network import Network, learns_in_batches, one_of
from baremath.nn import Module
from baremath.optim import Optimizer

RATES = {"constant", "invscaling", "adaptive"}
BENT_AT_ZERO = ("relu", "leaky_relu", "prelu", "elu", "gelu", "silu")  # half of a signal is lost


class MultiLayerPerceptron(Network):
    """Layers of neurons, each a weighted sum of all numbers of the layer before, bent."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Network._parameter_constraints,
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [one_of(nn.ACTIVATIONS), Module],
        "solver": [one_of(["lbfgs", *optim.OPTIMIZERS]), Optimizer],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "learning_rate": [one_of(RATES), callable],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "momentum": [Interval(Real, 0, 1, closed="left")],
        "nesterovs_momentum": ["boolean"],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
    }

    @property
    def coefs_(self) -> list[Floats]:
        """The weights of each layer, of shape (n_in, n_out)."""
        return [layer.weight.detach().numpy().T for layer in self._layers()]

    @property
    def intercepts_(self) -> list[Floats]:
        """The biases of each layer, of shape (n_out,)."""
        return [layer.bias.detach().numpy() for layer in self._layers()]

    def export_c(
        self, path: str | os.PathLike[str], *, n_rows: int = 1, name: str = ""
    ) -> tuple[Path, Path]:
        """Write the fitted network as machine code that a C program can be linked with.

        The C function takes features as `predict` does, in float64, and does all the rest: the
        weights, and the scale of the targets, are in it. A classifier's writes what `predict_proba`
        returns, the probabilities in the order of `classes_`; a regressor's what `predict` returns.
        The header says so, with shapes, classes, and the names of the columns if they have any.

        Parameters
        ----------
        path : str or path
            Where to write: ``PATH.o``, the object file, and ``PATH.h``, the C header.
        n_rows : int, default=1
            How many rows each call predicts.
        name : str, optional
            What the function is called in C; the last part of the path by default.

        Returns
        -------
        object_file, header : Path

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            If the name can't be one in C, `n_rows` is no whole number of at least 1, or so many
            rows need more scratch memory than fits the stack.
        OSError
            If a file can't be written.

        See Also
        --------
        baremath.compiler.export : What the code is made for, and what it needs.

        Examples
        --------
        >>> import tempfile
        >>> from baremath.neural_network import MLPRegressor
        >>> X, y = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [1.0, 2.0, 3.0]
        >>> model = MLPRegressor(hidden_layer_sizes=(4,), solver="lbfgs").fit(X, y)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _, header = model.export_c(f"{folder}/price")
        ...     print(next(line for line in header.read_text().splitlines() if "void" in line))
        void price(const double *x, double *out_y);

        In C, ``double x[2] = {1, 0}, y[1]; price(x, y);``, built by ``cc main.c price.o``.
        """
        from baremath.neural_network._export import export_network

        return export_network(self, path, n_rows, name)

    def _layers(self) -> list[Any]:
        return [part for part in self.module_.children().values() if isinstance(part, nn.Linear)]

    def _sizes(self) -> list[int]:
        sizes = self.hidden_layer_sizes
        listed = [sizes] if isinstance(sizes, Integral) else list(sizes)
        if any(not isinstance(size, Integral) or size < 1 for size in listed):
            raise ValueError(
                f"hidden_layer_sizes={sizes!r} must hold whole numbers of at least 1: how many "
                "neurons each hidden layer has."
            )
        return [int(size) for size in listed]

    def _make_module(self, n_features: int) -> Module:
        sizes = [n_features, *self._sizes(), self._n_scores()]
        halves = isinstance(self.activation, str) and self.activation in BENT_AT_ZERO
        drawn = "he_uniform" if halves else "xavier_uniform"
        layers: list[Module] = []
        for n_in, n_out in pairwise(sizes[:-1]):
            layers.append(nn.Linear(n_in, n_out, weight_init=drawn))
            layers.append(self._make_activation())
            if self.dropout:
                layers.append(nn.Dropout(self.dropout))
        layers.append(nn.Linear(sizes[-2], sizes[-1], weight_init="xavier_uniform"))
        self.n_layers_, self.n_outputs_ = len(sizes), sizes[-1]
        return nn.Sequential(layers)

    def _make_activation(self) -> Module:
        if isinstance(self.activation, str):
            return nn.ACTIVATIONS[self.activation]()
        activation: Module = copy.deepcopy(self.activation)
        return activation

    def _make_optimizer(self) -> Optimizer:
        if isinstance(self.solver, Optimizer):
            return copy.deepcopy(self.solver)
        kind = optim.OPTIMIZERS[self.solver]
        if self.solver == "sgd" and self.momentum:
            kind = optim.Nesterov if self.nesterovs_momentum else optim.Momentum
        own = {name: getattr(self, name, None) for name in inspect.signature(kind).parameters}
        own |= {"learning_rate": self.learning_rate_init}
        return kind(**{name: value for name, value in own.items() if value is not None})

    def _make_schedule(self, n_rows: int) -> Any:
        if callable(self.learning_rate):
            return self.learning_rate
        if self.learning_rate == "invscaling":
            return lambda epochs: (1 + int(epochs) * n_rows) ** -self.power_t
        return None

    def _make_penalty(self, weight: float) -> Any:
        return nn.L2Penalty(self.alpha / weight) if self.alpha else None

    def _adapts(self) -> bool:
        return isinstance(self.learning_rate, str) and self.learning_rate == "adaptive"

    def _validate_params(self) -> None:
        super()._validate_params()
        sizes = self._sizes()
        if self.warm_start and hasattr(self, "module_"):
            learned = [len(biases) for biases in self.intercepts_[:-1]]
            if learned != sizes:
                raise ValueError(
                    f"hidden_layer_sizes={self.hidden_layer_sizes!r}, but warm_start=True goes on "
                    f"with hidden layers of {learned}; leave them, or fit a new estimator."
                )
        if self.dropout and not learns_in_batches(self):
            raise ValueError(
                f"dropout={self.dropout} changes the loss at every step, and solver='lbfgs' "
                "compares losses; use dropout=0 or another solver."
            )
