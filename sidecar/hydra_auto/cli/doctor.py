"""``hydra-auto doctor``: is everything there, and does it work?"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from hydra_auto import __version__
from hydra_auto.cli.options import add_model_option
from hydra_auto.core.errors import RouterError

_LIBRARIES = ("onnxruntime", "tokenizers", "pygls", "lsprotocol", "pyyaml", "platformdirs", "rich")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    what: str
    good: bool
    detail: str


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "doctor",
        help="check the installation",
        description="Checks the installation: encoder, catalog layers, libraries, and one decision. "
        "Exit status 1 if something is wrong.",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--catalog", type=Path, metavar="FILE", help="check with this catalog")
    add_model_option(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Look at everything, whatever fails on the way."""
    checks: tuple[tuple[str, Callable[[], str]], ...] = (
        ("program", _program),
        ("libraries", _libraries),
        ("encoder", lambda: _encoder(args.model_dir)),
        ("catalog", lambda: _catalog(args.catalog)),
        ("decision", lambda: _decision(args.catalog, args.model_dir)),
    )
    findings = [_look(what, check) for what, check in checks]
    good = all(finding.good for finding in findings)
    if args.json:
        print(json.dumps({"good": good, "findings": [asdict(finding) for finding in findings]}))
    else:
        _show(findings)
    return 0 if good else 1


def _look(what: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(what=what, good=True, detail=check())
    except RouterError as error:
        return Finding(what=what, good=False, detail=str(error))


def _program() -> str:
    return f"hydra-auto {__version__}, Python {platform.python_version()} at {sys.executable}"


def _libraries() -> str:
    return ", ".join(f"{name} {metadata.version(name)}" for name in _LIBRARIES)


def _encoder(model_dir: Path | None) -> str:
    from hydra_auto.adapters.model_files import open_model_files
    from hydra_auto.cli.wiring import load_predictor

    started = time.perf_counter()
    version = load_predictor(model_dir).model_version
    took = time.perf_counter() - started
    return f"{version} in {open_model_files(model_dir).encoder.parent}, checked and loaded in {took:.2f} s"


def _catalog(file: Path | None) -> str:
    from hydra_auto.adapters.catalog_files import load_catalog, raise_if_invalid

    loaded = load_catalog(file=file)
    raise_if_invalid(loaded.problems)
    layers = "; ".join(f"{f.name.value} {f.path} ({f.status.value})" for f in loaded.files)
    return f"{len(loaded.catalog.models)} models; {layers}"


def _decision(catalog: Path | None, model_dir: Path | None) -> str:
    from hydra_auto.cli.wiring import load_service
    from hydra_auto.core.request import RoutingRequest

    service, _ = load_service(catalog, model_dir)
    outcome = service.route(RoutingRequest(text="rename this variable to userCount"))
    return f"{outcome.explanation.line} ({outcome.timing_ms.total:.1f} ms)"


def _show(findings: list[Finding]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False)
    for finding in findings:
        mark = Text("✓", style="bold green") if finding.good else Text("✗", style="bold red")
        table.add_row(mark, finding.what, Text(finding.detail))
    Console(highlight=False).print(table)
