"""The loop: batches, epochs, history, callbacks, and what may change between calls."""

from __future__ import annotations

import copy
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baremath import nn, optim, training
from baremath.autodiff import Tensor, no_grad
from baremath.training import Trainer, accuracy

Make = Callable[..., Trainer]
Network = Callable[..., nn.Module]
Table = tuple[Any, Any]


def weights_of(trainer: Trainer) -> Any:
    return np.concatenate([t.data.ravel() for t in trainer.module.parameters()])


def same_weights(one: Trainer, other: Trainer) -> bool:
    return bool((weights_of(one) == weights_of(other)).all())


class TestEpochs:
    def test_each_row_is_seen_once_an_epoch_in_a_new_order(self, network: Network) -> None:
        seen: list[list[float]] = []

        def remembering(output: Any, y: Any) -> Any:
            seen.append(y.data.ravel().tolist())
            return ((output - y) ** 2).mean()

        X = np.arange(10.0)[:, None]
        trainer = Trainer(
            network(1, 1), remembering, optim.SGD(1e-5), batch_size=4, backend="eager"
        )
        trainer.data(X, X)
        seen.clear()
        trainer.run(6)
        first, second = [[*seen[k], *seen[k + 1], *seen[k + 2]] for k in (0, 3)]
        assert [len(batch) for batch in seen] == [4, 4, 2, 4, 4, 2]
        assert sorted(first) == sorted(second) == X.ravel().tolist()
        assert first != second
        assert (trainer.steps, trainer.epochs) == (6, 2)

    def test_without_shuffling_the_rows_keep_their_order(self, network: Network) -> None:
        seen: list[float] = []

        def remembering(output: Any, y: Any) -> Any:
            seen.extend(y.data.ravel().tolist())
            return ((output - y) ** 2).mean()

        X = np.arange(5.0)[:, None]
        trainer = Trainer(
            network(1, 1),
            remembering,
            optim.SGD(1e-5),
            batch_size=2,
            shuffle=False,
            backend="eager",
        ).data(X, X)
        seen.clear()
        trainer.epoch()
        assert seen == [0, 1, 2, 3, 4]

    def test_the_loss_of_an_epoch_is_the_mean_over_its_rows(
        self, network: Network, spirals: Table
    ) -> None:
        """With a learning rate that changes nothing it is the loss of the whole table."""
        X, y = spirals
        weights = np.random.default_rng(0).uniform(0.1, 2.0, len(X))
        loss, module = nn.CrossEntropyLoss(), network(2, 4, 3)
        trainer = Trainer(module, loss, optim.SGD(1e-30), batch_size=50)
        trainer.fit(X, y, 1, sample_weight=weights, validation=(X, y, weights))
        with no_grad():
            whole = loss(module(Tensor(X.astype(np.float32))), y, weights).item()
        assert trainer.history["loss"][0] == pytest.approx(whole, rel=1e-5)
        assert trainer.history["validation_loss"][0] == pytest.approx(whole, rel=1e-5)

    def test_by_hand_and_by_fit_it_is_the_same(self, make_trainer: Make, spirals: Table) -> None:
        fitted = make_trainer().fit(*spirals, epochs=3)
        by_hand = make_trainer().data(*spirals)
        by_hand.step()
        by_hand.epoch()
        by_hand.run(2)
        by_hand.run(6)
        assert (by_hand.steps, by_hand.epochs) == (fitted.steps, fitted.epochs) == (12, 3)
        assert same_weights(fitted, by_hand)
        assert fitted.history == by_hand.history

    def test_fit_goes_on_where_it_was(self, make_trainer: Make, spirals: Table) -> None:
        once = make_trainer().fit(*spirals, epochs=5)
        twice = make_trainer().fit(*spirals, epochs=2).fit(*spirals, epochs=3)
        assert same_weights(once, twice)
        assert once.history == twice.history

    def test_another_table_begins_a_new_epoch(self, make_trainer: Make, spirals: Table) -> None:
        X, y = spirals
        trainer = make_trainer().data(X, y)
        trainer.run(2)
        trainer.fit(X[:40], y[:40], epochs=1)
        assert (trainer.steps, trainer.epochs) == (4, 1)

    def test_seeds_decide_order_and_dropout(self, network: Network, spirals: Table) -> None:
        def trained(seed: int) -> Trainer:
            module = nn.Sequential(network(2, 16), nn.Dropout(0.5), network(16, 3))
            trainer = Trainer(
                module, nn.CrossEntropyLoss(), optim.SGD(0.1), batch_size=None, seed=seed
            )
            return trainer.fit(*spirals, epochs=3)

        assert same_weights(trained(1), trained(1))
        assert not same_weights(trained(1), trained(2))

    @pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
    def test_the_dtype_is_the_modules(self, network: Network, dtype: Any, spirals: Table) -> None:
        module = network(2, 4, 3, dtype=dtype)
        trainer = Trainer(
            module,
            nn.CrossEntropyLoss(),
            optim.Adam(np.float64(0.01)),
            batch_size=40,
            clip=np.float64(1.0),
            penalty=nn.L2Penalty(0.1),
            schedule=optim.CosineDecay(10),
        )
        trainer.fit(*spirals, epochs=2)
        assert {t.dtype for t in module.parameters()} == {np.dtype(dtype)}
        assert trainer.predict(spirals[0]).dtype == dtype

    def test_buffers_move_in_training_and_rest_in_validation(self, network: Network) -> None:
        X = np.random.default_rng(0).normal(3.0, 2.0, (64, 2))
        norm = nn.BatchNorm1d(2)
        trainer = Trainer(
            nn.Sequential(norm, network(2, 1)), nn.MSELoss(), optim.SGD(0.01), batch_size=16
        )
        trainer.fit(X, X[:, :1], epochs=30, validation=(X + 100, X[:, :1]))
        np.testing.assert_allclose(norm.running_mean.data, X.mean(0), atol=0.3)
        np.testing.assert_allclose(norm.running_var.data, X.var(0), rtol=0.2)

    @pytest.mark.parametrize(
        "copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))], ids=["copy", "pickle"]
    )
    def test_a_copy_goes_on_by_itself(
        self, copied: Any, make_trainer: Make, spirals: Table
    ) -> None:
        trainer = make_trainer().fit(*spirals, epochs=2)
        before = weights_of(trainer)
        other = copied(trainer)
        other.run(3)
        np.testing.assert_array_equal(weights_of(trainer), before)
        trainer.run(3)
        assert same_weights(trainer, other)
        assert not (weights_of(trainer) == before).any()

    def test_rows_of_weight_zero_are_as_if_they_were_not_there(
        self, make_trainer: Make, spirals: Table
    ) -> None:
        X, y = spirals
        weights = np.arange(len(X)) % 3 > 0
        weighted = make_trainer().fit(X, y, epochs=2, sample_weight=weights.astype(float))
        removed = make_trainer().fit(X[weights], y[weights], epochs=2)
        np.testing.assert_allclose(weights_of(weighted), weights_of(removed), atol=1e-6)


