from __future__ import annotations

import random

import numpy as np
import onnxruntime
import pytest
import torch
from scipy.special import expit, logit

from hydra_auto.training.annotations import ADDED, LIKE_REAL, PARALLEL, REAL, Item
from hydra_auto.training.calibration import Calibration, fold
from hydra_auto.training.config import FinetuneConfig, HeadsConfig
from hydra_auto.training.finetune import Unit, encode, predict
from hydra_auto.training.graph import write_graph
from hydra_auto.training.heads import Drawn, fit_hidden_layer, head_units, vectors_of
from hydra_auto.training.student import HiddenLayer, RequirementModel, build_bert, fewer_layers

pytestmark = pytest.mark.train

WIDTH = 32


def model_of(state):
    torch.manual_seed(3)
    return RequirementModel(build_bert(fewer_layers(state, 2), heads=2), WIDTH).eval()


def item(source, name, texts):
    return Item(source=source, set_name="s", item_id=name, texts=texts, requirements=(0.2, 0.3, 0.1, 0.0))


def test_units_hold_languages_a_disguise_and_pairs_and_leave_out_what_has_no_share():
    items = [
        item(REAL, "r", {"en": "why is my loop slow"}),
        item(LIKE_REAL, "l", {"en": "left out"}),
        item(ADDED, "a", {"en": "print a list"}),
        item(PARALLEL, "p", {"en": "hello", "de": "hallo", "fr": "salut", "ja": "やあ"}),
    ]
    parallel = [{"en": "one", "de": "eins", "fr": "un", "es": "uno", "it": "uno!"}]
    config = HeadsConfig(disguises=1.0, languages=3, unlabelled_pairs=5)
    drawn = head_units(items, parallel, config, random.Random(1))  # noqa: S311 - sampling, not secrets
    assert [unit.share for unit in drawn] == [1.0, 0.6, 1.0, 1.0]
    real, _, several, pair = [one.unit for one in drawn]
    assert real.texts[0] == "why is my loop slow"
    assert "why is my loop slow" in real.texts[1] != real.texts[0]
    assert len(several.texts) == 4  # English, two others, a disguise
    assert several.texts[0] == "hello"
    assert pair.requirements is None
    assert (len(pair.texts), pair.texts[0]) == (4, "one")


def test_the_hidden_layer_learns_what_no_linear_head_can(teacher_state, progress):
    model = model_of(teacher_state)
    generator = torch.Generator().manual_seed(1)
    vectors = torch.randn(400, WIDTH, generator=generator) * 3 + 5
    high = ((vectors[:, 0] > 5) ^ (vectors[:, 1] > 5)).tolist()
    units = [Drawn(Unit(("x",), (0.9 if one else 0.1, 0.5, 0.0, 0.0)), 1.0) for one in high]
    config = HeadsConfig(hidden=64, epochs=200, batch_units=100, learning_rate=1e-2, dropout=0.0)
    fit_hidden_layer(model, vectors, units, config, FinetuneConfig(), 1, progress)
    with torch.no_grad():
        levels = model.logits(vectors).sigmoid()[:, 0]
    right = ((levels > 0.5) == torch.tensor(high)).float().mean()
    assert right > 0.95


def test_a_hidden_layer_is_exported_and_calibrated(teacher_state, tokenizer, items, tmp_path, progress):
    model = model_of(teacher_state)
    model.hidden = HiddenLayer(WIDTH, 16)
    torch.nn.init.normal_(model.hidden.narrow.weight)
    texts = [text for one in items for text in one.texts.values()]
    before = predict(model, tokenizer, texts, 40).numpy()
    vectors = vectors_of(model, tokenizer, texts, 40, progress)
    with torch.no_grad():
        assert np.abs(model.logits(vectors).sigmoid().numpy() - before).max() < 1e-5
        fold(model, Calibration((1.5, 1.0, 0.7, 2.0), (0.1, -0.2, 0.0, 0.3)))
    aim = expit(logit(before) * np.array([1.5, 1.0, 0.7, 2.0]) + np.array([0.1, -0.2, 0.0, 0.3]))
    write_graph(model, tmp_path / "deep.onnx", 40)
    session = onnxruntime.InferenceSession(str(tmp_path / "deep.onnx"))
    rows = [np.array([ids], np.int64) for ids in encode(tokenizer, texts, 40)]
    found = np.concatenate([session.run(None, {"input_ids": row})[0] for row in rows])
    assert np.abs(found - aim).max() < 1e-4
