"""Long work in portions, and what a session may not be brought to by any order of messages."""

import json
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from baremath.playground.server import messages, plan
from baremath.playground.server.frames import decode
from baremath.playground.server.session import Session


class Page:
    """Asks a session, one turn of no time after another."""

    def __init__(self) -> None:
        self.texts, self.frames, self.number = [], [], 0
        self.session = Session(self.take)

    def take(self, message) -> None:
        if isinstance(message, str):
            self.texts.append(json.loads(message))
            return
        header, arrays = decode(message)
        if header["type"] == "frame":
            self.frames.append((header, arrays))
            self.session.receive(messages.Ack(seq=header["seq"]))

    def send(self, kind: str, **fields) -> int:
        self.number += 1
        text = json.dumps({"type": kind, "id": self.number, **fields})
        self.session.receive(messages.read(text))
        return self.number

    def replies(self, number: int) -> list:
        return [one for one in self.texts if one.get("re") == number]

    def ask(self, kind: str, **fields):
        number = self.send(kind, **fields)
        self.turns(number)
        (reply,) = self.replies(number)
        return reply

    def turns(self, number: int) -> int:
        """Give turns until a message is answered, and nothing is left to do; return how many."""
        turns, delay = 0, 0.0
        while not self.replies(number) or (delay is not None and not self.running):
            delay = self.session.turn(0.0)
            turns += 1
        return turns

    running = False

    def play(self, turns: int) -> None:
        self.running = True
        self.ask("play")
        for _ in range(turns):
            self.session.turn(0.002)
        self.running = False
        self.ask("pause")

    @property
    def steps(self) -> list[int]:
        return [run["step"] for run in self.frames[-1][0]["runs"]]

    def weights(self, run: int = 0):
        return self.frames[-1][1][f"{run}/weights"]


WILD = {
    "problem": "regression",
    "data": {"name": "reg-plane"},
    "features": ["x1^2"],
    "layers": [{"units": 3, "activation": "relu"}],
    "learning_rate": 500.0,
}


class TestPortions:
    def test_an_epoch_takes_many_turns(self, monkeypatch) -> None:
        monkeypatch.setattr(plan, "_PORTION", 0.0)  # a step each
        page = Page()
        page.ask("configure", config={"batch_size": 1})
        page.ask("step", unit="batch")
        assert page.turns(page.send("step", unit="epoch")) > 200
        assert page.steps == [250]

    def test_a_seek_takes_many_turns_and_the_next_cuts_it_short(self, monkeypatch) -> None:
        page = Page()
        page.ask("configure")
        for _ in range(40):
            page.ask("step", unit="epoch")
        kept = page.session._training.timeline.current
        kept.moments = kept.moments[:1]
        monkeypatch.setattr(plan, "_PORTION", 0.0)
        page.ask("seek", step=1)
        assert page.turns(page.send("seek", step=900)) > 500
        assert page.steps == [900]
        first, second = page.send("seek", step=800), page.send("seek", step=3)
        assert page.turns(second) < 50
        assert [one["step"] for n in (first, second) for one in page.replies(n)] == [0, 3]

    def test_an_epoch_is_cut_short_by_a_pause(self, monkeypatch) -> None:
        monkeypatch.setattr(plan, "_PORTION", 0.0)
        page = Page()
        page.ask("configure", config={"batch_size": 1}, variants=[{"label": "a"}])
        page.ask("step", unit="batch")
        page.send("step", unit="epoch")
        page.ask("pause")
        assert page.steps[0] == page.steps[1] < 100

    def test_many_runs_take_many_turns(self) -> None:
        page = Page()
        variants = [{"label": str(k)} for k in range(15)]
        number = page.send("configure", variants=variants)
        assert page.turns(number) > 30

    def test_an_answer_comes_before_training(self) -> None:
        page = Page()
        page.ask("configure")
        page.running = True
        page.ask("play")
        page.send("view", visible=True)
        before = page.session._training.runs[0].now.steps
        page.session.turn(1e-9)
        assert page.replies(page.number)
        assert page.session._training.runs[0].now.steps == before


