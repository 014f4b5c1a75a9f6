"""How catalog layers become one catalog that knows where each value came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import Catalog, ModelEntry, ModelId, RemovedModel
from hydra_auto.core.layer_rules import lost, narrowed, reached
from hydra_auto.core.layer_values import (
    MOST_HINTS,
    NO_VALUES,
    CatalogLayer,
    LayerModel,
    LayerValue,
    Problem,
    Severity,
    Values,
    did_you_mean,
    is_unset,
    items_of,
    optional_value,
    problem_at,
)
from hydra_auto.core.merged_values import model_entry, removed_model, routing_policy
from hydra_auto.core.origin import LayerName
from hydra_auto.core.policy_problems import policy_problems
from hydra_auto.core.request import AvailableModel
from hydra_auto.core.routing_policy import Rule

_REQUIRED_MODEL_KEYS = tuple(f"capabilities.{c.value}" for c in Capability)
"""What a model must have after all layers are merged."""


def is_complete(layer: CatalogLayer) -> bool:
    """Whether the layer can stand alone: models, each with all that a model must have."""
    return bool(layer.models) and all(
        all(key in model.values for key in _REQUIRED_MODEL_KEYS) for model in layer.models
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stacked:
    """A layer on top of all weaker ones.

    Attributes:
        layer: As it counts: of a workspace's only what narrows (``core.layer_rules``).
        refused: A problem for each value that does not count.
        routing: What all of them set, down from this layer.
        models: Likewise, by id.
    """

    layer: CatalogLayer
    refused: Sequence[Problem]
    routing: Values
    models: Mapping[ModelId, LayerModel]


def stacked(layers: Sequence[CatalogLayer]) -> Iterator[Stacked]:
    """Each layer on top of the weaker ones, weakest first; how they overlay, ``merge_layers`` says."""
    routing = NO_VALUES
    models: dict[ModelId, LayerModel] = {}
    for number, layer in enumerate(layers):
        counting = layer
        refused: list[Problem] = []
        if layer.name is LayerName.WORKSPACE:
            counting, refused = narrowed(layer, lower=layers[:number], routing=routing, models=models)
        routing = _overlay_routing(routing, counting)
        models = dict(models)
        for model in counting.models:
            below = models[model.id].values if model.id in models else NO_VALUES
            models[model.id] = replace(model, values=_overlay(below, model.values))
        yield Stacked(layer=counting, refused=refused, routing=routing, models=models)


def merge_layers(
    layers: Sequence[CatalogLayer], offered: Sequence[AvailableModel] = ()
) -> tuple[Catalog | None, tuple[Problem, ...]]:
    """One catalog out of layers, weakest first.

    Models merge by id. Each key of a stronger layer replaces that key of a weaker one, lists whole,
    with four exceptions: a layer that sets ``regime`` without ``tau`` drops an inherited tau; a
    layer that sets a price drops an inherited measured cost, which was measured at the old price, and an
    inherited price for long prompts, unless it sets these as well; rules of all layers add up; and a
    workspace layer may only narrow (``core.layer_rules``): its limits count beside the weaker ones.

    Args:
        layers: Weakest first. Each is trusted to hold values of the right types and ranges.
        offered: What VS Code offers, where that is known: lists may mean models that the catalog lacks.

    Returns:
        The catalog, or None if no layer holds a usable model; and what is wrong, in the order found.
        A model that lacks required keys is left out and reported.
    """
    problems: list[Problem] = []
    routing = NO_VALUES
    models: Mapping[ModelId, LayerModel] = {}
    own: Mapping[ModelId, LayerModel] = {}  # as the user's layers have them
    without: Catalog | None = None
    for number, top in enumerate(stacked(layers)):
        if top.layer.name is LayerName.WORKSPACE:
            own, without = models, merge_layers(layers[:number])[0]
        problems += top.refused
        routing, models = top.routing, top.models

    policy, policy_findings = routing_policy(routing)
    problems += policy_findings
    entries: list[ModelEntry] = []
    removed: list[RemovedModel] = []
    for model in models.values():
        if (gone := model.values.get("remove")) and gone.value is True:
            removed.append(removed_model(model, gone.origin, lost(model, own)))
            if model.values.keys() == {"remove"}:
                others = _others(model.id, models, problems)
                hint = did_you_mean(model.id, others)
                message = f"there is no model {model.id!r} to remove.{hint}"
                problems.append(problem_at(model.origin, message, Severity.WARNING))
            continue
        missing = [key for key in _REQUIRED_MODEL_KEYS if is_unset(model.values, key)]
        if missing:
            others = _others(model.id, models, problems)
            problems.append(_incomplete(model, missing, others))
            continue
        entry = replace(model_entry(model), reaches=reached(model, own), lost=lost(model, own))
        entries.append(entry)
        problems += [*_price_problems(entry), *_long_price_problems(entry, model.values)]
    if not entries and not removed:
        where = layers[-1].path or layers[-1].name.value if layers else "catalog"
        problems.append(Problem(path=where, message="the catalog has no usable model; add at least one"))
        return None, tuple(problems)
    catalog = Catalog(models=tuple(entries), routing=policy, removed=tuple(removed), own=without)
    problems += policy_problems(catalog, offered)
    return catalog, tuple(problems)


def _others(model: ModelId, models: Iterable[ModelId], problems: Sequence[Problem]) -> list[ModelId]:
    """Ids that may have been meant, as long as hints are given."""
    return [other for other in models if other != model] if len(problems) < MOST_HINTS else []


def _overlay(below: Values, above: Values) -> dict[str, LayerValue]:
    merged = {**below, **above}
    if "regime" in above and "tau" not in above:
        merged.pop("tau", None)
    groups = {key.partition(".")[0] for key in above}
    outdated = {"cost", "long_price"} - groups if "price" in groups else set()
    return {key: value for key, value in merged.items() if key.partition(".")[0] not in outdated}


def _overlay_routing(below: Values, layer: CatalogLayer) -> dict[str, LayerValue]:
    above = dict(layer.routing)
    rules = [*items_of(below, "rules", Rule), *items_of(above, "rules", Rule)]
    if layer.name is LayerName.WORKSPACE:
        rules += _own_limits(below, above)
        denied = above.get("deny")
        if denied is not None and not is_unset(below, "deny"):
            del above["deny"]
            rules.append(Rule(origin=denied.origin, deny=items_of({"deny": denied}, "deny", str)))
    merged = _overlay(below, above)
    if rules:
        merged["rules"] = LayerValue(value=tuple(rules), origin=rules[-1].origin)
    return merged


def _own_limits(below: Values, above: Values) -> list[Rule]:
    """The user's limits that the workspace narrows, as rules: they still count beside the narrower ones."""
    rules = []
    if "allow" in above and (allow := items_of(below, "allow", str)):
        rules.append(Rule(origin=below["allow"].origin, allow=allow))
    if "vendors" in above and (vendors := items_of(below, "vendors", str)):
        rules.append(Rule(origin=below["vendors"].origin, vendors=vendors))
    if "max_price" in above and not is_unset(below, "max_price"):
        price = optional_value(below, "max_price", float)
        rules.append(Rule(origin=below["max_price"].origin, max_price=price))
    return rules


