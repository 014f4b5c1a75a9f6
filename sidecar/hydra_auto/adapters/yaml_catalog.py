"""YAML catalog files to catalog layers: every problem of a file at once, each at its exact place."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

import yaml

from hydra_auto.adapters.catalog_fields import MODEL, ROOT
from hydra_auto.adapters.field_kinds import Field
from hydra_auto.adapters.routing_fields import ROUTING, RULES
from hydra_auto.adapters.yaml_document import Unreadable, compose, decode
from hydra_auto.adapters.yaml_fields import EnoughProblems, FieldReader
from hydra_auto.adapters.yaml_scalars import BadValue, is_null, kind_of, read_scalar
from hydra_auto.core.catalog import ModelId
from hydra_auto.core.layer_values import (
    CatalogLayer,
    LayerModel,
    LayerValue,
    Problem,
    Severity,
    items_of,
    optional_value,
)
from hydra_auto.core.origin import LayerName
from hydra_auto.core.regime import Regime
from hydra_auto.core.routing_policy import Rule

MOST_MODELS = 1_000


def read_catalog(
    content: bytes | str, *, path: str, layer: LayerName
) -> tuple[CatalogLayer, tuple[Problem, ...]]:
    """The layer that a catalog file describes, and everything that is wrong with the file.

    Args:
        content: The file. Bytes must be UTF-8, with or without a byte order mark.
        path: Name of the file in origins and problems.
        layer: What kind of layer the file is.

    Returns:
        The layer holds whatever could be read; a caller that sees an error among the problems
        should use no more of it than ``core.broken_layer`` leaves. An empty file is an empty layer.
    """
    reader = FieldReader(path=path, layer=layer)
    try:
        text = decode(content, path) if isinstance(content, bytes) else content
        root = compose(text, path)
    except Unreadable as error:
        return CatalogLayer(name=layer, path=path), (error.problem,)
    if root is None or is_null(root):
        return CatalogLayer(name=layer, path=path), ()
    try:
        result = _layer(reader, root)
    except EnoughProblems:
        result = CatalogLayer(name=layer, path=path)
    return result, tuple(sorted(reader.problems, key=lambda problem: (problem.line, problem.column)))


def _layer(reader: FieldReader, node: yaml.Node) -> CatalogLayer:
    routing: dict[str, LayerValue] = {}
    models: list[LayerModel] = []
    if not isinstance(node, yaml.MappingNode):
        reader.report(node, f"expected a mapping with routing and models, got {kind_of(node)}")
        return CatalogLayer(name=reader.layer, path=reader.path)
    versioned = False
    for child, value in reader.entries(node, ROOT):
        if child is ROUTING:
            routing |= {} if is_null(value) else reader.mapping(value, ROUTING)
        elif child is RULES:
            rules = tuple(_rules(reader, value))
            routing |= {"rules": LayerValue(value=rules, origin=reader.origin(value))} if rules else {}
        elif child is MODEL:
            models = _models(reader, value)
        else:
            versioned = True
            _schema_version(reader, value, child)
    if not versioned:
        reader.report(node, "schema_version is missing; 1 is assumed", Severity.WARNING)
    return CatalogLayer(
        name=reader.layer, path=reader.path, routing=MappingProxyType(routing), models=tuple(models)
    )


def _schema_version(reader: FieldReader, node: yaml.Node, version: Field) -> None:
    try:
        read_scalar(node, version)
    except BadValue:
        reader.report(node, f"schema_version {kind_of(node)} is not known here; this version reads 1")


def _models(reader: FieldReader, node: yaml.Node) -> list[LayerModel]:
    models: dict[str, LayerModel] = {}
    for item in reader.items(node, MODEL):
        if reader.too_many(item, "models", MOST_MODELS):
            break
        if not isinstance(item, yaml.MappingNode):
            reader.report(item, f"expected a model, a mapping with an id, got {kind_of(item)}")
            continue
        values = reader.mapping(item, MODEL)
        named = values.pop("id", None)
        if named is None:
            if not any(key.value == "id" for key, _ in item.value):
                reader.report(item, "model without an id; every model needs one")
            continue
        model = ModelId(str(named.value))
        if model in models:
            first = models[model].origin.line
            node_of_id = next(value for key, value in item.value if key.value == "id")
            reader.report(node_of_id, f"model {model!r} is already defined in line {first}; ids are distinct")
            continue
        models[model] = LayerModel(id=model, origin=named.origin, values=MappingProxyType(values))
    return list(models.values())


def _rules(reader: FieldReader, node: yaml.Node) -> Iterator[Rule]:
    """Each rule that sets something; of one with a mistake, what could be read of it.

    One whose paths cannot be read holds for all files: it may be there to protect some.
    """
    for item in reader.items(node, RULES):
        known = len(reader.problems)
        row = reader.mapping(item, RULES)
        sound = all(problem.severity is not Severity.ERROR for problem in reader.problems[known:])
        if sound and "paths" in row and not items_of(row, "paths", str):
            reader.report(item, "rules: paths is empty; leave it out for a rule that always holds")
        elif sound and row.keys() == {"paths"}:
            reader.report(item, "rules: this one sets nothing; give regime, tau or a limit beside paths")
        if all(found.value == () for key, found in row.items() if key != "paths"):
            if sound and row.keys() - {"paths"}:
                message = "rules: this one sets nothing, since its lists are empty"
                reader.report(item, message, Severity.WARNING)
            continue
        yield Rule(
            origin=reader.origin(item),
            paths=items_of(row, "paths", str),
            regime=optional_value(row, "regime", Regime),
            tau=optional_value(row, "tau", float),
            allow=items_of(row, "allow", str),
            deny=items_of(row, "deny", str),
            vendors=items_of(row, "vendors", str),
            max_price=optional_value(row, "max_price", float),
        )
