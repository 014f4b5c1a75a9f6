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
from hydra_auto.training.student import RequirementModel

_OPSET: Final = 20
_CONTRIB_OPSET: Final = 1
NO_FLOOR: Final = (0.0,) * len(Capability)
HEADS: Final = "heads"  # name of the node that no quantiser may touch


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
    """Mean over the tokens, one linear layer, sigmoid; nothing below the floor."""
    axes = graph.constant("pool.axes", np.array([1]))
    mean = graph.node("ReduceMean", [hidden, axes], "pool", keepdims=0)
    weights = [
        graph.constant("heads.weight", model.heads.weight.T),
        graph.constant("heads.bias", model.heads.bias),
    ]
    logits = graph.node("Gemm", [mean, *weights], HEADS)
    levels = graph.node("Sigmoid", [logits], "levels")
    above = graph.node("Greater", [levels, graph.constant("floor", np.array([floor], np.float32))], "above")
    graph.node("Where", [above, levels, graph.constant("nothing", np.zeros(1, np.float32))], "requirements")
