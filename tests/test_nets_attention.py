"""Graph attention: equal to the formula of the paper, gradients included, in blocks of any size."""

from __future__ import annotations

import naive_attention
import pytest
import torch

from redshank.nets import attention
from redshank.nets.attention import Attention, absolute_sums


@pytest.mark.parametrize("version", ["gat", "gatv2"])
def test_attention_and_its_gradients_are_those_of_the_formula(version: str) -> None:
    torch.manual_seed(0)
    layer = Attention(5, 7, version)
    v = torch.randn(3, 5, 7, requires_grad=True)
    weights = torch.randn(3, 5, 7)
    for ours, naive in ((layer(v), naive_attention.attend(layer, v)),):
        for a, b in zip(ours, naive):
            assert torch.allclose(a, b, atol=1e-6)
        wanted = [v, *layer.parameters()]
        a, b = (torch.autograd.grad((h[0] * weights).sum(), wanted, allow_unused=True) for h in (ours, naive))
        for one, other in zip(a, b):
            assert torch.allclose(one, torch.zeros_like(one) if other is None else other, atol=1e-5)


@pytest.mark.parametrize("block", [1, 40, 200, 1 << 20])
def test_sums_over_pairs_do_not_depend_on_the_blocks(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "_BLOCK", block)
    torch.manual_seed(1)
    p, q, a = (torch.randn(*shape, dtype=torch.float64, requires_grad=True) for shape in ((4, 3, 6), (4, 5, 6), (6,)))
    plain = ((p[:, :, None] + q[:, None]).abs() * a).sum(-1)
    assert torch.allclose(absolute_sums(p, q, a), plain)
    assert torch.autograd.gradcheck(absolute_sums, (p, q, a))


def test_attention_of_a_node_sums_to_one_over_its_neighbours() -> None:
    torch.manual_seed(0)
    alpha = Attention(6, 4, "gat")(torch.randn(2, 6, 4))[1]
    assert torch.allclose(alpha.sum(2), torch.ones(2, 6))
    assert not torch.allclose(alpha.sum(1), torch.ones(2, 6))


def test_only_the_strongest_neighbours_are_listened_to() -> None:
    torch.manual_seed(0)
    layer, v = Attention(6, 4, "gatv2", top=2), torch.randn(3, 6, 4)
    alpha = layer(v)[1]
    assert ((alpha > 0).sum(2) == 2).all()
    layer.top = None
    assert torch.equal(alpha > 0, layer(v)[1] >= layer(v)[1].topk(2, 2).values[:, :, -1:])


def test_a_given_graph_is_kept_to_and_every_node_hears_itself() -> None:
    torch.manual_seed(0)
    alpha = Attention(4, 3, "gat", edges=[(0, 2), (3, 1)])(torch.randn(2, 4, 3))[1]
    heard = [[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 1, 0, 1]]
    assert torch.equal((alpha > 0).int(), torch.tensor([heard, heard], dtype=torch.int32))
