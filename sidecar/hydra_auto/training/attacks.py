"""Words chosen against the model as it is, within messages that keep their numbers (adversarial training).

Gradients say which words of a batch would lift, or lower, the largest requirement most in the place of the
words that stand there ("HotFlip", Ebrahimi et al. 2018, arXiv 1712.06751); several are swapped at once,
without a search, so that a step costs little more than without.
"""

from __future__ import annotations

import dataclasses
import random
from typing import Final

import torch

from hydra_auto.core.capabilities import Capability
from hydra_auto.training.epochs import Batch
from hydra_auto.training.student import CLS, PAD, SEP, RequirementModel, mean_pool

_LONGEST: Final = 160  # tokens; longer messages are read at head and tail
_ROUNDS: Final = 2
_LATER_SHARE: Final = 0.5  # of the words that a round after the first swaps
_UPWARDS: Final = 0.7  # share of the attacks that want more
_AT_END: Final = 0.6
_SPECIAL: Final = (PAD, CLS, SEP)


def attacked(
    model: RequirementModel, batch: Batch, share: float, tokens: tuple[int, int], rng: random.Random
) -> Batch:
    """``batch`` with some tokens more in some of its annotated texts, chosen against ``model``.

    Args:
        model: Whose largest requirement the words are to move, up or down; left as it is.
        batch: One to learn from. Texts of more than 160 tokens are left alone.
        share: Of the texts, attacked.
        tokens: At least and at most so many more; drawn once for the batch.
        rng: Draws texts, places and directions.

    Returns:
        A batch with the same aims, whose sequences are as much longer.
    """
    lengths = batch.mask.sum(1).tolist()
    rows = [
        row
        for row, (length, weight) in enumerate(zip(lengths, batch.weight.tolist(), strict=True))
        if weight > 0 and length <= _LONGEST and rng.random() < share
    ]
    words = torch.tensor(sorted(set(batch.ids.flatten().tolist()) - {*_SPECIAL}))
    if not rows or not len(words):
        return batch
    count = rng.randint(*tokens)
    room = (len(lengths), count)
    ids = torch.cat([batch.ids, torch.full(room, PAD)], dim=1)
    mask = torch.cat([batch.mask, torch.zeros(room, dtype=batch.mask.dtype)], dim=1)
    spots = torch.zeros_like(ids, dtype=torch.bool)
    for row in rows:
        length = int(lengths[row])
        last = length - 1  # before the closing token
        start = last if rng.random() < _AT_END else rng.randint(1, max(1, last))
        ids[row, start + count : length + count] = batch.ids[row, start:length]
        ids[row, start : start + count] = words[[rng.randrange(len(words)) for _ in range(count)]]
        mask[row, : length + count] = 1
        spots[row, start : start + count] = True
    signs = torch.tensor([1.0 if rng.random() < _UPWARDS else -1.0 for _ in rows])
    chosen, there = ids[rows], spots[rows]
    for turn in range(_ROUNDS):
        best = _best_words(model, chosen, mask[rows], there, signs, words)
        swapped = [turn == 0 or rng.random() < _LATER_SHARE for _ in range(len(best))]
        chosen[there] = torch.where(torch.tensor(swapped), best, chosen[there])
    ids[rows] = chosen
    return dataclasses.replace(batch, ids=ids, mask=mask)


def _best_words(
    model: RequirementModel,
    ids: torch.Tensor,
    mask: torch.Tensor,
    spots: torch.Tensor,
    signs: torch.Tensor,
    words: torch.Tensor,
) -> torch.Tensor:
    """Of ``words``, the one that goes furthest along the gradient, for each true place of ``spots``."""
    table: torch.Tensor = model.encoder.get_input_embeddings().weight.detach()  # type: ignore[no-untyped-call]
    vectors = table[ids].requires_grad_()
    hidden = model.encoder(inputs_embeds=vectors, attention_mask=mask).last_hidden_state
    largest = model.judge(mean_pool(hidden, mask))[:, : len(Capability)].amax(1)
    (gradient,) = torch.autograd.grad((signs * largest).sum(), vectors)
    return words[(gradient[spots] @ table[words].T).argmax(1)]
