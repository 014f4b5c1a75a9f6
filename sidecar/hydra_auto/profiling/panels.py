"""Outcome panels: who solved which question, what each question was annotated to need, and whom we know."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import yaml

from hydra_auto.core.capabilities import Capability, Levels
from hydra_auto.profiling.evidence import effort_of
from hydra_auto.profiling.facts import Facts
from hydra_auto.training.annotations import REAL, Split, make_splits, read_annotations

_CONFIGURATION = Path(__file__).parent / "panels.yaml"

Candidate = tuple[str, str]
"""Model id and effort."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelRule:
    """One panel of ``panels.yaml``; ``leave_out`` holds patterns and reasons."""

    name: str
    folder: str
    set_name: str | None = None
    efforts: Mapping[str, str]
    leave_out: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Outcomes of one benchmark.

    Attributes:
        texts: Question id to its text.
        required: Question id to annotated requirements; only questions of the training split.
        scores: Candidate to question id to share solved in [0, 1], mean over runs.
    """

    name: str
    texts: Mapping[str, str]
    required: Mapping[str, Levels]
    scores: Mapping[Candidate, Mapping[str, float]]


def read_panel_rules(path: Path = _CONFIGURATION) -> tuple[PanelRule, ...]:
    """All panels of the configuration."""
    rows: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["panels"]
    return tuple(
        PanelRule(
            name=row["name"],
            folder=row["folder"],
            set_name=row.get("set"),
            efforts=row.get("efforts", {}),
            leave_out=tuple((item["name"], item["why"]) for item in row.get("leave_out", ())),
        )
        for row in rows
    )


def read_panels(
    data: Path, facts: Mapping[str, Facts], rules: Sequence[PanelRule] | None = None
) -> list[Panel]:
    """The panels, for the models we know by one of their names.

    Args:
        data: The shared data folder.
        facts: Known models.
        rules: ``panels.yaml`` unless given.
    """
    rules = read_panel_rules() if rules is None else rules
    names = {rule.set_name for rule in rules}
    required: dict[str | None, dict[str, Levels]] = defaultdict(dict)
    for name, item_id, levels in annotated(data, Split.TRAIN):
        if name in names:
            required[name][item_id] = levels
    aliases = _aliases(data)
    return [_panel(data, rule, required.get(rule.set_name, {}), aliases, facts) for rule in rules]


def annotated(data: Path, split: Split) -> Iterator[tuple[str, str, Levels]]:
    """Set, id and requirements of the annotated real messages of one split."""
    items = read_annotations(data)
    splits = make_splits(items)
    for item in items:
        if item.source == REAL and splits[item.key] is split:
            yield item.set_name, item.item_id, dict(zip(Capability, item.requirements, strict=True))


def texts_of(data: Path, split: Split) -> dict[str, str]:
    """Texts of the annotated real messages of one split, by key."""
    items = read_annotations(data)
    splits = make_splits(items)
    chosen = (item for item in items if item.source == REAL and splits[item.key] is split)
    return {item.key: next(iter(item.texts.values())) for item in chosen}


def _aliases(data: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    with (data / "models" / "models.csv").open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            found |= dict.fromkeys(filter(None, row["aliases"].split(";")), row["id"])
    return found


def _panel(
    data: Path,
    rule: PanelRule,
    required: Mapping[str, Levels],
    aliases: Mapping[str, str],
    facts: Mapping[str, Facts],
) -> Panel:
    folder = data / rule.folder
    texts = {}
    with gzip.open(folder / "queries.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            text = row.get("text") or row.get("problem_statement") or row.get("instruction") or ""
            texts[str(row.get("query_id") or row.get("instance_id"))] = text
    scores: dict[Candidate, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    with gzip.open(folder / "outcomes.csv.gz", "rt", encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            name = row["model"]
            model = aliases.get(name)
            if model is None or any(re.search(pattern, name) for pattern, _ in rule.leave_out):
                continue
            effort = rule.efforts.get(name) or effort_of(name, reasons=facts[model].reasons)
            solved = float(row["score"] if "score" in row else row["resolved"])
            scores[model, effort][row.get("query_id") or row["instance_id"]].append(solved)
    return Panel(
        name=rule.name,
        texts=texts,
        required={key: levels for key, levels in required.items() if key in texts},
        scores={
            who: {key: mean(runs) for key, runs in found.items() if key in texts}
            for who, found in sorted(scores.items())
        },
    )
