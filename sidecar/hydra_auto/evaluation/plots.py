"""The reports as PNG: transparent, in greys and hues that read on white and on black."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from hydra_auto.core.errors import RouterError
from hydra_auto.core.regime import Regime
from hydra_auto.evaluation.languages.pairs import TRANSLATION
from hydra_auto.evaluation.languages.report import CHAT
from hydra_auto.evaluation.meaning.plots import GAP, meaning_pictures
from hydra_auto.evaluation.robustness.report import ALL_OF_FAMILY
from hydra_auto.evaluation.windows.pastes import Arrangement

_INK: Final = "#808790"  # about 4:1 on white as on GitHub's black
_HUES: Final = ("#3b8eea", "#d9822b", "#2ea36f", "#c2598b", "#8a6fd1", "#a8912b")
_ROW_INCHES: Final = 0.24
_SHARE: Final = "share of messages, with 95 % interval"


class PlotExtraMissing(RouterError):
    """matplotlib is not installed."""

    reference = "eval-extra-missing"


def check_available() -> None:
    """Fails early, before anything is scored.

    Raises:
        PlotExtraMissing: matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        raise PlotExtraMissing(
            "Plots need matplotlib, which this Python does not have.",
            'Install it with: pip install "hydra-auto[eval]"',
        )


def write_plots(report: dict[str, Any], folder: Path) -> list[Path]:
    """Draws what the bench of ``report`` has to show; returns the files, overwriting older ones.

    Raises:
        PlotExtraMissing: matplotlib is not installed.
    """
    check_available()
    folder.mkdir(parents=True, exist_ok=True)
    return _DRAWN[report["bench"]](report, folder)


