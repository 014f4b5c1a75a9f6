"""``eval windows``: what is it worth to keep this or that part of a long message?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from hydra_auto.evaluation.choices import Chooser
from hydra_auto.evaluation.windows.material import Pasted, WindowMaterial
from hydra_auto.evaluation.windows.numbers import Reference, changed, differences, mean_of
from hydra_auto.evaluation.windows.pastes import Arrangement, Dressing
from hydra_auto.evaluation.windows.rules import RULES, SERVED, Rule
from hydra_auto.evaluation.windows.scoring import WindowScorer
from hydra_auto.training.annotations import Item

ALL_ARRANGEMENTS: Final = "all arrangements"
EXAMPLES: Final = 5

Array = Any  # float64 or int64; its shape is in the docstrings


def evaluate(
    material: WindowMaterial, scorer: WindowScorer, choosers: Sequence[Chooser], seed: int
) -> Iterator[dict[str, Any]]:
    """The report, again and again as it grows; the last one is whole.

    Args:
        material: Messages and pastes.
        scorer: The encoder.
        choosers: Whose decisions to compare.
        seed: Of the resampling.

    Yields:
        ``window``: the encoder's own. ``long``: messages beyond it, and beyond twice of it; each with
        ``rows`` by rule and window: ``spearman_mean``, ``spearman_largest``, ``error`` (mean absolute, from
        the annotation), ``against_served`` (the same numbers less those of the served rule at the own
        window) and ``changed`` (share of decisions that are not the served rule's, by pool and regime).
        ``pastes``: by place and marking of the paste; each with ``bare_error`` of the questions alone and
        ``rows`` by rule: ``change`` (mean absolute, from the question alone), ``error``, ``against_served``
        (both less those of the served rule) and ``changed`` (decisions that are not those of the question
        alone). ``examples``: long messages by key, with what each rule makes of them. Numbers with an
        interval are [value, low, high]; a correlation is None where one side is constant.
    """
    own = scorer.max_tokens
    readings = [(rule, window) for window in scorer.windows for rule in RULES]
    questions = list({pasted.question.key: pasted.question for pasted in material.pasted}.values())
    scorer.expect(len(material.long) * len(readings) + len(material.pasted) * len(RULES) + len(questions))
    report: dict[str, Any] = {
        "window": own,
        "drawn_from": {"long": material.of[0], "questions": material.of[1]},
        "long": [],
        "examples": [],
        "pastes": [],
    }
    by_rule: dict[str, Array] = {}
    for at in _long(material.long, readings, scorer, choosers, seed):
        report["long"] = at.scopes
        if at.window == own:
            by_rule[at.rule] = at.levels
            report["examples"] = examples(material.long, at.tokens, by_rule)
        yield report
    for parts in _pastes(material.pasted, questions, scorer, choosers, seed):
        report["pastes"] = parts
        yield report
    yield report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """All long messages read by one rule: float64 [messages, 4]; and the report so far."""

    rule: str
    window: int
    levels: Array
    tokens: Array
    scopes: list[dict[str, Any]]


def _long(
    items: Sequence[Item],
    readings: Sequence[tuple[Rule, int]],
    scorer: WindowScorer,
    choosers: Sequence[Chooser],
    seed: int,
) -> Iterator[_Read]:
    """One reading after the other, that of the served rule and window first."""
    texts = [item.text for item in items]
    tokens = scorer.lengths(texts)
    scopes: list[dict[str, Any]] = []
    references: list[Reference] = []
    for rule, window in readings:
        levels = scorer.levels(texts, rule, window)
        for k, (name, longer_than) in enumerate(_scopes(scorer.max_tokens)):
            rows = np.flatnonzero(tokens > longer_than)
            if not len(rows):
                continue
            if len(references) <= k:
                some = [items[i] for i in rows.tolist()]
                references.append(Reference(some, tokens[rows], levels[rows], choosers, seed))
                scopes.append(_headed(name, some, tokens[rows]))
            scopes[k]["rows"].append(
                {"rule": rule.name, "window": window} | references[k].compare(levels[rows])
            )
        yield _Read(rule=rule.name, window=window, levels=levels, tokens=tokens, scopes=scopes)


def _scopes(window: int) -> list[tuple[str, int]]:
    return [(f"more than {tokens} tokens", tokens) for tokens in (window, 2 * window)]


def _headed(name: str, items: Sequence[Item], tokens: Array) -> dict[str, Any]:
    return {
        "name": name,
        "messages": len(items),
        "groups": len({item.group for item in items}),
        "median_tokens": round(float(np.median(tokens))),
        "rows": [],
    }


def _pastes(
    pasted: Sequence[Pasted],
    questions: Sequence[Item],
    scorer: WindowScorer,
    choosers: Sequence[Chooser],
    seed: int,
) -> Iterator[list[dict[str, Any]]]:
    """The parts of the report, once a rule, the served one first."""
    if not pasted:
        return
    own = scorer.max_tokens
    alone = dict(
        zip(
            [question.key for question in questions],
            scorer.levels([question.text for question in questions], SERVED, own),
            strict=True,
        )
    )
    bare = np.array([alone[p.question.key] for p in pasted])
    aims = np.array([p.question.requirements for p in pasted], np.float64)
    texts = [p.text for p in pasted]
    tokens = scorer.lengths(texts)
    bare_errors = differences(aims, bare)
    cuts = _cuts(pasted)
    parts: list[dict[str, Any]] = [
        {
            "name": name,
            "questions": len({pasted[i].question.key for i in rows}),
            "median_tokens": round(float(np.median(tokens[rows]))),
            "bare_error": mean_of(bare_errors[rows], [pasted[i].question.group for i in rows], seed),
            "rows": [],
        }
        for name, rows in cuts.items()
    ]
    served: tuple[Array, Array] | None = None
    for rule in RULES:
        levels = scorer.levels(texts, rule, own)
        changes, errors = differences(bare, levels), differences(aims, levels)
        served = served or (changes, errors)
        for part, rows in zip(parts, cuts.values(), strict=True):
            groups = [pasted[i].question.group for i in rows]
            part["rows"].append(
                {
                    "rule": rule.name,
                    "change": mean_of(changes[rows], groups, seed),
                    "error": mean_of(errors[rows], groups, seed),
                    "against_served": {
                        "change": mean_of((changes - served[0])[rows], groups, seed),
                        "error": mean_of((errors - served[1])[rows], groups, seed),
                    },
                    "changed": changed(choosers, bare[rows], levels[rows], tokens[rows], groups, seed),
                }
            )
        yield parts


def _cuts(pasted: Sequence[Pasted]) -> dict[str, Array]:
    """Places of the messages of each part, int64; parts without any are left out."""
    parts = {ALL_ARRANGEMENTS: np.arange(len(pasted))}
    for arrangement in Arrangement:
        parts[arrangement.value] = np.flatnonzero([p.arrangement is arrangement for p in pasted])
    for dressing in Dressing:
        parts[dressing.value] = np.flatnonzero([p.dressing is dressing for p in pasted])
    return {name: rows for name, rows in parts.items() if len(rows)}


def examples(
    items: Sequence[Item], tokens: Array, by_rule: Mapping[str, Array], count: int = EXAMPLES
) -> list[dict[str, Any]]:
    """Messages whose numbers depend most on the rule, at most one of each set, without their text.

    Args:
        items: Long messages.
        tokens: Length of each, int64 [messages].
        by_rule: What is predicted by each rule, the served one first, float64 [messages, 4].
        count: At most so many.
    """
    served, *others = by_rule.values()
    spread = np.max([differences(served, levels) for levels in others or [served]], axis=0)
    chosen: dict[str, int] = {}
    for i in np.argsort(-spread, kind="stable").tolist():
        chosen.setdefault(items[i].set_name, i)
    return [
        {
            "key": items[i].key,
            "tokens": int(tokens[i]),
            "annotated": list(items[i].requirements),
            "predicted": {name: levels[i].round(4).tolist() for name, levels in by_rule.items()},
        }
        for i in list(chosen.values())[:count]
    ]
