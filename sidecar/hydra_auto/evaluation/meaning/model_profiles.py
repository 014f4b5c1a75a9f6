"""Profiles and prices for the models of a benchmark, by name: every source spells a model its own way."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from hydra_auto.core.capabilities import levels
from hydra_auto.core.catalog import CapabilityProfile, Catalog, ModelEntry, ModelId
from hydra_auto.profiling.profiles import Profiles, build_profiles
from hydra_auto.training.config import TrainingFailed

_ASIDE: Final = re.compile(r"\((high|low|medium|n=\d+|prompt|fc)\)|\+cot\b|-fc\b")
_DATE: Final = re.compile(r"[-_]?(20\d\d[-_]?\d\d[-_]?\d\d|20\d\d)\b")
_VENDOR: Final = re.compile(r"^(meta-llama|meta|google|mistralai|qwen)[-_](?=[a-z]*[-_]?[a-z])")
_DECORATION: Final = re.compile(r"(instruct|inst|ins|chat|it|hf)$")  # not "latest": which version was it?
_LEAST: Final = 4


def name_key(name: str) -> str:
    """A model's name without vendor, date, effort and decoration: equal for spellings of one model."""
    plain = _ASIDE.sub("", name.casefold())
    plain = re.split(r"--|/", plain)[-1]
    plain = _DATE.sub("", _VENDOR.sub("", plain))
    key = re.sub(r"[^a-z0-9]", "", plain)
    while (shorter := _DECORATION.sub("", key)) != key and len(shorter) >= _LEAST:
        key = shorter
    return key


def models_by_name(data: Path, catalog: Catalog) -> dict[str, ModelEntry]:
    """Models by `name_key`: the catalog's, and older ones with what the same rules make of their results.

    An older model has a profile, and price and cost where they are known. Names that would mean two models
    mean none.

    Raises:
        TrainingFailed: The table of models cannot be read.
    """
    by_id = {model.id: model for model in catalog.models}
    spelled: dict[str, set[ModelId]] = {}
    try:
        with (data / "models" / "models.csv").open(encoding="utf-8", newline="") as opened:
            rows = list(csv.DictReader(opened))
        profiles = build_profiles(data)
        for row in rows:
            if (model_id := ModelId(row["id"])) not in by_id:
                by_id[model_id] = _older(model_id, profiles)
    except (OSError, KeyError, ValueError) as error:
        raise TrainingFailed(f"No profiles from {data / 'models'}: {error}.") from error
    for row in rows:
        others = [n for field in ("aliases", "api_ids") for n in row[field].split(";") if n]
        for name in (row["id"], row["display_name"], *others):
            spelled.setdefault(name_key(name), set()).add(ModelId(row["id"]))
    for model in catalog.models:
        for name in (model.id, model.name):
            spelled.setdefault(name_key(name), set()).add(model.id)
    return {key: by_id[next(iter(ids))] for key, ids in spelled.items() if len(ids) == 1}


def _older(model_id: ModelId, profiles: Profiles) -> ModelEntry:
    facts = profiles.facts[model_id]
    return ModelEntry(
        id=model_id,
        name=facts.name,
        price=facts.price,
        cost=facts.cost,
        capabilities=CapabilityProfile(levels=levels(profiles.levels(model_id))),
    )


def matched(names: Iterable[str], known: Mapping[str, ModelEntry]) -> dict[str, ModelEntry]:
    """Models by the benchmark's own spelling, for the names that are known."""
    return {name: known[key] for name in names if (key := name_key(name)) in known}
