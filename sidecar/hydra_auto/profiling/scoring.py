"""The shipped encoder's requirements of many texts, kept in a file: a text is scored once in its life."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path

from hydra_auto.adapters.model_files import open_model_files
from hydra_auto.adapters.onnx_predictor import OnnxPredictor
from hydra_auto.core.capabilities import Capability, Levels


def encoder_requirements(
    texts: Mapping[str, str], folder: Path, progress: Callable[[str], None]
) -> dict[str, Levels]:
    """Requirements by key.

    Args:
        texts: Key to text.
        folder: Where numbers are kept, by digest of text; no text is written. Made if it is not there.
        progress: Told what is under way.

    Raises:
        ModelFileMissing: The package carries no encoder.
    """
    predictor = OnnxPredictor(open_model_files())
    kept = folder / f"requirements-{predictor.model_version}.jsonl"
    known = _read(kept)
    digests = {
        key: hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() for key, text in texts.items()
    }
    missing = {digests[key]: text for key, text in texts.items() if digests[key] not in known}
    if missing:
        folder.mkdir(parents=True, exist_ok=True)
        with kept.open("a", encoding="utf-8") as out:
            for number, (digest, text) in enumerate(missing.items(), start=1):
                levels = predictor.predict([text])[0].requirements
                known[digest] = levels
                row = {"text": digest, "r": [round(levels[c], 6) for c in Capability]}
                print(json.dumps(row), file=out, flush=True)
                if number % 50 == 0:
                    progress(f"{number} of {len(missing)} texts scored")
    return {key: known[digest] for key, digest in digests.items()}


def _read(path: Path) -> dict[str, Levels]:
    if not path.is_file():
        return {}
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return {row["text"]: dict(zip(Capability, row["r"], strict=True)) for row in rows}