class TestLearning:
    def test_xor_is_found_by_training(self, network: Network) -> None:
        X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
        y = np.array([[0], [1], [1], [0]])
        module = network(2, 4, 1, seed=1)
        trainer = Trainer(module, nn.BCEWithLogitsLoss(), optim.Adam(0.1), batch_size=None)
        trainer.fit(X, y, epochs=200)
        assert ((trainer.predict(X) > 0) == y).all()
        assert trainer.history["loss"][-1] < 0.02

    def test_a_spiral_is_learned(self, network: Network, spirals: Table) -> None:
        trainer = Trainer(
            network(2, 32, 3, activation=nn.ReLU),
            nn.CrossEntropyLoss(),
            optim.Adam(0.05),
            batch_size=30,
            metrics={"accuracy": accuracy},
        )
        trainer.fit(*spirals, epochs=60)
        assert trainer.history["accuracy"][-1] > 0.95


class TestChanges:
    def test_hyperparameters_change_without_a_restart(
        self, network: Network, spirals: Table
    ) -> None:
        dropout = nn.Dropout(0.0)
        module = nn.Sequential(network(2, 8), dropout, network(8, 3))
        trainer = Trainer(
            module,
            nn.CrossEntropyLoss(),
            optim.Momentum(0.1),
            batch_size=60,
            penalty=nn.L2Penalty(0.0),
        ).data(*spirals)
        trainer.run(2)
        before = weights_of(trainer)
        trainer.optimizer.learning_rate = 1e-30
        trainer.run(2)
        np.testing.assert_array_equal(weights_of(trainer), before)
        trainer.optimizer.learning_rate = 0.1
        trainer.penalty.rate = 10.0  # type: ignore[union-attr]
        assert trainer.step() > 1.5
        trainer.penalty.rate = 0.0  # type: ignore[union-attr]
        trainer.batch_size = 7
        trainer.epoch()
        trainer.schedule = optim.StepDecay(1, 0.5)
        assert trainer.hyper["optimizer.learning_rate"] == pytest.approx(0.1 * 0.5**trainer.epochs)
        dropout.p = 0.25
        assert trainer.hyper["module.layers.1.p"] == 0.25
        trainer.clip = 1e-30
        held = weights_of(trainer)
        trainer.optimizer = optim.SGD(0.1)
        trainer.step()
        np.testing.assert_allclose(weights_of(trainer), held, atol=1e-20)

    def test_weights_may_be_edited_between_calls(self, make_trainer: Make, spirals: Table) -> None:
        trainer = make_trainer(optimizer=optim.SGD(1e-30)).data(*spirals)
        trainer.run(2)
        state = {path: array + 1 for path, array in trainer.module.state_dict().items()}
        trainer.module.load_state_dict(state)
        trainer.run(2)
        for path, array in trainer.module.state_dict().items():
            np.testing.assert_array_equal(array, state[path])
        trainer.module.initialise(5)
        trainer.step()
        fresh = make_trainer().module
        fresh.initialise(5)
        for path, array in fresh.state_dict().items():
            np.testing.assert_array_equal(trainer.module.state_dict()[path], array)

    def test_a_frozen_weight_stays_and_the_others_keep_their_momentum(
        self, make_trainer: Make, spirals: Table
    ) -> None:
        trainer = make_trainer(optimizer=optim.Adam(0.01)).data(*spirals)
        trainer.run(3)
        path, frozen = next(iter(trainer.module.named_parameters().items()))
        held, before = frozen.data.copy(), trainer._now.state["optimizer"]["m"]
        pieces = trainer._step.weights.parameters.pieces(before)
        frozen.requires_grad = False
        trainer.batch_size = None
        trainer._take_over()
        after = trainer._step.weights.parameters.pieces(trainer._now.state["optimizer"]["m"])
        assert path not in after
        for name, piece in after.items():
            np.testing.assert_array_equal(piece, pieces[name])
        trainer.run(3)
        np.testing.assert_array_equal(frozen.data, held)

    def test_a_schedule_is_a_factor_of_the_epochs_passed(
        self, make_trainer: Make, spirals: Table
    ) -> None:
        asked: list[float] = []

        def schedule(epochs: float) -> float:
            asked.append(epochs)
            return 1 / (1 + epochs)

        trainer = make_trainer(schedule=schedule, batch_size=30).data(*spirals)
        asked.clear()
        trainer.run(6)
        assert asked == [0, 0.25, 0.5, 0.75, 1.0, 1.25]
        assert trainer.hyper["optimizer.learning_rate"] == pytest.approx(0.02 / 2.5)

    def test_a_plateau_brings_the_rate_down(self, make_trainer: Make, spirals: Table) -> None:
        schedule = optim.ReduceOnPlateau(factor=0.5, patience=1)
        trainer = make_trainer(optimizer=optim.SGD(1e-30), schedule=schedule)
        trainer.fit(*spirals, epochs=5, validation=0.25)
        assert trainer.hyper["optimizer.learning_rate"] < 1e-30


