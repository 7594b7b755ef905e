"""The timeline as a page sees it: back to any moment, branches, bookmarks, the curve."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from tests.playground.page import Page, coded, plan_of

from baremath.playground.server import messages, timeline
from baremath.playground.server.config import Config, Layer
from baremath.playground.server.timeline import Timeline

FAST = {"learning_rate": 0.3}


@pytest.fixture
def page() -> Page:
    page = Page()
    page.configure()
    return page


def epochs(page: Page, n: int = 1) -> None:
    for _ in range(n):
        page.ask("step", unit="epoch")


class TestGoingBack:
    def test_any_moment_again(self, page: Page) -> None:
        page.train(30)
        last = page.run["step"]
        plan = plan_of(Config())
        for step in (0, 1, last // 3, last - 1, last):
            page.ask("seek", step=step)
            assert page.run["step"] == step
            if step:
                assert_array_equal(page.weights, plan.taken(plan.first(), step).params)

    def test_a_branch(self, page: Page) -> None:
        page.train(10)
        last, weights = page.run["step"], page.weights
        page.ask("seek", step=last // 2)
        page.configure({"learning_rate": 0.3})
        page.train(2)
        told = page.told("timeline")[-1]
        assert [one["id"] for one in told["branches"]] == [0, 1]
        assert told["branches"][1]["from_step"] == last // 2
        assert told["current"] == 1
        reply = page.ask("seek", step=last, branch=0)
        assert reply["config"]["learning_rate"] == 0.03
        assert_array_equal(page.weights, weights)

    def test_edits_are_part_of_the_past(self, page: Page) -> None:
        page.train(2)
        page.ask("set_weight", layer=0, unit=0, input=0, value=2.0)
        page.train(2)
        page.configure({"layers": [{"units": 3}]})
        page.train(2)
        last, weights = page.run["step"], page.weights
        page.ask("seek", step=1)
        assert len(page.weights) == 25
        page.ask("seek", step=last)
        assert_array_equal(page.weights, weights)

    def test_a_step_that_is_not_there(self, page: Page) -> None:
        page.configure(weights=coded(page.weights), step=100)
        assert "begins at step 100" in page.ask("seek", step=99)["message"]
        assert "no branch 7" in page.ask("seek", step=100, branch=7)["message"]

    def test_a_bookmark_in_the_past_begins_no_branch(self, page: Page) -> None:
        page.train(5)
        last = page.run["step"]
        page.ask("seek", step=last // 2)
        page.ask("bookmark", name="here")
        page.ask("seek", step=last)
        assert len(page.told("timeline")[-1]["branches"]) == 1

    def test_a_timeline_that_begins_later(self) -> None:
        page = Page()
        page.configure(weights=coded(np.full(25, 0.1)), step=100)
        assert page.told("timeline")[-1]["branches"][0]["first_step"] == 100

    def test_a_bookmark(self, page: Page) -> None:
        page.ask("step", unit="epoch")
        page.ask("bookmark", name="here")
        assert page.told("timeline")[-1]["bookmarks"] == [{"branch": 0, "step": 25, "name": "here"}]


class TestBranches:
    def test_the_same_training_again_is_no_other_branch(self, page: Page) -> None:
        epochs(page, 4)
        weights = page.weights
        page.ask("seek", step=30)
        epochs(page, 3)
        assert page.run["step"] == 100
        assert_array_equal(page.weights, weights)
        epochs(page)
        assert page.run["step"] == 125
        assert page.branch == 0
        page.ask("seek", step=125)
        assert [one["last_step"] for one in page.timeline["branches"]] == [125]

    def test_a_change_that_is_left_out_begins_a_branch(self, page: Page) -> None:
        epochs(page, 2)
        page.configure(FAST)
        epochs(page, 2)
        with_change = page.weights
        page.ask("seek", step=10)
        page.train(40)
        last = page.run["step"]
        assert last > 100
        branches = page.timeline["branches"]
        assert [(one["parent"], one["from_step"]) for one in branches] == [(None, 0), (0, 50)]
        page.ask("seek", step=100)
        plan = plan_of(Config())
        assert_array_equal(page.weights, plan.taken(plan.first(), 100).params)
        page.ask("seek", step=100, branch=0)
        assert_array_equal(page.weights, with_change)

    def test_a_configuration_without_a_change_begins_none(self, page: Page) -> None:
        epochs(page, 2)
        page.ask("seek", step=10)
        page.configure()
        page.configure({"stop": {"epochs": 70}})
        epochs(page)
        assert page.branch == 0

    def test_a_change_at_the_beginning_keeps_the_past(self, page: Page) -> None:
        epochs(page, 2)
        weights = page.weights
        page.ask("seek", step=0)
        reply = page.configure({"layers": [{"units": 3}]})
        assert not reply["redrawn"]
        plan = plan_of(Config(layers=(Layer(3),)))
        assert_array_equal(page.weights, plan.first().params)
        epochs(page)
        assert [one["parent"] for one in page.timeline["branches"]] == [None, None]
        page.ask("seek", step=50, branch=0)
        assert_array_equal(page.weights, weights)

    def test_before_the_first_step_there_is_no_past(self, page: Page) -> None:
        assert page.configure({"layers": [{"units": 3}]})["redrawn"]
        assert len(page.timeline["branches"]) == 1

    def test_the_oldest_without_a_bookmark_is_forgotten(self, page: Page) -> None:
        epochs(page, 2)
        page.ask("bookmark")
        for k in range(14):
            page.ask("seek", step=10, branch=0)
            page.configure({"learning_rate": 0.1 + k})
        numbers = [one["id"] for one in page.timeline["branches"]]
        assert len(numbers) == 12
        assert numbers[:2] == [0, 4]

    def test_a_change_where_a_bookmark_is_begins_a_branch(self, page: Page) -> None:
        epochs(page, 2)
        weights = page.weights
        page.ask("bookmark", name="before")
        page.ask("set_weight", input=0, value=2.0)
        page.ask("set_weight", input=0, value=3.0)
        assert page.branch == 1
        assert len(page.timeline["branches"]) == 2
        page.ask("seek", step=50, branch=0)
        assert_array_equal(page.weights, weights)
        page.ask("seek", step=50, branch=1)
        assert page.weights[0] == 3

    def test_other_points_come_with_the_moment(self, page: Page) -> None:
        epochs(page, 2)
        page.configure({"data": {"noise": 40}})
        epochs(page)
        before, after = (one for one in page.binaries if one[0]["type"] == "points")
        assert (before[1]["y"] != after[1]["y"]).any()
        for step, expected in [(10, before), (75, after)]:
            page.ask("seek", step=step)
            points = [one for one in page.binaries if one[0]["type"] == "points"][-1]
            assert_array_equal(points[1]["y"], expected[1]["y"])
        n = len([one for one in page.binaries if one[0]["type"] == "points"])
        page.ask("seek", step=70)
        assert len([one for one in page.binaries if one[0]["type"] == "points"]) == n

    def test_the_settings_of_the_runs_come_with_the_moment(self, page: Page) -> None:
        page.configure(variants=[{"label": "a", "learning_rate": 0.1}])
        epochs(page)
        page.configure(variants=[{"label": "a", "learning_rate": 0.2}])
        epochs(page)
        assert page.ask("seek", step=10)["variants"][0]["learning_rate"] == 0.1
        assert page.ask("seek", step=40)["variants"][0]["learning_rate"] == 0.2


class TestReset:
    def test_the_past_stays(self, page: Page) -> None:
        epochs(page, 2)
        first, weights = plan_of(Config()).first().params, page.weights
        page.ask("bookmark", name="here")
        page.ask("reset")
        assert page.run["step"] == 0
        assert_array_equal(page.weights, first)
        epochs(page)
        assert page.branch == 0
        assert page.timeline["bookmarks"] == [{"branch": 0, "step": 50, "name": "here"}]
        page.ask("seek", step=50)
        assert_array_equal(page.weights, weights)

    def test_under_other_settings_it_is_another_branch(self, page: Page) -> None:
        epochs(page)
        page.configure(FAST)
        epochs(page)
        page.ask("reset")
        epochs(page)
        page.ask("reset")
        assert page.branch == 1
        assert [one["parent"] for one in page.timeline["branches"]] == [None, None]
        assert page.ask("seek", step=20)["config"]["learning_rate"] == 0.3
        plan = plan_of(Config(learning_rate=0.3))
        assert_array_equal(page.weights, plan.taken(plan.first(), 20).params)

    def test_weights_of_an_address_are_left(self, page: Page) -> None:
        page.configure(weights=coded(np.full(25, 0.1)), step=100)
        epochs(page)
        page.ask("reset")
        assert_array_equal(page.weights, plan_of(Config()).first().params)
        assert [one["first_step"] for one in page.timeline["branches"]] == [100, 0]

    def test_again_and_again(self, page: Page) -> None:
        for _ in range(20):
            epochs(page)
            page.ask("reset")
        assert len(page.timeline["branches"]) == 1


class TestBookmarks:
    def test_one_is_removed(self, page: Page) -> None:
        epochs(page)
        for name in ("a", "b"):
            page.ask("bookmark", name=name)
            epochs(page)
        page.ask("unbookmark", branch=0, step=25)
        assert [one["name"] for one in page.timeline["bookmarks"]] == ["b"]
        assert "no bookmark" in page.ask("unbookmark", branch=0, step=25)["message"]

    def test_too_many(self, page: Page) -> None:
        for _ in range(50):
            page.ask("bookmark")
        assert "remove one" in page.ask("bookmark")["message"]

    def test_it_outlives_many_edits(self, page: Page) -> None:
        weights = {}
        for k in range(900):
            page.ask("set_weight", value=k / 1000)
            page.ask("step", unit="batch")
            if k in (70, 300):
                page.ask("bookmark")
            weights[k + 1] = page.weights
        assert [one["branch"] for one in page.timeline["bookmarks"]] == [0, 1]
        page.ask("seek", step=71, branch=0)
        assert_array_equal(page.weights, weights[71])
        page.ask("seek", step=301, branch=1)
        assert_array_equal(page.weights, weights[301])
        assert page.ask("seek", step=0, branch=2)["step"] == 0
        for step in range(1, 901, 7):
            found = page.ask("seek", step=step)["step"]
            assert found <= step
            if found:  # and the bias is what it was set to there
                assert_array_equal(np.delete(page.weights, 8), np.delete(weights[found], 8))


class TestTheCurve:
    def test_going_back_adds_nothing(self, page: Page) -> None:
        epochs(page, 4)
        for step in (0, 30, 100):
            page.ask("seek", step=step)
        page.ask("seek", step=10)
        epochs(page, 5)
        assert [row[0] for row in page.losses()[0]] == [0, 25, 50, 75, 100, 100, 125]

    def test_each_branch_has_its_own(self, page: Page) -> None:
        epochs(page)
        page.draws = False
        epochs(page, 3)
        page.ask("seek", step=50)
        page.configure(FAST)
        epochs(page)
        page.draws = True
        page.session.receive(messages.Ack(seq=page.frame[0]["seq"]))
        page.ask("seek", step=100, branch=0)
        page.ask("seek", step=75, branch=1)
        losses = page.losses()
        assert [row[0] for row in losses[0]] == [0, 25, 50, 75, 100]
        assert [row[0] for row in losses[1]] == [50, 75]


class TestEdited:
    """Whether the configuration alone leads to a moment: a program is exported accordingly."""

    def is_edited(self, page: Page) -> bool:
        return page.session._training.edited

    def test_it_is_as_it_was(self, page: Page) -> None:
        epochs(page)
        page.ask("set_weight", input=0, value=2.0)
        epochs(page)
        assert self.is_edited(page)
        page.ask("seek", step=24)
        assert not self.is_edited(page)
        page.ask("reset")
        assert not self.is_edited(page)
        page.ask("seek", step=50)
        assert self.is_edited(page)

    def test_another_run_is_no_change_of_the_first(self, page: Page) -> None:
        page.configure(variants=[{"label": "a"}])
        epochs(page)
        page.configure(variants=[{"label": "a", **FAST}])
        assert not self.is_edited(page)
        page.ask("adopt", run=1)
        assert self.is_edited(page)


class TestAdopting:
    VARIANTS = ({"label": "fast", **FAST}, {"label": "small", "features": ["x1"]})

    def test_a_run_goes_on_with_its_past(self, page: Page) -> None:
        page.configure(variants=self.VARIANTS)
        epochs(page, 2)
        weights = page.frame[1]["1/weights"]
        page.ask("bookmark", name="here")
        reply = page.ask("adopt", run=1)
        assert (reply["runs"], reply["variants"], reply["redrawn"]) == ([""], [], False)
        assert reply["config"]["learning_rate"] == 0.3
        assert_array_equal(page.weights, weights)
        assert len(page.timeline["bookmarks"]) == 1
        epochs(page)
        page.ask("seek", step=60)
        plan = plan_of(Config(learning_rate=0.3))
        assert_array_equal(page.weights, plan.taken(plan.first(), 60).params)
        page.ask("seek", step=10)
        assert_array_equal(page.weights, plan.taken(plan.first(), 10).params)

    def test_other_inputs_come_with_it(self, page: Page) -> None:
        page.configure(variants=self.VARIANTS)
        page.ask("adopt", run=2)
        points = [one for one in page.binaries if one[0]["type"] == "points"]
        assert points[-1][1]["features"].shape == (1, 32, 32)

    def test_one_that_is_not_there(self, page: Page) -> None:
        assert "no run 1" in page.ask("adopt", run=1)["message"]

    def test_one_that_has_failed(self, page: Page) -> None:
        page.configure(
            {"problem": "regression", "data": {"name": "reg-plane"}, "layers": []},
            variants=[{"label": "wild", "learning_rate": 900.0}],
        )
        page.train(20)
        assert "can't go on" in page.ask("adopt", run=1)["message"]
        page.ask("seek", step=1)
        page.ask("adopt", run=1)
        assert page.timeline["branches"][0]["last_step"] < 100

    def test_a_change_of_one_that_had_failed_is_in_the_timeline(self, page: Page) -> None:
        config = {"problem": "regression", "data": {"name": "reg-plane"}, "layers": []}
        page.configure(config, variants=[{"label": "wild", "learning_rate": 900.0}])
        page.train(20)
        page.configure(config, variants=[{"label": "wild", "learning_rate": 0.01}])
        assert page.ask("adopt", run=1)["config"]["learning_rate"] == 0.01
        step = page.timeline["branches"][0]["last_step"]
        assert page.ask("seek", step=step)["config"]["learning_rate"] == 0.01

    def test_it_is_stopped_by_its_own_losses(self, page: Page) -> None:
        config = {"stop": {"patience": 2}}
        page.configure(config, variants=[{"label": "slow", "learning_rate": 0.001}])
        epochs(page, 4)
        page.ask("adopt", run=1)
        page.train(400)
        assert page.run["epoch"] > 8


COMMANDS = st.one_of(
    st.tuples(
        st.just("step"), st.fixed_dictionaries({"unit": st.sampled_from(["batch", "epoch"])})
    ),
    st.tuples(st.sampled_from(["reset", "bookmark"]), st.just({})),
    st.tuples(st.just("learn"), st.fixed_dictionaries({"sample": st.integers(0, 9)})),
    st.tuples(st.just("set_weight"), st.fixed_dictionaries({"value": st.sampled_from([1.0, 2.0])})),
    st.tuples(
        st.just("configure"),
        st.fixed_dictionaries(
            {
                "config": st.fixed_dictionaries(
                    {
                        "learning_rate": st.sampled_from([0.03, 0.1]),
                        "layers": st.sampled_from([[{"units": 3}], [{"units": 3}, {"units": 2}]]),
                        "data": st.fixed_dictionaries({"noise": st.sampled_from([0, 10])}),
                    }
                )
            }
        ),
    ),
    st.tuples(
        st.just("seek"),
        st.fixed_dictionaries({"step": st.integers(0, 60), "branch": st.none() | st.just(0)}),
    ),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(COMMANDS, max_size=14), st.booleans())
def test_whatever_is_done_every_moment_comes_back(commands, thin) -> None:
    """A step of a branch has the weights, the settings and the losses that it had."""
    page = Page()
    page.configure()
    seen, curve = {}, {}
    with pytest.MonkeyPatch.context() as patch:
        if thin:
            patch.setattr(timeline, "_FEWEST", 4)
            patch.setattr(timeline, "_MOST", 4)
        for kind, fields in [*commands, ("step", {"unit": "batch"})]:
            page.ask(kind, **fields)
            config = page.session._training.runs[0].plan.config
            seen[page.branch, page.run["step"]] = (page.weights, config, page.run["train_loss"])
        for branch, rows in page.losses().items():
            assert [row[0] for row in rows] == sorted(row[0] for row in rows)
            curve |= {(branch, row[0]): row[1] for row in rows}
        known = {one["id"]: one["last_step"] for one in page.timeline["branches"]}
        for (branch, step), (weights, config, loss) in [*reversed(seen.items()), *seen.items()]:
            if branch not in known:
                continue
            reply = page.ask("seek", branch=branch, step=step)
            assert reply["type"] == "configured"
            assert page.branch == branch
            assert curve.get((branch, step), loss) == loss
            if reply["step"] == step:
                assert page.session._training.runs[0].plan.config == config
                assert_array_equal(page.weights, weights)
            else:
                assert thin


def test_tables_of_the_past_are_few(page: Page, monkeypatch) -> None:
    """Each other share of the points is another table."""
    monkeypatch.setattr(timeline, "_TABLE_BYTES", 1_000_000)
    epochs(page)
    for k in range(60):
        page.configure({"data": {"noise": k / 2}})
        page.ask("step", unit="batch")
    moments = page.session._training.timeline.current.moments
    tables = {id(one.table): one.table_bytes for one in moments}
    assert len(tables) > 3
    assert sum(tables.values()) < 1_200_000
    assert moments[0].step == 0


def test_a_branch_knows_how_far_it_has_come() -> None:
    timeline = Timeline()
    timeline.reached(30)
    assert timeline.described()["branches"][0]["last_step"] == 30
