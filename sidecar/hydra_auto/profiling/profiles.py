"""Profiles on the rubric's scale: abilities through one monotone map per capability."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hydra_auto.core.capabilities import Capability
from hydra_auto.profiling.efforts import ability_at
from hydra_auto.profiling.evidence import Result, read_results
from hydra_auto.profiling.facts import Facts, read_facts
from hydra_auto.profiling.latent import REFERENCE, Abilities, Array, fit
from hydra_auto.profiling.rule import Anchor, Rule, read_rule

_UNKNOWN_PRICE = 0.3  # USD per million tokens: most models without a price are small and open


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """``level = 1 / (1 + exp(-(shift + slope * ability)))`` for one capability."""

    shift: float
    slope: float

    def level(self, ability: float) -> float:
        """Level in (0, 1)."""
        return 1.0 / (1.0 + math.exp(-(self.shift + self.slope * ability)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """Everything a profile was computed from.

    Attributes:
        scales: Capability to its map.
        members: Models of each anchor of the rule, in its order.
    """

    rule: Rule
    facts: Mapping[str, Facts]
    results: tuple[Result, ...]
    abilities: Abilities
    scales: Mapping[Capability, Scale]
    members: tuple[tuple[str, ...], ...]

    def levels(self, model: str, effort: str = REFERENCE) -> dict[Capability, float]:
        """The profile: levels in [0, 1], rounded to 0.01."""
        return self._levels(model, effort, self.rule.caution)

    def central_levels(self, model: str, effort: str = REFERENCE) -> dict[Capability, float]:
        """Levels without caution: the best guess."""
        return self._levels(model, effort, 0.0)

    def errors(self, model: str, effort: str = REFERENCE) -> dict[Capability, float]:
        """Standard error of each level, at the best guess."""
        mean, covariance = self.ability(model, effort)
        sds = np.sqrt(np.diag(covariance))
        return {
            c: (self.scales[c].level(mean[i] + sds[i]) - self.scales[c].level(mean[i] - sds[i])) / 2
            for i, c in enumerate(Capability)
        }

    def ability(self, model: str, effort: str = REFERENCE) -> tuple[Array, Array]:
        """Mean float64 [4] and covariance float64 [4, 4]."""
        own = self.results_of(model)
        return ability_at(self.abilities, own, model, effort, self.rule.effort_variance)

    def _levels(self, model: str, effort: str, caution: float) -> dict[Capability, float]:
        mean, covariance = self.ability(model, effort)
        ability = mean - caution * np.sqrt(np.diag(covariance))
        return {c: round(self.scales[c].level(float(ability[i])), 2) for i, c in enumerate(Capability)}

    def results_of(self, model: str) -> list[Result]:
        """What was measured of one model."""
        return [result for result in self.results if result.model == model]

    def is_estimated(self, model: str) -> bool:
        """Whether there is too little evidence of the model's own."""
        return len(self.results_of(model)) < self.rule.estimated_below


def build_profiles(data: Path, rule: Rule | None = None) -> Profiles:
    """Profiles of all models of ``models.csv``.

    Args:
        data: The shared data folder.
        rule: ``rule.yaml`` unless given.
    """
    rule = rule or read_rule()
    facts = read_facts(data, rule.first_seen)
    reasoning = {model: known.reasons for model, known in facts.items()}
    results = read_results(data / "models" / "scores.csv", rule.benchmarks, reasoning, rule.kinds)
    return profiles_from(rule, facts, results)


def profiles_from(rule: Rule, facts: Mapping[str, Facts], results: Sequence[Result]) -> Profiles:
    """Profiles from results already read."""
    models = tuple(facts)
    features = np.array([_features(facts[model]) for model in models])
    abilities = fit(results, models, features, rule.predecessors, rule.successor_variance)
    measured = {result.model for result in results}
    members = tuple(
        tuple(model for model in models if model in measured and belongs(facts[model], anchor))
        for anchor in rule.anchors
    )
    return Profiles(
        rule=rule,
        facts=facts,
        results=tuple(results),
        abilities=abilities,
        scales=_scales(rule, abilities, members),
        members=members,
    )


def _features(facts: Facts) -> list[float]:
    years = (facts.released.toordinal() - 737791) / 365.25  # since 2021-01-01
    output = facts.price.output if facts.price else _UNKNOWN_PRICE
    return [1.0, years - 4.0, math.log10(output)]


def belongs(facts: Facts, anchor: Anchor) -> bool:
    """Whether a model is of an anchor's class. Size and name are alternatives; the rest restricts."""
    vendor, _, name = facts.id.partition("/")
    low, high = anchor.params or (0.0, 0.0)
    sized = facts.params_b is not None and low < facts.params_b <= high
    named = bool(anchor.name) and re.search(anchor.name, name) is not None
    if not (sized or named) or (anchor.vendors and vendor not in anchor.vendors):
        return False
    return anchor.released is None or anchor.released[0] <= facts.released < anchor.released[1]


def _scales(rule: Rule, abilities: Abilities, members: Sequence[Sequence[str]]) -> dict[Capability, Scale]:
    cautious = abilities.cautious(rule.caution)
    medians: Array = np.array(
        [np.median(cautious[[abilities.models.index(m) for m in group]], axis=0) for group in members]
    )
    wanted = np.array([math.log(anchor.level / (1.0 - anchor.level)) for anchor in rule.anchors])
    scales = {}
    for i, capability in enumerate(Capability):
        slope, shift = np.polyfit(medians[:, i], wanted, 1)
        scales[capability] = Scale(shift=float(shift), slope=float(slope))
    return scales
