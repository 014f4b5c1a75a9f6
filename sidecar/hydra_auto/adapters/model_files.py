"""The encoder's folder: finds it, and trusts nothing in it that its model card does not vouch for."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hydra_auto.core.capabilities import Capability
from hydra_auto.core.errors import ModelChecksum, ModelFileMissing, ModelHeadOrder

ENCODER: Final = "encoder.onnx"
TOKENIZER: Final = "tokenizer.json"
CARD: Final = "model_card.json"
_HINT: Final = "Reinstall hydra-auto, or name another model folder."


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFiles:
    """Checked files of one encoder.

    Attributes:
        encoder: ONNX file; int64 ``input_ids`` [1, seq] in, float32 ``requirements`` [1, 4] in [0, 1] out.
        tokenizer: Tokenizer file of the `tokenizers` library.
        version: Short name of the weights.
        max_tokens: Size of the window, special tokens included.
    """

    encoder: Path
    tokenizer: Path
    version: str
    max_tokens: int


def package_model_folder() -> Path:
    """The model folder inside the installed package."""
    return Path(__file__).resolve().parent.parent / "model"


def read_card(folder: Path) -> dict[str, Any]:
    """The model card of ``folder``.

    Raises:
        ModelFileMissing: There is none.
        ModelChecksum: It is no JSON object.
    """
    path = folder / CARD
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelFileMissing(f"Model file {CARD} is missing from {folder}.", _HINT) from error
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ModelChecksum(f"Model file {path} cannot be read.", _HINT) from error
    if not isinstance(card, dict):
        raise ModelChecksum(f"Model file {path} is no model card.", _HINT)
    return card


def open_model_files(folder: Path | None = None) -> ModelFiles:
    """Checks a model folder against its card and our capabilities.

    Args:
        folder: Where encoder, tokenizer and card lie; the package's own when None.

    Raises:
        ModelFileMissing: A file is not there.
        ModelChecksum: A file is not the one on the card, or the card is damaged.
        ModelHeadOrder: The card's heads are not our capabilities in our order.
    """
    folder = folder or package_model_folder()
    card = read_card(folder)
    try:
        expected = {name: str(card["files"][name]["sha256"]) for name in (ENCODER, TOKENIZER)}
        heads = [str(head) for head in card["capabilities"]]
        version, max_tokens = str(card["version"]), int(card["max_tokens"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelChecksum(f"The model card in {folder} lacks {error}.", _HINT) from error
    ours = [capability.value for capability in Capability]
    if heads != ours:
        raise ModelHeadOrder(
            f"The encoder's heads are {', '.join(heads)}; this version needs {', '.join(ours)}.",
            "Use the encoder that came with this version of hydra-auto.",
        )
    for name, digest in expected.items():
        _check(folder / name, digest)
    return ModelFiles(
        encoder=folder / ENCODER, tokenizer=folder / TOKENIZER, version=version, max_tokens=max_tokens
    )


def _check(path: Path, digest: str) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise ModelFileMissing(f"Model file {path.name} is missing from {path.parent}.", _HINT) from error
    except OSError as error:
        raise ModelFileMissing(f"Model file {path} cannot be read: {error.strerror}.", _HINT) from error
    if found != digest:
        raise ModelChecksum(f"Model file {path} is not the one on its model card.", _HINT)
