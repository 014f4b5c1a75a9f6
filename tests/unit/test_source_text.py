"""Positions as the protocol counts them."""

from __future__ import annotations

import pytest

from hydra_auto.editing.source_text import Edit, Encoding, Position, SourceText, Span

TEXT = "a: 😀中é x\r\nb: 1\rc\n"


@pytest.mark.parametrize(
    ("encoding", "column"), [(Encoding.UTF32, 7), (Encoding.UTF16, 8), (Encoding.UTF8, 13)]
)
def test_a_column_behind_emoji_and_ideographs_counts_units_of_the_encoding(
    encoding: Encoding, column: int
) -> None:
    source = SourceText(TEXT)
    at = TEXT.index("x")
    assert source.position(at, encoding) == Position(0, column)
    assert source.offset(Position(0, column), encoding) == at


def test_every_kind_of_line_break_of_the_protocol_counts_and_no_other() -> None:
    assert SourceText(TEXT).line_count == 4
    assert SourceText("a\u2028b\x0cc\x85d").line_count == 1


def test_a_place_of_yaml_counts_its_own_line_breaks() -> None:
    source = SourceText("a: 1\u2028b: 2\nc: 3")
    assert source.text[source.yaml_offset(2, 1)] == "b"
    assert source.text[source.yaml_offset(3, 1)] == "c"
    assert source.yaml_offset(99, 1) == len(source.text)


@pytest.mark.parametrize(
    ("position", "offset"),
    [
        (Position(0, 4), 3),  # between the two halves of the emoji
        (Position(0, 999), TEXT.index("\r")),
        (Position(99, 0), len(TEXT)),
        (Position(-1, 0), 0),
    ],
)
def test_a_position_that_is_nowhere_is_moved_to_the_nearest_place(position: Position, offset: int) -> None:
    assert SourceText(TEXT).offset(position, Encoding.UTF16) == offset


def test_edits_are_applied_from_their_own_places() -> None:
    edits = [
        Edit(span=Span(2, 3), text="Z"),
        Edit(span=Span(0, 1), text="long"),
        Edit(span=Span(3, 3), text="!"),
    ]
    assert SourceText("abc").changed(edits) == "longbZ!"
