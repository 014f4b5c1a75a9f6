"""``catalogs/default.yaml`` as text: the same input gives the same bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from hydra_auto.core.capabilities import Capability, Levels
from hydra_auto.core.catalog import Evidence, LongPrice, ModelMatch
from hydra_auto.core.layer_values import did_you_mean
from hydra_auto.profiling.basis import basis, evidence_for
from hydra_auto.profiling.cost import TASK, effort_factors
from hydra_auto.profiling.efforts import effort_name
from hydra_auto.profiling.evidence import EFFORTS
from hydra_auto.profiling.facts import Facts, at_effort, local, ollama_tags, read_cost_rows
from hydra_auto.profiling.latent import REFERENCE
from hydra_auto.profiling.minmax import minmax_levels
from hydra_auto.profiling.profiles import Profiles
from hydra_auto.profiling.rule import Pool

ABSOLUTE, MINMAX = "absolute", "minmax"
_FIRST_LINE = "# The built-in model catalog of HyDRA Auto: what each model can do and what it costs."
HEADER = f"""\
{_FIRST_LINE}
#
# Written by `hydra-auto profile`; edit the rule (sidecar/hydra_auto/profiling/*.yaml), not this file, or
# change what you like in a user or workspace catalog. How the numbers came about: catalogs/README.md.
# Prices are GitHub Copilot's usage prices where Copilot offers the model, else list prices; of a limit that
# the ways to a model do not share, the smallest counts. Behind each value stands where it was read and when;
# behind the capabilities, in how many benchmarks of each the model was measured, and in how many of them by
# others than its vendor and not only as transcribed by a third party; `uncertainty` is the standard error of
# each level. Where a cost says "of one task", that is
# {TASK}.
# "Unlocated" is a source that nobody can look up.
"""

MINMAX_HEADER = """\
#
# These levels are POOL-RELATIVE, by the rule of the HyDRA paper as far as it is known (`--rule minmax`): they
# change when a model is added or removed, and are not on the scale of catalogs/README.md.
"""

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-./ +()_")
_CLASHES = ("true", "false", "yes", "no", "on", "off", "null", "~", "")


class NotListed(Exception):
    """A model of the pool cannot be listed: unknown, without an Ollama tag, or of unknown price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One model to write: what is known of it, what it can do, and at which effort.

    Attributes:
        model: Id in the fit; that of ``facts`` may name an effort too.
        errors: Standard errors, where the rule states any.
        effort: What the vendor calls the effort, or None for the default.
    """

    model: str
    facts: Facts
    levels: Levels
    errors: Levels | None
    effort: str | None = None
    effort_class: str = REFERENCE


def catalog_text(profiles: Profiles, pool: Pool, data: Path, rule: str = ABSOLUTE) -> str:
    """The whole file.

    Args:
        profiles: Of all models.
        pool: Which models to list.
        data: The shared data folder, for Ollama's tags.
        rule: ``absolute``, or ``minmax`` for the paper's pool-relative profiles.

    Raises:
        NotListed: See there.
    """
    listed = (*pool.models, *pool.local)
    for model in (*listed, *pool.efforts):
        if model not in profiles.facts:
            raise NotListed(f"{model} is not in models.csv.{did_you_mean(model, profiles.facts)}")
    entries = [*_entries(profiles, pool, data)]
    header = HEADER if not pool.about else HEADER.replace(_FIRST_LINE, _comment(pool.about), 1)
    if rule == MINMAX:
        relative = minmax_levels(profiles, listed)
        entries = [replace(entry, levels=relative[entry.model], errors=None) for entry in entries]
        header += MINMAX_HEADER
    models = "\n".join(_model(entry, profiles) for entry in entries)
    return f"{header}schema_version: 1\nrouting:\n  regime: balanced\nmodels:\n{models}"


def _comment(text: str) -> str:
    return "\n".join(f"# {line}".rstrip() for line in text.strip().splitlines())


def _entries(profiles: Profiles, pool: Pool, data: Path) -> Iterator[Entry]:
    tags = ollama_tags(data)
    factors = effort_factors(read_cost_rows(data, profiles.facts)) if pool.efforts else {}
    for model in pool.models:
        yield _entry(profiles, model, profiles.facts[model])
        if model in pool.efforts:
            yield from _at_efforts(profiles, model, factors)
    for model in pool.local:
        if model not in tags:
            raise NotListed(f"{model} has no Ollama tag in models.csv")
        yield _entry(profiles, model, local(profiles.facts[model], tags[model]))


def _entry(profiles: Profiles, model: str, facts: Facts) -> Entry:
    return Entry(model=model, facts=facts, levels=profiles.levels(model), errors=profiles.errors(model))


def _at_efforts(profiles: Profiles, model: str, factors: Mapping[tuple[str, str], float]) -> Iterator[Entry]:
    """The model at each effort that it offers and that was measured often enough."""
    facts = profiles.facts[model]
    measured = Counter(result.effort for result in profiles.results_of(model))
    for effort in EFFORTS:
        name = effort_name(effort, facts.efforts)
        if effort == REFERENCE or name is None or measured[effort] < profiles.rule.effort_results:
            continue
        yield Entry(
            model=model,
            facts=at_effort(facts, effort, name, factors.get((model, effort))),
            levels=profiles.levels(model, effort),
            errors=profiles.errors(model, effort),
            effort=name,
            effort_class=effort,
        )


def _model(entry: Entry, profiles: Profiles) -> str:
    facts = entry.facts
    if facts.price is None:
        raise NotListed(f"{facts.id} has no known price; it would look free")
    price = {
        "input": _usd(facts.price.input),
        "cached_input": None if facts.price.cached_input is None else _usd(facts.price.cached_input),
        "output": _usd(facts.price.output),
    }
    supports = {"images": _flag(facts.images), "tools": _flag(facts.tools)}
    if facts.efforts:
        supports["efforts"] = f"[{', '.join(_text(effort) for effort in facts.efforts)}]"
    lines = [
        f"  - id: {_text(facts.id)}",
        f"    name: {_text(facts.name)}",
        f"    match: [{', '.join(_match(match) for match in facts.matches)}]{_from(facts, 'match')}",
    ]
    if entry.effort is not None:
        lines.append(f"    effort: {_text(entry.effort)}")
    lines.append(f"    price: {_flow(price)}{_from(facts, 'price')}")
    if facts.price.long is not None:
        lines.append(f"    long_price: {_flow(_long_price(facts.price.long))}{_from(facts, 'long_price')}")
    if facts.cost:
        cost = {"per_task_usd": f"{facts.cost.per_task_usd:g}", "source": _text(facts.cost.source)}
        lines.append(f"    cost: {_flow(cost)}")
    limits = {
        "premium_multiplier": None if facts.multiplier is None else f"{facts.multiplier:g}",
        "context_window": facts.context_window,
        "max_input_tokens": facts.max_input,
        "max_output_tokens": facts.max_output,
    }
    lines += [f"    {key}: {value}{_from(facts, key)}" for key, value in limits.items() if value]
    lines.append(f"    supports: {_flow(supports)}{_from(facts, *supports)}")
    levels = _flow({c.value: f"{entry.levels[c]:.2f}" for c in Capability})
    lines.append(f"    capabilities: {levels}  # {_basis(entry, profiles)}")
    if entry.errors is not None:
        lines.append(f"    uncertainty: {_flow({c.value: f'{entry.errors[c]:.3f}' for c in Capability})}")
    if profiles.is_estimated(entry.model):
        lines.append("    estimated: true")
    lines.append("    evidence:")
    lines += [
        f"      - {_evidence(item)}" for item in evidence_for(profiles, entry.model, entry.effort_class)
    ]
    return "\n".join(lines) + "\n"


def _long_price(long: LongPrice) -> dict[str, str | None]:
    cached = None if long.cached_input is None else _usd(long.cached_input)
    return {
        "above": str(long.above),
        "input": _usd(long.input),
        "cached_input": cached,
        "output": _usd(long.output),
    }


def _basis(entry: Entry, profiles: Profiles) -> str:
    """In how many benchmarks of each capability the model was measured, and in how many independently."""
    found = {c: basis(profiles, entry.model, c, entry.effort_class) for c in Capability}
    counts = ", ".join(f"{c.value} {part['benchmarks']} ({part['independent']})" for c, part in found.items())
    return f"benchmarks (independent ones): {counts}"


def _from(facts: Facts, *keys: str) -> str:
    """The comment that says where a value was read."""
    told: dict[str, list[str]] = {}
    for key in keys:
        if source := facts.sources.get(key):
            told.setdefault(source, []).append(key)
    sources = [f"{', '.join(of)}: {source}" if len(told) > 1 else source for source, of in told.items()]
    return f"  # {'; '.join(sources)}" if sources else ""


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
