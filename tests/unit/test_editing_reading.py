"""Hover, definitions, outline and inlay hints."""

from __future__ import annotations

from dataclasses import replace

import pytest

from editing_builders import cut, document, layer
from hydra_auto.core.origin import LayerName
from hydra_auto.editing.additions import additions
from hydra_auto.editing.definition import define
from hydra_auto.editing.diagnostics import diagnose
from hydra_auto.editing.document import CatalogDocument
from hydra_auto.editing.fixes import fixes
from hydra_auto.editing.hover import hover
from hydra_auto.editing.outline import Symbol, hints, symbols
from hydra_auto.editing.recovery import sound_part
from hydra_auto.editing.source_text import Span

TEXT = """\
schema_version: 1
routing: {regime: economy, weights: {debugging: 2}, deny: ["acme/l*"]}
models:
  - id: acme/small
    price: {input: 2}
    capabilities: {reasoning: 0.6}
  - id: acme/new
    name: "[x](http://evil) `a`"
    match: [{vendor: copilot, family: acme-large}]
    price: {input: 1, output: 2}
    capabilities: {reasoning: 1, code_generation: 0.9, debugging: 0.01, tool_use: 0.5}
"""


def at(word: str) -> int:
    return TEXT.index(word) + 1


def said(word: str) -> str:
    found = hover(document(TEXT), at(word))
    assert found is not None
    return found.markdown


def test_a_value_s_hover_tells_what_it_is_what_it_means_and_who_set_it() -> None:
    assert "How much shortfall is accepted" in said("economy")
    assert "tau 0.06" in said("economy")
    assert said("economy").endswith(
        "- balanced: built\\-in built\\-in.yaml:2:19\n- **economy**: this file, line 2"
    )
    assert "40% of the shortfall" in said("debugging: 2")
    assert "0.60 is between the mini class (0.50) and strong general models (0.70)" in said("reasoning: 0.6")
    assert "swe: 40 (2026\\-09, public)" in said("reasoning: 0.6")
    assert "means acme/large" in said("acme/l*")


def test_a_model_s_hover_sums_it_up() -> None:
    told = said("acme/small")
    assert "Acme Small: 2 / 4 USD per Mtok; 100,000 tokens. reasoning 0.60, code_generation 0.50" in told
    assert "Offered by VS Code: as `copilot/s1`." in told
    assert "named in built\\-in built\\-in.yaml:4:9" in told


def test_a_model_s_hover_tells_where_its_cost_is_from() -> None:
    cost = "cost: {per_task_usd: 0.5, source: unlocated public note}"
    text = TEXT.replace("    price: {input: 2}", f"    price: {{input: 2}}\n    {cost}")
    told = hover(document(text), text.index("acme/small") + 1)
    assert told is not None
    assert "; 0.5 USD a task (unlocated public note);" in told.markdown


def test_text_of_a_stranger_s_file_is_no_markup() -> None:
    assert "\\[x\\]\\(http://evil\\) \\`a\\`" in said("acme/new")


def test_the_stronger_layer_that_counts_is_told() -> None:
    above = layer("schema_version: 1\nrouting: {regime: quality}\n", LayerName.WORKSPACE)
    doc = document(TEXT, upper=(above,))
    found = hover(doc, at("economy"))
    assert found is not None
    assert "**quality**: workspace workspace.yaml:2:19" in found.markdown
    [hint] = [hint for hint in hints(doc, Span(0, len(TEXT))) if "quality" in hint.text]
    assert hint.text == "tau 0.06, was balanced, overridden: quality"


def told(text: str) -> list[str]:
    return [hint.text for hint in hints(document(text), Span(0, len(text)))]


def test_the_tau_of_a_regime_is_shown_unless_this_file_sets_its_own() -> None:
    head = "schema_version: 1\nrouting: {regime: economy"
    assert told(f"{head}}}\n") == ["tau 0.06, was balanced"]
    assert told(f"{head}, tau: null}}\n") == ["tau 0.06, was balanced"]
    assert told(f"{head}, tau: 0.1}}\n") == ["was balanced"]
    below = layer("routing: {tau: 0.2}\n", LayerName.BUILT_IN)  # which a regime drops
    doc = document(f"{head}}}\n")
    doc = CatalogDocument(doc.text, replace(doc.around, lower=(below,)))
    assert [hint.text for hint in hints(doc, Span(0, 99))] == ["tau 0.06"]


