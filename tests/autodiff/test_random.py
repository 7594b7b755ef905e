"""The counter-based generator: published numbers, moments, independence, streams."""

import threading

import numpy as np
import pytest
from scipy import stats

from baremath.autodiff import Tensor, random, tensor
from baremath.autodiff.ops import sampling
from baremath.autodiff.ops.philox import CHUNK, philox, random_words


def run_philox(counter, key):
    words = np.array(counter, np.uint64)[:, None]
    philox(words[::2], words[1::2], np.array(key, np.uint64)[:, None])
    return words[:, 0].tolist()


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ("0 0 0 0", "0 0", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        (" ".join(["ffffffff"] * 4), "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            "243f6a88 85a308d3 13198a2e 03707344",
            "a4093822 299f31d0",
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
    ids=["zeros", "ones", "pi"],
)
def test_known_answers(counter, key, expected):
    """The vectors that the paper's authors publish with Random123."""
    words = run_philox([int(w, 16) for w in counter.split()], [int(w, 16) for w in key.split()])
    assert " ".join(f"{word:08x}" for word in words) == expected


def test_counter_is_block_draw_and_step_and_key_is_seed():
    seed, step, draw = 0x299F31D0A4093822, 0x0370734413198A2E, 0x85A308D3
    words = random_words(seed, step, draw, 4 * 3)
    by_hand = run_philox([2, draw, 0x13198A2E, 0x03707344], [0xA4093822, 0x299F31D0])
    assert words[8:].tolist() == by_hand


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 4 * CHUNK - 1, 4 * CHUNK + 6])
def test_a_word_does_not_depend_on_how_many_are_drawn(count):
    whole = random_words(1, 2, 3, 4 * CHUNK + 8)
    np.testing.assert_array_equal(random_words(1, 2, 3, count), whole[:count])


def looks_drawn_from(distribution, draw, dtype):
    """Over many seeds, the p-values of a test for a distribution are uniform if it is the one."""
    p = [
        stats.kstest(draw(seed, 0, shape=(5000,), dtype=dtype).astype(float), distribution).pvalue
        for seed in range(60)
    ]
    return stats.kstest(p, "uniform").pvalue > 0.001


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_uniform(dtype):
    numbers = sampling.uniform(5, 0, shape=(200_000,), dtype=dtype)
    assert numbers.dtype == dtype
    assert 0 <= numbers.min() < 1e-4
    assert 1 - 1e-4 < numbers.max() < 1
    assert looks_drawn_from("uniform", sampling.uniform, dtype)


def test_uniform_reaches_every_value_of_its_grid():
    largest = np.float32((2**32 - 1 >> 8) * 2.0**-24)
    assert largest < 1
    numbers = sampling.uniform(0, 0, shape=(1000,)).astype(float) * 2**24
    assert (numbers == np.round(numbers)).all()
    numbers = sampling.uniform(0, 0, shape=(1000,), dtype=np.float64) * 2.0**53
    assert (numbers == np.round(numbers)).all()
    assert (numbers % 2 == 1).any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_normal(dtype):
    numbers = sampling.normal(6, 0, shape=(200_001,), dtype=dtype)
    assert numbers.dtype == dtype
    assert np.isfinite(numbers).all()
    assert looks_drawn_from("norm", sampling.normal, dtype)
    assert abs(stats.kurtosis(numbers.astype(float))) < 0.05


def test_normal_in_either_width_is_the_same_number():
    single = sampling.normal(6, 0, shape=(1000,))
    double = sampling.normal(6, 0, shape=(1000,), dtype=np.float64)
    np.testing.assert_allclose(single, double, atol=1e-5)


def test_bernoulli():
    with random.stream(3, 0):
        ones = random.bernoulli(0.3, (100_000,)).numpy()
        never, always = random.bernoulli(0, 1000), random.bernoulli(1, 1000)
        wide = random.bernoulli(tensor(0.5), (4, 5), dtype=np.float64)
    assert set(np.unique(ones)) == {0.0, 1.0}
    assert ones.dtype == np.float32
    assert abs(ones.mean() - 0.3) < 4 * np.sqrt(0.3 * 0.7 / 100_000)
    assert not never.numpy().any()
    assert always.numpy().all()
    assert wide.shape == (4, 5)
    assert wide.dtype == np.float64


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"draw": 0}, {"draw": 1}),
        ({"step": 0}, {"step": 1}),
        ({"step": 0}, {"step": 2**32}),
        ({"seed": 0}, {"seed": 1}),
        ({"seed": 0}, {"seed": 2**32}),
        ({"draw": 1}, {"step": 1}),
    ],
    ids=["draw", "step", "high-step", "seed", "high-seed", "draw-step"],
)
def test_draws_are_independent(one, other):
    def numbers(seed=0, step=0, draw=0):
        return sampling.uniform(seed, step, shape=(50_000,), draw=draw, dtype=np.float64)

    assert abs(np.corrcoef(numbers(**one), numbers(**other))[0, 1]) < 4 / np.sqrt(50_000)