def _dots(
    path: Path,
    title: str,
    axis: str,
    labels: Sequence[str],
    series: Mapping[str, Sequence[Sequence[float]]],
    marks: Sequence[float] = (),
) -> Path:
    """Values with their intervals, one line a label; ``series`` are [value, low, high] by name.

    Args:
        path: Where the picture goes.
        title: What is shown, of which encoder.
        axis: What the values are.
        labels: One a line.
        series: As many values as labels, by name.
        marks: Values to draw a line at.
    """
    import matplotlib as mpl  # noqa: PLC0415 - an extra

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    inks = dict.fromkeys(
        ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), _INK
    )
    height = 1.2 + _ROW_INCHES * len(labels) * max(1, len(series) / 2)
    # matplotlib's stubs want each key as a literal, which a union of dictionaries is not.
    look: Any = inks | {"font.size": 9, "legend.labelcolor": _INK}
    with mpl.rc_context(look):
        figure, axes = plt.subplots(figsize=(8, height), layout="constrained")
        for k, (name, values) in enumerate(series.items()):
            shift = (k - (len(series) - 1) / 2) * 0.7 / max(1, len(series))
            places = [i + shift for i in range(len(labels))]
            middles = [v[0] for v in values]
            errors = [[max(0.0, v[0] - v[1]) for v in values], [max(0.0, v[2] - v[0]) for v in values]]
            axes.errorbar(
                middles,
                places,
                xerr=errors,
                fmt="o",
                ms=4,
                lw=1.2,
                color=_HUES[k % len(_HUES)],
                label=name,
            )
        for mark in marks:
            axes.axvline(mark, color=_INK, lw=0.8, ls=":")
        axes.set_yticks(range(len(labels)), labels)
        axes.invert_yaxis()
        axes.grid(axis="x", color=_INK, alpha=0.25, lw=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_title(title, loc="left")
        axes.set_xlabel(axis)
        if len(series) > 1:
            figure.legend(frameon=False, loc="outside lower left", ncols=3)
        figure.savefig(path, dpi=150, transparent=True)
        plt.close(figure)
    return path


def _languages(report: dict[str, Any], folder: Path) -> list[Path]:
    made = []
    for found in report["tables"]:
        if found["source"] != CHAT or found["kind"] != TRANSLATION or found["scope"] != "annotated":
            continue
        order = sorted(found["by_language"].items(), key=lambda pair: pair[1]["difference"][0])
        labels = [language for language, _ in order]
        made.append(
            _dots(
                folder / "languages_difference.png",
                _titled(report, "Difference from English, chat messages"),
                "mean |requirement - requirement of the English text|, with 95 % interval",
                labels,
                {"mean |r - r English|": [n["difference"] for _, n in order]},
                (0.03, 0.05),
            )
        )
        for pool in report["pools"]:
            name = pool["name"]
            made.append(
                _dots(
                    folder / f"languages_same_{_file_name(name)}.png",
                    _titled(report, f"Same model as in English, pool: {name}"),
                    _SHARE,
                    labels,
                    {r.value: [n["same"][name][r.value]["share"] for _, n in order] for r in Regime},
                    (0.95,),
                )
            )
    return made


def _robustness(report: dict[str, Any], folder: Path) -> list[Path]:
    made = []
    for direction, kind, who, to in (
        ("up", "to_dearer", "Easy messages", "dearer model"),
        ("down", "to_cheaper", "Hard messages", "cheaper model"),
    ):
        rows = [row for row in report[direction] if row["name"] != ALL_OF_FAMILY]
        if not rows:
            continue
        labels = [f"{row['family']}: {row['name']}" for row in rows]
        made.append(
            _dots(
                folder / f"robustness_{direction}_change.png",
                _titled(report, f"{who} talked {direction}"),
                "change of the largest requirement, with 95 % interval",
                labels,
                {"change": [row["rise"] for row in rows]},
                (0.0,),
            )
        )
        for pool in report["pools"]:
            name = pool["name"]
            made.append(
                _dots(
                    folder / f"robustness_{direction}_{_file_name(name)}.png",
                    _titled(report, f"{who} moved to a {to}, pool: {name}"),
                    _SHARE,
                    labels,
                    {r.value: [row["by_pool"][name][r.value][kind] for row in rows] for r in Regime},
                )
            )
    return made


def _meaning(report: dict[str, Any], folder: Path) -> list[Path]:
    return [
        _dots(
            folder / f"{picture.name}.png",
            _titled(report, picture.title),
            picture.axis,
            picture.labels,
            picture.series,
            (picture.mark,),
        )
        for picture in meaning_pictures(report)
    ]


def _windows(report: dict[str, Any], folder: Path) -> list[Path]:
    made = []
    for scope in report["long"][:1]:
        rules = list(dict.fromkeys(row["rule"] for row in scope["rows"]))
        errors = {(row["rule"], row["window"]): row["error"] for row in scope["rows"]}
        sizes = dict.fromkeys(window for _, window in errors)
        made.append(
            _dots(
                folder / "windows_error.png",
                _titled(report, f"Real messages of {scope['name']}, by what is read"),
                "mean absolute error, with 95 % interval",
                rules,
                {f"{w} tokens": [errors.get((rule, w), GAP) for rule in rules] for w in sizes},
                [row["error"][0] for row in scope["rows"][:1]],
            )
        )
    arrangements = [a.value for a in Arrangement]
    parts = [part for part in report["pastes"] if part["name"] in arrangements]
    if parts:
        made.append(
            _dots(
                folder / "windows_pastes.png",
                _titled(report, "Questions with a long paste, by what is kept"),
                "mean |requirement - requirement of the question alone|, with 95 % interval",
                [row["rule"] for row in parts[0]["rows"]],
                {part["name"]: [row["change"] for row in part["rows"]] for part in parts},
                (0.0,),
            )
        )
    return made


def _titled(report: dict[str, Any], title: str) -> str:
    return f"{title}\nencoder {report['model_version']}"


def _file_name(pool: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in pool)


_DRAWN: Final[dict[str, Callable[[dict[str, Any], Path], list[Path]]]] = {
    "languages": _languages,
    "robustness": _robustness,
    "meaning": _meaning,
    "windows": _windows,
}
