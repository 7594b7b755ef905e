"""A session, turn by turn: what it answers, trains and draws."""

import base64
import json

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from baremath.playground.server import messages
from baremath.playground.server.config import Config
from baremath.playground.server.frames import decode
from baremath.playground.server.plan import Plan
from baremath.playground.server.points import points_of
from baremath.playground.server.session import Session

TURN = 0.002  # seconds; only how many steps a turn takes depends on it
PAUSING = ("pause", "step", "seek", "reset")


class Page:
    """The other end: asks, and keeps what it is sent."""

    def __init__(self) -> None:
        self.texts, self.binaries = [], []
        self.session = Session(self.take)
        self.number = 0
        self.playing = False

    def take(self, message) -> None:
        if isinstance(message, bytes):
            header, arrays = decode(message)
            self.binaries.append((header, arrays))
            if header["type"] == "frame":
                ack = json.dumps({"type": "ack", "seq": header["seq"]})
                self.session.receive(messages.read(ack))
        else:
            self.texts.append(json.loads(message))

    def ask(self, kind: str, **fields):
        """Send a message, give the session its turns, and return the reply."""
        self.number += 1
        text = json.dumps({"type": kind, "id": self.number, **fields})
        self.session.receive(messages.read(text))
        self.playing = kind == "play" or (self.playing and kind not in PAUSING)
        replies, delay = [], 0.0
        while not replies or (delay is not None and not self.playing):
            delay = self.session.turn(TURN)
            replies = [one for one in self.texts if one.get("re") == self.number]
        (reply,) = replies
        return reply

    def configure(self, config=None, **fields):
        return self.ask("configure", config=config or {}, **fields)

    def train(self, turns: int = 1) -> None:
        self.ask("play")
        for _ in range(turns):
            self.session.turn(TURN)
        self.ask("pause")

    def told(self, kind: str):
        return [one for one in self.texts if one["type"] == kind]

    @property
    def frame(self):
        """The last frame."""
        return next(one for one in reversed(self.binaries) if one[0]["type"] == "frame")

    @property
    def run(self):
        return self.frame[0]["runs"][0]

    @property
    def weights(self):
        return self.frame[1]["0/weights"]


@pytest.fixture
def page() -> Page:
    page = Page()
    page.configure()
    return page


def plan_of(config: Config) -> Plan:
    return Plan(config, points_of(config.data, config.problem))


def coded(weights) -> str:
    return base64.b64encode(np.asarray(weights, "<f4").tobytes()).decode()


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
        assert_array_equal(page.frame[1]["0/losses"][:, 0], [1, 2, 3, 4, 5])

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

    def test_a_hidden_page_is_sent_no_pictures(self, page: Page) -> None:
        page.ask("view", visible=False)
        n = len(page.binaries)
        page.train(3)
        assert len(page.binaries) == n


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


class TestTimeline:
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
