"""What is suggested at a place, in text that is only half written."""

from __future__ import annotations

import pytest

from editing_builders import OFFERED, document, marked
from hydra_auto.adapters.catalog_append import with_models
from hydra_auto.core.origin import LayerName
from hydra_auto.core.request import AvailableModel
from hydra_auto.editing.additions import additions, missing_models
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
        ("routing:\n  unknown_models: |", {"estimate", "ignore"}),
        ("routing:\n  regime: |", {"null"}),
        ("rules:\n  - |", {"paths", "regime", "vendors", "deny"}),
        ("rules:\n  - paths: [a]\n    regime: |", {"economy"}),
        ("rules: [{deny: [|]}]", {"acme/*", "acme/small", "vendor:ollama", "vendor:copilot"}),
        ("rules:\n  - vendors: [|]", {"copilot", "ollama"}),
        ("routing: {deny: [vendor:|]}", {"vendor:ollama"}),
        ("routing: {deny: [acme/small, vendor:|", {"vendor:ollama"}),
        ("models:\n  - id: acme/small\n    remove: |", {"true", "false"}),
        ("models:\n  - id: acme/small\n    effort: |", {"low", "high"}),
        ("models:\n  - id: acme/small\n    supports: {efforts: [|]}", {"low", "high"}),
        ("models:\n  - id: acme/small\n    uncertainty: {|", {"reasoning", "tool_use"}),
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


def test_of_very_many_models_those_that_fit_what_is_typed_are_suggested() -> None:
    offered = tuple(
        AvailableModel(vendor="openrouter", id=f"m/{n}", family=f"fam-{n:03}") for n in range(900)
    )
    for typed, expected in (("", 200), ("fam-87", 27), ("F-876", 1), ("nowhere", 0)):
        text = f"models:\n  - id: a\n    match: [{{vendor: openrouter, family: {typed}"
        found = complete(document(text, offered=offered), len(text))
        assert len(found) == expected, typed


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
    assert add.title == "Add ollama/qwen:30b, estimated from Acme Small, less 0.05"
    added = doc.source.changed(add.edits)
    assert added == with_models(text, missing_models(doc), "c.yaml")
    assert added.endswith("  # estimated from Acme Small, less 0.05\n# end\n")
    again = document(added)
    assert again.models["acme/qwen:30b@ollama"].price is None
    assert not list(additions(again, Span(0, 0)))
    assert diagnose(again) == []


@pytest.mark.parametrize(
    "text", ["", "\ufeff", "# c", "schema_version: 1\nmodels:\n", "schema_version: 1\r\nrouting: {}\r\n"]
)
def test_a_model_can_be_added_to_a_file_without_any(text: str) -> None:
    doc = document(text)
    [add] = additions(doc, Span(len(text), len(text)))
    changed = doc.source.changed(add.edits)
    assert ("\r\n" in text) == ("\r\n" in changed[len(text) :])
    added = document(changed)
    assert "acme/qwen:30b@ollama" in added.models
    assert [one for one in diagnose(added) if "schema" in one.message] == []


@pytest.mark.parametrize(
    "text", ["models: 3\n", "{schema_version: 1}\n", "models: [\n", "schema_version: 1\n...\n"]
)
def test_a_file_that_models_cannot_be_put_into_gets_no_such_action(text: str) -> None:
    assert list(additions(document(text), Span(len(text), len(text)))) == []


def test_a_workspace_gets_models_of_known_vendors_only() -> None:
    copilot = AvailableModel(vendor="copilot", id="acme-small-3", family="acme-small-3")
    doc = document(HEAD, LayerName.WORKSPACE, offered=(*OFFERED, copilot))
    assert [entry.id for entry in missing_models(doc)] == ["acme/acme-small-3@copilot"]


def test_odd_names_of_offered_models_become_valid_entries() -> None:
    names = ["a b*c", "x: y", "'\"", "no", "1e3", "#", "{}", "\u202ename"]
    unseen = ["\u2800", "x\u3164", "y\ufffe", "z\uffff"]
    offered = tuple(
        AvailableModel(vendor="odd: v", id=name, family="acme-small-2", name=name)
        for name in (*names, *unseen)
    )
    titled = AvailableModel(vendor="v", id="seen", family="acme-small-2", name="A\u3164\u2800B\ufffe")
    offered = (*offered, titled)
    doc = document(HEAD, offered=offered)
    every = list(additions(doc, Span(0, 0)))[-1]
    added = document(doc.source.changed(every.edits), offered=offered)
    assert added.unreadable is None
    assert diagnose(added) == []
    assert len(added.models) == 2 + len(names) - 1 + 1  # a file cannot name the last one, nor the unseen
    assert added.models["acme/seen@v"].name == "AB"


def test_a_half_written_pattern_is_replaced_as_a_whole() -> None:
    for text in ("routing: {deny: [acme/small, vendor:|]}", "routing: {deny: [vendor:|"):
        whole = text.replace("vendor:|", "vendor:ollama")
        assert accepted(HEAD + text, "vendor:ollama").replace('"', "") == HEAD + whole
