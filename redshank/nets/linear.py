"""Ridge autoregression as the first guess of a forecasting network, solved and not trained."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


class Autoregression(nn.Module):
    """Linear forecast of the next row from the last `order` rows of all channels: the "highway" of LSTNet.

    Lai et al. (2018), sec. 3.6, let a linear part run beside the network, for a network's output hardly follows the level of its
    input. We depart from it: all channels are read, and the weights are those of ridge regression and stay, so a network
    trained beside it begins as good as ridge autoregression and learns what that leaves.
    """

    def __init__(self, channels: int, order: int) -> None:
        super().__init__()
        self.order = order
        self.weight = nn.Parameter(torch.zeros(order * channels, channels), requires_grad=False)
        self.bias = nn.Parameter(torch.zeros(channels), requires_grad=False)

    def forward(self, rows: Tensor) -> Tensor:
        """What follows the last row: (batch, at least `order` rows, channel) -> (batch, channel)."""
        return rows[:, rows.shape[1] - self.order :].flatten(1) @ self.weight + self.bias

    def everywhere(self, rows: Tensor) -> Tensor:
        """What follows each row from row `order` on: (batch, time, channel) -> (batch, time - order + 1, channel)."""
        return rows.unfold(1, self.order, 1).transpose(2, 3).flatten(2) @ self.weight + self.bias

    def solve(self, parts: Sequence[NDArray[np.float64]], ridge: float = 0.1) -> None:
        """Set the weights of ridge regression; the penalty is `ridge` times the mean square of the inputs. O(rows (order channel)²)."""
        inputs, targets = zip(*(_pairs(part, self.order) for part in parts if len(part) > self.order))
        x, y = np.concatenate(inputs), np.concatenate(targets)
        middle, level = x.mean(axis=0), y.mean(axis=0)
        x = x - middle
        scatter = x.T @ x
        penalty = max(ridge * float(np.trace(scatter)) / len(scatter), 1e-9)
        weight = np.linalg.solve(scatter + penalty * np.eye(len(scatter)), x.T @ (y - level))
        with torch.no_grad():
            self.weight.copy_(torch.from_numpy(weight))
            self.bias.copy_(torch.from_numpy(level - middle @ weight))


def _pairs(x: NDArray[np.float64], order: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The `order` rows before each row, oldest first, and the row."""
    return np.concatenate([x[i : len(x) - order + i] for i in range(order)], axis=1), x[order:]
