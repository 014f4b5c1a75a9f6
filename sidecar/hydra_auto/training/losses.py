"""What fine-tuning minimises: fit to the annotations, their order, and the spread between languages."""

from __future__ import annotations

import torch
from torch.nn import functional

from hydra_auto.core.capabilities import Capability
from hydra_auto.training.config import FinetuneConfig
from hydra_auto.training.epochs import NO_KIND, Batch


def batch_loss(
    vectors: torch.Tensor, logits: torch.Tensor, batch: Batch, config: FinetuneConfig
) -> torch.Tensor:
    """Cross-entropy, squared, absolute and pairwise loss on annotated texts, and spread within a unit on all.

    Args:
        vectors: float32 [texts, width], what the heads see.
        logits: float32 [texts, 4], or [texts, 4 + kinds] with the kinds of request behind them.
        batch: Aims, weights and units.
        config: Weights of the terms.
    """
    heads = len(Capability)
    logits, kinds = logits[:, :heads], logits[:, heads:]
    levels = logits.sigmoid()
    entropy = functional.binary_cross_entropy_with_logits(logits, batch.aim, reduction="none")
    error = (levels - batch.aim).abs()
    each = (entropy + config.squared_weight * error.pow(2) + config.absolute_weight * error).mean(1)
    fit = (each * batch.weight).sum() / batch.weight.sum().clamp(min=1.0)
    known = batch.weight > 0
    fit = fit + config.rank_weight * rank_loss(_with_largest(logits[known]), _with_largest(batch.aim[known]))
    if kinds.shape[1] and bool((batch.kind != NO_KIND).any()):
        fit = fit + config.kind_weight * functional.cross_entropy(kinds, batch.kind, ignore_index=NO_KIND)
    fit = fit + config.consistency_weight * _spread(levels, batch.unit)
    if config.vector_weight:
        whole = (vectors - vectors.mean(0)).pow(2).mean().clamp(min=torch.finfo(vectors.dtype).tiny)
        fit = fit + config.vector_weight * _spread(vectors, batch.unit) / whole
    return fit


def _spread(values: torch.Tensor, unit: torch.Tensor) -> torch.Tensor:
    """Mean squared distance of values, [texts, columns], from the mean of their unit, if it has several."""
    counts = torch.bincount(unit).to(values.dtype)
    sums = torch.zeros(len(counts), values.shape[1]).index_add(0, unit, values)
    centre = (sums / counts[:, None])[unit]
    paired = (counts[unit] > 1).to(values.dtype)
    return ((values - centre).pow(2).mean(1) * paired).sum() / paired.sum().clamp(min=1.0)


def _with_largest(levels: torch.Tensor) -> torch.Tensor:
    """The largest of the four beside them, [texts, 5]: it mostly decides."""
    return torch.cat([levels, levels.amax(1, keepdim=True)], dim=1)


def rank_loss(logits: torch.Tensor, aim: torch.Tensor) -> torch.Tensor:
    """Logistic loss of every ordered pair, weighted by how much more the first needs (RankNet, Burges 2005).

    The texts of a batch are about equally long, so that length orders no pair.

    Args:
        logits: float32 [texts, columns].
        aim: float32 [texts, columns].
    """
    more = (aim[:, None] - aim[None]).clamp(min=0.0)
    ahead = logits[:, None] - logits[None]
    return (more * functional.softplus(-ahead)).sum() / more.sum().clamp(min=1.0)
