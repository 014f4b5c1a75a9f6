"""The report of ``eval meaning`` as tables."""

from __future__ import annotations

from typing import Any, Final

from hydra_auto.core.capabilities import Capability
from hydra_auto.evaluation.tables import Table, number
from hydra_auto.evaluation.views import FULL, SHORTFALL_VIEWS


def meaning_tables(report: dict[str, Any]) -> list[Table]:
    """Requirements against failing models, then shortfalls against each model's failure, with ablations."""
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
    short = [p for p in full if "shortfalls" in p]
    if short:
        tables += [_shortfalls(short, kind) for kind in ("pairs", "within", "ahead")]
    skipped = [_panel_name(p) for p in report["panels"] if "skipped" in p]
    if skipped:
        tables.append(
            Table(title="Too few problems to report", columns=("panel",), rows=tuple((s,) for s in skipped))
        )
    return tables


def _panel_name(panel: dict[str, Any]) -> str:
    name = panel["benchmark"] if panel["panel"] == "all" else f"{panel['benchmark']}, {panel['panel']}"
    return name if panel["part"] == "unseen" else f"{name} ({panel['part']} in training)"


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
    note = "Spearman; 95 % intervals by bootstrap over problems." if ends else "Spearman."
    return Table(title=title, columns=("panel", "problems", "models", *views), rows=rows, note=note)


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


_WITHOUT: Final = tuple(f"{FULL} without {c.value}" for c in Capability)
_OTHERS: Final = tuple(view for view in SHORTFALL_VIEWS if view not in {FULL, *_WITHOUT})
_NOT_WITHIN: Final = "profile alone"  # the same for every problem
_SHORTFALL_TABLES: Final = {
    "pairs": ("Shortfall against failure, all problem-model pairs", (FULL, *_WITHOUT, *_OTHERS)),
    "within": (
        "Shortfall against failure within a model, mean over models",
        (FULL, *_WITHOUT, *(view for view in _OTHERS if view != _NOT_WITHIN)),
    ),
    "ahead": ("By how much the shortfall is ahead of less, all problem-model pairs", (*_WITHOUT, *_OTHERS)),
}


def _shortfalls(panels: list[dict[str, Any]], kind: str) -> Table:
    title, views = _SHORTFALL_TABLES[kind]
    rows = tuple(
        (
            _panel_name(p),
            str(p["shortfalls"]["problems"]),
            str(len(p["shortfalls"]["models"])),
            *(number(p["shortfalls"]["by_view"][view][kind], 2) for view in views),
        )
        for p in panels
    )
    note = "Spearman. Models whose profile is known by name; efforts of one model share its profile."
    if kind == "ahead":
        note = "Difference of two correlations, on the same resamples. Above 0: the shortfall is better."
    return Table(title=title, columns=("panel", "problems", "models", *views), rows=rows, note=note)
