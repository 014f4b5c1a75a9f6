"""What each step towards the served encoder gains: one shape in fp32, int8 and weight-only, timed in turns.

The package carries no fp32 graph. Times need none: random weights of the shipped shape take as long, which
the shipped file, timed beside them, shows. How far levels move needs real weights, those of a run's export.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime as ort
import torch
from rich.progress import Progress
from transformers import BertConfig, BertModel

from hydra_auto.adapters.model_files import ENCODER, ModelFiles
from hydra_auto.adapters.onnx_predictor import SLOWER, OnnxPredictor, open_session
from hydra_auto.training.config import TrainingFailed
from hydra_auto.training.export import quantise, quantise_weights_only
from hydra_auto.training.graph import write_graph
from hydra_auto.training.run import FP32_FOLDER
from hydra_auto.training.student import PAD, Memory, RequirementModel
from hydra_auto.training.timing import ROUNDS, fastest_in_turns

_LENGTHS: Final = (26, 128, 256, 512)  # the last is beyond the window: what a larger one would cost
_LONGEST: Final = max(_LENGTHS)
_FULL: Final = "fp32"
_Levels = Any  # float array [texts, 4] in [0, 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderShape:
    """Sizes of an encoder; ``places`` is 0 where it has no memory."""

    vocabulary: int
    width: int
    inner: int
    layers: int
    heads: int
    places: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One way to store or run the encoder.

    Attributes:
        name: For people.
        milliseconds: Of its fastest run on one thread, by tokens; lengths that it cannot read are left out.
        difference: Mean difference of a level from that of fp32, in [0, 1]; None where weights are random.
    """

    name: str
    milliseconds: Mapping[int, float]
    difference: float | None


def shape_of(encoder: Path) -> EncoderShape:
    """The shape of an encoder file that `graph.write_graph` wrote, quantised or not.

    Raises:
        TrainingFailed: It is no BERT.
    """
    graph = onnx.load(encoder).graph
    dims = {tensor.name.removesuffix("_quantized"): tuple(tensor.dims) for tensor in graph.initializer}
    try:
        vocabulary, width = dims["embeddings.weight"]
        _, inner = dims["layers.0.mlp.in.weight"]
        _ = dims["positions"]
    except KeyError as error:
        raise TrainingFailed(
            f"{encoder} is no BERT as train export writes it: it has no {error}.",
            "Name the folder of another encoder with --model-dir.",
        ) from error
    attention = [node for node in graph.node if node.op_type == "MultiHeadAttention"]
    heads = next(item.i for item in attention[0].attribute if item.name == "num_heads")
    _, places = dims.get("memory.places", (width, 0))
    return EncoderShape(
        vocabulary=vocabulary, width=width, inner=inner, layers=len(attention), heads=heads, places=places
    )


def write_random(shape: EncoderShape, path: Path, longest: int = _LONGEST) -> None:
    """Writes an fp32 encoder of ``shape`` with random weights that reads at most ``longest`` tokens."""
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.inner,
        max_position_embeddings=longest,
        pad_token_id=PAD,
    )
    model = RequirementModel(BertModel(config, add_pooling_layer=False), shape.width).eval()
    if shape.places:
        model.memory = Memory(shape.width, shape.places)
        model.memory.places.normal_()
        model.memory.weights.normal_()
        model.memory.steepness.fill_(1 / shape.width)
        model.memory.share.fill_(0.5)
    write_graph(model, path, longest)


def time_steps(
    files: ModelFiles, progress: Progress, texts: Sequence[str] = (), *, is_run: bool, rounds: int = ROUNDS
) -> list[Step]:
    """Every step, slowest idea first.

    Args:
        files: The encoder that is served.
        progress: Shows how far it is.
        texts: Levels of these are compared; only with a run.
        is_run: The encoder lies in a run's export, with its fp32 graph below it.
        rounds: How often each runs a length, at least 1.

    Raises:
        TrainingFailed: The fp32 graph of the run is missing, or the shape is not known.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        full = files.encoder.parent / FP32_FOLDER / ENCODER if is_run else folder / "full.onnx"
        if is_run and not full.exists():
            raise TrainingFailed(f"{full} is missing.", "Run hydra-auto train export.")
        sessions = _sessions(files, full, folder, progress, is_run=is_run)
    times: dict[str, dict[int, float]] = {name: {} for name in sessions}
    for tokens in _LENGTHS:
        able = [name for name in sessions if tokens <= _longest(name, files, is_run=is_run)]
        found = fastest_in_turns([sessions[name] for name in able], tokens, rounds, progress)
        for name, milliseconds in zip(able, found, strict=True):
            times[name][tokens] = milliseconds
    differences = _differences(sessions, files, texts, progress) if is_run and texts else {}
    return [
        Step(name=name, milliseconds=found, difference=differences.get(name))
        for name, found in times.items()
        if found
    ]


_SHIPPED: Final = "the shipped file, as served"


def _longest(name: str, files: ModelFiles, *, is_run: bool) -> int:
    return files.max_tokens if is_run or name == _SHIPPED else _LONGEST


def _sessions(
    files: ModelFiles, full: Path, folder: Path, progress: Progress, *, is_run: bool
) -> dict[str, ort.InferenceSession]:
    task = progress.add_task("Writing", total=4)
    if not is_run:
        write_random(shape_of(files.encoder), full)
    progress.advance(task)
    small = files.encoder if is_run else folder / "int8.onnx"
    if not is_run:
        quantise(full, small)
    progress.advance(task)
    sessions = {
        _FULL: open_session(full),
        "int8, with SkipLayerNormalization": open_session(small, left_out=()),
        "int8, without (as served)": open_session(small, left_out=SLOWER),
    }
    for bits in (8, 4):
        weights = folder / f"weights{bits}.onnx"
        quantise_weights_only(full, weights, bits)
        sessions[f"weights only, {bits} bits"] = open_session(weights)
        progress.advance(task)
    if not is_run:
        sessions[_SHIPPED] = open_session(files.encoder)
    return sessions


def _differences(
    sessions: Mapping[str, ort.InferenceSession], files: ModelFiles, texts: Sequence[str], progress: Progress
) -> dict[str, float]:
    reader = OnnxPredictor(files)
    ids = [np.array([reader.token_ids(text)[0]], np.int64) for text in texts]
    levels: dict[str, _Levels] = {}
    for name, session in sessions.items():
        rows = [session.run(None, {"input_ids": one})[0][0] for one in progress.track(ids, description=name)]
        levels[name] = np.array(rows)
    return {name: float(abs(found - levels[_FULL]).mean()) for name, found in levels.items() if name != _FULL}
