from __future__ import annotations

import pytest

from hydra_auto.adapters.model_files import open_model_files
from hydra_auto.adapters.onnx_predictor import OnnxPredictor


@pytest.fixture(scope="session")
def predictor():
    loaded = OnnxPredictor(open_model_files())
    loaded.load()
    return loaded