def test_elements_are_independent():
    numbers = sampling.uniform(0, 0, shape=(100_000,))
    for lag in (1, 2, 3, 4, 8, 4 * CHUNK):
        assert abs(np.corrcoef(numbers[lag:], numbers[:-lag])[0, 1]) < 4 / np.sqrt(60_000)


@pytest.mark.parametrize("draw", [sampling.uniform, sampling.normal])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shape_only_arranges_the_numbers(draw, dtype):
    flat = draw(1, 2, shape=(30,), dtype=dtype)
    np.testing.assert_array_equal(draw(1, 2, shape=(2, 3, 5), dtype=dtype).ravel(), flat)
    np.testing.assert_array_equal(draw(1, 2, shape=(7,), dtype=dtype), flat[:7])


def test_stream_begins_again_with_the_step():
    def three():
        with random.stream(7, 11):
            return [random.uniform(4), random.normal((2, 2)), random.bernoulli(0.5, 4)]

    for a, b in zip(three(), three(), strict=True):
        np.testing.assert_array_equal(a, b)
    with random.stream(7, 11):
        a, b = random.uniform(4), random.uniform(4)
    assert not (a == b).numpy().any()


def test_stream_takes_tensors_so_that_a_compiled_loop_can_count():
    with random.stream(7, 11):
        expected = random.uniform(4)
    with random.stream(tensor(7), tensor(11)):
        np.testing.assert_array_equal(random.uniform(4), expected)


def test_streams_nest_and_end():
    random.manual_seed(0)
    first = random.uniform(3)
    random.manual_seed(0)
    with random.stream(0, 1):
        a = random.uniform(3)
        with pytest.raises(ValueError, match="negative"), random.stream(0, 2):
            random.uniform(-3)
        b = random.uniform(3)
    np.testing.assert_array_equal(random.uniform(3), first)
    with random.stream(0, 1):
        np.testing.assert_array_equal(random.uniform(3), a)
        np.testing.assert_array_equal(random.uniform(3), b)


def test_default_stream_moves_on_and_begins_anew():
    random.manual_seed(4)
    a, b, weights = random.normal(5), random.normal(5), random.default_rng().normal(size=3)
    assert not (a == b).numpy().any()
    random.manual_seed(4)
    np.testing.assert_array_equal(random.normal(5), a)
    np.testing.assert_array_equal(random.normal(5), b)
    np.testing.assert_array_equal(random.default_rng().normal(size=3), weights)


def test_a_stream_belongs_to_its_thread():
    found = {}

    def draw(step):
        with random.stream(0, step):
            barrier.wait()
            found[step] = random.uniform(3).numpy()
            barrier.wait()

    barrier = threading.Barrier(2)
    threads = [threading.Thread(target=draw, args=(step,)) for step in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for step in (1, 2):
        with random.stream(0, step):
            np.testing.assert_array_equal(random.uniform(3), found[step])


def test_scaling():
    with random.stream(0, 0):
        numbers = random.uniform((1000,), -2, 3)
        bells = random.normal((1000,), 5.0, 0.1)
    assert isinstance(numbers, Tensor)
    assert numbers.dtype == bells.dtype == np.float32
    assert -2 <= numbers.numpy().min() < -1.9
    assert 2.9 < numbers.numpy().max() < 3
    assert abs(bells.numpy().mean() - 5) < 0.02


def test_rounding_never_reaches_the_upper_bound(monkeypatch):
    largest = Tensor(np.array([1 - 2**-24, 0.5], np.float32))
    monkeypatch.setattr(random.sampling, "uniform", lambda *_, **__: largest)
    assert random.uniform(2, 1.0, 2.0).tolist() == [1.0, 1.5]  # 2 - 2⁻²⁴ is no float32
    assert random.uniform(2, tensor(1.0), tensor(2.0)).tolist() == [1.0, 1.5]
    assert random.uniform(2, 0.0, 3).tolist() == [np.float32(3 * (1 - 2**-24)), 1.5]


def test_probabilities_may_be_tensors_of_either_width():
    for dtype in (np.float32, np.float64):
        with random.stream(0):
            ones = random.bernoulli(tensor(0.3, dtype=dtype), 50)
        with random.stream(0):
            np.testing.assert_array_equal(ones.numpy(), random.bernoulli(0.3, 50).numpy())


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: random.uniform(3, 1, 1.0), ValueError, "low must be below high"),
        (lambda: random.manual_seed(-1), ValueError, "seed=-1"),
        (lambda: random.manual_seed(2.5), TypeError, "whole number"),
        (lambda: random.bernoulli(1.5), ValueError, "from 0 to 1"),
        (lambda: random.uniform(3, dtype=int), TypeError, "float32 or float64"),
    ],
    ids=["bounds", "negative", "fraction", "probability", "dtype"],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_bad_step():
    with pytest.raises(ValueError, match="step"), random.stream(0, 2**64):
        pass
