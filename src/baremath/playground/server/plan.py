"""A plan: everything that one configuration means, and what it does to a progress."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.autodiff import Tensor, no_grad
from baremath.playground.server import network
from baremath.playground.server.config import Config
from baremath.playground.server.frames import picture
from baremath.playground.server.measured import Measured, measured
from baremath.playground.server.points import Floats, Points
from baremath.training.compiled.native import Native
from baremath.training.data import Data
from baremath.training.divergence import DivergenceError, Guard
from baremath.training.eager import Setting, one_step
from baremath.training.progress import Progress
from baremath.training.step import TrainingStep

#: Seconds of a portion of steps; how many are in the first; how much faster than the one before it
#: the next may be taken to be.
_PORTION, _FIRST, _GROWTH = 0.005, 16, 4

#: Seconds for finding a learning rate that would not have diverged.
_EXPLAINING = 0.1


class DivergedError(ArithmeticError):
    """Training diverged.

    Parameters
    ----------
    cause : DivergenceError
        Where, and what would help.
    back : Progress or None
        Before the last step whose loss was finite; None if there was none.
    """

    def __init__(self, cause: DivergenceError, back: Progress | None) -> None:
        super().__init__(str(cause))
        self.cause, self.back = cause, back


class Plan:
    """What a configuration trains, and how.

    Progress is given and returned, never kept: a plan can go on from any moment.

    Parameters
    ----------
    config : Config
    points : Points
        The points of ``config.data``.
    held : ndarray of bool, optional
        Which parameters stay as they are.
    like : Plan, optional
        Another, whose tables this one shares where they would be the same.
    """

    def __init__(
        self,
        config: Config,
        points: Points,
        held: NDArray[np.bool_] | None = None,
        like: Plan | None = None,
    ) -> None:
        self.config, self.points = config, points
        self.inputs = config.features
        self.module = network.module_of(config, points)
        self._first = np.concatenate(
            [p.data.ravel() for p in self.module.parameters()], dtype=np.float32
        )
        self.architecture = network.Architecture(
            config.features, config.layers, network.n_outputs(points)
        )
        self.shape = self.architecture.shape
        self.held = held if held is not None and held.any() else None
        self.optimizer = network.optimizer_of(
            config.optimizer, config.learning_rate, held=self.held is not None
        )
        self._schedule = network.schedule_of(config)
        self.step = TrainingStep(
            self.module,
            network.loss_of(config, points),
            self.optimizer,
            network.penalty_of(config),
        )
        shared = like if like is not None and like._reads == self._reads else None
        self.train: Data
        self.test: Data
        self.train, self.test = (shared.train, shared.test) if shared else self._tables()
        self._grids: dict[int, Floats] = shared._grids if shared else {}
        self.batch_size = min(config.batch_size, len(self.train))
        self._native = Native()
        self._guard: tuple[Guard, Progress] | None = None  # of the steps that led to a progress
        self._speed = 0.0  # steps a second

    @property
    def _reads(self) -> tuple[Any, ...]:
        """What its tables depend on."""
        return self.points, self.inputs, self.config.problem, self.config.loss

    def is_drawn_like(self, other: Plan) -> bool:
        """Whether its points and inputs are those of another plan."""
        return self.points is other.points and self.inputs == other.inputs

    def _tables(self) -> tuple[Data, Data]:
        """Return the rows that are learned from, and the others."""
        X = network.features_of(self.inputs, self.points.X)
        y, train = network.targets_of(self.config, self.points), self.points.train
        return (
            Data(X[train], y[train], dtype=np.float32),
            Data(X[~train], y[~train], dtype=np.float32),
        )

    @property
    def table_bytes(self) -> int:
        """How many bytes its tables take, about."""
        arrays = (self.points.X, self.train.X, self.test.X, *self._grids.values())
        return sum(array.nbytes for array in arrays)

    # Where it begins

    @property
    def n_weights(self) -> int:
        """How many weights and biases there are."""
        return int(self.step.weights.parameters.size)

    def first(self) -> Progress:
        """Return the progress before the first step: the weights that the seed gives."""
        return self.begun(self._first.copy())

    def begun(self, params: NDArray[np.float32], steps: int = 0) -> Progress:
        """Return a progress with these weights, after so many steps.

        Raises
        ------
        ValueError
            If they are not the network's, or not finite.
        """
        if params.shape != (self.n_weights,) or not np.isfinite(params).all():
            raise ValueError(
                f"weights: {self.n_weights} finite numbers are needed, {params.size} were given."
            )
        of_an_epoch = math.ceil(len(self.train) / self.batch_size)
        epochs, within = divmod(steps, of_an_epoch)
        return Progress(
            params,
            self._state(params),
            steps,
            epochs,
            len(self.train),
            within * self.batch_size,
        )

    def _state(self, params: NDArray[np.float32]) -> dict[str, Any]:
        """Return the state before the first step."""
        state = self.step.init(params, np.empty(0, np.float32))
        if self.held is not None:
            state["optimizer"]["held"] = self.held.astype(np.float32)
        return state

    def taken_over(self, old: Plan, now: Progress) -> Progress:
        """Return another plan's progress under this one: units that stay keep what they learned."""

        def moved(values: NDArray[Any], fresh: NDArray[Any]) -> NDArray[Any]:
            return network.transplanted(values, old.architecture, fresh, self.architecture)

        start = self.first()
        params = moved(now.params, start.params)
        memory = start.state["optimizer"]
        if self.config.optimizer.name == old.config.optimizer.name:
            before = now.state["optimizer"]
            memory |= {
                name: moved(before[name], fresh) if np.ndim(fresh) else before[name]
                for name, fresh in memory.items()
                if name in before and name != "held"
            }
        now = now._replace(params=params, state={**start.state, "optimizer": memory})
        return now if now.n_rows == len(self.train) else now.with_rows(len(self.train))

    # Training

    def learning_rate(self, now: Progress) -> float:
        """Return the learning rate of the next step."""
        return float(self._hyper(now)["optimizer.learning_rate"])

    def _hyper(self, now: Progress) -> dict[str, float]:
        values = self.step.hyper()
        if self._schedule is not None:
            values["optimizer.learning_rate"] *= self._schedule(
                now.epochs + now.row / (now.n_rows or 1)
            )
        return values

    @cached_property
    def setting(self) -> Setting:
        """What steps are taken with."""
        return Setting(
            self.step,
            self.train,
            self.batch_size,
            self.config.seed,
            True,
            self._hyper,
            self._schedule is not None,
            False,
        )

    def steps_left(self, now: Progress) -> int:
        """Return how many steps are left of the epoch; of the next at the end of one."""
        return self.setting.steps_left(now._replace(row=0) if now.row == now.n_rows else now)

    def taken(self, now: Progress, n_steps: int) -> Progress:
        """Take exactly so many steps by machine code.

        Raises
        ------
        DivergedError
            If a loss, or a weight, is not finite.
        """
        end = now.steps + n_steps
        guard = self._guard[0] if self._guard and self._guard[1] is now else Guard(now)
        with np.errstate(all="ignore"):
            while now.steps < end:
                found = self._native.take(self.setting, now, end - now.steps)
                loss = float(found.losses[-1])
                guard.note(now, found.losses if math.isfinite(loss) else found.losses[:-1])
                now = found.progress
                if not math.isfinite(loss):
                    raise self._diverged(guard, now, loss)
        if not np.isfinite(now.params).all():
            raise self._diverged(guard, now, None)
        self._guard = (guard, now)
        return now

    @property
    def steps_of_a_portion(self) -> int:
        """How many steps take a few milliseconds, as far as is known."""
        return max(1, int(self._speed * _PORTION)) if self._speed else _FIRST

    def portion(self, now: Progress, n_steps: int) -> Progress:
        """Take so many steps, or fewer if they would take long; see `taken`."""
        n_steps = min(n_steps, self.steps_of_a_portion)
        began = time.perf_counter()
        after = self.taken(now, n_steps)
        speed = n_steps / max(time.perf_counter() - began, 1e-9)
        self._speed = min(speed, _GROWTH * self._speed) if self._speed else speed
        return after

    def _diverged(self, guard: Guard, now: Progress, loss: float | None) -> DivergedError:
        def replay(place: tuple[Progress, int]) -> Progress:
            progress, n_steps = place
            end = progress.steps + n_steps
            while progress.steps < end:
                progress = self._native.take(self.setting, progress, end - progress.steps).progress
            return progress

        until = time.perf_counter() + _EXPLAINING

        def take(progress: Progress, slower: float) -> tuple[Progress, float]:
            if slower < 1 and time.perf_counter() > until:
                return progress, math.inf
            return one_step(self.setting, progress, slower)

        with self._training():
            error, before = guard.explain(take, replay, now, self.config.learning_rate, loss)
        return DivergedError(error, before)

    def one_row_taken(self, now: Progress) -> Progress:
        """Take a step by the next row alone."""
        with self._training():
            after, loss = one_step(self.setting._replace(batch_size=1), now)
        return self._finite(after, loss)

    def learned(self, now: Progress, sample: int) -> Progress:
        """Take a step by one point alone, from the train or the test part, and without dropout."""
        data = self.of_point(sample)
        with self.step.weights.mode(training=False), np.errstate(all="ignore"):
            after, loss = one_step(
                self.setting._replace(data=data, batch_size=None), now._replace(n_rows=1, row=0)
            )
        self._finite(after, loss)
        return now._replace(params=after.params, state=after.state, steps=now.steps + 1)

    def _finite(self, after: Progress, loss: float) -> Progress:
        if not (math.isfinite(loss) and np.isfinite(after.params).all()):
            raise ValueError(f"this step would leave weights that aren't finite: loss {loss}.")
        return after

    def of_point(self, sample: int) -> Data:
        """Return one point as the table of a batch.

        Raises
        ------
        ValueError
            If there is no such point.
        """
        if not 0 <= sample < len(self.points.X):
            raise ValueError(f"there is no point {sample}; there are {len(self.points.X)}.")
        X = network.features_of(self.inputs, self.points.X[sample : sample + 1])
        y = network.targets_of(self.config, self.points)[sample : sample + 1]
        return Data(X, y, dtype=np.float32)

    @contextmanager
    def _training(self) -> Iterator[None]:
        with self.step.weights.mode(training=True), np.errstate(all="ignore"):
            yield

    # Looking

    def outputs(self, now: Progress, X: Floats) -> list[Floats]:
        """Return what each layer gives for some rows, in eval mode; the last as it is shown."""
        self.step.weights.write(now.params, now.state["buffers"])
        found, x = [], Tensor(X)
        with self.step.weights.mode(training=False), no_grad(), np.errstate(all="ignore"):
            for k, layer in enumerate(self.module):
                x = layer(x)
                if k + 1 in self._ends:
                    found.append(x.data)
        found[-1] = network.shown(self.config, self.points, found[-1])
        return found

    @cached_property
    def _ends(self) -> set[int]:
        """After how many modules a layer of the network ends."""
        from baremath import nn

        places = [k for k, layer in enumerate(self.module) if isinstance(layer, nn.Linear)]
        return {*places[1:], len(self.module)}

    def layer_of(self, place: int) -> int:
        """Return the layer of the network that one of its modules belongs to."""
        return sum(end <= place for end in self._ends)

    def measured(self, now: Progress) -> Measured:
        """Measure the network, without penalty and dropout."""
        train, test = self._losses(now, self.train), self._losses(now, self.test)
        return measured(self.points, train, test)

    def _losses(self, now: Progress, data: Data) -> tuple[float, Floats]:
        """Return the mean loss, and the outputs as they are shown."""
        self.step.weights.write(now.params, now.state["buffers"])
        with self.step.weights.mode(training=False), no_grad(), np.errstate(all="ignore"):
            output = self.module(Tensor(data.X))
            loss = self.step.loss(output, Tensor(data.y)).item()
        return float(loss), network.shown(self.config, self.points, output.data)

    def pictures(
        self, now: Progress, side: int, *, units: bool, focus: tuple[int, int] | None
    ) -> dict[str, NDArray[Any]]:
        """Draw what the outputs, and perhaps the hidden units, give over the square.

        Parameters
        ----------
        now : Progress
        side : int
            Of the outputs' pictures, in cells.
        units : bool
            Whether to draw the hidden units too, each a third as wide.
        focus : (int, int) or None
            A layer and a unit to draw in full.
        """
        found = self.outputs(now, self._grid(side))
        probabilities = self.points.n_classes > 2
        low = 0.0 if probabilities else -1.0
        drawn = {"output": _squares(picture(found[-1], low), side)}
        if units and len(found) > 1:
            hidden = np.concatenate([_squares(picture(one), side) for one in found[:-1]])
            drawn["units"] = hidden[:, 1::3, 1::3]
        if focus is not None and focus[0] < len(found) and focus[1] < found[focus[0]].shape[1]:
            last = focus[0] == len(found) - 1
            column = found[focus[0]][:, focus[1] : focus[1] + 1]
            drawn["focus"] = _squares(picture(column, low if last else -1.0), side)[0]
        return drawn

    def _grid(self, side: int) -> Floats:
        if side not in self._grids:
            table = network.grid(side, self.points.X.shape[1], self.points.shown)
            self._grids[side] = network.features_of(self.inputs, table)
        return self._grids[side]

    def features(self, side: int) -> NDArray[np.uint8]:
        """Draw the network's inputs over the square, each from -1 to 1 times its largest value."""
        values = self._grid(side)
        largest = np.abs(values).max(axis=0)
        return _squares(picture(values / np.where(largest > 0, largest, 1)), side)


def _squares(columns: NDArray[Any], side: int) -> NDArray[Any]:
    return np.ascontiguousarray(columns.T).reshape(-1, side, side)
