"""The report of ``eval languages`` as tables."""

from __future__ import annotations

from typing import Any, Final

from hydra_auto.core.regime import Regime
from hydra_auto.evaluation.languages import CHAT
from hydra_auto.evaluation.pairs import TRANSLATION
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
