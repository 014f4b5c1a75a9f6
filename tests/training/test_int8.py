"""What an encoder loses as an int8 file, and what is done against it."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from transformers import ModernBertModel

from hydra_auto.training.balance import balance_channels
from hydra_auto.training.config import StudentConfig
from hydra_auto.training.copy_initialisation import copy_initialise
from hydra_auto.training.export import quantise
from hydra_auto.training.graph import write_graph
from hydra_auto.training.predict import encode, predict
from hydra_auto.training.recovery import weights_of_graph
from hydra_auto.training.rounding import round_weights, rounded
from hydra_auto.training.student import RequirementModel, build_bert, fewer_layers, student_config

pytestmark = pytest.mark.train


def loud_modernbert(state):
    """One channel drowns the others, as in trained layers."""
    width = state["embeddings.word_embeddings.weight"].shape
    encoder = ModernBertModel(student_config(*width, 64, 2, StudentConfig(layers=2)))
    copy_initialise(state, encoder)
    model = RequirementModel(encoder, width[1]).eval()
    for layer in model.encoder.layers:
        layer.mlp.Wi.weight[:, :] *= 2
        layer.mlp.Wi.bias[64:] += 1
        layer.mlp.Wi.bias[0] += 200
        layer.mlp.Wo.weight[:, 0] = 0.001
    return model


def loud_bert(state):
    model = RequirementModel(build_bert(fewer_layers(state, 2), heads=2), 32).eval()
    for layer in model.encoder.encoder.layer:
        layer.intermediate.dense.weight[:, :] *= 2
        layer.intermediate.dense.bias[0] += 200
        layer.output.dense.weight[:, 0] = 0.001
    return model


@pytest.mark.parametrize("loud", [loud_modernbert, loud_bert])
def test_balancing_changes_what_int8_loses_and_nothing_else(
    loud, run_file, teacher_state, tokenizer, items, tmp_path
):
    torch.manual_seed(3)
    with torch.no_grad():
        model = loud(teacher_state)
    texts = [text for item in items for text in item.texts.values()]
    before = predict(model, tokenizer, texts, 40).numpy()

    def loss_of_int8(name):
        write_graph(model, tmp_path / f"{name}.onnx", 40)
        quantise(tmp_path / f"{name}.onnx", tmp_path / f"{name}8.onnx")
        return np.abs(run_file(tmp_path / f"{name}8.onnx", encode(tokenizer, texts, 40)) - before).mean()

    unbalanced = loss_of_int8("plain")
    balance_channels(model, encode(tokenizer, texts, 40))
    assert np.abs(predict(model, tokenizer, texts, 40).numpy() - before).max() < 1e-4
    assert loss_of_int8("balanced") < unbalanced / 2


def test_rounding_to_int8_loses_less_than_the_nearest_steps_and_the_quantiser_keeps_it(
    run_file, teacher_state, tokenizer, items, tmp_path
):
    torch.manual_seed(3)
    model = RequirementModel(build_bert(fewer_layers(teacher_state, 2), heads=2), 32).eval()
    sequences = encode(tokenizer, [text for item in items for text in item.texts.values()], 40)
    plain = copy.deepcopy(model)
    round_weights(model, sequences)
    write_graph(model, tmp_path / "full.onnx", 40)
    quantise(tmp_path / "full.onnx", tmp_path / "int8.onnx")
    kept = weights_of_graph(tmp_path / "int8.onnx", teacher_state)
    name = "encoder.encoder.layer.1.output.dense.weight"
    assert torch.allclose(kept[name], model.state_dict()[name], atol=1e-6)

    write_graph(plain, tmp_path / "plain.onnx", 40)
    exact = run_file(tmp_path / "plain.onnx", sequences)
    loss = np.abs(run_file(tmp_path / "full.onnx", sequences) - exact).mean()
    for layer in plain.encoder.encoder.layer:
        for matrix in (module for module in layer.modules() if isinstance(module, torch.nn.Linear)):
            step = matrix.weight.data.abs().amax(1, keepdim=True) / 127
            matrix.weight.data = (matrix.weight.data / step).round() * step
    write_graph(plain, tmp_path / "nearest.onnx", 40)
    nearest = np.abs(run_file(tmp_path / "nearest.onnx", sequences) - exact).mean()
    assert loss < nearest / 2


@given(arrays(np.float32, (3, 5), elements=st.floats(-2, 2, width=32)))
def test_rounded_weights_lie_on_a_grid_of_their_own_largest(weight):
    torch.manual_seed(1)
    inputs = torch.randn(20, 5) + torch.tensor([9.0, 0, 0, 0, 0])
    found = rounded(torch.tensor(weight), inputs.T @ inputs).double().numpy()
    step = np.abs(weight).max(1, keepdims=True).astype(np.float64) / 127
    steps = np.divide(found, step, out=np.zeros_like(found), where=step > 1e-30)
    assert np.abs(steps - steps.round()).max() < 1e-3
    assert np.abs(steps).max() <= 127.001
    assert np.allclose(np.abs(found).max(1), np.abs(weight).max(1), atol=1e-6)
