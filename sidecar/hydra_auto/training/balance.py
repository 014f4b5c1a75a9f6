"""Evens out the channels between the two feed-forward matrices, so that int8 loses less.

int8 scales all activations of a text by their largest. In a few layers one channel is fifty times the others
on a few tokens, and what is left for the others is a handful of steps: nearly all of the int8 error came from
there. A channel can be divided by s before the output matrix and multiplied by s in it without any change of
the float32 network: in the gate of a GeGLU, or after the GELU of a BERT. This is SmoothQuant's migration
(Xiao et al. 2023, eq. 4) for that one matrix; on the others it made things worse.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import torch
from torch import nn
from transformers import BertModel

from hydra_auto.training.student import RequirementModel

_STRENGTH: Final = 0.7  # eq. 4's alpha; of 0.3, 0.5, 0.7, 0.85 and 1 the best on dev texts
_LEAST: Final = 1e-4
_LEAST_SCALE: Final = 1e-2  # a channel that never speaks is not blown up


class ScaledGelu(nn.Module):
    """GELU whose channels are multiplied by ``factor`` [inner]."""

    factor: torch.Tensor

    def __init__(self, factor: torch.Tensor) -> None:
        """A GELU with these factors, which are no weights to train."""
        super().__init__()
        self.register_buffer("factor", factor)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[..., inner] to [..., inner]."""
        return nn.functional.gelu(x) * self.factor


@torch.no_grad()
def balance_channels(model: RequirementModel, sequences: Sequence[Sequence[int]]) -> None:
    """Rescales every feed-forward channel of ``model`` in place; its float32 output stays the same.

    Args:
        model: The trained model, float32.
        sequences: Token ids of a few dozen texts, from which each channel's largest activation is read.
    """
    encoder: Any = model.encoder  # the library's layers have no precise types
    bert = isinstance(encoder, BertModel)
    outputs = [layer.output.dense for layer in encoder.encoder.layer] if bert else _gated_outputs(encoder)
    for index, (output, activation) in enumerate(
        zip(outputs, _largest_inputs(model, outputs, sequences), strict=True)
    ):
        weight = output.weight.abs().amax(0)
        scale = activation.clamp(min=_LEAST) ** _STRENGTH / weight.clamp(min=_LEAST) ** (1 - _STRENGTH)
        scale = (scale / scale.median()).clamp(min=_LEAST_SCALE)
        output.weight.mul_(scale)
        if bert:
            encoder.encoder.layer[index].intermediate.intermediate_act_fn = ScaledGelu(1 / scale)
        else:
            wide, gate = encoder.layers[index].mlp.Wi, output.in_features  # rows from here on are the gate's
            wide.weight[gate:].div_(scale[:, None])
            wide.bias[gate:].div_(scale)


def _gated_outputs(encoder: Any) -> list[nn.Linear]:  # noqa: ANN401 - the library's layers have no types
    return [layer.mlp.Wo for layer in encoder.layers]


def _largest_inputs(
    model: RequirementModel, layers: Sequence[nn.Linear], sequences: Sequence[Sequence[int]]
) -> list[torch.Tensor]:
    """Each layer's largest absolute input by channel, over all tokens."""
    largest = [torch.zeros(layer.in_features) for layer in layers]

    def watch(index: int) -> Any:  # noqa: ANN401 - the library's own hook type
        def hook(_module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
            found = inputs[0].abs().flatten(0, -2).amax(0)
            largest[index] = torch.maximum(largest[index], found)

        return layers[index].register_forward_pre_hook(hook)

    hooks = [watch(index) for index in range(len(layers))]
    try:
        for ids in sequences:
            row = torch.tensor([list(ids)])
            model(row, torch.ones_like(row))
    finally:
        for hook in hooks:
            hook.remove()
    return largest
