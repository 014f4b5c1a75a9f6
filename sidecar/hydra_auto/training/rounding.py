"""Rounds the encoder's matrices to int8 so that what they say of real texts changes least.

Rounding every weight to the nearest step lost more than int8 activations did. GPTQ (Frantar et al. 2023,
algorithm 1) rounds one input channel after the other and lets those still to come make up for the error, as
seen on real activations; here the loudest channels come first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import nn

from hydra_auto.training.activations import watch_inputs
from hydra_auto.training.student import RequirementModel

_STEPS: Final = 127  # on either side of 0, as the quantiser of ONNX Runtime has them
_DAMPING: Final = 0.01  # of the mean diagonal; the paper's
_BLOCK: Final = 128  # channels whose errors are handed on together


@torch.no_grad()
def round_weights(model: RequirementModel, sequences: Sequence[Sequence[int]]) -> None:
    """Puts every matrix of the encoder on an int8 grid in place: one scale an output, its largest weight 127.

    Args:
        model: The trained model, float32, its channels balanced.
        sequences: Token ids of a few hundred texts, of which each counts the same.
    """
    matrices = [module for module in model.encoder.modules() if isinstance(module, nn.Linear)]
    products = [torch.zeros(matrix.in_features, matrix.in_features) for matrix in matrices]

    def watch(index: int, rows: torch.Tensor) -> None:
        products[index] += rows.T @ rows / len(rows)

    watch_inputs(model, matrices, sequences, watch)
    for matrix, product in zip(matrices, products, strict=True):
        matrix.weight.copy_(rounded(matrix.weight, product))


def rounded(weight: torch.Tensor, product: torch.Tensor) -> torch.Tensor:
    """``weight`` with every row on a grid of 127 steps up to its largest weight, which stays what it is.

    The quantiser takes a row's scale from its largest weight; so it finds this grid again and loses nothing.

    Args:
        weight: [out, in].
        product: Sum of x x^T over the inputs x, [in, in].

    Returns:
        Float32 [out, in], near the least of tr(D product D^T) for the difference D from ``weight``.
    """
    weight, product = weight.double(), product.double()
    largest, at = weight.abs().max(1)
    step = largest.clamp(min=torch.finfo(torch.float32).tiny) / _STEPS
    product = product + _DAMPING * product.diagonal().mean() * torch.eye(len(product), dtype=product.dtype)
    order = product.diagonal().argsort(descending=True)
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(product[order][:, order]))
    hand_on = torch.linalg.cholesky(inverse, upper=True)
    left, found = weight[:, order], torch.empty_like(weight)
    fixed = weight[torch.arange(len(weight)), at]
    for start in range(0, left.shape[1], _BLOCK):
        block = slice(start, min(start + _BLOCK, left.shape[1]))
        errors = torch.empty_like(left[:, block])
        for channel in range(block.start, block.stop):
            wanted = left[:, channel]
            nearest = (wanted / step).round().clamp(-_STEPS, _STEPS) * step
            nearest = torch.where(at == order[channel], fixed, nearest)
            error = (wanted - nearest) / hand_on[channel, channel]
            left[:, channel : block.stop] -= error[:, None] * hand_on[channel, channel : block.stop]
            found[:, order[channel]] = nearest
            errors[:, channel - block.start] = error
        left[:, block.stop :] -= errors @ hand_on[block, block.stop :]
    return found.float()
