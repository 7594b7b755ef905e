"""Jobs that joblib runs, with a progress bar where it is wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from joblib import effective_n_jobs
from joblib.parallel import get_active_backend
from sklearn.utils.parallel import Parallel, delayed


def run_jobs(
    work: Callable[..., Any],
    jobs: Sequence[tuple[Any, ...]],
    *,
    n_jobs: int | None,
    verbose: bool = False,
    title: str = "fitting",
) -> list[Any]:
    """Return what `work` makes of each job, in the order of the jobs.

    Parameters
    ----------
    work : callable
        A function of a module, so that other processes can find it.
    jobs : sequence of tuple
        Its arguments; begun in this order.
    n_jobs : int or None
        Processes, as in joblib: None is one, or what `joblib.parallel_config` says; -1 is one for
        each core.
    verbose : bool, default=False
        Whether a bar in the terminal shows how many are done.
    title : str, default="fitting"
        What the bar says.
    """
    if not verbose:
        return list(Parallel(n_jobs=n_jobs)(delayed(work)(*job) for job in jobs))
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    results: list[Any] = [None] * len(jobs)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn()) as bar:
        task = bar.add_task(title, total=len(jobs))
        parallel = Parallel(n_jobs=n_jobs, return_as="generator_unordered")
        for place, result in parallel(
            delayed(_numbered)(i, work, job) for i, job in enumerate(jobs)
        ):
            results[place] = result
            bar.advance(task)
    return results


def _numbered(place: int, work: Callable[..., Any], job: tuple[Any, ...]) -> tuple[int, Any]:
    return place, work(*job)


def n_threads(n_jobs: int | None) -> int:
    """Return how many threads a model may use.

    None is one for each core, and a single one where the model is itself one of several jobs.
    """
    if n_jobs is None:
        n_jobs = 1 if get_active_backend()[0].nesting_level else -1
    return int(effective_n_jobs(n_jobs))
