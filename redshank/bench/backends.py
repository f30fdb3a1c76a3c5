"""Where cases run. A backend takes cases and gives outcomes as they come, in any order; `BACKENDS` is the seam.

`local` keeps a few worker processes on this machine. `ray` sends the same cases to a Ray cluster, which may be many machines that
see the same data folder; it needs `pip install 'redshank[ray]'`.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import MissingExtraError
from .case import Case

Outcome = dict[str, Any]


@dataclass(frozen=True)
class Limits:
    """What one case may use. `workers` cases run at once."""

    workers: int = 2
    timeout_s: float = 1800.0
    memory_mb: float = 8192.0


Backend = Callable[[Sequence[Case], Path, Limits], Iterator[tuple[Case, Outcome]]]


@dataclass
class _Worker:
    """A worker process and the case it is at."""

    process: subprocess.Popen[str] = field(init=False)
    case: Case | None = None
    since: float = 0.0

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "redshank.bench.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=threads | dict(os.environ),
        )

    def give(self, case: Case, scores: Path) -> None:
        assert self.process.stdin is not None
        self.case, self.since = case, time.monotonic()
        self.process.stdin.write(json.dumps({"case": case.to_json(), "scores": str(scores)}) + "\n")
        self.process.stdin.flush()

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:  # what was not yet sent has nobody to read it
                    continue


def local(cases: Sequence[Case], scores: Path, limits: Limits) -> Iterator[tuple[Case, Outcome]]:
    """Run cases in worker processes on this machine; a worker that dies, hangs or grows too large is replaced."""
    waiting = list(reversed(cases))
    workers = [_Worker() for _ in range(min(limits.workers, len(cases)))]
    try:
        for worker in workers:
            _next(worker, waiting, scores)
        while any(worker.case for worker in workers):
            yield from _collect(workers, waiting, scores, limits)
    finally:
        for worker in workers:
            worker.stop()


def _next(worker: _Worker, waiting: list[Case], scores: Path) -> None:
    worker.case = None
    if waiting:
        case = waiting.pop()
        worker.give(case, scores / f"{case.key}.npy")


def _collect(
    workers: list[_Worker], waiting: list[Case], scores: Path, limits: Limits
) -> Iterator[tuple[Case, Outcome]]:
    with selectors.DefaultSelector() as ready:
        for worker in workers:
            if worker.case and worker.process.stdout:
                ready.register(worker.process.stdout, selectors.EVENT_READ, worker)
        answered = [key.data for key, _ in ready.select(timeout=0.2)]
    for worker in workers:
        if worker.case is None:
            continue
        outcome = _answer(worker) if worker in answered else _excess(worker, limits)
        if outcome is None:
            continue
        case = worker.case
        if outcome["status"] in ("died", "timeout", "memory"):
            worker.stop()
            worker.start()
        _next(worker, waiting, scores)
        yield case, outcome


def _answer(worker: _Worker) -> Outcome:
    assert worker.process.stdout is not None
    line = worker.process.stdout.readline()
    if line:
        outcome: Outcome = json.loads(line)
        return outcome
    code = worker.process.wait()
    return {"status": "died", "error": f"The process died with code {code}.", "peak_mb": None}


def _excess(worker: _Worker, limits: Limits) -> Outcome | None:
    from .worker import peak_memory_mb

    if time.monotonic() - worker.since > limits.timeout_s:
        return {"status": "timeout", "error": f"It ran longer than {limits.timeout_s:g} s.", "peak_mb": None}
    used = peak_memory_mb(worker.process.pid)
    if used > limits.memory_mb:
        return {
            "status": "memory",
            "error": f"It used {used:.0f} MB; allowed were {limits.memory_mb:g}.",
            "peak_mb": used,
        }
    return None


def ray(cases: Sequence[Case], scores: Path, limits: Limits) -> Iterator[tuple[Case, Outcome]]:
    """Run cases on a Ray cluster: the one of RAY_ADDRESS, else one started here. Each case has a process of its own."""
    try:
        import ray as cluster
    except ImportError as error:
        raise MissingExtraError("The backend 'ray' needs ray: pip install 'redshank[ray]'") from error
    started = not cluster.is_initialized()
    if started:
        cluster.init(num_cpus=None if os.environ.get("RAY_ADDRESS") else limits.workers, log_to_driver=False)
    try:
        remote = cluster.remote(_elsewhere).options(max_retries=0, num_cpus=1)
        given = {remote.remote(case.to_json(), str(scores), limits.timeout_s, limits.memory_mb): case for case in cases}
        while given:
            done, _ = cluster.wait(list(given))
            for reference in done:
                case = given.pop(reference)
                try:
                    outcome = json.loads(cluster.get(reference))
                except cluster.exceptions.RayError as error:
                    outcome = {"status": "died", "error": str(error).splitlines()[0], "peak_mb": None}
                yield case, outcome
    finally:
        if started:
            cluster.shutdown()


def _elsewhere(case: dict[str, Any], scores: str, timeout_s: float, memory_mb: float) -> str:
    """One case on another machine, in a worker of its own, so that limits hold there as they do here."""
    limits = Limits(workers=1, timeout_s=timeout_s, memory_mb=memory_mb)
    return json.dumps(next(local([Case.from_json(case)], Path(scores), limits))[1])


BACKENDS: dict[str, Backend] = {"local": local, "ray": ray}
