"""``hydra-auto eval``: encoder and decisions by language, under tricks, against outcomes, by what is read."""

from __future__ import annotations

import argparse
import json
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from hydra_auto.cli.errors import UsageError
from hydra_auto.cli.options import add_model_option
from hydra_auto.core.errors import RouterError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from rich.progress import Progress

    from hydra_auto.adapters.onnx_predictor import OnnxPredictor
    from hydra_auto.core.catalog import Catalog
    from hydra_auto.evaluation.bench import Setting
    from hydra_auto.evaluation.scoring import Scorer
    from hydra_auto.evaluation.windows.scoring import WindowScorer

_NEEDED: Final = ("scipy", "sklearn")
_POOLS: Final = ("copilot", "all", "five levels")
_PIPED_WIDTH: Final = 200
_LIMITS: Final = {"languages": 0, "robustness": 400, "meaning": 500, "windows": 0}
"""Of messages or problems, so that a full run takes minutes on one thread; 0 for all."""
_LEAST_WAIT_S: Final = 15.0  # between two lines of progress where there is no terminal
_BENCHES: Final = {
    "languages": "does a request need the same, and go to the same model, in every language?",
    "robustness": "what do flattery, keyword stuffing, odd characters or a searched suffix move?",
    "meaning": "do requirements and shortfalls go with what real models fail at?",
    "windows": "what is it worth to keep this or that part of a long message?",
}


