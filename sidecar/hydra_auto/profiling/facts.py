"""What is known of each model beside its results: prices, limits, names, measured cost."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from hydra_auto.core.catalog import LongPrice, ModelMatch, Price, TaskCost
from hydra_auto.core.cost import REFERENCE_TASK, list_cost
from hydra_auto.profiling.cost import (
    Appetite,
    CostRow,
    Rows,
    appetites,
    cost_rows,
    openhands_cost,
    read_costs,
)
from hydra_auto.profiling.sources import COMPILED, all_sources, is_located, place_of, source_of

# VS Code's vendor for a key of one's own, by the vendor part of our ids; all others go through OpenRouter.
_OWN_KEY = {"anthropic": "anthropic", "openai": "openai", "google": "gemini", "xai": "xai"}
_OPENROUTER = {"zai": "z-ai", "mistral": "mistralai", "xai": "x-ai", "meta": "meta-llama"}
_NOT_ON_OPENROUTER = {"microsoft", "github"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One model; empty and None where nothing is known.

    Attributes:
        released: Release date, or when the model was first seen.
        params_b: Total parameters in billions.
        context_window: Prompt plus answer in tokens, the smaller of Copilot's and the vendor's.
        max_input: Longest prompt in tokens, likewise, where the window would allow a longer one.
        multiplier: Premium requests of legacy annual plans since June 2026, else of July 2026.
        efforts: Names of the reasoning efforts that the vendor offers.
        sources: Catalog key (``context_window``) to where its value was read and when.
        spent: What ``cost`` was computed from, where it was not measured itself.
    """

    id: str
    name: str
    released: dt.date
    reasons: bool
    params_b: float | None
    price: Price | None
    price_source: str
    matches: tuple[ModelMatch, ...]
    cost: TaskCost | None
    multiplier: float | None
    context_window: int | None
    max_input: int | None
    max_output: int | None
    images: bool
    tools: bool
    efforts: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    spent: tuple[CostRow, ...] = ()


def read_facts(data: Path, first_seen: Mapping[str, dt.date]) -> dict[str, Facts]:
    """Facts of all models of ``models.csv`` by id.

    Args:
        data: The shared data folder.
        first_seen: Dates for models whose release date the table lacks.
    """
    copilot: dict[str, dict[str, str]] = {}
    for row in _rows(data / "models" / "copilot_models.csv"):
        copilot.setdefault(row["canonical_id"], row)  # variants such as -fast come after the model itself
    rows = _rows(data / "models" / "models.csv")
    facts = {row["id"]: _facts(row, copilot.get(row["id"]), first_seen) for row in rows}
    return {known.id: known for known in _with_costs(data, rows, facts)}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def _number(text: str) -> float | None:
    return float(text) if text else None


def _whole(text: str) -> int | None:
    return int(float(text)) if text else None


def _facts(
    row: Mapping[str, str],
    copilot: Mapping[str, str] | None,
    first_seen: Mapping[str, dt.date],
) -> Facts:
    model = row["id"]
    price, price_source = _price(row, copilot)
    window, window_source = _least(row, copilot, "context_window")
    prompt, prompt_source = _least(row, copilot, "max_input")
    if window is None:
        window, window_source = prompt, prompt_source
    if prompt and window and prompt >= window:
        prompt, prompt_source = None, ""
    output, output_source = _least(row, copilot, "max_output")
    multiplier, multiplier_source = _multiplier(copilot)
    released = row["release_date"]
    return Facts(
        id=model,
        name=row["display_name"],
        released=dt.date.fromisoformat(released) if released else first_seen[model],
        reasons=row["reasoning"] != "no",
        params_b=_number(row["params_total_b"]),
        price=price,
        price_source=price_source,
        matches=_matches(row, copilot),
        cost=None,
        multiplier=multiplier,
        context_window=window,
        max_input=prompt,
        max_output=output,
        images=row["images"] == "yes",
        tools=row["tools"] == "yes",
        efforts=tuple(filter(None, row["reasoning_efforts"].split(";"))),
        sources={
            "price": price_source,
            "long_price": price_source if price and price.long else "",
            "premium_multiplier": multiplier_source,
            "context_window": window_source,
            "max_input_tokens": prompt_source,
            "max_output_tokens": output_source,
            **{key: _flag_source(row, key) for key in ("images", "tools")},
            "efforts": all_sources(row["source"], row["source_date"]) if row["reasoning_efforts"] else "",
            "match": _match_source(row, copilot),
        },
    )