def test_what_a_workspace_may_not_do_is_not_told_as_what_counts() -> None:
    text = "schema_version: 1\nrouting: {max_price: 5, allow: [acme/*]}\n"
    above = layer("routing: {max_price: 50, allow: ['*']}\nmodels: []\n", LayerName.WORKSPACE)
    doc = document(text, upper=(above,))
    assert [hint.text for hint in hints(doc, Span(0, len(text)))] == []
    found = hover(doc, text.index("max_price"))
    assert found is not None
    assert found.markdown.endswith("\n- **5**: this file, line 2")
    narrower = layer("routing: {max_price: 2}\n", LayerName.WORKSPACE)
    shown = [hint.text for hint in hints(document(text, upper=(narrower,)), Span(0, len(text)))]
    assert shown == ["overridden: 2"]
    theirs = document("schema_version: 1\nrouting: {max_price: 50}\n", LayerName.WORKSPACE)
    user = layer(text, LayerName.USER)
    theirs = CatalogDocument(theirs.text, replace(theirs.around, lower=(*theirs.around.lower, user)))
    found = hover(theirs, theirs.text.index("max_price"))
    assert found is not None
    assert found.markdown.endswith("\n- **5**: user user.yaml:2:22")


def test_deny_lists_of_user_and_workspace_both_count() -> None:
    text = "schema_version: 1\nrouting: {deny: [acme/small]}\n"
    above = layer("routing: {deny: [acme/large]}\n", LayerName.WORKSPACE)
    doc = document(text, upper=(above,))
    assert [hint.text for hint in hints(doc, Span(0, len(text)))] == ["was [old/one]"]
    found = hover(doc, text.index("deny"))
    assert found is not None
    assert found.markdown.replace("\\", "").endswith(
        "- [old/one]: built-in built-in.yaml:2:35\n"
        "- **[acme/small]**: this file, line 2\n"
        "- **[acme/large]**: workspace workspace.yaml:1:17"
    )
    own = document(text, LayerName.WORKSPACE)
    assert [hint.text for hint in hints(own, Span(0, len(text)))] == []


@pytest.mark.parametrize(("before", "words"), [("\n  - id", None), ("models:\n", "The models.")])
def test_blanks_say_nothing_wrong(before: str, words: str | None) -> None:
    found = hover(document(TEXT), TEXT.index(before))
    assert (found and found.markdown.partition(" ")[2][: len(words or "")]) == words
    assert hover(document("a: [\n"), 1) is None
    assert hover(document("unknown: 1"), 3) is None


@pytest.mark.parametrize(
    ("word", "origins"),
    [
        ("economy", ["built-in built-in.yaml:2:19"]),
        ("regime", ["built-in built-in.yaml:2:19"]),
        ("acme/small", ["built-in built-in.yaml:4:9"]),
        ("input: 2", ["built-in built-in.yaml:7:20"]),
        ("acme/l*", ["built-in built-in.yaml:12:9"]),
        ("debugging: 2", []),
        ("schema_version", []),
        ("acme/new", []),
    ],
)
def test_a_definition_is_what_the_weaker_layer_says(word: str, origins: list[str]) -> None:
    assert [str(origin) for origin in define(document(TEXT), at(word))] == origins


def test_hints_show_what_is_left_out_and_what_was_changed() -> None:
    doc = document(TEXT)
    shown = {
        cut(doc, Span(hint.offset - 4, hint.offset)): hint.text for hint in hints(doc, Span(0, len(TEXT)))
    }
    assert shown == {
        "nomy": "tau 0.06, was balanced",
        "g: 2": "40%",
        'l*"]': "was [old/one]",
        "mall": "Acme Small",
        "t: 2": "was 1",
        " 2}\n"[:0] + ": 2}": "cached_input 0.1, output 4",
        " 0.6": "was 0.5",
        "0.6}": "code_generation 0.5, debugging 0.5, tool_use 0.5",
    }


def test_hints_are_only_those_of_the_lines_asked_for() -> None:
    start = TEXT.index("    price: {input: 2}")
    found = hints(document(TEXT), Span(start, start + 21))
    assert [hint.text for hint in found] == ["was 1", "cached_input 0.1, output 4"]


def test_the_outline_lists_models_by_id_within_one_another() -> None:
    def check(symbol: Symbol) -> None:
        assert symbol.span.start <= symbol.selection.start <= symbol.selection.end <= symbol.span.end
        for child in symbol.children:
            assert symbol.span.start <= child.span.start <= child.span.end <= symbol.span.end
            check(child)

    found = symbols(document(TEXT))
    assert [symbol.name for symbol in found] == ["schema_version", "routing", "models"]
    assert [(model.name, model.detail) for model in found[2].children] == [
        ("acme/small", "Acme Small"),
        ("acme/new", "[x](http://evil) `a`"),
    ]
    for symbol in found:
        check(symbol)


