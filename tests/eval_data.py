"""What the evaluation tests share: encoders that read difficulty off words, and files of a few rows."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from hydra_auto.core.capabilities import Capability
from hydra_auto.core.prediction import Prediction
from hydra_auto.training.annotations import FILES


class WordPredictor:
    """Reasoning starts at 0.1, rises by 0.1 a word of ``up`` and falls by 0.1 a word of ``down``.

    The other requirements are half of it.
    """

    model_version = "words"

    def __init__(self) -> None:
        self.scored = 0
        self.up: tuple[str, ...] = ("prove", "theorem", "доказать")
        self.down: tuple[str, ...] = ()

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        return [self._predict(text) for text in texts]

    def _predict(self, text: str) -> Prediction:
        self.scored += 1
        words = text.lower().split()
        level = 0.1 + 0.1 * sum(w in self.up for w in words) - 0.1 * sum(w in self.down for w in words)
        level = min(1.0, max(0.0, level))
        levels = dict.fromkeys(Capability, level / 2) | {Capability.REASONING: level}
        return Prediction(requirements=levels, tokens=len(words) + 2)


class WordEncoder:
    """One id a word, 0 and 1 at the ends of a text; requirements are `WordPredictor`'s of the words read."""

    model_version = "words"

    def __init__(self, max_tokens: int = 16) -> None:
        self.max_tokens = max_tokens
        self.read: list[str] = []
        self._ids = {"<s>": 0, "</s>": 1}

    def whole_ids(self, text: str) -> list[int]:
        return [0, *(self._ids.setdefault(word, len(self._ids)) for word in text.split()), 1]

    def predict_ids(self, ids: Sequence[int]) -> Mapping[Capability, float]:
        assert len(ids) <= self.max_tokens
        assert (ids[0], ids[-1]) == (0, 1)
        words = list(self._ids)
        self.read.append(" ".join(words[i] for i in ids[1:-1]))
        (prediction,) = WordPredictor().predict(self.read[-1:])
        return prediction.requirements


def write_rows(path: Path, rows: Sequence[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def write_outcomes(path: Path, rows: Sequence[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_annotations(data: Path, **files: Sequence[dict[str, object]]) -> None:
    """The three annotation files; those not given are empty."""
    for name in FILES:
        write_rows(data / "annotations" / f"{name}.jsonl.gz", files.get(name, ()))


def needs(reasoning: float, other: float | None = None) -> dict[str, float]:
    """Requirements as the annotation files have them."""
    rest = reasoning / 2 if other is None else other
    return {c.value: rest for c in Capability} | {Capability.REASONING.value: reasoning}
