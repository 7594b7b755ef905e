"""What a page trains: data, network, loss, optimizer and rules, as the page and its URL say it."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

#: Limits that a page is told, and that no message may exceed.
MOST_LAYERS, MOST_UNITS = 8, 32
MOST_POINTS, MOST_COLUMNS, MOST_CLASSES = 10_000, 32, 10

LARGEST, LONGEST_NAME = 1e6, 60

Finite = Annotated[float, Meta(ge=-LARGEST, le=LARGEST)]
Positive = Annotated[float, Meta(ge=0, le=LARGEST)]
Share = Annotated[float, Meta(ge=0, le=0.95)]
Name = Annotated[str, Meta(max_length=LONGEST_NAME)]
Seed = Annotated[int, Meta(ge=0, le=2**31 - 1)]

Column = Annotated[int, Meta(ge=0, lt=MOST_COLUMNS)]

Problem = Literal["classification", "regression"]
DataName = Literal[
    "circle", "xor", "gauss", "spiral", "three-spiral", "gates", "batman",
    "reg-plane", "reg-gauss", "own",
]  # fmt: skip
Activation = Literal[
    "linear", "relu", "leaky_relu", "elu", "gelu", "silu", "sigmoid", "softplus", "softsign", "tanh"
]


class Frozen(Struct, frozen=True, forbid_unknown_fields=True):
    """Values that never change, without others than those named."""


class Own(Frozen, frozen=True):
    """Points of the user's own.

    Parameters
    ----------
    columns : list of str
        Names of the features.
    X : list of list of float
        A row for each point.
    y : list of float or of str
        Amounts, or classes.
    shown : (int, int)
        The two columns of the picture.
    laid : bool
        Whether each column is laid within the picture, whatever its units; False for points that
        were drawn there.
    """

    columns: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=MOST_COLUMNS)]
    X: Annotated[tuple[tuple[Finite, ...], ...], Meta(max_length=MOST_POINTS)]
    y: Annotated[tuple[Finite | Name, ...], Meta(max_length=MOST_POINTS)]
    shown: tuple[Column, Column] = (0, 1)
    laid: bool = True


class DataConfig(Frozen, frozen=True):
    """The points: which, how many, how noisy, and which share of them is learned from."""

    name: DataName = "circle"
    n: Annotated[int, Meta(ge=10, le=MOST_POINTS)] = 500
    noise: Annotated[float, Meta(ge=0, le=50)] = 0
    share: Annotated[int, Meta(ge=10, le=90)] = 50
    seed: Seed = 0
    own: Own | None = None


class Layer(Frozen, frozen=True):
    """A hidden layer."""

    units: Annotated[int, Meta(ge=1, le=MOST_UNITS)] = 4
    activation: Activation = "tanh"
    dropout: Share = 0


Layers = Annotated[tuple[Layer, ...], Meta(max_length=MOST_LAYERS)]
Features = Annotated[
    tuple[Name, ...],
    Meta(min_length=1, max_length=MOST_COLUMNS + 5),
]


class OptimizerConfig(Frozen, frozen=True):
    """The rule of a step. What a rule has no use for is left alone."""

    name: Literal[
        "sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam", "adamw"
    ] = "sgd"
    momentum: Share = 0.9
    rho: Annotated[float, Meta(ge=0, lt=1)] = 0.9
    beta_1: Annotated[float, Meta(ge=0, lt=1)] = 0.9
    beta_2: Annotated[float, Meta(ge=0, lt=1)] = 0.999
    weight_decay: Positive = 0.01


class ScheduleConfig(Frozen, frozen=True):
    """How the learning rate changes with the epochs."""

    name: Literal["constant", "step", "exponential", "inverse", "cosine", "warm-up"] = "constant"
    epochs: Annotated[float, Meta(ge=1e-3, le=1e6)] = 100
    factor: Annotated[float, Meta(ge=1e-6, le=1)] = 0.5


class Penalty(Frozen, frozen=True):
    """What large weights cost."""

    name: Literal["none", "L1", "L2"] = "none"
    rate: Positive = 0


class Stop(Frozen, frozen=True):
    """When training pauses by itself: by epochs, by the test loss, by epochs without a better."""

    epochs: Annotated[int, Meta(ge=1, le=2**53)] | None = None
    loss: Positive | None = None
    patience: Annotated[int, Meta(ge=1, le=2**53)] | None = None


class Config(Frozen, frozen=True):
    """All that decides what happens, but for edits of single weights."""

    problem: Problem = "classification"
    data: DataConfig = DataConfig()
    features: Features = ("x1", "x2")
    layers: Layers = (Layer(4), Layer(2))
    loss: Literal["squared", "cross-entropy"] = "squared"
    init: Literal["playground", "xavier", "he", "zeros"] = "playground"
    optimizer: OptimizerConfig = OptimizerConfig()
    learning_rate: Annotated[float, Meta(gt=0, le=1000)] = 0.03
    schedule: ScheduleConfig = ScheduleConfig()
    penalty: Penalty = Penalty()
    batch_size: Annotated[int, Meta(ge=1, le=MOST_POINTS)] = 10
    seed: Seed = 0
    stop: Stop = Stop()


class Variant(Frozen, frozen=True):
    """A second run: what is different of it; data, first weights and order are the same."""

    label: Name
    learning_rate: Annotated[float, Meta(gt=0, le=1000)] | None = None
    optimizer: OptimizerConfig | None = None
    penalty: Penalty | None = None
    batch_size: Annotated[int, Meta(ge=1, le=MOST_POINTS)] | None = None
    layers: Layers | None = None
    loss: Literal["squared", "cross-entropy"] | None = None
    init: Literal["playground", "xavier", "he", "zeros"] | None = None
    schedule: ScheduleConfig | None = None
    activation: Activation | None = None
    features: Features | None = None
