"""A job: memory for a compiled step, and steps taken in it by several threads."""

from __future__ import annotations

import ctypes
import os
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.blas import single_threaded_blas
from baremath.compiler.backends.native.barrier import BARRIER_BYTES
from baremath.compiler.backends.native.driver import JOB
from baremath.compiler.memory import aligned
from baremath.training.compiled.program import CompiledStep

#: Floating-point operations of a call below which further threads aren't worth waking: a few
#: milliseconds of work.
_THREAD_FLOPS = 500_000_000


class Job:
    """Steps of a compiled training step.

    Parameters
    ----------
    code : CompiledStep
        What is run.
    X, y : ndarray
        The table, row after row.
    weight : ndarray or None
        What each row counts; None where the code asks for no weights.
    seed : int
        Of what layers draw.
    """

    def __init__(
        self,
        code: CompiledStep,
        X: NDArray[Any],
        y: NDArray[Any],
        weight: NDArray[Any] | None,
        seed: int,
    ) -> None:
        self.code = code
        cut, dtype = code.cut, X.dtype
        self.threads = min(cut.shards, _cores())
        self._flops_of_a_step = 6 * cut.n_parameters * cut.rows * cut.tiles
        self._stride = cut.stride
        self._pool: ThreadPoolExecutor | None = None
        self._process = 0  # which the pool is of: a fork has none of its threads
        self._running: Future[None] | None = None
        self._stop = np.zeros(2, np.int64)
        self._done = np.zeros(1, np.int64)
        self._arrays: dict[str, NDArray[Any]] = {
            "barrier": aligned(BARRIER_BYTES, np.uint8),
            "memory": aligned(code.thread_bytes * self.threads, np.uint8),
            "X": X,
            "y": y,
            "weight": np.ones(len(X), dtype) if weight is None else weight,
            "params": aligned(self._stride, dtype),
            "gradients": aligned(self._stride * cut.shards, dtype),
            "sums": aligned(2 * cut.shards, dtype),
            "state": aligned(max(1, len(code.vectors)) * self._stride, dtype),
            "scalars": aligned(max(1, len(code.scalars)), dtype),
            "seed": np.array([seed], np.uint64),
            "constants": code.constants,
            "update_constants": code.update_constants,
            "stop": self._stop,
            "done": self._done,
        }
        self._addresses = {name: array.ctypes.data for name, array in self._arrays.items()}

    def run(
        self,
        params: NDArray[Any],
        state: dict[str, Any],
        order: NDArray[np.uint32],
        starts: NDArray[np.int64],
        counts: NDArray[np.int64],
        hyper: NDArray[np.float64],
        first_step: int,
    ) -> tuple[NDArray[Any], dict[str, Any], NDArray[Any]]:
        """Take steps; what is given stays as it is.

        Parameters
        ----------
        params : ndarray of shape (n_parameters,)
            The parameters before.
        state : dict
            ``"optimizer"`` and ``"buffers"`` before.
        order : ndarray of uint32
            Numbers of rows; a step takes those from its start on.
        starts, counts : ndarray of int64 of shape (n_steps,)
            Where each step begins in the order, and how many rows it takes.
        hyper : ndarray of float64 of shape (n_steps, n_hyper) or (1, n_hyper)
            The numbers of each step, or of all.
        first_step : int
            The number of the first, which random numbers depend on.

        Returns
        -------
        params, state
            After the last step taken.
        losses : ndarray
            Of the steps taken: all of them, or up to the first that isn't finite.
        """
        code, n = self.code, len(params)
        losses = np.empty(len(starts), params.dtype)
        buffers = state["buffers"].copy()
        self._fill(params, state["optimizer"])
        arrays = {
            "buffers": buffers,
            "order": order,
            "starts": starts,
            "counts": counts,
            "hyper": hyper,
            "losses": losses,
        }
        words = {
            "steps": len(starts),
            "number": first_step,
            "hyper_stride": hyper.shape[1] if len(hyper) > 1 else 0,
        }
        small = self._flops_of_a_step * len(starts) < _THREAD_FLOPS
        self._go(arrays, words, 1 if small else self.threads)
        done = int(self._done[0])
        vectors = self._arrays["state"].reshape(-1, self._stride)
        memory = {name: vectors[k, :n].copy() for k, name in enumerate(code.vectors)}
        scalars = self._arrays["scalars"]
        memory |= {name: scalars[k].copy() for k, name in enumerate(code.scalars)}
        ordered = {name: memory[name] for name in state["optimizer"]}
        after = {"optimizer": ordered, "buffers": buffers}
        return self._arrays["params"][:n].copy(), after, losses[:done]

    def _fill(self, params: NDArray[Any], memory: dict[str, Any]) -> None:
        n = len(params)
        if self._running is not None and self._process == os.getpid():
            wait([self._running])
        self._stop[:] = self._done[:] = 0
        self._arrays["barrier"][:] = 0
        self._arrays["params"][:n] = params
        vectors = self._arrays["state"].reshape(-1, self._stride)
        for k, name in enumerate(self.code.vectors):
            vectors[k, :n] = memory[name]
        for k, name in enumerate(self.code.scalars):
            self._arrays["scalars"][k] = memory[name]

    def _go(self, arrays: dict[str, NDArray[Any]], words: dict[str, int], threads: int) -> None:
        """Run the machine code, in this thread and others."""
        words |= self._addresses | {name: array.ctypes.data for name, array in arrays.items()}
        words |= {"threads": threads, "memory_bytes": self.code.thread_bytes}
        job = (ctypes.c_int64 * len(JOB))(*(words[name] for name in JOB))
        with single_threaded_blas():
            if threads == 1:
                self.code.train(ctypes.addressof(job), 0)
            else:
                self._together(job, arrays, threads)

    def _together(self, job: Any, arrays: dict[str, NDArray[Any]], threads: int) -> None:
        """Run the machine code in several threads; Ctrl-C leaves no thread waiting for another.

        It is raised in the main thread, which therefore is none of them: what has begun ends, and
        holds the memory that it works in until then.
        """
        if self._pool is None or self._process != os.getpid():
            self._pool, self._process = ThreadPoolExecutor(self.threads), os.getpid()
        pool, train, address = self._pool, self.code.train, ctypes.addressof(job)

        def lead() -> None:
            held = self, job, arrays
            others = [pool.submit(train, address, k) for k in range(1, threads)]
            train(address, 0)
            for other in others:
                other.result()
            del held

        self._running = running = pool.submit(lead)
        try:
            running.result()
        finally:
            self._stop[0] = 1
            wait([running])


def _cores() -> int:
    """Return how many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        return os.cpu_count() or 1
