"""Rules for files, removal, lists by vendor and glob: what they do to a decision, and how it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import chosen, decided, model, offer, prediction
from hydra_auto.adapters.yaml_catalog import read_catalog
from hydra_auto.cli.main import build_parser, main
from hydra_auto.cli.options import workspace_paths
from hydra_auto.core.catalog import Catalog, ModelMatch
from hydra_auto.core.chat import ChatMessage, Role, attached_files
from hydra_auto.core.cost import workload_of
from hydra_auto.core.eligibility import Gate, Ineligible
from hydra_auto.core.explanation import explain
from hydra_auto.core.layer_values import Severity
from hydra_auto.core.layers import merge_layers
from hydra_auto.core.matcher import Basis, Decision, decide
from hydra_auto.core.origin import LayerName
from hydra_auto.core.policy import resolve
from hydra_auto.core.request import AvailableModel, RoutingRequest, Veto
from hydra_auto.core.unknown import with_estimates
from hydra_auto.rpc.protocol import RouteParams, WireMessage
from hydra_auto.rpc.requests import routing_request, settings_overrides

BASE = """
models:
- {id: acme/large, match: [{vendor: copilot, family: large}], price: {input: 2, output: 10},
   capabilities: {reasoning: 0.9, code_generation: 0.9, debugging: 0.9, tool_use: 0.9}}
- {id: acme/small, match: [{vendor: copilot, family: small}, {vendor: ollama, family: small}],
   price: {input: 0.1, output: 0.5},
   capabilities: {reasoning: 0.5, code_generation: 0.5, debugging: 0.5, tool_use: 0.45}}
