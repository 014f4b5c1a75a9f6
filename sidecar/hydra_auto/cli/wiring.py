"""Handing the adapters to the application."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hydra_auto.adapters.catalog_files import LoadedCatalog, load_catalog
from hydra_auto.adapters.catalog_source import FixedCatalog
from hydra_auto.app.service import RoutingService

if TYPE_CHECKING:
    from hydra_auto.adapters.onnx_predictor import OnnxPredictor


def load_predictor(model_dir: Path | None = None) -> OnnxPredictor:
    """The encoder, loaded.

    Raises:
        ModelFileMissing, ModelChecksum, ModelHeadOrder: The folder is not as its card says.
    """
    from hydra_auto.adapters.model_files import open_model_files
    from hydra_auto.adapters.onnx_predictor import OnnxPredictor

    predictor = OnnxPredictor(open_model_files(model_dir))
    predictor.load()
    return predictor


def load_service(
    catalog: Path | None, model_dir: Path | None, workspace: Path | None = None
) -> tuple[RoutingService, LoadedCatalog]:
    """A routing service over a catalog that is read once.

    Raises:
        CatalogInvalid: The named file, or the built-in one, cannot be used.
        RouterError: The encoder cannot be loaded.
    """
    loaded = load_catalog(file=catalog, workspace=workspace, trusted=True)
    return RoutingService(load_predictor(model_dir), FixedCatalog(loaded.catalog)), loaded
