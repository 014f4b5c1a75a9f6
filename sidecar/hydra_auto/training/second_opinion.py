"""A second opinion on real messages: what messages like them need, by kernel ridge.

Frozen e5 vectors and the words and letter groups of a text tell of real messages nearly as much as the
fine-tuned encoder does, and other things: the mean of both is better than either. Mixing it into the numbers
that the encoder learns (distillation, Hinton et al. 2015) carried little of that over (docs/MODEL.md); it is
the strongest baseline for real messages.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from rich.progress import Progress
from scipy.linalg import inv, solve
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import rbf_kernel

from hydra_auto.training.annotations import REAL_TEXTS, Item
from hydra_auto.training.watching import unknown_time

Matrix = Any  # float32 array

_GAMMA: Final = 5.0  # of the kernel on vectors; all chosen on dev and calibration
_LEXICAL_WEIGHT: Final = 0.3  # of words and of letter groups, beside the vectors
_PENALTY: Final = 0.4
_CHARACTERS: Final = 3_000  # of a long text
_MOST_TERMS: Final = 200_000
_CHUNK: Final = 500  # texts between two steps of the progress bar


class Likeness:
    """A kernel over texts: of their vectors, plus cosines of their words and of their letter groups."""

    def __init__(self, texts: Sequence[str], vectors: Matrix) -> None:
        """Remembers the texts that others are compared with, and their vectors, [texts, width]."""
        self._centre = vectors.mean(0)
        self._vectors = vectors - self._centre
        self._terms = (
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, max_features=_MOST_TERMS),
            TfidfVectorizer(
                analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, max_features=_MOST_TERMS
            ),
        )
        self._counts = [terms.fit_transform(_shortened(texts)) for terms in self._terms]

    def of(self, texts: Sequence[str], vectors: Matrix, progress: Progress | None = None) -> Matrix:
        """Likeness of ``texts`` to the remembered ones, float32 [texts, remembered].

        Args:
            texts: What is compared.
            vectors: Their vectors, [texts, width].
            progress: Shows a bar of texts where given.
        """
        progress = progress or Progress(disable=True)
        task = progress.add_task("Comparing messages", total=len(texts))
        kernel = np.empty((len(texts), len(self._vectors)), np.float32)
        for start in range(0, len(texts), _CHUNK):
            rows = slice(start, start + _CHUNK)
            kernel[rows] = rbf_kernel(vectors[rows] - self._centre, self._vectors, gamma=_GAMMA)
            for terms, known in zip(self._terms, self._counts, strict=True):
                counts = terms.transform(_shortened(texts[rows])).astype(np.float32)
                kernel[rows] += _LEXICAL_WEIGHT * (counts @ known.T.astype(np.float32)).toarray()
            progress.advance(task, len(texts[rows]))
        return kernel


def with_second_opinion(
    items: Sequence[Item],
    share: float,
    vectors: Callable[[Sequence[str]], Matrix],
    progress: Progress | None = None,
) -> list[Item]:
    """The items, the real ones with ``share`` of the opinion of all others in their requirements.

    Args:
        items: Training items; chat messages, balanced over difficulty, have other neighbours.
        share: Of the opinion, in [0, 1]; the annotation has the rest.
        vectors: Frozen vectors of texts, [texts, width].
        progress: Shows how far it is, where given.
    """
    progress = progress or Progress(disable=True)
    asked = [index for index, item in enumerate(items) if item.source in REAL_TEXTS]
    texts, aims = _texts_and_aims([items[index] for index in asked])
    known = vectors(texts)
    kernel = Likeness(texts, known).of(texts, known, progress)
    with unknown_time(progress, f"Solving for {len(texts):,} messages"):
        opinions = left_out_predictions(kernel, aims)
    mixed = (1 - share) * aims + share * opinions
    found = list(items)
    for index, numbers in zip(asked, mixed, strict=True):
        found[index] = dataclasses.replace(items[index], requirements=tuple(map(float, numbers)))
    return found


def opinions_on(
    texts: Sequence[str],
    train: Sequence[Item],
    vectors: Callable[[Sequence[str]], Matrix],
    progress: Progress | None = None,
) -> Matrix:
    """What the real messages of ``train`` say of other texts, [texts, 4] in [0, 1].

    Args:
        texts: What is asked about.
        train: Items, of which the real messages are asked.
        vectors: Frozen vectors of texts, [texts, width].
        progress: Shows how far it is, where given.
    """
    progress = progress or Progress(disable=True)
    known, aims = _texts_and_aims([item for item in train if item.source in REAL_TEXTS])
    known_vectors, offset = vectors(known), aims.mean(0)
    likeness = Likeness(known, known_vectors)
    kernel = likeness.of(known, known_vectors, progress)
    kernel[np.diag_indices_from(kernel)] += _PENALTY
    with unknown_time(progress, f"Solving for {len(known):,} messages"):
        weights = solve(kernel, aims - offset, assume_a="pos", overwrite_a=True)
    return np.clip(likeness.of(texts, vectors(texts), progress) @ weights + offset, 0.0, 1.0)


def left_out_predictions(kernel: Matrix, aims: Matrix, penalty: float = _PENALTY) -> Matrix:
    """What ridge regression says of each text when it learns from all others, in [0, 1].

    With G = (K + penalty I)^-1 the error of the text left out is (G y)_i / G_ii (Rasmussen and Williams,
    Gaussian Processes for Machine Learning, 2006, equation 5.12).

    Args:
        kernel: [texts, texts], symmetric, positive semi-definite; overwritten.
        aims: [texts, columns].
        penalty: Above 0.
    """
    offset = aims.mean(0)
    kernel[np.diag_indices_from(kernel)] += penalty
    inverse = inv(kernel, overwrite_a=True, check_finite=False)
    errors = inverse @ (aims - offset) / np.diagonal(inverse)[:, None]
    return np.clip(aims - errors, 0.0, 1.0)


def _texts_and_aims(items: Sequence[Item]) -> tuple[list[str], Matrix]:
    return [item.text for item in items], np.array([item.requirements for item in items], np.float32)


def _shortened(texts: Sequence[str]) -> list[str]:
    return [text[:_CHARACTERS] for text in texts]
