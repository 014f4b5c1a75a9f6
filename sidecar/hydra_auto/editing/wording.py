"""Catalog values in words, and as YAML."""

from __future__ import annotations

import json
import re

import yaml

from hydra_auto.core.catalog import Evidence, ModelEntry, ModelMatch
from hydra_auto.core.layer_values import Value
from hydra_auto.core.origin import LayerName
from hydra_auto.core.regime import Regime

_PLAIN = re.compile(r"[^\W\d](?:[\w./+-]| (?=[\w./+-]))*")
_UNSEEN = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_STR = "tag:yaml.org,2002:str"
_ESCAPED = re.compile(r"([\\`*_{}\[\]<>()#+\-!|~&])")

_CLASSES = (
    (0.15, "tiny local models (1-3B)"),
    (0.30, "the 8B and nano class"),
    (0.50, "the mini class"),
    (0.70, "strong general models"),
    (0.85, "today's frontier models"),
    (1.00, "the very best effort, where the frontier often fails"),
)
"""Level to the model class that just reaches it, as the requirement rubric has them (catalogs/README.md)."""


def worded(value: Value) -> str:
    """A value on one line, as it would be written in a catalog."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"{value:g}" if abs(value) < 100_000 else f"{value:.12g}"  # noqa: PLR2004
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_item, value)) + "]"
    return value if isinstance(value, str) else str(value.value)


def _item(item: object) -> str:
    if isinstance(item, ModelMatch):
        parts = (("vendor", item.vendor), ("family", item.family), ("id", item.id))
        return "{" + ", ".join(f"{key}: {value}" for key, value in parts if value) + "}"
    if isinstance(item, Evidence):
        return f"{item.benchmark} {item.score:g}"
    return str(item)


def level_in_words(level: float) -> str:
    """Which model classes lie around a level on the scale of the requirements."""
    below = [(at, name) for at, name in _CLASSES if at <= level]
    above = [(at, name) for at, name in _CLASSES if at > level]
    if not below:
        return f"below {above[0][1]} ({above[0][0]:.2f})"
    at, name = below[-1]
    if level - at < 0.01 or not above:  # noqa: PLR2004
        return f"the level of {name}"
    return f"between {name} ({at:.2f}) and {above[0][1]} ({above[0][0]:.2f})"


def tau_in_words(tau: float) -> str:
    """What a tau lets through."""
    one = min(1.0, tau * 4)
    return f"with equal weights a model may be {one:.2f} short in one capability"


def regime_in_words(regime: Regime) -> str:
    """A regime's tau and what it lets through."""
    return f"tau {regime.tau:g}: {tau_in_words(regime.tau)}"


def money(model: ModelEntry) -> str:
    """List price in and out, in USD per million tokens, or that it is not known."""
    if model.price is None:
        return "price not known"
    return f"{model.price.input:g} / {model.price.output:g} USD per Mtok"


def levels(model: ModelEntry) -> str:
    """The four levels in capability order."""
    return " ".join(f"{level:.2f}" for level in model.capabilities.levels.values())


def yaml_text(text: str) -> str:
    """``text`` as a YAML scalar that is read as just this text, quoted where that is needed."""
    node = yaml.compose(text, Loader=yaml.SafeLoader) if _PLAIN.fullmatch(text) else None
    if node is not None and node.tag == _STR:
        return text
    quoted = json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False)
    return _UNSEEN.sub(lambda found: f"\\u{ord(found.group()):04x}", quoted)


def markdown(text: str) -> str:
    """Text of a file, which may be a stranger's, as harmless Markdown of one line."""
    return _ESCAPED.sub(r"\\\1", " ".join(text.split()))


def layer_place(layer: LayerName, *, here: bool) -> str:
    """A layer's name; the file that is being edited is called so."""
    return "this file" if here else layer.value