"""
TESTS_CHEAP = "rules: [{paths: ['tests/**', 'docs/**'], regime: economy}]"
LOCAL_ONLY = "rules: [{vendors: [ollama]}]"
REQUIRED = prediction(0.6, 0.5, 0.5, 0.5)  # small lacks 0.0375


def catalog(**layers: str) -> Catalog:
    names = {name.value: name for name in LayerName}
    read = [
        read_catalog(f"schema_version: 1\n{text}", path=f"{name}.yaml", layer=names[name])
        for name, text in layers.items()
    ]
    assert [problem for _, problems in read for problem in problems] == []
    found, _ = merge_layers(
        [read_catalog(f"schema_version: 1\n{BASE}", path="base.yaml", layer=LayerName.BUILT_IN)[0]]
        + [layer for layer, _ in read]
    )
    assert found is not None
    return found


def route(found: Catalog, *paths: str, settings: object = None, **request: object) -> Decision:
    overrides = settings_overrides(settings)
    wanted = RoutingRequest(text="x", paths=paths, overrides=overrides, **request)
    return decide(REQUIRED, wanted, found, resolve(found.routing, overrides, paths), workload_of(0, 100))


def refused(decision: Decision, model_id: str) -> Ineligible:
    eligibility = next(c.eligibility for c in decision.candidates if c.model.id == model_id)
    assert isinstance(eligibility, Ineligible)
    return eligibility


@pytest.mark.parametrize(
    ("paths", "regime"),
    [
        ((), "balanced"),
        (("src/a.py",), "balanced"),
        (("tests/a.py",), "economy"),
        (("tests/a.py", "docs/b.md"), "economy"),
        (("tests/a.py", "src/a.py"), "balanced"),  # the source file is at stake, too
    ],
)
def test_a_regime_for_files_counts_if_all_files_are_meant(paths: tuple[str, ...], regime: str) -> None:
    decision = route(catalog(workspace=TESTS_CHEAP), *paths)
    assert decision.policy.regime is not None
    assert decision.policy.regime.value == regime
    assert chosen(decision) == ("acme/small" if regime == "economy" else "acme/large")


def test_the_explanation_names_the_rule_and_its_place() -> None:
    explanation = explain(route(catalog(workspace=TESTS_CHEAP), "tests/a.py"))
    rule = "rule for tests/**, docs/** in workspace workspace.yaml:2:9"
    assert explanation.line == f"acme/small: cheapest within tau 0.06 (economy, by the {rule})"
    assert f"- R{rule[1:]}: regime economy" in explanation.markdown
    without = explain(route(catalog(workspace=TESTS_CHEAP), "src/a.py"))
    assert "ule for" not in without.markdown


def test_a_limit_for_files_counts_if_one_file_is_meant() -> None:
    found = catalog(user="rules: [{paths: ['secret/**'], vendors: [ollama]}]")
    assert chosen(route(found, "src/a.py")) == "acme/large"
    decision = route(found, "src/a.py", "secret/key.py")
    assert chosen(decision) == "acme/small"
    assert refused(decision, "acme/large").gate is Gate.VENDOR
    assert "rule for secret/** in user user.yaml:2:9" in refused(decision, "acme/large").text


def test_in_this_repository_only_local_models() -> None:
    found = catalog(workspace=LOCAL_ONLY)
    hosted, local = offer("small", "copilot"), offer("small", "ollama")
    decision = route(found, available=(offer("large", "copilot"), hosted, local))
    assert decision.chosen is not None
    assert decision.chosen.target is local
    assert [barred.model for barred in decision.barred] == [offer("large", "copilot"), hosted]
    nobody = route(found, available=(hosted,))
    assert (chosen(nobody), nobody.basis) == (None, Basis.NO_ELIGIBLE_MODEL)
    assert refused(nobody, "acme/small").gate is Gate.VENDOR


def test_rules_of_all_layers_add_up_and_settings_win_over_their_regime() -> None:
    found = catalog(user="rules: [{tau: 0.5}]", workspace=TESTS_CHEAP)
    assert route(found, "src/a.py").policy.tau == 0.5
    assert route(found, "tests/a.py").policy.tau == 0.06
    by_setting = route(found, "tests/a.py", settings={"user": {"regime": "quality"}})
    assert by_setting.policy.tau == 0.005
    assert by_setting.policy.tau_rule is None


def test_a_workspace_can_not_widen_by_a_rule() -> None:
    found = catalog(
        user="routing: {vendors: [ollama], deny: ['acme/l*'], max_price: 5}",
        workspace="rules: [{vendors: [copilot], allow: ['*'], max_price: 50}]",
    )
    decision = route(found)
    assert chosen(decision) is None
    assert decision.policy.max_price == 5
    assert decision.policy.vendors == ()


def test_a_workspaces_deny_adds_to_the_users_and_both_places_are_told() -> None:
    found = catalog(user="routing: {deny: [acme/large]}", workspace="routing: {deny: [acme/small]}")
    decision = route(found)
    assert "user user.yaml:2:" in refused(decision, "acme/large").text
    assert "workspace workspace.yaml:2:" in refused(decision, "acme/small").text


@pytest.mark.parametrize(
    ("settings", "left"),
    [
        ({"user": {"deny": ["acme/large"]}, "workspace": {"deny": ["nobody/*"]}}, "acme/small"),
        ({"user": {"deny": ["acme/large"]}, "workspace": {"deny": ["acme/s*"]}}, None),
        ({"user": {"allow": ["acme/small"]}, "workspace": {"allow": ["*"]}}, "acme/small"),
        ({"user": {"maxPrice": 5}, "workspace": {"maxPrice": 500}}, "acme/small"),
        ({"user": {"vendors": ["ollama"]}, "workspace": {"vendors": ["copilot"]}}, None),
        ({"user": {"deny": ["*arge"]}, "workspace": {}}, "acme/small"),
        ({"user": {"deny": ["vendor:ollama"]}}, "acme/large"),
        ({"user": {"allow": ["vendor:ollama"]}}, "acme/small"),
        ({"user": {"allow": ["vendor:ollama", "acme/large"], "deny": ["vendor:copilot"]}}, "acme/small"),
    ],
)
def test_settings_of_both_scopes_add_up(settings: object, left: str | None) -> None:
    assert chosen(route(catalog(), settings=settings)) == left


def test_settings_as_older_clients_send_them_still_count() -> None:
    settings = {"deny": {"value": ["acme/large"], "scope": "user"}}
    assert chosen(route(catalog(), settings=settings)) == "acme/small"


# removal


def test_a_model_is_removed_and_brought_back_by_layers() -> None:
    gone = "models: [{id: acme/large, remove: true}]"
    found = catalog(user=gone)
    assert [entry.id for entry in found.models] == ["acme/small"]
    assert [(entry.id, str(entry.origin)) for entry in found.removed] == [
        ("acme/large", "user user.yaml:2:35")
    ]
    back = catalog(user=gone, settings="models: [{id: acme/large, remove: false}]")
    assert [entry.id for entry in back.models] == ["acme/large", "acme/small"]


def test_a_workspace_may_remove_but_not_bring_back() -> None:
    gone, back = ("models: [{id: acme/large, remove: " + word + "}]" for word in ("true", "false"))
    assert [entry.id for entry in catalog(workspace=gone).models] == ["acme/small"]
    assert [entry.id for entry in catalog(user=gone, workspace=back).models] == ["acme/small"]


def test_removing_what_is_not_there_is_worth_a_look() -> None:
    layers = [
        read_catalog(f"schema_version: 1\n{text}", path="c.yaml", layer=name)[0]
        for name, text in (
            (LayerName.BUILT_IN, BASE),
            (LayerName.USER, "models: [{id: acme/larg, remove: true}]"),
        )
    ]
    _, (problem,) = merge_layers(layers)
    assert "no model 'acme/larg' to remove. Did you mean 'acme/large'?" in problem.message


BIG = "models: [{id: acme/large, name: Big, context_window: 9000, supports: {images: true, tools: true}}]"


def test_null_unsets_single_values_and_whole_groups() -> None:
    base = catalog(user=BIG)
    assert (base.models[0].name, base.models[0].images) == ("Big", True)
    errors = "{reasoning: 0.1, code_generation: 0.1, debugging: 0.1, tool_use: 0.1}"
    measured = BIG.replace("}]", f", uncertainty: {errors}, capabilities: {errors}}}]")
    assert catalog(user=measured).models[0].uncertainty is not None
    unset = catalog(
        user=f"{measured}\nrouting: {{weights: {{debugging: 3}}, regime: economy, deny: [acme/small]}}",
        settings="models: [{id: acme/large, name: null, context_window: ~, supports: null, uncertainty: ~}]\n"
        "routing: {weights: null, regime: null, deny: null}",
    )
    large = unset.models[0]
    assert (large.name, large.context_window, large.images, large.tools) == (
        "acme/large",
        128_000,
        False,
        False,
    )
    assert large.uncertainty is None
    assert large.origins["name"].layer is LayerName.SETTINGS
    assert large.origins["uncertainty.debugging"].layer is LayerName.SETTINGS
    assert (unset.routing.regime.value, unset.routing.deny) == ("balanced", ())
    assert set(unset.routing.weights.values()) == {1.0}


# fallbacks


def test_fallbacks_obey_every_rule_of_the_user() -> None:
    found = catalog(
        user="models: [{id: acme/large, remove: true}]\n"
        "routing: {max_price: 0.4, deny: ['*gpt*', 'vendor:evil']}"
    )
    offers = [
        offer("large", "copilot"),
        offer("small", "copilot"),
        offer("gpt-9", "copilot"),
        offer("x", "evil"),
        offer("free", "ollama"),
    ]
    reasons = {b.model.id: b.reason for b in route(found, available=tuple(offers)).barred}
    assert "removed from the catalog in user user.yaml:2:" in reasons["large"]
    assert "output price is 0.5" in reasons["small"]
    assert "on the deny list" in reasons["gpt-9"]
    assert "on the deny list" in reasons["x"]
    assert "output price is not known" in reasons["free"]


def test_rules_for_other_files_bar_whom_a_later_request_without_an_answer_may_not_use() -> None:
    found = catalog(user="rules: [{paths: ['secret/**'], vendors: [ollama]}, {paths: ['src/**'], tau: 0.5}]")
    offers = (offer("large", "copilot"), offer("small", "ollama"))
    for paths, here in (((), []), (("README.md",), []), (("secret/key.py",), ["large"])):
        decision = route(found, *paths, available=offers)
        assert [one.model.id for one in decision.barred] == here
        assert [one.model.id for one in decision.barred_anywhere] == ["large"]
    settings = {"user": {"deny": ["acme/large"]}}
    by_both = route(found, settings=settings, available=offers)
    assert [one.by_settings for one in by_both.barred] == [True]
    assert [one.by_settings for one in by_both.barred_anywhere] == [False]


LONG = "models: [{id: acme/large, long_price: {above: 1000, input: 4, output: 20}}]"


def test_a_price_limit_bars_from_fallbacks_by_what_the_prompt_pays_and_a_later_one_by_the_dearest() -> None:
    found = catalog(user=f"{LONG}\nrouting: {{max_price: 15}}")  # large costs 10, and 20 for a long prompt
    for tokens, here in ((1_000, []), (1_001, ["large"])):
        decision = route(found, available=(offer("large", "copilot"),), context_tokens=tokens)
        assert [one.model.id for one in decision.barred] == here
        assert [one.model.id for one in decision.barred_anywhere] == ["large"]
    assert "output price is 20 USD" in decision.barred[0].reason


@pytest.mark.parametrize(
    "change",
    [
        "long_price: {above: 1000, input: 4, output: 12}",
        "long_price: {above: 100000}",
        "long_price: null",
        "price: {input: 1}",  # each price drops the long one that went with the old one
        "price: {cached_input: 0.1}",
    ],
)
def test_a_workspace_does_not_lower_what_a_long_prompt_pays_before_the_users_limit(change: str) -> None:
    found = catalog(
        user=f"{LONG}\nrouting: {{max_price: 15}}", workspace=f"models: [{{id: acme/large, {change}}}]"
    )
    long = route(found, available=(offer("large", "copilot"),), context_tokens=5_000)
    assert refused(long, "acme/large").gate is Gate.PRICE
    short = route(found, available=(offer("large", "copilot"),), context_tokens=500)
    assert chosen(short) == "acme/large"


def test_what_the_request_needs_bars_nobody() -> None:
    blind = model("blind", images=False)
    request = RoutingRequest(
        text="x",
        needs_images=True,
        available=(offer("blind"),),
        vetoed=(Veto(vendor="test", id="blind", reason="quota"),),
    )
    decision = decided(prediction(0.1), blind, request=request)
    assert (decision.basis, decision.barred) == (Basis.NO_ELIGIBLE_MODEL, ())


def test_a_switched_off_model_does_not_hide_that_nothing_on_offer_is_named() -> None:
    request = RoutingRequest(text="x", available=(offer("unheard-of"),))
    off = model("off", enabled=False)
    assert decided(prediction(0.1), off, model("on"), request=request).basis is Basis.NO_MATCHING_MODEL
    known = RoutingRequest(text="x", available=(offer("off"),))
    assert decided(prediction(0.1), off, request=known).basis is Basis.NO_ELIGIBLE_MODEL


def test_a_model_with_two_vendors_goes_through_the_permitted_one() -> None:
    both = model("m", match=(ModelMatch(vendor="copilot"), ModelMatch(vendor="ollama")))
    offers = (offer("m", "copilot"), offer("m", "ollama"))
    request = RoutingRequest(text="x", available=offers)
    decision = decided(prediction(0.1), both, request=request, deny=("vendor:copilot",))
    assert decision.chosen is not None
    assert decision.chosen.target is offers[1]


# the files of a request

ATTACHED = """<attachments>
<attachment id="file:app.py">
x
</attachment>
<attachment filePath="/home/me/proj/tests/test_app.py" id="prompt">
y
</attachment>
<attachment id="prompt:other">
z
</attachment>
</attachments>
<userRequest>
why?
</userRequest>"""


def test_attached_files_are_found_in_the_newest_message() -> None:
    messages = [ChatMessage(role=Role.USER, text=ATTACHED), ChatMessage(role=Role.USER, text="")]
    assert attached_files(messages) == ("app.py", "/home/me/proj/tests/test_app.py")
    assert attached_files([*messages, ChatMessage(role=Role.USER, text="and now?")]) == ()


@pytest.mark.parametrize(
    ("folders", "given", "expected"),
    [
        (["/home/me/proj"], ["src/a.py"], ("src/a.py", "app.py", "tests/test_app.py")),
        ([], ["./src\\a.py"], ("src/a.py", "app.py")),
        (["/elsewhere"], ["../b.py", "C:\\x.py", ""], ("app.py",)),
        (["/elsewhere", "/home/me/proj/"], ["a/./../secret//k"], ("secret/k", "app.py", "tests/test_app.py")),
        (["/home/me/proj"], ["/home/me/x/../proj/s/k"], ("s/k", "app.py", "tests/test_app.py")),
        (["C:\\Work"], ["c:\\work\\Secret\\k.txt", "c:/worker/k"], ("Secret/k.txt", "app.py")),
        (["\\\\host\\share\\w"], ["\\\\host\\share\\w\\secret\\k"], ("secret/k", "app.py")),
        (["/"], ["/etc/k"], ("etc/k", "app.py", "home/me/proj/tests/test_app.py")),
    ],
)
def test_paths_are_made_relative(folders: list[str], given: list[str], expected: tuple[str, ...]) -> None:
    params = RouteParams(
        request_id="r", messages=[WireMessage(role=Role.USER, text=ATTACHED)], models=[], paths=given
    )
    assert routing_request(params, (), folders).paths == expected


@pytest.mark.parametrize(
    "deny",
    [["acme/large", 5], "acme/large", [" acme/large "], ["vendor: copilot"], [None, "Vendor:COPILOT "]],
)
def test_a_slip_in_a_setting_lifts_no_ban(deny: object) -> None:
    decision = route(catalog(), settings={"user": {"deny": deny}}, available=(offer("large", "copilot"),))
    assert decision.chosen is None
    assert refused(decision, "acme/large").gate is Gate.DENIED


def test_no_number_of_files_hides_one_that_a_rule_means() -> None:
    params = RouteParams(
        request_id="r", messages=[], models=[], paths=[*(f"a/{i}" for i in range(3_000)), "secret/k"]
    )
    assert routing_request(params, ()).paths[-1] == "secret/k"


@pytest.mark.parametrize("path", ["secret/k", "./a/../secret/k", "secret\\k", "{folder}/secret/k"])
def test_the_command_line_takes_paths_as_they_are_typed(tmp_path: Path, path: str) -> None:
    typed = path.format(folder=tmp_path)
    args = build_parser().parse_args(["route", "x", "--workspace", str(tmp_path), "--path", typed])
    assert workspace_paths(args) == ("secret/k",)


def test_a_path_outside_of_the_workspace_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["catalog", "diff", "--values-only", "--workspace", str(tmp_path), "--path", "../k"]) == 2
    assert "--path ../k is not in" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("{paths: [a/**]}", "this one sets nothing"),
        ("{paths: [], regime: economy}", "paths is empty"),
        ("{paths: [a/**], vendors: }", "vendors: nothing is written here"),
        ("{paths: , vendors: [ollama]}", "paths: nothing is written here"),
        ("{paths: [a/**], deny: []}", "sets nothing, since its lists are empty"),
        ("{deny: null}", "sets nothing, since its lists are empty"),
        ("{paths: [/etc/**], regime: economy}", "relative to the workspace"),
        ("{paths: [../x], regime: economy}", "relative to the workspace"),
        ("{paths: ['a\\b'], regime: economy}", "relative to the workspace"),
        ("{paths: ['C:/folder/secret/**'], regime: economy}", "relative to the workspace"),
        ("{paths: ['secret/** '], regime: economy}", "begins or ends with a blank; write 'secret/**'"),
        ("{regime: cheap}", "expected one of quality, balanced, economy"),
        ("{path: [a]}", "unknown key 'path' in rules. Did you mean 'paths'?"),
        ("7", "expected a mapping"),
    ],
)
def test_a_rule_that_is_wrong_is_refused_at_its_place(rule: str, words: str) -> None:
    _, problems = read_catalog(f"schema_version: 1\nrules:\n- {rule}\n", path="c.yaml", layer=LayerName.USER)
    assert any(words in problem.message for problem in problems), problems
    assert {problem.line for problem in problems} == {3}


def test_a_name_listed_twice_does_not_lift_the_rule() -> None:
    text = "schema_version: 1\nrules: [{paths: [secret/**], vendors: [ollama, ollama]}]"
    layer, [problem] = read_catalog(text, path="c.yaml", layer=LayerName.USER)
    assert problem.severity is Severity.WARNING
    [rule] = layer.routing["rules"].value
    assert rule.vendors == ("ollama",)


@pytest.mark.parametrize(
    ("written", "paths", "vendors"),
    [
        ("{paths: [secret/**], vendors: [ollama], tau: 7}", ("secret/**",), ("ollama",)),
        ("{paths: [secret/**, ../x], vendors: [ollama]}", ("secret/**",), ("ollama",)),
        ("{paths: , vendors: [ollama]}", (), ("ollama",)),
        ("{paths: [secret/**], vendors: ollama}", ("secret/**",), ("ollama",)),
        ("{paths: [secret/**], vendors: ['ol*']}", ("secret/**",), ("ol*",)),
    ],
)
def test_of_a_rule_with_a_mistake_the_rest_can_be_read(
    written: str, paths: tuple[str, ...], vendors: tuple[str, ...]
) -> None:
    text = f"schema_version: 1\nrules: [{written}]"
    layer, problems = read_catalog(text, path="c.yaml", layer=LayerName.USER)
    assert Severity.ERROR in {problem.severity for problem in problems}
    [rule] = layer.routing["rules"].value
    assert (rule.paths, rule.vendors) == (paths, vendors)


FREE = "price: {input: 0, output: 0}"
STRONG = "capabilities: {reasoning: 1, code_generation: 1, debugging: 1, tool_use: 1}"


@pytest.mark.parametrize(
    "settings",
    [
        {"user": {"deny": ["acme/l*"]}},
        {"user": {"allow": ["acme/small", "w/*"]}},
        {"user": {"maxPrice": 5}},
        {"workspace": {"deny": ["acme/large"]}, "user": {"maxPrice": 5}},
    ],
)
@pytest.mark.parametrize(
    "workspace",
    [
        f"models: [{{id: w/w, match: [{{vendor: copilot, family: large}}], {FREE}, {STRONG}}}]",
        f"models: [{{id: w/w, match: [{{vendor: copilot}}], {FREE}, {STRONG}}}]",
        "models: [{id: acme/small, match: [{vendor: copilot, family: large}]}]",
        f"models: [{{id: acme/large, {FREE}}}]",
        "models: [{id: acme/large, match: []}]",
        "models: [{id: acme/large, match: [], remove: true}]",
    ],
)
def test_a_workspace_evades_no_setting_by_another_name_or_price(settings: object, workspace: str) -> None:
    offers = (offer("large", "copilot"),)
    for found in (catalog(), catalog(workspace=workspace)):
        decision = route(found, settings=settings, available=offers)
        assert decision.chosen is None
        assert [one.model.id for one in decision.barred] == ["large"]


def test_who_is_barred_by_settings_alone_is_told_apart() -> None:
    settings = {"user": {"allow": ["acme/small"]}}
    offers = (offer("large", "copilot"), offer("small", "copilot"))
    by_settings = route(catalog(), settings=settings, available=offers).barred
    assert [(one.model.id, one.by_settings) for one in by_settings] == [("large", True)]
    by_both = route(catalog(user="routing: {deny: [acme/large]}"), settings=settings, available=offers).barred
    assert [(one.model.id, one.by_settings) for one in by_both] == [("large", False)]


def test_a_workspace_evades_no_rule_of_the_user_and_no_option_of_the_request() -> None:
    user = "rules: [{paths: ['secret/**'], max_price: 5}]"
    found = catalog(user=user, workspace=f"models: [{{id: acme/large, {FREE}}}]")
    decision = route(found, "secret/key", available=(offer("large", "copilot"),))
    assert "workspace calls or prices it otherwise" in refused(decision, "acme/large").text
    assert route(found, "open/key", available=(offer("large", "copilot"),)).chosen is not None


@pytest.mark.parametrize("user", ["routing: {allow: ['acme/*']}", "routing: {max_price: 20}"])
def test_a_workspace_brings_no_model_that_the_users_limits_do_not_know(user: str) -> None:
    workspace = (
        "routing: {allow: [acme/new], max_price: 1}\n"
        f"models: [{{id: acme/new, match: [{{vendor: copilot, id: new}}], {FREE}, {STRONG}}}]"
    )
    named = (offer("new", "copilot"),)
    assert route(catalog(user=user, workspace=workspace), available=named).chosen is None
    assert chosen(route(catalog(workspace=workspace), available=named)) == "acme/new"


def test_a_workspace_makes_no_relatives_for_models_of_other_vendors() -> None:
    workspace = f"models: [{{id: w/evil-1, match: [{{vendor: copilot, family: evil-1}}], {FREE}, {STRONG}}}]"
    found = catalog(workspace=workspace)
    assert with_estimates(found, [offer("evil-1", "evil")]).models == found.models


def test_an_estimate_has_the_price_of_the_users_own_layers_before_a_limit() -> None:
    found = catalog(workspace=f"models: [{{id: acme/large, {FREE}}}]")
    estimated = with_estimates(found, [offer("large-2", "copilot")])
    assert len(estimated.models) == len(found.models) + 1
    decision = route(estimated, settings={"user": {"maxPrice": 5}}, available=(offer("large-2", "copilot"),))
    assert decision.chosen is None


CLAUDE = (
    "models:\n"
    "- {id: anthropic/claude-sonnet-5, match: [{vendor: copilot, family: claude-sonnet-5}],\n"
    "   price: {input: 2, output: 10},\n"
    "   capabilities: {reasoning: 0.9, code_generation: 0.9, debugging: 0.9, tool_use: 0.9}}\n"
    "- {id: openai/gpt-oss-20b, match: [{vendor: ollama, family: 'gpt-oss:20b'}],\n"
    "   capabilities: {reasoning: 0.9, code_generation: 0.9, debugging: 0.9, tool_use: 0.9}}\n"
    "- {id: open/other, match: [{vendor: openrouter, family: other}],\n"
    "   capabilities: {reasoning: 0.9, code_generation: 0.9, debugging: 0.9, tool_use: 0.9}}\n"
)
SONNET_6 = offer("claude-sonnet-6", "copilot")
GPT_OSS = offer("gpt-oss-20b", "openrouter")
GPT_OSS_NAMED = (
    f"models: [{{id: w/w, match: [{{vendor: openrouter, family: gpt-oss-20b}}], {FREE}, {STRONG}}}]"
)


def of_unknown(offered: AvailableModel, user: str, workspace: str, settings: object) -> Decision:
    """A decision about an offer that no layer of the user's names."""
    layers = {"built-in": CLAUDE, "user": user, **({"workspace": workspace} if workspace else {})}
    names = {name.value: name for name in LayerName}
    read = [
        read_catalog(f"schema_version: 1\n{text}", path=f"{name}.yaml", layer=names[name])[0]
        for name, text in layers.items()
    ]
    merged, _ = merge_layers(read)
    assert merged is not None
    overrides = settings_overrides(settings)
    unknown = resolve(merged.routing, overrides).unknown_models
    return route(with_estimates(merged, [offered], unknown), settings=settings, available=(offered,))


