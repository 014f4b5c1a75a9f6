"""The built wheel works without a checkout: encoder and catalog are inside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
LIMIT_MB = 70

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", str(folder), str(ROOT)], check=True)
    [built] = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_encoder_and_the_catalog_and_no_training_data(wheel: Path) -> None:
    names = {info.filename: info.file_size for info in zipfile.ZipFile(wheel).infolist()}
    model = {name: size for name, size in names.items() if name.startswith("hydra_auto/model/")}
    assert set(model) == {
        f"hydra_auto/model/{n}" for n in ("encoder.onnx", "tokenizer.json", "model_card.json")
    }
    assert sum(model.values()) <= LIMIT_MB * 1e6
    assert "hydra_auto/catalogs/default.yaml" in names
    assert not any(name.endswith((".gz", ".pt", ".csv", ".npz")) for name in names)


def test_the_installed_wheel_routes_from_any_folder(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target)]
    subprocess.run([*install, str(wheel)], check=True)
    environment = {**os.environ, "PYTHONPATH": str(target), "XDG_CONFIG_HOME": str(tmp_path)}

    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    assert str(target) in run("-c", "import hydra_auto; print(hydra_auto.__file__)")
    decision = json.loads(run("-m", "hydra_auto", "route", "--json", "rename this variable"))
    assert decision["chosen"]
    assert len(decision["candidates"]) >= 12
