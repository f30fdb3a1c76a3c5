"""The training loop: it stops, recovers, resumes and repeats itself as it says."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from redshank import progress
from redshank.errors import InputError, RedshankError, StoreError
from redshank.nets.train import Report, Training, restore, train
from redshank.nets.windows import Windows, at_once, slide

QUICK = Training(epochs=4, batch=16, lr=0.02, stride=3, warmup=3)


class Line(nn.Module):
    """Expects the last row of a window from the rows before it, with dropout, so that random numbers matter."""

    def __init__(self, channels: int = 2, length: int = 6) -> None:
        super().__init__()
        self.layer = nn.Linear(channels * (length - 1), channels)

    def forward(self, rows: Tensor) -> Tensor:
        return self.layer(nn.functional.dropout(rows.flatten(1), 0.1, self.training))

    def loss(self, batch: Tensor, epoch: int) -> Tensor:
        return nn.functional.mse_loss(self(batch[:, :-1]), batch[:, -1])


def windows(n: int = 600, seed: int = 0) -> Windows:
    wave = np.sin(np.arange(n)[:, None] / 5 + np.array([0.0, 1.0]))
    return Windows.of([wave + 0.05 * np.random.default_rng(seed).standard_normal((n, 2))], 6)


def same(a: Report, b: Report) -> bool:
    return all(np.array_equal(a.weights[name], b.weights[name]) for name in a.weights) and np.array_equal(
        a.loss, b.loss
    )


class Stop(Exception):
    """Stands for a kill."""


def at_step(step: int, act: Callable[[], None]) -> progress.Listener:
    steps = iter(range(step, step + 1))  # once, however often the step is reported

    def listen(stage: str, done: int, total: int, figures: dict[str, float]) -> None:
        if done == step and next(steps, None):
            act()

    return listen


def die() -> None:
    raise Stop


def test_training_lowers_the_loss_and_keeps_the_best_weights() -> None:
    report = train(Line, windows(), QUICK)
    assert report.loss[-1] < 0.2 * report.loss[0]
    assert report.best == int(report.validation.argmin())
    held = windows().split(QUICK.validation)[1][:: QUICK.stride]
    judged = float(report.net.loss(windows().at(held), 0))
    assert judged == pytest.approx(report.validation.min(), rel=1e-5)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    assert same(train(Line, windows(), QUICK), train(Line, windows(), QUICK))
    assert not same(train(Line, windows(), QUICK), train(Line, windows(), replace(QUICK, seed=1)))


def test_the_callers_random_numbers_are_left_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    report = train(Line, windows(), QUICK)
    restore(Line, report.weights)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("step", [1, 7, 22, 40])
def test_a_training_killed_at_any_step_resumes_to_the_bit(step: int, tmp_path: Path) -> None:
    settings = replace(QUICK, checkpoint=str(tmp_path), checkpoint_every_s=0)
    with pytest.raises(Stop), progress.listening(at_step(step, die)):
        train(Line, windows(), settings)
    resumed = train(Line, windows(), replace(settings, resume=True))
    assert same(resumed, train(Line, windows(), QUICK))


def test_a_finished_training_is_not_trained_again(tmp_path: Path) -> None:
    settings = replace(QUICK, checkpoint=str(tmp_path), resume=True)
    first = train(Line, windows(), settings)
    with progress.listening(at_step(1, die)):
        assert same(train(Line, windows(), settings), first)


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    settings = replace(QUICK, checkpoint=str(tmp_path), resume=True)
    train(Line, windows(), settings)
    with pytest.raises(InputError, match="belongs to another training"):
        train(Line, windows(seed=1), settings)


def test_a_damaged_checkpoint_is_reported(tmp_path: Path) -> None:
    (tmp_path / "training.safetensors").write_bytes(b"half")
    with pytest.raises(StoreError, match="damaged"):
        train(Line, windows(), replace(QUICK, checkpoint=str(tmp_path), resume=True))


@pytest.fixture
def in_front() -> Iterator[None]:
    """Ctrl-C is heard, though the tests may run in the background, where it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("in_front")
def test_ctrl_c_stops_after_the_step_keeps_the_best_and_says_so() -> None:
    with progress.listening(at_step(40, lambda: signal.raise_signal(signal.SIGINT))):
        report = train(Line, windows(), replace(QUICK, epochs=50))
    assert report.stopped == "Stopped by hand in epoch 3; the best weights are kept."
    assert len(report.loss) == 3
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("in_front")
def test_a_training_stopped_by_hand_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    settings = replace(QUICK, checkpoint=str(tmp_path), checkpoint_every_s=1e9)
    with progress.listening(at_step(40, lambda: signal.raise_signal(signal.SIGINT))):
        train(Line, windows(), settings)
    assert same(train(Line, windows(), replace(settings, resume=True)), train(Line, windows(), QUICK))


