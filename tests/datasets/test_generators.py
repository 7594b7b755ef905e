"""What holds for every generator: seeds, shapes, types, and refusal of nonsense."""

import math

import numpy as np
import pytest

from baremath import datasets

GENERATORS = {
    "logic": lambda **options: datasets.make_logic("XOR", **options),
    "line": datasets.make_line,
    "polynomial": datasets.make_polynomial,
    "costume_issues": datasets.make_costume_issues,
    "circle": datasets.make_circle,
    "xor": datasets.make_xor,
    "gauss": datasets.make_gauss,
    "spiral": datasets.make_spiral,
    "reg_plane": datasets.make_reg_plane,
    "reg_gauss": datasets.make_reg_gauss,
    "batman": datasets.make_batman,
    "spirals": lambda n_samples, **options: datasets.make_spirals(
        n_per_class=n_samples, n_classes=1, **options
    ),
}
NOISY = sorted(set(GENERATORS) - {"batman"})
INTEGER_LABELS = set(GENERATORS) - {"line", "polynomial", "reg_plane", "reg_gauss"}


@pytest.mark.parametrize("name", GENERATORS)
@pytest.mark.parametrize("n_samples", [1, 2, 7, 100])
def test_shapes_and_types(name, n_samples):
    X, y = GENERATORS[name](n_samples=n_samples, random_state=0)
    assert X.ndim == 2
    assert len(X) == len(y) == n_samples
    assert y.ndim == 1
    assert X.dtype == np.float64
    assert y.dtype == (np.int64 if name in INTEGER_LABELS else np.float64)
    assert np.isfinite(X).all()
    assert np.isfinite(y).all()


@pytest.mark.parametrize("name", GENERATORS)
def test_a_seed_gives_the_same_points_and_another_seed_others(name):
    options = {"n_samples": 50} if name == "batman" else {"n_samples": 50, "noise": 0.3}
    make = GENERATORS[name]
    X, y = make(random_state=3, **options)
    for same_seed in (3, np.random.RandomState(3)):
        X_again, y_again = make(random_state=same_seed, **options)
        np.testing.assert_array_equal(X_again, X)
        np.testing.assert_array_equal(y_again, y)
    assert not all(
        np.array_equal(mine, other)
        for mine, other in zip((X, y), make(random_state=4, **options), strict=True)
    )


@pytest.mark.parametrize("name", GENERATORS)
def test_the_global_random_state_is_left_alone(name):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    GENERATORS[name](n_samples=5, random_state=0)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.parametrize("name", GENERATORS)
@pytest.mark.parametrize("n_samples", [0, -1, 2.5, "10", True, None])
def test_a_count_must_be_a_positive_whole_number(name, n_samples):
    with pytest.raises(ValueError, match=r"must be a whole number, 1 or more; got"):
        GENERATORS[name](n_samples=n_samples)


@pytest.mark.parametrize("name", NOISY)
@pytest.mark.parametrize("noise", [-0.1, math.nan, math.inf, "0.1", None])
def test_noise_must_be_a_finite_number_from_zero_on(name, noise):
    with pytest.raises(ValueError, match=r"noise must be .*got"):
        GENERATORS[name](n_samples=5, noise=noise)
