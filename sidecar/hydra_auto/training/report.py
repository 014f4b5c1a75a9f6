"""The evaluation of a run as the Markdown tables of docs/MODEL.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from hydra_auto.core.capabilities import Capability

_HEADS: Final = tuple(f"spearman_{capability.value}" for capability in Capability)
SHORT: Final = ("spearman_mean", "spearman_largest", "mean_absolute_error")
_NAMES: Final[Mapping[str, str]] = {
    **{f"spearman_{capability.value}": capability.value.replace("_", " ") for capability in Capability},
    "spearman_mean": "mean",
    "spearman_largest": "largest",
    "mean_absolute_error": "mean absolute error",
}
_TABLES: Final = (
    ("real", "**Real messages**", _HEADS + SHORT),
    (
        "chat_english",
        "**Chat messages, English** (parallel and bilingual; length and surface words are no clue)",
        _HEADS + SHORT,
    ),
    ("bilingual_english", "**Bilingual items, English**", SHORT),
    ("bilingual_other", "**The same items in the other language**", SHORT),
    ("parallel_english", "**Parallel items, English** (few items: wide intervals)", SHORT),
    ("parallel_other", "**The same items in 24 languages**", SHORT),
)


def markdown(report: Mapping[str, Any]) -> str:
    """All tables of a report that `pipeline.run_evaluate` wrote."""
    tests, sizes = report["test"], report["items"]
    served = next(iter(tests))
    sources = ", ".join(f"{count} {source}" for source, count in report["train_items"].items())
    legend = (
        f"{sizes['train']} items train ({sources}), {sizes['dev']} dev, {sizes['calibration']} calibration, "
        f"{sizes['test']} test. In brackets: 95 % interval of a bootstrap over groups (conversation, "
        "problem, item). Spearman's rho orders; the *largest requirement* is what mostly decides; *found* is "
        "the share of messages annotated 0.7 or more somewhere whose largest predicted requirement is 0.7 or "
        "more, *right* the share of such predictions that are annotated so."
    )
    parts = [legend]
    for name, title, keys in _TABLES:
        rows = [
            [row, *(_interval(found[name][key], 3 if "error" in key else 2) for key in keys)]
            for row, found in tests.items()
        ]
        heads = ["", *(_NAMES[key] for key in keys)]
        parts += [f"{title} ({tests[served][name]['texts']} texts)", table(heads, rows)]
    parts += ["**High end**", _high_end(tests), "**Translations**: mean \\|requirement - that of English\\|"]
    by_mean = [[row, f"{found['translation_difference']['mean']:.3f}"] for row, found in tests.items()]
    parts.append(table(["", "mean of 24 languages"], by_mean))
    languages = tests[served]["translation_difference"]["by_language"]
    ordered = sorted(languages, key=languages.__getitem__)
    parts.append(f"{served}, by language: " + ", ".join(f"{k} {languages[k]:.3f}" for k in ordered) + ".")
    parts += ["**Calibration** on the test split", _calibration(report["calibration"])]
    stuffing = report["stuffing"]
    parts.append(
        "**Keyword stuffing**: one line of hard-sounding terms, in no list of the augmentation, added to "
        f"{stuffing['easy_texts']} easy English messages (largest requirement at most 0.4), lifts the "
        f"largest predicted requirement by {stuffing['mean_rise']:.3f} on average; for "
        f"{stuffing['share_rising_over_0.1']:.0%} of them by more than 0.1."
    )
    same = "; ".join(
        f"{pool}: " + ", ".join(f"{regime} {share:.1%}" for regime, share in shares.items())
        for pool, shares in report["same_decisions"].items()
    )
    parts.append(
        f"**int8 against fp32**: mean difference {report['int8_against_fp32']:.4f} per requirement; the same "
        f"model is chosen for ({same})."
    )
    parts += ["**Speed**, one thread, on the machine that evaluated", _speed(report["speed"])]
    return "\n\n".join(parts) + "\n"


def _interval(value: Sequence[float], digits: int) -> str:
    middle, low, high = (f"{v:.{digits}f}" for v in value)
    return f"{middle} ({low}-{high})"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells as a Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _high_end(tests: Mapping[str, Any]) -> str:
    rows = []
    for name, found in tests.items():
        real, chat = found["real"], found["chat"]
        cells = [_interval(side[key], 2) for side in (real, chat) for key in ("high_found", "high_right")]
        rows.append([name, *cells, f"{real['high_share'][0]:.2f} / {chat['high_share'][0]:.2f}"])
    heads = [
        "",
        "real: found",
        "real: right",
        "chat: found",
        "chat: right",
        "share that is high, real / chat",
    ]
    return table(heads, rows)


def _calibration(calibration: Mapping[str, Any]) -> str:
    rows = [
        [f"{name}, {when}, {measure}", *(f"{v:.4f}" for v in numbers[measure])]
        for name, sides in calibration.items()
        for when, numbers in sides.items()
        for measure in ("brier", "ece")
    ]
    return table(["", *(capability.value.replace("_", " ") for capability in Capability)], rows)


def _speed(speed: Mapping[str, Any]) -> str:
    times = speed["milliseconds_by_tokens"]
    rows = [
        [f"{what}, ms", *(str(found[what]) for found in times.values())] for what in ("median", "fastest")
    ]
    start = (
        f"Loading takes {speed['load_seconds']} s with imports and checksums, the first prediction is there "
        f"after {speed['first_prediction_seconds']} s; peak memory of a process that only predicts, up to "
        f"the full window: {speed['peak_rss_mb']} MB."
    )
    return table(["tokens", *map(str, times)], rows) + f"\n\n{start}"
