"""Profiles for the models of a benchmark, by name: every source spells a model its own way."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from hydra_auto.core.capabilities import Levels, levels
from hydra_auto.core.catalog import Catalog
from hydra_auto.profiling.profiles import build_profiles
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


def profiles_by_name(data: Path, catalog: Catalog) -> dict[str, tuple[str, Levels]]:
    """(Model id, profile) by `name_key`: of the catalog, and computed by the same rule for older models.

    Names that would mean two models mean none.

    Raises:
        TrainingFailed: The table of models cannot be read.
    """
    by_id: dict[str, Levels] = {model.id: model.capabilities.levels for model in catalog.models}
    spelled: dict[str, set[str]] = {}
    try:
        with (data / "models" / "models.csv").open(encoding="utf-8", newline="") as opened:
            rows = list(csv.DictReader(opened))
        profiles = build_profiles(data)
        for row in rows:
            by_id.setdefault(row["id"], levels(profiles.levels(row["id"])))
    except (OSError, KeyError, ValueError) as error:
        raise TrainingFailed(f"No profiles from {data / 'models'}: {error}.") from error
    for row in rows:
        others = [n for field in ("aliases", "api_ids") for n in row[field].split(";") if n]
        for name in (row["id"], row["display_name"], *others):
            spelled.setdefault(name_key(name), set()).add(row["id"])
    for model in catalog.models:
        for name in (model.id, model.name):
            spelled.setdefault(name_key(name), set()).add(model.id)
    return {key: (next(iter(ids)), by_id[next(iter(ids))]) for key, ids in spelled.items() if len(ids) == 1}


def matched(names: Iterable[str], known: Mapping[str, tuple[str, Levels]]) -> dict[str, tuple[str, Levels]]:
    """(Model id, profile) by the benchmark's own spelling, for the names that are known."""
    return {name: known[key] for name in names if (key := name_key(name)) in known}
