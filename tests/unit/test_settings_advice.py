"""Patterns in the settings that mean no model are told."""

from __future__ import annotations

import pytest

from builders import model, offer
from hydra_auto.core.catalog import Catalog, ModelId, RemovedModel
from hydra_auto.core.origin import LayerName, Origin
from hydra_auto.core.request import AvailableModel, Overrides
from hydra_auto.core.settings_advice import idle_patterns

CATALOG = Catalog(
    models=(model("sonnet-5"), model("off", enabled=False)),
    removed=(RemovedModel(id=ModelId("test/gone"), name="x", match=(), origin=Origin(layer=LayerName.USER)),),
)
OFFERED = (
    offer("sonnet-5"),
    offer("sonnet-6", "elsewhere"),  # unknown, estimated as test/sonnet-6@elsewhere
    AvailableModel(vendor="ollama", id="odd:3b", family="odd", name="Odd"),  # unknown, like nobody
)


def overrides(setting: str, **lists: tuple[str, ...]) -> Overrides:
    return Overrides(origin=Origin(layer=LayerName.SETTINGS, path=f"hydraAuto.{setting} (user)"), **lists)


@pytest.mark.parametrize(
    "pattern",
    [
        *("test/sonnet-5", " TEST/* ", "*", "test/off", "test/gone", "vendor:test"),
        *("vendor:ollama", "ollama/odd:3b", "odd", "odd:3b", "ollama/odd"),
        *("test/sonnet-6@elsewhere", "elsewhere/sonnet-6", "vendor:else*"),
    ],
)
def test_a_pattern_of_a_known_removed_or_offered_model_is_fine(pattern: str) -> None:
    assert idle_patterns([overrides("deny", deny=(pattern,))], CATALOG, OFFERED) == ()


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("test/sonet-5", "no model has such an id. Did you mean 'test/sonnet-5'?"),
        ("vendor:tesst", "no model has such a vendor. Did you mean 'vendor:test'?"),
        ("xai/*", "no model has such an id."),
    ],
)
def test_a_pattern_that_means_nobody_is_told_with_its_setting(pattern: str, words: str) -> None:
    settings = [overrides("allow", allow=("test/*",)), overrides("deny", deny=("test/off", pattern))]
    [idle] = idle_patterns(settings, CATALOG, OFFERED)
    assert idle.text == f"hydraAuto.deny (user) names {pattern!r}, but {words}"


def test_a_vendor_that_nobody_has_is_told_too() -> None:
    settings = [overrides("vendors", vendors=("test", "ollama", "Ollama", "elsewere"))]
    told = [idle.text for idle in idle_patterns(settings, CATALOG, OFFERED)]
    words = "which no match of the catalog names. Did you mean"
    assert told == [
        f"hydraAuto.vendors (user) names 'Ollama', {words} 'ollama'?",
        f"hydraAuto.vendors (user) names 'elsewere', {words} 'elsewhere'?",
    ]


def test_what_is_not_offered_now_may_still_be_in_the_catalog() -> None:
    settings = [overrides("allow", allow=("test/sonnet-5", "ollama/odd"))]
    assert len(idle_patterns(settings, CATALOG, ())) == 1
