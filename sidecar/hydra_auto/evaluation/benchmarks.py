"""Benchmarks with outcomes of real models: which problems each model solved, by panel.

A panel is a set of models that met the same problems; shares of failing models are compared within one.
SWE-bench Verified is not among them: its outcomes stay unseen until the router is judged by them.
"""

from __future__ import annotations

import collections
import csv
import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from hydra_auto.training.annotations import group_of, opening_of, read_rows
from hydra_auto.training.config import TrainingFailed

BENCHMARKS: Final = (
    "livecodebench",
    "livecodebench_selfrepair",
    "humanevalplus",
    "mbppplus",
    "evalperf",
    "bigcodebench",
    "debugbench",
    "bfcl_v1",
    "tau2_bench",
    "cruxeval",
    "zeroeval_crux",
    "math500",
    "zeroeval_math_l5",
    "zeroeval_gsm8k",
    "llmrouter_ulab",
    "routellm_mmlu_gsm8k",
)
# Fail almost only by output format, says the data's README.
_BROKEN: Final = {
    "bfcl_v1": ("gpt-4o-2024-08-06", "mistral-large-2407", "NousResearch_Hermes-2-Theta-Llama-3-70B")
}
_BY_OPENING: Final = {"debugbench"}  # up to 89 ids have one statement, and no id tells of it
_PLAIN_AGENT: Final = "llm_agent"
_COVERAGE: Final = 0.9
"""Models that met a smaller share of the problems are left out; so are problems that fewer models met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One query of a benchmark; ``group`` is the same for variants of one problem."""

    benchmark: str
    problem_id: str
    group: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Outcomes of one panel of models.

    Attributes:
        problems: In the benchmark's order.
        failures: Model to problem id to failure, 1 - score, in [0, 1].
    """

    benchmark: str
    name: str
    problems: tuple[Problem, ...]
    failures: Mapping[str, Mapping[str, float]]

    def failing(self, problem: Problem) -> float:
        """Mean failure over the models that met ``problem``, in [0, 1]."""
        met = [of[problem.problem_id] for of in self.failures.values() if problem.problem_id in of]
        return sum(met) / len(met)


def read_panels(data: Path, benchmark: str) -> list[Panel]:
    """The panels of a benchmark, largest first.

    Args:
        data: The shared data folder.
        benchmark: One of `BENCHMARKS`.

    Raises:
        TrainingFailed: A file is missing or damaged.
    """
    folder = data / "benchmarks" / benchmark
    problems = {
        row["query_id"]: Problem(
            benchmark=benchmark,
            problem_id=row["query_id"],
            group=_group(benchmark, row["query_id"], row["text"]),
            text=row["text"],
        )
        for row in read_rows(folder / "queries.jsonl.gz")
    }
    panels: dict[str, dict[str, dict[str, float]]] = collections.defaultdict(
        lambda: collections.defaultdict(dict)
    )
    for row, score in _outcomes(folder / "outcomes.csv.gz"):
        # the agents of tau2 differ; only the plain one measures the model
        if row["model"] not in _BROKEN.get(benchmark, ()) and row.get("agent") in {None, "", _PLAIN_AGENT}:
            panels[row.get("panel") or "all"][row["model"]][row["query_id"]] = 1.0 - score
    made = [_panel(benchmark, name, problems, failures) for name, failures in panels.items()]
    return sorted((p for p in made if p.problems), key=lambda p: (-len(p.problems) * len(p.failures), p.name))


def _group(benchmark: str, problem_id: str, text: str) -> str:
    if benchmark in _BY_OPENING:
        return f"{benchmark}/{opening_of(text)}"
    return group_of(benchmark, problem_id)


def _outcomes(path: Path) -> Iterator[tuple[dict[str, str], float]]:
    """Rows with their score."""
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                if None in (row["query_id"], row["model"]):
                    raise ValueError("a row is cut off")  # noqa: TRY301 - one message for all
                yield row, float(row["score"])
    except (OSError, EOFError, zlib.error, csv.Error, KeyError, ValueError, TypeError) as error:
        raise TrainingFailed(
            f"{path} cannot be read: {error}.", "Name the data folder with --data."
        ) from error


def _panel(
    benchmark: str,
    name: str,
    problems: Mapping[str, Problem],
    failures: Mapping[str, Mapping[str, float]],
) -> Panel:
    """The panel without models that met few problems, and without problems that few models met."""
    known = {model: {i: f for i, f in of.items() if i in problems} for model, of in failures.items()}
    most = max(len(of) for of in known.values())
    kept = {model: of for model, of in known.items() if of and len(of) >= _COVERAGE * most}
    met = collections.Counter(i for of in kept.values() for i in of)
    shown = tuple(p for i, p in problems.items() if met[i] and met[i] >= _COVERAGE * len(kept))
    return Panel(benchmark=benchmark, name=name, problems=shown, failures=kept)


def with_only(panel: Panel, problems: Sequence[Problem]) -> Panel:
    """The panel with some of its problems."""
    return replace(panel, problems=tuple(problems))
