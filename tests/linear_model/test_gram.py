import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baremath.linear_model import _gram
from baremath.linear_model._blocks import (
    BLOCK_ROWS,
    FEWEST_CHUNKS,
    MOST_CHUNK_ROWS,
    map_chunks,
)
from baremath.linear_model._gram import moments, shifted_gram
from baremath.linear_model._gram_kernel import gram_kernel, padded_columns

GUARD = 7.5


def add_rows(x, x_shift, y, y_shift, scale, block_rows, gram):
    """Call the kernel on buffers with guards on both sides; return gram when they are untouched."""
    columns = len(gram)
    guarded = np.full(block_rows * columns + 2 * columns, GUARD)
    block = guarded[columns:-columns]
    block[:] = 0
    around = np.full(gram.size + 2 * columns, GUARD)
    around[columns:-columns] = gram.ravel()
    gram_kernel().add_rows(
        len(x),
        x.shape[1],
        x.ctypes.data,
        x.strides[0] // 8,
        x_shift.ctypes.data,
        y.shape[1],
        y.ctypes.data,
        y.strides[0] // 8,
        y_shift.ctypes.data,
        scale.ctypes.data,
        int(len(scale) == len(x)),
        block_rows,
        columns,
        block.ctypes.data,
        around[columns:].ctypes.data,
    )
    for buffer in (guarded, around):
        assert (buffer[:columns] == GUARD).all()
        assert (buffer[-columns:] == GUARD).all()
    return around[columns:-columns].reshape(columns, columns)


@settings(max_examples=80)
@given(
    rows=st.integers(2, 70),
    p=st.integers(1, 61),
    k=st.integers(0, 3),
    block_rows=st.integers(1, 80),
    weighted=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_kernel_adds_the_products_of_all_pairs_of_columns(
    rows, p, k, block_rows, weighted, seed
):
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(rows, p + 5))
    x, y = table[:, 1 : p + 1], rng.normal(size=(rows, k))
    x_shift, y_shift = rng.normal(size=p), rng.normal(size=k)
    scale = rng.normal(size=rows) if weighted else np.ones(1)
    width = p + k + 1
    columns = padded_columns(width)
    start = rng.normal(size=(columns, columns))
    found = add_rows(x, x_shift, y, y_shift, scale, block_rows, start)
    A = np.column_stack([x - x_shift, y - y_shift, np.ones(rows)]) * scale[:, np.newaxis]
    expected = start[:width, :width] + A.T @ A
    np.testing.assert_allclose(
        np.triu(found[:width, :width]), np.triu(expected), rtol=1e-12, atol=1e-11
    )


def layouts(X):
    yield "rows", X
    yield "columns", np.asfortranarray(X)
    yield "float32", X.astype(np.float32)
    yield "reversed", X[::-1][::-1]
    yield "every other row", np.repeat(X, 2, axis=0)[::2]
    yield "every other column", np.repeat(X, 2, axis=1)[:, ::2]
    readonly = X.copy()
    readonly.flags.writeable = False
    yield "read-only", readonly


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("centred", [False, True])
def test_moments_are_means_and_covariances(monkeypatch, compiled, weighted, centred):
    monkeypatch.setattr(_gram, "WORTH_KERNEL", 0 if compiled else np.inf)
    rng = np.random.default_rng(1)
    n, p = 5000, 6
    X, Y = rng.normal(size=(n, p)) + 3, rng.normal(size=(n, 2)) - 1
    weight = rng.integers(0, 4, n).astype(float) if weighted else None
    counts = np.ones(n, dtype=int) if weight is None else weight.astype(int)
    rows = np.repeat(np.hstack([X, Y]), counts, axis=0)
    mean = rows.mean(axis=0) if centred else np.zeros(p + 2)
    expected = (rows - mean).T @ (rows - mean) / len(rows)
    for name, layout in layouts(X):
        found = moments(layout, Y, weight, centred)
        tolerance = 1e-6 if name == "float32" else 1e-12
        np.testing.assert_allclose(found.xx, expected[:p, :p], rtol=tolerance, atol=tolerance)
        np.testing.assert_allclose(found.xy, expected[:p, p:], rtol=tolerance, atol=tolerance)
        np.testing.assert_allclose(found.x_mean, mean[:p], rtol=tolerance)
        np.testing.assert_allclose(found.y_mean, mean[p:], rtol=tolerance)
        assert found.weight == pytest.approx(len(rows))


def test_a_large_common_offset_costs_no_digits():
    rng = np.random.default_rng(2)
    noise = rng.normal(size=(100_000, 3))
    found = moments(noise + 1e6, noise[:, :1], None, centred=True)
    np.testing.assert_allclose(found.xx, np.cov(noise.T, bias=True), atol=1e-9)


def test_sums_do_not_depend_on_the_number_of_threads(monkeypatch):
    rng = np.random.default_rng(3)
    n = 40 * BLOCK_ROWS + 17
    X, nothing = rng.normal(size=(n, 8)), np.zeros((n, 0))
    grams = []
    for threads in ("1", "2", "5"):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        grams.append(shifted_gram(X, nothing, X[0], np.zeros(0), None))
    assert (grams[0] == grams[1]).all()
    assert (grams[0] == grams[2]).all()


@pytest.mark.parametrize("n", [1, BLOCK_ROWS, 100_000, FEWEST_CHUNKS * MOST_CHUNK_ROWS + 5])
def test_chunks_cover_every_row_once_and_come_in_order(n):
    chunks = list(map_chunks(lambda start, stop: (start, stop), n, work_per_row=1e6))
    assert [start for start, _ in chunks] == [0, *(stop for _, stop in chunks[:-1])]
    assert chunks[-1][1] == n


def test_a_sample_that_misleads_costs_no_digits():
    """One row holds nearly all the weight, far from the mean of the others."""
    rng = np.random.default_rng(4)
    X = rng.normal(size=(500, 2))
    weight = np.ones(500)
    weight[7] = 1e13
    found = moments(X, X[:, :1], weight, centred=True)
    exact, share = X.astype(np.longdouble), weight.astype(np.longdouble) / weight.sum()
    centred = exact - share @ exact
    expected = (centred * share[:, np.newaxis]).T @ centred
    np.testing.assert_allclose(found.xx, expected.astype(float), rtol=1e-9)
