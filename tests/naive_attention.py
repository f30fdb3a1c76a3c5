"""Graph attention as the papers write it, one pair of nodes at a time."""

from __future__ import annotations

import torch
from torch import Tensor

from redshank.nets.attention import Attention


def attend(layer: Attention, v: Tensor) -> tuple[Tensor, Tensor]:
    """h_i = sigmoid(sum_j alpha_ij v_j) for nodes v (batch, node, width), by laying every pair side by side."""
    nodes = v.shape[1]
    pairs = torch.cat([v[:, :, None].expand(-1, -1, nodes, -1), v[:, None].expand(-1, nodes, -1, -1)], -1)
    if layer.version == "gat":
        w = torch.cat([layer.ends.weight[0], layer.ends.weight[1]])
        logits = torch.nn.functional.leaky_relu(pairs @ w, 0.2)
    else:
        w = torch.cat([layer.left.weight, layer.right.weight], 1)  # (2 D, 2 D)
        logits = torch.nn.functional.leaky_relu(pairs @ w.T + layer.left.bias, 0.2) @ layer.a
    alpha = torch.softmax(logits, 2)
    return torch.sigmoid(torch.einsum("bij,bjd->bid", alpha, v)), alpha