def _incomplete(model: LayerModel, missing: Sequence[str], others: Sequence[str]) -> Problem:
    known = "" if len(missing) < len(_REQUIRED_MODEL_KEYS) else did_you_mean(model.id, others)
    return problem_at(
        model.origin,
        f"model {model.id!r} lacks {', '.join(missing)}, and no weaker layer sets "
        f"{'it' if len(missing) == 1 else 'them'}; the model is left out.{known}",
    )


def _price_problems(entry: ModelEntry) -> list[Problem]:
    """Half a price, and a cache that costs more than reading afresh."""
    given = [key for key in ("price.input", "price.output") if key in entry.origins]
    if entry.price is None:
        half = len(given) == 1
        message = "a price needs input and output; without both it is not known, and the model is sorted last"
        return [problem_at(entry.origins[given[0]], message, Severity.WARNING)] if half else []
    cached = entry.price.cached_input
    if cached is None or cached <= entry.price.input:
        return []
    message = f"cached_input {cached:g} is more than input {entry.price.input:g}"
    return [problem_at(entry.origins["price.cached_input"], message, Severity.WARNING)]


def _long_price_problems(entry: ModelEntry, values: Values) -> list[Problem]:
    """A price for long prompts that does not count."""
    given = [key for key in values if key.startswith("long_price.") and not is_unset(values, key)]
    if not given or (entry.price is not None and entry.price.long is not None):
        return []
    if entry.price is None:
        message = "long_price counts only beside a price"
    else:
        message = "long_price needs above, input and output; without all three it does not count"
    return [problem_at(entry.origins[given[0]], message, Severity.WARNING)]
