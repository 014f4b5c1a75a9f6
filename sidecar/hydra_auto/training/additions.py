"""What the project adds to the shared annotations, for training only: own messages, own numbers, outcomes.

``sidecar/annotations/`` lies beside the package in a checkout; its README says how it was made.
"""

from __future__ import annotations

import collections
import csv
import dataclasses
import gzip
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.optimize import isotonic_regression

from hydra_auto.core.capabilities import Capability
from hydra_auto.training.annotations import ADDED, LIKE_REAL, OUTCOMES, REAL, WRITTEN, Item, Split, read_rows
from hydra_auto.training.config import TrainingFailed

OWN_FOLDER: Final = Path(__file__).parents[2] / "annotations"
CHAT_FILE: Final = "chat.jsonl"
MESSAGES_FILE: Final = "messages.jsonl"
NUMBERS_FILE: Final = "requirements.csv"
# Where the texts of a set lie in the shared data, when not in prompts/.
_TEXTS: Final[Mapping[str, str]] = {
    "aider_polyglot": "swebench/aider_polyglot_texts",
    "bfcl_v1": "benchmarks/bfcl_v1",
    "bigcodebench": "benchmarks/bigcodebench",
    "debugbench": "benchmarks/debugbench",
    "multi_swe_bench": "swebench/multi_swe_bench_texts",
    "swebench_pro": "swebench/pro",
}
# Sets whose outcomes order problems as the annotations do; one panel each, so that models are the same.
_PANELS: Final[Mapping[str, str | None]] = {"livecodebench": "v6 (2025-08)", "math500": None}


def read_additions(
    data: Path, annotated: Sequence[Item], splits: Mapping[str, Split], folder: Path = OWN_FOLDER
) -> list[Item]:
    """Every added item: own messages, own numbers for shared texts, and problems with outcomes.

    Args:
        data: The shared data folder.
        annotated: Items of the shared annotations.
        splits: Their splits: only train may teach what an outcome means.
        folder: The project's own annotations.

    Raises:
        TrainingFailed: A file is missing or damaged, or a number names a text that the data lack.
    """
    return [
        *_written(folder / CHAT_FILE, WRITTEN),
        *_written(folder / MESSAGES_FILE, LIKE_REAL),
        *_numbered(folder / NUMBERS_FILE, data),
        *_from_outcomes(data, annotated, splits),
    ]


def _written(path: Path, source: str) -> Iterator[Item]:
    """Own messages, in one language or several."""
    for row in _lines(path):
        yield Item(
            source=source,
            set_name=row.get("set", source),
            item_id=row["id"],
            texts=row["texts"],
            requirements=tuple(float(row["r"][c.value]) for c in Capability),
            kind=row.get("kind", ""),
        )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)
    except (OSError, json.JSONDecodeError) as error:
        raise TrainingFailed(f"{path} cannot be read: {error}.", "Train from a checkout.") from error


def _numbered(path: Path, data: Path) -> Iterator[Item]:
    """Own numbers; the texts stay in the shared data."""
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    except OSError as error:
        raise TrainingFailed(f"{path} cannot be read: {error}.", "Train from a checkout.") from error
    texts = dict(_shared_texts(data, {row["set"] for row in rows}))
    for row in rows:
        key = row["set"], row["id"]
        if key not in texts:
            raise TrainingFailed(f"{path.name} has numbers for {'/'.join(key)}, which {data} lacks.")
        language, text = texts[key]
        yield Item(
            source=ADDED,
            set_name=row["set"],
            item_id=row["id"],
            texts={language: text},
            requirements=tuple(float(row[c.value]) for c in Capability),
        )


def _shared_texts(data: Path, sets: Iterable[str]) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """((set, id), (language, text)) of the named sets."""
    for name in sorted(set(sets) & set(_TEXTS)):
        for row in read_rows(data / _TEXTS[name] / "queries.jsonl.gz"):
            text: str = row["text"] if "text" in row else row["problem_statement"]
            yield (name, row["query_id"] if "query_id" in row else row["instance_id"]), ("en", text)
    for row in read_rows(data / "prompts" / "prompts.jsonl.gz"):
        if row["set"] in sets:
            yield (row["set"], row["id"]), (row["lang"], row["text"])


