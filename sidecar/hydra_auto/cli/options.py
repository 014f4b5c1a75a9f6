"""Options that several commands share, and reading what they name."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hydra_auto.cli.errors import UsageError
from hydra_auto.core.origin import LayerName, Origin
from hydra_auto.core.patterns import relative_paths
from hydra_auto.core.regime import Regime
from hydra_auto.core.request import Overrides
from hydra_auto.core.routing_policy import CostBasis


def add_policy_options(parser: argparse.ArgumentParser) -> None:
    """``--regime``, ``--tau``, ``--allow``, ``--deny``, ``--catalog``."""
    tau = parser.add_mutually_exclusive_group()
    tau.add_argument(
        "--regime", choices=[regime.value for regime in Regime], help="named tau (default: the catalog's)"
    )
    tau.add_argument(
        "--tau", type=unit_interval, metavar="T", help="largest shortfall still accepted, 0 to 1"
    )
    parser.add_argument(
        "--allow", action="append", metavar="ID", help="use only these models; may be repeated, may hold *"
    )
    parser.add_argument(
        "--deny", action="append", metavar="ID", help="never use these models; may be repeated, may hold *"
    )
    parser.add_argument(
        "--cost-basis",
        choices=[basis.value for basis in CostBasis],
        help='what "cheapest" means (default: the catalog\'s)',
    )
    parser.add_argument("--catalog", type=Path, metavar="FILE", help="use this catalog instead of all layers")


def add_model_option(parser: argparse.ArgumentParser) -> None:
    """``--model-dir``."""
    parser.add_argument(
        "--model-dir", type=Path, metavar="DIR", help="folder of the encoder (default: the built-in one)"
    )


def policy_overrides(args: argparse.Namespace) -> tuple[Overrides, ...]:
    """What the policy options ask for."""
    option = "--tau" if args.tau is not None else "--regime"
    return (
        Overrides(
            origin=Origin(layer=LayerName.REQUEST, path=option),
            regime=Regime(args.regime) if args.regime else None,
            tau=args.tau,
            allow=tuple(args.allow) if args.allow else None,
            deny=tuple(args.deny) if args.deny else None,
            cost_basis=CostBasis(args.cost_basis) if args.cost_basis else None,
        ),
    )


def workspace_paths(args: argparse.Namespace) -> tuple[str, ...]:
    """``--path`` as rules know it: relative to ``--workspace``, or to the current folder.

    Raises:
        UsageError: One lies outside, where no rule could mean it.
    """
    folder = Path.cwd() if args.workspace is None else args.workspace
    folders = (str(folder.absolute()), str(folder.resolve()))
    for path in args.path:
        if not relative_paths([path], folders):
            raise UsageError(f"--path {path} is not in {folder}.", "Name a file of the workspace.")
    return relative_paths(args.path, folders)


def unit_interval(text: str) -> float:
    """A number in [0, 1], for argparse."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 <= value <= 1.0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return value


def token_count(text: str) -> int:
    """A whole number >= 0, for argparse."""
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of tokens")
    return int(text)


def read_stdin() -> str:
    """All of standard input as text.

    Raises:
        UsageError: It is not UTF-8.
    """
    return decode(sys.stdin.buffer.read(), "standard input")


def decode(data: bytes, what: str) -> str:
    """``data`` as text.

    Raises:
        UsageError: It is not UTF-8, or holds a NUL byte as binary files do.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{what} is not UTF-8 text (byte {error.start}).", "Convert it, or send text only."
        ) from None
    if "\0" in text:
        raise UsageError(f"{what} looks binary (it holds a NUL byte).", "Send text only.")
    return text


def read_jsonl(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each object of a JSONL file with its place, ``FILE:LINE``; ``-`` is standard input.

    Raises:
        UsageError: A line is not a JSON object with ``id`` and ``text``.
    """
    content = read_stdin() if str(path) == "-" else decode(path.read_bytes(), str(path))
    # JSON allows U+2028 and its like inside a string, so splitlines() would cut too much.
    for number, line in enumerate(content.split("\n"), start=1):
        if line.strip():
            place = f"{path}:{number}"
            yield place, _object(line, place)


def _object(line: str, place: str) -> dict[str, Any]:
    try:
        item = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
        raise UsageError(f"{place}: not JSON: {reason}") from None
    if not isinstance(item, dict):
        raise UsageError(f"{place}: expected a JSON object")
    if not isinstance(item.get("id"), str | int) or isinstance(item.get("id"), bool):
        raise UsageError(f'{place}: "id" must be text or a whole number')
    if not isinstance(item.get("text"), str):
        raise UsageError(f'{place}: "text" must be text')
    return item
