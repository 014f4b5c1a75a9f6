"""Nodes and constants of an ONNX graph under construction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper

CONTRIB: Final = "com.microsoft"


class Graph:
    """Nodes and constants under construction; every method returns the name of its output."""

    def __init__(self) -> None:
        """An empty graph."""
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: Any) -> str:  # noqa: ANN401 - a tensor, array or list
        """A stored value; tensors as float32."""
        array = value.detach().float().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:  # noqa: ANN401
        """A node with one output, which names the node too."""
        return self.nodes_of(kind, inputs, [output], **attributes)[0]

    def nodes_of(
        self,
        kind: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        **attributes: Any,  # noqa: ANN401
    ) -> Sequence[str]:
        """A node with several outputs, the first of which names it."""
        self.nodes.append(helper.make_node(kind, inputs, outputs, name=outputs[0], **attributes))
        return outputs

    def linear(self, x: str, name: str, layer: torch.nn.Linear) -> str:
        """``x`` times the layer's weights plus its bias: [1, seq, in] -> [1, seq, out]."""
        return self.affine(x, name, layer.weight, layer.bias)

    def affine(self, x: str, name: str, weight: torch.Tensor, bias: torch.Tensor) -> str:
        """``x`` times ``weight`` [out, in], plus ``bias``: [1, seq, in] -> [1, seq, out]."""
        product = self.node("MatMul", [x, self.constant(f"{name}.weight", weight.T)], f"{name}.product")
        return self.node("Add", [product, self.constant(f"{name}.bias", bias)], name)

    def norm(self, x: str, name: str, layer: torch.nn.LayerNorm) -> str:
        """Layer normalisation over the last axis."""
        inputs = [x, self.constant(f"{name}.weight", layer.weight), self.constant(f"{name}.bias", layer.bias)]
        return self.node("LayerNormalization", inputs, name, axis=-1, epsilon=layer.eps)
