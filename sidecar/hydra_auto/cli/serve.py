"""``hydra-auto serve``: the sidecar over stdio."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hydra_auto.cli.options import add_model_option
from hydra_auto.core.errors import InferenceFailed


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "serve",
        help="run the sidecar for an editor, over standard input and output",
        description="Runs the sidecar: JSON-RPC over standard input and output (docs/PROTOCOL.md).",
    )
    parser.add_argument("--catalog", type=Path, metavar="FILE", help="use this catalog instead of all layers")
    parser.add_argument(
        "--language-only",
        action="store_true",
        help="help with editing catalog files only: load no encoder, route nothing",
    )
    parser.add_argument("--log-level", choices=["debug", "info", "warning", "error"], default="info")
    add_model_option(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until the client says exit, or goes away."""
    # stdout belongs to the protocol: whatever prints by mistake goes to stderr.
    protocol_out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    sys.stdout = sys.stderr
    _log_to_stderr(args.log_level)

    from hydra_auto.adapters.catalog_source import ReloadingCatalog
    from hydra_auto.app.backend import Backend
    from hydra_auto.cli.wiring import load_predictor

    catalogs = ReloadingCatalog(file=args.catalog)
    backend = Backend(lambda: load_predictor(args.model_dir), catalogs)
    worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="router")
    if args.language_only:
        backend.error = InferenceFailed(
            "This sidecar was started with --language-only.", "Start one without."
        )
    else:
        worker.submit(backend.load)  # now: importing the protocol's types takes as long as the encoder

    from hydra_auto.editing.layer_files import LayerFiles
    from hydra_auto.rpc.server import create_server

    files = LayerFiles(file=args.catalog)
    create_server(backend, catalogs, worker, files).start_io(sys.stdin.buffer, protocol_out)
    return 0


def _log_to_stderr(level: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    handler.addFilter(_without_prompts)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for foreign in ("pygls", "asyncio"):
        logging.getLogger(foreign).setLevel(logging.WARNING)


def _without_prompts(record: logging.LogRecord) -> bool:
    """Cut foreign log lines down to their fixed words: their arguments hold messages, and so prompts."""
    if not record.name.startswith("hydra_auto"):
        record.args = ()
        record.exc_info = record.exc_text = record.stack_info = None
    return True
