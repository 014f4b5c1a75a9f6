from __future__ import annotations

import json
import shutil

import pytest

from hydra_auto.adapters.model_files import ENCODER, TOKENIZER
from hydra_auto.cli.main import main
from hydra_auto.training import speed_steps, yardstick
from hydra_auto.training.calibration import Calibration
from hydra_auto.training.config import FinetuneConfig, RunConfig
from hydra_auto.training.export import quantise, write_card
from hydra_auto.training.speed_steps import EncoderShape, shape_of, write_random

pytestmark = pytest.mark.train
WINDOW = 40
CONFIG = RunConfig(finetune=FinetuneConfig(max_tokens=WINDOW, windows=((WINDOW, 1.0),)))


@pytest.fixture(scope="module")
def shape(vocabulary):
    return EncoderShape(vocabulary=len(vocabulary), width=32, inner=64, layers=2, heads=2, places=9)


@pytest.fixture(scope="module")
def run(shape, tokenizer, tmp_path_factory):
    """A run folder with an export of random weights."""
    export = tmp_path_factory.mktemp("run") / "export"
    (export / "fp32").mkdir(parents=True)
    write_random(shape, export / "fp32" / ENCODER)
    quantise(export / "fp32" / ENCODER, export / ENCODER)
    tokenizer.save(str(export / TOKENIZER))
    write_card(export, CONFIG, Calibration((1.0,) * 4, (0.0,) * 4, (0.0,) * 4), {}, {}, "tiny")
    return export.parent


def bench(capsys, *options):
    status = main(["bench", "--rounds", "1", "--json", *options])
    captured = capsys.readouterr()
    assert status == 0, captured.err
    return json.loads(captured.out)


def test_the_shape_of_an_encoder_is_read_from_its_file(shape, run):
    assert shape_of(run / "export" / "fp32" / ENCODER) == shape
    assert shape_of(run / "export" / ENCODER) == shape


def test_steps_are_timed_with_random_weights_also_beyond_the_window(run, capsys, monkeypatch):
    monkeypatch.setattr(speed_steps, "_LENGTHS", (8, WINDOW, WINDOW + 1))
    *written, shipped = bench(capsys, "--steps", "--model-dir", str(run / "export"))
    assert len(written) == 5
    assert all(list(step["milliseconds"]) == ["8", str(WINDOW), str(WINDOW + 1)] for step in written)
    assert list(shipped["milliseconds"]) == ["8", str(WINDOW)]
    assert {step["difference"] for step in (*written, shipped)} == {None}


def test_steps_of_a_run_tell_how_far_levels_move(run, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(speed_steps, "_LENGTHS", (8, WINDOW + 1))
    messages = tmp_path / "m.jsonl"
    messages.write_text('{"text": "the test hangs"}\n{"text": "thanks a lot"}\n')
    full, fused, served, eight, four = bench(
        capsys, "--steps", "--run", str(run), "--messages", str(messages)
    )
    assert list(full["milliseconds"]) == ["8"]
    assert full["difference"] is None
    assert fused["difference"] == pytest.approx(served["difference"], abs=1e-4)
    assert served["difference"] > 0
    assert 0 < eight["difference"] < four["difference"]


def test_a_run_without_its_fp32_graph_names_the_step(run, capsys, tmp_path):
    shutil.copytree(run, tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / "export" / "fp32")
    messages = tmp_path / "m.jsonl"
    messages.write_text('{"text": "thanks a lot"}\n')
    assert main(["bench", "--steps", "--run", str(tmp_path / "run"), "--messages", str(messages)]) == 1
    assert "hydra-auto train export" in capsys.readouterr().err


def test_the_yardstick_is_read_up_to_the_window(run, capsys, monkeypatch):
    written = []
    monkeypatch.setattr(
        yardstick,
        "write_base_sized",
        lambda path, longest: written.append(longest) or shutil.copy(run / "export" / ENCODER, path),
    )
    found = bench(capsys, "--yardstick", "--model-dir", str(run / "export"))
    assert written == [WINDOW]
    assert list(found) == [*(str(n) for n in (16, 26, 64, 128) if n < WINDOW), str(WINDOW)]
    assert all(times["ours_ms"] > 0 and times["base_ms"] > 0 for times in found.values())


def test_a_small_window_is_not_exceeded():
    assert yardstick.lengths_up_to(64) == (16, 26, 64)
