"""A head that remembers: radial basis functions around the vectors of training messages.

Kernel ridge on the fine-tuned vectors says more of real messages than a linear head does (docs/MODEL.md).
Its Nystrom approximation (Williams and Seeger 2001) keeps some of the messages only: two small products at
inference.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import torch
from rich.progress import Progress
from scipy.linalg import solve
from sklearn.metrics.pairwise import euclidean_distances

from hydra_auto.training.annotations import (
    BILINGUAL,
    ENGLISH,
    OUTCOMES,
    PARALLEL,
    REAL_TEXTS,
    WRITTEN,
    Item,
)
from hydra_auto.training.config import MemoryConfig
from hydra_auto.training.student import Memory
from hydra_auto.training.watching import unknown_time

Matrix = Any  # float array

_REAL: Final = (*REAL_TEXTS, OUTCOMES)
_CHAT: Final = (PARALLEL, BILINGUAL, WRITTEN)
_CHUNK: Final = 4_000  # texts at a time: a kernel of all of them needs gigabytes
_SAMPLE: Final = 500  # vectors whose distances set the width
_JITTER: Final = 2e-5  # of the mean diagonal: equal messages and float32 make the system singular
_INT8: Final = 127  # largest number that a place is stored with


def remembered_texts(
    items: Sequence[Item], config: MemoryConfig, seed: int
) -> tuple[list[str], Matrix, Matrix]:
    """What a memory is fitted on: real messages and problems, and chat messages in English and in others.

    Args:
        items: Annotated training items.
        config: In how many languages a chat message is, and which sets of written messages count as real.
        seed: Draws the languages beside English.

    Returns:
        Texts; their requirements, [texts, 4]; and whether each is a real message or problem, [texts].
    """
    rng = random.Random(seed)  # noqa: S311 - sampling, not secrets
    texts, aims, real = [], [], []
    for item in items:
        is_real = item.source in _REAL or item.set_name in config.sets
        if not is_real and item.source not in _CHAT:
            continue
        chosen = [ENGLISH] if ENGLISH in item.texts else sorted(item.texts)[:1]
        others = sorted(set(item.texts) - {*chosen})
        for language in [*chosen, *rng.sample(others, min(config.languages - 1, len(others)))]:
            texts.append(item.texts[language])
            aims.append(item.requirements)
            real.append(is_real)
    return texts, np.array(aims, np.float32), np.array(real)


def fit_memory(
    vectors: Matrix,
    aims: Matrix,
    real: Matrix,
    config: MemoryConfig,
    high_weight: float,
    seed: int,
    progress: Progress | None = None,
) -> Memory:
    """The memory with the least squared error, ridge penalty included.

    Args:
        vectors: Pooled vectors of texts, [texts, width].
        aims: Their requirements, [texts, 4].
        real: Whether each is a real message or problem, not chat, [texts].
        config: How many are remembered, and how smoothly.
        high_weight: A text whose largest requirement is m counts 1 + ``high_weight`` * m^2.
        seed: Draws the remembered ones.
        progress: Shows how far the fit is, where given.
    """
    progress = progress or Progress(disable=True)
    rng = np.random.default_rng(seed)
    count = min(config.places, len(vectors))
    share = np.where(
        real, config.real_share / max(1, real.sum()), (1 - config.real_share) / max(1, (~real).sum())
    )
    centre = vectors.mean(0)
    vectors = vectors - centre
    places = as_stored(vectors[rng.choice(len(vectors), count, replace=False, p=share / share.sum())])
    some = vectors[rng.choice(len(vectors), min(_SAMPLE, len(vectors)), replace=False)]
    steepness = config.steepness / float(np.median(euclidean_distances(some, squared=True)))

    def likeness(rows: Matrix) -> Matrix:
        return np.exp(-steepness * euclidean_distances(rows, places, squared=True)).astype(np.float32)

    weights = np.where(real, 1.0, config.chat_weight) * (1 + high_weight * aims.max(1) ** 2)
    offset = weights @ aims / weights.sum()
    system = config.penalty * likeness(places).astype(np.float64)
    wanted = np.zeros((count, aims.shape[1]))
    task = progress.add_task("Fitting the memory", total=len(vectors))
    for start in range(0, len(vectors), _CHUNK):
        rows = slice(start, start + _CHUNK)
        found = likeness(vectors[rows])
        system += found.T @ (found * weights[rows, None].astype(np.float32))
        wanted += found.T @ ((aims[rows] - offset) * weights[rows, None])
        progress.advance(task, len(found))
    system[np.diag_indices(count)] += _JITTER * np.trace(system) / count
    with unknown_time(progress, f"Solving for {count:,} messages"):
        solved = solve(system, wanted, assume_a="pos")
    memory = Memory(places.shape[1], count)
    values = {
        "centre": centre,
        "places": places,
        "weights": solved,
        "offset": offset,
    }
    for name, value in values.items():
        getattr(memory, name).copy_(torch.as_tensor(value))
    memory.steepness.fill_(steepness)
    memory.share.fill_(config.share)
    return memory


def as_stored(places: Matrix) -> Matrix:
    """``places`` as the int8 file has them, so that nothing is lost there: one scale a place."""
    scale = np.abs(places).max(1, keepdims=True).clip(min=np.finfo(np.float32).tiny) / _INT8
    return (np.round(places / scale) * scale).astype(np.float32)
