"""The reports as tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from hydra_auto.core.capabilities import Capability
from hydra_auto.core.regime import Regime
from hydra_auto.evaluation.languages import CHAT
from hydra_auto.evaluation.meaning import SHORTFALL_VIEWS
from hydra_auto.evaluation.pairs import TRANSLATION
from hydra_auto.evaluation.robustness import ALL_OF_FAMILY, SEARCHED
from hydra_auto.evaluation.tables import Table, number, percent, pool_table

_REGIMES: Final = tuple(regime.value for regime in Regime)
_SCOPES: Final = {"annotated": "", "other": ", outside of the 25 languages"}


def language_tables(report: dict[str, Any]) -> list[Table]:
    """Overall by source and kind, then by language for the annotated chat messages."""
    tables = [pool_table(report), _language_overview(report)]
    tables += [_same_decision(report, pool["name"]) for pool in report["pools"]]
    for found in report["tables"]:
        if found["source"] == CHAT and found["kind"] == TRANSLATION and found["scope"] == "annotated":
            tables.append(_by_language(found, [pool["name"] for pool in report["pools"]]))
    return tables


def _named(found: dict[str, Any]) -> str:
    return f"{found['source']}, {found['kind']}{_SCOPES[found['scope']]}"


def _language_overview(report: dict[str, Any]) -> Table:
    rows = []
    for found in report["tables"]:
        overall = found["overall"]
        worst = overall["worst_language"]
        rows.append(
            (
                _named(found),
                str(overall["pairs"]),
                str(found["languages"]),
                number(overall["difference"]),
                number(overall["mean_of_languages"]),
                f"{worst} {number(found['by_language'][worst]['difference'])}",
            )
        )
    return Table(
        title="Mean |requirement - requirement of the English text|",
        columns=("texts", "pairs", "languages", "over pairs", "mean of languages", "worst language"),
        rows=tuple(rows),
        note="95 % intervals by bootstrap over items. Aim for the chat messages: 0.03, worst language 0.05.",
    )


def _same_decision(report: dict[str, Any], pool: str) -> Table:
    rows = []
    for found in report["tables"]:
        same = found["overall"]["same"][pool]
        cells = [f"{percent(same[r]['share'])}, {same[r]['models']}" for r in _REGIMES]
        rows.append((_named(found), *cells))
    return Table(
        title=f"Same model as the English text, pool: {pool}",
        columns=("texts", *_REGIMES),
        rows=tuple(rows),
        note="The last number is how many models these texts were sent to. Aim: 95 % with at least three.",
    )


def _by_language(found: dict[str, Any], pools: list[str]) -> Table:
    rows = []
    for language, numbers in found["by_language"].items():
        same = [
            " / ".join(percent(numbers["same"][pool][r]["share"], ends=False) for r in _REGIMES)
            for pool in pools
        ]
        rows.append((language, str(numbers["pairs"]), number(numbers["difference"]), *same))
    return Table(
        title="Translated chat messages by language",
        columns=("language", "pairs", "difference", *(f"same model, {pool}" for pool in pools)),
        rows=tuple(rows),
        note=f"Same model at {' / '.join(_REGIMES)}.",
    )


def robustness_tables(report: dict[str, Any]) -> list[Table]:
    """Per pool at the balanced regime, then all regimes in short."""
    tables = [pool_table(report)]
    for pool in report["pools"]:
        name = pool["name"]
        if report["up"]:
            tables.append(_moves(report, "up", name))
        if report["down"]:
            tables.append(_moves(report, "down", name))
        if report["up"]:
            tables.append(_regimes(report, name))
    return tables


def _moves(report: dict[str, Any], direction: str, pool: str) -> Table:
    kind, far = {"up": ("to_dearer", "to_dearest"), "down": ("to_cheaper", "to_cheapest")}[direction]
    regime = Regime.BALANCED.value
    rows = []
    for row in report[direction]:
        moves = row["by_pool"][pool][regime]
        rows.append(
            (
                f"{row['family']}: {row['name']}",
                str(row["messages"]),
                number(row["rise"]),
                percent(moves[kind]),
                percent(moves[far]),
                number(moves["added_usd"], 5),
                number(moves["cost_ratio"], 2),
            )
        )
    aim = f"Easy messages ({report['easy']}) talked up" if direction == "up" else "Hard messages talked down"
    words = ("dearer", "dearest") if direction == "up" else ("cheaper", "cheapest")
    return Table(
        title=f"{aim}, pool: {pool}, {regime}",
        columns=(
            "trick",
            "messages",
            "rise of the largest requirement",
            f"to any {words[0]} model",
            f"to the {words[1]} in use",
            "added USD a message",
            "cost ratio",
        ),
        rows=tuple(rows),
        note="Costs are of the choice: for the plain message's length. 95 % intervals over conversations.",
    )


def _regimes(report: dict[str, Any], pool: str) -> Table:
    rows = []
    for row in report["up"]:
        if row["name"] == ALL_OF_FAMILY or row["family"] == SEARCHED:
            cells = [
                f"{percent(moves['to_dearer'], ends=False)} / {percent(moves['to_dearest'], ends=False)}"
                for moves in row["by_pool"][pool].values()
            ]
            rows.append((f"{row['family']}: {row['name']}", *cells))
    return Table(
        title=f"Easy messages at every regime, pool: {pool}",
        columns=("tricks", *_REGIMES),
        rows=tuple(rows),
        note="To any dearer model / to the dearest in use.",
    )


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
        tables += [_shortfalls(short, kind) for kind in ("pairs", "within")]
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
            str(p["problems"]),
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


_VIEW_TITLES: Final = {
    "pairs": "Shortfall against failure, all problem-model pairs",
    "within": "Shortfall against failure within a model, mean over models",
}


def _shortfalls(panels: list[dict[str, Any]], kind: str) -> Table:
    shown: Callable[[str], bool] = lambda view: kind == "pairs" or view != "profile alone"  # noqa: E731
    views = [view for view in SHORTFALL_VIEWS if shown(view)]
    rows = tuple(
        (
            view,
            *(number(p["shortfalls"]["by_view"][view][kind], 2) for p in panels),
        )
        for view in views
    )
    columns = (f"{_panel_name(p)} ({len(p['shortfalls']['models'])} models)" for p in panels)
    return Table(
        title=_VIEW_TITLES[kind],
        columns=("view", *columns),
        rows=rows,
        note="Spearman. Models whose profile is known by name; efforts of one model share its profile.",
    )


TABLES: Final[dict[str, Callable[[dict[str, Any]], list[Table]]]] = {
    "languages": language_tables,
    "robustness": robustness_tables,
    "meaning": meaning_tables,
}
"""By bench."""
