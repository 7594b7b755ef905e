"""The same networks, trained by PyTorch and JAX as their documentation writes it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from benchmarks.measure import seconds

if TYPE_CHECKING:
    from benchmarks.training_networks import Network, Weights


class Side(NamedTuple):
    """A network that learns: take some steps, read the weights, and how it was set up."""

    run: Callable[[int], object]
    weights: Callable[[], Weights]
    set_up: str = ""


def at_its_best(makes: Sequence[Callable[[], Side]], steps: int) -> Callable[[], Side]:
    """Return the quickest way to set a side up: how many threads serve it best, and the like."""

    def cost(make: Callable[[], Side]) -> float:
        side = make()
        side.run(steps)
        return min(seconds(partial(side.run, steps)) for _ in range(3))

    return min(makes, key=cost)


# PyTorch


def pytorch_eager(network: Network) -> Callable[[], Side]:
    """Return what trains by PyTorch, operation by operation."""
    updates = (False,) if network.optimizer == "sgd" else (False, True)
    ways = [partial(_pytorch, network, n, fused) for n in (1, 2) for fused in updates]
    return at_its_best(ways, network.steps)


def pytorch_compiled(network: Network) -> Callable[[], Side]:
    """Return what trains by PyTorch with the whole step in `torch.compile`."""
    ways = [partial(_pytorch, network, n, False, compiled=True) for n in (1, 2)]
    return at_its_best(ways, network.steps)


def _pytorch(network: Network, threads: int, fused: bool, compiled: bool = False) -> Side:
    import torch

    torch.manual_seed(0)
    torch.set_num_threads(threads)  # compiling writes it into the code
    module = _pytorch_module(network)
    optimizer: torch.optim.Optimizer
    if network.optimizer == "sgd":
        optimizer = torch.optim.SGD(module.parameters(), lr=network.rate)
    else:
        optimizer = torch.optim.Adam(module.parameters(), lr=network.rate, fused=fused)
    loss_of = {
        "mse": torch.nn.MSELoss,
        "cross-entropy": torch.nn.CrossEntropyLoss,
        "logistic": torch.nn.BCEWithLogitsLoss,
    }[network.loss]()
    all_X, all_y = map(torch.from_numpy, network.rows())
    orders = network.orders()

    def step(X: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = loss_of(module(X), y)
        loss.backward()
        optimizer.step()
        return loss

    if compiled:
        warnings.filterwarnings("ignore", "dynamo_pgo force disabled")
        torch.compiler.reset()
        torch.compiler.config.force_disable_caches = True  # its compile time is shown too
        step = torch.compile(step)

    def run(n_steps: int) -> None:
        torch.set_num_threads(threads)
        for _ in range(n_steps // network.steps_per_epoch):
            if network.batch is None:
                step(all_X, all_y)
                continue
            order: Any = torch.from_numpy(next(orders))
            for rows in order.split(network.batch):
                step(all_X[rows], all_y[rows])

    def weights() -> Weights:
        arrays = [p.detach().numpy() for p in module.parameters()]
        return list(zip(arrays[::2], arrays[1::2], strict=True))

    set_up = "1 thread" if threads == 1 else f"{threads} threads"
    return Side(run, weights, set_up + ", fused Adam" * fused)


def _pytorch_module(network: Network) -> Any:
    import torch

    layers: list[torch.nn.Module] = []
    for i, (w, b) in enumerate(network.first_weights()):
        layer = torch.nn.Linear(w.shape[1], w.shape[0])
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(w))
            layer.bias.copy_(torch.from_numpy(b))
        layers.append(layer)
        if network.is_activated(i):
            layers.append(torch.nn.Tanh() if network.activation == "tanh" else torch.nn.ReLU())
            layers += [torch.nn.Dropout(network.dropout)] if network.dropout else []
    return torch.nn.Sequential(*layers)


# JAX


def jax_scan(network: Network) -> Callable[[], Side]:
    """Return what trains by JAX: all steps of a run in one compiled `lax.scan`."""
    return partial(_jax, network)


def _jax(network: Network) -> Side:
    import jax
    from jax import lax
    from jax import numpy as jnp

    all_X, all_y = map(jnp.asarray, network.rows())
    objective = _jax_objective(network)

    def step(state: Any, rows: Any, X: Any, y: Any) -> Any:
        params, memory, key = state
        key, own = jax.random.split(key) if network.dropout else (key, key)
        batch = (X, y) if network.batch is None else (X[rows], y[rows])
        loss, gradients = jax.value_and_grad(objective)(params, *batch, own)
        params, memory = _jax_update(network, params, memory, gradients)
        return (params, memory, key), loss

    @partial(jax.jit, donate_argnums=0)
    def many(state: Any, batches: Any, X: Any, y: Any) -> Any:
        # Two steps an iteration is what serves it best here
        return lax.scan(partial(step, X=X, y=y), state, batches, unroll=2)

    params = [(jnp.array(w.T), jnp.array(b)) for w, b in network.first_weights()]
    zeros = partial(jax.tree.map, jnp.zeros_like, params)
    memory = None if network.optimizer == "sgd" else (zeros(), zeros(), jnp.float32(0))
    now = [(params, memory, jax.random.key(0))]
    orders = network.orders()

    def run(n_steps: int) -> None:
        now[0], losses = many(now[0], _batches(network, orders, n_steps), all_X, all_y)
        losses.block_until_ready()

    def weights() -> Weights:
        return [(np.asarray(w).T, np.asarray(b)) for w, b in now[0][0]]

    return Side(run, weights)


def _batches(network: Network, orders: Iterator[np.ndarray], n_steps: int) -> np.ndarray:
    """Return the rows of each of the next steps; only their number counts where all are taken."""
    if network.batch is None:
        return np.arange(n_steps)
    epochs = [next(orders) for _ in range(n_steps // network.steps_per_epoch)]
    return np.concatenate(epochs).astype(np.int32).reshape(n_steps, network.batch)


def _jax_objective(network: Network) -> Callable[..., Any]:
    """Return the loss of a batch, as a function of parameters, rows and a key of random numbers."""
    import jax
    from jax import numpy as jnp

    activation = jnp.tanh if network.activation == "tanh" else jax.nn.relu

    def objective(params: Any, h: Any, y: Any, key: Any) -> Any:
        for i, (w, b) in enumerate(params):
            h = h @ w + b
            if not network.is_activated(i):
                continue
            h = activation(h)
            if network.dropout:
                key, own = jax.random.split(key)
                kept = jax.random.bernoulli(own, 1 - network.dropout, h.shape)
                h = jnp.where(kept, h / (1 - network.dropout), 0)
        if network.loss == "mse":
            return jnp.mean((h - y) ** 2)
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(h), y[:, None], axis=1))

    return objective


def _jax_update(network: Network, params: Any, memory: Any, gradients: Any) -> tuple[Any, Any]:
    """Return parameters and memory after a step of gradient descent or Adam."""
    import jax
    from jax import numpy as jnp

    each = jax.tree.map
    if memory is None:
        return each(lambda p, g: p - network.rate * g, params, gradients), None
    m, v, t = memory
    t = t + 1
    m = each(lambda m, g: 0.9 * m + 0.1 * g, m, gradients)
    v = each(lambda v, g: 0.999 * v + 0.001 * g * g, v, gradients)
    m_weight, v_weight = 1 - 0.9**t, 1 - 0.999**t

    def moved(p: Any, m: Any, v: Any) -> Any:
        return p - network.rate * (m / m_weight) / (jnp.sqrt(v / v_weight) + 1e-8)

    return each(moved, params, m, v), (m, v, t)
