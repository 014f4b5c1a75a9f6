"""Models that VS Code offers and the catalog lacks: estimated from a relative, said so, and added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import model, offer, prediction
from hydra_auto.adapters import catalog_files
from hydra_auto.adapters.catalog_append import with_models
from hydra_auto.adapters.catalog_files import load_catalog
from hydra_auto.adapters.yaml_catalog import read_catalog
from hydra_auto.app.service import RoutingService
from hydra_auto.cli.catalog_add import append
from hydra_auto.cli.main import main
from hydra_auto.core.catalog import Catalog, LongPrice, ModelEntry, ModelId, Price, RemovedModel
from hydra_auto.core.errors import CatalogInvalid
from hydra_auto.core.explanation import explain
from hydra_auto.core.layers import merge_layers
from hydra_auto.core.matcher import Basis
from hydra_auto.core.origin import LayerName, Origin
from hydra_auto.core.prediction import Prediction
from hydra_auto.core.request import AvailableModel, Overrides, RoutingRequest
from hydra_auto.core.routing_policy import RoutingPolicy, UnknownModels
from hydra_auto.core.unknown import estimate, with_estimates


class Predictor:
    """Satisfies the port: every text requires little."""

    model_version = "by hand"

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        return [prediction(0.1) for _ in texts]


class Source:
    def __init__(self) -> None:
        self.catalog = POOL

    def current(self) -> Catalog:
        return self.catalog


POOL = Catalog(
    models=tuple(
        model(name, 0.8, 2.0)
        for name in ("claude-sonnet-5", "claude-sonnet-4.5", "claude-opus-5", "coder2.5:8b")
    )
)


def relative(name: str, vendor: str = "test") -> tuple[str, float] | None:
    entry = estimate(offer(name, vendor), POOL)
    return (
        None
        if entry is None or entry.estimate is None
        else (entry.estimate.relative_name, entry.estimate.discount)
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("claude-sonnet-6", ("claude-sonnet-5", 0.05)),
        ("Claude-Sonnet-5-1-20261001", ("claude-sonnet-5", 0.05)),
        ("claude-sonnet-4", ("claude-sonnet-4.5", 0.1)),
        ("claude-opus-4.9", ("claude-opus-5", 0.1)),
        ("anthropic/claude-opus-6", ("claude-opus-5", 0.05)),
        ("claude-sonnet-mini-5", ("claude-sonnet-5", 0.1)),
        ("coder2.5:4b", ("coder2.5:8b", 0.08)),
        ("coder2.5:32b", ("coder2.5:8b", 0.02)),
        ("mistral-large", None),
        ("5.5", None),
    ],
)
def test_the_nearest_relative_by_family_and_version(name: str, expected: tuple[str, float] | None) -> None:
    assert relative(name) == expected


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("claude-sonnet-6", ("claude-sonnet-5", "claude-sonnet-5.5"), "claude-sonnet-5.5"),
        ("claude-sonnet-5.1", ("claude-sonnet-4.9", "claude-sonnet-5"), "claude-sonnet-5"),
        ("gpt-5.10", ("gpt-5.2", "gpt-5.9"), "gpt-5.9"),
        ("coder3:14b", ("coder2.5:7b", "coder3:30b"), "coder3:30b"),  # smaller, but of its own version
        ("coder3:14b", ("coder3-fast:14b", "coder3:70b"), "coder3:70b"),  # and of its own family
    ],
)
def test_the_nearest_of_several_relatives_counts(name: str, known: tuple[str, ...], expected: str) -> None:
    found = estimate(offer(name), Catalog(models=tuple(model(slug, 0.8, 2.0) for slug in known)))
    assert found is not None
    assert found.estimate is not None
    assert found.estimate.relative_name == expected


def test_the_price_counts_only_from_the_same_vendor() -> None:
    same, other = (estimate(offer("claude-sonnet-6", vendor), POOL) for vendor in ("test", "elsewhere"))
    assert same is not None
    assert other is not None
    assert (same.price is not None, other.price) == (True, None)
    assert (same.id, other.id) == ("test/claude-sonnet-6@test", "test/claude-sonnet-6@elsewhere")
    assert set(same.capabilities.levels.values()) == {0.75}


def routed(*offers: AvailableModel, catalog: Catalog = POOL, **overrides: object):
    source = Source()
    source.catalog = catalog
    origin = Origin(layer=LayerName.SETTINGS)
    request = RoutingRequest(
        text="x", available=offers, overrides=(Overrides(origin=origin, **overrides),) if overrides else ()
    )
    return RoutingService(Predictor(), source).route(request)


def test_an_estimated_model_is_chosen_and_said_to_be_estimated() -> None:
    outcome = routed(offer("claude-sonnet-6"))
    assert outcome.decision.chosen is not None
    assert outcome.decision.chosen.target == offer("claude-sonnet-6")
    words = "claude-sonnet-6 (estimated from claude-sonnet-5, less 0.05)"
    assert outcome.explanation.line.startswith(f"{words}: cheapest within tau")
    assert words.replace("(", "(", 1) in explain(outcome.decision).markdown


def test_an_estimate_is_made_once_and_anew_for_another_offer_or_catalog() -> None:
    source = Source()
    service = RoutingService(Predictor(), source)

    def found(*offers: AvailableModel) -> ModelEntry:
        chosen = service.route(RoutingRequest(text="x", available=offers)).decision.chosen
        assert chosen is not None
        return chosen.model

    first = found(offer("claude-sonnet-6"))
    assert found(offer("claude-sonnet-6")) is first
    assert found(offer("claude-opus-6")).id == "test/claude-opus-6@test"
    assert found(offer("claude-sonnet-6")) == first
    source.catalog = Catalog(models=(model("claude-sonnet-5", 0.5, 2.0),))
    assert found(offer("claude-sonnet-6")).capabilities != first.capabilities


@pytest.mark.parametrize(
    "catalog", [POOL, Catalog(models=POOL.models, routing=RoutingPolicy(unknown_models=UnknownModels.IGNORE))]
)
def test_unknown_models_are_left_out_if_the_user_says_so(catalog: Catalog) -> None:
    wish = UnknownModels.IGNORE if catalog is POOL else UnknownModels.ESTIMATE  # nobody can undo ignore
    outcome = routed(offer("claude-sonnet-6"), catalog=catalog, unknown_models=wish)
    assert (outcome.decision.chosen, outcome.decision.basis) == (None, Basis.NO_MATCHING_MODEL)


def test_what_is_ignored_as_unknown_is_no_fallback_either() -> None:
    offers = (offer("claude-opus-5"), offer("claude-sonnet-6"), offer("new", "evil"))
    ignoring = routed(*offers, unknown_models=UnknownModels.IGNORE, deny=("vendor:evil",))
    assert [(one.model.id, one.ignored) for one in ignoring.decision.barred] == [
        ("claude-sonnet-6", True),
        ("new", False),
    ]
    assert "the catalog does not name it" in ignoring.decision.barred[0].reason
    assert routed(*offers).decision.barred == ()


@pytest.mark.parametrize(
    ("deny", "left"),
    [
        ("test/*", False),
        ("test/claude-sonnet-5", False),
        ("vendor:elsewhere", False),
        ("elsewhere/*", False),
        ("x/*", True),
    ],
)
def test_a_known_model_from_another_vendor_does_not_slip_past_the_deny_list(deny: str, left: bool) -> None:  # noqa: FBT001
    outcome = routed(offer("claude-sonnet-5", "elsewhere"), deny=(deny,))
    assert (outcome.decision.chosen is not None) is left
    assert bool(outcome.decision.barred) is not left


def test_what_is_removed_or_switched_off_does_not_come_back_from_another_vendor() -> None:
    gone = RemovedModel(
        id=ModelId("test/claude-sonnet-5"), name="x", match=(), origin=Origin(layer=LayerName.USER)
    )
    removed = Catalog(models=POOL.models[1:], removed=(gone,))
    assert estimate(offer("claude-sonnet-5", "elsewhere"), removed) is None
    off = Catalog(models=(model("claude-sonnet-5", enabled=False), *POOL.models[1:]))
    assert routed(offer("claude-sonnet-5", "elsewhere"), catalog=off).decision.chosen is None


def test_models_that_the_catalog_names_are_left_alone() -> None:
    assert with_estimates(POOL, [offer("claude-sonnet-5")]) is POOL
    assert with_estimates(POOL, None) is POOL


def test_two_offers_that_would_have_one_id_are_both_estimated() -> None:
    twins = [AvailableModel(vendor="v", id=f"{by}/claude-sonnet-6", family="claude-sonnet-6") for by in "ab"]
    found = [model.id for model in with_estimates(POOL, twins).models[len(POOL.models) :]]
    assert found == ["test/claude-sonnet-6@v", "test/claude-sonnet-6@v-2"]


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=10))
def test_any_name_is_estimated_or_not(name: str, family: str, vendor: str) -> None:
    catalog = with_estimates(POOL, [AvailableModel(vendor=vendor, id=name, family=family)])
    assert len(catalog.models) - len(POOL.models) in (0, 1)


# adding them

ENTRY = estimate(offer("claude-sonnet-6"), POOL)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment",
        "schema_version: 1",
        "schema_version: 1\nmodels:\n",
        "schema_version: 1\nmodels: []\n",
        "schema_version: 1\nmodels: [{id: a/b, enabled: false}] # why\n",
        "schema_version: 1\nmodels: [\n  {id: a/b, enabled: false}, # why\n]\n",
        (
            "schema_version: 1\nmodels:\n- id: a/b # one\n  enabled: false  # two\n# three\n\n"
            "routing: {tau: 0.1}\n"
        ),
        "schema_version: 1\nmodels:\n    - id: a/b\n      match:\n        - vendor: x\n    # end",
        "schema_version: 1\r\nmodels:\r\n- id: a/b\r\n  enabled: false\r\n",
        "routing: {tau: 0.1}\nschema_version: 1",
    ],
)
def test_a_model_is_added_and_all_else_stays_as_it_was(text: str) -> None:
    assert ENTRY is not None
    before, _ = read_catalog(text, path="c.yaml", layer=LayerName.USER)
    added = with_models(text, [ENTRY], "c.yaml")
    after, problems = read_catalog(added, path="c.yaml", layer=LayerName.USER)
    assert problems == ()
    assert [m.id for m in after.models] == [*(m.id for m in before.models), ENTRY.id]
    assert after.models[-1].values["capabilities.reasoning"].value == 0.75
    assert {key: found.value for key, found in before.routing.items()} == {
        key: found.value for key, found in after.routing.items()
    }
    assert any(added.startswith(text[:i]) and added.endswith(text[i:]) for i in range(len(text) + 1))
    with pytest.raises(CatalogInvalid) as refused:
        with_models(added, [ENTRY], "c.yaml")
    assert str(refused.value) == f"c.yaml has {ENTRY.id} already. Save it, so that it counts."


def test_an_offered_model_with_an_emoji_in_its_id_can_be_added() -> None:
    """The sign that makes the emoji coloured stays in what VS Code calls it, and out of our id."""
    called = "claude-sonnet-6-\u2601\ufe0f"
    entry = estimate(AvailableModel(vendor="v", id=called, family="claude-sonnet-6", name=called), POOL)
    assert entry is not None
    layer, problems = read_catalog(with_models("", [entry], "c.yaml"), path="c.yaml", layer=LayerName.USER)
    assert (problems, [m.id for m in layer.models]) == ((), ["test/claude-sonnet-6-\u2601-@v"])
    assert layer.models[0].values["name"].value == called


def test_a_file_with_a_mistake_is_not_touched() -> None:
    assert ENTRY is not None
    with pytest.raises(CatalogInvalid, match="has a mistake"):
        with_models("models: 3", [ENTRY], "c.yaml")


def test_catalog_add(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config" / "catalog.yaml"
    monkeypatch.setattr(catalog_files, "user_path", lambda: path)
    assert main(["catalog", "add", "copilot/claude-sonnet-9"]) == 0
    assert "estimated from Claude Sonnet" in capsys.readouterr().out
    assert main(["catalog", "add", "ollama/mymodel", "--like", "anthropic/claude-haiku-4.5"]) == 0
    loaded = load_catalog()
    assert loaded.problems == ()
    assert [m.id for m in loaded.catalog.models][-2:] == [
        "anthropic/claude-sonnet-9@copilot",
        "anthropic/mymodel@ollama",
    ]
    for arguments, words in (
        (["copilot/claude-sonnet-9"], "names copilot/claude-sonnet-9 already"),
        (["ollama/whatever"], "No known model is like"),
        (
            ["ollama/whatever", "--like", "anthropic/claude-haiku-4"],
            "Did you mean 'anthropic/claude-haiku-4.5'",
        ),
        (["nonsense"], "is not VENDOR/ID"),
    ):
        assert main(["catalog", "add", *arguments]) == 2
        assert words in capsys.readouterr().err
    assert [p.name for p in path.parent.iterdir()] == ["catalog.yaml"]


LINE = b"- {id: a, enabled: false}"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize(
    "lines", [[b"schema_version: 1"], [b"schema_version: 1", b"models:", LINE, b"# end"]]
)
def test_adding_keeps_line_ends_and_a_byte_order_mark(
    tmp_path: Path, mark: bytes, end: bytes, lines: list[bytes]
) -> None:
    assert ENTRY is not None
    path = tmp_path / "catalog.yaml"
    path.write_bytes(mark + end.join([*lines, b""]))
    append(path, [ENTRY])
    written = path.read_bytes()
    assert written.startswith(mark + lines[0] + end)
    assert set(written) & set(b"\r\n") == set(end)
    assert written.count(b"\r") == (written.count(end) if b"\r" in end else 0)
    layer, problems = read_catalog(written, path="c.yaml", layer=LayerName.USER)
    assert (layer.models[-1].id, problems) == (ENTRY.id, ())


@pytest.mark.parametrize("content", ["# ä".encode("utf-16"), "# ä".encode("latin-1"), b"#" * 1_000_001])
def test_a_file_that_is_no_catalog_text_is_left_alone_with_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    user_file = tmp_path / "catalog.yaml"
    user_file.write_bytes(content)
    monkeypatch.setattr(catalog_files, "user_path", lambda: user_file)
    assert main(["catalog", "add", "ollama/qwen3-coder:99b"]) != 0
    assert user_file.read_bytes() == content
    assert "nothing was changed" in capsys.readouterr().err


def test_what_another_editor_saves_meanwhile_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ENTRY is not None
    path = tmp_path / "catalog.yaml"
    path.write_text("schema_version: 1\n", encoding="utf-8")
    saves = iter(["schema_version: 1\nrouting: {regime: economy}\n"])

    def meanwhile(text: str, entries: Sequence[ModelEntry], shown: str) -> str:
        for other in saves:
            path.write_text(other, encoding="utf-8")
        return with_models(text, entries, shown)

    monkeypatch.setattr("hydra_auto.adapters.catalog_append.with_models", meanwhile)
    append(path, [ENTRY])
    written = path.read_text(encoding="utf-8")
    assert "economy" in written
    assert ENTRY.id in written
    assert [file.name for file in tmp_path.iterdir()] == ["catalog.yaml"]


def test_an_estimate_has_the_multiplier_of_its_relative_from_the_same_vendor_only() -> None:
    known = Catalog(models=(model("claude-opus-5", premium_multiplier=10.0),))
    same, other = (estimate(offer("claude-opus-6", vendor), known) for vendor in ("test", "elsewhere"))
    assert same is not None
    assert other is not None
    assert (same.premium_multiplier, other.premium_multiplier) == (10.0, None)


def test_tiny_and_long_prices_are_read_back_as_they_were() -> None:
    price = Price(input=0.00001, output=934567.25, cached_input=0.0)
    entry = replace(ENTRY, price=price)
    layer, problems = read_catalog(with_models("", [entry], "c.yaml"), path="c.yaml", layer=LayerName.USER)
    assert problems == ()
    written = layer.models[0].values
    assert [written[f"price.{key}"].value for key in ("input", "output", "cached_input")] == [
        0.00001,
        934567.25,
        0.0,
    ]


def test_adding_writes_the_multiplier_where_it_is_known() -> None:
    known = Catalog(models=(model("claude-opus-5", premium_multiplier=7.5),))
    same, other = (estimate(offer("claude-opus-6", vendor), known) for vendor in ("test", "elsewhere"))
    assert same is not None
    assert other is not None
    layer, problems = read_catalog(
        with_models("", [same, other], "c.yaml"), path="c.yaml", layer=LayerName.USER
    )
    written = [entry.values.get("premium_multiplier") for entry in layer.models]
    assert problems == ()
    assert written[0] is not None
    assert (written[0].value, written[1]) == (7.5, None)


def test_a_model_in_a_cloud_is_not_free_because_its_relative_runs_here() -> None:
    local = Catalog(models=(model("coder2.5:8b", 0.5, 0.0),))
    here, rented = (estimate(offer(name), local) for name in ("coder2.5:32b", "coder2.5:480b-cloud"))
    assert here is not None
    assert rented is not None
    assert here.price is not None
    assert here.price.output == 0.0
    assert rented.price is None


def test_the_limit_that_vs_code_tells_is_one_of_the_prompt() -> None:
    known = replace(model("claude-sonnet-5", 0.8), context_window=264_000, max_input_tokens=200_000)
    catalog = Catalog(models=(known,))
    for told, window, prompt in ((0, 264_000, 200_000), (90_000, 264_000, 90_000), (1_000_000,) * 3):
        entry = estimate(offer("claude-sonnet-6", max_input_tokens=told), catalog)
        assert entry is not None
        assert (entry.context_window, entry.max_input_tokens) == (window, prompt)


def test_an_added_model_keeps_its_prices_and_limits() -> None:
    long = LongPrice(above=200_000, input=4.0, cached_input=0.4, output=20.0)
    price = Price(input=2.0, cached_input=0.2, output=10.0, long=long)
    known = replace(model("claude-sonnet-5", 0.8), price=price, max_input_tokens=100_000)
    entry = estimate(offer("claude-sonnet-6"), Catalog(models=(known,)))
    assert entry is not None
    layer, problems = read_catalog(
        with_models("schema_version: 1\n", [entry], "c.yaml"), path="c.yaml", layer=LayerName.USER
    )
    catalog, _ = merge_layers([layer])
    assert (problems, catalog is None) == ((), False)
    assert catalog is not None
    [added] = catalog.models
    assert (added.price, added.max_input_tokens) == (price, 100_000)
