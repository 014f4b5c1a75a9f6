"""A run: its data, its folder, its configuration, and what it finds there.

run/config.yaml         the configuration
run/provenance.json     code and data that each step began with
run/wheels/             the two pinned wheels
run/tokenizer.json      pruned tokenizer        (prepare)
run/teacher.pt          pruned e5 weights, fp32 (prepare)
run/splits.json         item keys per split     (prepare)
run/vectors.npz         frozen vectors of texts (prepare)
run/near_duplicates.json  training items left out (prepare)
run/sources.md          what each source is worth (sources)
run/calibrations.md     ways to calibrate, compared (calibrations)
run/tokens.npz          tokenised corpus        (distill)
run/distill/            checkpoint, log, student.pt
run/finetune/           checkpoint, log, model.pt, memory.pt
run/calibration.json    scale, shift and floor a head (calibrate)
run/export/             encoder.onnx, tokenizer.json, model_card.json
run/evaluation.json     every number of the report, and its tables in evaluation.md
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
import yaml
from rich.progress import Progress
from tokenizers import Tokenizer
from transformers import ModernBertModel

from hydra_auto.training.additions import read_additions
from hydra_auto.training.annotations import FILES, Item, Split, make_splits, open_splits, read_annotations
from hydra_auto.training.calibration import Calibration, Levels
from hydra_auto.training.config import CONFIG_FILE, RunConfig, TrainingFailed, as_json, read_config
from hydra_auto.training.corpus import Corpus, read_corpus
from hydra_auto.training.files import load, load_json, readable, save_text
from hydra_auto.training.mixed_precision import to_fastest
from hydra_auto.training.predict import predict
from hydra_auto.training.student import (
    Encoder,
    Memory,
    RequirementModel,
    State,
    build_bert,
    build_teacher,
    fewer_layers,
    student_config,
)
from hydra_auto.training.vectors import FrozenVectors

CALIBRATION_FILE: Final = "calibration.json"
MODEL_FILE: Final = "finetune/model.pt"
VECTORS_FILE: Final = "vectors.npz"
FP32_FOLDER: Final = "fp32"  # within export
MEMORY_FILE: Final = "finetune/memory.pt"
NEAR_FILE: Final = "near_duplicates.json"
TEACHER_HEADS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One training run: where its data and files are, and how it is configured."""

    data: Path
    folder: Path
    config: RunConfig
    progress: Progress

    def seed(self) -> None:
        """Fixes every generator and the number of threads; called at the start of each step."""
        torch.manual_seed(self.config.seed)
        torch.set_num_threads(self.config.threads)

    def file(self, name: str, made_by: str) -> Path:
        """Path of a file that an earlier step wrote.

        Raises:
            TrainingFailed: It is not there.
        """
        path = self.folder / name
        if not path.exists():
            raise TrainingFailed(f"{path} does not exist.", f"Run `hydra-auto train {made_by}` first.")
        return path

    def tokenizer(self) -> Tokenizer:
        """The run's pruned tokenizer."""
        with readable(self.folder / "tokenizer.json", "prepare") as path:
            return Tokenizer.from_file(str(path))

    def annotations(self) -> tuple[list[Item], dict[str, Split]]:
        """Annotated items, shared and added, and the split of each, checked for overlap."""
        shared = read_annotations(self.data)
        items = shared + read_additions(self.data, shared, make_splits(shared))
        return items, open_splits(items, self.folder / "splits.json")

    def split(self, split: Split) -> list[Item]:
        """Items of one split: train without near-duplicates of held-out ones, others without added ones."""
        items, splits = self.annotations()
        chosen = [item for item in items if splits[item.key] is split]
        if split is not Split.TRAIN:
            return [item for item in chosen if item.source in FILES]
        near = load_json(self.folder / NEAR_FILE, "prepare")
        return [item for item in chosen if item.key not in near]

    def frozen_vectors(self) -> FrozenVectors:
        """The teacher's vectors of texts, kept in the run folder."""
        teacher = build_teacher(self.teacher_state(), TEACHER_HEADS)
        to_fastest(teacher)
        return FrozenVectors(self.folder / VECTORS_FILE, teacher, self.tokenizer(), self.progress)

    def corpus(self, *, all_languages: bool = False) -> Corpus:
        """Unlabelled text of the run; see `read_corpus`."""
        items, splits = self.annotations()
        shared = [item for item in items if item.source in FILES]
        return read_corpus(self.data, shared, splits, self.config.seed, all_languages=all_languages)

    def teacher_state(self) -> State:
        """Pruned teacher weights."""
        return load(self.folder / "teacher.pt", "prepare")

    def new_encoder(self) -> Encoder:
        """What the run fine-tunes, before it has learnt anything: a BERT starts as the teacher that it is."""
        state = self.teacher_state()
        if self.config.student.kind == "bert":
            return build_bert(fewer_layers(state, self.config.student.layers), TEACHER_HEADS)
        return self.new_student(state)

    def new_student(self, state: State) -> ModernBertModel:
        """A student of the run's shape with random weights, as wide as the teacher of ``state``."""
        vocabulary, width = state["embeddings.word_embeddings.weight"].shape
        inner = state["encoder.layer.0.intermediate.dense.bias"].shape[0]
        shape = student_config(vocabulary, width, inner, TEACHER_HEADS, self.config.student)
        return ModernBertModel(shape)


