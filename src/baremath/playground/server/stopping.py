"""The rules by which training pauses by itself."""

from __future__ import annotations

import math

from baremath.playground.server.run import Run

#: More steps than anybody takes.
_WITHOUT_END = 1 << 40


class Stopping:
    """Asks the rules of a run's configuration after each epoch."""

    def __init__(self) -> None:
        self._best: tuple[float, int] | None = None  # the lowest test loss, and its epoch

    def steps_until(self, run: Run) -> int:
        """Return how many steps there may be before a rule is asked."""
        rules, plan = run.plan.config.stop, run.plan
        if rules.loss is not None or rules.patience is not None:
            return plan.steps_left(run.now)
        if rules.epochs is None:
            return _WITHOUT_END
        of_an_epoch = math.ceil(len(plan.train) / plan.batch_size)
        return plan.steps_left(run.now) + max(0, rules.epochs - run.epochs - 1) * of_an_epoch

    def reason(self, run: Run) -> str:
        """Return why a run should pause now, or ""."""
        rules = run.plan.config.stop
        if not run.is_between_epochs or rules == type(rules)():
            return ""
        epoch, loss = run.epochs, run.measured().test_loss
        if self._best is None or loss < self._best[0]:
            self._best = (loss, epoch)
        best, since = self._best
        if rules.epochs is not None and epoch >= rules.epochs:
            return f"epoch {epoch:,} is reached"
        if rules.loss is not None and loss <= rules.loss:
            return f"the test loss, {loss:.4g}, is at most {rules.loss:g}"
        if rules.patience is not None and epoch - since >= rules.patience:
            return f"the test loss has not been below {best:.4g} for {rules.patience} epochs"
        return ""
