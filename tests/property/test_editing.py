"""No text makes a language feature raise or point outside it; formatting is idempotent and keeps content."""

from __future__ import annotations

from pathlib import Path

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from editing_builders import LOWER, OFFERED, document
from fuzz.fuzz_editing import use_every_feature
from hydra_auto.adapters.catalog_fields import ROOT
from hydra_auto.adapters.field_kinds import Field
from hydra_auto.adapters.yaml_document import compose
from hydra_auto.core.origin import LayerName
from hydra_auto.core.request import AvailableModel
from hydra_auto.editing.additions import additions, missing_models
from hydra_auto.editing.advice import Level
from hydra_auto.editing.diagnostics import diagnose
from hydra_auto.editing.formatting import format_edits, same_content
from hydra_auto.editing.source_text import Encoding, Position, SourceText, Span
from hydra_auto.editing.wording import yaml_text

FIXTURES = Path(__file__).parent.parent / "fixtures" / "catalogs"
CATALOGS = [LOWER, *(path.read_text(encoding="utf-8") for path in sorted(FIXTURES.glob("*.yaml")))]


def keys(field: Field) -> list[str]:
    return [field.key, *(key for child in field.fields for key in keys(child))]


PIECES = [
    *(
        "\n",
        "\r\n",
        "\r",
        "\n  ",
        "\n    ",
        "\n- ",
        "  - ",
        " ",
        "\t",
        ": ",
        ":",
        "- ",
        ", ",
        "{",
        "}",
        "[",
        "]",
    ),
    *("# c", " # 😀", "'", '"', "|", ">", "&a ", "*a", "!!str ", "<<: ", "? ", "---", "...", "%YAML", "\\"),
    *("😀", "中", "\u2028", "\x85", "\ufeff", "\ud800", "\x00", "é"),
    *("1", "0.5", "-1", "1e-3", ".inf", "~", "null", "true", "2026-02", "acme/small", "acme/*", "copilot"),
    *sorted(set(keys(ROOT))),
]
soup = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A good catalog with a few pieces cut out or put in."""
    text = draw(st.sampled_from(CATALOGS))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        text = text[:start] + draw(st.sampled_from(["", *PIECES])) + text[end:]
    return text


texts = st.one_of(soup, damaged(), st.text(st.characters(exclude_categories=[]), max_size=60))
layers = st.sampled_from([LayerName.USER, LayerName.WORKSPACE, LayerName.BUILT_IN, LayerName.FILE])


@settings(max_examples=300, deadline=None)
@given(texts, layers, st.data())
def test_no_text_makes_a_feature_raise_or_point_outside(
    text: str, layer: LayerName, data: st.DataObject
) -> None:
    use_every_feature(text, layer, data.draw(st.integers(0, len(text))))


@settings(max_examples=300, deadline=None)
@given(texts)
@example("a: |\n  x\n # c\nb: 1")
@example("a:\n- b\n# c\n-  c\n")
@example("a: {b: 1,\n# c\n c: 2\n}")
def test_formatting_is_idempotent_and_keeps_content_and_comments(text: str) -> None:
    edits = format_edits(text)
    if not edits:
        return
    neat = SourceText(text).changed(edits)
    assert format_edits(neat) == []
    bom = "\ufeff"
    assert same_content(compose(text.removeprefix(bom), ""), compose(neat.removeprefix(bom), ""))
    assert text.count("#") == neat.count("#")
    assert "".join(text.split()) == "".join(neat.split())


@st.composite
def laid_out(draw: st.DrawFn) -> str:
    """A valid document, dumped in an unusual style, with comments and odd blanks put in."""
    leaf = st.one_of(st.integers(), st.booleans(), st.text("ab c:#-'\"\n中😀", max_size=12), st.none())
    value = st.recursive(
        leaf,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3)
        ),
        max_leaves=8,
    )
    data = draw(st.dictionaries(st.sampled_from(["models", "routing", "x"]), value, min_size=1, max_size=3))
    text = yaml.safe_dump(
        data,
        indent=draw(st.integers(2, 6)),
        default_flow_style=draw(st.sampled_from([None, False, True])),
        allow_unicode=True,
        width=draw(st.sampled_from([20, 80])),
    )
    out = []
    for line in text.split("\n"):
        if draw(st.integers(0, 5)) == 0:
            out.append(" " * draw(st.integers(0, 6)) + "# note")
        out.append(line + draw(st.sampled_from(["", "", "", "   ", "  # end"])))
    return "\n".join(out)


@settings(max_examples=300, deadline=None)
@given(laid_out())
def test_formatting_of_what_yaml_writes_is_idempotent_and_keeps_content(text: str) -> None:
    neat = SourceText(text).changed(format_edits(text))
    assert format_edits(neat) == []
    try:
        before = compose(text, "")
    except Exception:  # noqa: BLE001  a comment fell into a scalar and made it something else
        assert neat == text
        return
    assert same_content(before, compose(neat, ""))


@given(st.text(st.characters(exclude_categories=[])), st.sampled_from(Encoding), st.data())
def test_positions_lead_back_to_their_offsets(text: str, encoding: Encoding, data: st.DataObject) -> None:
    source = SourceText(text)
    offset = data.draw(st.integers(0, len(text)))
    back = source.offset(source.position(offset, encoding), encoding)
    between = offset and text[offset - 1 : offset + 1] == "\r\n"  # no position of the protocol is there
    assert back == (offset - 1 if between else offset)


@given(texts, st.integers(-3, 50), st.integers(-3, 50), st.sampled_from(Encoding))
def test_every_position_is_somewhere(text: str, line: int, character: int, encoding: Encoding) -> None:
    assert 0 <= SourceText(text).offset(Position(line, character), encoding) <= len(text)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_text_is_written_so_that_yaml_reads_the_same(text: str) -> None:
    node = yaml.compose(f"[{yaml_text(text)}]", Loader=yaml.SafeLoader).value[0]
    assert (node.tag, node.value) == ("tag:yaml.org,2002:str", text)


odd_names = st.text(
    st.one_of(st.characters(), st.sampled_from("\u2800\u3164\ufffe\u202e\x07 *'\"")), min_size=1, max_size=8
)


@given(
    st.lists(
        st.builds(
            AvailableModel,
            vendor=st.one_of(st.sampled_from(["copilot", "odd: v"]), odd_names),
            id=st.one_of(st.text("ab#'\"{", min_size=1, max_size=8), odd_names),
            family=st.sampled_from(["acme-small-3", "acme-large-2", "acme"]),
            name=odd_names,
        ),
        max_size=4,
    ),
    st.sampled_from(["", "schema_version: 1\nmodels:\n- id: acme/small\n"]),
)
@example([AvailableModel(vendor="v", id="a", family="acme-small-3", name="x\u3164\ufffe")], "")
def test_whatever_is_offered_what_is_added_can_be_read(offered: list[AvailableModel], text: str) -> None:
    doc = document(text, offered=(*offered, *OFFERED))
    wanted = {entry.id for entry in missing_models(doc)}
    assert "acme/qwen:30b@ollama" in wanted
    found = list(additions(doc, Span(len(text), len(text))))
    for fix in found:
        added = document(doc.source.changed(fix.edits))
        assert [one for one in diagnose(added) if one.level is Level.ERROR] == []
    assert {model.id for model in added.layer.models} >= wanted  # the last one adds all
