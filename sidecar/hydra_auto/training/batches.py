"""Batches of token sequences: of similar length, so that little padding is computed."""

from __future__ import annotations

import random
from collections.abc import Sequence

import torch

from hydra_auto.training.student import PAD


def padded(sequences: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and mask, both int64 [batch, longest], padded on the right."""
    longest = max(len(sequence) for sequence in sequences)
    ids = torch.full((len(sequences), longest), PAD, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = torch.as_tensor(sequence, dtype=torch.long)
        mask[row, : len(sequence)] = 1
    return ids, mask


def by_length(
    lengths: Sequence[int],
    batch_tokens: int,
    rng: random.Random | None = None,
    sizes: Sequence[int] | None = None,
) -> list[list[int]]:
    """Groups indices into batches of at most ``batch_tokens`` tokens with padding, at least one index each.

    Args:
        lengths: Tokens of each item's longest sequence.
        batch_tokens: Longest length of a batch times its sequences stays within this.
        rng: Shuffles equal lengths and the order of the batches; ascending length without one.
        sizes: Sequences of each item; one each when None.
    """
    order = list(range(len(lengths)))
    if rng:
        rng.shuffle(order)
    order.sort(key=lambda i: lengths[i])
    batches: list[list[int]] = []
    current: list[int] = []
    held = 0
    for i in order:
        size = sizes[i] if sizes else 1
        if current and lengths[i] * (held + size) > batch_tokens:
            batches.append(current)
            current, held = [], 0
        current.append(i)
        held += size
    if current:
        batches.append(current)
    if rng:
        rng.shuffle(batches)
    return batches