class TestMonitors:
    def test_history_holds_losses_and_metrics(self, make_trainer: Make, spirals: Table) -> None:
        X, y = spirals
        trainer = make_trainer(metrics={"accuracy": accuracy})
        trainer.fit(X, y, 2).fit(X, y, 2, validation=0.25)
        history = trainer.history
        assert set(history) == {
            "loss",
            "accuracy",
            "validation_loss",
            "validation_accuracy",
        }
        assert all(len(column) == 4 for column in history.values())
        assert np.isnan(history["validation_loss"]).tolist() == [True, True, False, False]

    def test_the_share_set_aside_is_not_learned_from(
        self, make_trainer: Make, spirals: Table
    ) -> None:
        trainer = make_trainer().data(*spirals, validation=0.2)
        assert trainer._data is not None
        assert trainer._validation is not None
        learned, held_out = trainer._data.X, trainer._validation.X
        assert (len(learned), len(held_out)) == (96, 24)
        both = np.vstack([learned, held_out])
        X = spirals[0].astype(np.float32)
        np.testing.assert_array_equal(both[np.lexsort(both.T)], X[np.lexsort(X.T)])

    def test_callbacks_see_the_current_weights_in_eval_mode(
        self, network: Network, spirals: Table
    ) -> None:
        class Watching:
            steps: list[int] = []  # noqa: RUF012
            epochs: list[int] = []  # noqa: RUF012

            def on_step_end(self, trainer: Trainer) -> None:
                self.steps.append(trainer.steps)
                flat = weights_of(trainer)
                np.testing.assert_array_equal(flat, trainer._now.params)

            def on_epoch_end(self, trainer: Trainer) -> None:
                self.epochs.append(trainer.epochs)
                assert not trainer.module.training

        module = nn.Sequential(network(2, 4), nn.Dropout(0.5), network(4, 3))
        plain: list[float] = []
        trainer = Trainer(module, nn.CrossEntropyLoss(), optim.SGD(0.1), batch_size=60)
        trainer.fit(
            *spirals, 2, callbacks=[Watching(), lambda t: plain.append(t.history["loss"][-1])]
        )
        assert Watching.steps == [1, 2, 3, 4]
        assert Watching.epochs == [1, 2]
        assert plain == trainer.history["loss"]
        assert module.training

    def test_a_callback_may_change_settings_and_weights(
        self, make_trainer: Make, spirals: Table
    ) -> None:
        def freeze_all(trainer: Trainer) -> None:
            trainer.optimizer.learning_rate = 1e-30
            state = trainer.module.state_dict()
            trainer.module.load_state_dict({path: 0 * array for path, array in state.items()})

        trainer = make_trainer(optimizer=optim.SGD(0.1))
        trainer.fit(*spirals, 3, callbacks=[freeze_all])
        assert not weights_of(trainer).any()

    def test_the_bar_is_shown_only_when_asked(
        self, make_trainer: Make, spirals: Table, capsys: Any
    ) -> None:
        make_trainer().fit(*spirals, 2)
        assert capsys.readouterr().out == ""
        make_trainer().fit(*spirals, 2, progress=True)
        assert "epoch 2 of 2" in capsys.readouterr().out

    def test_accuracy_of_logits(self) -> None:
        assert accuracy(np.array([[2.0, 1.0], [0.0, 3.0]]), np.array([0, 0])) == 0.5
        assert accuracy(np.array([[2.0], [-1.0]]), np.array([1, 0])) == 1.0
        assert accuracy(np.array([2.0, -1.0]), np.array([[1], [1]])) == 0.5


