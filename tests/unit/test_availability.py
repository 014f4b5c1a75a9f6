from __future__ import annotations

import pytest

from builders import model
from hydra_auto.core.availability import find_available, normal_family
from hydra_auto.core.catalog import ModelMatch
from hydra_auto.core.request import AvailableModel


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("claude-opus-4.8", "claude-opus-4-8"),
        ("gemini-3-pro", "gemini-3-pro-preview"),
        ("claude-haiku-4.5", "Claude-Haiku-4-5-20251001"),
        ("gpt-5.4", "gpt-5.4-2026-03-05"),
    ],
)
def test_spellings_of_one_family_are_the_same(one: str, other: str) -> None:
    assert normal_family(one) == normal_family(other)


@pytest.mark.parametrize(
    ("one", "other"), [("gpt-5", "gpt-5-mini"), ("claude-opus-4", "claude-opus-4.5"), ("gpt-5", "gpt-5.4")]
)
def test_relatives_are_not_the_same(one: str, other: str) -> None:
    assert normal_family(one) != normal_family(other)


def test_the_first_match_that_vs_code_offers_is_taken() -> None:
    entry = model(
        "m", match=(ModelMatch(vendor="copilot", family="m"), ModelMatch(vendor="ollama", id="m:8b"))
    )
    local = AvailableModel(vendor="ollama", id="M:8B", family="whatever")
    hosted = AvailableModel(vendor="copilot", id="x", family="m")
    assert find_available(entry, [local, hosted]) is hosted
    assert find_available(entry, [local]) is local
    assert find_available(entry, [local, hosted], vendors=("ollama",)) is local
    assert find_available(entry, []) is None
