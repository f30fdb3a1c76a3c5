"""Graph attention over the channels or the rows of a window, without ever laying pairs of nodes side by side.

Letters: v_i node i of width D, N nodes, e_ij logit of edge i <- j, a and W learned.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_SLOPE = 0.2
_BLOCK = 1 << 20
"""Numbers of a block of pairs, 4 MB: small enough to stay in the cache between the steps that use it."""


class Attention(nn.Module):
    """h_i = sigmoid(sum_j alpha_ij v_j), alpha_i the softmax over the neighbours j of node i (Zhao et al. 2020, eq. 1-3).

    `gat` : e_ij = LeakyReLU(a . [v_i, v_j]) = LeakyReLU(a1 . v_i + a2 . v_j), two numbers a node instead of a vector a pair.
    `gatv2` : e_ij = a . LeakyReLU(W [v_i, v_j] + b) (Brody et al. 2022, eq. 7), with W [v_i, v_j] = W1 v_i + W2 v_j, in
    blocks that are computed again for the gradient.

    Parameters
    ----------
    nodes, width : N and D
    version : `gat` or `gatv2`
    top : neighbours a node listens to, the strongest ones; none for all
    edges : pairs (i, j): node i may listen to node j, and always to itself; none for all
    """

    def __init__(
        self,
        nodes: int,
        width: int,
        version: str,
        top: int | None = None,
        edges: Sequence[tuple[int, int]] | None = None,
    ) -> None:
        super().__init__()
        self.version, self.top = version, None if top is None or top >= nodes else top
        if version == "gat":
            self.ends = nn.Linear(width, 2, bias=False)
        else:
            self.left = nn.Linear(width, 2 * width)
            self.right = nn.Linear(width, 2 * width, bias=False)
            self.a = nn.Parameter(torch.empty(2 * width).uniform_(-1, 1) / math.sqrt(2 * width))
        self.absent = None if edges is None else nn.Parameter(_absent(nodes, edges), requires_grad=False)

    def forward(self, v: Tensor) -> tuple[Tensor, Tensor]:
        """New nodes (batch, node, width) and the attention (batch, node, neighbour); each row of it sums to 1."""
        alpha = torch.softmax(self._sparse(self.logits(v)), -1)
        return torch.sigmoid(alpha @ v), alpha

    def logits(self, v: Tensor) -> Tensor:
        """e_ij, shape (batch, node, neighbour); in `gatv2` less a term that is the same for all j, which a softmax ignores."""
        if self.version == "gat":
            ends = self.ends(v)  # (batch, node, 2)
            return F.leaky_relu(ends[:, :, :1] + ends[:, :, 1:].transpose(1, 2), _SLOPE)
        p, q = self.left(v), self.right(v)  # (batch, node, 2 D)
        # LeakyReLU(z) = (1 + s)/2 z + (1 - s)/2 |z|: the first part needs no pairs.
        return (1 + _SLOPE) / 2 * (q @ self.a)[:, None, :] + (1 - _SLOPE) / 2 * absolute_sums(p, q, self.a)

    def _sparse(self, logits: Tensor) -> Tensor:
        if self.absent is not None:
            logits = logits + self.absent
        if self.top is not None:
            least = logits.topk(self.top, -1).values[:, :, -1:]
            logits = torch.where(logits >= least, logits, torch.full_like(logits, -1e9))
        return logits


def _absent(nodes: int, edges: Sequence[tuple[int, int]]) -> Tensor:
    """0 where an edge is, and a number that no logit overcomes where none is."""
    missing = torch.full((nodes, nodes), -1e9)
    missing.fill_diagonal_(0.0)
    for i, j in edges:
        missing[i, j] = 0.0
    return missing


def absolute_sums(p: Tensor, q: Tensor, a: Tensor) -> Tensor:
    """sum_d a_d |p_id + q_jd|, shape (batch, i, j), for p and q (batch, node, d)."""
    if torch.compiler.is_compiling() or torch.onnx.is_in_onnx_export():
        return (p[:, :, None] + q[:, None]).abs() @ a
    found: Tensor = _AbsoluteSums.apply(p, q, a)
    return found


class _AbsoluteSums(torch.autograd.Function):
    """Goes over the pairs in blocks that fit the cache, and again for the gradient: no array of pairs times d is kept.

    With S = sign(p_i + q_j) and g the gradient of the sums: dp_i = a sum_j g_ij S_ij, dq_j = a sum_i g_ij S_ij, and since
    |z| = z sign(z), da = sum_i p_i (sum_j g_ij S_ij) + sum_j q_j (sum_i g_ij S_ij): one pass gives all three.
    """

    @staticmethod
    def forward(ctx: Any, p: Tensor, q: Tensor, a: Tensor) -> Tensor:
        ctx.save_for_backward(p, q, a)
        sums = p.new_empty(p.shape[0], p.shape[1], q.shape[1])
        for windows, rows in _blocks(p, q):
            pairs = p[windows, rows, None] + q[windows, None]  # (window, i, j, d)
            sums[windows, rows] = pairs.abs_() @ a
        return sums

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        (g,) = gradients
        p, q, a = ctx.saved_tensors
        left, right = torch.empty_like(p), torch.zeros_like(q)
        for windows, rows in _blocks(p, q):
            signs = (p[windows, rows, None] + q[windows, None]).sign_()  # (window, i, j, d)
            part = g[windows, rows]  # (window, i, j)
            left[windows, rows] = (part[:, :, None] @ signs)[:, :, 0]
            right[windows] += signs.mul_(part[..., None]).sum(1)
        da = (p * left).sum((0, 1)) + (q * right).sum((0, 1))
        return left * a, right * a, da


def _blocks(p: Tensor, q: Tensor) -> Sequence[tuple[slice, slice]]:
    """Windows and nodes i to take together so that a block of pairs stays in the cache."""
    batch, nodes, width = p.shape
    rows = max(1, min(nodes, _BLOCK // (q.shape[1] * width)))
    windows = max(1, _BLOCK // (rows * q.shape[1] * width)) if rows == nodes else 1
    return [
        (slice(w, w + windows), slice(r, r + rows)) for w in range(0, batch, windows) for r in range(0, nodes, rows)
    ]
