"""The GRU layer gives the numbers and gradients of the library's."""

from __future__ import annotations

import pytest
import torch

from redshank.nets.recurrence import Gru


@pytest.mark.parametrize(("batch", "time", "width", "hidden"), [(3, 7, 4, 5), (1, 1, 1, 1), (2, 30, 6, 3)])
def test_states_and_gradients_are_those_of_the_library(batch: int, time: int, width: int, hidden: int) -> None:
    torch.manual_seed(0)
    layer = Gru(width, hidden).double()
    x = torch.randn(batch, time, width, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(batch, time, hidden, dtype=torch.float64)
    ours, theirs = layer(x), layer.layer(x)[0]
    assert torch.allclose(ours, theirs, atol=1e-12)
    wanted = [x, *layer.parameters()]
    for a, b in zip(*(torch.autograd.grad((states * weight).sum(), wanted) for states in (ours, theirs))):
        assert torch.allclose(a, b, atol=1e-11)


def test_the_last_state_is_the_last_of_all() -> None:
    torch.manual_seed(0)
    layer, x = Gru(4, 5), torch.randn(3, 9, 4)
    with torch.inference_mode():
        assert torch.allclose(layer.last(x), layer.layer(x)[0][:, -1], atol=1e-6)
    assert layer.last(x).requires_grad
