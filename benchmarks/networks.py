"""What networks reach: scores on data they haven't seen, and how long they learn for them."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from baremath import nn, optim
from baremath.datasets import fetch_housing, make_batman, make_logic, make_spirals
from baremath.linear_model import LinearRegression
from baremath.neural_network import MLPClassifier, NeuralNetRegressor
from baremath.training import Trainer

SPLITS = 5


class Reached(NamedTuple):
    """One line of the table; the seconds are those of one fit."""

    network: str
    data: str
    score: float
    what: str
    mark: float
    seconds: float


def spirals() -> Reached:
    """Tell three spirals apart."""
    X, y = make_spirals(random_state=0)
    network = nn.Sequential(nn.Linear(2, 100), nn.ReLU(), nn.Linear(100, 3))
    network.initialise(seed=0)
    trainer = Trainer(network, nn.CrossEntropyLoss(), optim.Adam(0.01), batch_size=256)
    start = time.perf_counter()
    trainer.fit(X, y, epochs=60)
    took = time.perf_counter() - start
    accuracy = float(np.mean(trainer.predict(X).argmax(axis=1) == y))
    return Reached("2-100-3, ReLU", "spirals, 3 × 1,000", accuracy, "training accuracy", 0.99, took)


def batman() -> Reached:
    """Learn the logo."""
    X, y = make_batman(20_000, random_state=0)
    scale, epochs = X.std(axis=0), 80
    network = nn.Sequential(
        nn.Linear(2, 64), nn.ReLU(),
        nn.Linear(64, 64), nn.ReLU(),
        nn.Linear(64, 64), nn.ReLU(),
        nn.Linear(64, 1),
    )  # fmt: skip
    network.initialise(seed=0)
    trainer = Trainer(
        network,
        nn.BCEWithLogitsLoss(),
        optim.Adam(0.005),
        batch_size=256,
        schedule=optim.CosineDecay(epochs),
    )
    start = time.perf_counter()
    trainer.fit(X / scale, y[:, np.newaxis], epochs)
    took = time.perf_counter() - start
    fresh, inside = make_batman(20_000, random_state=1)
    learned = trainer.predict(fresh / scale)[:, 0] > 0
    overlap = np.sum(learned & (inside == 1)) / np.sum(learned | (inside == 1))
    name = "2-64-64-64-1, ReLU"
    what = "intersection over union, 20,000 fresh points"
    return Reached(name, "Batman, 20,000", float(overlap), what, 0.95, took)


def xor() -> Reached:
    """Find two hidden neurons that compute XOR."""
    X, y = make_logic("XOR")
    start = time.perf_counter()
    network = MLPClassifier(
        hidden_layer_sizes=(2,),
        activation="tanh",
        learning_rate_init=0.1,
        alpha=0.0,
        max_iter=500,
        n_iter_no_change=500,
        random_state=0,
    )
    score = float(network.fit(X, y).score(X, y))
    took = time.perf_counter() - start
    return Reached("2-2-1, tanh", "XOR, 4 rows", score, "accuracy", 1.0, took)


def digits() -> Reached:
    """Read handwritten digits."""
    X, y = load_digits(return_X_y=True)
    scores, times = [], []
    for split in range(SPLITS):
        X_train, X_test, y_train, y_test = train_test_split(
            X / 16, y, stratify=y, random_state=split
        )
        network = MLPClassifier(
            hidden_layer_sizes=(256, 128), dropout=0.2, max_iter=100, random_state=0
        )
        start = time.perf_counter()
        network.fit(X_train, y_train)
        times.append(time.perf_counter() - start)
        scores.append(network.score(X_test, y_test))
    what = f"test accuracy, mean of {SPLITS} splits ({min(scores):.3f} … {max(scores):.3f})"
    name = "64-256-128-10, ReLU, dropout 0.2"
    return Reached(name, "digits", float(np.mean(scores)), what, 0.975, float(np.median(times)))


def housing() -> Reached:
    """Estimate house values, and compare with a regression of the same columns."""
    table = fetch_housing()
    table = table.with_columns(pl.col("total_bedrooms").fill_null(pl.median("total_bedrooms")))
    y = table["median_house_value"].to_numpy() / 1e5
    X = table.drop("median_house_value").to_dummies("ocean_proximity").to_numpy().astype(float)
    shares, times, epochs = [], [], 60
    for split in range(SPLITS):
        X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=split)
        line = make_pipeline(StandardScaler(), LinearRegression()).fit(X_train, y_train)
        layers = nn.Sequential(
            nn.Linear(X.shape[1], 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 1)
        )
        network = make_pipeline(
            StandardScaler(),
            NeuralNetRegressor(
                layers,
                optimizer=optim.Adam(0.005),
                schedule=optim.CosineDecay(epochs),
                batch_size=128,
                max_iter=epochs,
                n_iter_no_change=epochs,
                random_state=0,
            ),
        )
        start = time.perf_counter()
        network.fit(X_train, y_train)
        times.append(time.perf_counter() - start)
        errors = [
            root_mean_squared_error(y_test, model.predict(X_test)) for model in (network, line)
        ]
        shares.append(1 - errors[0] / errors[1])
    what = (
        f"test RMSE below linear regression's, mean of {SPLITS} splits "
        f"({min(shares):.3f} … {max(shares):.3f})"
    )
    name = "14-256-128-1, ReLU, cosine schedule"
    return Reached(
        name, "California housing", float(np.mean(shares)), what, 0.25, float(np.median(times))
    )


def lines() -> Iterator[str]:
    """Measure, and yield the table line by line."""
    yield "| network | data | reached | what | mark | met | seconds of one fit |"
    yield "|---|---|---|---|---|---|---|"
    for measure in (spirals, batman, xor, digits, housing):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # a fixed number of epochs
            row = measure()
        yield (
            f"| {row.network} | {row.data} | {row.score:.3f} | {row.what} | {row.mark:g} "
            f"| {'yes' if row.score >= row.mark else '**no**'} | {row.seconds:.1f} |"
        )
