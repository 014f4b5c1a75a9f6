"""The JSON schema takes what the reader takes, and refuses what it refuses as far as a schema can."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from hydra_auto.adapters.catalog_files import built_in_path
from hydra_auto.adapters.catalog_schema import json_schema
from hydra_auto.adapters.yaml_catalog import read_catalog
from hydra_auto.core.layer_values import Severity
from hydra_auto.core.origin import LayerName

jsonschema = pytest.importorskip("jsonschema", reason="pip install -e '.[dev]' brings it")


class Loader(yaml.SafeLoader):
    """As editors read YAML (1.2): a date is text."""

    yaml_implicit_resolvers = {  # noqa: RUF012  the base class has it so
        first: [(tag, pattern) for tag, pattern in found if not tag.endswith(":timestamp")]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def fits_schema(text: str) -> bool:
    data: Any = yaml.load(text, Loader=Loader)  # noqa: S506  a safe one
    return bool(jsonschema.Draft202012Validator(json_schema()).is_valid(data))


def is_read(text: str) -> bool:
    _, problems = read_catalog(text, path="c.yaml", layer=LayerName.USER)
    return not any(problem.severity is Severity.ERROR for problem in problems)


def test_a_schema_cannot_tell_an_unwritten_list_from_null_but_the_reader_does() -> None:
    assert fits_schema("rules: [{tau: 0.1, deny: }]")
    assert not is_read("schema_version: 1\nrules: [{tau: 0.1, deny: }]")


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("name", ["default.yaml", "efforts.yaml", "paper-pool.yaml"])
def test_the_catalogs_of_the_project_fit(name: str) -> None:
    assert fits_schema((built_in_path().parent / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("text", "good"),
    [
        *((text, True) for text in ("", "routing:", "rules:", "models:", "routing: {weights: }")),
        *((f"rules: [{{tau: 0.1, {part}}}]", True) for part in ("allow: null", "paths: [a, b..c]")),
        *(
            (f"rules: [{{paths: [{path}], tau: 0.1}}]", False)
            for path in ("/a", "~/a", "../a", "a/..", "a\\b", "C:/a", "'a '", "' a'")
        ),
        ("rules: [{paths: [tests/**]}]", False),
        ("rules: [{paths: [], tau: 0.1}]", False),
        ("routing: {vendors: ['cop*']}", False),
        ("routing: {deny: ['cop*', 'vendor:*']}", True),
        ("routing: {deny: [' ']}", False),
        ("routing: {taus: 1}", False),
        ("routing: {tau: 1.1}", False),
        *((f"models: [{{id: a, {part}}}]", True) for part in ("name: 中😀", "capabilities: ", "price: null")),
        *(
            (f'models: [{{id: a, name: "{name}"}}]', False)
            for name in (" ", "a\u200bb", "a\u00adb", "x" * 201, "\\x07", "\\u2028", "a\\u3164", "\\uFFFE")
        ),
        *(
            (f"models: [{{id: a, evidence: [{{benchmark: b, score: 1, date: {date}}}]}}]", good)
            for date, good in (
                *((date, True) for date in ("2026", '"2026"', "2026-02", "2026-02-17")),
                *((date, False) for date in ("2026-13", "2026-00", "soon", "26", "20261", "2026-2")),
            )
        ),
        ("models: [{id: a b}]", False),
        ("models: [{id: a\ufe0f}]", False),
        ("models: [{id: a, name: \u2601\ufe0f}]", True),  # an emoji, which this makes coloured
        ("models: [{id: a, name: a\ufe00}]", False),
        ("models: [{name: a}]", False),
        ("models: [{id: a, match: [{family: b}]}]", False),
    ],
)
def test_schema_and_reader_agree(text: str, good: bool) -> None:  # noqa: FBT001  a parameter of a table
    assert (fits_schema(text), is_read(f"schema_version: 1\n{text}")) == (good, good), json.dumps(text)
