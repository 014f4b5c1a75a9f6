"""What still counts of a layer with mistakes: whatever it surely forbids, and nothing else."""

from __future__ import annotations

from dataclasses import replace

from hydra_auto.core.layer_values import CatalogLayer, LayerModel, LayerValue
from hydra_auto.core.patterns import names_model
from hydra_auto.core.routing_policy import Rule, UnknownModels

LIMITS = ("allow", "deny", "vendors", "max_price")
"""The keys, under ``routing`` and in rules, that keep models out."""


def only_limits(layer: CatalogLayer) -> CatalogLayer:
    """The part of ``layer`` that keeps models out: a slip of the pen elsewhere must lift no ban.

    Kept are lists, price limits, the limits of rules, ``unknown_models: ignore``, and the models that the
    layer switches off, removes or denies: these whole, since their other values tell which models are meant.
    """
    routing = {key: kept for key, found in layer.routing.items() if (kept := _limiting(key, found))}
    lists = [found.value for key, found in routing.items() if key == "deny"]
    lists += [rule.deny for found in routing.values() for rule in _rules(found)]
    denied = [pattern for patterns in lists if isinstance(patterns, tuple) for pattern in patterns]
    models = tuple(
        model
        for model in layer.models
        if _is_out(model) or any(names_model(str(pattern), (str(model.id),), None) for pattern in denied)
    )
    return replace(layer, routing=routing, models=models)


def what_counts(limits: CatalogLayer) -> str:
    """What the user is to be told of a file of which only ``limits`` count."""
    kept = [key for key in (*LIMITS, "unknown_models", "rules") if key in limits.routing]
    if limits.models:
        kept.append("what is switched off, removed or denied under models")
    if kept:
        return (
            f"until this file is mended only its limits count, as far as they can be read: {', '.join(kept)}"
        )
    return "until this file is mended nothing of it counts: no limit in it could be read"


def _limiting(key: str, found: LayerValue) -> LayerValue | None:
    if key == "rules":
        rules = tuple(replace(rule, regime=None, tau=None) for rule in _rules(found) if _limits(rule))
        return replace(found, value=rules) if rules else None
    limits = key in LIMITS and found.value not in (None, ())
    return found if limits or found.value is UnknownModels.IGNORE else None


def _rules(found: LayerValue) -> tuple[Rule, ...]:
    values = found.value if isinstance(found.value, tuple) else ()
    return tuple(value for value in values if isinstance(value, Rule))


def _limits(rule: Rule) -> bool:
    return any(getattr(rule, key) not in (None, ()) for key in LIMITS)


def _is_out(model: LayerModel) -> bool:
    off, gone = model.values.get("enabled"), model.values.get("remove")
    return (off is not None and off.value is False) or (gone is not None and gone.value is True)
