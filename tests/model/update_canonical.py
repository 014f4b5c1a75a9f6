"""Writes canonical.json, what the encoder says of messages.json: python tests/model/update_canonical.py."""

from __future__ import annotations

import json
from pathlib import Path

from hydra_auto.adapters.model_files import open_model_files
from hydra_auto.adapters.onnx_predictor import OnnxPredictor


def main() -> None:
    folder = Path(__file__).parent
    groups = json.loads((folder / "messages.json").read_text(encoding="utf-8"))
    names = {f"{group}/{name}": text for group, texts in groups.items() for name, text in texts.items()}
    predictor = OnnxPredictor(open_model_files())
    predictions = predictor.predict(list(names.values()))
    content = {
        "model_version": predictor.model_version,
        "requirements": {
            name: {c.value: round(level, 4) for c, level in prediction.requirements.items()}
            for name, prediction in zip(names, predictions, strict=True)
        },
    }
    (folder / "canonical.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
