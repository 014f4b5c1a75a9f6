from __future__ import annotations

import dataclasses
import json

import pytest
import torch

from hydra_auto.cli.main import main
from hydra_auto.training import provenance
from hydra_auto.training.config import RunConfig, StudentConfig, TrainingFailed
from hydra_auto.training.files import save, save_text
from hydra_auto.training.other_runs import check_other_runs, take_prepared, take_wheel
from hydra_auto.training.provenance import begin_step
from hydra_auto.training.run import MODEL_FILE, Run
from hydra_auto.training.sources import Wheel, file_sha256

pytestmark = pytest.mark.train
BERT = StudentConfig(kind="bert", layers=2)


@pytest.fixture
def runs(tmp_path, progress):
    """A run `new`, beside a run `old` of two layers whose files are only as real as the checks need."""

    def new(**config):
        return Run(data=tmp_path, folder=tmp_path / "new", config=RunConfig(**config), progress=progress)

    for name in ("old/finetune", "new"):
        (tmp_path / name).mkdir(parents=True)
    layers = {f"encoder.encoder.layer.{i}.output.dense.bias": torch.zeros(1) for i in range(2)}
    save(tmp_path / "old" / MODEL_FILE, layers)
    for name in ("tokenizer.json", "teacher.pt", "vectors.npz"):
        save_text(tmp_path / "old" / name, f"old {name}")
    return new


def refused(run):
    with pytest.raises(TrainingFailed) as caught:
        check_other_runs(run)
    return str(caught.value)


def test_a_missing_run_is_named_with_the_command_that_makes_it(runs, tmp_path):
    for config in ({"start": "gone"}, {"mixed_in": {"gone": 0.5}}):
        message = refused(runs(student=BERT, **config))
        assert f"{tmp_path / 'gone' / MODEL_FILE} does not exist" in message
        assert f"hydra-auto train finetune --run {tmp_path / 'gone'}" in message


def test_layers_that_do_not_fit_are_told(runs):
    one, three = StudentConfig(kind="bert", layers=1), StudentConfig(kind="bert", layers=3)
    check_other_runs(runs(student=BERT, start="old", mixed_in={"old": 0.3}))
    check_other_runs(runs(student=one, start="old"))  # some are taken
    assert "has 2 layers" in refused(runs(student=three, start="old"))
    assert "has 2 layers" in refused(runs(student=one, mixed_in={"old": 0.3}))


def test_another_tokenizer_of_the_same_size_is_refused(runs, tmp_path):
    run = runs(student=BERT, start="old")
    check_other_runs(run)  # none yet
    save_text(tmp_path / "new" / "tokenizer.json", "new tokenizer.json")
    assert "not the tokenizer" in refused(run)
    take_prepared(run)
    check_other_runs(run)


def test_train_all_fails_before_its_first_step_when_start_is_missing(tmp_path, capsys):
    config = tmp_path / "new.yaml"
    config.write_text("start: gone")
    (tmp_path / "runs").mkdir()
    words = ["train", "all", "--data", str(tmp_path), "--run", str(tmp_path / "runs" / "new")]
    assert main([*words, "--config", str(config)]) == 1
    err = capsys.readouterr().err
    assert "model.pt does not exist" in err
    assert "prepare: " not in err


def test_a_run_takes_over_what_the_run_it_starts_from_has_prepared(runs, tmp_path):
    assert not take_prepared(runs())
    save_text(tmp_path / "new" / "teacher.pt", "pruned with other texts")
    assert take_prepared(runs(start="old"))
    for name in ("tokenizer.json", "teacher.pt", "vectors.npz"):
        assert (tmp_path / "new" / name).read_text() == f"old {name}"
    save_text(tmp_path / "new" / "vectors.npz", "more of them")
    take_prepared(runs(start="old"))
    assert (tmp_path / "new" / "vectors.npz").read_text() == "more of them"


