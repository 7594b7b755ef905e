"""The timeline: moments to go back to, in branches."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

from baremath.playground.server.moment import Moment

#: Bytes that the weights of a branch's moments may take, and their tables; how many moments there
#: are at least, and at most.
_BYTES, _TABLE_BYTES, _FEWEST, _MOST = 8 << 20, 32 << 20, 32, 400

_MOST_BRANCHES = 12
_MOST_BOOKMARKS = 50

#: Points of the loss curve that wait for a page that can't be seen.
_MOST_LOSSES = 20_000

#: A step, and the losses after it, of training and test points.
Losses = tuple[float, float, float]


@dataclass
class Branch:
    """Moments in a row, from where it left another branch, and how far it has come.

    Parameters
    ----------
    id : int
    parent : int or None
    from_step : int
    moments : list of Moment
    interval : int
        Steps between two moments, at least.
    last_step : int
    losses : dict of list of Losses
        By the number of a run: points of the loss curve that the page hasn't been sent.
    """

    id: int
    parent: int | None
    from_step: int
    moments: list[Moment] = field(default_factory=list)
    interval: int = 1
    last_step: int = 0
    losses: dict[int, list[Losses]] = field(default_factory=lambda: defaultdict(list))


class Timeline:
    """Moments of the past; those between them are trained again, to the same weights.

    Who goes back and trains again without a change goes along the same branch. Another begins where
    something differs.
    """

    def __init__(self) -> None:
        self.branches: list[Branch] = [Branch(0, None, 0)]
        self.current = self.branches[0]
        self.bookmarks: list[dict[str, Any]] = []
        self._at = 0  # where training went on, if that was in the past
        self._behind = False  # whether there are moments of this branch after now

    @property
    def has_past(self) -> bool:
        """Whether there is more than a beginning."""
        return len(self.branches) > 1 or self.current.last_step > 0 or bool(self.bookmarks)

    def begin(self, moment: Moment) -> None:
        """Go to the branch that begins with such a moment, or begin one."""
        alike = [one for one in self.branches if one.moments and one.moments[0].is_like(moment)]
        if alike:
            self.current = self.current if self.current in alike else alike[-1]
            self.went_to(moment.step)
            return
        if self.current.moments:
            self._begin_branch(None, 0, [], 1)
        self.current.moments.append(moment)
        self.reached(moment.step)

    def note(self, moment: Moment) -> bool:
        """Remember a moment if it is far enough from the last; return whether it branched off."""
        branched = self._branched(moment)
        if self._behind:
            return branched
        moments = self.current.moments
        self.reached(moment.step)
        if moments and not moment.kept and moment.step - moments[-1].step < self.current.interval:
            return branched
        if moments and moment.kept and moments[-1].step == moment.step:
            moments.pop()
        moments.append(moment)
        self._thin()
        return branched

    def note_losses(self, run: int, losses: Losses) -> None:
        """Add a point to the curve of a run: only where the branch is new."""
        if self._behind:
            return
        waiting = self.current.losses[run]
        waiting.append(losses)
        if len(waiting) > _MOST_LOSSES:
            del waiting[1::2]

    def reached(self, step: int) -> None:
        """Note how far the current branch has come."""
        self.current.last_step = max(self.current.last_step, step)

    @property
    def next_edit(self) -> int | None:
        """The step of this branch's next change, where training again leaves the branch."""
        if not self._behind:
            return None
        edits = [one.differs_from for one in self.current.moments if one.step > self._at]
        return next((one for one in edits if one is not None), None)

    def _branched(self, moment: Moment) -> bool:
        """Begin a branch where something differs; return whether it does."""
        step, current = moment.step, self.current
        marked = moment.kept and step in self._marked(current)
        if not (self._behind or marked):
            return False
        leaves = self.next_edit == step
        if not (moment.kept or leaves):
            self._behind = step < current.last_step
            return False
        before = [
            one for one in current.moments if one.step < step or (one.step == step and not leaves)
        ]
        self._begin_branch(current.id, step, before, current.interval)
        for run, waiting in current.losses.items():
            self.current.losses[run] = [one for one in waiting if one[0] <= step]
        return True

    def _begin_branch(
        self, parent: int | None, from_step: int, moments: list[Moment], interval: int
    ) -> None:
        number = max(branch.id for branch in self.branches) + 1
        self.current = Branch(number, parent, from_step, moments, interval)
        self._behind = False
        self.branches.append(self.current)
        if len(self.branches) > _MOST_BRANCHES:
            self._forget_one(parent)

    def _forget_one(self, parent: int | None) -> None:
        """Forget the oldest branch; one with bookmarks only if all have some."""
        others = [one for one in self.branches[:-1] if one.id != parent]
        oldest = next((one for one in others if not self._marked(one)), others[0])
        self.branches.remove(oldest)
        self.bookmarks = [one for one in self.bookmarks if one["branch"] != oldest.id]

    def _marked(self, branch: Branch) -> set[int]:
        """Return the steps of a branch that have bookmarks."""
        return {one["step"] for one in self.bookmarks if one["branch"] == branch.id}

    def _thin(self) -> None:
        """Drop every second moment where there are too many; of those by hand, the oldest.

        The first stays, and the last, and those with a bookmark.
        """
        moments = self.current.moments
        most = max(_FEWEST, min(_MOST, _BYTES // max(1, moments[-1].bytes)))
        tables = {id(one.table): one.table_bytes for one in moments}
        large = sum(tables.values()) > _TABLE_BYTES
        if len(moments) <= most and not large:
            return
        marked = self._marked(self.current)
        free = [one for one in moments[1:-1] if one.step not in marked]
        loose = [one for one in free if one.differs_from is None]
        if 2 * len(loose) >= len(moments) and not large:
            self.current.interval *= 2
            dropped = loose[::2]
        else:
            dropped = free[: len(moments) // 2]
        self.current.moments = _without(moments, dropped)

    def before(self, step: int, branch: int | None) -> tuple[Moment, int]:
        """Go to a branch; return its last moment that isn't after a step, and the step.

        The step is an earlier one where edits on the way to it have been forgotten.

        Raises
        ------
        ValueError
            If there is no such branch, or the step isn't on it.
        """
        number = self.current.id if branch is None else branch
        found = next((one for one in self.branches if one.id == number), None)
        if found is None:
            raise ValueError(
                f"there is no branch {branch}; it may have been dropped for newer ones."
            )
        moments = found.moments
        place = bisect_right([moment.step for moment in moments], step) - 1
        if place < 0:
            raise ValueError(
                f"the timeline begins at step {moments[0].step}; there is no step {step}."
                if moments
                else "nothing has been trained yet."
            )
        if step > found.last_step:
            raise ValueError(
                f"the timeline ends at step {found.last_step}; there is no step {step}."
            )
        self.current = found
        forgotten = moments[place + 1].forgotten_from if place + 1 < len(moments) else None
        return moments[place], step if forgotten is None else min(step, forgotten - 1)

    def went_to(self, step: int) -> None:
        """Note that training stands at a step of the current branch."""
        self._at, self._behind = step, step < self.current.last_step

    def bookmark(self, name: str, moment: Moment) -> None:
        """Keep a moment under a name.

        Raises
        ------
        ValueError
            If there are too many.
        """
        if len(self.bookmarks) >= _MOST_BOOKMARKS:
            raise ValueError(f"there are {_MOST_BOOKMARKS} bookmarks already; remove one first.")
        moments, step = self.current.moments, moment.step
        place = bisect_right([one.step for one in moments], step)
        if moments[place - 1].step != step:
            moments.insert(place, moment)
        self.bookmarks.append(
            {"branch": self.current.id, "step": step, "name": name or f"step {step:,}"}
        )

    def remove_bookmark(self, branch: int, step: int) -> None:
        """Remove what was bookmarked at a step.

        Raises
        ------
        ValueError
            If there is no bookmark.
        """
        left = [one for one in self.bookmarks if (one["branch"], one["step"]) != (branch, step)]
        if len(left) == len(self.bookmarks):
            raise ValueError(f"there is no bookmark at step {step} of branch {branch}.")
        self.bookmarks = left

    def adopt(self, run: int, step: int) -> None:
        """Keep the past of one run only, which stands at a step."""
        for branch in self.branches:
            alone = [moment.of_run(run) for moment in branch.moments]
            failed = [
                one
                for one, all_runs in zip(alone, branch.moments, strict=True)
                if one.step != all_runs.step
            ]
            branch.moments = _without(alone, failed)
            if failed:
                branch.last_step = branch.moments[-1].step
                self.bookmarks = [
                    one
                    for one in self.bookmarks
                    if one["branch"] != branch.id or one["step"] <= branch.last_step
                ]
            branch.losses = defaultdict(list, {0: branch.losses[run]})
        self.went_to(step)

    def described(self) -> dict[str, Any]:
        """Return the branches and bookmarks, for a page to draw."""
        return {
            "branches": [
                {
                    "id": branch.id,
                    "parent": branch.parent,
                    "from_step": branch.from_step,
                    "first_step": branch.moments[0].step if branch.moments else branch.from_step,
                    "last_step": branch.last_step,
                }
                for branch in self.branches
            ],
            "current": self.current.id,
            "bookmarks": list(self.bookmarks),
        }


def _without(moments: list[Moment], dropped: list[Moment]) -> list[Moment]:
    """Drop moments; the one after an edit that is dropped tells from where steps are forgotten."""
    out = set(map(id, dropped))
    left, forgotten = [], None
    for moment in moments:
        if id(moment) in out:
            forgotten = moment.differs_from if forgotten is None else forgotten
        else:
            left.append(moment if forgotten is None else replace(moment, forgotten_from=forgotten))
            forgotten = None
    return left