class TestInterruption:
    def test_whichever_line_is_interrupted_the_weights_are_those_of_a_whole_step(
        self, network: Network
    ) -> None:
        """As Ctrl-C does: between any two lines of this room."""
        X, y = np.random.default_rng(0).normal(size=(2, 12, 2))

        def made() -> Trainer:
            module = nn.Sequential(network(2, 3), nn.BatchNorm1d(3), network(3, 2))
            return Trainer(
                module,
                nn.MSELoss(),
                optim.Momentum(0.1),
                batch_size=4,
                metrics={"error": lambda output, y: float(np.abs(output - y).mean())},
            )

        def flat(trainer: Trainer) -> Any:
            return np.concatenate([a.ravel() for a in trainer.module.state_dict().values()])

        whole = made().data(X, y)
        after = [flat(whole)]
        for _ in range(8):
            whole.run(1)
            after.append(flat(whole))
        here = str(Path(training.__file__).parent)

        def fit_interrupted(trainer: Trainer, at: int) -> bool:
            lines = 0

            def trace(frame: Any, event: str, _: Any) -> Any:
                nonlocal lines
                if not frame.f_code.co_filename.startswith(here):
                    return None
                lines += event == "line"
                if lines == at:
                    sys.settrace(None)
                    raise KeyboardInterrupt
                return trace

            before = sys.gettrace()
            sys.settrace(trace)
            try:
                trainer.fit(X, y, 2, callbacks=[lambda t: None])
            except KeyboardInterrupt:
                return True
            finally:
                sys.settrace(before)
            return False

        at = 1
        while fit_interrupted(trainer := made(), at):
            error = f"line {at}, step {trainer.steps}"
            assert any((flat(trainer) == weights).all() for weights in after), error
            if trainer._data is None:
                trainer.data(X, y)
            trainer.run(8 - trainer.steps)
            np.testing.assert_array_equal(flat(trainer), after[8], err_msg=error)
            assert trainer.history == whole.history, error
            at += 13
        assert at > 500

    def test_an_epoch_whose_end_was_interrupted_is_ended_later(
        self, make_trainer: Make, spirals: Table
    ) -> None:
        def interrupted(output: Any, y: Any) -> float:
            if trainer.epochs == 1 and not resumed:
                raise KeyboardInterrupt
            return accuracy(output, y)

        resumed = False
        trainer = make_trainer(metrics={"accuracy": interrupted})
        with pytest.raises(KeyboardInterrupt):
            trainer.fit(*spirals, epochs=3)
        assert (trainer.steps, trainer.epochs) == (8, 1)
        assert [len(column) for column in trainer.history.values()] == [1, 1]
        resumed = True
        trainer.fit(*spirals, epochs=2)
        plain = make_trainer(metrics={"accuracy": accuracy}).fit(*spirals, epochs=3)
        assert trainer.history == plain.history
        assert same_weights(trainer, plain)

    def test_an_error_in_a_step_leaves_the_last_whole_step_and_the_mode(
        self, make_trainer: Make, spirals: Table
    ) -> None:
        def loss(output: Any, y: Any) -> Any:
            if trainer.steps == 2:
                raise RuntimeError("on purpose")
            return nn.CrossEntropyLoss()(output, y)

        trainer = make_trainer(loss=loss, backend="eager")
        trainer.module.eval()
        with pytest.raises(RuntimeError, match="on purpose"):
            trainer.fit(*spirals, epochs=5)
        assert trainer.steps == 2
        assert same_weights(trainer, _after_two_steps(make_trainer, spirals))
        assert not trainer.module.training