@pytest.mark.parametrize(
    "workspace",
    [
        "",
        f"models: [{{id: w/w, match: [{{vendor: copilot, family: claude-sonnet-6}}], {FREE}, {STRONG}}}]",
        f"models: [{{id: w/w, match: [{{vendor: copilot}}], {FREE}, {STRONG}}}]",
        f"models: [{{id: open/other, match: [{{vendor: copilot}}], {FREE}}}]",
        f"models: [{{id: w/claude-sonnet-6, match: [{{vendor: copilot, id: claude-sonnet-6}}], {STRONG}}}]",
        "models: [{id: anthropic/claude-sonnet-5, remove: true}]",
        "models: [{id: anthropic/claude-sonnet-5, match: [{vendor: copilot, family: claude-sonnet-5}]}]",
        f"models: [{{id: anthropic/claude-sonnet-6@copilot, {STRONG}}}]",
    ],
)
@pytest.mark.parametrize(
    ("user", "settings"),
    [
        ("routing: {deny: ['anthropic/*']}", None),
        ("routing: {deny: [claude-sonnet-6]}", None),
        ("routing: {max_price: 5}", None),
        ("routing: {unknown_models: ignore}", None),
        ("", {"user": {"deny": ["anthropic/*"]}}),
        ("", {"user": {"deny": ["copilot/claude-sonnet-6"]}}),
        ("", {"user": {"allow": ["openai/*", "w/*"]}}),
        ("", {"user": {"unknownModels": "ignore"}}),
    ],
)
def test_a_workspace_evades_no_limit_with_a_model_that_only_it_names(
    user: str, settings: object, workspace: str
) -> None:
    decision = of_unknown(SONNET_6, user, workspace, settings)
    assert decision.chosen is None
    assert [one.model for one in decision.barred] == [SONNET_6]


