"""Which commands there are, and how an error ends: in one line, never in a traceback."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from hydra_auto import __version__
from hydra_auto.cli.errors import UsageError
from hydra_auto.core.errors import InvalidParams, RouterError

OK, FINDING, USAGE, INTERRUPTED = 0, 1, 2, 130

# In the order of the help. Each module has register(), which imports nothing heavy.
_COMMANDS = ("route", "score", "serve", "catalog", "profile", "bench", "doctor", "train", "evaluate")


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="hydra-auto",
        description="Routes a chat request to the cheapest model that is good enough for it, and says why.",
    )
    parser.add_argument("--version", action="version", version=f"hydra-auto {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in _COMMANDS:
        importlib.import_module(f"hydra_auto.cli.{name}").register(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 if all is well, 1 for a finding (an invalid catalog, a missing model file), 2 for wrong usage.
    """
    args = build_parser().parse_args(argv)
    try:
        status: int = args.run(args)
        sys.stdout.flush()
    except (InvalidParams, UsageError) as error:
        return _fail(error, USAGE)
    except RouterError as error:
        return _fail(error, FINDING)
    except BrokenPipeError:
        # The reader has gone (`| head`). Python would complain again at exit, when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        name = f" {error.filename}" if error.filename else ""
        return _fail(UsageError(f"{error.strerror or error}:{name}" if name else str(error)), USAGE)
    return status


def _fail(error: RouterError, status: int) -> int:
    print(f"hydra-auto: error: {error}", file=sys.stderr)
    return status
