"""Formatting: uniform, idempotent, and never another content."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydra_auto.adapters.catalog_files import built_in_path
from hydra_auto.editing.formatting import format_edits
from hydra_auto.editing.source_text import SourceText

UGLY = """

# head
schema_version:   1   # v


routing:
        # inside
     regime :  economy
     weights:   { debugging : 2,tool_use:   1 }   \t
     # end of routing
     allow:
     - "a"\x20
     -    b   # bb
     # after b
models:
-   id:   x
    name: |
       hi
         there

    match:
      [ {vendor: a},
   {vendor: b,   # c1
     family: c}
  # c2
  ]
    evidence:
    -   benchmark: a long
          name
        score: 3
     # odd
-
    id: y
# tail


"""

NEAT = """\
# head
schema_version: 1  # v

routing:
  # inside
  regime: economy
  weights: {debugging: 2, tool_use: 1}
  # end of routing
  allow:
    - "a"
    - b  # bb
    # after b
models:
  - id: x
    name: |
       hi
         there

    match:
      [{vendor: a},
      {vendor: b,  # c1
        family: c}
        # c2
      ]
    evidence:
      - benchmark: a long
          name
        score: 3
      # odd
  -
    id: y
# tail
"""


def formatted(text: str) -> str:
    return SourceText(text).changed(format_edits(text))


def test_an_ugly_file_becomes_neat_with_all_its_comments() -> None:
    assert formatted(UGLY) == NEAT
    assert format_edits(NEAT) == []


def test_line_breaks_stay_as_they_are() -> None:
    assert formatted(UGLY.replace("\n", "\r\n")) == NEAT.replace("\n", "\r\n")


def test_catalogs_in_the_style_of_the_built_in_one_stay_as_they_are() -> None:
    fixtures = Path(__file__).parent.parent / "fixtures" / "catalogs"
    for path in (built_in_path(), *fixtures.glob("*.yaml")):
        assert format_edits(path.read_text(encoding="utf-8")) == [], path


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "a:\t- b",
        "a: 1\n---\nb: 2\n",
        "? a\n: b\n",
        "%YAML 1.1\n---\na: 1\n",
        "{a: 1, # c\u2028 b:  2}",
        "",
    ],
)
def test_what_is_not_understood_is_left_alone(text: str) -> None:
    assert format_edits(text) == []


@pytest.mark.parametrize(
    ("text", "neat"),
    [
        ("a:    &x  1\nb:   *x\n", "a: &x 1\nb: *x\n"),
        ("\ufeffa:   1", "\ufeffa: 1\n"),
        ("a: {b: , c:   }", "a: {b: , c: }\n"),
        ("a:\n    b: 'x\n     y'\n", "a:\n  b: 'x\n    y'\n"),
        ("a:\n    b: >-\n        x\n\n        y\n", "a:\n  b: >-\n      x\n\n      y\n"),
        ("a: 1\n\n\n\n\nb: 2", "a: 1\n\nb: 2\n"),
        ("[ a,b ]", "[a, b]\n"),
        ("- - a\n  - b\n", "- - a\n  - b\n"),
    ],
)
def test_single_cases(text: str, neat: str) -> None:
    assert formatted(text) == neat
    assert formatted(neat) == neat
