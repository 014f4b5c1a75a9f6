"""Benchmarks with outcomes of real models: which problems each model solved, by panel.

A panel is a set of models that met the same problems; shares of failing models are compared within one.
SWE-bench Verified is not among them: its outcomes stay unseen until the router is judged by them. Neither is
SWE-bench Multilingual: of its issues the data have 17 texts, all but one met in training. Nor tau-bench: its
tasks are tau2's in other words.
"""

from __future__ import annotations

import collections
import csv
import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any, Final

from hydra_auto.evaluation.meaning.gradings import grades_of
from hydra_auto.training.annotations import Components, group_of, normalised, opening_of, read_rows
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
    "swebench_pro",
    "terminal_bench_core",
    "java_2024",
)
UNSEEN, SEEN = "unseen", "seen"
"""Parts of a benchmark: what the encoder may have met in training is reported apart."""
TEXTS_ONLY: Final = ("swebench_lite",)
"""Without outcomes, but graded: the issues of SWE-bench Lite that are not in Verified."""
_FOLDERS: Final = {
    "swebench_pro": "swebench/pro",
    "terminal_bench_core": "swebench/terminal_bench_core",
    "java_2024": "swebench/java_2024",
    "swebench_lite": "swebench/lite_not_verified_texts",
}
# Runs that do not measure the model, says the data's README.
_BROKEN: Final = {
    # fail almost only by output format
    "bfcl_v1": ("gpt-4o-2024-08-06", "mistral-large-2407", "NousResearch_Hermes-2-Theta-Llama-3-70B"),
    # stopped at 2 USD a task
    "swebench_pro": (
        "Claude Opus 4.1 (paper, $2 cap)",
        "Claude Sonnet 4 (paper, $2 cap)",
        "GPT-4o (paper, $2 cap)",
        "Gemini 2.5 Pro Preview (paper, $2 cap)",
        "gpt-oss (paper, $2 cap)",
    ),
    "java_2024": ("gpt-4o-mini-2024-07-18",),  # handed in one solution
}
_BY_OPENING: Final = {"debugbench"}  # up to 89 ids have one statement, and no id tells of it
_PLAIN_AGENT: Final = "llm_agent"
_ONLY: Final = "all"
"""Name of the panel of a benchmark that has one."""
_COVERAGE: Final = 0.9
"""Models that met a smaller share of the problems are left out; so are problems that fewer models met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One query of a benchmark.

    Attributes:
        group: The same for variants of one problem and for equal texts.
        grades: How difficult the data call it, by name of the grading; only the order of the numbers counts.
    """

    benchmark: str
    problem_id: str
    group: str
    text: str
    grades: tuple[tuple[str, float], ...] = ()


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


def panel_label(benchmark: str, panel: str = _ONLY, part: str = UNSEEN) -> str:
    """What a panel, or its problems of the part that was met in training, is called in tables."""
    name = benchmark if panel == _ONLY else f"{benchmark}, {panel}"
    return name if part == UNSEEN else f"{name} ({part} in training)"


def folder_of(benchmark: str) -> Path:
    """Where a benchmark lies in the shared data folder."""
    return Path(_FOLDERS.get(benchmark, f"benchmarks/{benchmark}"))


def read_panels(data: Path, benchmark: str) -> list[Panel]:
    """The panels of a benchmark, largest first.

    Args:
        data: The shared data folder.
        benchmark: One of `BENCHMARKS`.

    Raises:
        TrainingFailed: A file is missing or damaged.
    """
    problems = read_problems(data, benchmark)
    trials: dict[tuple[str, str, str], list[float]] = collections.defaultdict(list)
    for row, problem, score in _outcomes(data / folder_of(benchmark) / "outcomes.csv.gz"):
        # the agents of tau2 differ; only the plain one measures the model
        if row["model"] not in _BROKEN.get(benchmark, ()) and row.get("agent") in {None, "", _PLAIN_AGENT}:
            trials[row.get("panel") or _ONLY, row["model"], problem].append(1.0 - score)
    panels: dict[str, dict[str, dict[str, float]]] = collections.defaultdict(
        lambda: collections.defaultdict(dict)
    )
    for (panel, model, problem), failures in trials.items():
        panels[panel][model][problem] = fmean(failures)
    made = [_panel(benchmark, name, problems, failures) for name, failures in panels.items()]
    return sorted((p for p in made if p.problems), key=lambda p: (-len(p.problems) * len(p.failures), p.name))


def read_problems(data: Path, benchmark: str) -> dict[str, Problem]:
    """Problems by id; what shares a group or, but for case, spaces and punctuation, a text is one group.

    Args:
        data: The shared data folder.
        benchmark: One of `BENCHMARKS` or `TEXTS_ONLY`.

    Raises:
        TrainingFailed: The file is missing or damaged.
    """
    rows = {row[_id(row)]: row for row in read_rows(data / folder_of(benchmark) / "queries.jsonl.gz")}
    texts = {
        problem_id: row["text" if "text" in row else "problem_statement"] for problem_id, row in rows.items()
    }
    groups = {
        problem_id: f"group {_group(benchmark, problem_id, text)}" for problem_id, text in texts.items()
    }
    tied = Components()
    for problem_id, text in texts.items():
        tied.join(groups[problem_id], f"text {normalised(text)}")
    return {
        problem_id: Problem(
            benchmark=benchmark,
            problem_id=problem_id,
            group=tied.root(groups[problem_id]),
            text=text,
            grades=grades_of(benchmark, rows[problem_id]),
        )
        for problem_id, text in texts.items()
    }


def _id(row: Mapping[str, Any]) -> str:
    """Its name: issues have one of their own."""
    return "query_id" if "query_id" in row else "instance_id"


def _group(benchmark: str, problem_id: str, text: str) -> str:
    if benchmark in _BY_OPENING:
        return f"{benchmark}/{opening_of(text)}"
    return group_of(benchmark, problem_id)


def _outcomes(path: Path) -> Iterator[tuple[dict[str, str], str, float]]:
    """Rows with the id of their problem and the score."""
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                problem = row[_id(row)]
                if None in (problem, row["model"]):
                    raise ValueError("a row is cut off")  # noqa: TRY301 - one message for all
                yield row, problem, float(row["score" if "score" in row else "resolved"])
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
