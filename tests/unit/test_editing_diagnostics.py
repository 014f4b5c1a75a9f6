"""What is marked in a catalog file, where, and how it is mended."""

from __future__ import annotations

import pytest

from editing_builders import OFFERED, TODAY, cut, document
from hydra_auto.adapters.catalog_files import built_in_path
from hydra_auto.core.origin import LayerName
from hydra_auto.core.request import AvailableModel
from hydra_auto.editing.advice import Level
from hydra_auto.editing.diagnostics import diagnose
from hydra_auto.editing.document import CatalogDocument, Surroundings
from hydra_auto.editing.fixes import fixes
from hydra_auto.editing.source_text import Span

HEAD = "schema_version: 1\n"


def found(text: str, **more: object) -> list[tuple[str, str]]:
    """Code and marked text of each finding."""
    doc = document(HEAD + text, **more)
    return [(one.code, cut(doc, one.span)) for one in diagnose(doc)]


def messages(text: str, **more: object) -> str:
    return "\n".join(one.message for one in diagnose(document(HEAD + text, **more)))


@pytest.mark.parametrize(
    ("text", "code", "marked"),
    [
        ("routing: {tau: 1.5}", "catalog-invalid", "1.5"),
        ("models: [{id: acme/small, price: {input: 1e-3}}]", "catalog-invalid", "1e-3"),
        ("routing: {regim: economy}", "unknown-key", "regim"),
        ("routing:\n  tau: 0\n  tau: 1\n", "duplicate-key", "tau"),
        ("models:\n  - id: acme/small\n  - id: acme/small\n", "catalog-invalid", "acme/small"),
        ("models:\n  - name: x\n    enabled: true\n", "catalog-invalid", "name: x"),
        ("models: 3", "catalog-invalid", "3"),
        ("rules: [{regime: }]", "catalog-invalid", "regime"),
        ("models:\n  -  # half\n  - id: acme/small\n", "catalog-invalid", "-"),
        ("models:\n  - id: new/one\n", "catalog-invalid", "new/one"),
        ("routing: {allow: [acme/*, nobody]}", "catalog-invalid", "nobody"),
        ("rules: [{paths: [a], deny: [acme/*, nobody]}]", "catalog-invalid", "nobody"),
        ('routing: {deny: ["vendor:nobody"]}', "catalog-invalid", '"vendor:nobody"'),
        ("a: [", "catalog-syntax", "["),
        ("a: b: c", "catalog-syntax", ":"),
        ("a: *nobody", "catalog-syntax", "*"),
        ("models:\n  - id: acme/small\n    pri  # 价\n    enabled: true\n", "catalog-syntax", "pri"),
        ("routing: {tau: 1, weights: {tau: 2}\nmodels: []\n", "catalog-syntax", "{"),
        ("models:\n  - match: [{vendor: a\n    enabled: true\n  - id: b\n", "catalog-syntax", "{"),
        ("models: [\n  {id: a}\n  {id: b}\n]\n", "catalog-syntax", "{"),
        ("routing: {tau: 1 regime: x}", "catalog-syntax", ":"),
        ('models:\n  - id: "😀\n    enabled: true\n', "catalog-syntax", '"'),
    ],
)
def test_a_problem_is_marked_at_what_it_is_about(text: str, code: str, marked: str) -> None:
    assert found(text) == [(code, marked)]


def test_what_is_not_closed_is_marked_where_it_opens() -> None:
    text = "models:\n  - id: x # 😀中\n    match: [{vendor: a}\n    enabled: true\nrouting: {}\n"
    doc = document(HEAD + text)
    [one] = diagnose(doc)
    assert doc.text[: one.span.start].endswith("match: ")
    assert one.message == "not valid YAML: this bracket is not closed"


def test_marks_are_right_behind_emoji_and_on_lines_that_only_yaml_breaks() -> None:
    text = 'models: [{id: acme/small, name: "😀中文", context_window: "9"}]'
    assert found(text) == [("catalog-invalid", '"9"')]
    assert found("routing: {tau: 0.1}\u2028models: {}\n") == [("catalog-invalid", "{}")]


@pytest.mark.parametrize("newline", ["\r", "\r\n", "\x85", "\u2028"])
@pytest.mark.parametrize("odd", ["\u202e", "\x07"])
def test_a_refused_character_is_marked_behind_any_line_break(newline: str, odd: str) -> None:
    doc = document(f"a: 1{newline}b: 2\nc: {odd}3")
    assert [cut(doc, one.span) for one in diagnose(doc)] == [odd]


def test_a_byte_order_mark_moves_nothing() -> None:
    doc = document("\ufeffschema_version: 3\nrouting: {tau: 9}\n")
    assert [cut(doc, one.span) for one in diagnose(doc)] == ["3", "9"]


