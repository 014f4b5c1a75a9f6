"""The served graph: the ModernBERT encoder written with ONNX Runtime's fused operators.

A tracing exporter writes fifty small operators a layer, and on short messages their overhead is a third of
the time. Here a layer has thirteen. The operators of the ``com.microsoft`` domain are part of every ONNX
Runtime build for the CPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from hydra_auto.training.student import RequirementModel

_OPSET: Final = 20
_CONTRIB: Final = "com.microsoft"
_CONTRIB_OPSET: Final = 1
_FAR: Final = -10_000.0  # added to the scores of tokens outside of a local window
HEADS: Final = "heads"  # name of the node that no quantiser may touch


class _Graph:
    """Nodes and constants under construction; every method returns the name of its output."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: Any) -> str:  # noqa: ANN401 - a tensor, array or list
        array = value.detach().float().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:  # noqa: ANN401
        return self.nodes_of(kind, inputs, [output], **attributes)[0]

    def nodes_of(
        self,
        kind: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        **attributes: Any,  # noqa: ANN401
    ) -> Sequence[str]:
        self.nodes.append(helper.make_node(kind, inputs, outputs, name=outputs[0], **attributes))
        return outputs

    def linear(self, x: str, name: str, layer: torch.nn.Linear) -> str:
        """``x`` times the layer's weights plus its bias: [1, seq, in] -> [1, seq, out]."""
        weight = self.constant(f"{name}.weight", layer.weight.T)
        product = self.node("MatMul", [x, weight], f"{name}.product")
        return self.node("Add", [product, self.constant(f"{name}.bias", layer.bias)], name)

    def norm(self, x: str, name: str, layer: torch.nn.LayerNorm) -> str:
        """Layer normalisation over the last axis."""
        inputs = [x, self.constant(f"{name}.weight", layer.weight), self.constant(f"{name}.bias", layer.bias)]
        return self.node("LayerNormalization", inputs, name, axis=-1, epsilon=layer.eps)


def write_graph(model: RequirementModel, path: Path, longest: int) -> None:
    """Writes ``model`` as a float32 ONNX file that reads one text at a time: no padding, so no mask.

    The input is int64 ``input_ids`` [1, seq], seq at most ``longest``; the output is float32 ``requirements``
    [1, 4] in [0, 1].
    """
    graph = _Graph()
    hidden = _encoder(graph, model, longest)
    _pool_and_score(graph, model, hidden)
    content = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "requirements",
            [helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "seq"])],
            [helper.make_tensor_value_info("requirements", TensorProto.FLOAT, [1, 4])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(_CONTRIB, _CONTRIB_OPSET)],
        producer_name="hydra-auto",
    )
    content.ir_version = 10
    onnx.save(content, path)


