"""What the paper's kind of encoder would cost here: ModernBERT-base's shape in int8, timed beside ours.

Its weights are random, which changes no time. Both are written by the same exporter and quantiser.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from transformers import ModernBertConfig, ModernBertModel

from hydra_auto.adapters.onnx_predictor import open_session
from hydra_auto.training.export import quantise
from hydra_auto.training.graph import write_graph
from hydra_auto.training.student import RequirementModel
from hydra_auto.training.timing import ROUNDS, fastest_in_turns

_LENGTHS: Final = (16, 26, 64, 128)


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


def lengths_up_to(window: int) -> tuple[int, ...]:
    """Tokens of the texts that are timed: a few short ones and the whole ``window``."""
    return (*(tokens for tokens in _LENGTHS if tokens < window), window)


def time_beside(ours: Path, lengths: Sequence[int], rounds: int = ROUNDS) -> dict[int, tuple[float, float]]:
    """Fastest of some runs on one thread, in milliseconds, by tokens: (ours, ModernBERT-base's size).

    The two take turns, so that a busy machine slows both.

    Args:
        ours: Our encoder file.
        lengths: Tokens of the texts, at most its window.
        rounds: How often each runs a length, at least 1.
    """
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "base.onnx"
        write_base_sized(base, max(lengths))
        sessions = [open_session(ours), open_session(base)]
    found = {}
    for tokens in lengths:
        own, other = fastest_in_turns(sessions, tokens, rounds)
        found[tokens] = own, other
    return found
