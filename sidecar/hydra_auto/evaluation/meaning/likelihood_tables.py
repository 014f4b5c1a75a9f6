"""Likelihoods of single outcomes in the report of ``eval meaning`` as tables."""

from __future__ import annotations

from typing import Any, Final

from hydra_auto.core.capabilities import Capability
from hydra_auto.evaluation.meaning.benchmarks import panel_label
from hydra_auto.evaluation.meaning.likelihood import FOUR, LARGEST, LARGEST_GAP, OTHERS
from hydra_auto.evaluation.meaning.views import FULL
from hydra_auto.evaluation.tables import CONSTANT, Table, number

_LOSSES: Final = (("log_loss", "log loss, in nats"), ("brier", "Brier score"))
_SETS: Final = (
    ("likelihood", "all models", (LARGEST, FOUR, OTHERS)),
    ("likelihood_profiled", "models with a profile", (LARGEST, FOUR, LARGEST_GAP, FULL, OTHERS)),
)
"""Key in a panel's report, whose outcomes, and features."""
_GAIN: Final = (
    "Each outcome by a logistic model with a level of each model's own and slopes >= 0, fitted on four "
    "fifths of the problems and judged on the rest. Rate alone: the loss without a feature; then by how much "
    f"a feature lowers it: above 0 is better. {OTHERS.capitalize()}: the share of other models that fail, "
    "which no text tells: a ceiling. 95 % intervals by bootstrap over problems."
)
_SLOPES: Final = (
    "By how much the log-odds of solving fall as the feature rises by 1; fitted on all problems. The four "
    f'requirements are fitted together. "{CONSTANT}": the feature is the same everywhere.'
)


def likelihood_tables(panels: list[dict[str, Any]]) -> list[Table]:
    """Gains in log loss and Brier score, and slopes; of all models, then of those with a profile."""
    tables = []
    for key, whose, features in _SETS:
        found = [(_names(p, key), p[key]) for p in panels if key in p]
        if found:
            tables += [_gains(found, kind, f"{words}, {whose}", features) for kind, words in _LOSSES]
            tables.append(_slopes(found, whose, features))
    return tables


def _names(panel: dict[str, Any], key: str) -> tuple[str, str, str]:
    found = panel[key]
    name = panel_label(panel["benchmark"], panel["panel"], panel["part"])
    return name, str(found["problems"]), str(found["models"])


_Found = list[tuple[tuple[str, str, str], dict[str, Any]]]


def _gains(found: _Found, kind: str, words: str, features: tuple[str, ...]) -> Table:
    rows = tuple(
        (
            *names,
            number(of_panel["rate"][kind], 4, ends=False),
            *(_gain(of_panel["by_view"].get(feature), kind) for feature in features),
        )
        for names, of_panel in found
    )
    return Table(
        title=f"Single outcomes foretold: gain in {words}",
        columns=("panel", "problems", "models", "rate alone", *features),
        rows=rows,
        note=_GAIN,
    )


def _gain(of_view: dict[str, Any] | None, kind: str) -> str:
    return "one model" if of_view is None else number(of_view[kind], 4)


def _slopes(found: _Found, whose: str, features: tuple[str, ...]) -> Table:
    single = tuple(feature for feature in features if feature != FOUR)
    heads = tuple(c.value for c in Capability)
    rows = []
    for names, of_panel in found:
        by_view = of_panel["by_view"]
        cells = [number(by_view[f]["slopes"], 1) if f in by_view else "one model" for f in single]
        rows.append((*names, *cells, *(number(by_view[FOUR]["slopes"][head], 1) for head in heads)))
    return Table(
        title=f"Single outcomes foretold: slopes, {whose}",
        columns=("panel", "problems", "models", *single, *heads),
        rows=tuple(rows),
        note=_SLOPES,
    )
