"""The progress bar of a fit in the terminal."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

    from baremath.training.trainer import Trainer


def progress_bar(trainer: Trainer, end: int) -> AbstractContextManager[object]:
    """Show, inside, one line with epochs, time left and the last losses.

    The line is drawn from a thread of its own ten times a second: it doesn't hold up the steps.

    Parameters
    ----------
    trainer : Trainer
        What is trained.
    end : int
        The epoch it goes to.
    """
    from rich.live import Live
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("epoch {task.completed:.0f} of {task.total}"),
        BarColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn("{task.description}"),
    )
    task = bar.add_task("", total=end, completed=trainer.epochs)

    def line() -> Progress:
        last = {name: column[-1] for name, column in trainer.history.items() if column}
        losses = [f"{name.replace('_', ' ')} {value:.4g}" for name, value in last.items()]
        bar.update(task, completed=trainer.epochs_passed, description="  ".join(losses))
        return bar

    return Live(get_renderable=line, refresh_per_second=10)