class TestThePast:
    @pytest.mark.parametrize("step", [1, 2**53])
    def test_no_step_after_the_last(self, step: int) -> None:
        page = Page()
        page.ask("configure")
        assert "ends at step 0" in page.ask("seek", step=step)["message"]

    def test_weights_come_back_bit_for_bit(self) -> None:
        page = Page()
        variants = [{"label": "a", "learning_rate": 0.3}, {"label": "b", "layers": []}]
        page.ask("configure", variants=variants)
        seen = {}

        def note() -> None:
            header = page.frames[-1][0]
            seen[header["branch"], page.steps[0]] = [page.weights(k) for k in range(3)]

        for kind, fields in [
            ("step", {"unit": "epoch"}),
            ("set_weight", {"input": 1, "value": 2.0}),
            ("step", {"unit": "sample"}),
            ("step", {"unit": "epoch"}),
            ("freeze", {"input": 0}),
            ("step", {"unit": "epoch"}),
            ("learn", {"sample": 3}),
            ("configure", {"config": {"layers": [{"units": 5}]}, "variants": variants}),
            ("step", {"unit": "epoch"}),
            ("seek", {"step": 25}),
            ("configure", {"config": {"optimizer": {"name": "adam"}}, "variants": variants}),
            ("step", {"unit": "epoch"}),
        ]:
            assert page.ask(kind, **fields)["type"] != "error"
            note()
        for branch, step in [*reversed(seen), *seen]:
            page.ask("seek", branch=branch, step=step)
            for k, expected in enumerate(seen[branch, step]):
                assert_array_equal(page.weights(k), expected)

    def test_plans_share_what_is_the_same(self) -> None:
        """A slider that is dragged for long leaves hundreds of moments, each with a plan."""
        page = Page()
        page.ask("configure")
        page.ask("step", unit="batch")
        page.ask("configure", config={"learning_rate": 0.1})
        page.ask("step", unit="batch")
        page.ask("freeze")
        plans = [moment.runs[0][0] for moment in page.session._training.timeline.current.moments]
        assert len(set(map(id, plans))) == 3
        assert len({id(one.train) for one in plans}) == len({id(one._grids) for one in plans}) == 1
        assert len({id(one.config.data) for one in plans}) == 1

    def test_a_frozen_weight_outlives_reset_and_change(self) -> None:
        page = Page()
        page.ask("configure")
        page.ask("freeze")
        page.ask("reset")
        page.ask("configure", config={"learning_rate": 0.1})
        assert page.frames[-1][1]["0/frozen"].sum() == 1


class TestDivergence:
    def test_all_runs_stay_in_step(self) -> None:
        page = Page()
        page.ask("configure", config=WILD, variants=[{"label": "tame", "learning_rate": 1e-9}])
        page.play(30)
        assert any(one["type"] == "diverged" for one in page.texts)
        assert page.steps[0] == page.steps[1]

    def test_a_step_by_hand_that_would_leave_no_numbers_changes_no_run(self) -> None:
        page = Page()
        page.ask("configure", config=WILD, variants=[{"label": "tame", "learning_rate": 1e-9}])
        while (reply := page.ask("step", unit="sample"))["type"] != "error":
            pass
        assert "aren't finite" in reply["message"]
        now = [run.now.steps for run in page.session._training.runs]
        assert now[0] == now[1]

    def test_an_edit_is_not_undone(self) -> None:
        """Weights that have no loss from the first step on aren't those of an earlier step."""
        page = Page()
        page.ask("configure", config={**WILD, "learning_rate": 1e-6})
        page.ask("step", unit="epoch")
        run = page.session._training.runs[0]
        run.now = run.now._replace(params=np.full_like(run.now.params, 1e30))
        with pytest.raises(plan.DivergedError) as caught:
            run.plan.taken(run.now, 1)
        assert caught.value.back is None

    def test_the_search_for_a_rate_ends(self, monkeypatch) -> None:
        page = Page()
        page.ask("configure", config=WILD)
        run = page.session._training.runs[0]
        monkeypatch.setattr(plan, "_EXPLAINING", 0.0)
        with pytest.raises(plan.DivergedError) as caught:
            run.plan.taken(run.now, 1000)
        assert caught.value.cause.learning_rate is None
        assert np.isfinite(caught.value.back.params).all()


