"""Invariants of merging layers and of reading whatever a file may hold."""

from __future__ import annotations

from dataclasses import replace

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from builders import prediction
from fuzz.fuzz_catalog import read_and_decide
from hydra_auto.adapters.catalog_fields import ROOT
from hydra_auto.adapters.yaml_catalog import read_catalog
from hydra_auto.core.capabilities import Capability
from hydra_auto.core.catalog import ModelId, ModelMatch
from hydra_auto.core.cost import workload_of
from hydra_auto.core.layer_values import CatalogLayer, LayerModel, LayerValue, Value
from hydra_auto.core.layers import merge_layers
from hydra_auto.core.matcher import decide
from hydra_auto.core.origin import LayerName, Origin
from hydra_auto.core.policy import resolve
from hydra_auto.core.regime import Regime
from hydra_auto.core.request import AvailableModel, Overrides, RoutingRequest
from hydra_auto.core.routing_policy import UnknownModels
from hydra_auto.core.unknown import with_estimates

VENDORS = ("copilot", "acme", "evil")
LEVEL = st.integers(0, 100).map(lambda n: n / 100)
PRICE = st.integers(0, 50).map(float)
MODEL_VALUES: dict[str, st.SearchStrategy[Value]] = {
    "name": st.sampled_from(["one", "two"]),
    "price.input": PRICE,
    "price.output": PRICE,
    "enabled": st.booleans(),
    "match": st.lists(st.sampled_from(VENDORS), max_size=2).map(
        lambda names: tuple(ModelMatch(vendor=name) for name in names)
    ),
    **{f"capabilities.{c.value}": LEVEL for c in Capability},
}
ROUTING_VALUES: dict[str, st.SearchStrategy[Value]] = {
    "regime": st.sampled_from(list(Regime)),
    "tau": st.none() | LEVEL,
    "max_price": st.none() | PRICE,
    "allow": st.lists(st.sampled_from(["a", "b", "*", "c*"]), unique=True).map(tuple),
    "deny": st.lists(st.sampled_from(["a", "b", "c"]), unique=True).map(tuple),
    "vendors": st.lists(st.sampled_from(VENDORS), unique=True).map(tuple),
    **{f"weights.{c.value}": st.integers(0, 3).map(float) for c in Capability},
}
IDS = ("a", "b", "c")


@st.composite
def layers(draw: st.DrawFn, name: LayerName, *, complete: bool = False) -> CatalogLayer:
    line = 0

    def values(choices: dict[str, st.SearchStrategy[Value]]) -> dict[str, LayerValue]:
        nonlocal line
        some = choices if choices is ROUTING_VALUES else {**choices, "remove": st.booleans()}
        keys = list(choices) if complete else draw(st.lists(st.sampled_from(list(some)), unique=True))
        found = {}
        for key in keys:
            line += 1
            origin = Origin(layer=name, path=f"{name.value}.yaml", line=line, column=1)
            found[key] = LayerValue(value=draw(some[key]), origin=origin)
        return found

    ids = IDS if complete else draw(st.lists(st.sampled_from(IDS), unique=True))
    models = tuple(
        LayerModel(
            id=ModelId(model),
            origin=Origin(layer=name, path=f"{name.value}.yaml", line=1000 + i, column=1),
            values=values(MODEL_VALUES),
        )
        for i, model in enumerate(ids)
    )
    return CatalogLayer(name=name, path=f"{name.value}.yaml", routing=values(ROUTING_VALUES), models=models)


built_in = layers(LayerName.BUILT_IN, complete=True)
user = layers(LayerName.USER)
workspace = layers(LayerName.WORKSPACE)


@given(built_in, user, st.sampled_from(list(LayerName)))
def test_an_empty_layer_changes_nothing(base: CatalogLayer, mine: CatalogLayer, name: LayerName) -> None:
    empty = CatalogLayer(name=name, path="empty.yaml")
    assert merge_layers([base, empty, mine])[0] == merge_layers([base, mine])[0]
    assert merge_layers([base, mine, empty])[0] == merge_layers([base, mine])[0]


@given(built_in, user, workspace)
def test_every_value_that_a_layer_set_has_its_origin(
    base: CatalogLayer, mine: CatalogLayer, theirs: CatalogLayer
) -> None:
    catalog, _ = merge_layers([base, mine, theirs])
    assert catalog is not None
    places = {
        found.origin
        for layer in (base, mine, theirs)
        for values in (layer.routing, *(model.values for model in layer.models))
        for found in values.values()
    }
    for model in catalog.models:
        assert set(model.origins) >= {"id", *MODEL_VALUES}
        assert {origin for key, origin in model.origins.items() if key != "id"} <= places
    assert set(catalog.routing.origins.values()) <= places


