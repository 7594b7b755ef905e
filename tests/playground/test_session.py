"""A session, turn by turn: what it answers, trains and draws."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from tests.playground.page import TURN, Page, coded, plan_of

from baremath.playground.server import messages, session
from baremath.playground.server.config import Config
from baremath.playground.server.frames import decode
from baremath.playground.server.session import Session


@pytest.fixture
def page() -> Page:
    page = Page()
    page.configure()
    return page


class TestConfiguring:
    def test_nothing_works_before(self) -> None:
        assert "nothing is configured" in Page().ask("play")["message"]

    def test_the_default_network(self, page: Page) -> None:
        reply = page.told("configured")[0]
        assert reply["shape"] == [2, 4, 2, 1]
        assert reply["activations"] == ["tanh", "tanh", "tanh"]
        points, arrays = page.binaries[0]
        assert points["type"] == "points"
        assert arrays["X"].shape == (500, 2)
        assert arrays["features"].shape == (2, 32, 32)
        header, arrays = page.frame
        assert arrays["0/weights"].shape == (25,)
        assert arrays["0/output"].shape == (1, 96, 96)
        assert arrays["0/units"].shape == (6, 32, 32)
        assert header["runs"][0]["step"] == 0

    @pytest.mark.parametrize(
        "change",
        [
            {"learning_rate": 0.3},
            {"optimizer": {"name": "adam"}},
            {"penalty": {"name": "L1", "rate": 0.01}},
            {"batch_size": 3},
            {"layers": [{"units": 4, "dropout": 0.2}, {"units": 2, "activation": "relu"}]},
            {"schedule": {"name": "cosine"}},
            {"data": {"noise": 20}},
            {"data": {"share": 80}},
            {"stop": {"epochs": 1000}},
        ],
        ids=str,
    )
    def test_hot_edits_leave_weights_and_steps(self, page: Page, change) -> None:
        page.train()
        weights, step = page.weights, page.run["step"]
        assert step > 0
        assert not page.configure(change)["redrawn"]
        assert_array_equal(page.weights, weights)
        assert page.run["step"] == step
        page.train()
        assert page.run["step"] > step

    @pytest.mark.parametrize(
        "change", [{"seed": 5}, {"init": "xavier"}, {"data": {"name": "xor"}}], ids=str
    )
    def test_other_beginnings_draw_weights_anew(self, page: Page, change) -> None:
        page.train()
        assert page.configure(change)["redrawn"]
        assert page.run["step"] == 0

    def test_a_unit_more(self, page: Page) -> None:
        page.train()
        before = page.weights
        reply = page.configure({"layers": [{"units": 5}, {"units": 2}]})
        assert reply["shape"] == [2, 5, 2, 1]
        assert not reply["redrawn"]
        assert_array_equal(page.weights[:8], before[:8])

    def test_going_on_from_weights_and_step(self, page: Page) -> None:
        page.train()
        weights, step = page.weights, page.run["step"]
        other = Page()
        other.configure(weights=coded(weights), step=step)
        assert_array_equal(other.weights, weights)
        assert other.run["step"] == step
        page.ask("step", unit="batch")
        other.ask("step", unit="batch")
        assert_array_equal(page.weights, other.weights)

    def test_going_on_with_weights_that_are_held(self, page: Page) -> None:
        page.configure(weights=coded(page.weights), frozen=[3, 24])
        before = page.weights
        page.train()
        after, frozen = page.weights, page.frame[1]["0/frozen"]
        assert_array_equal(np.flatnonzero(frozen), [3, 24])
        assert_array_equal(after[[3, 24]], before[[3, 24]])
        assert after[0] != before[0]

    @pytest.mark.parametrize("weights", ["???", "AAA=", coded([1.0]), coded([np.nan] * 25)])
    def test_weights_that_are_none(self, page: Page, weights: str) -> None:
        before = page.weights
        assert page.configure(weights=weights)["type"] == "error"
        page.ask("step", unit="batch")
        assert page.run["step"] == 1
        assert before.shape == page.weights.shape

    def test_a_refused_configuration_changes_nothing(self, page: Page) -> None:
        page.train()
        step = page.run["step"]
        assert "no 'x9'" in page.configure({"features": ["x9"]})["message"]
        page.ask("step", unit="batch")
        assert page.run["step"] == step + 1

    def test_a_run_of_another_shape_stands_at_the_same_step(self, page: Page) -> None:
        variants = [{"label": "small", "layers": []}]
        page.configure(weights=coded(page.weights), step=2**40, variants=variants)
        page.ask("step", unit="batch")
        assert [run["step"] for run in page.frame[0]["runs"]] == [2**40 + 1] * 2


class TestDriving:
    def test_steps(self, page: Page) -> None:
        page.ask("step", unit="batch")
        assert (page.run["step"], page.run["epoch"]) == (1, 0)
        page.ask("step", unit="epoch")
        assert (page.run["step"], page.run["epoch"]) == (25, 1)
        page.ask("step", unit="epoch")
        assert (page.run["step"], page.run["epoch"]) == (50, 2)
        page.ask("step", unit="sample")
        assert (page.run["step"], page.run["epoch"]) == (51, 2)

    def test_the_weights_are_the_plans(self, page: Page) -> None:
        for _ in range(3):
            page.ask("step", unit="epoch")
        plan = plan_of(Config())
        assert_array_equal(page.weights, plan.taken(plan.first(), 75).params)

    def test_reset_begins_with_the_same_weights(self, page: Page) -> None:
        first = page.weights
        page.train()
        page.ask("reset")
        assert_array_equal(page.weights, first)
        assert page.run["step"] == 0

    def test_losses_are_never_dropped(self, page: Page) -> None:
        page.ask("view", visible=False)
        for _ in range(5):
            page.ask("step", unit="batch")
        page.ask("view", visible=True)
        sent = [arrays["0/losses"] for header, arrays in page.binaries if header["type"] == "frame"]
        assert_array_equal(np.concatenate(sent)[:, 0], [0, 1, 2, 3, 4, 5])

    def turns(self, session: Session) -> None:
        for _ in range(20):
            session.turn(TURN)

    def test_one_frame_at_a_time(self) -> None:
        sent = []
        session = Session(sent.append)
        session.receive(messages.Configure())
        self.turns(session)
        session.receive(messages.Step(unit="batch"))
        self.turns(session)
        frames = [decode(one)[0] for one in sent if isinstance(one, bytes)]
        assert [one["seq"] for one in frames if one["type"] == "frame"] == [1]
        assert session.receive(messages.Ack(seq=1))
        self.turns(session)
        last = decode(sent[-1])
        assert last[0]["seq"] == 2
        assert_array_equal(last[1]["0/losses"][:, 0], [1])

    def test_a_hidden_page_is_sent_the_last_frame_only(self, page: Page) -> None:
        page.ask("view", visible=False)
        page.draws = False
        for _ in range(3):
            n, step = len(page.binaries), page.run["step"]
            page.train(3)
            assert len(page.binaries) == n + 1
            assert page.run["step"] == page.session._training.runs[0].now.steps > step

    def test_a_hidden_page_that_asks_for_more_is_sent_some(self, page: Page, monkeypatch) -> None:
        monkeypatch.setattr(session, "_HIDDEN", 0.0)
        page.ask("view", visible=False)
        n = len(page.binaries)
        page.train(30)
        assert len(page.binaries) > n + 1

    def test_the_pace_may_be_set_before_anything_is_there(self) -> None:
        page = Page()
        assert page.ask("speed", steps_per_second=5)["type"] == "done"
        page.configure()
        assert page.session._training.pace.limit == 5


class TestStopping:
    def test_by_epoch(self, page: Page) -> None:
        page.configure({"stop": {"epochs": 3}})
        page.train(40)
        assert page.run["epoch"] == 3
        assert "epoch 3" in page.told("stopped")[0]["reason"]

    def test_by_loss(self, page: Page) -> None:
        page.configure({"stop": {"loss": 0.1}})
        page.train(3000)
        assert page.run["test_loss"] <= 0.1
        assert page.run["step"] % 25 == 0
        assert "at most 0.1" in page.told("stopped")[0]["reason"]

    def test_by_patience(self, page: Page) -> None:
        page.configure({"learning_rate": 1e-12, "stop": {"patience": 4}})
        page.train(100)
        assert page.run["epoch"] == 5
        assert "for 4 epochs" in page.told("stopped")[0]["reason"]

    def test_divergence_goes_back_to_finite_weights(self, page: Page) -> None:
        page.configure(
            {
                "problem": "regression",
                "data": {"name": "reg-plane"},
                "features": ["x1^2"],
                "layers": [{"units": 3, "activation": "relu"}],
                "learning_rate": 500.0,
            }
        )
        page.train(50)
        (told,) = page.told("diverged")
        assert told["learning_rate"] < 500
        assert np.isfinite(page.weights).all()
        assert page.run["step"] == told["went_back_to"]
        assert page.run["train_loss"] is not None
        assert page.run["test_loss"] is not None


class TestEditing:
    def test_a_weight(self, page: Page) -> None:
        before = page.run["train_loss"]
        page.ask("set_weight", layer=2, unit=0, input=1, value=3.0)
        assert page.weights[23] == 3
        assert page.run["train_loss"] != before

    def test_a_weight_that_is_not_there(self, page: Page) -> None:
        assert page.ask("set_weight", layer=7, unit=0, value=3.0)["type"] == "error"

    def test_a_frozen_weight(self, page: Page) -> None:
        page.ask("freeze", layer=0, unit=1, input=None)
        before = page.weights
        page.train()
        assert page.weights[9] == before[9]
        assert_array_equal(np.flatnonzero(page.frame[1]["0/frozen"]), [9])
        page.configure({"layers": [{"units": 5}, {"units": 2}]})
        assert_array_equal(np.flatnonzero(page.frame[1]["0/frozen"]), [11])
        page.ask("freeze", layer=0, unit=1, input=None, frozen=False)
        page.train()
        assert page.weights[11] != before[9]

    def test_focus(self, page: Page) -> None:
        page.ask("focus", layer=0, unit=3)
        assert page.frame[1]["0/focus"].shape == (96, 96)
        assert page.ask("focus", layer=0, unit=4)["type"] == "error"
        page.ask("focus")
        assert "0/focus" not in page.frame[1]


class TestVariants:
    VARIANTS = ({"label": "fast", "learning_rate": 0.3}, {"label": "relu", "activation": "relu"})

    def test_runs_begin_alike_and_stay_in_step(self, page: Page) -> None:
        page.configure(variants=self.VARIANTS)
        first = page.frame[1]
        assert_array_equal(first["0/weights"], first["1/weights"])
        assert_array_equal(first["0/weights"], first["2/weights"])
        page.train(5)
        header, arrays = page.frame
        assert {run["step"] for run in header["runs"]} == {header["runs"][0]["step"]}
        plan = plan_of(Config(learning_rate=0.3))
        expected = plan.taken(plan.first(), header["runs"][0]["step"]).params
        assert_array_equal(arrays["1/weights"], expected)
        assert arrays["1/output"].shape == (1, 48, 48)

    def test_one_that_fails_leaves_the_others(self, page: Page) -> None:
        page.configure(
            {
                "problem": "regression",
                "data": {"name": "reg-plane"},
                "layers": [{"units": 3, "activation": "relu"}],
            },
            variants=[{"label": "wild", "learning_rate": 900.0}],
        )
        page.train(20)
        header = page.frame[0]
        assert header["runs"][1]["failed"]
        assert header["runs"][0]["step"] > header["runs"][1]["step"]


def test_own_data_of_three_columns(page: Page) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    own = {
        "columns": ["a", "b", "c"],
        "X": X.tolist(),
        "y": ["yes" if row.sum() > 0 else "no" for row in X],
        "shown": [2, 0],
    }
    page.configure(
        {
            "data": {"name": "own", "own": own},
            "features": ["x1", "x2", "x3"],
            "loss": "cross-entropy",
        }
    )
    points = next(one for one in reversed(page.binaries) if one[0]["type"] == "points")
    assert points[0]["columns"] == ["c", "a"]
    assert points[0]["classes"] == ["no", "yes"]
    page.train(50)
    assert page.run["test_accuracy"] > 0.8


def test_own_points_are_sent_once(page: Page) -> None:
    own = {"columns": ["a", "b"], "X": [[k, -k] for k in range(20)], "y": [0, 1] * 10}
    reply = page.configure({"data": {"name": "own", "own": own}})
    assert reply["config"]["data"]["own"] is None
    page.train()
    step = page.run["step"]
    assert not page.configure({"data": {"name": "own"}, "learning_rate": 0.1})["redrawn"]
    page.ask("step", unit="batch")
    assert page.run["step"] == step + 1
    assert len(page.session._training.runs[0].plan.points.X) == 20
    assert "no points of your own" in Page().configure({"data": {"name": "own"}})["message"]


def test_an_answer_comes_before_anybody_draws(page: Page) -> None:
    """Sessions that wait for an answer aren't held up by another's picture."""
    n_drawn = len(page.binaries)
    page.session.receive(messages.SetWeight(id=1000, value=1.0))
    while page.texts[-1].get("re") != 1000:
        page.session.turn(1.0)
    assert len(page.binaries) == n_drawn
    page.session.turn(1.0)
    assert len(page.binaries) == n_drawn + 1