def _encoder(graph: _Graph, model: RequirementModel, longest: int) -> str:
    """Nodes of the encoder; name of its last hidden states, [1, seq, width]."""
    encoder: Any = model.encoder  # the library's layers have no precise types
    config = encoder.config
    words = graph.constant("embeddings.weight", encoder.embeddings.tok_embeddings.weight)
    embedded = graph.node("Gather", [words, "input_ids"], "embeddings.words")
    normed = stream = graph.norm(embedded, "embeddings.norm", encoder.embeddings.norm)
    near = _near(graph, config.local_attention // 2)
    start = graph.constant("positions.start", np.zeros(1, np.int64))
    rotations = {
        kind: _rotation(graph, kind, config.rope_parameters[kind]["rope_theta"], config, longest)
        for kind in set(config.layer_types)
    }
    for index, layer in enumerate(encoder.layers):
        kind = config.layer_types[index]
        name = f"layers.{index}"
        joint = graph.linear(normed, f"{name}.qkv", layer.attn.Wqkv)
        query, key, value = graph.nodes_of(
            "Split", [joint], [f"{name}.{part}" for part in ("query", "key", "value")], axis=-1, num_outputs=3
        )
        turned = [
            graph.node(
                "RotaryEmbedding",
                [part, start, *rotations[kind]],
                f"{part}.turned",
                domain=_CONTRIB,
                num_heads=config.num_attention_heads,
                rotary_embedding_dim=0,
            )
            for part in (query, key)
        ]
        attended = graph.node(
            "MultiHeadAttention",
            [*turned, value, *(["", "", near] if kind == "sliding_attention" else [])],
            f"{name}.attention",
            domain=_CONTRIB,
            num_heads=config.num_attention_heads,
        )
        update = graph.linear(attended, f"{name}.attention.out", layer.attn.Wo)
        stream = graph.node("Add", [stream, update], f"{name}.middle")
        normed = graph.norm(stream, f"{name}.mlp.norm", layer.mlp_norm)
        wide = graph.linear(normed, f"{name}.mlp.in", layer.mlp.Wi)
        inner, gate = graph.nodes_of(
            "Split", [wide], [f"{name}.mlp.inner", f"{name}.mlp.gate"], axis=-1, num_outputs=2
        )
        active = graph.node("Gelu", [inner], f"{name}.mlp.active")
        gated = graph.node("Mul", [active, gate], f"{name}.mlp.gated")
        update = graph.linear(gated, f"{name}.mlp.out", layer.mlp.Wo)
        last = index + 1 == len(encoder.layers)
        following = encoder.final_norm if last else encoder.layers[index + 1].attn_norm
        stream = graph.node("Add", [stream, update], f"{name}.end")
        normed = graph.norm(stream, f"{name}.end.norm", following)
    return normed


def _near(graph: _Graph, window: int) -> str:
    """Score offsets [1, 1, seq, seq]: 0 for tokens at most ``window`` apart, far below 0 for others."""
    sizes = graph.node("Shape", ["input_ids"], "sizes", start=1)
    count = graph.node("Squeeze", [sizes], "count")
    zero, one = graph.constant("zero", np.int64(0)), graph.constant("one", np.int64(1))
    row = graph.node("Range", [zero, count, one], "places")
    column = graph.node("Unsqueeze", [row, graph.constant("axis", np.array([1]))], "places.column")
    apart = graph.node("Abs", [graph.node("Sub", [column, row], "places.difference")], "apart")
    inside = graph.node("LessOrEqual", [apart, graph.constant("window", np.int64(window))], "inside")
    levels = graph.constant("level.near", np.float32(0)), graph.constant("level.far", np.float32(_FAR))
    flat = graph.node("Where", [inside, *levels], "near.flat")
    return graph.node("Unsqueeze", [flat, graph.constant("axes", np.array([0, 1]))], "near")


def _rotation(graph: _Graph, kind: str, base: float, config: Any, longest: int) -> tuple[str, str]:  # noqa: ANN401
    """Cosines and sines [longest, half a head] of a kind of layer (RoPE)."""
    size = config.hidden_size // config.num_attention_heads
    frequencies = base ** -(np.arange(0, size, 2, dtype=np.float32) / size)
    angles = np.outer(np.arange(longest, dtype=np.float32), frequencies).astype(np.float32)
    return graph.constant(f"{kind}.cos", np.cos(angles)), graph.constant(f"{kind}.sin", np.sin(angles))


def _pool_and_score(graph: _Graph, model: RequirementModel, hidden: str) -> None:
    """Mean over the tokens, one linear layer, sigmoid."""
    axes = graph.constant("pool.axes", np.array([1]))
    mean = graph.node("ReduceMean", [hidden, axes], "pool", keepdims=0)
    weights = [
        graph.constant("heads.weight", model.heads.weight.T),
        graph.constant("heads.bias", model.heads.bias),
    ]
    logits = graph.node("Gemm", [mean, *weights], HEADS)
    graph.node("Sigmoid", [logits], "requirements")