def _least(row: Mapping[str, str], copilot: Mapping[str, str] | None, column: str) -> tuple[int | None, str]:
    """The smallest limit that any way to the model has, and whose it is."""
    found = [
        (value, f"{whose}{source_of(table['source'], column, date)}")
        for table, whose, date in (
            (row, "", row["source_date"]),
            (copilot, "GitHub Copilot's limit; ", ""),
        )
        if table is not None and (value := _whole(table[column]))
    ]
    return min(found, key=lambda pair: pair[0], default=(None, ""))


def _flag_source(row: Mapping[str, str], column: str) -> str:
    place = source_of(row["source"], column, row["source_date"])
    return place if row[column] else f"unknown, taken as no; {place}"


def _multiplier(copilot: Mapping[str, str] | None) -> tuple[float | None, str]:
    """Premium requests and which scheme they are of."""
    if copilot is None:
        return None, ""
    for column, scheme in (
        ("multiplier_annual_plans_from_2026_06", "legacy annual plans since 2026-06, docs as of 2026-07-17"),
        ("premium_requests_other_2026_07", "as a third-party tool counted in 2026-07"),
    ):
        if copilot[column]:
            return float(copilot[column]), scheme
    return None, ""


def _price(row: Mapping[str, str], copilot: Mapping[str, str] | None) -> tuple[Price | None, str]:
    """Copilot's usage price where Copilot offers the model today, else the list price."""
    if copilot and "current" in copilot["availability"] and copilot["usage_input_usd_per_mtok"]:
        price = Price(
            input=float(copilot["usage_input_usd_per_mtok"]),
            cached_input=_number(copilot["usage_cached_input_usd_per_mtok"]),
            output=float(copilot["usage_output_usd_per_mtok"]),
            long=long_price(copilot["long_context_usage_price_in_cached_out"]),
        )
        return price, f"GitHub Copilot usage price; {source_of(copilot['source'], 'price')}"
    if not row["input_usd_per_mtok"]:
        return None, ""
    price = Price(
        input=float(row["input_usd_per_mtok"]),
        cached_input=_number(row["cached_input_usd_per_mtok"]),
        output=float(row["output_usd_per_mtok"]),
        long=long_price(row["long_context_price"]),
    )
    return price, f"{row['price_basis']}; {source_of(row['source'], 'price', row['source_date'])}"


_LONG = re.compile(
    r"above (?P<above>\d+)k(?: input tokens)?: "
    r"(?P<input>[\d.]+)(?:/(?P<cached>[\d.]+)/| in / )(?P<output>[\d.]+)(?: out)?"
)


def long_price(text: str) -> LongPrice | None:
    """The price of long prompts out of the words of the tables; None if there is none.

    Raises:
        ValueError: The words are in no known form.
    """
    if not text:
        return None
    found = _LONG.fullmatch(text)
    if found is None:
        raise ValueError(f"not a known way to tell a price of long prompts: {text!r}")
    return LongPrice(
        above=int(found["above"]) * 1_000,
        input=float(found["input"]),
        cached_input=_number(found["cached"] or ""),
        output=float(found["output"]),
    )


def _matches(row: Mapping[str, str], copilot: Mapping[str, str] | None) -> tuple[ModelMatch, ...]:
    vendor, _, name = row["id"].partition("/")
    found = [ModelMatch(vendor="copilot", family=copilot["family"])] if copilot else []
    if vendor in _OWN_KEY:
        found.append(ModelMatch(vendor=_OWN_KEY[vendor], family=name))
    if vendor not in _NOT_ON_OPENROUTER:
        found.append(ModelMatch(vendor="openrouter", family=f"{_OPENROUTER.get(vendor, vendor)}/{name}"))
    return tuple(found)


def _match_source(row: Mapping[str, str], copilot: Mapping[str, str] | None) -> str:
    """Where VS Code's names for the model come from, by vendor."""
    vendor, _, _ = row["id"].partition("/")
    found = [f"copilot: {source_of(copilot['source'], 'family')}"] if copilot else []
    if vendor in _OWN_KEY:
        names = row["api_ids"].replace(";", ", ") or "habit, not checked"
        found.append(f"{_OWN_KEY[vendor]}: {names}, {source_of(row['source'], 'id', row['source_date'])}")
    if vendor not in _NOT_ON_OPENROUTER:
        found.append(f"openrouter: by habit of naming, not checked, {COMPILED}")
    return "; ".join(found)


