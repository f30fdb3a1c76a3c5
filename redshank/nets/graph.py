"""Network and scorer as one module: scaled rows in, channel scores and the score out. What the export writes."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .windows import levelled

REDUCE: dict[str, Callable[[Tensor], Tensor]] = {
    "max": lambda scores: scores.amax(dim=1),
    "sum": lambda scores: scores.sum(dim=1),
    "mean": lambda scores: scores.mean(dim=1),
    "rms": lambda scores: scores.square().mean(dim=1).sqrt(),
}


class Scoring(nn.Module):
    """`score` applied to rows (batch, window, channel): what a detector does to one window.

    With `usual` (channel,) the score is told in usual ones and levels off, as `in_usual` does it in scoring.

    `score` is a function of `net`, which is kept here so that its weights belong to the module.
    """

    def __init__(
        self, net: nn.Module, score: Callable[[Tensor], Tensor], usual: NDArray[np.float64] | None = None
    ) -> None:
        super().__init__()
        self.net, self.score = net, score
        self.register_buffer("usual", None if usual is None else torch.from_numpy(usual).float())

    def forward(self, rows: Tensor) -> Tensor:
        """Channel scores (batch, channel) of the last row of each window."""
        scores = self.score(rows)
        return scores if self.usual is None else levelled(scores / self.usual)


class Graph(nn.Module):
    """`network` takes scaled rows (batch, window, channel) and gives the channel scores (batch, channel) of the last row.

    Scaling stays outside, in the spec: in single precision a level of 1e6 would lose its digits before it is taken away.
    """

    def __init__(self, network: nn.Module, scorer: str) -> None:
        super().__init__()
        self.network, self.scorer = network, scorer

    def forward(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Channel scores (batch, channel) and score (batch,) of the last of `rows` (batch, window, channel)."""
        scores = self.network(rows)
        return scores, REDUCE[self.scorer](scores)


def write_onnx(graph: Graph, window: int, channels: int, path: str) -> None:
    """Write a graph to an ONNX file with a free batch size and the names `rows`, `channel_scores`, `score`."""
    example = torch.zeros(2, window, channels)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's exporter warns of its own parts
        torch.onnx.export(
            graph.eval(),
            (example,),
            path,
            input_names=["rows"],
            output_names=["channel_scores", "score"],
            dynamic_shapes=({0: torch.export.Dim("batch", min=1)},),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
