"""What each source of annotations is worth: kernel ridge on frozen vectors, learnt from some of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from rich.progress import Progress
from sklearn.kernel_ridge import KernelRidge

from hydra_auto.training.annotations import (
    ADDED,
    BILINGUAL,
    LIKE_REAL,
    OUTCOMES,
    PARALLEL,
    REAL,
    WRITTEN,
    Item,
)
from hydra_auto.training.metrics import numbers
from hydra_auto.training.report import SHORT, table

Vectors = Any  # float32 array [texts, width], rows of length 1

_GAMMA: Final = 5.0  # on unit vectors without their mean; both the best of six for real messages
_PENALTY: Final = 0.3
_MOST: Final = 24_000  # texts that one ridge learns from: two matrices of their square, 9 GB
_REAL_SIZES: Final = (1_000, 2_000, 4_000)
_LEARNT: Final = (
    ("real messages", {REAL}),
    ("+ own numbers for shared texts", {REAL, ADDED}),
    ("+ outcomes", {REAL, OUTCOMES}),
    ("+ messages written like real ones", {REAL, LIKE_REAL}),
    ("+ chat, parallel", {REAL, PARALLEL}),
    ("+ chat, bilingual", {REAL, BILINGUAL}),
    ("+ chat, written", {REAL, WRITTEN}),
    ("all but those written like real ones", {REAL, ADDED, OUTCOMES, PARALLEL, BILINGUAL, WRITTEN}),
)


def worth_of_sources(
    train: Sequence[Item],
    held_out: Sequence[Item],
    vectors: Callable[[Sequence[str]], Vectors],
    seed: int,
    progress: Progress,
) -> str:
    """A Markdown table: one row a set of sources, with what they teach about real and chat messages.

    Each item counts once, with its English text where it has one. Of more than 24,000 items some that are
    no real messages are left out at random, because memory grows with their square; the row says so.

    Args:
        train: Items to learn from.
        held_out: Items to score; not the test split, because the table serves choices.
        vectors: Frozen vectors of texts.
        seed: Draws the smaller sets of real messages.
        progress: Shows one task.
    """
    known, asked = vectors([i.text for i in train]), vectors([i.text for i in held_out])
    centre = known.mean(0)
    aims, asked_aims = _aims(train), _aims(held_out)
    real = np.array([item.source == REAL for item in held_out])
    sources = np.array([item.source for item in train])
    rng = np.random.default_rng(seed)
    drawn = rng.permutation(np.flatnonzero(sources == REAL))
    choices = [("real messages", drawn[:size]) for size in _REAL_SIZES if size < len(drawn)]
    choices += [(name, np.flatnonzero(np.isin(sources, list(chosen)))) for name, chosen in _LEARNT]
    rows = []
    for name, every in progress.track(choices, description="Sources"):
        shuffled = rng.permutation(every)
        chosen = shuffled[np.argsort(sources[shuffled] != REAL, kind="stable")][:_MOST]
        offset = aims[chosen].mean(0)
        ridge = KernelRidge(alpha=_PENALTY, kernel="rbf", gamma=_GAMMA)
        ridge.fit(known[chosen] - centre, aims[chosen] - offset)
        levels = np.clip(ridge.predict(asked - centre) + offset, 0.0, 1.0)
        about_real, about_chat = (numbers(asked_aims[side], levels[side]) for side in (real, ~real))
        cells = [f"{about_real[key]:.3f}" for key in SHORT]
        texts = f"{len(chosen):,}" + (f" of {len(every):,}" if len(every) > len(chosen) else "")
        rows.append([name, texts, *cells, f"{about_chat['spearman_mean']:.3f}"])
    heads = ["learnt from", "texts", "real: mean of heads", "largest", "error", "chat: mean of heads"]
    return table(heads, rows)


def _aims(items: Sequence[Item]) -> Any:  # noqa: ANN401 - float32 [items, 4]
    return np.array([item.requirements for item in items], np.float32)