def open_run(folder: Path, config_file: Path | None = None, *, new: bool = False) -> RunConfig:
    """The run's config, written into ``folder`` when a run begins.

    Args:
        folder: Run folder; a new run creates it.
        config_file: Config for a new run; the defaults when None.
        new: A run may begin here.

    Raises:
        TrainingFailed: There is no run and none may begin, the config is invalid, or it differs from the one
            that the run began with.
    """
    own = folder / CONFIG_FILE
    config = read_config(config_file) if config_file else RunConfig()
    if own.exists():
        begun = read_config(own)
        if config_file and begun != config:
            raise TrainingFailed(
                f"Run {folder} began with another config.", "Use a new --run folder for a new config."
            )
        return begun
    if not new:
        raise TrainingFailed(
            f"There is no run in {folder}.", "Name it with --run, or begin one: `hydra-auto train prepare`."
        )
    folder.mkdir(parents=True, exist_ok=True)
    save_text(own, yaml.safe_dump(as_json(config), sort_keys=False))
    return config


def trained_model(run: Run, weights: Path) -> RequirementModel:
    """The model with float32 weights out of a file of `run_finetune`.

    Of a BERT with more layers than the run has, some are taken (`fewer_layers`).
    """
    encoder = run.new_encoder()
    model = RequirementModel(encoder, encoder.config.hidden_size)
    state: State = load(weights, "finetune")
    if run.config.student.kind == "bert":
        state = fewer_layers(state, run.config.student.layers)
    with readable(weights, "finetune"):
        model.load_state_dict(state)
    return model.eval()


def complete_model(run: Run) -> RequirementModel:
    """What `run_finetune` made: the model with float32 weights, and its memory where it has one."""
    model = trained_model(run, run.folder / MODEL_FILE)
    if run.config.memory.places:
        state = load(run.folder / MEMORY_FILE, "finetune")
        with readable(run.folder / MEMORY_FILE, "finetune"):
            places, width = state["places"].shape
            model.memory = Memory(width, places)
            model.memory.load_state_dict(state)
    return model.eval()


def heads_say(run: Run, texts: Sequence[str], label: str) -> Levels:
    """What the finished model says before any calibration, float32 [texts, 4] in [0, 1].

    Args:
        run: With what `run_finetune` made.
        texts: Any.
        label: What stands before the bar.
    """
    fast = complete_model(run)
    to_fastest(fast)
    max_tokens = run.config.finetune.max_tokens
    return predict(fast, run.tokenizer(), texts, max_tokens, run.progress, label).numpy()


def calibration_of(run: Run) -> Calibration:
    """What `run_calibrate` wrote."""
    stored = load_json(run.folder / CALIBRATION_FILE, "calibrate")
    with readable(run.folder / CALIBRATION_FILE, "calibrate"):
        return Calibration(**{name: tuple(values) for name, values in stored.items()})
