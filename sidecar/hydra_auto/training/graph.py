"""The served graph: the encoder written with ONNX Runtime's fused operators.

A tracing exporter writes fifty small operators a layer, and on short messages their overhead is a third of
the time. Here a layer has thirteen. The operators of the ``com.microsoft`` domain are part of every ONNX
Runtime build for the CPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper
from transformers import BertModel

from hydra_auto.core.capabilities import Capability
from hydra_auto.training.graph_bert import bert_nodes
from hydra_auto.training.graph_modernbert import modernbert_nodes
from hydra_auto.training.graph_nodes import CONTRIB, Graph
from hydra_auto.training.student import EDGE, Memory, RequirementModel

_OPSET: Final = 20
_CONTRIB_OPSET: Final = 1
NO_FLOOR: Final = (0.0,) * len(Capability)
FLOAT_NODES: Final = ("heads", "memory.sum")  # that no quantiser may touch


def write_graph(model: RequirementModel, path: Path, longest: int, floor: Sequence[float] = NO_FLOOR) -> None:
    """Writes ``model`` as a float32 ONNX file that reads one text at a time: no padding, so no mask.

    The input is int64 ``input_ids`` [1, seq], seq at most ``longest``; the output is float32 ``requirements``
    [1, 4] in [0, 1], 0 where the head says at most ``floor``.
    """
    graph = Graph()
    nodes = bert_nodes if isinstance(model.encoder, BertModel) else modernbert_nodes
    hidden = nodes(graph, model.encoder, longest)
    _pool_and_score(graph, model, hidden, floor)
    content = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "requirements",
            [helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "seq"])],
            [helper.make_tensor_value_info("requirements", TensorProto.FLOAT, [1, 4])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(CONTRIB, _CONTRIB_OPSET)],
        producer_name="hydra-auto",
    )
    content.ir_version = 10
    onnx.save(content, path)


def _pool_and_score(graph: Graph, model: RequirementModel, hidden: str, floor: Sequence[float]) -> None:
    """Mean over the tokens, the heads, sigmoid; nothing below the floor."""
    axes = graph.constant("pool.axes", np.array([1]))
    mean = graph.node("ReduceMean", [hidden, axes], "pool", keepdims=0)
    weights = [
        graph.constant("heads.weight", model.heads.weight.T),
        graph.constant("heads.bias", model.heads.bias),
    ]
    logits = graph.node("Gemm", [mean, *weights], "heads")
    if model.memory is not None:
        logits = _remember(graph, model.memory, mean, logits)
    levels = graph.node("Sigmoid", [logits], "levels")
    above = graph.node("Greater", [levels, graph.constant("floor", np.array([floor], np.float32))], "above")
    graph.node("Where", [above, levels, graph.constant("nothing", np.zeros(1, np.float32))], "requirements")


def _remember(graph: Graph, memory: Memory, mean: str, logits: str) -> str:
    """Calibrated logits of linear heads and memory together; see `student.Memory`.

    |v - p|^2 is |v|^2 - 2 v.p + |p|^2: one product with all that is remembered.
    """
    vector = graph.node("Sub", [mean, graph.constant("memory.centre", memory.centre)], "memory.vector")
    own = graph.node("ReduceSumSquare", [vector, graph.constant("memory.axes", np.array([1]))], "memory.own")
    places = graph.constant("memory.places", -2 * memory.places.T)
    squares = graph.constant("memory.squares", memory.places.pow(2).sum(1))
    distances = graph.node("Gemm", [vector, places, squares], "memory.products")
    distances = graph.node("Add", [distances, own], "memory.distances")
    steepness = graph.constant("memory.steepness", -memory.steepness)
    likeness = graph.node(
        "Exp", [graph.node("Mul", [distances, steepness], "memory.decay")], "memory.likeness"
    )
    parts = [graph.constant(f"memory.{name}", getattr(memory, name)) for name in ("weights", "offset")]
    told = graph.node("Gemm", [likeness, *parts], "memory.sum")
    none, one = (graph.constant(f"memory.{n}", np.float32(v)) for n, v in (("none", 0.0), ("one", 1.0)))
    told = graph.node("Clip", [told, none, one], "memory.told")
    shares = [
        graph.constant(f"memory.share{n}", v) for n, v in (("", memory.share), (".rest", 1 - memory.share))
    ]
    linear = graph.node("Mul", [graph.node("Sigmoid", [logits], "linear"), shares[1]], "linear.part")
    told = graph.node("Mul", [told, shares[0]], "memory.part")
    ends = [graph.constant(f"memory.{n}", np.float32(v)) for n, v in (("least", EDGE), ("most", 1 - EDGE))]
    both = graph.node("Clip", [graph.node("Add", [linear, told], "both.sum"), *ends], "both")
    odds = graph.node("Div", [both, graph.node("Sub", [one, both], "both.rest")], "odds")
    scaled = graph.node(
        "Mul", [graph.node("Log", [odds], "logits"), graph.constant("scale", memory.scale)], "scaled"
    )
    return graph.node("Add", [scaled, graph.constant("shift", memory.shift)], "calibrated")
