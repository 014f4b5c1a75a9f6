"""``hydra-auto profile``: the default catalog out of public benchmark results, explained and tested."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from hydra_auto.cli.errors import UsageError

if TYPE_CHECKING:
    from hydra_auto.profiling.profiles import Profiles
    from hydra_auto.profiling.rule import Pool

_SHOWN_DIFFERENCES = 40


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "profile",
        help="compute capability profiles from benchmark results",
        description="Computes the default catalog from the shared data folder by the rule in "
        "hydra_auto/profiling/rule.yaml and prints it. For maintainers; the data is not part of the package.",
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=Path("../shared/data"),
        metavar="DIR",
        help="shared data folder (%(default)s)",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the catalog there")
    parser.add_argument(
        "--pool", type=Path, metavar="FILE", help="list these models, in the form of profiling/pool.yaml"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--check",
        action="store_true",
        help="compare with --out or the built-in catalog; exit 1 if they differ",
    )
    what.add_argument("--explain", metavar="MODEL", help="print how one model's levels came about")
    what.add_argument(
        "--validate", action="store_true", help="test the profiles on results left out (about two minutes)"
    )
    parser.set_defaults(run=run)


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
    if args.explain:
        return _explain(profiles, args.explain)
    if args.validate:
        from hydra_auto.profiling.report import validation

        for line in validation(profiles, pool, args.data, lambda step: print(step, file=sys.stderr)):
            print(line)
        return 0
    return _write(profiles, pool, args)


def _write(profiles: Profiles, pool: Pool, args: argparse.Namespace) -> int:
    from hydra_auto.adapters.catalog_files import built_in_path
    from hydra_auto.profiling.writer import NotListed, catalog_text

    try:
        text = catalog_text(profiles, pool, args.data)
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


def _explain(profiles: Profiles, model: str) -> int:
    from hydra_auto.core.layer_values import did_you_mean
    from hydra_auto.profiling.report import explanation

    if model not in profiles.facts:
        raise UsageError(f"No model {model!r} in models.csv.{did_you_mean(model, profiles.facts)}")
    for line in explanation(profiles, model):
        print(line)
    return 0
