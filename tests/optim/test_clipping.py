"""A clipped gradient is no longer than asked, and otherwise as it was."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from baremath.autodiff import Tensor, tensor
from baremath.optim import clip_by_norm, clip_by_value

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("max_norm", [0.1, 1.0, 3.0, 1e-3])
def test_a_long_gradient_keeps_its_direction(max_norm: float, dtype: str) -> None:
    gradient = RNG.normal(size=(5, 4)).astype(dtype) * 10
    clipped = clip_by_norm(gradient, max_norm)
    assert clipped.dtype == dtype
    rel = 1e-6 if dtype == "float32" else 1e-14
    assert np.linalg.norm(clipped) == pytest.approx(max_norm, rel=rel)
    np.testing.assert_allclose(clipped / max_norm, gradient / np.linalg.norm(gradient), rtol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_short_gradient_is_exactly_as_it_was(dtype: str) -> None:
    for scale in (0.0, 1e-30, 0.1, 0.9):
        gradient = (RNG.normal(size=7) * scale).astype(dtype)
        clipped = clip_by_norm(gradient, max_norm=7.7)
        np.testing.assert_array_equal(clipped, gradient)
        assert clipped.dtype == dtype


@pytest.mark.parametrize("clip", [clip_by_norm, clip_by_value])
@pytest.mark.parametrize("shape", [(), (0,), (2, 3)], ids=str)
def test_any_shape_arrays_and_tensors(clip: Any, shape: tuple[int, ...]) -> None:
    gradient = RNG.normal(size=shape)
    clipped = clip(tensor(gradient), 0.5)
    assert isinstance(clipped, Tensor)
    assert clipped.shape == shape
    np.testing.assert_array_equal(clipped.numpy(), clip(gradient, 0.5))


def test_not_a_number_stays_one() -> None:
    assert np.isnan(clip_by_norm(np.array([1.0, np.nan]), 1.0)).any()
    np.testing.assert_array_equal(clip_by_value(np.array([2.0, np.nan]), 1.0), [1.0, np.nan])


@pytest.mark.filterwarnings("ignore:(overflow|invalid value) encountered")
@pytest.mark.parametrize("gradient", [[1e20, -1e20], [np.inf, 1.0], [np.nan, 1.0]], ids=str)
def test_what_is_beyond_all_bounds_becomes_what_it_does_in_pytorch(gradient: list[float]) -> None:
    torch = pytest.importorskip("torch")
    weights = torch.nn.Parameter(torch.zeros(2))
    weights.grad = torch.tensor(gradient)
    torch.nn.utils.clip_grad_norm_([weights], 1.0)
    ours = clip_by_norm(np.array(gradient, np.float32), 1.0)
    if np.isnan(gradient).any():  # PyTorch makes NaN of the others, too
        np.testing.assert_array_equal(ours, np.float32(gradient))
    else:
        np.testing.assert_array_equal(ours, weights.grad.numpy())


def test_by_value() -> None:
    clipped = clip_by_value(np.array([-5, -0.5, 0, 0.5, 5], np.float32), 0.75)
    np.testing.assert_array_equal(clipped, np.array([-0.75, -0.5, 0, 0.5, 0.75], np.float32))
    assert clipped.dtype == np.float32


@pytest.mark.parametrize(
    ("clip", "name"), [(clip_by_norm, "max_norm"), (clip_by_value, "limit")], ids=["norm", "value"]
)
@pytest.mark.parametrize("bound", [0, -1.0, float("nan"), np.float32(-1)])
def test_a_bound_that_is_none_is_refused(clip: Any, name: str, bound: float) -> None:
    with pytest.raises(ValueError, match=f"{name}={bound} must be more than 0"):
        clip(np.ones(2), bound)


@pytest.mark.parametrize("at", [[3.0, -4.0], [0.3, -0.4], [0.0, 0.0]], ids=str)
def test_it_can_be_differentiated_and_nothing_is_divided_by_zero(at: list[float]) -> None:
    x = tensor(at, requires_grad=True, dtype=np.float64)
    weights = np.array([2.0, 1.0])
    (clip_by_norm(x, 1.0) * weights).sum().backward()
    for i, h in enumerate(1e-6 * np.eye(2)):
        up, down = (weights @ clip_by_norm(np.array(at) + s * h, 1.0) for s in (1, -1))
        assert x.grad.numpy()[i] == pytest.approx((up - down) / 2e-6, abs=1e-8)
