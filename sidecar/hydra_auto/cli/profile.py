"""``hydra-auto profile``: the default catalog out of public benchmark results, explained and tested."""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hydra_auto.cli.errors import UsageError

if TYPE_CHECKING:
    from hydra_auto.profiling.profiles import Profiles
    from hydra_auto.profiling.rule import Pool

_EFFORTS = ("none", "low", "medium", "high", "max")
_SHOWN_DIFFERENCES = 40
_DATA = Path("../shared/data")
_RUNS = Path("runs/profile")


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "profile",
        help="compute capability profiles from benchmark results",
        description="Computes the default catalog from the shared data folder by the rule in "
        "hydra_auto/profiling/rule.yaml and prints it. For maintainers; the data is not part of the package.",
    )
    parser.set_defaults(run=run, what=None, data=_DATA)
    _add_data(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the catalog there")
    parser.add_argument(
        "--pool", type=Path, metavar="FILE", help="list these models, in the form of profiling/pool.yaml"
    )
    parser.add_argument(
        "--rule",
        choices=("absolute", "minmax"),
        default="absolute",
        help="absolute: on the rubric's scale; minmax: relative to the pool, as in the paper (%(default)s)",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--check",
        action="store_true",
        help="compare with --out or the built-in catalog; exit 1 if they differ",
    )
    what.add_argument(
        "--validate", action="store_true", help="test the profiles on results left out (about two minutes)"
    )
    _register_questions(parser)


def _register_questions(parser: argparse.ArgumentParser) -> None:
    questions = parser.add_subparsers(dest="what", metavar="QUESTION", title="questions about the profiles")
    explain = questions.add_parser("explain", help="every number of one model's profile, with its origin")
    explain.add_argument("model", help="id in the catalog, such as openai/gpt-5.6-luna")
    explain.add_argument("--effort", choices=_EFFORTS, default="high")
    how = explain.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="everything as one JSON object")
    how.add_argument("--all", action="store_true", help="every result with its source rows")
    _add_data(explain)
    check = questions.add_parser("check", help="levels against who solved which annotated question")
    _add_data(check)
    compare = questions.add_parser("compare", help="which routes better: these levels or pool-relative ones")
    compare.add_argument(
        "--runs",
        type=Path,
        default=_RUNS,
        metavar="DIR",
        help="where the encoder's numbers are kept; without them, scoring takes some minutes (%(default)s)",
    )
    _add_data(compare)


def _add_data(parser: argparse.ArgumentParser) -> None:
    """``--data`` before or after the question; the last one counts."""
    parser.add_argument(
        "--data",
        type=Path,
        default=argparse.SUPPRESS,
        metavar="DIR",
        help=f"shared data folder ({_DATA})",
    )


def run(args: argparse.Namespace) -> int:
    """Compute, then print, write, compare, explain or validate."""
    from hydra_auto.profiling.profiles import build_profiles
    from hydra_auto.profiling.rule import read_pool

    needed = args.data / "models" / "scores.csv"
    if not needed.is_file():
        raise UsageError(f"There is no {needed}.", "Name the shared data folder with --data DIR.")
    try:
        pool = read_pool() if args.pool is None else read_pool(args.pool)
    except ValueError as error:
        raise UsageError(str(error)) from error
    profiles = build_profiles(args.data)
    match args.what:
        case "explain":
            return _explain(profiles, pool, args)
        case "check":
            return _print_lines(_check_lines(profiles, args.data))
        case "compare":
            return _print_lines(_compare_lines(profiles, args))
    if args.validate:
        from hydra_auto.profiling.report import validation

        return _print_lines(validation(profiles, pool, args.data, _progress))
    return _write(profiles, pool, args)


def _progress(step: str) -> None:
    print(step, file=sys.stderr)


def _print_lines(lines: Iterable[str]) -> int:
    for line in lines:
        print(line)
    return 0


def _check_lines(profiles: Profiles, data: Path) -> Iterable[str]:
    from hydra_auto.profiling.check import check_report
    from hydra_auto.profiling.panels import read_panels

    return check_report(profiles, read_panels(data, profiles.facts))


def _compare_lines(profiles: Profiles, args: argparse.Namespace) -> Iterable[str]:
    from hydra_auto.profiling.compare import compare_report

    return compare_report(profiles, args.data, args.runs, _progress)


def _write(profiles: Profiles, pool: Pool, args: argparse.Namespace) -> int:
    from hydra_auto.adapters.catalog_files import built_in_path
    from hydra_auto.profiling.writer import NotListed, catalog_text

    try:
        text = catalog_text(profiles, pool, args.data, args.rule)
    except NotListed as error:
        raise UsageError(str(error)) from error
    if args.check:
        return _compare(text, args.out or built_in_path())
    if args.out is None:
        print(text, end="")
        return 0
    args.out.write_text(text, encoding="utf-8")
    print(f"{args.out}: {len(pool.models) + len(pool.local)} models from {len(profiles.results)} results")
    return 0


def _compare(text: str, path: Path) -> int:
    there = path.read_text(encoding="utf-8")
    if there == text:
        print(f"ok: {path} is what the rule and the data give")
        return 0
    lines = list(
        difflib.unified_diff(
            there.splitlines(), text.splitlines(), str(path), "computed now", lineterm="", n=0
        )
    )
    _print_some(lines, _SHOWN_DIFFERENCES)
    print(f"{path} is not what the rule and the data give; write it anew with --out {path}")
    return 1


def _print_some(lines: Iterable[str], most: int) -> None:
    lines = list(lines)
    for line in lines[:most]:
        print(line)
    if len(lines) > most:
        print(f"... {len(lines) - most} more lines")


def _explain(profiles: Profiles, pool: Pool, args: argparse.Namespace) -> int:
    from hydra_auto.core.layer_values import did_you_mean
    from hydra_auto.profiling.explain import explanation
    from hydra_auto.profiling.explain_text import lines
    from hydra_auto.profiling.facts import listed

    model, _, effort = args.model.partition("@")  # as catalogs/efforts.yaml calls a model at an effort
    if model not in profiles.facts or effort not in ("", *_EFFORTS):
        raise UsageError(f"No model {args.model!r} in models.csv.{did_you_mean(model, profiles.facts)}")
    known = listed(profiles.facts[model], pool.local, args.data)
    profiles = replace(profiles, facts={**profiles.facts, model: known})
    report = explanation(profiles, model, effort or args.effort)
    if args.json:
        print(json.dumps(report, indent=2, ensure_ascii=False))
        return 0
    return _print_lines(lines(report, everything=args.all))