def test_every_piece_of_the_vectors_is_taken_over_and_those_of_another_teacher_go(runs, tmp_path):
    save_text(tmp_path / "old" / "vectors-1.npz", "second piece")
    save_text(tmp_path / "new" / "vectors-2.npz", "of another teacher")
    take_prepared(runs(start="old"))
    assert (tmp_path / "new" / "vectors-1.npz").read_text() == "second piece"
    assert not (tmp_path / "new" / "vectors-2.npz").exists()


def test_a_run_of_another_kind_is_refused_before_training(runs):
    modern = StudentConfig(kind="modernbert", layers=2)
    assert "another kind" in refused(runs(student=modern, mixed_in={"old": 0.3}))


def test_another_vocabulary_is_not_taken_over(runs, tmp_path):
    save_text(tmp_path / "old" / "config.yaml", "vocabulary: {scale: 0.5}")
    with pytest.raises(TrainingFailed, match="another vocabulary"):
        take_prepared(runs(start="old"))


def test_a_wheel_is_taken_from_any_run_if_it_is_the_pinned_one(tmp_path):
    for name, text in (("a", "damaged"), ("b", "the wheel")):
        (tmp_path / name / "wheels").mkdir(parents=True)
        save_text(tmp_path / name / "wheels" / "it.whl", text)
    wheel = Wheel("it==1", "it.whl", file_sha256(tmp_path / "b" / "wheels" / "it.whl"), "member")
    take_wheel(dataclasses.replace(wheel, sha256="0"), tmp_path / "new")
    assert not (tmp_path / "new").exists()
    take_wheel(wheel, tmp_path / "new")
    assert (tmp_path / "new" / "wheels" / "it.whl").read_text() == "the wheel"


@pytest.fixture
def step(tmp_path, monkeypatch):
    """Begins a step with the given code and data."""

    def begin(name, code="1", data="1"):
        monkeypatch.setattr(provenance, "code_digests", lambda: {"training/a.py": code})
        monkeypatch.setattr(provenance, "data_digests", lambda _: {"b.jsonl.gz": data})
        return begin_step(tmp_path, tmp_path, name)

    return begin


def test_a_step_that_goes_on_with_other_code_or_data_warns_and_names_the_files(step, tmp_path):
    assert step("finetune") == ""
    assert step("finetune", code="2") == ""  # nothing to go on from
    (tmp_path / "finetune").mkdir()
    (tmp_path / "finetune" / "checkpoint.pt").touch()
    assert step("finetune", code="2") == ""
    warning = step("finetune", code="3", data="2")
    assert "training/a.py, b.jsonl.gz" in warning
    records = json.loads((tmp_path / "provenance.json").read_text())["finetune"]
    assert [record["code"]["training/a.py"] for record in records] == ["1", "2", "3"]
    assert [record["resumed"] for record in records] == [False, False, True]


def test_a_step_after_prepare_with_other_data_warns(step):
    assert step("prepare") == ""
    assert step("calibrate", code="2") == ""
    assert "b.jsonl.gz" in step("calibrate", data="2")
    assert step("prepare", data="2") == ""
    assert step("calibrate", data="2") == ""


def test_a_checkpoint_without_provenance_warns_once_and_finished_runs_say_nothing(step, tmp_path):
    (tmp_path / "finetune").mkdir()
    (tmp_path / "finetune" / "checkpoint.pt").touch()
    assert step("evaluate") == ""
    assert "nobody knows" in step("finetune")
    assert step("finetune") == ""


def test_the_recorded_code_is_what_decides_the_weights():
    digests = provenance.code_digests()
    assert {"training/finetune.py", "core/capabilities.py", "adapters/text_cleaning.py"} <= digests.keys()
    assert len(digests["training/finetune.py"]) == 64


def test_without_git_the_commit_is_empty(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert provenance.commit_of(tmp_path) == ""


def test_missing_data_are_named(tmp_path):
    with pytest.raises(TrainingFailed, match=r"requirements\.jsonl\.gz does not exist"):
        provenance.data_digests(tmp_path)
