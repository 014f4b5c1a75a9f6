"""Results of the router methods as plain camelCase data (docs/PROTOCOL.md)."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from hydra_auto import __version__
from hydra_auto.app.backend import Backend
from hydra_auto.app.ports import LayeredCatalog, LayerFile
from hydra_auto.app.report import camel, outcome_report, rendered
from hydra_auto.app.service import Outcome
from hydra_auto.core.catalog import Catalog, ModelEntry
from hydra_auto.core.explanation import rule_words
from hydra_auto.core.fallback import Bars
from hydra_auto.core.layer_values import Problem
from hydra_auto.core.matcher import Candidate
from hydra_auto.core.request import AvailableModel
from hydra_auto.core.unknown import estimates, nameable
from hydra_auto.rpc.errors import bars_result
from hydra_auto.rpc.protocol import PROTOCOL_VERSION


def route_result(request_id: str, outcome: Outcome) -> dict[str, Any]:
    """The decision, whom to call, and whom to call if that one refuses."""
    decision = outcome.decision
    rest = [c for c in decision.candidates if c.eligible and c is not decision.chosen]
    result: dict[str, Any] = rendered(outcome_report(outcome), camel)
    return {
        "requestId": request_id,
        **result,
        "target": _target(decision.chosen.target) if decision.chosen else None,
        "alternatives": [_alternative(candidate) for candidate in rest],
        **bars_result(Bars(decision.barred, decision.barred_anywhere)),
    }


def catalog_result(
    catalog: Catalog, files: Sequence[LayerFile], problems: tuple[Problem, ...]
) -> dict[str, Any]:
    """All models with their values and origins, the policy, the layers, the problems."""
    routing = catalog.routing
    return {
        "models": [_model(model) for model in catalog.models],
        "routing": {
            "regime": routing.regime.value,
            "tau": routing.tau,
            "weights": {c.value: w for c, w in routing.weights.items()},
            "costBasis": routing.cost_basis.value,
            "allow": list(routing.allow),
            "deny": list(routing.deny),
            "vendors": list(routing.vendors),
            "maxPrice": routing.max_price,
            "unknownModels": routing.unknown_models.value,
            "rules": [{"origin": str(rule.origin), "text": rule_words(rule)} for rule in routing.rules],
            "origins": {name: str(origin) for name, origin in routing.origins.items()},
        },
        "removed": [
            {"id": gone.id, "name": gone.name, "origin": str(gone.origin)} for gone in catalog.removed
        ],
        "layers": [_layer(file) for file in files],
        "problems": [problem_result(problem) for problem in problems],
    }


def catalog_add_result(
    models: Sequence[AvailableModel], catalog: Catalog, with_models: Callable[[Sequence[ModelEntry]], str]
) -> dict[str, Any]:
    """Which of the offered models the catalog lacks, and a file's text with them; nothing is written."""
    added: list[ModelEntry] = []
    without: list[dict[str, str]] = []
    for offer, entry in estimates(models, catalog):
        if entry is None or not nameable(offer):
            without.append({"vendor": offer.vendor, "id": offer.id, "name": offer.name})
        else:
            added.append(entry)
    return {
        "text": with_models(added),
        "added": [{"id": entry.id, "name": entry.name, "how": str(entry.estimate)} for entry in added],
        "withoutRelative": without,
    }


def status_result(backend: Backend, catalogs: LayeredCatalog, models: int, decisions: int) -> dict[str, Any]:
    """How the sidecar is."""
    error = backend.error
    return {
        "protocolVersion": PROTOCOL_VERSION,
        "version": __version__,
        "state": backend.state.value,
        "modelVersion": backend.model_version,
        "error": None
        if error is None
        else {"reference": error.reference, "message": error.message, "hint": error.hint},
        "catalog": {
            "models": models,
            "problems": [problem_result(problem) for problem in catalogs.problems],
            "layers": [_layer(file) for file in catalogs.files],
        },
        "decisions": decisions,
        "pid": os.getpid(),
        "rssMb": resident_mb(),
    }


def catalog_changed(models: int, catalogs: LayeredCatalog) -> dict[str, Any]:
    """What changed catalog files have come to."""
    return {"models": models, "problems": [problem_result(problem) for problem in catalogs.problems]}


def problem_result(problem: Problem) -> dict[str, Any]:
    """One problem with its place; lines and columns count from 1."""
    return {
        "path": problem.path,
        "line": problem.line,
        "column": problem.column,
        "endLine": problem.end_line,
        "endColumn": problem.end_column,
        "message": problem.message,
        "severity": problem.severity.value,
    }


def resident_mb() -> float | None:
    """Largest resident size of this process so far, in MB; None where the system does not tell."""
    try:
        import resource  # noqa: PLC0415  Windows has none
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)


def _target(model: AvailableModel | None) -> dict[str, Any] | None:
    if model is None:
        return None
    return {
        "vendor": model.vendor,
        "id": model.id,
        "family": model.family,
        "name": model.name,
        "maxInputTokens": model.max_input_tokens,
    }


def _alternative(candidate: Candidate) -> dict[str, Any]:
    return {"chosen": candidate.model.id, "target": _target(candidate.target)}


def _layer(file: LayerFile) -> dict[str, Any]:
    return {"name": file.name.value, "path": str(file.path), "status": file.status.value}


def _long_price(model: ModelEntry) -> dict[str, Any] | None:
    long = model.price.long if model.price else None
    if long is None:
        return None
    return {
        "above": long.above,
        "input": long.input,
        "cachedInput": long.cached_input,
        "output": long.output,
    }


def _model(model: ModelEntry) -> dict[str, Any]:
    return {
        "id": model.id,
        "name": model.name,
        "enabled": model.enabled,
        "estimated": model.estimated,
        "effort": model.effort,
        "uncertainty": None
        if model.uncertainty is None
        else {c.value: error for c, error in model.uncertainty.items()},
        "price": None
        if model.price is None
        else {
            "input": model.price.input,
            "cachedInput": model.price.cached_input,
            "output": model.price.output,
        },
        "longPrice": _long_price(model),
        "perTaskUsd": model.cost.per_task_usd if model.cost else None,
        "premiumMultiplier": model.premium_multiplier,
        "contextWindow": model.context_window,
        "maxInputTokens": model.max_input_tokens,
        "maxOutputTokens": model.max_output_tokens,
        "supports": {"images": model.images, "tools": model.tools},
        "capabilities": {c.value: level for c, level in model.capabilities.levels.items()},
        "match": [{"vendor": match.vendor, "family": match.family, "id": match.id} for match in model.match],
        "evidence": [
            {"benchmark": e.benchmark, "score": e.score, "date": e.date, "source": e.source}
            for e in model.evidence
        ],
        "origins": {name: str(origin) for name, origin in model.origins.items()},
    }
