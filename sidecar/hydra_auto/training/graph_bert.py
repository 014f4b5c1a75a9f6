"""The nodes of a BERT: post-norm, learnt positions, every layer sees all tokens."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from hydra_auto.training.graph_nodes import CONTRIB, Graph


def bert_nodes(graph: Graph, encoder: Any, longest: int) -> str:  # noqa: ANN401 - library, untyped layers
    """Nodes of a BERT; name of its last hidden states, [1, seq, width]."""
    embeddings = encoder.embeddings
    words = graph.constant("embeddings.weight", embeddings.word_embeddings.weight)
    embedded = graph.node("Gather", [words, "input_ids"], "embeddings.words")
    # One text at a time is always of the first type: its vector joins the positions.
    table = embeddings.position_embeddings.weight[:longest] + embeddings.token_type_embeddings.weight[0]
    ends = [
        graph.constant("positions.start", np.zeros(1, np.int64)),
        graph.node("Shape", ["input_ids"], "ends", start=1),
    ]
    places = graph.node("Slice", [graph.constant("positions", table), *ends], "places")
    placed = graph.node("Add", [embedded, places], "embeddings.placed")
    stream = graph.norm(placed, "embeddings.norm", embeddings.LayerNorm)
    for index, layer in enumerate(encoder.encoder.layer):
        name = f"layers.{index}"
        parts = [getattr(layer.attention.self, part) for part in ("query", "key", "value")]
        joint = graph.affine(
            stream,
            f"{name}.qkv",
            torch.cat([part.weight for part in parts]),
            torch.cat([part.bias for part in parts]),
        )
        split = graph.nodes_of(
            "Split", [joint], [f"{name}.{part}" for part in ("query", "key", "value")], axis=-1, num_outputs=3
        )
        attended = graph.node(
            "MultiHeadAttention",
            split,
            f"{name}.attention",
            domain=CONTRIB,
            num_heads=encoder.config.num_attention_heads,
        )
        update = graph.linear(attended, f"{name}.attention.out", layer.attention.output.dense)
        stream = graph.node("Add", [stream, update], f"{name}.middle")
        stream = graph.norm(stream, f"{name}.middle.norm", layer.attention.output.LayerNorm)
        into, wide = layer.intermediate.dense, stream
        if isinstance(into, torch.nn.Sequential):
            scale, into = into
            wide = _scaled(graph, stream, f"{name}.mlp.in", scale)
        inner = graph.linear(wide, f"{name}.mlp.in", into)
        active = graph.node("Gelu", [inner], f"{name}.mlp.active")
        if isinstance(layer.intermediate.intermediate_act_fn, torch.nn.Sequential):
            _, scale = layer.intermediate.intermediate_act_fn
            active = _scaled(graph, active, f"{name}.mlp", scale)
        update = graph.linear(active, f"{name}.mlp.out", layer.output.dense)
        stream = graph.node("Add", [stream, update], f"{name}.end")
        stream = graph.norm(stream, f"{name}.end.norm", layer.output.LayerNorm)
    return stream


def _scaled(graph: Graph, x: str, name: str, scale: torch.nn.Module) -> str:
    """``x`` with its channels as the balanced matrix behind it wants them."""
    return graph.node(
        "Mul", [x, graph.constant(f"{name}.factor", scale.get_buffer("factor"))], f"{name}.scaled"
    )
