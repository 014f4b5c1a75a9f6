"""The report on the test split: the shipped int8 encoder beside fp32 and the baselines, and its speed."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.progress import Progress

from hydra_auto.adapters.model_files import open_model_files
from hydra_auto.adapters.onnx_predictor import OnnxPredictor
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import Catalog
from hydra_auto.core.regime import Regime
from hydra_auto.evaluation.choices import USUAL_TOKENS, Chooser
from hydra_auto.evaluation.pools import ALL, COPILOT, FIVE_LEVELS, pool_named
from hydra_auto.training.annotations import ENGLISH, Item
from hydra_auto.training.baselines import kernel, keyword_features, length_features, linear
from hydra_auto.training.config import TrainingFailed
from hydra_auto.training.files import save_json
from hydra_auto.training.metrics import TABLES, Table, translation_difference, with_intervals
from hydra_auto.training.second_opinion import opinions_on

_LENGTHS: Final = (32, 64, 128, 256, 512)
_TIMED_SECONDS: Final = 2.0
_FEW: Final = 2
_EASY: Final = 0.4  # largest requirement up to which a message counts as easy
_CLEAR_RISE: Final = 0.1
# None is in a list of `disguise_texts`; single terms do occur in training messages.
_UNSEEN_STUFFING: Final = (
    "Glossary: eventual consistency, register allocation, hypervisor, elliptic curves, SAT solver",
    "(vector clocks - speculative decoding - cache coherence - theorem prover - ownership types)",
    "see also: interrupt handler; gradient checkpointing; quorum; escape analysis; Fourier transform; ABI",
)
# Memory comes from VmHWM where there is one: ru_maxrss counts what the parent held when it forked.
_COLD_START: Final = """
import re, resource, sys, time
start = time.perf_counter()
from pathlib import Path
from hydra_auto.adapters.model_files import open_model_files
from hydra_auto.adapters.onnx_predictor import OnnxPredictor
predictor = OnnxPredictor(open_model_files(Path(sys.argv[1])))
predictor.load()
loaded = time.perf_counter()
predictor.predict(["Why does this test fail?"])
first = time.perf_counter()
for _ in range(3):
    predictor.predict(["word " * 2000])