def test_all_problems_of_a_file_are_found_at_once() -> None:
    text = "routing: {tau: 7, regime: fast}\nmodels: [{id: acme/small, enabled: 3}]"
    assert [marked for _, marked in found(text)] == ["7", "fast", "3"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: " + "[" * 40, "nested more than"),
        (
            "a: &a [x, x]\nb: &b [*a, *a]\n"
            + "".join(
                f"c{n}: &c{n} [{', '.join(['*' + ('b' if not n else f'c{n - 1}')] * 9)}]\n" for n in range(8)
            ),
            "values, aliases written out",
        ),
        ("a: &a [*a]", "contains itself"),
        ("x" * 1_000_001, "larger than"),
        ("a: \x07", "U+0007"),
        ("a: \ud800", "U+D800"),
        ("---\na: 1\n---\nb: 1\n", "second document"),
    ],
)
def test_hostile_text_is_refused_with_a_diagnostic(text: str, words: str) -> None:
    [one] = diagnose(document(text))
    assert words in one.message
    assert one.level is Level.ERROR


def test_a_workspace_is_told_what_it_may_not_do() -> None:
    text = "models: [{id: acme/small, match: [{vendor: evil}]}]"
    assert "may not send prompts to vendor 'evil'" in messages(text, name=LayerName.WORKSPACE)


def test_lists_may_mean_what_only_vs_code_offers() -> None:
    odd = AvailableModel(vendor="odd", id="strange:3b", family="strange", name="Strange")
    text = "routing: {deny: [odd/strange*], vendors: [copilot, odd]}"
    assert len(found(text)) == 2
    assert found(text, offered=(*OFFERED, odd)) == []


def test_a_match_that_means_nothing_offered_is_a_warning_unless_another_one_does() -> None:
    dead = "models:\n  - id: acme/small\n    match: [{vendor: copilot, family: gone}]\n"
    assert found(dead) == [("dead-match", "{vendor: copilot, family: gone}")]
    other_vendor = dead.replace("copilot", "openrouter")
    sibling = dead.replace("gone}", "gone}, {vendor: copilot, family: acme-small}")
    levels = [
        [one.level for one in diagnose(document(HEAD + text))] for text in (dead, other_vendor, sibling)
    ]
    assert levels == [[Level.WARNING], [Level.INFORMATION], [Level.INFORMATION]]
    assert found(dead, offered=None) == found(dead, offered=()) == []


def test_a_model_that_another_beats_at_a_lower_price_is_told() -> None:
    text = (
        "models:\n  - id: acme/large\n    price: {input: 9, output: 30}\n"
        "  - id: acme/small\n"
        "    capabilities: {reasoning: 0.9, code_generation: 0.9, debugging: 0.9, tool_use: 0.9}\n"
        "    context_window: 200000\n"
    )
    assert found(text) == [("dominated-model", "acme/large")]
    assert found(text.replace("200000", "100000")) == []
    assert found(text + "routing: {deny: [acme/small]}\n") == []
    assert found(text, offered=OFFERED[1:]) == []
    assert found(text.replace("price: {input: 9, output: 30}", "effort: max")) == []
    assert found(text.replace("{input: 9, output: 30}", "null")) == []
    assert found(text + "    price: null\n") == []
    assert found(text + "rules: [{deny: [acme/small]}]\n") == []
    assert found(text + "    max_input_tokens: 99999\n") == []
    assert found(text + "    long_price: {above: 1000, input: 99, output: 99}\n") == []


@pytest.mark.parametrize(
    ("date", "codes"),
    [
        ("2026-09", []),
        ("2025-12", []),
        ("2025-10-31", ["stale-evidence"]),
        ("2024", ["stale-evidence"]),
        ("2027-01", ["future-evidence"]),
        ("2026-13", ["catalog-invalid"]),
        ("2026-02-31", ["catalog-invalid"]),
        ("2024-02-29", ["stale-evidence"]),
    ],
)
def test_evidence_older_than_a_year_or_of_the_future_is_told(date: str, codes: list[str]) -> None:
    text = f'models: [{{id: acme/small, evidence: [{{benchmark: b, score: 1, date: "{date}"}}]}}]'
    assert [code for code, _ in found(text)] == codes


def test_values_of_a_model_that_contradict_one_another_are_told() -> None:
    text = "models: [{id: acme/small, effort: max, supports: {efforts: [low, high]}}]"
    assert found(text) == [("effort-not-offered", "max")]
    assert "low, high" in messages(text)
    assert found(text.replace("max", "low")) == []
    assert found("models: [{id: acme/small, effort: max}]") == []  # nobody knows which it offers
    long = "models: [{id: acme/small, context_window: 1000, max_input_tokens: 1001}]"
    assert found(long) == [("prompt-beyond-window", "1001")]
    assert found(long.replace("1001", "1000")) == []


