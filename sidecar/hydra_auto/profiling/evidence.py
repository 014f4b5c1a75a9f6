"""Benchmark results of ``scores.csv`` that the rule names, one number per model, benchmark and effort."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import MappingProxyType

from hydra_auto.profiling.rule import Benchmark

EFFORTS = ("none", "low", "medium", "high", "max")
"""Reasoning effort of a run; ``high`` also stands for reasoning without a stated effort, and for
models that have only one mode."""

_EFFORT_WORDS = (
    ("none", r"non-?reasoning|no reasoning|no ?think|^none\b|effort none|minimal"),
    ("max", r"xhigh|\bmax\b|max-effort"),
    ("low", r"\blow\b|low-effort|^[12]k\b"),
    ("medium", r"\bmed(ium)?\b|medium-effort|\b(8|12|15|16)k\b"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """One row of ``scores.csv`` behind a result.

    Attributes:
        line: Its line in the file; the header is line 1.
        name: What the source calls the model.
    """

    line: int
    score: float
    setting: str
    date: str
    source: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Score of one model in one benchmark at one effort: the median over harnesses and repeats.

    Attributes:
        runs: How many there were.
        rows: The rows that the median was taken over.
        efforts: At how many efforts the model took this benchmark. What is special about a model in a
            benchmark is so at each effort, so all of them together count as one result.
        kind_noise: How much noise, as a multiple, a result of this kind has at least.
    """

    model: str
    benchmark: Benchmark
    effort: str
    score: float
    date: str
    source: str
    kind: str
    runs: int
    efforts: int = 1
    kind_noise: float = 1.0
    rows: tuple[SourceRow, ...] = ()

    @property
    def own_noise(self) -> float:
        """``noise`` of the result taken alone: by what was measured, and who says so."""
        return max(self.benchmark.noise, self.kind_noise)

    @property
    def noise(self) -> float:
        """Multiplies the benchmark's variance."""
        return self.own_noise * self.efforts


def effort_of(setting: str, *, reasons: bool) -> str:
    """Effort class of a run.

    Args:
        setting: Free text of the source.
        reasons: Whether the model can reason at length; one that cannot has only one mode.
    """
    if reasons:
        for effort, words in _EFFORT_WORDS:
            if re.search(words, setting, re.IGNORECASE):
                return effort
    return "high"


def kind_of(evidence: str) -> str:
    """Who reports: "secondary" of "secondary (transcribed by a third party)"."""
    return evidence.split(" (", maxsplit=1)[0]


def read_results(
    path: Path,
    benchmarks: Sequence[Benchmark],
    reasoning: Mapping[str, bool],
    kinds: Mapping[str, float] = MappingProxyType({}),
) -> tuple[Result, ...]:
    """Results of the named benchmarks, ordered by model and benchmark.

    Args:
        path: ``scores.csv``.
        benchmarks: What to read.
        reasoning: Model id to whether it can reason at length; others are not read.
        kinds: Who reports to the noise that such a result has at least, most trusted first. Where one result
            has rows of several kinds, only those of the most trusted one count. Kinds not named: all alike.
    """
    wanted = {(benchmark.name, metric): benchmark for benchmark in benchmarks for metric in benchmark.metrics}
    groups: dict[tuple[str, str, str, str], list[SourceRow]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as opened:
        reader = csv.DictReader(opened)
        for row in reader:
            benchmark = wanted.get((row["benchmark"], row["metric"]))
            if benchmark is None or row["model"] not in reasoning:
                continue
            effort = effort_of(row["setting"], reasons=reasoning[row["model"]])
            groups[row["model"], benchmark.name, benchmark.metrics[0], effort].append(
                _source_row(row, reader.line_num)
            )
    efforts = Counter((model, name, metric) for model, name, metric, _ in groups)
    by_key = {(benchmark.name, benchmark.metrics[0]): benchmark for benchmark in benchmarks}
    return tuple(
        _result(
            model,
            by_key[name, metric],
            effort,
            groups[model, name, metric, effort],
            efforts[model, name, metric],
            kinds,
        )
        for model, name, metric, effort in sorted(groups)
    )


def _source_row(row: Mapping[str, str], line: int) -> SourceRow:
    return SourceRow(
        line=line,
        score=float(row["score"]),
        setting=row["setting"],
        date=row["date"],
        source=row["source"],
        kind=row["evidence"],
        name=row["source_model_name"],
    )


def _result(
    model: str,
    benchmark: Benchmark,
    effort: str,
    rows: Sequence[SourceRow],
    efforts: int,
    kinds: Mapping[str, float],
) -> Result:
    preferred = [row for row in rows if benchmark.prefer and benchmark.prefer in row.setting] or list(rows)
    best = next((kind for kind in kinds if any(kind_of(row.kind) == kind for row in preferred)), None)
    preferred = [row for row in preferred if best in (None, kind_of(row.kind))]
    newest = max(preferred, key=lambda row: row.date)
    return Result(
        model=model,
        benchmark=benchmark,
        effort=effort,
        score=median(row.score for row in preferred),
        date=newest.date,
        source=newest.source,
        kind=newest.kind,
        runs=len(preferred),
        efforts=efforts,
        kind_noise=kinds.get(kind_of(newest.kind), 1.0),
        rows=tuple(preferred),
    )