@given(built_in, user)
def test_the_strongest_layer_that_sets_a_value_wins(base: CatalogLayer, mine: CatalogLayer) -> None:
    catalog, _ = merge_layers([base, mine])
    assert catalog is not None
    own = {model.id: model for model in mine.models}
    for model in catalog.models:
        for key, origin in model.origins.items():
            set_by_user = model.id in own and (key == "id" or key in own[model.id].values)
            assert origin.layer is (LayerName.USER if set_by_user else LayerName.BUILT_IN)


@given(built_in, user, workspace)
def test_a_workspace_never_reaches_a_new_vendor_nor_undoes_a_restriction(
    base: CatalogLayer, mine: CatalogLayer, theirs: CatalogLayer
) -> None:
    before, _ = merge_layers([base, mine])
    after, _ = merge_layers([base, mine, theirs])
    assert before is not None
    assert after is not None
    named = {
        match.vendor
        for layer in (base, mine)
        for model in layer.models
        if "match" in model.values and isinstance(model.values["match"].value, tuple)
        for match in model.values["match"].value
        if isinstance(match, ModelMatch)
    }
    assert {match.vendor for model in after.models for match in model.match} <= named
    assert set(before.routing.deny) <= set(after.routing.deny)
    if before.routing.vendors:
        assert after.routing.vendors
        assert set(after.routing.vendors) <= set(before.routing.vendors)
    if before.routing.allow:
        assert after.routing.allow
    if before.routing.max_price is not None:
        assert after.routing.max_price is not None
        assert after.routing.max_price <= before.routing.max_price
    assert {gone.id for gone in before.removed} <= {gone.id for gone in after.removed}
    switched_on = {model.id for model in after.models if model.enabled}
    assert switched_on <= {model.id for model in before.models if model.enabled}


OFFERS = tuple(AvailableModel(vendor=vendor, id="x", family="x") for vendor in VENDORS)
SETTINGS = st.builds(
    Overrides,
    origin=st.just(Origin(layer=LayerName.SETTINGS, path="hydraAuto.all (user)")),
    allow=st.none() | ROUTING_VALUES["allow"],
    deny=st.none() | ROUTING_VALUES["deny"],
    max_price=st.none() | PRICE,
)
NOTHING = prediction(0.0)


def reachable(layered: list[CatalogLayer], settings: Overrides) -> tuple[set[str], set[str]]:
    """Vendors whose model may be chosen, and those whose model not even a fallback may use."""
    catalog, _ = merge_layers(layered)
    assert catalog is not None
    request = RoutingRequest(text="x", available=OFFERS, overrides=(settings,))
    policy = resolve(catalog.routing, request.overrides)
    decision = decide(NOTHING, request, catalog, policy, workload_of(0, 10))
    targets = {c.target.vendor for c in decision.candidates if c.target is not None}
    return targets, {one.model.vendor for one in decision.barred}


@given(built_in, user, workspace, SETTINGS)
def test_a_workspace_leads_no_prompt_to_where_the_user_lets_none_go(
    base: CatalogLayer, mine: CatalogLayer, theirs: CatalogLayer, settings: Overrides
) -> None:
    chosen_before, barred_before = reachable([base, mine], settings)
    chosen_after, barred_after = reachable([base, mine, theirs], settings)
    shut = barred_before - chosen_before
    assert not chosen_after & shut
    assert shut <= barred_after


KNOWN, NEW = ("m/luna-1", "m/nova-1"), ("luna-2", "nova-1", "sol-1")
NAMES = st.sampled_from([None, *(name.rpartition("/")[2] for name in KNOWN), *NEW])
ON_OFFER = tuple(AvailableModel(vendor=v, id=name, family=name) for v in VENDORS[:2] for name in NEW)
PATTERNS = st.lists(st.sampled_from(["m/*", "w/*", "luna*", "nova-1", "acme/*"]), max_size=2).map(tuple)


