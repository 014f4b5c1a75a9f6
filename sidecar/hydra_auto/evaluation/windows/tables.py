"""The report of ``eval windows`` as tables."""

from __future__ import annotations

from typing import Any, Final

from hydra_auto.core.capabilities import Capability
from hydra_auto.core.regime import Regime
from hydra_auto.evaluation.tables import Table, number, percent, pool_table
from hydra_auto.evaluation.windows.rules import SERVED

_REGIMES: Final = tuple(regime.value for regime in Regime)
_NUMBERS: Final = {
    "spearman_mean": "Spearman, mean of heads",
    "spearman_largest": "largest requirement",
    "error": "mean absolute error",
}


def window_tables(report: dict[str, Any]) -> list[Table]:
    """Long messages by rule and window, pastes by rule and place, and examples."""
    tables = [pool_table(report)]
    tables += [_long(report, scope) for scope in report["long"]]
    tables += [_long_decisions(report, scope) for scope in report["long"]]
    if report["pastes"]:
        tables += [_pasted(report, "change"), _pasted(report, "error")]
        tables += [_paste_decisions(report, pool["name"]) for pool in report["pools"]]
    if report["examples"]:
        tables.append(_examples(report))
    return tables


def _reading(row: dict[str, Any]) -> str:
    return f"{row['rule']}, {row['window']} tokens"


def _long(report: dict[str, Any], scope: dict[str, Any]) -> Table:
    rows = tuple(
        (
            _reading(row),
            *(number(row[name]) for name in _NUMBERS),
            *(number(row["against_served"][name], 4 if name == "error" else 3) for name in _NUMBERS),
        )
        for row in scope["rows"]
    )
    return Table(
        title=f"Real messages of {scope['name']}: {scope['messages']}, in {scope['groups']} conversations",
        columns=("what is read", *_NUMBERS.values(), *(f"{name}, less served" for name in _NUMBERS.values())),
        rows=rows,
        note=f"Half of them have at least {scope['median_tokens']} tokens. 95 % intervals by bootstrap over "
        f"conversations; differences from the served rule, {SERVED.name} of {report['window']} tokens, are "
        "paired.",
    )


def _long_decisions(report: dict[str, Any], scope: dict[str, Any]) -> Table:
    pools = [pool["name"] for pool in report["pools"]]
    return Table(
        title=f"Real messages of {scope['name']}: share that goes to another model than by the served rule",
        columns=("what is read", *pools),
        rows=tuple(
            (_reading(row), *(_by_regime(row["changed"][pool]) for pool in pools)) for row in scope["rows"]
        ),
        note=f"At {' / '.join(_REGIMES)}.",
    )


def _by_regime(shares: dict[str, list[float]]) -> str:
    return " / ".join(percent(shares[regime], ends=False) for regime in _REGIMES)


def _pasted(report: dict[str, Any], kind: str) -> Table:
    parts = report["pastes"]
    titles = {
        "change": "Questions with a long paste: mean absolute change from the question alone",
        "error": "Questions with a long paste: mean absolute error against the question's annotation",
    }
    rows = [
        (
            rule["rule"],
            *(number(part["rows"][i][kind]) for part in parts),
            number(rule["against_served"][kind], 4),
        )
        for i, rule in enumerate(parts[0]["rows"])
    ]
    if kind == "error":
        rows.insert(0, ("the question alone", *(number(part["bare_error"]) for part in parts), ""))
    return Table(
        title=titles[kind],
        columns=("what is kept", *(part["name"] for part in parts), f"{parts[0]['name']}, less served"),
        rows=tuple(rows),
        note=f"{parts[0]['questions']} real questions that fit the window of {report['window']} tokens, with "
        f"code and output from other messages; half of these have at least {parts[0]['median_tokens']} "
        "tokens. The annotation is of the question alone: a paste that nobody asks about adds no need.",
    )


def _paste_decisions(report: dict[str, Any], pool: str) -> Table:
    parts = report["pastes"]
    return Table(
        title=f"Questions with a long paste: another model than for the question alone, pool: {pool}",
        columns=("what is kept", *(part["name"] for part in parts)),
        rows=tuple(
            (rule["rule"], *(_by_regime(part["rows"][i]["changed"][pool]) for part in parts))
            for i, rule in enumerate(parts[0]["rows"])
        ),
        note=f"At {' / '.join(_REGIMES)}. Both are decided for the length of the message with the paste.",
    )


def _examples(report: dict[str, Any]) -> Table:
    rows = []
    for example in report["examples"]:
        annotated = example["annotated"]
        named = f"{example['key']} ({example['tokens']} tokens)"
        rows.append((f"{named}, annotated", *(f"{level:.2f}" for level in annotated), ""))
        for rule, levels in example["predicted"].items():
            error = sum(abs(a - b) for a, b in zip(annotated, levels, strict=True)) / len(annotated)
            rows.append((rule, *(f"{level:.2f}" for level in levels), f"{error:.3f}"))
    return Table(
        title=f"Long messages whose numbers depend most on the rule, {report['window']} tokens read",
        columns=("message", *(c.value for c in Capability), "mean absolute error"),
        rows=tuple(rows),
        note="At most one of each set; extremes, not typical ones.",
    )
