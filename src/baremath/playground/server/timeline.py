"""The timeline: moments to go back to, in branches."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any

from baremath.playground.server.plan import Plan
from baremath.training.progress import Progress

#: Bytes that the moments of a branch may take; how many there are at least, and at most.
_BYTES, _FEWEST, _MOST = 8 << 20, 32, 400

_MOST_BRANCHES = 12
_MOST_BOOKMARKS = 50


@dataclass(frozen=True, eq=False)
class Moment:
    """All runs at one step.

    Parameters
    ----------
    runs : tuple of (Plan, Progress)
        Of each run; in step.
    kept : bool
        Whether it stays when others are thinned out: something was changed by hand there.
    """

    runs: tuple[tuple[Plan, Progress], ...]
    kept: bool

    @property
    def step(self) -> int:
        """How many steps had been taken."""
        return self.runs[0][1].steps

    @property
    def bytes(self) -> int:
        """What its arrays take, about."""
        return sum(now.params.nbytes * (1 + len(now.state["optimizer"])) for _, now in self.runs)


@dataclass
class Branch:
    """Moments in a row, from where it left another branch, and how far it has come."""

    id: int
    parent: int | None
    from_step: int
    moments: list[Moment] = field(default_factory=list)
    interval: int = 1
    last_step: int = 0


class Timeline:
    """Moments of the past; those between them are trained again, to the same weights."""

    def __init__(self) -> None:
        self.branches: list[Branch] = [Branch(0, None, 0)]
        self.current = self.branches[0]
        self.bookmarks: list[dict[str, Any]] = []
        self._behind = False  # whether there are moments of this branch after now

    def note(self, *runs: tuple[Plan, Progress], kept: bool = False) -> bool:
        """Remember this moment if it is far enough from the last; whether it branched off."""
        step = runs[0][1].steps
        branched = self._branched(step)
        moments = self.current.moments
        if moments and step < moments[-1].step:
            raise ValueError("a moment before the last of its branch")
        self.reached(step)
        if moments and not kept and step - moments[-1].step < self.current.interval:
            return branched
        if moments and kept and moments[-1].step == step:
            moments.pop()
        moments.append(Moment(runs, kept or not moments))
        self._thin()
        return branched

    def reached(self, step: int) -> None:
        """Note how far the current branch has come."""
        self.current.last_step = max(self.current.last_step, step)

    def _branched(self, step: int) -> bool:
        """Begin a branch if there are moments after this one already."""
        if not self._behind:
            return False
        self._behind = False
        number = max(branch.id for branch in self.branches) + 1
        before = [moment for moment in self.current.moments if moment.step <= step]
        branch = Branch(number, self.current.id, step, before, self.current.interval)
        self.branches.append(branch)
        self.current = branch
        if len(self.branches) > _MOST_BRANCHES:
            self._forget(self.branches[0])
        return True

    def _forget(self, branch: Branch) -> None:
        self.branches.remove(branch)
        self.bookmarks = [one for one in self.bookmarks if one["branch"] != branch.id]

    def _thin(self) -> None:
        """Drop every second moment where there are too many; of those that are kept, the oldest."""
        moments = self.current.moments
        most = max(_FEWEST, min(_MOST, _BYTES // max(1, moments[-1].bytes)))
        if len(moments) <= most:
            return
        loose = [moment for moment in moments[:-1] if not moment.kept]
        if 2 * len(loose) < len(moments):
            self.current.moments = moments[len(moments) // 2 :]
            return
        self.current.interval *= 2
        dropped = set(map(id, loose[::2]))
        self.current.moments = [moment for moment in moments if id(moment) not in dropped]

    def before(self, step: int, branch: int | None) -> Moment:
        """Go to a branch, and return its last moment that isn't after a step.

        Raises
        ------
        ValueError
            If there is no such branch, or the step isn't on it.
        """
        found = [
            one
            for one in self.branches
            if one.id == (self.current.id if branch is None else branch)
        ]
        if not found:
            raise ValueError(
                f"there is no branch {branch}; it may have been dropped for newer ones."
            )
        moments = found[0].moments
        place = bisect_right([moment.step for moment in moments], step) - 1
        if place < 0:
            raise ValueError(
                f"the timeline begins at step {moments[0].step}; there is no step {step}."
                if moments
                else "nothing has been trained yet."
            )
        if step > found[0].last_step:
            raise ValueError(
                f"the timeline ends at step {found[0].last_step}; there is no step {step}."
            )
        self.current = found[0]
        return moments[place]

    def went_to(self, step: int) -> None:
        """Note that training stands at a step of the current branch."""
        self._behind = step < self.current.last_step

    def bookmark(self, name: str, step: int) -> None:
        """Keep a step under a name.

        Raises
        ------
        ValueError
            If there are too many.
        """
        if len(self.bookmarks) >= _MOST_BOOKMARKS:
            raise ValueError(f"there are {_MOST_BOOKMARKS} bookmarks already.")
        self.bookmarks.append(
            {"branch": self.current.id, "step": step, "name": name or f"step {step:,}"}
        )

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