def test_the_built_in_catalog_has_nothing_to_tell() -> None:
    text = built_in_path().read_text(encoding="utf-8")
    around = Surroundings(layer=LayerName.BUILT_IN, path="/b.yaml", offered=OFFERED, today=TODAY)
    assert diagnose(CatalogDocument(text, around)) == []


def test_a_file_of_no_layer_is_complete_in_itself_or_lies_above_the_built_in_one() -> None:
    assert found("models: [{id: acme/small, enabled: false}]", name=LayerName.FILE) == []
    alone = (
        "models: [{id: acme/small, price: {input: 1, output: 1}, "
        "capabilities: {reasoning: 1, code_generation: 1, debugging: 1, tool_use: 1}}]\n"
        "routing: {allow: [acme/large]}"
    )
    assert ("catalog-invalid", "acme/large") in found(alone, name=LayerName.FILE)


# fixes


def mended(text: str, **more: object) -> str:
    """The text after all preferred fixes."""
    for _ in range(20):
        doc = document(text, **more)
        fix = next((fix for fix in fixes(doc, Span(0, len(text))) if fix.preferred), None)
        if fix is None:
            return text
        text = doc.source.changed(fix.edits)
    raise AssertionError(text)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("routing: {tau: 1.5}", "routing: {tau: 1}"),
        ("routing: {tau: -0.5}  # low", "routing: {tau: 0}  # low"),
        ("routing: {tau: '0.5'}", "routing: {tau: 0.5}"),
        ("models: [{id: acme/small, context_window: 0}]", "models: [{id: acme/small, context_window: 1}]"),
        ("models: [{id: acme/small, context_window: 9.7}]", "models: [{id: acme/small, context_window: 10}]"),
        ("routing: {tau: 1e-3}", "routing: {tau: 0.001}"),
        ("routing: {tau: 5e1}", "routing: {tau: 1}"),
        ("routing: {tau: 1e-9}", "routing: {tau: 1.0e-09}"),
        (
            "models: [{id: acme/small, context_window: 1e5}]",
            "models: [{id: acme/small, context_window: 100000}]",
        ),
        (
            "models: [{id: acme/small, context_window: 0100}]",
            "models: [{id: acme/small, context_window: 100}]",
        ),
        ("routing: {regim: economy}", "routing: {regime: economy}"),
        ("routing: {regime: econmy}", "routing: {regime: economy}"),
        (
            "routing:\n  tau: 0  # a\n  tau: 1  # b\n  max_price: 30\n",
            "routing:\n  tau: 0  # a\n  max_price: 30\n",
        ),
        ("routing: {tau: 0, tau: 1}", "routing: {tau: 0}"),
        ("models: [{id: acme/small, enabled: 'True'}]", "models: [{id: acme/small, enabled: true}]"),
        ("models: [{id: acme/small, name: 42}]", 'models: [{id: acme/small, name: "42"}]'),
    ],
)
def test_a_preferred_fix_leaves_nothing_wrong_and_the_rest_alone(before: str, after: str) -> None:
    assert mended(HEAD + before) == HEAD + after
    assert diagnose(document(HEAD + after)) == []


def test_a_number_that_is_none_has_no_fix() -> None:
    for number in ("1e999", "9e999", "1.5e", "NaN"):
        assert mended(HEAD + f"routing: {{max_price: {number}}}").endswith(f"{{max_price: {number}}}")


def test_a_missing_or_other_schema_version_is_mended() -> None:
    assert mended("# head\nrouting: {tau: 0}\n") == "# head\nschema_version: 1\nrouting: {tau: 0}\n"
    assert mended("schema_version: 0\n") == HEAD
    assert mended("schema_version: '1'\n") == HEAD
    assert mended("schema_version:\nrouting: {tau: 0}") == HEAD + "routing: {tau: 0}"


def test_a_missing_schema_version_is_added_inside_of_brackets() -> None:
    assert mended("{routing: {tau: 0}}\n") == "{schema_version: 1, routing: {tau: 0}}\n"
    assert mended("{}") == "{schema_version: 1}"
    assert mended("\ufeff--- { }") == "\ufeff--- {schema_version: 1 }"
    json = '{\r\n  "routing": {"tau": 0}\r\n}\r\n'
    assert mended(json) == json.replace('  "routing"', '  "schema_version": 1,\r\n  "routing"')
    doc = document(json)
    assert {fix.span for fix in fixes(doc, Span(0, 1))} == {one.span for one in diagnose(doc)}


