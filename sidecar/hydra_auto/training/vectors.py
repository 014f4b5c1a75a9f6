"""The teacher's frozen vectors: kept per text in the run folder, for near-duplicates and baselines."""

from __future__ import annotations

import hashlib
import itertools
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.progress import Progress
from tokenizers import Tokenizer
from transformers import BertModel

from hydra_auto.training.config import TrainingFailed
from hydra_auto.training.distill import embed
from hydra_auto.training.files import load_arrays, readable, save_arrays
from hydra_auto.training.predict import encode

_log = logging.getLogger(__name__)
_TOKENS: Final = 192  # vectors of longer windows cost minutes and tell no more of a text
_PREFIX: Final = "query: "  # as e5 was trained
_CHUNK: Final = 512  # texts between two steps of the progress bar
_PIECE: Final = 4_096  # texts that are kept together: what an interruption loses at most
NEAR: Final = 0.9

Vectors = Any  # float32 array [texts, width], rows of length 1


class FrozenVectors:
    """Unit vectors of texts, computed once and kept from step to step.

    They lie in pieces: ``vectors.npz``, ``vectors-1.npz`` and so on, each written as soon as it is full and
    never changed.
    """

    def __init__(self, path: Path, teacher: BertModel, tokenizer: Tokenizer, progress: Progress) -> None:
        """Opens what is kept in ``path`` and the pieces beside it; a damaged piece is computed again."""
        self._path = path
        self._teacher = teacher
        self._tokenizer = tokenizer
        self._progress = progress
        self._rows: dict[str, Vectors] = {}
        for piece in pieces_of(path):
            try:
                stored = load_arrays(piece, "prepare")
                with readable(piece, "prepare"):
                    self._rows |= zip(stored["digests"].tolist(), stored["vectors"], strict=True)
            except TrainingFailed as error:
                _log.warning("%s Its vectors are computed again.", error.message)

    def of(self, texts: Sequence[str]) -> Vectors:
        """Vectors of ``texts``, [texts, width]; those that were not known are computed and kept."""
        digests = [hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() for text in texts]
        new = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in self._rows}
        if new:
            task = self._progress.add_task("Frozen vectors", total=len(new))
            for piece in _batched(list(new), _PIECE):
                for chunk in _batched(piece, _CHUNK):
                    ids = encode(self._tokenizer, [_PREFIX + new[name] for name in chunk], _TOKENS)
                    self._rows |= zip(chunk, embed(self._teacher, ids).numpy(), strict=True)
                    self._progress.advance(task, len(chunk))
                self._keep(piece)
        return np.stack([self._rows[digest] for digest in digests])

    def _keep(self, digests: Sequence[str]) -> None:
        """Writes one more piece."""
        names = itertools.chain(
            [self._path], (self._path.with_stem(f"{self._path.stem}-{i}") for i in itertools.count(1))
        )
        target = next(name for name in names if not name.exists())
        vectors = np.stack([self._rows[name] for name in digests])
        save_arrays(target, digests=np.array(digests), vectors=vectors)


def pieces_of(path: Path) -> list[Path]:
    """The pieces there are of the vectors kept in ``path``."""
    return sorted(path.parent.glob(f"{path.stem}*{path.suffix}"))


def forget(path: Path) -> None:
    """Deletes the pieces of the vectors kept in ``path``: another teacher or tokenizer makes others."""
    for piece in pieces_of(path):
        piece.unlink()


def _batched(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (names[start : start + size] for start in range(0, len(names), size))


def nearest_cosine(vectors: Vectors, others: Vectors) -> Any:  # noqa: ANN401 - float array [vectors]
    """Each vector's largest cosine to any of ``others``, after the mean of ``others`` is taken off both.

    The mean goes because all e5 vectors point the same way: unrelated texts have cosines of 0.8.

    Args:
        vectors: [vectors, width], rows of any length.
        others: [others, width], no row equal to their mean.
    """
    centre = others.mean(0)
    one, other = (
        side / np.linalg.norm(side, axis=1, keepdims=True) for side in (vectors - centre, others - centre)
    )
    return (one @ other.T).max(1)
