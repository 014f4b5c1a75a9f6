"""The steps beside the chain of `training.pipeline`: what a run can be asked, and what it can begin with."""

from __future__ import annotations

from typing import Final

from hydra_auto.adapters.model_files import open_model_files
from hydra_auto.training.annotations import Split
from hydra_auto.training.calibration_comparison import HeldOut, compare_calibrations, markdown
from hydra_auto.training.config import TrainingFailed
from hydra_auto.training.evaluate import texts_of
from hydra_auto.training.files import save, save_text
from hydra_auto.training.other_runs import layers_of
from hydra_auto.training.recovery import weights_of_graph
from hydra_auto.training.run import MODEL_FILE, Run, heads_say
from hydra_auto.training.source_worth import worth_of_sources
from hydra_auto.training.sources import file_sha256

SOURCES_FILE: Final = "sources.md"
CALIBRATIONS_FILE: Final = "calibrations.md"


def run_sources(run: Run) -> None:
    """Writes sources.md: what each source of annotations is worth on the splits that serve choices."""
    run.seed()
    held_out = run.split(Split.DEV) + run.split(Split.CALIBRATION)
    found = worth_of_sources(
        run.split(Split.TRAIN), held_out, run.frozen_vectors().of, run.config.seed, run.progress
    )
    save_text(run.folder / SOURCES_FILE, found + "\n")
    run.progress.console.print(found, markup=False, soft_wrap=True)


def run_calibrations(run: Run) -> None:
    """Writes calibrations.md: ways to calibrate, fitted on dev or calibration and scored on the other."""
    run.seed()

    def held_out(split: Split) -> HeldOut:
        items = run.split(split)
        levels = heads_say(run, texts_of(items), f"Reading {split.value}")
        return HeldOut(name=split.value, items=items, levels=levels)

    dev, calibration = held_out(Split.DEV), held_out(Split.CALIBRATION)
    high_weight = run.config.finetune.high_weight
    found = markdown(compare_calibrations(dev, calibration, high_weight, run.config.seed, run.progress))
    save_text(run.folder / CALIBRATIONS_FILE, found)
    run.progress.console.print(found, markup=False, soft_wrap=True)


def run_recover(run: Run) -> None:
    """Writes the shipped encoder's weights as if the run had fine-tuned them, without its memory.

    Raises:
        TrainingFailed: It has another tokenizer than the run, or is no BERT of the run's shape.
    """
    shipped = open_model_files()
    if file_sha256(shipped.tokenizer) != file_sha256(run.file("tokenizer.json", "prepare")):
        raise TrainingFailed(
            f"The shipped encoder {shipped.version} has another tokenizer than {run.folder}.",
            "Give the run the vocabulary settings of the shipped model's card.",
        )
    weights = weights_of_graph(shipped.encoder, run.teacher_state())
    if (layers := layers_of(weights)) != run.config.student.layers or run.config.student.kind != "bert":
        raise TrainingFailed(
            f"The shipped encoder {shipped.version} is a BERT of {layers} layers.",
            "Say so in the config of a new run (student).",
        )
    (run.folder / MODEL_FILE).parent.mkdir(exist_ok=True)
    save(run.folder / MODEL_FILE, weights)
    run.progress.console.print(f"  weights of {shipped.version} in {run.folder / MODEL_FILE}", markup=False)
