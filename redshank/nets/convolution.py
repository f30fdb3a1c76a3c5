"""A convolutional one-step forecaster that reads a whole series at once."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .linear import Autoregression


class CausalConvolution(nn.Module):
    """Expects each row from the `window` rows before it: convolution and pooling blocks, then one linear layer over what is left.

    Pooling by two would leave a network that has to run once a window. Here each block leaves the rows as they are and
    spreads the next block's taps instead (convolution "with holes"), which gives the same numbers for every window of a
    series in one pass: a row is convolved once and not once for each window it is in. Inputs are clamped to `low` .. `high`, but
    for the linear part.
    """

    def __init__(self, channels: int, window: int, filters: Sequence[int], highway: int, dropout: float) -> None:
        super().__init__()
        self.window = window
        self.low = nn.Parameter(torch.zeros(channels), requires_grad=False)
        self.high = nn.Parameter(torch.ones(channels), requires_grad=False)
        self.linear = Autoregression(channels, highway) if highway else None
        blocks: list[nn.Conv1d] = []
        left, spread, width = window, 1, channels
        for size in filters:
            if left <= 4 * spread:  # nothing would be left for the head
                break
            blocks.append(nn.Conv1d(width, size, 3, dilation=spread))
            left, width = left - 3 * spread, size
            spread *= 2
        self.blocks = nn.ModuleList(blocks)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Conv1d(width, channels, (left - 1) // spread + 1, dilation=spread)
        if self.linear is not None:  # begin as the linear forecast alone
            nn.init.zeros_(self.head.weight)
            nn.init.zeros_(self.head.bias)

    def forward(self, rows: Tensor) -> Tensor:
        """What follows each stretch of `window` rows: (batch, time, channel) -> (batch, time - window + 1, channel)."""
        count = rows.shape[1] - self.window + 1
        hidden = torch.clamp(rows, self.low, self.high).transpose(1, 2)  # (batch, channel, time)
        spread = 1
        for block in self.blocks:
            hidden = F.max_pool1d(torch.relu(block(hidden)), 2, stride=1, dilation=spread)
            spread *= 2
        found: Tensor = self.head(self.dropout(hidden))[:, :, -count:].transpose(1, 2)
        return found if self.linear is None else found + self.linear.everywhere(rows)[:, -count:]

    def loss(self, batch: Tensor, epoch: int) -> Tensor:
        """Mean squared error of the rows after the first `window`."""
        return F.mse_loss(self(batch[:, :-1]), batch[:, self.window :])
