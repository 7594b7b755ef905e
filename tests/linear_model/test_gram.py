import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

from baremath.linear_model import _gram
from baremath.linear_model._blocks import (
    BLOCK_ROWS,
    FEWEST_CHUNKS,
    MOST_CHUNK_ROWS,
    map_chunks,
    single_threaded_blas,
)
from baremath.linear_model._gram import moments, shifted_gram
from baremath.linear_model._gram_kernel import gram_kernel, padded_columns


@settings(deadline=None, max_examples=60)
@given(
    rows=st.integers(1, 70),
    columns=st.integers(1, 61),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_kernel_adds_the_products_of_all_pairs_of_columns(rows, columns, seed):
    rng = np.random.default_rng(seed)
    width = padded_columns(columns)
    block, gram = np.zeros((rows, width)), rng.normal(size=(width, width))
    block[:, :columns] = rng.normal(size=(rows, columns))
    expected = np.triu(gram + block.T @ block)
    gram_kernel().accumulate(rows, width, block.ctypes.data, gram.ctypes.data)
    np.testing.assert_allclose(np.triu(gram), expected, rtol=1e-12, atol=1e-12)


def test_pack_shifts_scales_and_leaves_the_other_columns_alone():
    rng = np.random.default_rng(0)
    table, shift, scale = rng.normal(size=(9, 7)), rng.normal(size=5), rng.normal(size=9)
    x = table[:, 1:6]
    block = np.full((9, 8), 7.0)
    gram_kernel().pack(
        9, 5, x.ctypes.data, 7, shift.ctypes.data, scale.ctypes.data, block.ctypes.data, 8
    )
    np.testing.assert_allclose(block[:, :5], (x - shift) * scale[:, np.newaxis], rtol=1e-14)
    assert (block[:, 5:] == 7).all()


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


@pytest.mark.parametrize("columns", [1, 7, 8, 9, 23, 24, 25, 50])
def test_the_kernel_stays_inside_its_buffers(columns):
    width, rows = padded_columns(columns), 17
    memory = [np.full(count + 64, np.nan) for count in (rows * width, width * width)]
    block, gram = memory[0][32:-32].reshape(rows, width), memory[1][32:-32].reshape(width, width)
    block[:], gram[:] = 1.0, 0.0
    gram_kernel().accumulate(rows, width, block.ctypes.data, gram.ctypes.data)
    assert (gram[np.triu_indices(width)] == rows).all()
    assert np.isnan([guard for table in memory for guard in (*table[:32], *table[-32:])]).all()


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


def test_blas_gets_its_threads_back_when_the_last_one_leaves():
    threads = lambda: [library["num_threads"] for library in threadpool_info()]  # noqa: E731
    before = threads()
    first, second = single_threaded_blas(), single_threaded_blas()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert all(
        library["num_threads"] == 1
        for library in threadpool_info()
        if library["user_api"] == "blas"
    )
    second.__exit__(None, None, None)
    assert threads() == before
