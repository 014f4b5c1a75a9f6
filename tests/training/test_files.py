from __future__ import annotations

import numpy as np
import pytest
import torch

from hydra_auto.cli.main import main
from hydra_auto.training.config import RunConfig, StudentConfig, TrainingFailed
from hydra_auto.training.files import (
    link,
    load,
    load_arrays,
    load_json,
    save,
    save_arrays,
    save_json,
    save_text,
)
from hydra_auto.training.run import MODEL_FILE, Run, calibration_of, open_run, trained_model

pytestmark = pytest.mark.train


def damage(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(
    ("write", "read"),
    [
        (lambda path: save(path, {"a": torch.zeros(50)}), load),
        (lambda path: save_arrays(path, a=np.zeros(50)), load_arrays),
        (lambda path: save_json(path, {"a": [0] * 50}), load_json),
    ],
    ids=["torch", "numpy", "json"],
)
def test_a_half_file_is_named_with_the_step_that_makes_it(tmp_path, write, read):
    path = tmp_path / "it"
    write(path)
    assert list(read(path, "finetune")) == ["a"]
    damage(path)
    with pytest.raises(TrainingFailed, match=str(path)) as caught:
        read(path, "finetune")
    assert "`hydra-auto train finetune` makes it" in caught.value.hint
    path.unlink()
    with pytest.raises(TrainingFailed, match="does not exist") as caught:
        read(path, "finetune")
    assert caught.value.hint == "Run `hydra-auto train finetune` first."


class Unwritable:
    def __reduce__(self):
        raise KeyboardInterrupt


def test_an_interrupted_write_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "model.pt"
    save(path, {"a": 1})
    with pytest.raises(KeyboardInterrupt):
        save(path, {"a": Unwritable()})
    assert load(path, "finetune") == {"a": 1}


def test_writing_never_goes_through_a_link_into_another_run(tmp_path):
    theirs = tmp_path / "theirs"
    save_text(theirs, "of another run")
    (tmp_path / "symbolic").symlink_to(theirs)
    link(theirs, tmp_path / "hard")
    link(theirs, tmp_path / "hard")
    assert (tmp_path / "hard").read_text() == "of another run"
    for name in ("symbolic", "hard"):
        save_text(tmp_path / name, "own")
        assert (tmp_path / name).read_text() == "own"
    assert theirs.read_text() == "of another run"
    assert not list(tmp_path.glob("*.part"))


@pytest.fixture
def run(tmp_path, teacher_state, tokenizer, progress, monkeypatch):
    monkeypatch.setattr("hydra_auto.training.run.TEACHER_HEADS", 2)
    folder = tmp_path / "run"
    folder.mkdir()
    save(folder / "teacher.pt", teacher_state)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = RunConfig(student=StudentConfig(kind="bert", layers=2))
    return Run(data=tmp_path, folder=folder, config=config, progress=progress)


def test_damaged_files_of_a_run_end_in_a_message(run):
    (run.folder / "finetune").mkdir()
    save(run.folder / MODEL_FILE, {"heads.weight": torch.zeros(4, 3)})
    with pytest.raises(TrainingFailed, match=r"model\.pt is damaged or of another run") as caught:
        trained_model(run, run.folder / MODEL_FILE)
    assert "train finetune" in caught.value.hint
    save_json(run.folder / "calibration.json", {"scales": [1]})
    with pytest.raises(TrainingFailed, match=r"calibration\.json is damaged"):
        calibration_of(run)
    for name in ("teacher.pt", "tokenizer.json"):
        damage(run.folder / name)
        with pytest.raises(TrainingFailed, match=f"{name} is damaged") as caught:
            run.teacher_state() if name == "teacher.pt" else run.tokenizer()
        assert "train prepare" in caught.value.hint


@pytest.mark.parametrize("step", ["distill", "finetune", "calibrate", "export", "evaluate", "sources"])
def test_a_mistyped_run_is_refused_and_no_folder_is_made(tmp_path, capsys, step):
    status = main(["train", step, "--data", str(tmp_path), "--run", str(tmp_path / "typo")])
    assert status == 1
    assert f"There is no run in {tmp_path / 'typo'}. Name it with --run" in capsys.readouterr().err
    assert not (tmp_path / "typo").exists()


def test_only_a_new_run_may_begin(tmp_path):
    with pytest.raises(TrainingFailed, match="There is no run"):
        open_run(tmp_path / "run")
    assert open_run(tmp_path / "run", new=True) == open_run(tmp_path / "run")