status = Path("/proc/self/status")
peak = re.search(r"VmHWM:\\s+(\\d+)", status.read_text()) if status.exists() else None
kilobytes = int(peak[1]) if peak else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(loaded - start, first - start, kilobytes)
"""

Levels = Any  # float array [texts, 4]


def texts_of(items: Sequence[Item]) -> list[str]:
    """Every text of every item, in order: the rows of all tables."""
    return [text for item in items for text in item.texts.values()]


def aims_of(items: Sequence[Item]) -> Levels:
    """Annotated requirements, float64 [texts, 4], one row a text."""
    return np.array([item.requirements for item in items for _ in item.texts], np.float64)


def score(predictor: OnnxPredictor, texts: Sequence[str], progress: Progress, label: str) -> Levels:
    """Predictions of an ONNX encoder, [texts, 4]."""
    task = progress.add_task(label, total=len(texts))
    rows = []
    for text in texts:
        (prediction,) = predictor.predict([text])
        rows.append([prediction.requirements[c] for c in Capability])
        progress.advance(task)
    return np.array(rows)


def few_languages(items: Sequence[Item]) -> list[Item]:
    """Items with few of their languages: 25 translations add minutes and little else to a frozen vector."""
    return [dataclasses.replace(item, texts=dict(list(item.texts.items())[:_FEW])) for item in items]


def baseline_levels(
    train: Sequence[Item],
    dev: Sequence[Item],
    test: Sequence[Item],
    vectors: Callable[[Sequence[str]], Levels],
    progress: Progress,
) -> dict[str, Levels]:
    """Predictions of every baseline for the texts of ``test``, by name.

    Args:
        train: Items to fit on.
        dev: Items on which penalties are chosen.
        test: Items whose texts are scored.
        vectors: Frozen vectors of texts, [texts, width].
        progress: Shows a bar of baselines; the kernels take most of the time.
    """
    splits = (few_languages(train), few_languages(dev), test)
    aims = [aims_of(items) for items in splits]
    lengths = [length_features(texts_of(items)) for items in splits]
    keywords = [keyword_features(texts_of(items)) for items in splits]
    frozen = [vectors(texts_of(items)).astype(np.float64) for items in splits]
    fits: dict[str, Callable[[], Levels]] = {
        "always the mean": lambda: np.tile(aims[0].mean(0), (len(aims[2]), 1)),
        "text length": lambda: linear(lengths[0], aims[0], lengths[1], aims[1], lengths[2]),
        "keywords and length": lambda: linear(keywords[0], aims[0], keywords[1], aims[1], keywords[2]),
        "frozen e5 + ridge": lambda: linear(frozen[0], aims[0], frozen[1], aims[1], frozen[2]),
        "frozen e5 + kernel ridge": lambda: kernel(frozen[0], aims[0], frozen[1], aims[1], frozen[2]),
        "the same with words and letters, from real messages": lambda: opinions_on(
            texts_of(test), train, vectors, progress
        ),
    }
    return {name: fit() for name, fit in progress.track(fits.items(), description="Baselines")}


def quality(items: Sequence[Item], levels: Levels, seed: int) -> dict[str, Any]:
    """Numbers with intervals on real and chat texts, and translation differences."""
    report: dict[str, Any] = {}
    for name, keep in TABLES.items():
        table = Table(items, levels, keep)
        report[name] = {"texts": len(table)} | {
            key: [round(v, 4) for v in values] for key, values in with_intervals(table, seed).items()
        }
    by_language = translation_difference(Table(items, levels, TABLES["chat"]))
    report["translation_difference"] = {
        "mean": round(sum(by_language.values()) / max(1, len(by_language)), 4),
        "by_language": {language: round(value, 4) for language, value in by_language.items()},
    }
    return report


def stuffing_effect(
    predictor: OnnxPredictor, items: Sequence[Item], levels: Levels, progress: Progress
) -> dict[str, float]:
    """How far a line of hard-sounding terms lifts the largest requirement of easy English messages.

    Args:
        predictor: The encoder.
        items: Items; their texts in order are the rows of ``levels``.
        levels: What the encoder says of the plain texts, [texts, 4].
        progress: Where scoring is shown.
    """
    rows = [(item, language, text) for item in items for language, text in item.texts.items()]
    easy = [
        i
        for i, (item, language, _) in enumerate(rows)
        if language == ENGLISH and max(item.requirements) <= _EASY
    ]
    stuffed = [f"{rows[i][2]}\n{_UNSEEN_STUFFING[k % len(_UNSEEN_STUFFING)]}" for k, i in enumerate(easy)]
    rise = score(predictor, stuffed, progress, "Scoring, stuffed").max(1) - levels[easy].max(1)
    return {
        "easy_texts": len(easy),
        "mean_rise": round(float(rise.mean()), 4),
        "share_rising_over_0.1": round(float((rise > _CLEAR_RISE).mean()), 4),
    }


def same_decisions(levels: Levels, others: Levels, catalog: Catalog) -> dict[str, dict[str, float]]:
    """Share of texts that go to the same model by either prediction, by pool and regime.

    Args:
        levels: Predictions, [texts, 4].
        others: Predictions of the same texts.
        catalog: Whose models may be chosen: all of them, or those of Copilot; and five even steps.
    """
    tokens = np.full(len(levels), USUAL_TOKENS)
    found: dict[str, dict[str, float]] = {}
    for name in (COPILOT, ALL, FIVE_LEVELS):
        chooser = Chooser(pool_named(name, catalog))
        one, other = (
            {regime: chooser.choose(np.asarray(side, np.float64), tokens, regime) for regime in Regime}
            for side in (levels, others)
        )
        found[name] = {regime.value: float((one[regime] == other[regime]).mean()) for regime in Regime}
    return found


def speed(folder: Path, progress: Progress) -> dict[str, Any]:
    """Milliseconds per text on one thread by tokens, up to the window; a cold start in an own process.

    Args:
        folder: Encoder, tokenizer and card.
        progress: Shows a bar of lengths.

    Returns:
        ``milliseconds_by_tokens``: ``median`` and ``fastest`` by length in tokens; ``load_seconds`` with
        imports and checksums; ``first_prediction_seconds``, loading included; ``peak_rss_mb`` in 10^6 bytes,
        the full window read.

    Raises:
        TrainingFailed: The process of the cold start fails.
    """
    files = open_model_files(folder)
    predictor = OnnxPredictor(files, threads=1)
    predictor.load()
    milliseconds = {}
    lengths = sorted({min(length, files.max_tokens) for length in _LENGTHS})
    for tokens in progress.track(lengths, description="Timing"):
        text = "the " * (tokens - 2)
        predictor.predict([text])
        times: list[float] = []
        while sum(times) < _TIMED_SECONDS:
            start = time.perf_counter()
            predictor.predict([text])
            times.append(time.perf_counter() - start)
        milliseconds[tokens] = {
            "median": round(float(np.median(times)) * 1e3, 1),
            "fastest": round(min(times) * 1e3, 1),
        }
    cold = subprocess.run(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-c", _COLD_START, str(folder)], capture_output=True, text=True, check=False
    )
    if cold.returncode:
        last = (cold.stderr.strip() or f"exit status {cold.returncode}").splitlines()[-1]
        raise TrainingFailed(f"The cold start of {folder} could not be timed: {last}.")
    loaded, first, kilobytes = (float(value) for value in cold.stdout.split())
    return {
        "milliseconds_by_tokens": milliseconds,
        "load_seconds": round(loaded, 2),
        "first_prediction_seconds": round(first, 2),
        "peak_rss_mb": round(kilobytes / 1000),
    }


_CARD_NUMBERS: Final = ("spearman_mean", "spearman_largest", "mean_absolute_error", "high_found")


def card_metrics(report: dict[str, Any]) -> dict[str, Any]:
    """The main numbers of a report for the model card, on the test split.

    Those of the tables are (value, low, high); `calibration` has Brier and expected calibration error per
    head, before and after it.
    """
    tests: dict[str, Any] = {}
    for name, found in report["test"].items():
        tests[name] = {table: {key: found[table][key] for key in _CARD_NUMBERS} for table in TABLES}
        tests[name]["translation_difference"] = found["translation_difference"]["mean"]
    kept = ("calibration", "int8_against_fp32", "same_decisions", "stuffing", "speed")
    others = {key: report[key] for key in kept}
    return {"test": tests, **others}


def write_report(path: Path, report: dict[str, Any]) -> None:
    """Writes all numbers as JSON."""
    save_json(path, report)