NEW = """\
schema_version: 1
routing: {max_price: null, allow: ["vendor:cop*"]}
rules:
  - {paths: [tests/**], regime: economy, deny: ["acme/s*"], vendors: [copilot]}
models:
  - id: acme/large
    remove: true
  - id: acme/small
    price: null
    effort: low
    uncertainty: {reasoning: 0.01, code_generation: 0.02, debugging: 0.03, tool_use: 0.04}
    capabilities: {reasoning: 0.5, code_generation: 0.5, debugging: 0.5, tool_use: 0.5}
"""


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("tests/**", "Files, relative to the workspace"),
        ("economy", "`economy` means tau 0.06"),
        ("acme/s*", "means acme/small"),
        ("vendor:cop*", "means acme/small"),
        ("true", "Acme Large is taken out of the catalog in user user.yaml:7:13"),
        ("acme/small", "Acme Small, at effort low: price not known; 100,000 tokens. reasoning 0.50 ± 0.01"),
        ("effort", "Reasoning effort"),
        ("0.02", "Standard error"),
    ],
)
def test_rules_removal_effort_and_uncertainty_are_explained(word: str, words: str) -> None:
    found = hover(document(NEW), NEW.index(word) + 1)
    assert found is not None
    assert words in found.markdown.replace("\\", "")


def test_a_pattern_of_a_rule_leads_to_its_models_and_a_limit_to_nothing() -> None:
    assert [str(one) for one in define(document(NEW), NEW.index("acme/s*") + 1)] == [
        "user user.yaml:8:9",
        "built-in built-in.yaml:4:9",
    ]
    assert define(document(NEW), NEW.index("economy") + 1) == []
    assert define(document(NEW), NEW.index("copilot]") + 1) == []


def test_hints_of_unset_values_name_what_was_there() -> None:
    assert "price not known" not in [hint.text for hint in hints(document(NEW), Span(0, len(NEW)))]
    bare = NEW.replace("routing: {max_price: null", "routing: {deny: null")
    assert "was [old/one]" in [hint.text for hint in hints(document(bare), Span(0, len(bare)))]


HALF_WRITTEN = (
    "# 中😀\nschema_version: 1\nrouting: {regime: economy}\n"
    "models:\n  - id: acme/small\n    pric\n    enabled: false\n"
    "  - id: acme/large\n    match: [{vendor: copilot\n    name: Größe 😀\n    context_window: 5\n"
)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_sound_part_of_a_half_written_file_is_explained_all_the_same(newline: str) -> None:
    text = HALF_WRITTEN.replace("\n", newline)
    found = document(text)
    assert [(one.code, cut(found, one.span)) for one in diagnose(found)] == [("catalog-syntax", "pric")]
    told = hover(found, text.index("Größe"))
    assert told is not None
    assert (cut(found, told.span), "Acme Large: built" in told.markdown) == ("Größe 😀", True)
    [origin] = define(found, text.index("context_window") + 3)
    assert (origin.layer, origin.line) == (LayerName.BUILT_IN, 16)
    *_, models = symbols(found)
    assert [child.name for child in models.children] == ["acme/small", "acme/large"]
    assert {cut(found, child.selection) for child in models.children[1].children} == {
        *("id", "name", "context_window"),
    }
    shown = {text[hint.offset - 1 : hint.offset]: hint.text for hint in hints(found, Span(0, len(text)))}
    assert shown["5"] == "was 200000"
    assert list(fixes(found, Span(0, len(text)))) == []
    assert list(additions(found, Span(0, len(text)))) == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("models:\n  - id: a: b\n    name: x\n", f"models:\n  - {' ' * 8}\n    name: x\n"),
        ("a: 1\nb: [x\nc: 2\n", "a: 1\n     \nc: 2\n"),
        ("a: 1\n中😀\u2028c: 2\n", "a: 1\n  \u2028c: 2\n"),
        ("a: &x [*x]", None),
        ("a: 1\n---\na: 2\n", None),
        ("a: \u202e", None),
        ("x: y: z\n" * 30, None),
    ],
)
def test_lines_that_are_no_yaml_become_blanks(text: str, left: str | None) -> None:
    assert sound_part(text, "c.yaml") == left
