import numpy as np
import pytest


@pytest.fixture(scope="session")
def moons():
    """Two classes that no line tells apart, in columns of mean 0 and standard deviation 1."""
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, np.pi, 300)
    y = np.arange(300) % 2
    X = np.column_stack([np.cos(angle) + y, np.where(y, 0.5 - np.sin(angle), np.sin(angle))])
    X += 0.1 * rng.normal(size=X.shape)
    return (X - X.mean(axis=0)) / X.std(axis=0), y


@pytest.fixture(scope="session")
def surface():
    """An amount that bends, far from zero and of no small unit."""
    rng = np.random.default_rng(1)
    X = rng.uniform(-2, 2, (300, 3))
    return X, 5000 + 100 * (X[:, 0] ** 2 + np.sin(2 * X[:, 1])) + rng.normal(size=300)
