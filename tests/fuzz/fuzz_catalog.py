"""Any bytes as a catalog file: read, merged and decided by, and nothing but problems comes of it.

The property tests call ``read_and_decide``, and so does ``python -m fuzz`` (``__main__.py``).
"""

from __future__ import annotations

from hydra_auto.adapters.catalog_append import with_models
from hydra_auto.adapters.yaml_catalog import read_catalog
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.cost import workload_of
from hydra_auto.core.errors import CatalogInvalid
from hydra_auto.core.explanation import explain
from hydra_auto.core.layer_values import Severity
from hydra_auto.core.layers import merge_layers
from hydra_auto.core.matcher import decide
from hydra_auto.core.origin import LayerName
from hydra_auto.core.policy import resolve
from hydra_auto.core.prediction import Prediction
from hydra_auto.core.request import AvailableModel, RoutingRequest
from hydra_auto.core.unknown import estimate, with_estimates

BASE = """schema_version: 1
models:
- {id: a, match: [{vendor: v, family: f-1}], price: {input: 1, output: 2},
   capabilities: {reasoning: 0.5, code_generation: 0.5, debugging: 0.5, tool_use: 0.5}}
"""
OFFERS = (
    AvailableModel(vendor="v", id="f-1", family="f-1"),
    AvailableModel(vendor="v", id="f-2", family="f-2"),
)
PATHS = ("tests/a.py", "src/b.py")


def read_and_decide(content: bytes, name: LayerName = LayerName.USER) -> None:
    """Go the whole way with one file's bytes; raises only if the program has a mistake."""
    base, _ = read_catalog(BASE, path="base.yaml", layer=LayerName.BUILT_IN)
    layer, problems = read_catalog(content, path="c.yaml", layer=name)
    if any(problem.severity is Severity.ERROR for problem in problems):
        return
    catalog, _ = merge_layers([base, layer])
    if catalog is None:
        return
    policy = resolve(catalog.routing, (), PATHS)
    request = RoutingRequest(text="x", paths=PATHS, available=OFFERS)
    prediction = Prediction(requirements=dict.fromkeys(Capability, 0.6), tokens=3, truncated=False)
    decision = decide(prediction, request, with_estimates(catalog, OFFERS), policy, workload_of(9, 3))
    explain(decision)
    entry = estimate(OFFERS[1], catalog)
    if entry is not None:
        try:
            with_models(content.decode("utf-8-sig"), [entry], "c.yaml")
        except CatalogInvalid:
            return  # it is there already


def read_as_each_layer(content: bytes) -> None:
    """The same bytes as the user's file and as a workspace's, which may only narrow."""
    for name in (LayerName.USER, LayerName.WORKSPACE):
        read_and_decide(content, name)
