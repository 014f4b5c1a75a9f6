"""Smoothing before int8: outliers of activations move into the weights, where int8 has a scale a channel.

Dynamic int8 scales an activation over the whole tensor, so that one large channel costs all others their
precision. SmoothQuant (Xiao et al. 2023, eq. 4) divides each channel by s_j = max|x_j|^a / max|w_j|^(1-a) and
multiplies the weights by it. What the network computes stays the same up to rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import torch
from torch import nn

from hydra_auto.training.batches import by_length, padded
from hydra_auto.training.student import RequirementModel

_STRENGTH: Final = 0.5
_SMALLEST: Final = 1e-4


@torch.no_grad()
def smooth(model: RequirementModel, sequences: Sequence[Sequence[int]]) -> None:
    """Smooths every encoder layer of ``model`` in place.

    Args:
        model: float32.
        sequences: Token ids of typical texts, with special tokens, on which activations are measured.
    """
    largest = _largest_inputs(model, sequences)
    layer: Any  # torch types every attribute of a module as Tensor | Module; ModernBERT's layers have more
    for layer in model.encoder.layers:
        norms = [(layer.mlp_norm, layer.mlp.Wi)]
        if isinstance(layer.attn_norm, nn.LayerNorm):  # the first layer has none of its own
            norms.append((layer.attn_norm, layer.attn.Wqkv))
        for norm, linear in norms:
            scale = _scale(largest[linear], linear)
            norm.weight.div_(scale)
            norm.bias.div_(scale)
            linear.weight.mul_(scale)
        # The gate is the second half of what `Wi` gives, values are the last third of `Wqkv`.
        for before, linear in ((layer.mlp.Wi, layer.mlp.Wo), (layer.attn.Wqkv, layer.attn.Wo)):
            scale = _scale(largest[linear], linear)
            before.weight[-len(scale) :].div_(scale[:, None])
            before.bias[-len(scale) :].div_(scale)
            linear.weight.mul_(scale)


def _scale(largest: torch.Tensor, linear: nn.Linear) -> torch.Tensor:
    weights = linear.weight.abs().amax(0)
    scale = largest.clamp(min=_SMALLEST) ** _STRENGTH / weights.clamp(min=_SMALLEST) ** (1 - _STRENGTH)
    return scale.clamp(min=_SMALLEST)


def _largest_inputs(
    model: RequirementModel, sequences: Sequence[Sequence[int]]
) -> dict[nn.Module, torch.Tensor]:
    """Largest magnitude of each input channel of every linear layer of the encoder."""
    found: dict[nn.Module, torch.Tensor] = {}

    def record(module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        now = inputs[0].abs().flatten(0, -2).amax(0)
        found[module] = torch.maximum(found[module], now) if module in found else now

    linears = [module for module in model.encoder.modules() if isinstance(module, nn.Linear)]
    hooks = [module.register_forward_pre_hook(record) for module in linears]
    try:
        for batch in by_length([len(ids) for ids in sequences], 4096):
            model(*padded([sequences[i] for i in batch]))
    finally:
        for hook in hooks:
            hook.remove()
    return found
