from __future__ import annotations

import time

import pytest

from hydra_auto.core.patterns import glob_matches, names_model, path_matches, pattern_covers


@pytest.mark.parametrize(
    ("pattern", "path", "is_match"),
    [
        ("tests/**", "tests/a.py", True),
        ("tests/**", "tests/unit/deep/a.py", True),
        ("tests/**", "src/tests/a.py", False),
        ("**/tests/**", "src/tests/a.py", True),
        ("**/tests/**", "tests/a.py", True),
        ("*.md", "docs/deep/README.MD", True),
        ("docs/*.md", "docs/a.md", True),
        ("docs/*.md", "docs/deep/a.md", False),
        ("docs/", "docs/deep/a.md", True),
        ("src/**/gen/*.ts", "src/gen/a.ts", True),
        ("src/**/gen/*.ts", "src/a/b/gen/a.ts", True),
        ("src/**/gen/*.ts", "src/a/b/a.ts", False),
        ("./tests/**", "tests/a.py", True),
        ("a?.py", "ab.py", True),
        ("a[bc].py", "ab.py", False),
        ("a[bc].py", "a[bc].py", True),
        ("**", "anything/at/all", True),
    ],
)
def test_paths(pattern: str, path: str, is_match: bool) -> None:  # noqa: FBT001
    assert path_matches(pattern, path) is is_match


def test_models_are_named_by_id_by_glob_and_by_vendor() -> None:
    ids = ("anthropic/claude-opus-5.5",)
    assert names_model("Anthropic/*", ids, "copilot")
    assert names_model("*opus*", ids, None)
    assert names_model("*/claude-?pus-5.5", ids, None)
    assert names_model("vendor:copilot", ids, "copilot")
    assert names_model("vendor:co*", ids, "copilot")
    assert not names_model("vendor:copilot", ids, "ollama")
    assert not names_model("vendor:*", ids, None)
    assert not names_model("anthropic", ids, "copilot")


@pytest.mark.parametrize(
    ("pattern", "other", "is_covered"),
    [
        ("*", "anything", True),
        ("*", "vendor:ollama", True),
        ("acme/*", "acme/large", True),
        ("acme/*", "acme/l*", True),
        ("acme/*", "*", False),
        ("a*", "vendor:acme", False),
        ("vendor:*", "vendor:acme", True),
        ("vendor:acme", "acme", False),
        ("*large", "*xlarge", False),  # true, but not sure enough for a rule of safety
        ("acme/?", "acme/*", False),
    ],
)
def test_covering(pattern: str, other: str, is_covered: bool) -> None:  # noqa: FBT001
    assert pattern_covers(pattern, other) is is_covered


def test_hostile_patterns_take_no_time() -> None:
    begun = time.process_time()
    assert not glob_matches("*a" * 200 + "b", "a" * 5_000)
    assert not path_matches("**/a/" * 200 + "b", "a/" * 2_000 + "c")
    assert time.process_time() - begun < 5
