"""What is on a page as a file to take away: a program, or a model."""

from __future__ import annotations

from baremath.playground.server.plan import Plan
from baremath.training.progress import Progress


def exported(
    plan: Plan, now: Progress, what: str, *, edited: bool = False
) -> tuple[str, str, bytes]:
    """Return what is on the screen as a file.

    Parameters
    ----------
    plan : Plan
    now : Progress
    what : {"python", "model"}
        A program that trains the same network on the same points to the same weights, see
        `program.program`; or a fitted estimator that `baremath.load` reads, see
        `model_file.estimator_of`.
    edited : bool, default=False
        Whether something was changed on the way, so that training by this configuration from the
        first step doesn't lead to these weights. The program starts from them then.

    Returns
    -------
    filename, mime : str
    content : bytes

    Raises
    ------
    ValueError
        If there is no such kind of file.
    """
    if what == "python":
        from baremath.playground.server.exporting.program import program

        text = program(plan, now, edited=edited)
        return "playground.py", "text/x-python", text.encode()
    if what == "model":
        from baremath.playground.server.exporting.model_file import model_file

        return "playground.skops", "application/zip", model_file(plan, now)
    raise ValueError(f"export: what={what!r} must be 'python' or 'model'.")