def test_an_ack_is_followed_by_the_news_at_any_speed() -> None:
    sent = []
    session = Session(sent.append)

    def take(message) -> None:
        session.receive(message)
        for _ in range(20):
            session.turn(0.01)

    take(messages.Configure())
    take(messages.Speed(steps_per_second=0.1))
    take(messages.Play())
    take(messages.SetWeight(value=1.0))
    assert session.receive(messages.Ack(seq=1))
    while (delay := session.turn(0.01)) < 1:
        pass
    assert delay > 1
    frames = [decode(one)[0] for one in sent if isinstance(one, bytes)]
    assert [one["seq"] for one in frames if one["type"] == "frame"] == [1, 2]


ACTIVATIONS = st.sampled_from(["linear", "relu", "gelu", "softplus", "tanh"])
CONFIGS = st.fixed_dictionaries(
    {
        "data": st.builds(
            lambda name, n, share: {"name": name, "n": n, "share": share},
            st.sampled_from(["circle", "three-spiral", "gates", "batman"]),
            st.sampled_from([10, 11, 200]),
            st.sampled_from([10, 50, 90]),
        ),
        "layers": st.lists(
            st.fixed_dictionaries(
                {
                    "units": st.sampled_from([1, 3]),
                    "activation": ACTIVATIONS,
                    "dropout": st.sampled_from([0, 0.95]),
                }
            ),
            max_size=2,
        ),
        "loss": st.sampled_from(["squared", "cross-entropy"]),
        "optimizer": st.builds(
            lambda name: {"name": name},
            st.sampled_from(["sgd", "momentum", "adagrad", "adadelta", "rmsprop", "adam"]),
        ),
        "learning_rate": st.sampled_from([1e-9, 0.03, 1.0, 1000.0]),
        "batch_size": st.sampled_from([1, 7, 10_000]),
        "penalty": st.builds(
            lambda name, rate: {"name": name, "rate": rate},
            st.sampled_from(["none", "L1", "L2"]),
            st.sampled_from([0.001, 1e6]),
        ),
    }
)
PLACES = {"layer": st.integers(0, 2), "unit": st.integers(0, 3)}
COMMANDS = st.one_of(
    st.tuples(st.just("configure"), st.fixed_dictionaries({"config": CONFIGS})),
    st.tuples(
        st.sampled_from(
            ["play", "pause", "reset", "bookmark", "unbookmark", "adopt", "inspect", "export"]
        ),
        st.just({}),
    ),
    st.tuples(
        st.just("step"),
        st.fixed_dictionaries({"unit": st.sampled_from(["sample", "batch", "epoch"])}),
    ),
    st.tuples(
        st.just("seek"),
        st.fixed_dictionaries({"step": st.integers(0, 60), "branch": st.none() | st.just(0)}),
    ),
    st.tuples(
        st.sampled_from(["set_weight", "freeze"]),
        st.fixed_dictionaries({**PLACES, "input": st.none() | st.integers(0, 3)}),
    ),
    st.tuples(st.just("formula"), st.fixed_dictionaries({**PLACES, "sample": st.integers(0, 12)})),
    st.tuples(st.just("learn"), st.fixed_dictionaries({"sample": st.integers(0, 12)})),
    st.tuples(st.just("focus"), st.fixed_dictionaries(PLACES)),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(CONFIGS, st.lists(COMMANDS, max_size=12))
def test_every_message_has_one_reply_and_weights_stay_finite(config, commands) -> None:
    page = Page()
    page.ask("configure", config=config)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for kind, fields in commands:
            page.running = page.session._training.running or kind == "play"
            number = page.send(kind, **fields)
            for _ in range(500):
                page.session.turn(0.001)
                if page.replies(number):
                    break
            (reply,) = page.replies(number)
            assert "failed in the server" not in reply.get("message", "")
    for header, arrays in page.frames:
        for k in range(len(header["runs"])):
            assert np.isfinite(arrays[f"{k}/weights"]).all()
