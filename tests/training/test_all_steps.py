"""`hydra-auto train all` from wheels to model card, on a teacher of 60,000 weights and 60 messages."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import yaml
from rich.progress import Progress
from transformers import BertConfig, BertModel

from hydra_auto.adapters.model_files import ENCODER, open_model_files
from hydra_auto.adapters.onnx_predictor import OnnxPredictor
from hydra_auto.cli.main import main
from hydra_auto.core.capabilities import Capability
from hydra_auto.training import asides, evaluate, sources
from hydra_auto.training import run as run_module
from hydra_auto.training.additions import read_additions
from hydra_auto.training.annotations import Split
from hydra_auto.training.calibration import calibrated, fit, fold, text_weights
from hydra_auto.training.calibrators import NONE, SHIPPED, WAYS
from hydra_auto.training.config import TrainingFailed, read_config
from hydra_auto.training.evaluate import aims_of, texts_of
from hydra_auto.training.predict import predict
from hydra_auto.training.provenance import data_digests
from hydra_auto.training.recovery import weights_of_graph
from hydra_auto.training.run import FP32_FOLDER, Run, calibration_of, complete_model
from training_data import NEVER_SEEN, full_tokenizer, teacher_file, write_data, write_own, write_wheel

pytestmark = pytest.mark.train

WIDTH, HEADS, LAYERS, INNER = 48, 12, 4, 96
VOCABULARY = {"scale": 1e-6, "min_count": 1}
STUDENT = {"layers": 2, "global_every": 2, "local_window": 16}
DISTILL = {
    "tokens": 6_000,
    "stages": [{"max_tokens": 16, "share": 0.5}, {"max_tokens": 64, "share": 0.5}],
    "batch_tokens": 320,
    "warmup_steps": 5,
}
FINETUNE = {
    "epochs": 14,
    "batch_tokens": 160,
    "learning_rate": 2e-3,
    "heads_factor": 2.0,
    "disguises": 0.0,
    "warmup_steps": 5,
    "shares": {},
    "unlabelled_pairs": 6,
    "hidden_tokens": 0.1,
    "kind_weight": 0.2,
    "windows": [[48, 0.5], [96, 0.5]],
    "max_tokens": 96,
}
MORE = {"epochs": 1.5, "learning_rate": 1e-3, "second_opinion": 0.2}
MEMORY = {"places": 12, "share": 0.5, "real_share": 0.6}


@pytest.fixture(scope="module", params=["modernbert", "bert"])
def runs(request, tmp_path_factory):
    """A run, and a second that goes on from it, mixes it in and remembers messages."""
    base = tmp_path_factory.mktemp(request.param)
    near = write_data(base / "data")
    write_own(base / "own")
    tokenizer = full_tokenizer()
    torch.manual_seed(5)
    shape = BertConfig(
        vocab_size=tokenizer.get_vocab_size() + tokenizer.get_vocab_size() % 2,  # whole 4-bit blocks
        hidden_size=WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        intermediate_size=INNER,
        max_position_embeddings=128,
        initializer_range=0.2,
    )
    state = BertModel(shape, add_pooling_layer=False).state_dict()
    student = STUDENT | {"kind": request.param}
    common = {"vocabulary": VOCABULARY, "student": student, "distill": DISTILL, "threads": 1}
    configs = {
        "first": common | {"finetune": FINETUNE},
        "second": common
        | {"start": "first", "mixed_in": {"first": 0.25}, "finetune": FINETUNE | MORE, "memory": MEMORY},
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_module, "read_additions", functools.partial(read_additions, folder=base / "own"))
        patch.setattr(evaluate, "_TIMED_SECONDS", 1e-9)
        patch.setattr(evaluate, "with_intervals", functools.partial(evaluate.with_intervals, resamples=5))
        for name, config in configs.items():
            for wheel, content in (
                ("TEACHER", teacher_file(state, HEADS)),
                ("TOKENIZER", tokenizer.to_str().encode()),
            ):
                pinned = getattr(sources, wheel)
                digest = write_wheel(base / name / "wheels", pinned, content)
                patch.setattr(sources, wheel, dataclasses.replace(pinned, sha256=digest))
            (base / f"{name}.yaml").write_text(yaml.safe_dump(config | {"name": name}))
            options = ["--data", str(base / "data"), "--run", str(base / name)]
            assert main(["train", "all", *options, "--config", str(base / f"{name}.yaml")]) == 0
        yield SimpleNamespace(base=base, near=near, state=state, tokenizer=tokenizer, kind=request.param)


def opened(runs, name):
    folder = runs.base / name
    config = read_config(folder / "config.yaml")
    return Run(data=runs.base / "data", folder=folder, config=config, progress=Progress(disable=True))


def test_prepare_keeps_the_teachers_weights_of_the_pieces_that_texts_have(runs):
    made, kept = torch.load(runs.base / "first/teacher.pt"), opened(runs, "first").tokenizer().get_vocab()
    full = runs.tokenizer.get_vocab()
    assert NEVER_SEEN in full
    assert NEVER_SEEN not in kept
    assert {"\u2581prove", "\u2581evorp", "<mask>", "q"} <= set(kept)
    words = "embeddings.word_embeddings.weight"
    original = runs.state[words][[full[piece] for piece in sorted(kept, key=kept.get)]]
    step = float(runs.state[words].abs().max()) / 7
    assert float((made[words] - original).abs().max()) < 0.6 * step
    assert float((made[words] - original).abs().mean()) < 0.3 * step
    last = f"encoder.layer.{LAYERS - 1}.output.LayerNorm.weight"
    assert torch.equal(made[last], runs.state[last])


def test_training_leaves_out_what_nearly_is_in_a_held_out_text(runs):
    run = opened(runs, "first")
    near = json.loads((run.folder / "near_duplicates.json").read_text())
    assert near[runs.near] >= 0.9
    train = {item.key for item in run.split(Split.TRAIN)}
    assert runs.near not in train
    assert len(train) > 20


def test_every_split_has_its_messages(runs):
    run = opened(runs, "first")
    held_out = {split: len(run.split(split)) for split in Split if split is not Split.TRAIN}
    assert held_out == {Split.DEV: 8, Split.CALIBRATION: 8, Split.TEST: 12}


def test_only_a_student_is_distilled(runs):
    assert (runs.base / "first/distill/student.pt").exists() is (runs.kind == "modernbert")


@pytest.mark.parametrize("name", ["first", "second"])
def test_the_exported_int8_encoder_answers_like_the_trained_model(runs, name):
    run = opened(runs, name)
    model = complete_model(run)
    assert (model.memory is not None) is (name == "second")
    calibration = calibration_of(run)
    texts = texts_of(run.split(Split.TEST))
    said = predict(model, run.tokenizer(), texts, run.config.finetune.max_tokens).numpy()
    fold(model, calibration)
    wanted = predict(model, run.tokenizer(), texts, run.config.finetune.max_tokens).numpy()
    wanted = np.where(wanted > np.array(calibration.floor), wanted, 0)
    assert calibrated(said, calibration) == pytest.approx(wanted, abs=1e-5)
    for encoder, most in (("fp32/" + ENCODER, 1e-4), (ENCODER, 0.05)):
        files = open_model_files(run.folder / "export")
        files = dataclasses.replace(files, encoder=run.folder / "export" / encoder)
        predictions = OnnxPredictor(files).predict(texts)
        found = np.array([[p.requirements[c] for c in Capability] for p in predictions])
        assert np.abs(found - wanted).max() < most
    assert np.ptp(wanted, axis=0).min() > 0.2  # answers differ, so that agreeing is saying something


def test_the_second_run_starts_where_the_first_ended_and_is_mixed_with_it(runs):
    first, second, learnt = (
        torch.load(runs.base / path)
        for path in ("first/finetune/model.pt", "second/finetune/model.pt", "second/finetune/epoch-2.pt")
    )
    moved = {name: float((learnt[name] - first[name]).abs().max()) for name in first}
    assert 0 < max(moved.values()) < 0.5
    for name in first:
        assert torch.allclose(second[name], 0.25 * first[name] + 0.75 * learnt[name], atol=1e-6)


def test_the_card_has_what_the_run_was_made_of_and_its_metrics(runs):
    for name in ("first", "second"):
        card = json.loads((runs.base / name / "export/model_card.json").read_text())
        assert card["version"] == name
        assert card["config"]["memory"]["places"] == (12 if name == "second" else 0)
        assert card["data"] == data_digests(runs.base / "data")
        assert re.fullmatch(r"[0-9a-f]{40}(\+changes)?", card["commit"])
        evaluation = json.loads((runs.base / name / "evaluation.json").read_text())
        shown = card["metrics"]["test"]["encoder, int8"]["real"]
        assert shown["spearman_mean"] == evaluation["test"]["encoder, int8"]["real"]["spearman_mean"]
        assert card["metrics"]["int8_against_fp32"] < 0.02


def test_the_report_has_its_tables_and_the_encoder_beats_the_mean(runs):
    for name in ("first", "second"):
        evaluation = json.loads((runs.base / name / "evaluation.json").read_text())
        errors = {row: found["real"]["mean_absolute_error"][0] for row, found in evaluation["test"].items()}
        assert errors["encoder, int8"] < 0.8 * errors["always the mean"]
        report = (runs.base / name / "evaluation.md").read_text()
        for heading in ("Real messages", "Bilingual items, English", "High end", "Calibration", "Speed"):
            assert f"**{heading}**" in report
        for row in errors:
            cells = re.findall(rf"^\| {re.escape(row)} \| ([\d.-]+) ", report, re.MULTILINE)
            assert len(cells) == 8  # six tables, the high end, translations
        assert evaluation["items"] | {"train": 0} == {"train": 0, "dev": 8, "calibration": 8, "test": 12}


only_bert = pytest.mark.parametrize("runs", ["bert"], indirect=True)  # nothing else is read back


@pytest.mark.parametrize("file", [f"{FP32_FOLDER}/{ENCODER}", ENCODER])
@only_bert
def test_an_exported_encoder_gives_its_weights_back(runs, file):
    run = opened(runs, "second")
    found = weights_of_graph(run.folder / "export" / file, run.teacher_state())
    trained = torch.load(run.folder / "finetune/model.pt")
    assert found.keys() == trained.keys()
    model, texts, window = complete_model(run), texts_of(run.split(Split.TEST)), FINETUNE["max_tokens"]
    before = predict(model, run.tokenizer(), texts, window)
    model.load_state_dict(found, strict=False)  # but for the memory, which is not read back
    difference = (predict(model, run.tokenizer(), texts, window) - before).abs().max()
    assert difference < (0.02 if file == ENCODER else 1e-4)
    positions, types = (f"encoder.embeddings.{kind}_embeddings.weight" for kind in ("position", "token_type"))
    for state in (found, trained):  # the graph has their sum, as far as the window reaches
        state[positions] = (state[positions] + state.pop(types)[0])[:window]
    for name, value in found.items():
        rounded = file == ENCODER and value.dim() > 1 and "layer" in name
        rounding = 1 / 10 if rounded else 1e-5  # rounded weights make up for one another
        assert (value - trained[name]).abs().max() <= rounding * trained[name].abs().max(), name


@only_bert
def test_weights_are_read_back_for_their_own_teacher_only(runs):
    run = opened(runs, "second")
    words = "embeddings.word_embeddings.weight"
    other = {name: value * 2 if name == words else value for name, value in run.teacher_state().items()}
    with pytest.raises(TrainingFailed, match="other word embeddings"):
        weights_of_graph(run.folder / "export" / ENCODER, other)


@only_bert
def test_a_run_recovers_the_shipped_encoder_and_another_goes_on_from_it(runs, monkeypatch):
    shipped = opened(runs, "second").folder / "export"
    monkeypatch.setattr(asides, "open_model_files", lambda: open_model_files(shipped))
    options = ["--data", str(runs.base / "data")]
    config = yaml.safe_load((runs.base / "first.yaml").read_text())
    for name, start in (("recovered", ""), ("later", "recovered")):
        finetune = FINETUNE | {"epochs": 0.5}
        text = yaml.safe_dump(config | {"name": name, "start": start, "finetune": finetune})
        (runs.base / f"{name}.yaml").write_text(text)
        begin = ["--run", str(runs.base / name), "--config", str(runs.base / f"{name}.yaml")]
        assert main(["train", "prepare", *options, *begin]) == 0
        assert main(["train", "finetune" if start else "recover", *options, *begin]) == 0
    assert (runs.base / "later/finetune/model.pt").exists()


def test_sources_are_told_of_apart(runs, capsys):
    base = runs.base
    assert main(["train", "sources", "--data", str(base / "data"), "--run", str(base / "first")]) == 0
    table = (base / "first/sources.md").read_text()
    assert table in capsys.readouterr().err
    rows = {line.split("|")[1].strip(): line.split("|")[2].strip() for line in table.splitlines()}
    assert int(rows["+ outcomes"]) > int(rows["real messages"]) > 10


@pytest.mark.parametrize("name", ["first", "second"])
def test_ways_to_calibrate_are_compared_from_what_the_heads_say(runs, name, capsys):
    run = opened(runs, name)
    assert main(["train", "calibrations", "--data", str(run.data), "--run", str(run.folder)]) == 0
    report = (run.folder / "calibrations.md").read_text()
    assert report in capsys.readouterr().err
    together = report.partition("\n## Real and chat messages\n")[2]
    rows = {
        (cells[1], cells[2]): cells[3:]
        for cells in ([cell.strip() for cell in line.split("|")] for line in together.splitlines())
        if len(cells) == 11
    }
    assert {way for way, _ in rows} >= set(WAYS)
    model, config = complete_model(run), run.config.finetune
    (dev, said), (other, known) = (
        (items, predict(model, run.tokenizer(), texts_of(items), config.max_tokens).numpy())
        for items in (run.split(Split.DEV), run.split(Split.CALIBRATION))
    )
    fitted = fit(known, aims_of(other), text_weights(other, config.high_weight), prior_texts=0)
    free = calibrated(said, dataclasses.replace(fitted, floor=(0.0,) * 4))
    errors = [
        np.abs(levels - aims_of(items)).mean()
        for levels, items in (
            (said, dev),
            (known, other),
            (free, dev),
            (calibrated(said, calibration_of(run)), dev),
        )
    ]
    shown = [(NONE, "dev"), (NONE, "calibration"), ("scale and shift", "dev"), (SHIPPED, "dev")]
    assert [float(rows[row][2]) for row in shown] == pytest.approx(errors, abs=1e-3)
    assert np.ptp(errors[:3]) > 0.005
