"""A GRU layer that is quick on a CPU, where the library's own spends half its time on bookkeeping between small products.

Letters as in the documentation of torch.nn.GRU: r reset gate, z update gate, n candidate, h state; gates lie side by side.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class Gru(nn.Module):
    """One GRU layer from a zero state, (batch, time, width) -> every state (batch, time, hidden), or the last one (batch, hidden).

    Same weights and numbers as `torch.nn.GRU`, which it is elsewhere than on a CPU and when exported.
    """

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.layer = nn.GRU(width, hidden, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        if _plain(x):
            return self.layer(x)[0]
        found: Tensor = _Recurrence.apply(x, *self._weights())
        return found

    def last(self, x: Tensor) -> Tensor:
        """The last state alone, in the memory of one step; without gradients, for scoring."""
        if _plain(x) or torch.is_grad_enabled():
            return self(x)[:, -1]
        return _last(x, *self._weights())

    def _weights(self) -> list[Tensor]:
        layer = self.layer
        return [layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0, layer.bias_hh_l0]


def _plain(x: Tensor) -> bool:
    exported = torch.compiler.is_compiling() or torch.onnx.is_in_onnx_export()
    return exported or x.device.type != "cpu" or torch.is_autocast_enabled("cpu")


def _last(x: Tensor, wi: Tensor, wh: Tensor, bi: Tensor, bh: Tensor) -> Tensor:
    batch, hidden = x.shape[0], wh.shape[1]
    into, over, both, own, other = _prepared(wi, wh, bi, bh)
    h, candidate = x.new_zeros(batch, hidden), x.new_empty(batch, hidden)
    gates, inner = x.new_empty(batch, 2 * hidden), x.new_empty(batch, hidden)
    for t in range(x.shape[1]):
        torch.addmm(both, x[:, t], into[:, : 2 * hidden], out=gates)
        gates.addmm_(h, over[:, : 2 * hidden]).sigmoid_()
        torch.addmm(other, h, over[:, 2 * hidden :], out=inner)
        torch.addmm(own, x[:, t], into[:, 2 * hidden :], out=candidate)
        candidate.addcmul_(gates[:, :hidden], inner).tanh_()
        torch.lerp(candidate, h, gates[:, hidden:], out=h)
    return h


def _prepared(wi: Tensor, wh: Tensor, bi: Tensor, bh: Tensor) -> tuple[Tensor, ...]:
    """Weights as right factors, the joint bias of both gates, and the candidate's two biases."""
    gates = 2 * wh.shape[1]
    return wi.t().contiguous(), wh.t().contiguous(), bi[:gates] + bh[:gates], bi[gates:], bh[gates:]


class _Recurrence(torch.autograd.Function):
    """All states, and their gradient: a step works in place on rows that stay in the cache, products over time are made once."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, wi: Tensor, wh: Tensor, bi: Tensor, bh: Tensor) -> Tensor:
        batch, time, _ = x.shape
        hidden = wh.shape[1]
        into, over, both, own, other = _prepared(wi, wh, bi, bh)
        h = x.new_zeros(time + 1, batch, hidden)
        gates, inner = x.new_empty(time, batch, 2 * hidden), x.new_empty(time, batch, hidden)
        candidate = x.new_empty(time, batch, hidden)
        for t in range(time):
            torch.addmm(both, x[:, t], into[:, : 2 * hidden], out=gates[t])
            gates[t].addmm_(h[t], over[:, : 2 * hidden]).sigmoid_()
            torch.addmm(other, h[t], over[:, 2 * hidden :], out=inner[t])
            torch.addmm(own, x[:, t], into[:, 2 * hidden :], out=candidate[t])
            candidate[t].addcmul_(gates[t, :, :hidden], inner[t]).tanh_()
            torch.lerp(candidate[t], h[t], gates[t, :, hidden:], out=h[t + 1])
        ctx.save_for_backward(x, wi, wh, h, gates, inner, candidate)
        return h[1:].transpose(0, 1)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        (g,) = gradients
        x, wi, wh, h, gates, inner, candidate = ctx.saved_tensors
        time, batch, hidden = candidate.shape
        d_in = x.new_empty(time, batch, 3 * hidden)  # of what comes from the input
        d_n = x.new_empty(time, batch, hidden)  # of the candidate's part that comes from the state
        dh, slope, step = (x.new_zeros(batch, hidden) for _ in range(3))
        for t in range(time - 1, -1, -1):
            r, z, n = gates[t, :, :hidden], gates[t, :, hidden:], candidate[t]
            dr, dz, dn = d_in[t].split(hidden, 1)
            dh += g[:, t]
            torch.mul(z, dh, out=step)  # goes on to the state before
            torch.sub(dh, step, out=dn)  # dh (1 - z)
            torch.sub(h[t], n, out=slope)
            torch.mul(slope, step, out=dz)
            dz.addcmul_(dz, z, value=-1)  # dh (h - n) z (1 - z)
            torch.mul(n, n, out=slope)
            dn.addcmul_(dn, slope, value=-1)  # (1 - n²)
            torch.mul(dn, r, out=d_n[t])
            torch.mul(d_n[t], inner[t], out=dr)
            dr.addcmul_(dr, r, value=-1)  # dn inner r (1 - r)
            torch.addmm(step, d_in[t, :, : 2 * hidden], wh[: 2 * hidden], out=dh)
            dh.addmm_(d_n[t], wh[2 * hidden :])
        flat, states = d_in.view(time * batch, -1), h[:-1].reshape(time * batch, hidden)
        rows, own = x.transpose(0, 1).reshape(time * batch, -1), d_n.view(time * batch, -1)
        d_wh = torch.cat([flat[:, : 2 * hidden].t() @ states, own.t() @ states])
        d_bi, d_own = flat.sum(0), own.sum(0)
        d_x = (flat @ wi).view(time, batch, -1).transpose(0, 1) if ctx.needs_input_grad[0] else None
        return d_x, flat.t() @ rows, d_wh, d_bi, torch.cat([d_bi[: 2 * hidden], d_own])
