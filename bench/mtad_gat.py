"""Windows per second and peak memory of MTAD-GAT beside a naive twin written from the formulas, in one run.

The twin lays every pair of nodes side by side (batch x N x N x 2 D), stacks its windows one by one, and passes forecast and
reconstruction of a row through the network apart. Both have 38 channels, window 100, hidden 150, batch 256, mode both.
Each figure is from a process of its own. Prints one JSON object.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from redshank.nets.attention import Attention
from redshank.nets.mtad import Mtad
from redshank.nets.windows import Windows, slide

CHANNELS, WINDOW, HIDDEN, BATCH = 38, 100, 150, 256
SETTINGS: dict[str, Any] = {
    "kernel": 7,
    "top": None,
    "edges": None,
    "hidden": HIDDEN,
    "forecast": (150, 150, 150),
    "reconstruction": "vae",
    "latent": 16,
    "highway": 0,
    "dropout": 0.0,
}


class NaiveAttention(nn.Module):
    """Every pair of nodes side by side."""

    def __init__(self, width: int, version: str) -> None:
        super().__init__()
        self.version = version
        self.w = nn.Linear(2 * width, 2 * width if version == "gatv2" else 1, bias=version == "gatv2")
        self.a = nn.Linear(2 * width, 1, bias=False)

    def forward(self, v: Tensor) -> tuple[Tensor, Tensor]:
        batch, nodes, width = v.shape
        left = v.repeat_interleave(nodes, dim=1)
        right = v.repeat(1, nodes, 1)
        pairs = torch.cat([left, right], 2).view(batch, nodes, nodes, 2 * width)
        logits = nn.functional.leaky_relu(self.w(pairs), 0.2)
        logits = self.a(logits) if self.version == "gatv2" else logits
        alpha = torch.softmax(logits[..., 0], 2)
        return torch.sigmoid(alpha @ v), alpha


class NaiveGru(nn.GRU):
    """The library's layer, all states kept."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__(width, hidden, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x)[0]

    def last(self, x: Tensor) -> Tensor:
        return self(x)[:, -1]


def network(kind: str, version: str) -> Mtad:
    torch.manual_seed(0)
    net = Mtad(CHANNELS, WINDOW, attention=version, **SETTINGS)
    if kind == "naive":
        net.feature, net.time = NaiveAttention(WINDOW, version), NaiveAttention(CHANNELS, version)
        net.gru = NaiveGru(3 * CHANNELS, HIDDEN)
    assert kind == "naive" or isinstance(net.time, Attention)
    return net


def training(kind: str, version: str) -> float:
    """Windows per second of a step: gather, forward, backward, clip, Adam. The fastest of some."""
    net = network(kind, version)
    adam = torch.optim.Adam(net.parameters())
    x = np.random.default_rng(0).random((4000, CHANNELS))
    windows = Windows.of([x], WINDOW + 1)
    rows = torch.from_numpy(x.astype(np.float32))
    best = np.inf
    for step in range(4 if kind == "ours" else 3):
        began = time.perf_counter()
        starts = np.random.default_rng(step).choice(windows.starts, BATCH)
        if kind == "naive":
            batch = torch.stack([rows[start : start + WINDOW + 1] for start in starts])
        else:
            batch = windows.at(starts)
        net.zero_grad()
        net.loss(batch, 0).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        adam.step()
        best = min(best, time.perf_counter() - began)
    return BATCH / best


def scoring(kind: str, version: str) -> float:
    """Rows per second that get both a forecast and a reconstruction. The fastest of some."""
    net = network(kind, version).eval().requires_grad_(False)
    count = 2048 if kind == "ours" else 256
    x = np.random.default_rng(0).random((count + WINDOW, CHANNELS))
    rows = torch.from_numpy(x.astype(np.float32))
    best = np.inf
    for _ in range(3):
        began = time.perf_counter()
        if kind == "ours":
            slide(lambda batch: torch.cat(net(batch), -1), x, WINDOW, net)
        else:
            with torch.no_grad():
                for first in range(0, count, BATCH):
                    here = range(first, min(first + BATCH, count))
                    net(torch.stack([rows[t : t + WINDOW] for t in here]))  # the forecast of row t + 100
                    states = net.gru(net._mixed(torch.stack([rows[t + 1 : t + 1 + WINDOW] for t in here])))
                    net.vae(states)  # the reconstruction of the window that ends with it
        best = min(best, time.perf_counter() - began)
    return count / best


def one(what: str, kind: str, version: str) -> None:
    torch.set_num_threads(2)
    speed = {"training": training, "scoring": scoring}[what](kind, version)
    print(json.dumps([speed, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


def main() -> None:
    found: dict[str, Any] = {
        "channels": CHANNELS,
        "window": WINDOW,
        "hidden": HIDDEN,
        "batch": BATCH,
        "unit": "windows/s",
    }
    for version in ("gat", "gatv2"):
        for what in ("training", "scoring"):
            row = {}
            for kind in ("ours", "naive"):
                done = subprocess.run(
                    [sys.executable, __file__, what, kind, version], capture_output=True, text=True, check=True
                )
                speed, peak = json.loads(done.stdout)
                row |= {kind: round(speed, 1), f"{kind}_peak_mb": round(peak)}
            found[f"{version}_{what}"] = row | {"ratio": round(row["ours"] / row["naive"], 2)}
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        one(*sys.argv[1:])
    else:
        main()
