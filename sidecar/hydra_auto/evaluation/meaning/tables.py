"""The report of ``eval meaning`` as tables."""

from __future__ import annotations

from typing import Any, Final

from hydra_auto.core.capabilities import Capability
from hydra_auto.evaluation.meaning.ablation_tables import ablation_tables
from hydra_auto.evaluation.meaning.benchmarks import panel_label
from hydra_auto.evaluation.meaning.correlations import LEAST_PROFILES
from hydra_auto.evaluation.meaning.difficulty_tables import difficulty_tables
from hydra_auto.evaluation.meaning.likelihood_tables import likelihood_tables
from hydra_auto.evaluation.meaning.views import FULL, SHORTFALL_VIEWS
from hydra_auto.evaluation.tables import CONSTANT, Table, number

_MARGINAL: Final = 0.02  # a low end below that says little
_ABOUT_CONSTANTS: Final = f'"{CONSTANT}": one side is the same everywhere, so there is no order to correlate.'


def meaning_tables(report: dict[str, Any]) -> list[Table]:
    """Correlations with failures, with ablations; likelihoods; stated difficulties; decisions with less."""
    full = [p for p in report["panels"] if "requirements" in p]
    heads = tuple(c.value for c in Capability)
    tables = [
        _correlations(
            full, "Requirements against the share of models that fail", ("largest", "mean", *heads), ends=True
        ),
        _correlations(
            full,
            "The same with one head left out",
            (
                "largest",
                *(f"largest without {h}" for h in heads),
                "mean",
                *(f"mean without {h}" for h in heads),
            ),
            ends=False,
        ),
    ]
    if any("annotated" in p for p in full):
        tables.append(_annotated(full))
    known = [p for p in full if "shortfalls" in p]
    short = [p for p in known if "by_view" in p["shortfalls"]]
    if short:
        tables += [_shortfalls(short, *which) for which in _SHORTFALL_TABLES]
        tables.append(_short(short))
    if few := [p for p in known if p not in short]:
        tables.append(
            Table(
                title=f"Fewer than {LEAST_PROFILES} different profiles: no shortfalls",
                columns=_OF_PROFILES,
                rows=tuple(_of_profiles(p) for p in few),
            )
        )
    tables += likelihood_tables(full) + difficulty_tables(report["difficulty"]) + ablation_tables(report)
    skipped = [_panel_name(p) for p in report["panels"] if "skipped" in p]
    if skipped:
        tables.append(
            Table(title="Too few problems to report", columns=("panel",), rows=tuple((s,) for s in skipped))
        )
    return tables


def _panel_name(panel: dict[str, Any]) -> str:
    return panel_label(panel["benchmark"], panel["panel"], panel["part"])


def _correlations(panels: list[dict[str, Any]], title: str, views: tuple[str, ...], *, ends: bool) -> Table:
    rows = tuple(
        (
            _panel_name(p),
            str(p["problems"])
            if p["problems"] == p["drawn_from"]
            else f"{p['problems']} of {p['drawn_from']}",
            str(p["models"]),
            *(number(p["requirements"][view], 2, ends=ends) for view in views),
        )
        for p in panels
    )
    note = f"Spearman; 95 % intervals by bootstrap over problems. {_ABOUT_CONSTANTS} {_certain(panels)}"
    if not ends:
        note = "Spearman."
    return Table(title=title, columns=("panel", "problems", "models", *views), rows=rows, note=note)


def _certain(panels: list[dict[str, Any]]) -> str:
    """In how many panels the largest requirement goes with failures, and in which of them just so."""
    found = {_panel_name(p): p["requirements"]["largest"] for p in panels}
    above = {name: values[1] for name, values in found.items() if values and values[1] > 0}
    marginal = [f"{name} ({low:.4f})" for name, low in above.items() if low < _MARGINAL]
    words = f"The interval of the largest requirement is above 0 in {len(above)} of {len(found)} panels"
    if marginal:
        words += f", just so (low end) in {', '.join(marginal)}"
    return f"{words}; no correction for their number, and the choice of models is not covered."


def _annotated(panels: list[dict[str, Any]]) -> Table:
    rows = []
    for p in panels:
        if "annotated" in p:
            some = p["annotated"]
            rows.append(
                (
                    _panel_name(p),
                    str(some["problems"]),
                    *(
                        number(some[who][view], 2)
                        for view in ("largest", "mean")
                        for who in ("annotation", "encoder")
                    ),
                )
            )
    return Table(
        title="Annotated numbers beside the encoder's, on the problems that have some",
        columns=(
            "panel",
            "problems",
            "annotated largest",
            "encoder's largest",
            "annotated mean",
            "encoder's mean",
        ),
        rows=tuple(rows),
    )


_OF_PROFILES: Final = ("panel", "problems", "models", "profiles")


def _of_profiles(panel: dict[str, Any]) -> tuple[str, ...]:
    found = panel["shortfalls"]
    return _panel_name(panel), str(found["problems"]), str(len(found["models"])), str(found["profiles"])


_WITHOUT: Final = tuple(f"{FULL} without {c.value}" for c in Capability)
_HEADS: Final = tuple(f"{c.value} alone" for c in Capability)
_OTHERS: Final = tuple(view for view in SHORTFALL_VIEWS if view not in {FULL, *_WITHOUT, *_HEADS})
_NOT_WITHIN: Final = "profile alone"  # the same for every problem
_SHORTFALL_TABLES: Final = (
    ("pairs", "Shortfall against failure, all problem-model pairs", (FULL, *_WITHOUT, *_OTHERS)),
    (
        "within",
        "Shortfall against failure within a model, mean over models",
        (FULL, *_WITHOUT, *(view for view in _OTHERS if view != _NOT_WITHIN)),
    ),
    ("pairs", "Each requirement alone against each model's failure, all problem-model pairs", _HEADS),
    ("within", "Each requirement alone against failure within a model, mean over models", _HEADS),
    ("ahead", "By how much the shortfall is ahead of less, all problem-model pairs", (*_WITHOUT, *_OTHERS)),
)
"""Kind, title and views."""


def _shortfalls(panels: list[dict[str, Any]], kind: str, title: str, views: tuple[str, ...]) -> Table:
    rows = tuple(
        (*_of_profiles(p), *(number(p["shortfalls"]["by_view"][view][kind], 2) for view in views))
        for p in panels
    )
    note = (
        "Spearman. Models whose profile is known by name; efforts of one model share its profile. "
        f"The intervals do not cover the choice of models. {_ABOUT_CONSTANTS}"
    )
    if kind == "within":
        note += " A model for which it is counts as 0 in the mean."
    if kind == "ahead":
        note = (
            "Difference of two correlations, on the same resamples. Above 0: the shortfall is better. The "
            "intervals do not cover the choice of models."
        )
    return Table(title=title, columns=(*_OF_PROFILES, *views), rows=rows, note=note)


def _short(panels: list[dict[str, Any]]) -> Table:
    heads = tuple(c.value for c in Capability)
    rows = tuple(
        (*_of_profiles(p), *(f"{100 * p['shortfalls']['short'][h]:.1f} %" for h in heads)) for p in panels
    )
    return Table(
        title="Share of problem-model pairs in which a requirement is above the model's level",
        columns=(*_OF_PROFILES, *heads),
        rows=rows,
        note="A head that is nowhere short adds nothing to the shortfall: leaving it out tests nothing.",
    )