def _after_two_steps(make_trainer: Make, spirals: Table) -> Trainer:
    trainer = make_trainer(backend="eager").data(*spirals)
    trainer.run(2)
    return trainer


X, Y = np.zeros((6, 2)), np.array([0, 1, 2, 0, 1, 2])
WRONG_DATA = {
    "X of another width": (np.zeros((6, 5)), Y, {}, r"X of shape \(6, 5\) doesn't fit"),
    "X of one dimension": (X[:, 0], Y, {}, r"X of shape \(6,\) doesn't fit .* output of shape"),
    "validation of another width": (
        X,
        Y,
        {"validation": (np.zeros((3, 4)), Y[:3])},
        r"validation X of shape \(3, 4\) doesn't fit",
    ),
    "X empty": (np.zeros((0, 2)), Y[:0], {}, "X is empty, of shape"),
    "X with NaN": (np.where(np.eye(6, 2), np.nan, X), Y, {}, r"X is nan at \[0, 0\]; drop"),
    "X too large for float32": (X + 1e300, Y, {}, "X is inf .* too large for float32"),
    "X of text": (np.full((6, 2), "a"), Y, {}, "X must hold real numbers, not text"),
    "X of complex numbers": (X + 1j, Y, {}, "X must hold real numbers, not complex128"),
    "X of rows that differ": ([[1.0, 2.0], [3.0]], Y[:2], {}, "X must hold real numbers; encode"),
    "X a number": (1.0, Y, {}, "X must have a row for each example"),
    "y too short": (X, Y[:5], {}, "X has 6 rows and y has 5"),
    "y with inf": (X, np.where(Y, np.inf, 0.0), {}, r"y is inf at \[1\]"),
    "y of text": (X, np.array(list("abcabc")), {}, "y must hold real numbers.*number the classes"),
    "y outside the classes": (X, Y + 1, {}, "3"),
    "weights of another length": (
        X,
        Y,
        {"sample_weight": np.ones(5)},
        r"sample_weight has shape \(5,\); for 6 rows",
    ),
    "a negative weight": (
        X,
        Y,
        {"sample_weight": np.array([1, 1, -2, 1, 1, 1])},
        "sample_weight is -2 in row 2",
    ),
    "no weight": (X, Y, {"sample_weight": np.zeros(6)}, "sample_weight is 0 everywhere"),
    "validation of another length": (
        X,
        Y,
        {"validation": (X, Y[:2])},
        "validation X has 6 rows and validation y has 2",
    ),
    "validation with NaN": (X, Y, {"validation": (X * np.nan, Y)}, "validation X is nan"),
    "validation a whole": (X, Y, {"validation": 1.0}, "validation=1.0 must be"),
    "validation too small": (X, Y, {"validation": 0.01}, "validation=0.01 must be .* of the 6"),
    "validation a thing": (X, Y, {"validation": "some"}, "validation='some' must be"),
    "validation of three and more": (X, Y, {"validation": (X,)}, "validation must be "),
    "y a row beside a column": (
        X,
        np.ones(6),
        {"loss": lambda output, y: ((output - y) ** 2).mean(), "module": nn.Linear(2, 1)},
        r"y has shape \(6,\) and the module's output \(6, 1\); write y.reshape\(6, 1\)",
    ),
    "weights for a loss that takes none": (
        X,
        Y,
        {"loss": lambda output, y: output.mean(), "sample_weight": np.ones(6)},
        r"the loss takes no weights; write it as loss\(output, y, sample_weight\)",
    ),
    "epochs negative": (X, Y, {"epochs": -1}, "epochs=-1 must be a whole number, 0 or more"),
    "epochs a part": (X, Y, {"epochs": 1.5}, "epochs=1.5 must be a whole number"),
}


