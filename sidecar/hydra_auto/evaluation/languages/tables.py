"""The report of ``eval languages`` as tables."""

from __future__ import annotations

from typing import Any, Final

from hydra_auto.core.regime import Regime
from hydra_auto.evaluation.languages.pairs import TRANSLATION, Scope
from hydra_auto.evaluation.languages.report import CHAT, FEWEST_ITEMS, USED_SHARE
from hydra_auto.evaluation.tables import Table, number, percent, pool_table

_REGIMES: Final = tuple(regime.value for regime in Regime)
_SCOPES: Final = {
    Scope.ANNOTATED.value: "",
    Scope.UNLABELLED.value: ", languages fine-tuned on without annotation",
    Scope.NEW.value: ", languages never fine-tuned on",
}


def language_tables(report: dict[str, Any]) -> list[Table]:
    """Overall by source and kind, then by language for the annotated chat messages."""
    tables = [pool_table(report), _language_overview(report)]
    tables += [_same_decision(report, pool["name"]) for pool in report["pools"]]
    for found in report["tables"]:
        if (found["source"], found["kind"], found["scope"]) == (CHAT, TRANSLATION, Scope.ANNOTATED.value):
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
                str(overall["groups"]),
                str(found["languages"]),
                number(overall["difference"]),
                "" if found["kind"] == TRANSLATION else number(overall["difference_translated"]),
                number(overall["mean_of_languages"]),
                f"{worst} {number(found['by_language'][worst]['difference'])}" if worst else "",
            )
        )
    return Table(
        title="Mean |requirement - requirement of the English text|",
        columns=(
            "texts",
            "pairs",
            "items",
            "languages",
            "over pairs",
            "the same pairs translated whole",
            "mean of languages",
            "worst language",
        ),
        rows=tuple(rows),
        note="95 % intervals by bootstrap over items. Aim for the chat messages: 0.03, worst language 0.05. "
        f"The worst language is one with at least {FEWEST_ITEMS} items.",
    )


def _same_decision(report: dict[str, Any], pool: str) -> Table:
    rows = []
    for found in report["tables"]:
        cells = []
        for same in (found["overall"]["same"][pool][regime] for regime in _REGIMES):
            cells += [percent(same["share"]), f"{100 * same['largest_share']:.1f} %, {same['models']}"]
        rows.append((_named(found), *cells))
    columns = [name for regime in _REGIMES for name in (regime, "English on one model, used")]
    return Table(
        title=f"Same model as the English text, pool: {pool}",
        columns=("texts", *columns),
        rows=tuple(rows),
        note="After each share: how many of the English texts go to the model that gets most of them, which "
        "a router that always takes that one would match, and how many models get at least "
        f"{100 * USED_SHARE:.0f} % of them. Aim: 95 % with at least three models.",
    )


def _by_language(found: dict[str, Any], pools: list[str]) -> Table:
    rows = []
    mean = found["overall"]["mean_of_languages"][0]
    apart = 0
    for language, numbers in found["by_language"].items():
        same = [
            " / ".join(percent(numbers["same"][pool][r]["share"], ends=False) for r in _REGIMES)
            for pool in pools
        ]
        _, low, high = numbers["difference"]
        apart += not low <= mean <= high
        rows.append(
            (language, str(numbers["pairs"]), str(numbers["groups"]), number(numbers["difference"]), *same)
        )
    return Table(
        title="Translated chat messages by language",
        columns=("language", "pairs", "items", "difference", *(f"same model, {pool}" for pool in pools)),
        rows=tuple(rows),
        note=f"Same model at {' / '.join(_REGIMES)}. The intervals of {apart} of {len(rows)} languages leave "
        "out the mean of languages; one in twenty would by chance.",
    )
