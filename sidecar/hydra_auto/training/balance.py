"""Evens out the channels around the feed-forward matrices, so that int8 loses less.

int8 scales all activations of a text by their largest. One channel is ten to fifty times the others on the
first and the last token, and what is left for the rest is a handful of steps: most of the activations' int8
error comes from there. A channel can be divided by s before a matrix and multiplied by s in it without any
change of the float32 network: before either feed-forward matrix of a BERT, in the gate of a GeGLU. This is
SmoothQuant's migration (Xiao et al. 2023, eq. 4); the matrices' own rounding, which it makes harder, is
`training.rounding`'s. Around the attention it gained nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import torch
from torch import nn
from transformers import BertModel

from hydra_auto.training.activations import watch_inputs
from hydra_auto.training.student import RequirementModel

_STRENGTH: Final = 0.7  # eq. 4's alpha; of 0.3, 0.5, 0.7, 0.85 and 1 the best on dev texts
_LEAST: Final = 1e-4
_LEAST_SCALE: Final = 1e-2  # a channel that never speaks is not blown up


class Scale(nn.Module):
    """Multiplies every channel by its own ``factor`` [width], which is no weight to train."""

    factor: torch.Tensor

    def __init__(self, factor: torch.Tensor) -> None:
        """With these factors."""
        super().__init__()
        self.register_buffer("factor", factor)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[..., width] to [..., width]."""
        return x * self.factor


@torch.no_grad()
def balance_channels(model: RequirementModel, sequences: Sequence[Sequence[int]]) -> None:
    """Rescales the feed-forward channels of ``model`` in place; its float32 output stays the same.

    Args:
        model: The trained model, float32.
        sequences: Token ids of a few dozen texts, from which each channel's largest activation is read.
    """
    encoder: Any = model.encoder  # the library's layers have no precise types
    if isinstance(model.encoder, BertModel):
        blocks: list[Any] = list(encoder.encoder.layer)
        matrices = [dense for b in blocks for dense in (b.intermediate.dense, b.output.dense)]
        scales = _scaled(model, matrices, sequences)
        for block, into, out in zip(blocks, scales[::2], scales[1::2], strict=True):
            block.intermediate.dense = nn.Sequential(Scale(1 / into), block.intermediate.dense)
            activation = block.intermediate.intermediate_act_fn
            block.intermediate.intermediate_act_fn = nn.Sequential(activation, Scale(1 / out))
        return
    gated = [layer.mlp for layer in encoder.layers]
    for mlp, scale in zip(gated, _scaled(model, [mlp.Wo for mlp in gated], sequences), strict=True):
        gate = mlp.Wo.in_features  # rows of the wide matrix from here on are the gate's
        mlp.Wi.weight[gate:].div_(scale[:, None])
        mlp.Wi.bias[gate:].div_(scale)


def _scaled(
    model: RequirementModel, matrices: Sequence[nn.Linear], sequences: Sequence[Sequence[int]]
) -> list[torch.Tensor]:
    """Multiplies the inputs' weights of each matrix by a scale, which is returned."""
    largest = [torch.zeros(matrix.in_features) for matrix in matrices]

    def watch(index: int, rows: torch.Tensor) -> None:
        largest[index] = torch.maximum(largest[index], rows.abs().amax(0))

    watch_inputs(model, matrices, sequences, watch)
    scales = []
    for matrix, loudest in zip(matrices, largest, strict=True):
        weight = matrix.weight.abs().amax(0)
        scale = loudest.clamp(min=_LEAST) ** _STRENGTH / weight.clamp(min=_LEAST) ** (1 - _STRENGTH)
        scale = (scale / scale.median()).clamp(min=_LEAST_SCALE)
        matrix.weight.mul_(scale)
        scales.append(scale)
    return scales