@pytest.mark.parametrize("case", WRONG_DATA, ids=str)
def test_wrong_data_are_refused_before_anything_changes(case: str, make_trainer: Make) -> None:
    wrong_X, wrong_y, more, message = WRONG_DATA[case]
    trainer = make_trainer(batch_size=None).data(X, Y)
    trainer.step()
    more = {"epochs": 1, **more}
    for part in {"loss", "module"} & more.keys():
        setattr(trainer, part, more.pop(part))
    before, progress, data = weights_of(trainer), trainer._now, trainer._data
    with pytest.raises((ValueError, TypeError), match=message):
        trainer.fit(wrong_X, wrong_y, **more)
    assert trainer._now is progress
    assert trainer._data is data
    np.testing.assert_array_equal(weights_of(trainer), before)


WRONG_SETTINGS = {
    "batch larger than the data": ({"batch_size": 7}, "batch_size=7 is more than the 6 rows of X"),
    "batch of none": ({"batch_size": 0}, "batch_size=0 must be a whole number, 1 or more"),
    "batch of parts": ({"batch_size": 2.5}, "batch_size=2.5 must be a whole number"),
    "clip zero": ({"clip": 0}, "clip=0 must be more than 0, or None"),
    "clip text": ({"clip": "a"}, "clip='a' must be a finite number"),
    "seed negative": ({"seed": -1}, "seed=-1 must be a whole number, 0 or more"),
    "loss a class": ({"loss": nn.MSELoss}, "loss must be .* not the class MSELoss"),
    "schedule a number": ({"schedule": 0.5}, "schedule must be a function .* not 0.5"),
    "schedule below 0": ({"schedule": lambda epochs: -1.0}, r"schedule\(0.0\) is -1.0"),
    "schedule infinite": ({"schedule": lambda epochs: np.inf}, r"schedule\(0.0\) is inf"),
    "metrics named loss": ({"metrics": {"loss": accuracy}}, '"loss" is the name of the loss'),
    "metrics a list": ({"metrics": [accuracy]}, "metrics must be functions by name"),
    "optimizer a word": ({"optimizer": "adam"}, "optimizer must be an Optimizer"),
    "module a function": ({"module": np.tanh}, "module must be a Module"),
}