@pytest.mark.parametrize("switch", ["enabled: false", "remove: true"])
@pytest.mark.parametrize("workspace", ["", GPT_OSS_NAMED, GPT_OSS_NAMED.replace(", family: gpt-oss-20b", "")])
def test_what_is_switched_off_or_removed_is_out_from_every_vendor(switch: str, workspace: str) -> None:
    decision = of_unknown(GPT_OSS, f"models: [{{id: openai/gpt-oss-20b, {switch}}}]", workspace, None)
    assert (decision.chosen, decision.basis) == (None, Basis.NO_ELIGIBLE_MODEL)
    assert [one.model for one in decision.barred] == [GPT_OSS]


def test_a_workspace_may_name_what_no_limit_of_the_user_keeps_out() -> None:
    assert chosen(of_unknown(GPT_OSS, "", GPT_OSS_NAMED, None)) == "w/w"


def test_a_deny_list_may_call_an_estimated_model_by_its_family() -> None:
    other = AvailableModel(vendor="copilot", id="cs6", family="claude-sonnet-6")
    decision = of_unknown(other, "routing: {deny: [claude-sonnet-6]}", "", None)
    assert (chosen(decision), [one.model for one in decision.barred]) == (None, [other])


def warnings(user: str) -> list[str]:
    read = [
        read_catalog(f"schema_version: 1\n{text}", path="c.yaml", layer=name)[0]
        for name, text in ((LayerName.BUILT_IN, BASE), (LayerName.USER, user))
    ]
    return [problem.message for problem in merge_layers(read)[1]]


@pytest.mark.parametrize("place", ["routing: {vendors: [%s]}", "rules: [{paths: [a/**], vendors: [%s]}]"])
def test_a_vendor_that_no_match_names_is_told(place: str) -> None:
    for written, meant in (("olama", "ollama"), ("Copilot", "copilot")):
        words = f"vendors names {written!r}, which no match of the catalog names. Did you mean {meant!r}?"
        assert warnings(place % written) == [words]
    assert warnings(place % "ollama") == []


def test_denying_what_is_removed_as_well_is_no_slip() -> None:
    assert warnings("routing: {deny: [acme/large]}\nmodels: [{id: acme/large, remove: true}]") == []
