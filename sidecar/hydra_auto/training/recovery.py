"""Weights of a served file, read back for training to go on from: the repository holds no others.

The matrices of an int8 file are rounded; word embeddings, which training leaves alone, are the teacher's;
of positions and types the sum is there, within the window; everything else is exact. The heads of a file
without memory have its calibration in them (`calibration.fold`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from hydra_auto.training.config import TrainingFailed
from hydra_auto.training.student import State

_KEPT: Final = "embeddings."
_EMBEDDINGS: Final = "encoder.embeddings."
_WORDS: Final = f"{_EMBEDDINGS}word_embeddings.weight"
_POSITIONS: Final = f"{_EMBEDDINGS}position_embeddings.weight"
_TYPES: Final = f"{_EMBEDDINGS}token_type_embeddings.weight"
_DENSE: Final = {
    "attention.out": "attention.output.dense",
    "mlp.in": "intermediate.dense",
    "mlp.out": "output.dense",
}
_BALANCED: Final = {"mlp.in": "intermediate.dense", "mlp": "output.dense"}
_NORMS: Final = {"middle.norm": "attention.output.LayerNorm", "end.norm": "output.LayerNorm"}
_QUERY_KEY_VALUE: Final = ("query", "key", "value")


def weights_of_graph(path: Path, teacher: State) -> dict[str, torch.Tensor]:
    """Weights of `student.RequirementModel` around a BERT, without its memory.

    Args:
        path: A file of `graph.write_graph`, float32 or as `export.quantise` makes it.
        teacher: Weights of the BERT that it comes from, whose word embeddings it has.

    Raises:
        TrainingFailed: The file is no such graph, or has other word embeddings.
    """
    try:
        stored = {tensor.name: tensor for tensor in onnx.load(path).graph.initializer}
    except Exception as error:  # protobuf's own, without types
        raise TrainingFailed(f"{path} cannot be read: {error}.") from error
    graph = _Constants(path, {name: numpy_helper.to_array(tensor) for name, tensor in stored.items()})
    state = {f"encoder.{name}": value.clone() for name, value in teacher.items() if name.startswith(_KEPT)}
    words, step = graph.of("embeddings.weight"), graph.step("embeddings.weight")
    known = state[_WORDS]
    if words.shape != known.shape or float((words - known).abs().max()) > step:
        raise TrainingFailed(f"{path} has other word embeddings than the run's teacher.")
    positions = graph.of("positions") - state[_TYPES][0]  # which the graph adds to them
    state[_POSITIONS][: len(positions)] = positions
    for part in ("weight", "bias"):
        state[f"{_EMBEDDINGS}LayerNorm.{part}"] = graph.of(f"embeddings.norm.{part}")
    layer = 0
    while f"layers.{layer}.qkv.bias" in stored:
        state |= _layer(graph, f"layers.{layer}", f"encoder.encoder.layer.{layer}")
        layer += 1
    state["heads.weight"] = graph.of("heads.weight").T.contiguous()
    state["heads.bias"] = graph.of("heads.bias")
    return state


def _layer(graph: _Constants, theirs: str, ours: str) -> dict[str, torch.Tensor]:
    """One layer's weights by our names; what `balance.balance_channels` did to them is undone."""
    found = {}
    weight, bias = graph.of(f"{theirs}.qkv.weight").T, graph.of(f"{theirs}.qkv.bias")
    parts = zip(_QUERY_KEY_VALUE, weight.chunk(3), bias.chunk(3), strict=True)
    for name, matrix, vector in parts:
        found[f"{ours}.attention.self.{name}.weight"] = matrix.contiguous()
        found[f"{ours}.attention.self.{name}.bias"] = vector.contiguous()
    for name, own in _DENSE.items():
        found[f"{ours}.{own}.weight"] = graph.of(f"{theirs}.{name}.weight").T.contiguous()
        found[f"{ours}.{own}.bias"] = graph.of(f"{theirs}.{name}.bias")
    for name, own in _BALANCED.items():
        if f"{theirs}.{name}.factor" in graph:
            found[f"{ours}.{own}.weight"] *= graph.of(f"{theirs}.{name}.factor")
    for name, own in _NORMS.items():
        for part in ("weight", "bias"):
            found[f"{ours}.{own}.{part}"] = graph.of(f"{theirs}.{name}.{part}")
    return found


class _Constants:
    """The stored arrays of a graph, by the names of `graph_bert`, whether rounded or not."""

    def __init__(self, path: Path, arrays: Mapping[str, np.ndarray]) -> None:
        self._path = path
        self._arrays = arrays

    def __contains__(self, name: str) -> bool:
        return name in self._arrays

    def of(self, name: str) -> torch.Tensor:
        """The float32 value of a constant; of a rounded one, the middle of what was rounded to it."""
        arrays = self._arrays
        try:
            if name in arrays:
                return torch.tensor(arrays[name], dtype=torch.float32)
            whole = arrays[f"{name}_quantized"].astype(np.float32)
            zero = arrays[f"{name}_zero_point"].astype(np.float32)
            return torch.tensor((whole - zero) * arrays[f"{name}_scale"])
        except KeyError as error:
            raise TrainingFailed(f"{self._path} is no encoder of ours: it lacks {name}.") from error

    def step(self, name: str) -> float:
        """By how much a rounded constant may be off at most, times two; a little more than 0 of another."""
        return float(np.max(self._arrays.get(f"{name}_scale", np.finfo(np.float32).eps)))
