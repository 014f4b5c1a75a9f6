from __future__ import annotations

import subprocess
import sys

import pytest

from hydra_auto.cli import train
from hydra_auto.cli.main import build_parser, main
from hydra_auto.core.errors import RouterError


def parse(*words):
    return build_parser().parse_args(["train", *words])


def test_every_step_and_all_are_commands():
    for step in (
        "prepare",
        "distill",
        "finetune",
        "calibrate",
        "export",
        "evaluate",
        "sources",
        "calibrations",
        "recover",
        "all",
    ):
        args = parse(step, "--data", "d", "--run", "r")
        assert (args.data.name, args.folder.name) == ("d", "r")


def test_the_parser_does_not_import_torch():
    code = "import sys; from hydra_auto.cli import main; main.build_parser(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_without_the_extra_the_fix_is_named(monkeypatch):
    monkeypatch.setattr(train, "find_spec", lambda name: None if name == "torch" else object())
    with pytest.raises(RouterError, match="torch") as caught:
        train.run_steps(parse("prepare"), ("prepare",))
    assert 'pip install "hydra-auto[train]"' in caught.value.hint


def test_missing_data_is_one_line_on_stderr(capsys, tmp_path):
    pytest.importorskip("torch")
    status = main(["train", "finetune", "--data", str(tmp_path / "none"), "--run", str(tmp_path / "run")])
    captured = capsys.readouterr()
    assert status == 1
    assert "does not exist. Name it with --data." in captured.err
    assert "Traceback" not in captured.err


def test_a_step_before_there_is_a_run_names_the_step_that_begins_one(tmp_path, capsys):
    pytest.importorskip("torch")
    status = main(["train", "evaluate", "--data", str(tmp_path), "--run", str(tmp_path / "run")])
    captured = capsys.readouterr()
    assert status == 1
    assert "begin one: `hydra-auto train prepare`" in captured.err
    assert "Traceback" not in captured.err
