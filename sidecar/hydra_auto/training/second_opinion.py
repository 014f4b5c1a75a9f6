"""A second opinion on annotated messages: what messages like them need, by kernel ridge that never saw them.

Frozen e5 vectors and the words and letter groups of a text tell of real messages nearly as much as the
fine-tuned encoder does, and other things: the mean of both is better than either (docs/MODEL.md). Mixed into
the numbers that the encoder learns, the opinion becomes part of it and costs nothing at inference
(distillation, Hinton et al. 2015).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from scipy.linalg import inv
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import rbf_kernel

from hydra_auto.training.annotations import ADDED, ENGLISH, REAL, Item

Matrix = Any  # float32 array

SOURCES: Final = (REAL, ADDED)  # chat messages, balanced over difficulty, have other neighbours
_GAMMA: Final = 5.0  # of the kernel on vectors; all chosen on dev and calibration
_LEXICAL_WEIGHT: Final = 0.3  # of words and of letter groups, beside the vectors
_PENALTY: Final = 0.4
_CHARACTERS: Final = 3_000  # of a long text
_MOST_TERMS: Final = 200_000


def with_second_opinion(
    items: Sequence[Item], share: float, vectors: Callable[[Sequence[str]], Matrix]
) -> list[Item]:
    """The items, those of `SOURCES` with ``share`` of the opinion in their requirements.

    Args:
        items: Training items.
        share: Of the opinion, in [0, 1]; the annotation has the rest.
        vectors: Frozen vectors of texts.
    """
    asked = [index for index, item in enumerate(items) if item.source in SOURCES]
    texts = [_text(items[index]) for index in asked]
    aims = np.array([items[index].requirements for index in asked], np.float32)
    opinions = left_out_predictions(likeness(texts, vectors(texts)), aims)
    mixed = (1 - share) * aims + share * opinions
    found = list(items)
    for index, numbers in zip(asked, mixed, strict=True):
        found[index] = dataclasses.replace(items[index], requirements=tuple(map(float, numbers)))
    return found


def likeness(texts: Sequence[str], vectors: Matrix) -> Matrix:
    """A kernel over texts, [texts, texts]: of their vectors, plus cosines of words and of letter groups."""
    centred = vectors - vectors.mean(0)
    kernel = rbf_kernel(centred, gamma=_GAMMA).astype(np.float32)
    shortened = [text[:_CHARACTERS] for text in texts]
    for terms in (
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, max_features=_MOST_TERMS),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, max_features=_MOST_TERMS),
    ):
        counts = terms.fit_transform(shortened).astype(np.float32)
        kernel += _LEXICAL_WEIGHT * (counts @ counts.T).toarray()
    return kernel


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


def _text(item: Item) -> str:
    return item.texts.get(ENGLISH) or next(iter(item.texts.values()))
