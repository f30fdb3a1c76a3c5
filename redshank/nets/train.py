"""The one training loop: early stopping on later data, recovery from numbers that are not finite, resumption to the bit."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import torch
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray
from torch import Tensor, nn

from .. import progress
from ..errors import RedshankError
from . import checkpoint
from .windows import Windows, at_once

Weights = dict[str, NDArray[np.float32]]

_LEAST_STEPS = 16
"""Steps an epoch has at least: a short series is cut in smaller batches rather than taken in one bite."""
_MOST_FAILURES = 5


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a network is trained; the same settings for all of them.

    Parameters
    ----------
    epochs : passes over the training windows, at most
    batch : windows a step; fewer where the series is so short that an epoch would have less than 16 steps
    lr : step size of Adam after the warm-up
    schedule : `cosine` lowers the step size to 1 % of itself over all epochs, `constant` keeps it
    warmup : steps over which the step size rises from nothing
    clip : largest norm of the gradient; none for no limit
    patience : epochs without a better validation loss after which training stops; none to never stop early
    validation : share of the windows, the latest ones, kept for validation, with a gap of one window before them
    stride : rows between the training windows of one epoch; the next epoch begins one row later
    seed : of the first weights, the order of the windows, dropout and sampling
    device : `auto` takes CUDA or MPS where there is one
    amp : multiply in bfloat16 where the device can
    workers : CPU threads; none leaves torch's own number
    time_budget_s : seconds after which training stops and keeps the best; none for no limit
    checkpoint : folder to keep the state of the training in, to resume after a kill; none for no checkpoint
    checkpoint_every_s : seconds between two checkpoints; 0 for one after every step
    resume : go on from the checkpoint, where there is one, to the very numbers of an uninterrupted training
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid", "allow_inf_nan": False}

    epochs: Annotated[int, Ge(1)] = 30
    batch: Annotated[int, Ge(1)] = 128
    lr: Annotated[float, Gt(0), Le(1)] = 1e-3
    schedule: Literal["cosine", "constant"] = "cosine"
    warmup: Annotated[int, Ge(0)] = 50
    clip: Annotated[float, Gt(0)] | None = 1.0
    patience: Annotated[int, Ge(1)] | None = 6
    validation: Annotated[float, Ge(0), Le(0.5)] = 0.1
    stride: Annotated[int, Ge(1)] = 1
    seed: Annotated[int, Ge(0)] = 0
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    amp: bool = False
    workers: Annotated[int, Ge(1)] | None = None
    time_budget_s: Annotated[float, Gt(0)] | None = None
    checkpoint: str | None = None
    checkpoint_every_s: Annotated[float, Ge(0)] = 60.0
    resume: bool = False


@dataclass(frozen=True, eq=False)
class Report:
    """A trained network and how it came about.

    Parameters
    ----------
    net : the network with its best weights, in evaluation mode
    weights : those weights by name
    loss, validation : (epoch,) mean loss of each epoch; without validation windows both are the training loss
    best : epoch, from 0, whose weights these are
    stopped : why training ended, as a sentence
    seconds : how long it took, resumed parts included
    """

    net: Any
    weights: Weights
    loss: NDArray[np.float64]
    validation: NDArray[np.float64]
    best: int
    stopped: str
    seconds: float

    @property
    def story(self) -> dict[str, Any]:
        """What a detector keeps beside the weights, under the names it is stored with."""
        return {
            "loss_curve_": self.loss,
            "validation_curve_": self.validation,
            "best_epoch_": self.best,
            "stopped_": self.stopped,
        }


def train(build: Callable[[], nn.Module], windows: Windows, settings: Training) -> Report:
    """Train the network that `build` makes until it no longer gets better on the latest windows.

    The network has a method `loss(batch, epoch) -> scalar`, the mean over a batch (batch, length, channel); in evaluation
    mode it must not draw random numbers. It may say in `values_per_window` how much memory a window needs, and then
    large batches are passed through in pieces.

    Deterministic on a CPU for a seed; the caller's random numbers are not touched. Ctrl-C ends the training after the step,
    keeps the best weights and says so in `Report.stopped`; a second Ctrl-C interrupts.

    Raises
    ------
    RedshankError
        If loss, gradient or weights are not finite time and again; the sentence names the step.
    InputError
        If the checkpoint to resume from belongs to another training.
    """
    device = pick_device(settings.device)
    with _own_random_numbers(device), _threads(settings.workers), _interruptions() as interrupted:
        torch.manual_seed(settings.seed)
        run = _Run(build().to(device), windows, settings, device)
        run.resume()
        while not run.at.finished:
            run.step()
            run.save()
            run.consider_stopping(interrupted)
        return run.report()


def pick_device(wanted: str) -> torch.device:
    """The device of that name; `auto` is CUDA, else MPS, else the CPU."""
    if wanted != "auto":
        return torch.device(wanted)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def restore(build: Callable[[], nn.Module], weights: Weights, device: str = "cpu") -> Any:
    """The network that `build` makes, with these weights, ready to score. Draws no random numbers."""
    with torch.device("meta"):
        net = build()
    tensors = {name: torch.from_numpy(np.array(array)) for name, array in weights.items()}
    net.load_state_dict(tensors, assign=True)
    return net.to(pick_device(device)).requires_grad_(False).eval()


@dataclass
class _Position:
    """Where a training stands, but for the tensors. What a checkpoint keeps as JSON."""

    epoch: int = 0
    batch: int = 0
    steps: int = 0
    loss_sum: float = 0.0
    loss: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    best: int = -1
    slowed: float = 1.0
    failures: int = 0
    seconds: float = 0.0
    stopped: str = ""
    finished: bool = False


class _Run:
    """One training: the network, its optimiser, the best weights so far and the last good state."""

    def __init__(self, net: nn.Module, windows: Windows, settings: Training, device: torch.device) -> None:
        self.net, self.settings, self.device = net, settings, device
        self.windows = Windows(windows.rows.to(device), windows.starts, windows.length)
        self.train, self.held = windows.split(settings.validation)
        self.batch = max(1, min(settings.batch, self._in_epoch(0) // _LEAST_STEPS))
        self.batches = math.ceil(self._in_epoch(0) / self.batch)
        # Fused: one pass over all weights, where a small network would spend a quarter of a step in Python.
        self.adam = torch.optim.Adam(net.parameters(), lr=settings.lr, fused=True)
        # Adam makes its moments at the first step; a checkpoint may want them before.
        for parameter in net.parameters():
            self.adam.state[parameter] = {
                "step": torch.zeros((), device=parameter.device),
                "exp_avg": torch.zeros_like(parameter),
                "exp_avg_sq": torch.zeros_like(parameter),
            }
        self.at = _Position()
        self.ordered = -1, windows.starts
        self.best = _copies(net.state_dict())
        self.good = _copies(self._state())
        self.began = self.saved = time.monotonic()

    # --- one step -----------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """The next batch; at the end of an epoch, validation."""
        at = self.at
        # Random numbers are a function of seed and step, so that a resumed training needs no other memory of them.
        _seed(self.settings.seed * 1_000_003 + at.steps, self.device)
        starts = self._order(at.epoch)[at.batch * self.batch : (at.batch + 1) * self.batch]
        for group in self.adam.param_groups:
            group["lr"] = self._lr()
        self.net.train()
        loss, norm = self._gradient(starts)
        if math.isfinite(loss) and math.isfinite(norm):
            self.adam.step()
            at.loss_sum += loss
        else:
            self._recover(loss)
        at.steps += 1
        at.batch += 1
        self._tell(loss)
        if at.batch == self.batches:
            self._end_epoch()

    def _gradient(self, starts: NDArray[np.int64]) -> tuple[float, float]:
        """Mean loss of a batch and the norm of its gradient, which is left, clipped, in the parameters."""
        self.net.zero_grad(set_to_none=True)
        size, total = at_once(self.net, len(starts)), 0.0
        for first in range(0, len(starts), size):
            piece = self.windows.at(starts[first : first + size])
            with self._autocast():
                loss = self.net.loss(piece, self.at.epoch) * (len(piece) / len(starts))
            loss.backward()
            total += float(loss.detach())
        clip = self.settings.clip or math.inf
        return total, float(nn.utils.clip_grad_norm_(self.net.parameters(), clip))

    def _recover(self, loss: float) -> None:
        """Back to the last good state, and on with half the step size."""
        self.at.failures += 1
        self.at.slowed /= 2
        if self.at.failures > _MOST_FAILURES:
            raise RedshankError(
                f"Training gave a {'gradient' if math.isfinite(loss) else 'loss'} that is not finite at step "
                f"{self.at.steps + 1} (epoch {self.at.epoch + 1}), for the {self.at.failures}th time. "
                "Lower training.lr or training.clip, or look for values far out of range in the series."
            )
        self._load(self.good)

    def _end_epoch(self) -> None:
        at = self.at
        loss = at.loss_sum / self.batches
        held = self._validate() if len(self.held) else loss
        if not math.isfinite(held) or not all(bool(p.isfinite().all()) for p in self.net.parameters()):
            self._recover(held)
            held = math.inf
        at.loss.append(loss)
        at.validation.append(held)
        if at.best < 0 or held < at.validation[at.best]:
            at.best = at.epoch
            self.best = _copies(self.net.state_dict())
        self.good = _copies(self._state())
        at.epoch, at.batch, at.loss_sum = at.epoch + 1, 0, 0.0
        self._tell(loss)

    def _validate(self) -> float:
        """Mean loss over the held-out windows."""
        self.net.eval()
        held = self.held[:: self.settings.stride]
        size, total = at_once(self.net, 512), 0.0
        with torch.inference_mode(), self._autocast():
            for first in range(0, len(held), size):
                piece = held[first : first + size]
                total += float(self.net.loss(self.windows.at(piece), self.at.epoch)) * len(piece)
        return total / len(held)

    # --- the end --------------------------------------------------------------------------------------------------------

    def consider_stopping(self, interrupted: threading.Event) -> None:
        """Whether this was the last step, and why."""
        at, settings = self.at, self.settings
        spent = at.seconds + time.monotonic() - self.began
        if interrupted.is_set():
            at.stopped = f"Stopped by hand in epoch {at.epoch + 1}; the best weights are kept."
        elif settings.time_budget_s is not None and spent > settings.time_budget_s:
            at.stopped = f"Stopped in epoch {at.epoch + 1} when the {settings.time_budget_s:g} s were over."
        elif at.epoch == settings.epochs:
            at.stopped = f"All {settings.epochs} epochs done."
        elif at.batch == 0 and self._is_stale():
            at.stopped = f"Stopped after epoch {at.epoch}: no better for {settings.patience} epochs."
        if not at.stopped:
            return
        if at.batch:
            at.stopped, reason = "", at.stopped
            self.save(force=True)  # to go on from here another time
            at.loss_sum *= self.batches / at.batch  # a part of an epoch is judged like a whole one
            self._end_epoch()
            at.stopped = reason
        at.finished = True
        if at.epoch == settings.epochs or self._is_stale():
            self.save(force=True)

    def _is_stale(self) -> bool:
        patience = self.settings.patience
        return patience is not None and self.at.epoch - self.at.best > patience

    def report(self) -> Report:
        self.net.load_state_dict(self.best)
        at = self.at
        weights = {name: tensor.cpu().numpy().copy() for name, tensor in self.best.items()}
        loss, validation = np.array(at.loss), np.array(at.validation)
        net = self.net.requires_grad_(False).eval()
        return Report(net, weights, loss, validation, at.best, at.stopped, at.seconds + time.monotonic() - self.began)

    # --- order and pace -------------------------------------------------------------------------------------------------

    def _in_epoch(self, epoch: int) -> int:
        stride = self.settings.stride
        return len(range(epoch % min(stride, len(self.train)), len(self.train), stride))

    def _order(self, epoch: int) -> NDArray[np.int64]:
        """First rows of the windows of an epoch, shuffled: a function of seed and epoch, kept for as long as that lasts."""
        if self.ordered[0] != epoch:
            self.ordered = epoch, self._shuffled(epoch)
        return self.ordered[1]

    def _shuffled(self, epoch: int) -> NDArray[np.int64]:
        stride = self.settings.stride
        starts = self.train[epoch % min(stride, len(self.train)) :: stride]
        order: NDArray[np.int64] = np.random.default_rng([self.settings.seed, epoch]).permutation(starts)
        # Epochs that begin later may have a window less; the last batch is then filled from the first.
        return np.resize(order, self._in_epoch(0))

    def _lr(self) -> float:
        settings, step = self.settings, self.at.steps
        rate = settings.lr * self.at.slowed * min(1.0, (step + 1) / (settings.warmup + 1))
        if settings.schedule == "cosine":
            done = step / (settings.epochs * self.batches)
            rate *= 0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2
        return rate

    def _autocast(self) -> Any:
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.settings.amp)

    def _tell(self, loss: float) -> None:
        at = self.at
        spent = at.seconds + time.monotonic() - self.began
        total = self.settings.epochs * self.batches
        figures = {"loss": loss, "epoch": float(at.epoch), "steps_per_s": at.steps / max(spent, 1e-9)}
        figures["remaining_s"] = (total - at.steps) / max(figures["steps_per_s"], 1e-9)
        if at.validation:
            figures["validation"] = at.validation[-1]
        progress.report("training", at.steps, total, **figures)

    # --- states -------------------------------------------------------------------------------------------------------

    def _state(self) -> dict[str, Tensor]:
        """Weights and moments by name."""
        state = {f"net/{name}": tensor for name, tensor in self.net.state_dict().items()}
        for i, parameter in enumerate(self.net.parameters()):
            state |= {f"adam/{i}/{name}": tensor for name, tensor in self.adam.state[parameter].items()}
        return state

    def _load(self, state: dict[str, Tensor]) -> None:
        with torch.no_grad():
            for name, tensor in self._state().items():
                tensor.copy_(state[name])

    def save(self, force: bool = False) -> None:
        """Write a checkpoint where one is wanted and due."""
        folder, now = self.settings.checkpoint, time.monotonic()
        if folder is None or not (force or now - self.saved >= self.settings.checkpoint_every_s):
            return
        tensors = {f"now/{name}": tensor for name, tensor in self._state().items()}
        tensors |= {f"good/{name}": tensor for name, tensor in self.good.items()}
        tensors |= {f"best/{name}": tensor for name, tensor in self.best.items()}
        position = asdict(self.at) | {"seconds": self.at.seconds + now - self.began}
        checkpoint.save(folder, tensors, position, self._fingerprint())
        self.saved = now

    def resume(self) -> None:
        """Go on from the checkpoint, where that is wanted and there is one."""
        folder = self.settings.checkpoint
        if folder is None or not self.settings.resume:
            return
        found = checkpoint.load(folder, self._fingerprint())
        if found is None:
            return
        tensors, position = found
        self.at = _Position(**position)
        for kind, target in (("good", self.good), ("best", self.best)):
            for name, tensor in target.items():
                tensor.copy_(tensors[f"{kind}/{name}"])
        self._load({name.removeprefix("now/"): t for name, t in tensors.items() if name.startswith("now/")})

    def _fingerprint(self) -> str:
        """Which training this is: the settings that shape it, the data and the layout of the network."""
        own = {"checkpoint", "checkpoint_every_s", "resume", "time_budget_s", "device", "workers"}
        settings = {name: value for name, value in asdict(self.settings).items() if name not in own}
        layout = {name: list(tensor.shape) for name, tensor in self.net.state_dict().items()}
        return checkpoint.fingerprint([settings, layout, self.windows.length], [self.windows.rows, self.windows.starts])


def _seed(number: int, device: torch.device) -> None:
    """Seed what draws random numbers here. `torch.manual_seed` would also queue a call, with its stack, for devices not in use."""
    torch.default_generator.manual_seed(number)
    if device.type == "cuda":
        torch.cuda.manual_seed(number)
    elif device.type == "mps":
        torch.mps.manual_seed(number)


def _copies(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in state.items()}


@contextmanager
def _own_random_numbers(device: torch.device) -> Iterator[None]:
    """Random numbers drawn inside leave no trace outside."""
    devices = [torch.cuda.current_device()] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        yield


@contextmanager
def _threads(wanted: int | None) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(wanted or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _interruptions() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets; the second interrupts as usual. Signals reach the main thread only.

    A process that ignores Ctrl-C, as one in the background does, goes on ignoring it.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        yield asked
        return

    def ask(number: int, frame: Any) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)