def _from_outcomes(data: Path, annotated: Sequence[Item], splits: Mapping[str, Split]) -> Iterator[Item]:
    """Problems without annotation, with what their outcomes say of them (`_said_by_outcomes`)."""
    train = [item for item in annotated if splits[item.key] is Split.TRAIN]
    for name in _PANELS:
        known = {item.item_id for item in annotated if item.source == REAL and item.set_name == name}
        said = _said_by_outcomes(data, name, train)
        for row in read_rows(data / "benchmarks" / name / "queries.jsonl.gz"):
            problem = row["query_id"]
            if problem in said and problem not in known:
                yield Item(
                    source=OUTCOMES,
                    set_name=name,
                    item_id=problem,
                    texts={"en": row["text"]},
                    requirements=said[problem],
                )


def with_outcomes(train: Sequence[Item], data: Path, share: float) -> list[Item]:
    """``train`` with what outcomes say as a second annotation of its annotated problems.

    Where all models of a panel saw every problem, the likelihood sigmoid(a_m - b x_q) of their outcomes
    depends on a problem's requirement x_q through the number of models that fail alone (Rasch 1960): learning
    from every outcome is learning from their share.

    Args:
        train: Items of the training split.
        data: The shared data folder.
        share: Of what the outcomes say in an annotated problem's requirements; the annotation has the rest.

    Raises:
        TrainingFailed: A file is missing or damaged.
    """
    if not share:
        return list(train)
    said = {name: _said_by_outcomes(data, name, train) for name in _PANELS}

    def mixed(item: Item) -> Item:
        aims = said.get(item.set_name, {}).get(item.item_id)
        if item.source != REAL or aims is None:
            return item
        pairs = zip(item.requirements, aims, strict=True)
        return dataclasses.replace(
            item, requirements=tuple((1 - share) * own + share * aim for own, aim in pairs)
        )

    return [mixed(item) for item in train]


def _said_by_outcomes(data: Path, name: str, train: Iterable[Item]) -> dict[str, tuple[float, ...]]:
    """Requirements of every problem of a set with outcomes, from the share of models that fail it.

    Per capability a non-decreasing function from that share to the annotated requirement is fitted on the
    annotated problems in ``train``; nothing is said where there are none.
    """
    failing = failing_shares(data / "benchmarks" / name / "outcomes.csv.gz", _PANELS[name])
    anchors = [
        (failing[item.item_id], item.requirements)
        for item in train
        if item.source == REAL and item.set_name == name and item.item_id in failing
    ]
    if not anchors:
        return {}
    fit = _rising([share for share, _ in anchors], [aims for _, aims in anchors])
    return {problem: fit(share) for problem, share in failing.items()}


def _rising(
    shares: Sequence[float], aims: Sequence[tuple[float, ...]]
) -> Callable[[float], tuple[float, ...]]:
    """Non-decreasing function from a share to requirements, fitted on anchors, linear between them.

    Anchors of one share count together: sorted by requirement they would rise by themselves.
    """
    known, place, counts = np.unique(shares, return_inverse=True, return_counts=True)
    columns = [np.array([aim[k] for aim in aims]) for k in range(len(Capability))]
    means = [np.bincount(place, column, len(known)) / counts for column in columns]
    fits = [isotonic_regression(mean, weights=counts).x for mean in means]
    return lambda share: tuple(float(np.interp(share, known, fit)) for fit in fits)


def data_files() -> list[str]:
    """Files that `read_additions` reads, by path below the data folder."""
    texts = [f"{folder}/queries.jsonl.gz" for folder in _TEXTS.values()]
    panels = [
        f"benchmarks/{name}/{file}" for name in _PANELS for file in ("queries.jsonl.gz", "outcomes.csv.gz")
    ]
    return ["prompts/prompts.jsonl.gz", *texts, *panels]


def failing_shares(path: Path, panel: str | None) -> dict[str, float]:
    """Share of models that fail a problem, in [0, 1], by problem, over the models of one panel.

    Raises:
        TrainingFailed: The file is missing or damaged.
    """
    scores: dict[str, list[float]] = collections.defaultdict(list)
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                if panel is None or row["panel"] == panel:
                    scores[row["query_id"]].append(float(row["score"]))
    except (OSError, EOFError, KeyError, ValueError) as error:
        raise TrainingFailed(f"{path} cannot be read: {error}.") from error
    return {problem: 1 - sum(found) / len(found) for problem, found in scores.items()}