@st.composite
def naming(draw: st.DrawFn, name: LayerName) -> CatalogLayer:
    """A layer whose models have families, so that there are relatives."""
    built_in = name is LayerName.BUILT_IN
    origin = Origin(layer=name, path=f"{name.value}.yaml", line=1, column=1)
    match = st.builds(ModelMatch, vendor=st.sampled_from(VENDORS[:2]), family=NAMES)
    choices = {
        "match": st.lists(match, min_size=1 if built_in else 0, max_size=2).map(tuple),
        "price.input": PRICE,
        "price.output": PRICE,
        "enabled": st.booleans(),
        "remove": st.booleans(),
        **{f"capabilities.{c.value}": st.just(1.0) for c in Capability},
    }
    models = []
    for model in KNOWN if built_in else draw(st.lists(st.sampled_from([*KNOWN, "w/luna-2"]), unique=True)):
        kept = [key for key in choices if key[0] == "c" or built_in or draw(st.booleans())]
        values = {key: LayerValue(value=draw(choices[key]), origin=origin) for key in kept}
        models.append(LayerModel(id=ModelId(model), origin=origin, values=values))
    return CatalogLayer(name=name, path=f"{name.value}.yaml", models=tuple(models))


def outcome(
    layered: list[CatalogLayer], settings: Overrides
) -> tuple[set[AvailableModel], set[AvailableModel]]:
    """Offers that may be chosen, and those that not even a fallback may use."""
    catalog, _ = merge_layers(layered)
    assert catalog is not None
    request = RoutingRequest(text="x", available=ON_OFFER, overrides=(settings,))
    policy = resolve(catalog.routing, request.overrides)
    seen = with_estimates(catalog, ON_OFFER, policy.unknown_models)
    decision = decide(NOTHING, request, seen, policy, workload_of(0, 10))
    targets = {c.target for c in decision.candidates if c.target is not None}
    return targets, {one.model for one in decision.barred}


@given(
    naming(LayerName.BUILT_IN),
    naming(LayerName.WORKSPACE),
    st.builds(
        Overrides,
        origin=st.just(Origin(layer=LayerName.SETTINGS, path="hydraAuto.all (user)")),
        allow=st.none() | PATTERNS,
        deny=st.none() | PATTERNS,
        max_price=st.none() | PRICE,
        unknown_models=st.none() | st.sampled_from(list(UnknownModels)),
    ),
)
def test_a_workspace_opens_no_offer_that_the_users_own_layers_do_not_name(
    base: CatalogLayer, theirs: CatalogLayer, settings: Overrides
) -> None:
    chosen_before, barred_before = outcome([base], settings)
    chosen_after, barred_after = outcome([base, theirs], settings)
    shut = barred_before - chosen_before
    assert not chosen_after & shut
    assert shut <= barred_after


@given(built_in, user)
def test_merging_twice_with_the_same_layer_changes_nothing_more(
    base: CatalogLayer, mine: CatalogLayer
) -> None:
    assert merge_layers([base, mine, replace(mine)])[0] == merge_layers([base, mine])[0]


def within(text: str, line: int, column: int) -> bool:
    lines = text.split("\n")
    return line == 0 or (1 <= line <= len(lines) + 1 and column >= 1)


@given(st.text(alphabet=st.characters(codec=None)) | st.text(alphabet="-:[]{}&*!|>'\"%@`#?, \n\tab01.e~"))
@example("\ud800")
@example("%YAML 3.0\n---\n")
@example("&a [*a]")
@example("!!map x")
def test_whatever_a_file_holds_reading_ends_with_problems_inside_it(text: str) -> None:
    _, problems = read_catalog(text, path="c.yaml", layer=LayerName.USER)
    for problem in problems:
        assert problem.path == "c.yaml"
        assert problem.message
        assert within(text, problem.line, problem.column)
        assert (problem.end_line, problem.end_column) >= (problem.line, problem.column)


@given(st.binary(max_size=200))
def test_bytes_are_read_or_refused(content: bytes) -> None:
    read_catalog(content, path="c.yaml", layer=LayerName.USER)


KEYS = sorted({child.key for top in ROOT.fields for child in top.fields})
"""All keys of routing, rules and models."""

yaml_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*KEYS, "id", "models", "routing", "rules", "benchmark", "unheard-of"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(yaml_values)
def test_any_yaml_value_in_any_place_is_read_or_refused(value: object) -> None:
    text = yaml.safe_dump(
        {
            "schema_version": 1,
            "routing": value,
            "rules": [value],
            "models": [value, {"id": "a", "price": value, "remove": value}],
        }
    )
    read_and_decide(text.encode())


@given(
    st.dictionaries(st.sampled_from(KEYS), yaml_values),
    st.sampled_from([LayerName.USER, LayerName.WORKSPACE]),
)
def test_any_keys_of_a_model_of_rules_and_of_routing_are_read_or_refused(
    values: dict[str, object], name: LayerName
) -> None:
    text = yaml.safe_dump(
        {"schema_version": 1, "routing": values, "rules": [values], "models": [{**values, "id": "a"}]}
    )
    read_and_decide(text.encode(), name)
