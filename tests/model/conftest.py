from __future__ import annotations

import pytest

from hydra_auto.adapters.model_files import open_model_files, package_model_folder
from hydra_auto.adapters.onnx_predictor import OnnxPredictor


@pytest.fixture(scope="session")
def predictor():
    if not (package_model_folder() / "encoder.onnx").exists():
        pytest.skip("the package's model folder holds no encoder")
    loaded = OnnxPredictor(open_model_files())
    loaded.load()
    return loaded