def test_the_time_budget_ends_it() -> None:
    report = train(Line, windows(), replace(QUICK, epochs=100_000, patience=None, time_budget_s=0.3))
    assert report.stopped.endswith("when the 0.3 s were over.")
    assert 0.3 < report.seconds < 5


def test_it_stops_when_validation_gets_no_better() -> None:
    noise = Windows.of([np.random.default_rng(0).standard_normal((300, 2))], 6)
    report = train(Line, noise, replace(QUICK, epochs=500, patience=3))
    assert report.stopped.endswith("no better for 3 epochs.")
    assert len(report.loss) == report.best + 4


class Breaks(Line):
    """A loss that is not finite for a while, as of the third call on."""

    calls = 0
    broken = range(2, 4)

    def loss(self, batch: Tensor, epoch: int) -> Tensor:
        self.calls += self.training
        return super().loss(batch, epoch) * (float("nan") if self.calls in self.broken else 1.0)


def test_a_loss_that_is_not_finite_is_recovered_from() -> None:
    report = train(Breaks, windows(), QUICK)
    assert np.isfinite(report.validation).all()
    assert report.loss[-1] < 0.5 * report.loss[0]


def test_a_loss_that_stays_bad_is_an_error_that_names_the_step() -> None:
    class Broken(Breaks):
        broken = range(2, 1000)

    with pytest.raises(RedshankError, match=r"loss that is not finite at step 7 \(epoch 1\)"):
        train(Broken, windows(), QUICK)


def test_a_batch_passed_in_pieces_gives_the_gradient_of_the_whole() -> None:
    class Steady(Line):
        def forward(self, rows: Tensor) -> Tensor:
            return self.layer(rows.flatten(1))

    class Large(Steady):
        values_per_window = 1 << 24

    assert at_once(Large(), 16) == 4
    whole, pieces = train(Steady, windows(), QUICK), train(Large, windows(), QUICK)
    assert np.allclose(whole.weights["layer.weight"], pieces.weights["layer.weight"], atol=1e-4)


def test_a_short_series_is_trained_in_smaller_batches_and_without_validation_where_there_is_no_room() -> None:
    report = train(Line, windows(16), QUICK)
    assert np.array_equal(report.loss, report.validation)
    assert report.loss[-1] < report.loss[0]


@pytest.mark.parametrize(("lengths", "width"), [([500], 20), ([30] * 40, 30), ([200, 300, 500], 50), ([64], 32)])
def test_no_row_is_both_trained_on_and_validated_on(lengths: list[int], width: int) -> None:
    rows = Windows.of([np.zeros((n, 1)) for n in lengths], width)
    early, late = rows.split(0.2)
    assert len(early) >= 8
    if len(late):
        assert early.max() + width <= late.min()
    if lengths != [64]:
        assert 0.15 * len(rows) <= len(late) <= 0.5 * len(rows)


def test_windows_never_run_over_a_seam() -> None:
    parts = [np.full((n, 1), float(i)) for i, n in enumerate([7, 3, 9])]
    found = Windows.of(parts, 4)
    batch = found.at(found.starts)
    assert len(found) == 4 + 0 + 6
    assert torch.equal(batch.amin(1), batch.amax(1))


def test_sliding_gives_every_window_once() -> None:
    net = Line(1, 4)
    net.values_per_window = 1 << 25  # two at a time
    x = np.arange(9.0)[:, None]
    assert slide(lambda view: view.sum((1, 2)), x, 3, net).tolist() == [3, 6, 9, 12, 15, 18, 21]


def test_settings_are_checked_by_name() -> None:
    from redshank.detectors.cnn import Cnn
    from redshank.errors import ParamError

    with pytest.raises(ParamError, match=r"Training.epochs must be at least 1, got 0\."):
        Cnn.from_params({"training": {"epochs": 0}})
    with pytest.raises(ParamError, match="Training has no parameter 'epoch'"):
        Cnn.from_params({"training": {"epoch": 5}})
    made = Cnn.from_params({"training": {"epochs": "5", "clip": "none"}})
    assert made.training == replace(Cnn().training, epochs=5, clip=None)
