"""Numbers that say how good predictions are, with intervals from resampling groups of items."""

from __future__ import annotations

import collections
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from scipy.stats import ConstantInputWarning, spearmanr

from hydra_auto.core.capabilities import Capability
from hydra_auto.training.annotations import BILINGUAL, ENGLISH, PARALLEL, REAL, Item

HIGH: Final = 0.7  # a strong general model is needed from here on
_RESAMPLES: Final = 500

Levels = Any  # float array [texts, 4] in [0, 1]


class Table:
    """Aims and predictions, one row a text, with the item each text belongs to.

    Attributes:
        aims: float64 [texts, 4].
        levels: float64 [texts, 4].
        groups: Name of each text's group: whole groups are resampled.
        languages: Language of each text.
        items: Key of each text's item.
    """

    def __init__(self, items: Sequence[Item], levels: Levels, keep: Callable[[Item, str], bool]) -> None:
        """Selects the texts for which ``keep(item, language)`` holds.

        Args:
            items: Items; their texts in order are the rows of ``levels``.
            levels: Predictions for all texts.
            keep: Which texts count.
        """
        rows = [(item, language) for item in items for language in item.texts]
        chosen = [i for i, (item, language) in enumerate(rows) if keep(item, language)]
        self.aims = np.array([rows[i][0].requirements for i in chosen], np.float64).reshape(-1, 4)
        self.levels = np.asarray(levels, np.float64)[chosen].reshape(-1, 4)
        self.groups = [rows[i][0].group for i in chosen]
        self.languages = [rows[i][1] for i in chosen]
        self.items = [rows[i][0].key for i in chosen]

    def __len__(self) -> int:
        """Number of texts."""
        return len(self.groups)


def rank_correlation(one: Levels, other: Levels) -> float:
    """Spearman's rho of two vectors; 0 where one is constant, because it then orders nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConstantInputWarning)
        rho = float(spearmanr(one, other).statistic)
    return rho if np.isfinite(rho) else 0.0


def numbers(aims: Levels, levels: Levels) -> dict[str, float]:
    """All per-text numbers of one table: aims and levels [texts, 4]."""
    heads = {
        f"spearman_{c.value}": rank_correlation(aims[:, k], levels[:, k]) for k, c in enumerate(Capability)
    }
    need, said = aims.max(1), levels.max(1)
    high = need >= HIGH
    return {
        **heads,
        "spearman_mean": sum(heads.values()) / len(heads),
        "spearman_largest": rank_correlation(need, said),
        "mean_absolute_error": float(np.abs(aims - levels).mean()),
        "high_share": float(high.mean()),
        "high_found": float((said[high] >= HIGH).mean()) if high.any() else 0.0,
        "high_right": float((need[said >= HIGH] >= HIGH).mean()) if (said >= HIGH).any() else 0.0,
    }


def with_intervals(
    table: Table, seed: int, resamples: int = _RESAMPLES
) -> dict[str, tuple[float, float, float]]:
    """Each of `numbers` with the 95 % interval of a bootstrap over groups: (value, low, high)."""
    rows: dict[str, list[int]] = collections.defaultdict(list)
    for row, group in enumerate(table.groups):
        rows[group].append(row)
    blocks = [np.array(block) for block in rows.values()]
    rng = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = collections.defaultdict(list)
    for _ in range(resamples):
        sample = np.concatenate([blocks[i] for i in rng.integers(len(blocks), size=len(blocks))])
        for name, value in numbers(table.aims[sample], table.levels[sample]).items():
            drawn[name].append(value)
    return {
        name: (value, float(np.percentile(drawn[name], 2.5)), float(np.percentile(drawn[name], 97.5)))
        for name, value in numbers(table.aims, table.levels).items()
    }


def translation_difference(table: Table) -> dict[str, float]:
    """Mean |requirement - requirement of the English text| over capabilities and items, by language."""
    english = {
        item: row
        for item, language, row in zip(table.items, table.languages, table.levels, strict=True)
        if language == ENGLISH
    }
    differences: dict[str, list[float]] = collections.defaultdict(list)
    for item, language, row in zip(table.items, table.languages, table.levels, strict=True):
        if language != ENGLISH and item in english:
            differences[language].append(float(np.abs(row - english[item]).mean()))
    return {language: sum(values) / len(values) for language, values in sorted(differences.items())}


def _of(*sources: str, english: bool | None = None) -> Callable[[Item, str], bool]:
    """Picks texts by source, and by whether they are English where that is asked for."""
    return lambda item, language: (
        item.source in sources and (english is None or english is (language == ENGLISH))
    )


# Bilingual items have the same texts in both tables; so have parallel ones, where others are 24 languages.
TABLES: Final[Mapping[str, Callable[[Item, str], bool]]] = {
    "real": _of(REAL),
    "chat": _of(PARALLEL, BILINGUAL),
    "chat_english": _of(PARALLEL, BILINGUAL, english=True),
    "bilingual_english": _of(BILINGUAL, english=True),
    "bilingual_other": _of(BILINGUAL, english=False),
    "parallel_english": _of(PARALLEL, english=True),
    "parallel_other": _of(PARALLEL, english=False),
}


def mean(values: Iterable[float]) -> float:
    """Arithmetic mean; 0 of nothing."""
    collected = list(values)
    return sum(collected) / len(collected) if collected else 0.0


def summary(items: Sequence[Item], levels: Levels) -> dict[str, float]:
    """A few numbers for a log line: rank correlation and error by kind of text, translation difference."""
    short: dict[str, float] = {}
    for name, keep in TABLES.items():
        table = Table(items, levels, keep)
        if len(table):
            found = numbers(table.aims, table.levels)
            for key in ("spearman_mean", "spearman_largest", "mean_absolute_error", "high_found"):
                short[f"{name}_{key}"] = round(found[key], 4)
    short["translation_difference"] = round(
        mean(translation_difference(Table(items, levels, TABLES["chat"])).values()), 4
    )
    return short
