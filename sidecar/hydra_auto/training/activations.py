"""What goes into the matrices of a network, text by text: what its int8 file is fitted to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import nn

from hydra_auto.training.student import RequirementModel


@torch.no_grad()
def watch_inputs(
    model: RequirementModel,
    matrices: Sequence[nn.Linear],
    sequences: Sequence[Sequence[int]],
    see: Callable[[int, torch.Tensor], None],
) -> None:
    """Runs ``model`` on every text and shows ``see`` what each matrix multiplies.

    Args:
        model: Float32; stays as it is.
        matrices: Some of its linear layers.
        sequences: Token ids of the texts, special tokens included.
        see: Is called with the place of a matrix in ``matrices`` and its inputs for one text, [seq, in].
    """

    def hook(index: int, _module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        see(index, inputs[0].flatten(0, -2))

    hooks = [matrix.register_forward_pre_hook(partial(hook, i)) for i, matrix in enumerate(matrices)]
    try:
        for ids in sequences:
            row = torch.tensor([list(ids)])
            model(row, torch.ones_like(row))
    finally:
        for handle in hooks:
            handle.remove()
