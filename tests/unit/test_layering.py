"""Imports point one way (STYLE.md section 2)."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import hydra_auto

PACKAGE = Path(hydra_auto.__file__).parent

# What each layer may import of ours, besides itself.
ALLOWED = {
    "core": set(),
    "app": {"core"},
    "adapters": {"core", "app.ports"},
    "editing": {"core", "adapters"},
    "rpc": {"core", "app", "editing"},
    "profiling": {"core", "adapters", "training.annotations"},  # both offline; the splits are one thing
    "training": {  # as offline as evaluation
        "core",
        "adapters",
        "app.ports",
        "evaluation.choices",
        "evaluation.intervals",
        "evaluation.pools",
    },
    "evaluation": {
        "core",
        "adapters",
        "app.ports",
        "training.additions",
        "training.annotations",
        "training.config",
        "profiling.compare",  # the same choice over all taus, and areas
        "profiling.profiles",
    },
}


def our_imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return {name.removeprefix("hydra_auto.") for name in found if name.startswith("hydra_auto.")}


@pytest.mark.parametrize("layer", ALLOWED)
def test_a_layer_imports_only_what_lies_below_it(layer: str) -> None:
    allowed = ALLOWED[layer] | {layer}
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in (PACKAGE / layer).rglob("*.py")
        for name in our_imports(path)
        if not any(name == ok or name.startswith(ok + ".") for ok in allowed)
    ]
    assert wrong == []


def modules_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_core_imports_nothing_but_the_standard_library() -> None:
    modules = ", ".join(f"hydra_auto.core.{path.stem}" for path in (PACKAGE / "core").glob("[a-z]*.py"))
    loaded = modules_after(f"import {modules}")
    assert loaded & {"pygls", "onnxruntime", "numpy", "yaml", "tokenizers", "platformdirs", "rich"} == set()


def test_the_runtime_imports_nothing_of_training() -> None:
    loaded = modules_after(
        "import hydra_auto.rpc.server, hydra_auto.cli.wiring, hydra_auto.adapters.onnx_predictor, "
        "hydra_auto.cli.main as m; m.build_parser()"
    )
    offline = (
        "torch",
        "transformers",
        "hydra_auto.training.",
        "hydra_auto.profiling.",
        "hydra_auto.evaluation.",
        "scipy",
        "matplotlib",
    )
    assert {name for name in loaded if name.startswith(offline)} == set()


def test_the_language_features_know_no_protocol() -> None:
    modules = ", ".join(f"hydra_auto.editing.{path.stem}" for path in (PACKAGE / "editing").glob("[a-z]*.py"))
    loaded = modules_after(f"import {modules}")
    assert loaded & {"pygls", "lsprotocol", "onnxruntime", "numpy", "tokenizers", "rich"} == set()


def test_the_help_loads_neither_the_encoder_nor_the_terminal_library() -> None:
    loaded = modules_after("import hydra_auto.cli.main as m; m.build_parser()")
    assert loaded & {"onnxruntime", "tokenizers", "numpy", "rich", "pygls", "yaml"} == set()
