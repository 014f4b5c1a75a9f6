"""What ``profile compare`` compares on: questions, what each requires, and what each model makes of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hydra_auto.core.capabilities import Capability, Levels
from hydra_auto.core.catalog import CapabilityProfile, ModelEntry, ModelId, Price
from hydra_auto.core.cost import expected_cost, workload_of
from hydra_auto.core.routing_policy import CostBasis
from hydra_auto.profiling.facts import Facts
from hydra_auto.profiling.latent import REFERENCE, Array
from hydra_auto.profiling.panels import Panel, annotated, read_panels, texts_of
from hydra_auto.profiling.profiles import Profiles
from hydra_auto.profiling.scoring import encoder_requirements
from hydra_auto.training.annotations import Split

_ENCODED = ("livecodebench", "math500", "bfcl_v1", "cruxeval")
_MIXED = (("math500", "cruxeval"), ("livecodebench", "bfcl_v1"))  # two kinds of request in one arm
_ENCODED_QUESTIONS, _BAND_TEXTS = 300, 400
_FEWEST_QUESTIONS, _FEWEST_MODELS = 80, 2
_PERCENTILES = (5, 95)
_CHARACTERS_PER_TOKEN = 4

Band = Mapping[Capability, tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """Questions of one panel with one source of requirements.

    Attributes:
        required: float64 [questions, 4].
        solved: float64 [questions, models], in [0, 1].
        cost: float64 [questions, models], USD.
        band: Of the requirements' source, for the pool-relative rule.
    """

    panel: str
    source: str
    models: tuple[str, ...]
    required: Array
    solved: Array
    cost: Array
    band: Band


def read_arms(profiles: Profiles, data: Path, runs: Path, progress: Callable[[str], None]) -> list[Arm]:
    """Annotated numbers where there are some, the shipped encoder's for a sample of the other questions."""
    panels = read_panels(data, profiles.facts)
    dev = texts_of(data, Split.DEV)
    samples = {
        panel.name: _sample([key for key in panel.texts if key not in panel.required], _ENCODED_QUESTIONS)
        for panel in panels
        if panel.name in _ENCODED
    }
    texts = {f"{p.name}/{key}": p.texts[key] for p in panels for key in samples.get(p.name, ())}
    texts |= {key: dev[key] for key in _sample(dev, _BAND_TEXTS)}
    encoded = encoder_requirements(texts, runs, progress)
    encoder_band = band_of([encoded[key] for key in _sample(dev, _BAND_TEXTS)])
    annotated_band = band_of([levels for _, _, levels in annotated(data, Split.DEV)])
    arms = []
    for panel in panels:
        scored = {key: encoded[f"{panel.name}/{key}"] for key in samples.get(panel.name, ())}
        for source, required, band in (
            ("annotated", panel.required, annotated_band),
            ("encoder", scored, encoder_band),
        ):
            arm = _arm(profiles.facts, panel, source, required, band)
            if arm is not None:
                arms.append(arm)
    return [*arms, *(_together(arms, pair) for pair in _MIXED)]


def _together(arms: Sequence[Arm], names: tuple[str, str]) -> Arm:
    """Questions of two panels among the models that both have, by the encoder's requirements."""
    parts = [arm for name in names for arm in arms if (arm.panel, arm.source) == (name, "encoder")]
    models = tuple(model for model in parts[0].models if model in parts[1].models)
    columns = [[arm.models.index(model) for model in models] for arm in parts]
    return Arm(
        panel=" + ".join(names),
        source="encoder",
        models=models,
        required=np.vstack([arm.required for arm in parts]),
        solved=np.vstack([arm.solved[:, at] for arm, at in zip(parts, columns, strict=True)]),
        cost=np.vstack([arm.cost[:, at] for arm, at in zip(parts, columns, strict=True)]),
        band=parts[0].band,
    )


def _sample(keys: Sequence[str] | Mapping[str, str], count: int) -> list[str]:
    return sorted(keys, key=lambda key: hashlib.sha256(key.encode()).hexdigest())[:count]


def band_of(requirements: Sequence[Levels]) -> Band:
    """5th and 95th percentile per capability."""
    found = np.array([[levels[c] for c in Capability] for levels in requirements])
    low, high = np.percentile(found, _PERCENTILES, axis=0)
    return {c: (float(low[i]), float(high[i])) for i, c in enumerate(Capability)}


def _arm(
    facts: Mapping[str, Facts], panel: Panel, source: str, required: Mapping[str, Levels], band: Band
) -> Arm | None:
    models = tuple(model for model, effort in panel.scores if effort == REFERENCE and facts[model].price)
    scores = [panel.scores[model, REFERENCE] for model in models]
    questions = sorted(key for key in required if all(key in found for found in scores))
    if len(questions) < _FEWEST_QUESTIONS or len(models) < _FEWEST_MODELS:
        return None
    return Arm(
        panel=panel.name,
        source=source,
        models=models,
        required=np.array([[required[key][c] for c in Capability] for key in questions]),
        solved=np.array([[found[key] for found in scores] for key in questions]),
        cost=np.array([[_cost(facts[model], panel.texts[key]) for model in models] for key in questions]),
        band=band,
    )


def _cost(facts: Facts, text: str) -> float:
    """What the router would expect one request to cost: USD."""
    entry = ModelEntry(
        id=ModelId(facts.id),
        name=facts.name,
        price=facts.price or Price(input=0.0, output=0.0),
        capabilities=CapabilityProfile(levels=dict.fromkeys(Capability, 0.0)),
        cost=facts.cost,
    )
    tokens = len(text) // _CHARACTERS_PER_TOKEN
    return expected_cost(entry, workload_of(tokens, tokens), CostBasis.MEASURED).usd
