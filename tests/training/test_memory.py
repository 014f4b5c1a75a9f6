from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import numpy_helper
from sklearn.kernel_ridge import KernelRidge

from hydra_auto.training.annotations import LIKE_REAL, OUTCOMES, REAL, WRITTEN, Item
from hydra_auto.training.calibration import Calibration, fold
from hydra_auto.training.config import MemoryConfig
from hydra_auto.training.export import quantise
from hydra_auto.training.graph import write_graph
from hydra_auto.training.memory import fit_memory, remembered_texts
from hydra_auto.training.predict import encode, pooled_vectors, predict
from hydra_auto.training.student import RequirementModel, build_bert, fewer_layers

pytestmark = pytest.mark.train


def points(count=60):
    rng = np.random.default_rng(2)
    vectors = rng.normal(size=(count, 6)).astype(np.float32)
    aims = np.clip(0.5 + 0.2 * np.sin(2 * vectors[:, :4]), 0, 1).astype(np.float32)
    return vectors, aims


def told(memory, vectors):
    """What the memory alone says."""
    memory.share.fill_(1.0)
    return memory(torch.as_tensor(vectors), torch.zeros(len(vectors), 4)).sigmoid().numpy()


def test_remembering_every_message_is_kernel_ridge():
    vectors, aims = points()
    config = MemoryConfig(places=60, penalty=0.1, real_share=1.0)
    memory = fit_memory(vectors, aims, np.full(60, fill_value=True), config, 0.0, 7)
    centre, offset = vectors.mean(0), aims.mean(0)
    ridge = KernelRidge(alpha=0.1, kernel="rbf", gamma=float(memory.steepness))
    ridge.fit(vectors - centre, aims - offset)
    asked = points(70)[0][60:]
    assert told(memory, asked) == pytest.approx(ridge.predict(asked - centre) + offset, abs=2e-3)


def test_a_few_places_tell_more_than_the_mean_and_equal_messages_do_no_harm():
    vectors, aims = (np.concatenate([values] * 3) for values in points())
    config = MemoryConfig(places=40, penalty=0.1)
    memory = fit_memory(vectors, aims, np.arange(180) % 3 > 0, config, 1.0, 7)
    error = np.abs(told(memory, vectors) - aims).mean()
    assert error < np.abs(aims.mean(0) - aims).mean() / 2


def test_chat_messages_are_remembered_in_english_and_in_others():
    def item(source, name, *languages):
        texts = {language: f"{name} {language}" for language in languages}
        return Item(source=source, set_name="x", item_id=name, texts=texts, requirements=(0.1,) * 4)

    items = [
        item(REAL, "r", "ru"),
        item(WRITTEN, "c", "en", "de", "fr"),
        item(LIKE_REAL, "l", "en"),
        item(OUTCOMES, "o", "en"),
    ]
    texts, aims, real = remembered_texts(items, MemoryConfig(languages=2), 7)
    assert texts[:2] == ["r ru", "c en"]
    assert texts[2] in {"c de", "c fr"}
    assert texts[3:] == ["o en"]
    assert aims.shape == (4, 4)
    assert list(real) == [True, False, False, True]
    assert len(remembered_texts(items, MemoryConfig(languages=3), 7)[0]) == 5
    texts, _, real = remembered_texts(items, MemoryConfig(languages=1, sets=("x",)), 7)
    assert texts == ["r ru", "c en", "l en", "o en"]
    assert real.all()


@pytest.fixture
def remembering(teacher_state, tokenizer, items):
    torch.manual_seed(3)
    model = RequirementModel(build_bert(fewer_layers(teacher_state, 2), heads=2), 32).eval()
    texts = [text for item in items for text in item.texts.values()]
    vectors = pooled_vectors(model, tokenizer, texts, 40).numpy()
    aims = np.array([item.requirements for item in items], np.float32)
    config = MemoryConfig(places=8, penalty=0.01)
    model.memory = fit_memory(vectors, aims, np.full(len(items), fill_value=True), config, 0.0, 7)
    return model, texts


def test_an_exported_memory_agrees_with_torch(remembering, tokenizer, tmp_path):
    model, texts = remembering
    fold(model, Calibration((1.1, 0.9, 1.0, 1.2), (0.1, -0.1, 0.0, 0.2), (0.0,) * 4))
    write_graph(model, tmp_path / "memory.onnx", 40)
    session = onnxruntime.InferenceSession(str(tmp_path / "memory.onnx"))
    found = [
        session.run(None, {"input_ids": np.array([ids], np.int64)})[0][0]
        for ids in encode(tokenizer, texts, 40)
    ]
    assert np.abs(np.array(found) - predict(model, tokenizer, texts, 40).numpy()).max() < 1e-5


def test_what_adds_up_in_heads_and_memory_stays_float_in_the_int8_file(remembering, tmp_path):
    model, _ = remembering
    write_graph(model, tmp_path / "memory.onnx", 40)
    quantise(tmp_path / "memory.onnx", tmp_path / "int8.onnx")
    kinds = {c.name: c.data_type for c in onnx.load(tmp_path / "int8.onnx").graph.initializer}
    for name in ("heads.weight", "memory.weights"):
        assert kinds[name] == onnx.TensorProto.FLOAT


def test_places_are_stored_in_int8_without_loss(remembering, tmp_path):
    model, _ = remembering
    write_graph(model, tmp_path / "memory.onnx", 40)
    quantise(tmp_path / "memory.onnx", tmp_path / "int8.onnx")
    stored = {c.name: numpy_helper.to_array(c) for c in onnx.load(tmp_path / "int8.onnx").graph.initializer}
    places = stored["memory.places_quantized"] * stored["memory.places_scale"]
    assert stored["memory.places_quantized"].dtype == np.int8
    assert places == pytest.approx(-2 * model.memory.places.numpy().T, rel=1e-5, abs=1e-6)


def test_calibration_scales_what_heads_and_memory_say_together(remembering, tokenizer):
    model, texts = remembering
    before = predict(model, tokenizer, texts, 40).logit()
    fold(model, Calibration((2.0,) * 4, (0.5,) * 4, (0.0,) * 4))
    assert torch.allclose(predict(model, tokenizer, texts, 40).logit(), 2 * before + 0.5, atol=1e-3)
