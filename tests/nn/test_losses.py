"""The losses: values and gradients, against differences and PyTorch; what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import baremath as bm
from baremath import nn
from baremath.autodiff import check_gradient, grad, tensor
from baremath.maths import plain

RNG = np.random.default_rng(0)
N, K = 6, 4
OUTPUT = RNG.normal(scale=2, size=(N, K))
LOGS = OUTPUT - np.log(np.exp(OUTPUT).sum(1, keepdims=True))
NUMBERS = RNG.normal(scale=2, size=(N, K))
CLASSES = RNG.integers(0, K, N)
SHARES = RNG.dirichlet(np.ones(K), N)
CLASS_WEIGHT = np.array([0.5, 2.0, 1.0, 0.0])
SAMPLE_WEIGHT = RNG.uniform(0, 2, N)
SIGNS = np.where(NUMBERS > 0, 1.0, -1.0)


def pytorchs_hinge(torch: Any, reduction: str) -> Any:
    def loss(output: Any, target: Any) -> Any:
        losses = (1 - output * target).clamp(min=0)
        return {"mean": losses.mean(), "sum": losses.sum(), "none": losses}[reduction]

    return loss


# Each loss by its name: how it is made, PyTorch's, outputs and targets.
LOSSES: dict[str, tuple[Any, Any, np.ndarray, np.ndarray]] = {
    "squared": (nn.MSELoss, lambda t, r: t.nn.MSELoss(reduction=r), OUTPUT, NUMBERS),
    "squared, one output": (
        nn.MSELoss, lambda t, r: t.nn.MSELoss(reduction=r), OUTPUT[:, 0], NUMBERS[:, 0],
    ),
    "half squared": (
        lambda reduction: nn.MSELoss(half=True, reduction=reduction),
        lambda t, r: lambda y, z: t.nn.MSELoss(reduction=r)(y, z) / 2,
        OUTPUT,
        NUMBERS,
    ),
    "absolute": (nn.L1Loss, lambda t, r: t.nn.L1Loss(reduction=r), OUTPUT, NUMBERS),
    "huber": (
        lambda reduction: nn.HuberLoss(0.7, reduction=reduction),
        lambda t, r: t.nn.HuberLoss(delta=0.7, reduction=r),
        OUTPUT,
        NUMBERS,
    ),
    "two classes": (
        nn.BCEWithLogitsLoss, lambda t, r: t.nn.BCEWithLogitsLoss(reduction=r), OUTPUT, SHARES,
    ),
    "cross-entropy": (
        nn.CrossEntropyLoss, lambda t, r: t.nn.CrossEntropyLoss(reduction=r), OUTPUT, CLASSES,
    ),
    "cross-entropy, smooth": (
        lambda reduction: nn.CrossEntropyLoss(0.1, reduction=reduction),
        lambda t, r: t.nn.CrossEntropyLoss(label_smoothing=0.1, reduction=r),
        OUTPUT,
        CLASSES,
    ),
    "cross-entropy, weighed": (
        lambda reduction: nn.CrossEntropyLoss(weight=CLASS_WEIGHT, reduction=reduction),
        lambda t, r: t.nn.CrossEntropyLoss(t.tensor(CLASS_WEIGHT), reduction=r),
        OUTPUT,
        CLASSES,
    ),
    "cross-entropy, smooth and weighed": (
        lambda reduction: nn.CrossEntropyLoss(0.2, CLASS_WEIGHT, reduction),
        lambda t, r: t.nn.CrossEntropyLoss(
            t.tensor(CLASS_WEIGHT), label_smoothing=0.2, reduction=r
        ),
        OUTPUT,
        CLASSES,
    ),
    "cross-entropy of shares": (
        nn.CrossEntropyLoss, lambda t, r: t.nn.CrossEntropyLoss(reduction=r), OUTPUT, SHARES,
    ),
    "cross-entropy of shares, smooth and weighed": (
        lambda reduction: nn.CrossEntropyLoss(0.2, CLASS_WEIGHT, reduction),
        lambda t, r: t.nn.CrossEntropyLoss(
            t.tensor(CLASS_WEIGHT), label_smoothing=0.2, reduction=r
        ),
        OUTPUT,
        SHARES,
    ),
    "likelihood": (
        lambda reduction: nn.NLLLoss(reduction=reduction),
        lambda t, r: t.nn.NLLLoss(reduction=r),
        LOGS,
        CLASSES,
    ),
    "likelihood, weighed": (
        lambda reduction: nn.NLLLoss(CLASS_WEIGHT, reduction),
        lambda t, r: t.nn.NLLLoss(t.tensor(CLASS_WEIGHT), reduction=r),
        LOGS,
        CLASSES,
    ),
    "hinge": (
        nn.HingeLoss,
        pytorchs_hinge,
        OUTPUT,
        SIGNS,
    ),
}  # fmt: skip
every = pytest.mark.parametrize("name", list(LOSSES))
reductions = pytest.mark.parametrize("reduction", ["mean", "sum", "none"])


def made(name: str, reduction: str = "mean") -> nn.Loss:
    loss: nn.Loss = LOSSES[name][0](reduction=reduction)
    return loss


def test_every_loss_is_tested_here() -> None:
    public = [getattr(nn, name) for name in nn.__all__]
    losses = {loss for loss in public if isinstance(loss, type) and issubclass(loss, nn.Loss)}
    assert {type(made(name)) for name in LOSSES} == losses - {nn.Loss}


@reductions
@every
def test_derivatives_are_those_of_differences(name: str, reduction: str) -> None:
    _, _, output, target = LOSSES[name]
    loss = made(name, reduction)
    check_gradient(lambda y: loss(y, target), output, order=2)
    check_gradient(lambda y: loss(y, target, SAMPLE_WEIGHT), output, order=2)


@reductions
@every
def test_values_and_gradients_are_pytorchs(name: str, reduction: str) -> None:
    torch = pytest.importorskip("torch")
    _, theirs, output, target = LOSSES[name]
    y, their_y = tensor(output, requires_grad=True), torch.tensor(output, requires_grad=True)
    value, expected = (
        made(name, reduction)(y, target),
        theirs(torch, reduction)(their_y, torch.tensor(target)),
    )
    np.testing.assert_allclose(value.detach().numpy(), expected.detach().numpy(), rtol=1e-12)
    value.sum().backward()
    expected.sum().backward()
    np.testing.assert_allclose(y.grad.numpy(), their_y.grad.numpy(), rtol=1e-10, atol=1e-15)


@every
def test_a_row_of_weight_two_is_a_row_twice_and_of_weight_zero_no_row(name: str) -> None:
    _, _, output, target = LOSSES[name]
    weights = np.array([0, 1, 2, 1, 0, 1])
    repeated = np.repeat(np.arange(N), weights)
    for reduction in ("mean", "sum"):
        loss = made(name, reduction)
        value, expected = loss(output, target, weights), loss(output[repeated], target[repeated])
        np.testing.assert_allclose(value, expected, rtol=1e-12)
    each = made(name, "none")(output, target)
    np.testing.assert_allclose(
        made(name, "none")(output, target, sample_weight=weights), (each.T * weights).T
    )


@every
def test_a_batch_in_which_no_row_counts_has_loss_and_gradient_zero(name: str) -> None:
    _, _, output, target = LOSSES[name]
    y = tensor(output, requires_grad=True)
    value = made(name)(y, target, np.zeros(N))
    value.backward()
    assert value.item() == 0
    np.testing.assert_array_equal(y.grad.numpy(), 0)


@every
def test_float32_stays_float32_beside_targets_and_weights_of_any_type(name: str) -> None:
    _, _, output, target = LOSSES[name]
    y = tensor(output, requires_grad=True, dtype=np.float32)
    value = made(name)(y, target, SAMPLE_WEIGHT)
    value.backward()
    assert value.dtype == y.grad.dtype == np.float32
    arrays = made(name)(output.astype(np.float32), target.astype(np.float32))
    assert arrays.dtype == np.float32


@every
def test_one_row_is_a_batch_and_none_is_not(name: str) -> None:
    _, _, output, target = LOSSES[name]
    assert np.isfinite(made(name)(output[:1], target[:1]))
    assert made(name, "sum")(output[:0], target[:0]) == 0
    with pytest.raises(ValueError, match="no mean loss of an empty batch"):
        made(name)(output[:0], target[:0])


@every
def test_good_targets_pass_the_check(name: str) -> None:
    _, _, output, target = LOSSES[name]
    made(name).check(output.shape, target)
    made(name).check(output.shape, tensor(target), SAMPLE_WEIGHT)
    made(name).check(output.shape, target.tolist(), [1] * N)
    assert plain(made(name).formula)
    assert plain(made(name).derivative_formula)


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
def test_logits_of_a_thousand_are_computed_exactly(dtype: Any) -> None:
    z = tensor([-1000.0, 1000.0, -1000.0, 1000.0], requires_grad=True, dtype=dtype)
    loss = nn.BCEWithLogitsLoss(reduction="none")(z, [0, 1, 1, 0])
    assert loss.tolist() == [0, 0, 1000, 1000]
    loss.sum().backward()
    np.testing.assert_array_equal(z.grad.numpy(), [0, 0, -1, 1])
    scores = tensor([[1000.0, -1000.0, 0.0]] * 3, requires_grad=True, dtype=dtype)
    loss = nn.CrossEntropyLoss(reduction="none")(scores, [0, 1, 2])
    assert loss.tolist() == [0, 2000, 1000]
    loss.sum().backward()
    np.testing.assert_array_equal(scores.grad.numpy(), [[0, 0, 0], [1, -1, 0], [1, 0, -1]])


def test_a_huber_loss_is_curved_at_its_target_too() -> None:
    second = grad(grad(lambda y: nn.HuberLoss()(y, np.array(0.0))))
    assert (second(0.0), second(0.5), second(2.0)) == (1, 1, 0)


CLASS_LOSS = nn.CrossEntropyLoss()


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (lambda: nn.MSELoss().check((6, 1), NUMBERS[:, 0]), r"target has shape \(6,\) and the outp"
         r"ut \(6, 1\); write target.reshape\(6, 1\)"),
        (lambda: nn.MSELoss().check((6,), NUMBERS[:5, 0]), "each output needs one target"),
        (lambda: nn.MSELoss()(NUMBERS[:, :1], NUMBERS[:, 0]), r"write target.reshape\(6, 1\)"),
        (lambda: nn.MSELoss().check((0, 1), np.zeros((0, 1))), "the batch is empty"),
        (lambda: nn.MSELoss().check((3,), [0.0, np.nan, 1.0]), "target is not finite in row 1"),
        (lambda: nn.MSELoss().check((2,), ["a", "b"]), "target holds <U1.*as LabelEncoder does"),
        (lambda: nn.MSELoss().check((2,), [1.0, 2.0], [1.0]), r"sample_weight has shape \(1,\); t"),
        (lambda: nn.MSELoss().check((2,), [1.0, 2.0], [1.0, -1.0]), "sample_weight must be at le"),
        (lambda: nn.MSELoss().check((2,), [1.0, 2.0], [0.0, 0.0]), "above 0 for some row"),
        (lambda: nn.MSELoss()(NUMBERS, NUMBERS, [1.0]), "each row needs one weight"),
        (lambda: nn.BCEWithLogitsLoss().check((3,), [0, 1, 2]), "it holds 2. Number the two class"),
        (
            lambda: CLASS_LOSS.check((3, 2), [0, 1, 2]),
            "holds the class 2 in row 2; the classes of 2 outputs are 0 … 1: number them so, or "
            "give the last layer an output for each",
        ),
        (lambda: CLASS_LOSS(OUTPUT, [0, 1, 2, 3, 4, 0]), "the class 4 in row 4; the classes of 4"),
        (lambda: nn.NLLLoss()(LOGS, tensor([0, 1, -1, 3, 2, 0])), "the class -1 in row 2; the"),
        (lambda: CLASS_LOSS(OUTPUT, np.full(N, np.nan)), "the class nan in row 0; the"),
        (lambda: CLASS_LOSS.check((2, 2), [-1, 1]), "holds the class -1"),
        (lambda: CLASS_LOSS.check((2, 2), [0.5, 1]), "holds the class 0.5"),
        (lambda: CLASS_LOSS.check((3, 2), [[0], [1], [1]]), r"write target.reshape\(3,\)"),
        (lambda: CLASS_LOSS(OUTPUT, CLASSES[:, None]), "target has shape"),
        (lambda: CLASS_LOSS(OUTPUT, CLASSES[:3]), "one class is needed for each row"),
        (lambda: CLASS_LOSS.check((3, 1), [0, 0, 0]), "of one output for two classes use BCE"),
        (lambda: CLASS_LOSS.check((2, 2), [[0.5, 0.6], [0, 1]]), "with the sum 1"),
        (lambda: CLASS_LOSS.check((2, 2), [[1.5, -0.5], [0, 1]]), "at least 0"),
        (lambda: nn.NLLLoss([1, 1]).check((2, 3), [0, 1]), "weight has 2 class weights; the outp"),
        (lambda: nn.NLLLoss([1, -1]), "weight is one number for each class, at least 0"),
        (lambda: nn.HingeLoss().check((2,), [0, 1]), "must be -1 or 1 .* Of 0 and 1 make 2"),
        (lambda: nn.MSELoss(reduction="average"), "reduction must be 'mean', 'sum' or 'none', not"),
        (lambda: nn.HuberLoss(0), "delta must be a number above 0, not 0"),
        (lambda: nn.CrossEntropyLoss(1.5), "label_smoothing must be .* at most 1, not 1.5"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(check: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check()


@pytest.mark.parametrize("backend", ["native", "interpreter"])
@pytest.mark.parametrize("loss", [nn.CrossEntropyLoss(), nn.NLLLoss()], ids=["entropy", "nll"])
def test_labels_are_looked_at_in_a_compiled_function(loss: nn.Loss, backend: str) -> None:
    f = bm.compile(lambda output, labels: loss(output, labels), backend=backend)
    np.testing.assert_allclose(f(LOGS, CLASSES).item(), loss(LOGS, CLASSES).item())
    wrong = CLASSES.copy()
    wrong[2] = K
    with pytest.raises(ValueError, match="holds the class 4 in row 2; the classes of 4"):
        f(LOGS, wrong)
    np.testing.assert_allclose(f(LOGS, CLASSES).item(), loss(LOGS, CLASSES).item())
