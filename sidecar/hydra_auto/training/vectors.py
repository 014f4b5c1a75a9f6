"""The teacher's frozen vectors: kept per text in the run folder, for near-duplicates and baselines."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.progress import Progress
from tokenizers import Tokenizer
from transformers import BertModel

from hydra_auto.training.distill import embed
from hydra_auto.training.files import load_arrays, readable, save_arrays
from hydra_auto.training.predict import encode

_TOKENS: Final = 192  # vectors of longer windows cost minutes and tell no more of a text
_PREFIX: Final = "query: "  # as e5 was trained
_CHUNK: Final = 512  # texts between two steps of the progress bar
NEAR: Final = 0.9

Vectors = Any  # float32 array [texts, width], rows of length 1


class FrozenVectors:
    """Unit vectors of texts, computed once; ``path`` keeps them from step to step."""

    def __init__(self, path: Path, teacher: BertModel, tokenizer: Tokenizer, progress: Progress) -> None:
        """Opens the vectors kept in ``path``, if it is there."""
        self._path = path
        self._teacher = teacher
        self._tokenizer = tokenizer
        self._progress = progress
        self._rows: dict[str, Vectors] = {}
        if path.exists():
            stored = load_arrays(path, "prepare")
            with readable(path, "prepare"):
                self._rows = dict(zip(stored["digests"].tolist(), stored["vectors"], strict=True))

    def of(self, texts: Sequence[str]) -> Vectors:
        """Vectors of ``texts``, [texts, width]; those that were not known are computed and kept."""
        digests = [hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() for text in texts]
        new = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in self._rows}
        task = self._progress.add_task("Frozen vectors", total=len(new))
        names = list(new)
        for start in range(0, len(names), _CHUNK):
            chunk = names[start : start + _CHUNK]
            ids = encode(self._tokenizer, [_PREFIX + new[name] for name in chunk], _TOKENS)
            self._rows |= zip(chunk, embed(self._teacher, ids).numpy(), strict=True)
            self._progress.advance(task, len(chunk))
        if new:
            save_arrays(
                self._path, digests=np.array(list(self._rows)), vectors=np.stack(list(self._rows.values()))
            )
        return np.stack([self._rows[digest] for digest in digests])


def nearest_cosine(vectors: Vectors, others: Vectors) -> Any:  # noqa: ANN401 - float array [vectors]
    """Each vector's largest cosine to any of ``others``, after the mean of ``others`` is taken off both.

    The mean goes because all e5 vectors point the same way: unrelated texts have cosines of 0.8.
    """
    centre = others.mean(0)
    one, other = (
        side / np.linalg.norm(side, axis=1, keepdims=True) for side in (vectors - centre, others - centre)
    )
    return (one @ other.T).max(1)
