"""What a run takes from others: the weights that it goes on from and mixes in, tokenizer, teacher, wheels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from hydra_auto.training.config import CONFIG_FILE, TrainingFailed, read_config
from hydra_auto.training.files import link, load, readable
from hydra_auto.training.run import MODEL_FILE, VECTORS_FILE, Run
from hydra_auto.training.sources import Wheel, file_sha256
from hydra_auto.training.vectors import forget, pieces_of

TOKENIZER_FILE: Final = "tokenizer.json"
_PREPARED: Final = (TOKENIZER_FILE, "teacher.pt")
_LAYER: Final = re.compile(r"\blayers?\.(\d+)\.")


def check_other_runs(run: Run) -> None:
    """Fails early if the weights of the runs in ``start`` and ``mixed_in`` are of no use to this one.

    Raises:
        TrainingFailed: They are missing or damaged, have other or too few layers, or were trained with
            another tokenizer than this run has, if it has one yet.
    """
    own = run.folder / TOKENIZER_FILE
    layers = run.config.student.layers
    for name in dict.fromkeys([run.config.start, *run.config.mixed_in]):
        if not name:
            continue
        other = run.folder.parent / name
        state = load(other / MODEL_FILE, f"finetune --run {other}")
        if any(".encoder.layer." in key for key in state) != (run.config.student.kind == "bert"):
            raise TrainingFailed(
                f"{other / MODEL_FILE} is of another kind than run {run.folder} ({run.config.student.kind}).",
                "Change start, mixed_in or student.kind in the config of a new run.",
            )
        there = layers_of(state)
        fewer = name == run.config.start and run.config.student.kind == "bert"  # some of them are taken
        if there < layers or (there > layers and (name in run.config.mixed_in or not fewer)):
            raise TrainingFailed(
                f"{other / MODEL_FILE} has {there} layers, run {run.folder} has {layers}.",
                "Change start, mixed_in or student.layers in the config of a new run.",
            )
        with readable(other / TOKENIZER_FILE, f"prepare --run {other}") as theirs:
            same = not own.exists() or file_sha256(own) == file_sha256(theirs)
        if not same:
            raise TrainingFailed(
                f"{own} is not the tokenizer that {other} was trained with.",
                f"Run `hydra-auto train prepare --run {run.folder}` again.",
            )


def layers_of(state: Mapping[str, object]) -> int:
    """Transformer layers in the weights of a BERT or ModernBERT, or of a model around one."""
    return len({found[1] for name in state if (found := _LAYER.search(name))})


def take_prepared(run: Run) -> bool:
    """Links tokenizer, teacher and vectors of the run that this one starts from; own vectors of it stay.

    Returns:
        Whether there is such a run.

    Raises:
        TrainingFailed: It is not prepared, or has another vocabulary.
    """
    if not run.config.start:
        return False
    other = run.folder.parent / run.config.start
    config = other / CONFIG_FILE
    if config.exists() and read_config(config).vocabulary != run.config.vocabulary:
        raise TrainingFailed(
            f"Run {other}, from which {run.folder} starts, has another vocabulary.",
            "Give both the same vocabulary settings.",
        )
    for name in _PREPARED:
        mine = run.folder / name
        with readable(other / name, f"prepare --run {other}") as theirs:
            if not (mine.exists() and mine.samefile(theirs)):
                forget(run.folder / VECTORS_FILE)
                link(theirs, mine)
    if not pieces_of(run.folder / VECTORS_FILE):
        for piece in pieces_of(other / VECTORS_FILE):
            link(piece, run.folder / piece.name)
    return True


def take_wheel(wheel: Wheel, folder: Path) -> None:
    """Links the pinned wheel into ``folder``/wheels from any run beside it that has it."""
    target = folder / "wheels" / wheel.file
    for found in sorted(folder.parent.glob(f"*/wheels/{wheel.file}")):
        if not target.exists() and file_sha256(found) == wheel.sha256:
            target.parent.mkdir(parents=True, exist_ok=True)
            link(found, target)
