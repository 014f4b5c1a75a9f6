"""``catalogs/default.yaml`` as text: the same input gives the same bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import Evidence, ModelMatch
from hydra_auto.core.layer_values import did_you_mean
from hydra_auto.profiling.evidence import Result
from hydra_auto.profiling.facts import Facts, local, ollama_tags
from hydra_auto.profiling.latent import REFERENCE
from hydra_auto.profiling.profiles import Profiles
from hydra_auto.profiling.rule import Pool

HEADER = """\
# The built-in model catalog of HyDRA Auto: what each model can do and what it costs.
#
# Written by `hydra-auto profile`; edit the rule (sidecar/hydra_auto/profiling/*.yaml), not this file, or
# change what you like in a user or workspace catalog. How the numbers came about: catalogs/README.md.
# Prices are GitHub Copilot's usage prices where Copilot offers the model, else list prices; a context
# window is the largest prompt that all the ways to the model take. Behind the capabilities stands
# their standard error.
"""

_RESULTS_PER_CAPABILITY = 2
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-./ +()_")
_CLASHES = ("true", "false", "yes", "no", "on", "off", "null", "~", "")


class NotListed(Exception):
    """A model of the pool cannot be listed: unknown, without an Ollama tag, or of unknown price."""


def catalog_text(profiles: Profiles, pool: Pool, data: Path) -> str:
    """The whole file.

    Args:
        profiles: Of all models.
        pool: Which models to list.
        data: The shared data folder, for Ollama's tags.

    Raises:
        NotListed: See there.
    """
    tags = ollama_tags(data)
    for model in (*pool.models, *pool.local):
        if model not in profiles.facts:
            raise NotListed(f"{model} is not in models.csv.{did_you_mean(model, profiles.facts)}")
    for model in pool.local:
        if model not in tags:
            raise NotListed(f"{model} has no Ollama tag in models.csv")
    entries = [profiles.facts[model] for model in pool.models]
    entries += [local(profiles.facts[model], tags[model]) for model in pool.local]
    models = "\n".join(_model(facts, profiles) for facts in entries)
    return f"{HEADER}schema_version: 1\nrouting:\n  regime: balanced\nmodels:\n{models}"


def _model(facts: Facts, profiles: Profiles) -> str:
    if facts.price is None:
        raise NotListed(f"{facts.id} has no known price; it would look free")
    price = {
        "input": _usd(facts.price.input),
        "cached_input": None if facts.price.cached_input is None else _usd(facts.price.cached_input),
        "output": _usd(facts.price.output),
    }
    levels = {c.value: f"{level:.2f}" for c, level in profiles.levels(facts.id).items()}
    errors = " ".join(f"{error:.2f}" for error in level_errors(profiles, facts.id))
    supports = {"images": _flag(facts.images), "tools": _flag(facts.tools)}
    lines = [
        f"  - id: {_text(facts.id)}",
        f"    name: {_text(facts.name)}",
        f"    match: [{', '.join(_match(match) for match in facts.matches)}]",
        f"    price: {_flow(price)}  # {facts.price_source}",
    ]
    if facts.cost:
        cost = {"per_task_usd": f"{facts.cost.per_task_usd:g}", "source": _text(facts.cost.source)}
        lines.append(f"    cost: {_flow(cost)}")
    if facts.multiplier is not None:
        lines.append(f"    premium_multiplier: {facts.multiplier:g}")
    if facts.context_window:
        lines.append(f"    context_window: {facts.context_window}")
    if facts.max_output:
        lines.append(f"    max_output_tokens: {facts.max_output}")
    lines.append(f"    supports: {_flow(supports)}")
    lines.append(f"    capabilities: {_flow(levels)}  # +- {errors}")
    if profiles.is_estimated(facts.id):
        lines.append("    estimated: true")
    lines.append("    evidence:")
    lines += [f"      - {_evidence(item)}" for item in evidence_for(profiles, facts.id)]
    return "\n".join(lines) + "\n"


def level_errors(profiles: Profiles, model: str) -> list[float]:
    """Standard error of each level, at the best guess."""
    index = profiles.abilities.models.index(model)
    sds = np.sqrt(np.diag(profiles.abilities.covariance[index]))
    central = profiles.abilities.mean[index]
    errors = []
    for i, capability in enumerate(Capability):
        scale = profiles.scales[capability]
        errors.append((scale.level(central[i] + sds[i]) - scale.level(central[i] - sds[i])) / 2)
    return errors


def informative(profiles: Profiles, model: str, capability: Capability) -> list[tuple[float, Result]]:
    """Results of a model with the weight each has in a capability, heaviest first."""
    weighted = []
    for result in profiles.results_of(model):
        bench = result.benchmark
        signal = profiles.abilities.slope[bench] / profiles.abilities.sigma[bench]
        weight = bench.loads[capability] ** 2 * signal**2 / result.noise
        if weight > 0:
            weighted.append((weight, result))
    return sorted(weighted, key=lambda pair: (-pair[0], pair[1].effort != REFERENCE, pair[1].benchmark.label))


def evidence_for(profiles: Profiles, model: str) -> list[Evidence]:
    """The most informative results per capability, each benchmark once, and the predecessor if it counted."""
    chosen: dict[str, Result] = {}
    for capability in Capability:
        fresh = 0
        for _, result in informative(profiles, model, capability):
            if fresh == _RESULTS_PER_CAPABILITY:
                break
            if result.benchmark.label not in chosen:
                chosen[result.benchmark.label] = result
                fresh += 1
    evidence = [
        Evidence(
            benchmark=label,
            score=round(result.score, 2),
            date=result.date[:10],
            source=_source(result.source),
            note=_note(result),
        )
        for label, result in chosen.items()
    ]
    old = profiles.rule.predecessors.get(model)
    if old and profiles.is_estimated(model):
        level = sum(profiles.levels(old).values()) / len(Capability)
        evidence.append(
            Evidence(
                benchmark=f"starting point {old}",
                score=round(level, 2),
                source="hydra-auto profile",
                note="mean level of the predecessor, moved by date and price",
            )
        )
    if not evidence:
        evidence.append(
            Evidence(benchmark="trend", score=0, source="hydra-auto profile", note="date and price alone")
        )
    return evidence


def _note(result: Result) -> str:
    effort = "" if result.effort == REFERENCE else f"effort {result.effort}"
    runs = f"median of {result.runs}" if result.runs > 1 else ""
    kind = "" if result.kind.startswith("independent") else result.kind.split(" (")[0]
    return ", ".join(part for part in (kind, effort, runs) if part)


def _source(source: str) -> str:
    """Repository and commit, without paths, titles and remarks."""
    place = source.split(";", maxsplit=1)[0].split(" (", maxsplit=1)[0].split(' "', maxsplit=1)[0].strip()
    repository, at, rest = place.partition("@")
    return f"{repository}@{rest.split(':')[0].split('/')[0]}" if at else place[:80]


def _usd(value: float) -> str:
    text = f"{value:.6f}".rstrip("0")
    whole, _, cents = text.partition(".")
    return f"{whole}.{cents:0<2}"


def _flag(value: bool) -> str:  # noqa: FBT001 - a value to print, not a switch
    return "true" if value else "false"


def _match(match: ModelMatch) -> str:
    keys = {"vendor": match.vendor, "family": match.family, "id": match.id}
    return _flow({key: _text(value) for key, value in keys.items() if value})


def _evidence(item: Evidence) -> str:
    keys = {
        "benchmark": _text(item.benchmark),
        "score": f"{item.score:g}",
        # other readers would make a date of an unquoted full one
        "date": f'"{item.date}"' if len(item.date) == len("2026-01-01") else item.date,
        "source": _text(item.source),
        "note": _text(item.note),
    }
    return _flow({key: value for key, value in keys.items() if value not in ("", '""')})


def _flow(values: dict[str, str | None] | dict[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in values.items() if value is not None) + "}"


def _text(value: str) -> str:
    """The text as a YAML scalar, quoted where YAML might read something else into it."""
    plain = set(value) <= _PLAIN and value[:1].isalpha() and value.strip() == value
    if plain and value.lower() not in _CLASHES:
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