class EvalExtraMissing(RouterError):
    """The packages for evaluation are not installed."""

    reference = "eval-extra-missing"


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds ``eval`` with one sub-command a bench, and ``show``."""
    parser = commands.add_parser(
        "eval",
        help="measure the encoder and its decisions (needs the eval extra)",
        description="Measures the shipped encoder on test data that is not part of the package.",
    )
    benches = parser.add_subparsers(dest="bench", required=True, metavar="BENCH")
    for name, about in _BENCHES.items():
        bench = benches.add_parser(name, help=about, description=about[0].upper() + about[1:])
        _add_common(bench, _LIMITS[name])
        if name != "meaning":
            bench.add_argument(
                "--pool",
                action="append",
                dest="pools",
                metavar="NAME",
                help="who may be chosen: a vendor of the catalog, 'all', or 'five levels'; may be repeated "
                f"(default: {', '.join(_POOLS)})",
            )
        bench.set_defaults(run=run)
    _add_own(benches.choices["robustness"], benches.choices["meaning"])
    benches.choices["windows"].add_argument(
        "--questions",
        type=_count,
        default=80,
        metavar="N",
        help="put long pastes around N messages that fit the window; 0: none (%(default)s)",
    )
    show = benches.add_parser("show", help="print a report that --out has written")
    show.add_argument("file", type=Path, metavar="FILE", help="the report")
    _add_output(show)
    show.set_defaults(run=run_show)


def _add_common(parser: argparse.ArgumentParser, limit: int) -> None:
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), metavar="DIR", help="shared data (%(default)s)"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write all numbers there, as they come (JSON)"
    )
    parser.add_argument(
        "--limit",
        type=_count,
        default=limit,
        metavar="N",
        help="at most N pairs of a kind (languages), messages, half of them easy and half hard (robustness), "
        "problems of a benchmark (meaning), or long messages (windows), evenly drawn; 0: all (%(default)s)",
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of all sampling (%(default)s)")
    parser.add_argument("--catalog", type=Path, metavar="FILE", help="catalog (default: the built-in one)")
    add_model_option(parser)
    _add_output(parser)


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--markdown", action="store_true", help="print Markdown tables")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="draw PNG files into this folder")


def _add_own(robustness: argparse.ArgumentParser, meaning: argparse.ArgumentParser) -> None:
    robustness.add_argument(
        "--search",
        type=_count,
        default=100,
        metavar="PERCENT",
        help="how much of the usual search for suffixes to do; 0: none (%(default)s)",
    )
    robustness.add_argument(
        "--from-model",
        type=Path,
        metavar="DIR",
        help="search the suffixes against the encoder in this folder and try them on the measured one",
    )
    robustness.add_argument(
        "--views",
        action="store_true",
        help="measure as well whether a second look at a part of the text is a defence, and its costs",
    )
    meaning.add_argument(
        "--benchmark", action="append", dest="benchmarks", metavar="NAME", help="only this; may be repeated"
    )
    meaning.add_argument(
        "--include-trained", action="store_true", help="report problems of the training split too, apart"
    )
    meaning.add_argument(
        "--splits",
        type=Path,
        metavar="FILE",
        help="splits.json of the training run, if the encoder learnt from more than the shared annotations",
    )


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def _check_extra() -> None:
    missing = [package for package in _NEEDED if find_spec(package) is None]
    if missing:
        raise EvalExtraMissing(
            f"Evaluation needs {', '.join(missing)}, which this Python does not have.",
            'Install it with: pip install "hydra-auto[eval]"',
        )


def run(args: argparse.Namespace) -> int:
    """Measure, write, print.

    Raises:
        RouterError: The eval extra, the data or the encoder is missing, or an option names nothing.
    """
    _check_extra()
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from hydra_auto.adapters.catalog_files import built_in_path, load_catalog
    from hydra_auto.cli.wiring import load_predictor
    from hydra_auto.evaluation.bench import Setting
    from hydra_auto.evaluation.choices import Chooser
    from hydra_auto.evaluation.pools import pool_named
    from hydra_auto.evaluation.scoring import Scorer
    from hydra_auto.evaluation.windows.scoring import WindowScorer

    if not (args.data / "annotations").is_dir():
        raise UsageError(f"There is no {args.data / 'annotations'}.", "Name the shared data with --data DIR.")
    for target in (args.out and args.out.parent, args.plots and args.plots.parent):
        if target and not target.is_dir():
            raise UsageError(f"There is no folder {target}.")
    _check_plots(args)
    catalog = load_catalog(file=args.catalog or built_in_path()).catalog
    pools = [Chooser(pool_named(name, catalog)) for name in getattr(args, "pools", None) or _POOLS]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        predictor = load_predictor(args.model_dir)
        setting = Setting(
            data=args.data,
            scorer=Scorer(predictor, progress, lambda text: _reading(predictor, text)),
            pools=pools,
            limit=args.limit,
            seed=args.seed,
        )
        attacked = _attacked(args, progress)
        windowed = WindowScorer(predictor, progress)
        named = {"catalog": str(args.catalog) if args.catalog else "built-in"}
        reports = (found | named for found in _measure(args, setting, catalog, attacked, windowed))
        try:
            report = _keep(reports, args.out, progress)
        except KeyboardInterrupt:
            if args.out and args.out.exists():
                progress.console.print(f"stopped; {args.out} has what was measured so far", highlight=False)
            raise
    _show(report, args)
    return 0


def _attacked(args: argparse.Namespace, progress: Progress) -> Scorer | None:
    """The encoder that suffixes are searched against, if that is another one."""
    if getattr(args, "from_model", None) is None:
        return None
    from hydra_auto.cli.wiring import load_predictor
    from hydra_auto.evaluation.scoring import Scorer

    other = load_predictor(args.from_model)
    return Scorer(other, progress, lambda text: _reading(other, text))


def _reading(predictor: OnnxPredictor, text: str) -> Hashable:
    """All that the encoder sees of a text."""
    ids, tokens = predictor.token_ids(text)
    return tuple(ids), tokens


def _keep(reports: Iterator[dict[str, Any]], out: Path | None, progress: Progress) -> dict[str, Any]:
    """The last of ``reports``; each replaces the one before in ``out``, which is whole at any time."""
    from hydra_auto.training.files import save_json

    report: dict[str, Any] = {}
    began = said = monotonic()
    for report in reports:
        if out:
            save_json(out, report)
        done = sum(task.completed for task in progress.tasks)
        total = sum(task.total or 0 for task in progress.tasks)
        now = monotonic()
        if not progress.console.is_terminal and done and now - said >= _LEAST_WAIT_S:
            left = (now - began) * (max(total, done) / done - 1)
            line = f"{done:,.0f} of {total:,.0f} texts scored, about {left / 60:.1f} minutes left"
            progress.console.print(line, highlight=False)
            said = now
    return report


def _measure(
    args: argparse.Namespace,
    setting: Setting,
    catalog: Catalog,
    attacked: Scorer | None,
    windowed: WindowScorer,
) -> Iterator[dict[str, Any]]:
    from hydra_auto.evaluation import bench
    from hydra_auto.evaluation.meaning.benchmarks import BENCHMARKS, TEXTS_ONLY
    from hydra_auto.evaluation.robustness.defence_trial import DefencePlan
    from hydra_auto.evaluation.robustness.searches import SearchPlan

    if args.bench == "languages":
        return bench.run_languages(setting)
    if args.bench == "robustness":
        share = args.search / 100
        defences = DefencePlan().scaled(share) if args.views else None
        return bench.run_robustness(setting, SearchPlan().scaled(share), attacked, defences)
    if args.bench == "windows":
        return bench.run_windows(setting, windowed, args.questions)
    there = (*BENCHMARKS, *TEXTS_ONLY)
    names = args.benchmarks or there
    if unknown := [name for name in names if name not in there]:
        raise UsageError(f"No benchmark {unknown[0]!r}.", f"There are {', '.join(there)}.")
    return bench.run_meaning(setting, names, catalog, run_splits=args.splits, with_seen=args.include_trained)


def run_show(args: argparse.Namespace) -> int:
    """Print a stored report.

    Raises:
        UsageError: It is none.
    """
    _check_extra()
    from hydra_auto.evaluation.bench import FORMAT

    _check_plots(args)
    try:
        report = json.loads(args.file.read_text(encoding="utf-8"))
        fits = report["bench"] in _BENCHES and report["format"] == FORMAT
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError):
        fits = False
    if not fits:
        raise UsageError(f"{args.file} is no report of this version.", "Write one with eval BENCH --out.")
    _show(report, args)
    return 0


def _check_plots(args: argparse.Namespace) -> None:
    if args.plots:
        from hydra_auto.evaluation.plots import check_available

        check_available()


def _show(report: dict[str, Any], args: argparse.Namespace) -> None:
    from rich.console import Console

    from hydra_auto.evaluation.plots import write_plots
    from hydra_auto.evaluation.report_tables import TABLES
    from hydra_auto.evaluation.tables import to_markdown, to_rich

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_PIPED_WIDTH)
    sample = f", a sample (--limit {report['limit']})" if report["limit"] else ""
    sample += "" if report["complete"] else ", stopped before the end"
    sample += _not_left_out(report)
    if (against := report.get("searched_against", report["model_version"])) != report["model_version"]:
        sample += f", suffixes searched against {against}"
    head = f"{report['bench']}: encoder {report['model_version']}, {report['catalog']} catalog{sample}"
    tables = TABLES[report["bench"]](report)
    if args.markdown:
        print("\n\n".join([f"{head}.", *(to_markdown(table) for table in tables)]))
    else:
        console.print(head)
        for table in tables:
            console.print()
            console.print(to_rich(table))
    for path in write_plots(report, args.plots) if args.plots else ():
        Console(stderr=True).print(f"wrote {path}")


def _not_left_out(report: dict[str, Any]) -> str:
    """What a report about unseen problems may not have known of the encoder's training."""
    if report.get("run_splits", True):
        return ""
    if report.get("own_annotations"):
        return ", added training data left out as this checkout has them (no --splits)"
    return ", problems of added training data not left out (no --splits)"
