"""The encoder in torch as it is used at inference: the same cleaning, cutting and heads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import torch
from rich.progress import Progress
from tokenizers import Tokenizer

from hydra_auto.adapters.text_cleaning import cleaned
from hydra_auto.adapters.text_window import readable_part, window_ids
from hydra_auto.core.capabilities import Capability
from hydra_auto.training.batches import by_length, padded
from hydra_auto.training.student import RequirementModel

_BATCH_TOKENS: Final = 4096


def encode(tokenizer: Tokenizer, texts: Sequence[str], max_tokens: int) -> list[list[int]]:
    """Ids as at inference: cleaned, and what does not fit cut (`adapters.text_window`)."""

    def tokenise(text: str) -> list[int]:
        ids: list[int] = tokenizer.encode(cleaned(text)).ids
        return ids

    parts = [cleaned(readable_part(text, max_tokens)[0]) for text in texts]
    return [
        encoding.ids if len(encoding.ids) <= max_tokens else window_ids(text, max_tokens, tokenise)[0]
        for text, encoding in zip(texts, tokenizer.encode_batch(parts), strict=True)
    ]


@torch.no_grad()
def pooled_vectors(
    model: RequirementModel,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    max_tokens: int,
    progress: Progress | None = None,
    label: str = "Reading",
) -> torch.Tensor:
    """What the heads see, float32 [texts, width]; arguments as of `predict`."""
    out = torch.empty(len(texts), model.heads.in_features)
    for rows, ids, mask in _batches(tokenizer, texts, max_tokens, progress, label):
        out[rows] = model.pool(ids, mask)
    return out


@torch.no_grad()
def predict(
    model: RequirementModel,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    max_tokens: int,
    progress: Progress | None = None,
    label: str = "Predicting",
) -> torch.Tensor:
    """Requirements, float32 [texts, 4] in [0, 1].

    Args:
        model: In evaluation mode; float32 or bfloat16 weights.
        tokenizer: The model's own.
        texts: Any; cleaned and cut here as at inference.
        max_tokens: Window, special tokens included.
        progress: Shows a bar of tokens where given.
        label: What stands before the bar.
    """
    out = torch.empty(len(texts), len(Capability))
    for rows, ids, mask in _batches(tokenizer, texts, max_tokens, progress, label):
        out[rows] = model(ids, mask)[:, : len(Capability)].sigmoid()
    return out


def _batches(
    tokenizer: Tokenizer, texts: Sequence[str], max_tokens: int, progress: Progress | None, label: str
) -> Iterator[tuple[list[int], torch.Tensor, torch.Tensor]]:
    """Places of texts of about equal length, with their ids and mask."""
    sequences = encode(tokenizer, texts, max_tokens)
    lengths = [len(ids) for ids in sequences]
    progress = progress or Progress(disable=True)
    task = progress.add_task(label, total=sum(lengths))
    for rows in by_length(lengths, _BATCH_TOKENS):
        yield rows, *padded([sequences[i] for i in rows])
        progress.advance(task, sum(lengths[i] for i in rows))
