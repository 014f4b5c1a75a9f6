"""What is suggested at a place, in text that is only half written."""

from __future__ import annotations

import pytest

from editing_builders import document, marked
from hydra_auto.editing.additions import additions
from hydra_auto.editing.completion import complete
from hydra_auto.editing.diagnostics import diagnose
from hydra_auto.editing.source_text import Span

HEAD = "schema_version: 1\n"


def labels(text: str) -> list[str]:
    plain, offset = marked(text)
    return [one.label for one in complete(document(plain), offset)]


def accepted(text: str, label: str) -> str:
    plain, offset = marked(text)
    doc = document(plain)
    [one] = [one for one in complete(doc, offset) if one.label == label]
    return doc.source.changed([one.edit])


@pytest.mark.parametrize(
    ("text", "some"),
    [
        ("|", {"schema_version", "routing", "models"}),
        ("routing:\n  |", {"regime", "tau", "weights", "deny"}),
        ("routing: {reg|", {"regime", "tau"}),
        ("routing: {regime: x, |}\nmodels:\n", {"tau"}),
        ("routing:\n  regime: |", {"quality", "balanced", "economy"}),
        ("routing:\n  regime:\n    ec|", {"economy"}),
        ("routing:\n  cost_basis: me|", {"measured", "tokens", "multiplier"}),
        ("routing:\n  vendors: [|]", {"copilot", "ollama"}),
        ("routing:\n  deny:\n    - |", {"acme/*", "acme/small", "acme/large"}),
        ("models:\n  - |", {"id", "name", "match"}),
        ("models:\n  - id: |", {"acme/small", "acme/large", "ollama/acme-small-2"}),
        ("models:\n- id: a\n  |\n  price: {}", {"name", "match"}),
        ("models:\n  - id: a\n    match: [{vendor: |}]", {"copilot", "ollama"}),
        ("models:\n  - id: a\n    match: [{family: |, vendor: copilot}]", {"acme-small", "acme-large"}),
        ("models:\n  - id: a\n    match:\n      - vendor: ollama\n        id: |", {"qwen:30b"}),
        ("models:\n  - id: a\n    enabled: |", {"true", "false"}),
        ("models:\n  - id: a\n    capabilities:\n      |", {"reasoning", "tool_use"}),
        ("models:\n  - id: acme/small\n    price: {input: |}", {"1"}),
        ("models:\n  - {id: acme/small, price: {output: |", {"4"}),
        ("models:\n  - id: a\n    evidence: [{benchmark: |", {"swe"}),
        ("models:\n  - id: a\n    evidence: [{date: |", {"2026-11-25"}),
        ("models:\n  - id: a\n    match: |", {"[{vendor: , family: , id: }]"}),
        ("models:\n  |", {"- id: "}),
        ("schema_version: |", {"1"}),
        ("models:\n  - id: a\n    match: [{vendor: copilot, |\n    price: {input: 3}\n", {"family", "id"}),
    ],
)
def test_what_fits_at_a_place_is_suggested(text: str, some: set[str]) -> None:
    found = labels(text)
    assert some <= set(found), found


@pytest.mark.parametrize(
    "text", ["# |", "routing: {}  # |", "models:\n  - id: a\n    name: |-\n      x", "nokey: |"]
)
def test_comments_block_scalars_and_unknown_keys_get_no_suggestions(text: str) -> None:
    plain = text.replace("|-", "\x00").replace("|", "", 1).replace("\x00", "|-")
    offset = len(plain)
    assert complete(document(plain), offset) == []


def test_a_key_that_is_there_already_before_or_behind_is_not_suggested_again() -> None:
    assert "price" not in labels("models:\n  - id: a\n    |\n    price: {}")
    assert "id" not in labels("models:\n  - id: a\n    |\n    price: {}")
    assert labels("models:\n  - id: a\n    match: [{vendor: copilot, family: |}]") == [
        "acme-small",
        "acme-large",
    ]


@pytest.mark.parametrize(
    ("before", "label", "after"),
    [
        ("rou|", "routing", "routing:"),
        ("routing:\n  reg|\n  tau: 1", "regime", "routing:\n  regime: \n  tau: 1"),
        ("routing:\n  reg|: x", "regime", "routing:\n  regime: x"),
        ("routing:\n  regime:|", "economy", "routing:\n  regime: economy"),
        ("routing:\n  regime: ec|o  # c", "economy", "routing:\n  regime: economy  # c"),
        ("routing: {deny: [|]}", "acme/*", 'routing: {deny: ["acme/*"]}'),
        ('routing: {deny: ["ac|"]}', "acme/*", 'routing: {deny: ["acme/*"]}'),
        ("models:\n  - id: '|", "acme/small", "models:\n  - id: 'acme/small'"),
    ],
)
def test_accepting_a_suggestion_writes_valid_yaml_in_place_of_the_word(
    before: str, label: str, after: str
) -> None:
    assert accepted(before, label) == after


def test_models_that_only_vs_code_knows_can_be_added() -> None:
    text = HEAD + "models:\n  - id: acme/small\n    enabled: false\n# end\n"
    doc = document(text)
    [add] = additions(doc, Span(len(text), len(text)))
    assert add.title == "Add ollama/acme-small-2, which VS Code offers"
    added = doc.source.changed(add.edits)
    assert added == HEAD + (
        "models:\n  - id: acme/small\n    enabled: false\n"
        "  - id: ollama/acme-small-2\n    name: Qwen\n"
        "    match: [{vendor: ollama, family: acme-small-2}]\n"
        "    price: {input: 1, output: 4}  # as acme/small: write what it costs you\n"
        "    context_window: 32000\n"
        "    supports: {images: true, tools: true}\n"
        "    capabilities: {reasoning: 0.50, code_generation: 0.50, debugging: 0.50, tool_use: 0.50}"
        "  # as acme/small\n"
        "    estimated: true\n# end\n"
    )
    again = document(added)
    assert not list(additions(again, Span(0, 0)))
    assert [one for one in diagnose(again) if one.code != "dominated-model"] == []


@pytest.mark.parametrize(
    "text", ["", "# c", "schema_version: 1\nmodels:\n", "schema_version: 1\nrouting: {}\r\n"]
)
def test_a_model_can_be_added_to_a_file_without_any(text: str) -> None:
    doc = document(text)
    [add] = additions(doc, Span(len(text), len(text)))
    added = document(doc.source.changed(add.edits))
    assert "ollama/acme-small-2" in added.models
    assert [one for one in diagnose(added) if "schema" in one.message] == []


def test_odd_names_of_offered_models_become_valid_entries() -> None:
    from hydra_auto.core.request import AvailableModel  # noqa: PLC0415

    names = ["a b*c", "x: y", "'\"", "no", "1e3", "#", "{}", "\u202ename"]
    offered = tuple(AvailableModel(vendor="odd: v", id=name, family=name, name=name) for name in names)
    doc = document(HEAD, offered=offered)
    every = list(additions(doc, Span(0, 0)))[-1]
    added = document(doc.source.changed(every.edits), offered=offered)
    assert added.unreadable is None
    assert {one.code for one in diagnose(added)} <= {"catalog-invalid", "dominated-model"}