def read_cost_rows(data: Path, facts: Mapping[str, Facts]) -> Rows:
    """Costs measured in other benchmarks, over the vendors' list prices."""
    rows = _rows(data / "models" / "models.csv")
    listed = {row["id"]: price for row in rows if (price := _price(row, None)[0]) is not None}
    reasoning = {model: known.reasons for model, known in facts.items()}
    return cost_rows(read_costs(data / "models" / "scores.csv"), listed, reasoning)


def _with_costs(data: Path, rows: Sequence[Mapping[str, str]], facts: Mapping[str, Facts]) -> Iterator[Facts]:
    """Each model with its cost: measured in OpenHands, else list price times appetite, else none."""
    aliases = {alias: row["id"] for row in rows for alias in row["aliases"].split(";") if alias}
    prices = {model: known.price for model, known in facts.items() if known.price is not None}
    measured = openhands_cost(data / "swebench", aliases, prices)
    appetite = appetites(read_cost_rows(data, facts))
    spent = read_costs(data / "models" / "scores.csv")
    for model, known in facts.items():
        cost = measured.get(model)
        own: tuple[CostRow, ...] = ()
        if cost is None and model in appetite and known.price is not None:
            benchmarks = appetite[model].benchmarks
            own = tuple(row for row in spent if row.model == model and row.benchmark in benchmarks)
            cost = _by_appetite(known.price, appetite[model], own)
        sources = known.sources if cost is None else {**known.sources, "cost": cost.source}
        yield replace(known, cost=cost, sources=sources, spent=own)


def _by_appetite(price: Price, appetite: Appetite, spent: Sequence[CostRow]) -> TaskCost:
    usd = list_cost(price, REFERENCE_TASK) * appetite.factor
    where = ", ".join(
        _spent_in(name, [row for row in spent if row.benchmark == name]) for name in appetite.benchmarks
    )
    return TaskCost(
        per_task_usd=float(f"{usd:.2g}"),
        source=f"list price of one task x {appetite.factor:.2f}, as spent in {where}",
    )


def _spent_in(benchmark: str, spent: Sequence[CostRow]) -> str:
    """A benchmark and when it was read; where, if nobody can look that up."""
    newest = max(spent, key=lambda row: row.date)
    lost = "" if is_located(newest.source) else f" ({place_of(newest.source)})"
    return f"{benchmark} {newest.date}{lost}"


def listed(facts: Facts, local_models: Collection[str], data: Path) -> Facts:
    """The model as the catalog has it: under its Ollama tag alone, if it is one of ``local_models``."""
    return local(facts, ollama_tags(data)[facts.id]) if facts.id in local_models else facts


def local(facts: Facts, ollama_tag: str) -> Facts:
    """The same model run on one's own machine: only Ollama's name, no measured cost."""
    return replace(
        facts,
        name=f"{facts.name} (local)",
        matches=(ModelMatch(vendor="ollama", family=ollama_tag),),
        cost=None,
        spent=(),
        multiplier=None,
        sources={**facts.sources, "match": f"by Ollama's habit of naming, not checked, {COMPILED}"},
    )


def at_effort(facts: Facts, effort: str, name: str, factor: float | None) -> Facts:
    """The same model at another reasoning effort.

    Args:
        facts: The model at its default effort.
        effort: Class of the effort, which goes into the id.
        name: What the vendor calls it.
        factor: What it spends as a multiple of the default; None if no cost at this effort was measured.
    """
    cost = None
    if facts.cost is not None and factor is not None:
        usd = float(f"{facts.cost.per_task_usd * factor:.2g}")
        source = (
            f"cost at the default effort x {factor:.2f}, as spent at {name} effort in other benchmarks "
            f"({facts.cost.source})"
        )
        cost = TaskCost(per_task_usd=usd, source=source)
    return replace(facts, id=f"{facts.id}@{effort}", name=f"{facts.name} ({name} effort)", cost=cost)


def ollama_tags(data: Path) -> dict[str, str]:
    """Model id to Ollama tag."""
    return {
        row["id"]: row["ollama_tag"] for row in _rows(data / "models" / "models.csv") if row["ollama_tag"]
    }
