"""Where a value of the tables was read: not the first source of its row, but the one that speaks of it."""

from __future__ import annotations

import pytest

from hydra_auto.core.catalog import LongPrice
from hydra_auto.profiling.facts import long_price
from hydra_auto.profiling.sources import all_sources, source_of

HOSTED = (
    "TabNahida/AInsights@6382ecae96; litellm 1.109.1 (price nscale/Qwen/Q-7B, tools nebius/Q-7B, "
    "max_output nebius/Q-7B)"
)
ROUTER = (
    "TabNahida/AInsights@6382ecae96; anomalyco/models.dev@f3fc692299:models.json "
    "(OpenRouter listing: price, tools)"
)
COPILOT = (
    "litellm 1.109.1:github_copilot/x; anomalyco/models.dev@d7994e3b56 providers/github-copilot "
    "(Copilot API limits checked 2026-09-23)"
)
DOCS = (
    "github/docs@024f6b0f:data/tables/copilot/models-and-pricing.yml (about Aug 2026); "
    "other/one@1 (2026-07-02)"
)


@pytest.mark.parametrize(
    ("sources", "column", "found"),
    [
        (HOSTED, "price", "litellm 1.109.1:nscale/Qwen/Q-7B, 2026-10-26 or later"),
        (HOSTED, "max_output", "litellm 1.109.1:nebius/Q-7B, 2026-10-26 or later"),
        (HOSTED, "context_window", "TabNahida/AInsights@6382ecae96, 2026-08-08"),
        (ROUTER, "tools", "anomalyco/models.dev@f3fc692299:models.json, 2026-07-02"),
        (ROUTER, "images", "TabNahida/AInsights@6382ecae96, 2026-08-08"),
        (COPILOT, "price", "litellm 1.109.1:github_copilot/x, 2026-10-26 or later"),
        (COPILOT, "max_input", "anomalyco/models.dev@d7994e3b56 providers/github-copilot, 2026-09-23"),
        (DOCS, "price", "github/docs@024f6b0f:data/tables/copilot/models-and-pricing.yml, about Aug 2026"),
        ("somewhere/else@1", "price", "somewhere/else@1, 2026-05"),
    ],
)
def test_each_value_is_traced_to_the_place_that_tells_it(sources: str, column: str, found: str) -> None:
    assert source_of(sources, column, "2026-05") == found


def test_where_any_of_the_places_may_have_told_a_value_all_are_named() -> None:
    assert all_sources(f"{COPILOT}; c (2026-01-02)").count(" and ") == 2


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("", None),
        ("above 200k: 4/1/12", LongPrice(above=200_000, input=4.0, cached_input=1.0, output=12.0)),
        ("above 272k: 0.2/0.02/0.75", LongPrice(above=272_000, input=0.2, cached_input=0.02, output=0.75)),
        ("above 512k input tokens: 0.6 in / 2.4 out", LongPrice(above=512_000, input=0.6, output=2.4)),
    ],
)
def test_prices_of_long_prompts_are_read_as_the_tables_tell_them(told: str, found: LongPrice | None) -> None:
    assert long_price(told) == found


def test_another_way_to_tell_a_price_of_long_prompts_is_not_passed_over() -> None:
    with pytest.raises(ValueError, match="above 1M"):
        long_price("above 1M: twice the price")
