"""The encoder in torch as it is used at inference: the same cleaning, cutting and heads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from tokenizers import Tokenizer

from hydra_auto.adapters.text_cleaning import cleaned
from hydra_auto.adapters.text_window import head_and_tail, readable_part
from hydra_auto.core.capabilities import Capability
from hydra_auto.training.batches import by_length, padded
from hydra_auto.training.student import RequirementModel

_BATCH_TOKENS: Final = 4096


def encode(tokenizer: Tokenizer, texts: Sequence[str], max_tokens: int) -> list[list[int]]:
    """Ids as at inference: cleaned, cut to head and tail."""
    parts = [cleaned(readable_part(text, max_tokens)[0]) for text in texts]
    return [head_and_tail(encoding.ids, max_tokens) for encoding in tokenizer.encode_batch(parts)]


@torch.no_grad()
def pooled_vectors(
    model: RequirementModel, tokenizer: Tokenizer, texts: Sequence[str], max_tokens: int
) -> torch.Tensor:
    """What the heads see, float32 [texts, width]."""
    sequences = encode(tokenizer, texts, max_tokens)
    out = torch.empty(len(texts), model.heads.in_features)
    for batch in by_length([len(ids) for ids in sequences], _BATCH_TOKENS):
        out[batch] = model.pool(*padded([sequences[i] for i in batch]))
    return out


@torch.no_grad()
def predict(
    model: RequirementModel, tokenizer: Tokenizer, texts: Sequence[str], max_tokens: int
) -> torch.Tensor:
    """Requirements, float32 [texts, 4]."""
    sequences = encode(tokenizer, texts, max_tokens)
    out = torch.empty(len(texts), len(Capability))
    for batch in by_length([len(ids) for ids in sequences], _BATCH_TOKENS):
        ids, mask = padded([sequences[i] for i in batch])
        out[batch] = model(ids, mask)[:, : len(Capability)].sigmoid()
    return out