@pytest.mark.parametrize("case", WRONG_SETTINGS, ids=str)
def test_wrong_settings_are_refused(case: str, make_trainer: Make) -> None:
    settings, message = WRONG_SETTINGS[case]
    with pytest.raises((ValueError, TypeError), match=message):
        make_trainer(**{"batch_size": 2, **settings}).fit(X, Y, 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: setattr(t.optimizer, "learning_rate", -0.1), "learning_rate=-0.1 must be more"),
        (lambda t: setattr(t.optimizer, "learning_rate", 0), "learning_rate=0 must be more"),
        (lambda t: setattr(t.optimizer, "learning_rate", np.float64("nan")), "learning_rate=.*nan"),
        (lambda t: setattr(t.penalty, "rate", -1), "penalty.rate=-1 must be 0 or more"),
        (lambda t: setattr(t, "batch_size", 100), "batch_size=100 is more than the 6 rows"),
        (lambda t: setattr(t.module[1], "p", 1.0), "p=1.0, a share to drop"),
    ],
    ids=["rate below 0", "rate 0", "rate NaN", "penalty below 0", "batch", "dropout"],
)
def test_a_wrong_change_is_refused_at_the_next_call(
    change: Any, message: str, network: Network
) -> None:
    module = nn.Sequential(network(2, 4), nn.Dropout(0.1), network(4, 3))
    trainer = Trainer(
        module, nn.CrossEntropyLoss(), optim.SGD(0.1), batch_size=2, penalty=nn.L2Penalty(0.1)
    ).data(X, Y)
    before = weights_of(trainer)
    change(trainer)
    with pytest.raises((ValueError, TypeError), match=message):
        trainer.step()
    np.testing.assert_array_equal(weights_of(trainer), before)


def test_a_change_of_the_loss_is_checked_against_the_rows(network: Network) -> None:
    trainer = Trainer(network(2, 3), nn.MSELoss(), optim.SGD(0.1), batch_size=2)
    trainer.data(X, -np.ones((6, 3)), validation=0.5).step()
    before = weights_of(trainer)
    trainer.loss = nn.CrossEntropyLoss()
    with pytest.raises(ValueError, match="y: target"):
        trainer.step()
    np.testing.assert_array_equal(weights_of(trainer), before)
    trainer.loss = nn.L1Loss()
    trainer.step()
    assert trainer.steps == 2


def test_wrong_targets_are_said_to_be_those_of_the_validation(make_trainer: Make) -> None:
    with pytest.raises(ValueError, match="validation y: target holds the class 3"):
        make_trainer(batch_size=2).fit(X, Y, 1, validation=(X, Y + 1))


def test_a_last_batch_of_one_row_and_batch_norm_do_not_go_together(network: Network) -> None:
    module = nn.Sequential(network(2, 4), nn.BatchNorm1d(4), network(4, 3))
    trainer = Trainer(module, nn.CrossEntropyLoss(), optim.SGD(0.1), batch_size=5)
    with pytest.raises(ValueError, match=r"batch_size=5 of 6 rows leaves a batch of one row"):
        trainer.fit(X, Y, 1)


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (lambda output, y: 1.5, "the loss must return a tensor, made by operations, .* 1.5"),
        (
            nn.CrossEntropyLoss(reduction="none"),
            "a loss is one number, and this one gives several: use reduction",
        ),
        (lambda output, y: y.sum() * 1.0, "doesn't depend on the module's parameters"),
    ],
    ids=["number", "none", "constant"],
)
def test_a_loss_must_be_one_number_that_depends_on_the_weights(
    loss: Any, message: str, make_trainer: Make
) -> None:
    with pytest.raises(ValueError, match=message):
        make_trainer(batch_size=2, loss=loss).fit(X, Y, 1)


@pytest.mark.parametrize("callback", [3, dict, "text"], ids=["number", "class", "text"])
def test_a_callback_must_be_callable(callback: Any, make_trainer: Make) -> None:
    with pytest.raises(TypeError, match="callbacks"):
        make_trainer(batch_size=2).fit(X, Y, 1, callbacks=[callback])


def test_weights_must_be_finite(make_trainer: Make) -> None:
    trainer = make_trainer(batch_size=2).data(X, Y)
    state = trainer.module.state_dict()
    trainer.module.load_state_dict({path: array * np.nan for path, array in state.items()})
    with pytest.raises(ValueError, match="module: its weights are not finite"):
        trainer.step()


def test_training_needs_data(make_trainer: Make) -> None:
    with pytest.raises(ValueError, match=r"no rows to learn from: call data\(X, y\)"):
        make_trainer().step()
