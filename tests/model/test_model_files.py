from __future__ import annotations

import hashlib
import json

import pytest

from hydra_auto.adapters.model_files import open_model_files, read_card
from hydra_auto.adapters.onnx_predictor import OnnxPredictor
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.errors import ModelChecksum, ModelFileMissing, ModelHeadOrder


@pytest.fixture
def folder(tmp_path):
    """A folder whose card and files agree; its encoder is no ONNX, which only loading can tell."""
    files = {"encoder.onnx": b"not an encoder", "tokenizer.json": b"{}"}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    card = {
        "version": "tiny-v1",
        "files": {name: {"sha256": hashlib.sha256(content).hexdigest()} for name, content in files.items()},
        "capabilities": [capability.value for capability in Capability],
        "max_tokens": 128,
    }
    (tmp_path / "model_card.json").write_text(json.dumps(card))
    return tmp_path


def change_card(folder, **changes):
    (folder / "model_card.json").write_text(json.dumps(read_card(folder) | changes))


def test_a_folder_that_agrees_with_its_card_opens(folder):
    files = open_model_files(folder)
    assert (files.version, files.max_tokens) == ("tiny-v1", 128)
    assert files.encoder == folder / "encoder.onnx"


@pytest.mark.parametrize("name", ["encoder.onnx", "tokenizer.json", "model_card.json"])
def test_a_missing_file_is_named_with_a_way_out(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelFileMissing, match=name) as caught:
        open_model_files(folder)
    assert "Reinstall hydra-auto" in caught.value.hint


@pytest.mark.parametrize("name", ["encoder.onnx", "tokenizer.json"])
def test_an_altered_file_is_refused(folder, name):
    with (folder / name).open("ab") as file:
        file.write(b"!")
    with pytest.raises(ModelChecksum, match=name):
        open_model_files(folder)


def test_another_head_order_is_refused(folder):
    change_card(folder, capabilities=[capability.value for capability in Capability][::-1])
    with pytest.raises(ModelHeadOrder, match="tool_use, debugging, code_generation, reasoning"):
        open_model_files(folder)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"version": "x"}', '{"files": 3}'])
def test_a_damaged_card_is_refused(folder, content):
    (folder / "model_card.json").write_text(content)
    with pytest.raises(ModelChecksum):
        open_model_files(folder)


def test_files_that_the_libraries_cannot_read_are_a_message_not_a_traceback(folder):
    predictor = OnnxPredictor(open_model_files(folder))
    with pytest.raises(ModelChecksum, match="cannot be loaded") as caught:
        predictor.load()
    assert "onnxruntime" in caught.value.hint