@pytest.mark.parametrize("version", ["2", "17", "1.5", "next"])
def test_a_newer_format_is_not_called_the_old_one_unasked(version: str) -> None:
    text = f"schema_version: {version}\nrouting: {{tau: 0}}\n"
    assert mended(text) == text
    doc = document(text)
    [fix] = fixes(doc, Span(0, len(text)))
    assert doc.source.changed(fix.edits) == HEAD + "routing: {tau: 0}\n"
    assert fix.title == "Write 1 here and change nothing else, though the rest may be of another format"


def test_a_key_without_a_likeness_and_a_dead_match_can_be_deleted() -> None:
    text = (
        HEAD + "models:\n  - id: acme/small\n    zebra:\n      a: 1\n      b: 2\n    enabled: true\n"
        "    match:\n      - {vendor: copilot, family: gone}  # away\n"
        "      - {vendor: copilot, family: acme-small}\n"
    )
    doc = document(text)
    out = {fix.title: doc.source.changed(fix.edits) for fix in fixes(doc, Span(0, len(text)))}
    assert out["Delete the unknown key zebra"] == text.replace("    zebra:\n      a: 1\n      b: 2\n", "")
    gone = text.replace("      - {vendor: copilot, family: gone}  # away\n", "")
    assert out["Delete this match, which means no model that VS Code offers"] == gone


def test_the_last_match_leaves_an_empty_list_behind() -> None:
    """``match:`` with nothing behind it would be a mistake, and no ``match`` at all another meaning."""
    for dash in ("    ", "      "):
        head = HEAD + "models:\n  - id: acme/small\n    match:"
        doc = document(
            f"{head}  # ours\n{dash}- {{vendor: copilot, family: gone}}  # away\n    enabled: true\n"
        )
        [fix] = fixes(doc, Span(0, len(doc.text)))
        mended_text = doc.source.changed(fix.edits)
        assert mended_text == f"{head} []  # ours\n    enabled: true\n"
        assert diagnose(document(mended_text)) == []


def test_a_comment_about_the_next_key_is_not_deleted_with_the_first_one() -> None:
    text = HEAD + "models:\n  - zebra: 1\n    # ours\n    id: acme/small\n"
    assert list(fixes(document(text), Span(0, len(text)))) == []
    without = text.replace("    # ours\n", "")
    assert mended_by("Delete the unknown key zebra", without) == HEAD + "models:\n  - id: acme/small\n"


def mended_by(title: str, text: str) -> str:
    doc = document(text)
    return {fix.title: doc.source.changed(fix.edits) for fix in fixes(doc, Span(0, len(text)))}[title]


def test_what_an_alias_repeats_is_mended_where_it_is_anchored() -> None:
    text = HEAD + "models: [{id: acme/small, price: {input: &p 9999999, output: *p}}]"
    doc = document(text)
    assert [cut(doc, one.span) for one in diagnose(doc)] == ["9999999", "9999999"]  # input, and output
    assert mended(text) == text.replace("9999999", "1000000")
    [flag] = fixes(document(HEAD + 'models: [{id: acme/small, enabled: &f "True"}]'), Span(0, 99))
    assert [edit.text for edit in flag.edits] == ["true"]


def test_a_deletion_that_would_break_the_file_is_not_offered() -> None:
    for text in (
        "routing: {max_price: 3, max_price: &n 4, tau: *n}",
        "zebra: &z {output: 3}\nmodels: [{id: acme/small, price: *z}]",
        "models: [{id: acme/small, match: [&m {vendor: copilot, family: x}]}, {id: acme/large, match: [*m]}]",
        "models:\n  - id: acme/small\n    match: !!seq\n      - {vendor: copilot, family: gone}\n",
    ):
        assert [fix.title for fix in fixes(document(HEAD + text), Span(0, 999))] == []


def test_what_an_alias_repeats_is_told_once() -> None:
    text = "models: [&m {id: acme/small, price: {input: 9999999}}, {id: acme/large, price: &p {output: -1}}]"
    assert len(found(text)) == 2
    repeated = text.replace("}]", "}, {id: acme/new, price: *p}]")
    assert [code for code, span in found(repeated) if span == "-1"] == ["catalog-invalid"]


def test_fixes_are_asked_for_by_place() -> None:
    text = HEAD + "routing: {tau: 9, regim: x}"
    at = text.index("9")
    assert [fix.title for fix in fixes(document(text), Span(at, at))] == ["Change to 1"]


def test_matches_of_weaker_layers_are_not_marked_in_this_file() -> None:
    many = tuple(AvailableModel(vendor="copilot", id=f"m{n}", family=f"f{n}") for n in range(50))
    assert found("routing: {tau: 0.1}", offered=many) == []
