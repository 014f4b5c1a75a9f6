"""The rule that turns results into profiles, read from ``rule.yaml`` and ``pool.yaml`` beside this file."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from hydra_auto.core.capabilities import Capability

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Benchmark:
    """One benchmark as the rule reads it; compared by identity."""

    name: str
    metrics: tuple[str, ...]
    scale: str
    loads: Mapping[Capability, float]
    noise: float = 1.0
    prefer: str = ""

    @property
    def label(self) -> str:
        """Name with the metric where one benchmark has several."""
        generic = ("percent", "score", "resolve rate", "Elo", "index points", "pass@1", "pass^1")
        return self.name if self.metrics[0] in generic else f"{self.name}: {self.metrics[0]}"

    def transformed(self, score: float) -> float:
        """Score on the scale that the model of ``latent`` takes as linear in ability."""
        if self.scale == "linear":
            return score
        share = min(max(score / 100.0, 0.005), 0.995)
        return math.log(share / (1.0 - share))

    def score_of(self, transformed: float) -> float:
        """The inverse of ``transformed``."""
        if self.scale == "linear":
            return transformed
        return 100.0 / (1.0 + math.exp(-transformed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A class of models whose level the rubric states, and who belongs to it."""

    level: float
    what: str
    params: tuple[float, float] | None = None
    name: str = ""
    vendors: tuple[str, ...] = ()
    released: tuple[dt.date, dt.date] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """All of ``rule.yaml``; its comments say what each part means."""

    benchmarks: tuple[Benchmark, ...]
    anchors: tuple[Anchor, ...]
    caution: float
    estimated_below: int
    successor_variance: float
    predecessors: Mapping[str, str]
    first_seen: Mapping[str, dt.date]
    effort_variance: float = 0.1
    effort_results: int = 3
    minmax: MinMax | None = None
    kinds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MinMax:
    """The paper's alternative: what a pool's weakest and strongest model are mapped to, per capability."""

    band: Mapping[Capability, tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Ids of the models to list, which of those only under their Ollama tag, and which at several efforts."""

    models: tuple[str, ...]
    local: tuple[str, ...]
    efforts: tuple[str, ...] = ()
    about: str = ""


def read_rule(path: Path = _HERE / "rule.yaml") -> Rule:
    """The rule."""
    text: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Rule(
        benchmarks=tuple(
            Benchmark(
                name=row["name"],
                metrics=tuple(row["metric"].split("|")),
                scale=row["scale"],
                loads=_loads(row["loads"]),
                noise=float(row.get("noise", 1.0)),
                prefer=row.get("prefer", ""),
            )
            for row in text["benchmarks"]
        ),
        anchors=tuple(
            Anchor(
                level=row["level"],
                what=row["what"],
                params=tuple(row["params"]) if "params" in row else None,
                name=row.get("name", ""),
                vendors=tuple(row.get("vendors", ())),
                released=tuple(row["released"]) if "released" in row else None,
            )
            for row in text["anchors"]
        ),
        caution=float(text["caution"]),
        estimated_below=int(text["estimated_below"]),
        successor_variance=float(text["successor_variance"]),
        predecessors=text["predecessors"],
        first_seen=text["first_seen"],
        effort_variance=float(text["effort_variance"]),
        effort_results=int(text["effort_results"]),
        kinds={kind: float(noise) for kind, noise in text["kinds"].items()},
        minmax=MinMax(
            band={
                c: (float(band[0]), float(band[1]))
                for c in Capability
                for band in [text["minmax"]["band"][c.value]]
            }
        ),
    )


def read_pool(path: Path = _HERE / "pool.yaml") -> Pool:
    """The pool of the default catalog, or another one in the same form.

    Raises:
        ValueError: The file is not a mapping with lists ``models``, ``local`` and ``efforts``.
    """
    try:
        text = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not YAML") from error
    keys = ("models", "local", "efforts")
    lists = [text.get(key) or [] for key in keys] if isinstance(text, dict) else None
    if lists is None or not all(isinstance(ids, list) for ids in lists):
        raise ValueError(f"{path} needs lists of model ids: models, local for Ollama, efforts for variants")
    models, local, efforts = (tuple(map(str, ids)) for ids in lists)
    return Pool(models=models, local=local, efforts=efforts, about=str(text.get("about") or ""))


def _loads(shares: Mapping[str, float]) -> dict[Capability, float]:
    everywhere = float(shares.get("overall", 0.0)) / len(Capability)
    loads = {c: float(shares.get(c.value, 0.0)) + everywhere for c in Capability}
    if abs(sum(loads.values()) - 1.0) > 1e-9:  # noqa: PLR2004 - rounding
        raise ValueError(f"loads {dict(shares)} do not sum to 1")
    return loads
