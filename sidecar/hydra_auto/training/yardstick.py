"""What the paper's kind of encoder would cost here: ModernBERT-base's shape in int8, timed beside ours.

Its weights are random, which changes no time. Both are written by the same exporter and quantiser.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime as ort
import torch
from transformers import ModernBertConfig, ModernBertModel

from hydra_auto.adapters.onnx_predictor import open_session
from hydra_auto.training.export import quantise
from hydra_auto.training.graph import write_graph
from hydra_auto.training.student import PAD, RequirementModel

LENGTHS: Final = (16, 32, 64, 128, 192)
_ROUNDS: Final = 15
_PIECES: Final = 50  # every vocabulary has as many; which are read changes no time


def write_base_sized(path: Path, longest: int) -> None:
    """Writes an int8 encoder of the shape of ``answerdotai/ModernBERT-base`` with random weights."""
    # The library's defaults are that checkpoint's; our exporter writes biases.
    config = ModernBertConfig(attention_bias=True, mlp_bias=True, norm_bias=True)
    torch.manual_seed(0)
    model = RequirementModel(ModernBertModel(config), config.hidden_size).eval()
    full = path.with_suffix(".fp32.onnx")
    write_graph(model, full, longest)
    quantise(full, path)
    full.unlink()


def time_beside(ours: Path, lengths: Sequence[int] = LENGTHS) -> dict[int, tuple[float, float]]:
    """Fastest of some runs on one thread, in milliseconds, by tokens: (ours, ModernBERT-base's size).

    The two take turns, so that a busy machine slows both.

    Args:
        ours: Our encoder file.
        lengths: Tokens of the texts.
    """
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "base.onnx"
        write_base_sized(base, max(lengths))
        sessions = [open_session(ours), open_session(base)]
    return {tokens: _fastest(sessions, tokens) for tokens in lengths}


def _fastest(sessions: Sequence[ort.InferenceSession], tokens: int) -> tuple[float, float]:
    ids = np.random.default_rng(tokens).integers(PAD + 1, _PIECES, (1, tokens))
    feed: Mapping[str, object] = {"input_ids": ids}
    times: list[list[float]] = [[], []]
    for _ in range(_ROUNDS):
        for session, found in zip(sessions, times, strict=True):
            started = time.perf_counter()
            session.run(None, feed)
            found.append((time.perf_counter() - started) * 1000)
    return min(times[0]), min(times[1])
