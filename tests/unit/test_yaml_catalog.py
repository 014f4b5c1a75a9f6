"""Catalog files: every problem at its place, in words that say what to write instead."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from hydra_auto.adapters import yaml_document
from hydra_auto.adapters.yaml_catalog import MOST_MODELS, read_catalog
from hydra_auto.core.catalog import Evidence, ModelMatch
from hydra_auto.core.layer_values import CatalogLayer, Problem, Severity
from hydra_auto.core.layers import merge_layers
from hydra_auto.core.origin import LayerName, Origin
from hydra_auto.core.regime import Regime

FIXTURES = Path(__file__).parent.parent / "fixtures" / "catalogs"


def read(content: str | bytes) -> tuple[CatalogLayer, list[Problem]]:
    layer, problems = read_catalog(content, path="c.yaml", layer=LayerName.USER)
    return layer, list(problems)


def errors(content: str | bytes) -> list[str]:
    return [
        f"{problem.line}:{problem.column} {problem.message}"
        for problem in read(content)[1]
        if problem.severity is Severity.ERROR
    ]


def check_marked(section: str, line: str, problem: str) -> None:
    """One problem, at the ``^`` in ``line``."""
    start = "routing: " if section == "routing" else "models:\n- "
    text = f"schema_version: 1\n{start}{line}\n"
    before = text[: text.index("^")].split("\n")
    assert errors(text.replace("^", "")) == [f"{len(before)}:{len(before[-1]) + 1} {problem}"]


def test_a_complete_file_becomes_values_with_places() -> None:
    layer, problems = read((FIXTURES / "complete.yaml").read_bytes())
    assert problems == []
    assert [m.id for m in layer.models] == ["acme/large", "acme/small"]
    large = {key: found.value for key, found in layer.models[0].values.items()}
    assert large["price.cached_input"] == 0.2
    assert large["context_window"] == 200_000
    assert large["supports.images"] is True
    assert large["match"] == (ModelMatch(vendor="acme", family="large"),)
    assert large["evidence"] == (
        Evidence(benchmark="acme-bench", score=74.4, date="2026-02", source="a test"),
    )
    assert layer.routing["regime"].value is Regime.ECONOMY
    assert layer.routing["weights.debugging"].value == 2
    assert layer.models[0].values["price.input"].origin == Origin(
        layer=LayerName.USER, path="c.yaml", line=8, column=20
    )
    assert layer.models[0].origin.line == 5


def test_all_problems_of_a_file_are_reported_at_once_and_in_order() -> None:
    found = errors((FIXTURES / "many_mistakes.yaml").read_bytes())
    assert [error.split(" ")[0] for error in found] == [
        "3:11",
        "4:8",
        "5:24",
        "5:28",
        "6:10",
        "9:20",
        "9:34",
        "10:21",
        "11:31",
        "11:53",
        "11:71",
        "11:87",
        "12:24",
        "13:13",
        "14:11",
        "15:9",
        "16:5",
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{tau: ^1e-3}", "tau: expected a number in [0, 1]; YAML reads 1e-3 as text, write 1.0e-3"),
        ("{tau: ^5e1}", "tau: expected a number in [0, 1]; YAML reads 5e1 as text, write 5.0e+1"),
        ("{tau: ^1.5}", "tau: expected a number in [0, 1], got 1.5"),
        ("{tau: ^-0.1}", "tau: expected a number in [0, 1], got -0.1"),
        ("{tau: ^.nan}", "tau: expected a number in [0, 1], got .nan; it must be a finite number"),
        ("{tau: ^.inf}", "tau: expected a number in [0, 1], got .inf; it must be a finite number"),
        ("{tau: ^'0.5'}", "tau: expected a number in [0, 1], got the text '0.5'; remove the quotes"),
        ("{tau: ^yes}", "tau: expected a number in [0, 1], got true/false 'yes'"),
        ("{tau: ^[0.1]}", "tau: expected a number, got a list"),
        (
            "{max_price: ^1:30}",
            "max_price: expected a number >= 0; YAML reads 1:30 in base 60, write a plain number",
        ),
        ("{max_price: ^010}", "max_price: expected a number >= 0; YAML reads 010 as octal, write 10"),
        ("{max_price: ^0x1F}", "max_price: expected a number >= 0, got 0x1F; write it in decimal"),
        ("{max_price: ^1.0e+999}", "max_price: expected a number >= 0, got 1.0e+999, which is too large"),
        ("{weights: {debugging: ^-1}}", "debugging: expected a number in [0, 1000000], got -1"),
        ("{weights: {debugging: ^1.0e+308}}", "debugging: expected a number in [0, 1000000], got 1.0e+308"),
        ("{weights: ^3}", "weights: expected a mapping, got number '3'"),
        (
            "{regime: ^balance}",
            (
                "regime: expected one of quality, balanced, economy; got text "
                "'balance'. Did you mean 'balanced'?"
            ),
        ),
        ("{regime: ^off}", "regime: expected one of quality, balanced, economy; got true/false 'off'."),
        (
            "{cost_basis: ^token}",
            (
                "cost_basis: expected one of measured, tokens, multiplier; got text "
                "'token'. Did you mean 'tokens'?"
            ),
        ),
        ("{allow: ^acme/*}", "allow: expected a list, got text 'acme/*'"),
        ("{deny: [^no]}", 'deny: expected a name; YAML reads no as true/false, write "no"'),
        (
            "{vendors: [^cop*]}",
            "vendors: 'cop*': vendors are named in full; allow and deny take patterns such as vendor:open*",
        ),
        ("{^taus: 1}", "unknown key 'taus' in routing. Did you mean 'tau'?"),
        ("{tau: 0.1, ^tau: 0.2}", "'tau' is already set in line 2; the last one would win silently"),
        ("^[]", "routing: expected a mapping, got a list"),
    ],
)
def test_a_routing_value_that_is_wrong_says_what_to_write(line: str, problem: str) -> None:
    check_marked("routing", line, problem)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{id: ^4}", 'id: expected an id; YAML reads 4 as a number, write "4"'),
        ("{id: ^2026-01-02}", 'id: expected an id; YAML reads 2026-01-02 as a date, write "2026-01-02"'),
        ("{id: ^null}", "id: expected an id, got nothing"),
        ("{id: ^''}", "id: expected an id, got empty text"),
        (
            "{id: ^a b}",
            "id: expected an id without blanks and *, such as anthropic/claude-sonnet-5, got 'a b'",
        ),
        ('{id: ^"a\\u202eb"}', "id: holds the invisible character U+202E; remove it"),
        ('{id: ^"a\\x07b"}', "id: holds the invisible character U+0007; remove it"),
        ("^{name: x}", "model without an id; every model needs one"),
        ("^acme/large", "expected a model, a mapping with an id, got text 'acme/large'"),
        ("{id: a, enabled: ^1}", "enabled: expected true or false, got number '1'"),
        ("{id: a, estimated: ^'true'}", "estimated: expected true or false, got text 'true'"),
        ("{id: a, context_window: ^0}", "context_window: expected a whole number >= 1, got 0"),
        (
            "{id: a, context_window: ^1e5}",
            "context_window: expected a whole number >= 1; YAML reads 1e5 as text, write 100000",
        ),
        ("{id: a, context_window: ^15e-1}", "context_window: expected a whole number >= 1, got 15e-1"),
        ("{id: a, context_window: ^1e99}", "context_window: expected a whole number >= 1, got 1e99"),
        ("{id: a, context_window: ^1.5}", "context_window: expected a whole number >= 1, got 1.5"),
        ("{id: a, price: {input: ^-1}}", "input: expected a number in [0, 1000000], got -1"),
        (
            "{id: a, capabilities: ^null}",
            "capabilities: null unsets nothing here; give levels, or take the key out",
        ),
        (
            "{id: a, price: {input: ^1.0e+308}}",
            "input: expected a number in [0, 1000000], got 1.0e+308",
        ),
        (
            "{id: a, cost: {per_task_usd: ^2000000}}",
            "per_task_usd: expected a number in [0, 1000000], got 2000000",
        ),
        ("{id: a, capabilities: {reasoning: ^null}}", "reasoning: expected a number in [0, 1], got nothing"),
        ("{id: a, capabilities: {reasoning: ^1.01}}", "reasoning: expected a number in [0, 1], got 1.01"),
        (
            "{id: a, capabilities: {^coding: 1}}",
            (
                "unknown key 'coding' in capabilities. Known here: reasoning, "
                "code_generation, debugging, tool_use."
            ),
        ),
        ("{id: a, match: [^{family: x}]}", "match: an entry needs vendor"),
        ("{id: a, match: [^x]}", "match: expected a mapping, got text 'x'"),
        ("{id: a, evidence: [^{benchmark: b}]}", "evidence: an entry needs score"),
        (
            "{id: a, evidence: [{benchmark: b, score: 1, date: ^soon}]}",
            "date: expected a date such as 2026-02 or 2026-02-17, got text 'soon'",
        ),
        (
            "{id: a, evidence: [{benchmark: b, score: 1, date: ^2026-13}]}",
            "date: there is no 2026-13 in the calendar",
        ),
        ("{id: a, ^prize: {}}", "unknown key 'prize' in models. Did you mean 'price'?"),
    ],
)
def test_a_model_value_that_is_wrong_says_what_to_write(line: str, problem: str) -> None:
    check_marked("model", line, problem)


def test_a_repeated_model_id_names_the_first_line() -> None:
    text = "schema_version: 1\nmodels:\n- id: a\n- id: b\n- id: a\n"
    assert errors(text) == ["5:7 model 'a' is already defined in line 3; ids are distinct"]


@pytest.mark.parametrize("version", ["2", "'1'", "one", "1.0"])
def test_an_unknown_schema_version_is_refused(version: str) -> None:
    (error,) = errors(f"schema_version: {version}\n")
    assert error.startswith("1:17 schema_version")
    assert error.endswith("is not known here; this version reads 1")


def test_a_missing_schema_version_is_only_a_warning() -> None:
    _, problems = read("routing: {tau: 0.1}\n")
    assert [problem.severity for problem in problems] == [Severity.WARNING]


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet\n", "---\n", b"\xef\xbb\xbf", "null"])
def test_an_empty_file_is_an_empty_layer_without_problems(text: str | bytes) -> None:
    layer, problems = read(text)
    assert (layer.models, dict(layer.routing), problems) == ((), {}, [])


def test_empty_sections_are_empty() -> None:
    layer, problems = read("schema_version: 1\nrouting:\nmodels:\n")
    assert (layer.models, dict(layer.routing), problems) == ((), {}, [])


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("a: [", "1:5 not valid YAML"),
        ("a: [b", "1:4 not valid YAML: this bracket is not closed"),
        ("routing:\n  tau: 1\n bad: 2\n", "3:2 not valid YAML"),
        ("routing:\n\ttau: 1\n", "2:1 not valid YAML"),
        ("a: 'x\n", "1:4 not valid YAML: this quote is not closed"),
        ("models: [*x]", "1:10 not valid YAML"),
        ("- 1\n", "1:1 expected a mapping with routing and models, got a list"),
        ("hello", "1:1 expected a mapping with routing and models, got text 'hello'"),
        ("a: 1\n---\nb: 2\n", "2:1 a second document starts here"),
        ("a: \0", "1:4 character U+0000 is not allowed in YAML"),
        ("x: 1\na: \ud800", "2:4 character U+D800 is not allowed in YAML"),
        (b"models: \xff", "1:9 byte 0xff is not UTF-8"),
        (b"a: 1\nb: \xc3\x28", "2:4 byte 0xc3 is not UTF-8"),
        ("a: 1\n".encode("utf-16"), "1:1 the file is UTF-16; save it as UTF-8"),
        ("a: 1\n".encode("utf-16-be"), "1:1 the file is UTF-16 or UTF-32"),
        ("a: 1\n".encode("utf-32"), "1:1 the file is UTF-32"),
        ("schema_version: 1\nname: Ä".encode("latin-1"), "2:7 byte 0xc4 is not UTF-8"),
        ("schema_version: 1  # \u202e 1 :eseht", "1:22 holds the invisible character U+202E"),
        ("schema_version: 1\n\u2066x: 1", "2:1 holds the invisible character U+2066"),
        ("schema_version: 1\n<<: {routing: {}}\n", "2:1 merge keys (<<) are not read"),
        ("schema_version: 1\n? [a]\n: 1\n", "2:3 unknown key"),
        ("schema_version: 1\nmodells: []\n", "2:1 unknown key 'modells'. Did you mean 'models'?"),
    ],
)
def test_what_is_not_a_catalog_is_refused_at_its_place(text: str | bytes, start: str) -> None:
    (error,) = errors(text)
    assert error.startswith(start)


def test_a_tab_gets_a_hint() -> None:
    (error,) = errors("routing:\n\ttau: 1\n")
    assert error.endswith("(indent with spaces, not tabs)")


def test_columns_count_characters_and_ends_are_exclusive() -> None:
    _, (problem,) = read('schema_version: 1\nrouting: {"tau": "🙂"}\n')
    assert (problem.line, problem.column, problem.end_line, problem.end_column) == (2, 18, 2, 21)


def test_nested_lists_do_not_exhaust_the_stack() -> None:
    for text in (
        "[" * 100_000,
        "{a: " * 100_000,
        "- " * 100_000,
        "\n".join(" " * i + "a:" for i in range(900)),
    ):
        (error,) = errors(text)
        assert "nest" in error or "deep" in error


def test_an_alias_bomb_is_refused_quickly() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    (error,) = errors("\n".join(lines))
    assert "use fewer" in error


def test_an_alias_to_itself_is_refused() -> None:
    assert errors("models: &m [*m]") == ["1:13 alias *m contains itself"]


def test_an_ordinary_alias_works() -> None:
    layer, problems = read(
        "schema_version: 1\nmodels:\n- {id: a, capabilities: &c {reasoning: "
        "0.5}}\n- {id: b, capabilities: *c}\n"
    )
    assert problems == []
    assert layer.models[1].values["capabilities.reasoning"].value == 0.5


def test_a_huge_file_is_refused_unread() -> None:
    (error,) = errors(b"#" * (yaml_document.MAX_BYTES + 1))
    assert "larger than" in error


def test_tags_that_would_run_code_are_just_wrong_values() -> None:
    (error,) = errors("schema_version: 1\nrouting: {tau: !!python/object/apply:os.system [x]}\n")
    assert error == "2:16 tau: expected a number, got a list"


@pytest.mark.parametrize(
    "text",
    [
        "routing:\n  regime:\n",
        "routing:\n  max_price:  # soon\n",
        "routing:\n  deny:\n  # - acme/large\n",
        "models:\n- {id: a, enabled: }\n",
        "models:\n- {id: a, price: {input: }}\n",
    ],
)
def test_a_value_that_is_not_written_yet_is_no_null(text: str) -> None:
    (error,) = errors(f"schema_version: 1\n{text}")
    assert error.endswith("nothing is written here; write null to unset it, or take the key out")


@pytest.mark.parametrize("key", ["tau", "max_price"])
def test_null_unsets_an_optional_value(key: str) -> None:
    layer, problems = read(f"schema_version: 1\nrouting: {{{key}: null}}\n")
    assert problems == []
    assert layer.routing[key].value is None


@pytest.mark.parametrize(
    ("text", "last"),
    [
        (
            "routing:\n  deny:\n" + "".join(f"  - a{i}/b*\n" for i in range(1_100)),
            "504:5 more than 500 entries in lists of names and patterns in one file; use fewer",
        ),
        (
            "models:\n" + "".join(f"- {{id: a{i}}}\n" for i in range(1_100)),
            "1003:3 more than 1,000 models in one file; use fewer",
        ),
        (
            "models:\n- id: a\n  match:\n" + "".join("  - {vendor: v}\n" for i in range(3_100)),
            "3005:5 more than 3,000 entries of match in one file; use fewer",
        ),
        (
            "routing:\n" + "".join(f"  k{i}: 1\n" for i in range(1_100)),
            "1003:3 more than 1,000 problems; the rest is not read",
        ),
    ],
)
def test_a_file_that_would_keep_the_router_busy_is_refused(text: str, last: str) -> None:
    assert errors(f"schema_version: 1\n{text}")[-1] == last


def test_as_many_models_as_may_be_have_their_efforts() -> None:
    efforts = "supports: {efforts: [low, medium, high, max]}"
    models = "".join(f"- {{id: a/m{n}, {efforts}}}\n" for n in range(MOST_MODELS))
    assert errors(f"schema_version: 1\nmodels:\n{models}") == []


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        ('id: "a/\\u3164b"', "id: holds the invisible character U+3164; remove it"),
        ('id: "a/b\\uFE0F"', "id: holds the invisible character U+FE0F; remove it"),
        ('id: a/b, name: "x\\U000E0101"', "name: holds the invisible character U+E0101; remove it"),
        ('id: a/b, name: "x\\uFE00"', "name: holds the invisible character U+FE00; remove it"),
        ('id: a/b, name: "x\\u2800"', "name: holds the invisible character U+2800; remove it"),
        ('id: a/b, name: "x\\uFFFE"', "name: holds the invisible character U+FFFE; remove it"),
        ("id: vendor:x/y", "id: an id may not begin with vendor:, by which lists mean a vendor"),
    ],
)
def test_names_that_nobody_sees_or_no_list_can_name_are_refused(model: str, problem: str) -> None:
    (error,) = errors(f"schema_version: 1\nmodels: [{{{model}}}]\n")
    assert error.endswith(problem)


def test_a_thousand_wrong_ids_and_patterns_are_told_without_a_search_for_each() -> None:
    patterns = ", ".join(f"ab{i}/cd{i}" for i in range(500))
    models = "".join(f"- {{id: acme/model-{i}}}\n" for i in range(1_000))
    layer, problems = read(f"schema_version: 1\nrouting: {{deny: [{patterns}]}}\nmodels:\n{models}")
    assert problems == []
    base = read((FIXTURES / "complete.yaml").read_bytes())[0]
    started = time.process_time()
    _, found = merge_layers([replace(base, name=LayerName.BUILT_IN), layer])
    assert len(found) == 1_500
    assert time.process_time() - started < 10
