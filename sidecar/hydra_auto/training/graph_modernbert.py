"""The nodes of a ModernBERT: pre-norm, RoPE, GeGLU, windows in most layers."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from hydra_auto.training.graph_nodes import CONTRIB, Graph

_FAR: Final = -10_000.0  # added to the scores of tokens outside of a local window


def modernbert_nodes(graph: Graph, encoder: Any, longest: int) -> str:  # noqa: ANN401 - library, untyped layers
    """Nodes of a ModernBERT; name of its last hidden states, [1, seq, width]."""
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
                domain=CONTRIB,
                num_heads=config.num_attention_heads,
                rotary_embedding_dim=0,
            )
            for part in (query, key)
        ]
        attended = graph.node(
            "MultiHeadAttention",
            [*turned, value, *(["", "", near] if kind == "sliding_attention" else [])],
            f"{name}.attention",
            domain=CONTRIB,
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


def _near(graph: Graph, window: int) -> str:
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


def _rotation(graph: Graph, kind: str, base: float, config: Any, longest: int) -> tuple[str, str]:  # noqa: ANN401
    """Cosines and sines [longest, half a head] of a kind of layer (RoPE)."""
    size = config.hidden_size // config.num_attention_heads
    frequencies = base ** -(np.arange(0, size, 2, dtype=np.float32) / size)
    angles = np.outer(np.arange(longest, dtype=np.float32), frequencies).astype(np.float32)
    return graph.constant(f"{kind}.cos", np.cos(angles)), graph.constant(f"{kind}.sin", np.sin(angles))
