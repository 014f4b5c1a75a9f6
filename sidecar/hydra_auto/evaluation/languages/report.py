"""``eval languages``: does a request need the same in every language, and does it go to the same model?"""

from __future__ import annotations

import collections
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from hydra_auto.core.capabilities import Capability
from hydra_auto.core.prediction import Prediction
from hydra_auto.core.regime import Regime
from hydra_auto.evaluation.choices import Chooser
from hydra_auto.evaluation.intervals import Interval, interval_of, interval_of_mean
from hydra_auto.evaluation.languages.pairs import (
    CODE_SWITCHED,
    ROMANISATION,
    SOURCES,
    TRANSLATION,
    Pair,
    Scope,
)
from hydra_auto.evaluation.scoring import Scorer, lengths_of, levels_of
from hydra_auto.training.annotations import BILINGUAL, PARALLEL

CHAT: Final = "chat"
"""Parallel and bilingual messages together: what the aim of 0.03 and 0.05 is about."""
FEWEST_ITEMS: Final = 5
"""Of a language that may be called the worst one."""
USED_SHARE: Final = 0.02
"""Of the English texts that a model must get to count as one in use."""
_MACRO_RESAMPLES: Final = 500


def evaluate(pairs: Sequence[Pair], scorer: Scorer, choosers: Sequence[Chooser], seed: int) -> dict[str, Any]:
    """The whole report.

    Args:
        pairs: What to compare.
        scorer: The encoder.
        choosers: Whose decisions to compare.
        seed: Of the resampling.

    Returns:
        ``tables``: one object per source (and `CHAT`), kind and ``scope`` of the languages, with
        ``languages``, ``overall`` and ``by_language``. ``difference`` is of the texts,
        ``difference_translated`` of the translations that they were made from. Every number is
        [value, low, high]; ``same`` is by pool and regime.
    """
    texts = list(dict.fromkeys(t for pair in pairs for t in (pair.english, pair.text, pair.translation)))
    scorer.expect(len(texts))
    predictions = dict(zip(texts, scorer.score(texts), strict=True))
    choices = dict(zip(texts, _choices(list(predictions.values()), choosers), strict=True))
    rows = [
        _Row(
            pair=pair,
            gaps=_gaps(predictions[pair.english], predictions[pair.text]),
            translated=float(_gaps(predictions[pair.english], predictions[pair.translation]).mean()),
            english=choices[pair.english],
            other=choices[pair.text],
        )
        for pair in pairs
    ]
    tables = [
        {"source": source, "kind": kind, "scope": scope} | _table(chosen, choosers, seed)
        for source, kind, scope, chosen in _cuts(rows)
        if chosen
    ]
    return {"pairs": len(pairs), "tables": tables}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One pair: |requirement - English requirement| by head, float64 [4], and the models chosen for both.

    ``translated`` is the mean over heads of the translation that the text was made from.
    """

    pair: Pair
    gaps: Any
    translated: float
    english: Mapping[tuple[str, Regime], str]
    other: Mapping[tuple[str, Regime], str]

    @property
    def difference(self) -> float:
        """Mean over the heads."""
        return float(self.gaps.mean())


def _choices(
    predictions: Sequence[Prediction], choosers: Sequence[Chooser]
) -> list[dict[tuple[str, Regime], str]]:
    """Model ids by pool and regime, a prediction."""
    required, tokens = levels_of(predictions), lengths_of(predictions)
    chosen = {
        (chooser.name, regime): [chooser.models[m].id for m in chooser.choose(required, tokens, regime)]
        for chooser in choosers
        for regime in Regime
    }
    return [{key: ids[i] for key, ids in chosen.items()} for i in range(len(predictions))]


def _gaps(english: Prediction, other: Prediction) -> Any:  # noqa: ANN401 - float64 [4]
    first, second = levels_of([english, other])
    return np.abs(second - first)


def _cuts(rows: Sequence[_Row]) -> list[tuple[str, str, str, list[_Row]]]:
    """(source, kind, scope, rows) of every table."""
    members: dict[str, tuple[str, ...]] = {CHAT: (PARALLEL, BILINGUAL)} | {name: (name,) for name in SOURCES}
    return [
        (
            source,
            kind,
            scope.value,
            [
                row
                for row in rows
                if row.pair.source in names and row.pair.kind == kind and row.pair.scope is scope
            ],
        )
        for source, names in members.items()
        for kind in (TRANSLATION, CODE_SWITCHED, ROMANISATION)
        for scope in Scope
    ]


def _table(rows: Sequence[_Row], choosers: Sequence[Chooser], seed: int) -> dict[str, Any]:
    by_language: dict[str, list[_Row]] = collections.defaultdict(list)
    for row in rows:
        by_language[row.pair.language].append(row)
    numbers = {language: _numbers(some, choosers, seed) for language, some in sorted(by_language.items())}
    known = [language for language, found in numbers.items() if found["groups"] >= FEWEST_ITEMS]
    worst = max(known, key=lambda language: numbers[language]["difference"][0], default=None)
    return {
        "languages": len(by_language),
        "overall": _numbers(rows, choosers, seed)
        | {"mean_of_languages": _macro(rows, seed).rounded(), "worst_language": worst},
        "by_language": numbers,
    }


def _macro(rows: Sequence[_Row], seed: int) -> Interval:
    """Mean difference where every language counts the same."""
    languages = np.unique([row.pair.language for row in rows], return_inverse=True)[1]
    differences = np.array([row.difference for row in rows])

    def mean_of_means(some: Any) -> float:  # noqa: ANN401 - int64 [n]
        counts = np.bincount(languages[some])
        sums = np.bincount(languages[some], differences[some])
        return float((sums[counts > 0] / counts[counts > 0]).mean())

    return interval_of(mean_of_means, [row.pair.group for row in rows], seed, _MACRO_RESAMPLES)


def _numbers(rows: Sequence[_Row], choosers: Sequence[Chooser], seed: int) -> dict[str, Any]:
    groups = [row.pair.group for row in rows]

    def mean(of: Callable[[_Row], float]) -> list[float]:
        return interval_of_mean([of(row) for row in rows], groups, seed).rounded()

    heads = np.mean([row.gaps for row in rows], axis=0)
    return {
        "pairs": len(rows),
        "groups": len(set(groups)),
        "difference": mean(lambda row: row.difference),
        "difference_translated": mean(lambda row: row.translated),
        "by_head": {c.value: round(float(value), 4) for c, value in zip(Capability, heads, strict=True)},
        "same": {
            chooser.name: {regime.value: _same(rows, (chooser.name, regime), mean) for regime in Regime}
            for chooser in choosers
        },
    }


def _same(
    rows: Sequence[_Row],
    key: tuple[str, Regime],
    mean: Callable[[Callable[[_Row], float]], list[float]],
) -> dict[str, Any]:
    chosen: Mapping[str, int] = collections.Counter(row.english[key] for row in rows)
    return {
        "share": mean(lambda row: row.english[key] == row.other[key]),
        "models": sum(count >= USED_SHARE * len(rows) for count in chosen.values()),
        "largest_share": round(max(chosen.values()) / len(rows), 4),
    }
