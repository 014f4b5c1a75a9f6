"""What only a process can show: handshake, errors as responses, framing, privacy, exit."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from sidecar_process import CATALOG, FIXTURES, Sidecar, Start, plain, route_params, user

pytestmark = pytest.mark.model

EASY = "Rename the variable userCnt to userCount."
HARD = (
    "Our lock-free queue loses an element about once in ten million operations, on ARM, when "
    "two consumers race with a resize. Find the memory ordering bug in the allocator and the queue, prove "
    "that the fix is linearizable, and add a stress test that reproduces it."
)
HARNESS = "<context>\nThe race condition in the distributed lock manager\n</context>\n"


async def error_of(call: Any) -> JsonRpcException:
    with pytest.raises(JsonRpcException) as caught:
        await call
    return caught.value


@pytest.fixture
async def sidecar(start: Start) -> Sidecar:
    started = await start()
    await started.initialize()
    return started


async def test_both_sides_tell_their_protocol_version(start: Start) -> None:
    sidecar = await start()
    result = await sidecar.initialize()
    assert result.server_info.name == "hydra-auto"
    assert result.capabilities.experimental["hydraAuto"]["protocolVersion"] == 1


async def test_another_protocol_version_is_refused_with_words(start: Start) -> None:
    sidecar = await start()
    error = await error_of(sidecar.initialize(protocolVersion=99))
    assert "protocol version 99" in error.message


async def test_an_easy_message_goes_to_the_small_model_and_a_hard_one_to_the_large(sidecar: Sidecar) -> None:
    easy = await sidecar.ask("router/route", route_params(EASY))
    hard = await sidecar.ask("router/route", route_params(HARD))
    assert (easy.chosen, easy.target.id, easy.basis) == ("test/small", "small", "within-tau")
    assert (hard.chosen, hard.target.id) == ("test/large", "large")
    assert [a.chosen for a in easy.alternatives] == ["test/middle", "test/large"]
    assert easy.saving.against == "test/large"
    assert easy.explanation.line.startswith("Small: cheapest within tau")


async def test_the_wrapping_of_the_chat_view_does_not_change_the_decision(sidecar: Sidecar) -> None:
    wrapped = f"{HARNESS}<userRequest>\n{EASY}\n</userRequest>"
    bare = await sidecar.ask("router/route", route_params(EASY))
    result = await sidecar.ask("router/route", route_params(wrapped))
    assert result.requirements == bare.requirements


async def test_the_steps_of_a_turn_keep_their_model(sidecar: Sidecar) -> None:
    first = route_params(HARD, tools=5)
    begun = await sidecar.ask("router/route", first)
    step = {"role": "assistant", "chars": 10, "toolCalls": 1}
    found = {"role": "user", "text": "", "chars": 4_000, "toolResults": 1}
    later = await sidecar.ask("router/route", {**first, "messages": [*first["messages"], step, found]})
    assert (later.chosen, later.basis) == (begun.chosen, "same-turn")
    assert later.requirements == begun.requirements


async def test_a_refused_model_leaves_the_turn_to_the_next_best(sidecar: Sidecar) -> None:
    vetoed = [{"vendor": "test", "id": "small", "reason": "consent refused"}]
    result = await sidecar.ask("router/route", route_params(EASY, vetoed=vetoed))
    assert result.chosen == "test/middle"
    assert next(c.reason for c in result.candidates if c.id == "test/small") == (
        "set aside for now: consent refused"
    )


async def test_settings_and_request_options_override_the_catalog(start: Start) -> None:
    sidecar = await start()
    await sidecar.initialize(settings={"deny": {"value": ["test/small"], "scope": "user"}})
    assert (await sidecar.ask("router/route", route_params(EASY))).chosen == "test/middle"
    only_large = await sidecar.ask("router/route", route_params(EASY, allow=["test/large"]))
    assert only_large.chosen == "test/large"
    by_tau = await sidecar.ask("router/route", route_params(HARD, tau=1.0))
    assert (by_tau.chosen, by_tau.tau, by_tau.tauOrigin) == ("test/middle", 1.0, "request")


async def test_a_workspaces_settings_add_to_the_users(start: Start) -> None:
    sidecar = await start()
    await sidecar.initialize(
        settings={"user": {"deny": ["test/small"]}, "workspace": {"deny": ["nobody/*"], "allow": ["*"]}}
    )
    result = await sidecar.ask("router/route", route_params(EASY))
    assert result.chosen == "test/middle"
    assert [(b.id, b.reason) for b in result.barred] == [
        ("small", "on the deny list set in settings hydraAuto.deny (user)")
    ]


async def test_a_rule_for_files_counts_for_the_files_of_the_request(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "catalog.yaml"
    path.write_text(CATALOG.read_text() + "rules: [{paths: ['tests/**'], allow: [test/large]}]\n")
    sidecar = await start(catalog=path)
    await sidecar.initialize(workspaceFolder=str(tmp_path))
    assert (await sidecar.ask("router/route", route_params(EASY, paths=["src/a.py"]))).chosen == "test/small"
    file = f'<attachment filePath="{tmp_path}/tests/a.py">\nx\n</attachment>'
    attached = f"{file}\n<userRequest>\n{EASY}\n</userRequest>"
    for params in (route_params(EASY, paths=["tests/a.py"]), route_params(attached)):
        result = await sidecar.ask("router/route", params)
        assert result.chosen == "test/large"
        [rule] = result.rules
        assert rule.text.startswith("Rule for tests/** in file catalog.yaml:")
        assert rule.text.endswith(": allow test/large")


async def test_it_tells_whom_rules_for_other_files_bar_also_without_an_encoder(
    start: Start, tmp_path: Path
) -> None:
    path = tmp_path / "catalog.yaml"
    path.write_text(CATALOG.read_text() + "rules: [{paths: ['secret/**'], deny: [test/large]}]\n")
    params = route_params(EASY, paths=["src/a.py"])
    routing = await start(catalog=path)
    await routing.initialize()
    failing = await start("--model-dir", str(tmp_path / "nowhere"), catalog=path)
    await failing.initialize()
    told = plain(await routing.ask("router/route", params))
    failed = (await error_of(failing.ask("router/route", params))).data
    for data in (told, plain(failed)):
        assert data["barred"] == []
        assert [(one["vendor"], one["id"]) for one in data["barredAnywhere"]] == [("test", "large")]


async def test_changed_settings_count_from_the_next_request(sidecar: Sidecar) -> None:
    settings = {"regime": {"value": "quality", "scope": "workspace"}}
    sidecar.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings=settings))
    result = await sidecar.ask("router/route", route_params(EASY))
    assert (result.regime, result.tauOrigin) == ("quality", "settings hydraAuto.regime (workspace)")


async def test_a_setting_that_names_no_model_is_told_once_per_change(start: Start) -> None:
    sidecar = await start()
    await sidecar.initialize(settings={"user": {"deny": ["test/smal"]}})

    def change(**user: object) -> None:
        settings = {"settings": {"user": user}}
        sidecar.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(**settings))

    async def told(**offered: object) -> list[str]:
        await sidecar.ask(
            "router/route", route_params(EASY, **offered)
        )  # tells what is on offer, and is answered last
        return [sidecar.messages.get_nowait() for _ in range(sidecar.messages.qsize())]

    words = "hydraAuto.{} (user) names '{}', but no model has such an id. Did you mean 'test/small'?".format
    assert await told() == [words("deny", "test/smal")]
    assert await told() == []
    assert await told(models=[{"vendor": "test", "id": "smal", "family": "smal"}]) == []
    assert await told() == []
    change(deny=["test/smal"], regime="quality", allow=["test/*", "test/smll"])
    assert await told() == [words("allow", "test/smll")]
    change(deny=["test/small"])
    assert await told() == []
    change(deny=["test/smal"])
    assert await told() == [words("deny", "test/smal")]


async def test_a_bad_setting_is_ignored_and_logged(start: Start) -> None:
    sidecar = await start()
    await sidecar.initialize(settings={"regime": {"value": "fast", "scope": "user"}})
    assert (await sidecar.ask("router/route", route_params(EASY))).regime == "balanced"
    assert "hydraAuto.regime ignored: expected one of quality, balanced, economy" in sidecar.log()


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ([], "params must be an object"),
        ({}, "requestId is missing"),
        (route_params(EASY, messages="hello"), "messages"),
        (route_params(EASY, messages=[{"role": "wizard"}]), "expected one of system, user, assistant"),
        (route_params(EASY, messages=[{"role": "user", "text": 3}]), "expected str @ $.messages[0].text"),
        (route_params(EASY, regime="cheap"), "expected one of quality, balanced, economy"),
        (route_params(EASY, tau=1.5), "tau is 1.5; it lies in [0, 1]"),
        (route_params(EASY, tau="much"), "expected float @ $.tau"),
        (route_params(EASY, tools="many"), "expected int @ $.tools"),
    ],
)
async def test_bad_params_get_an_error_response(sidecar: Sidecar, params: object, words: str) -> None:
    error = await error_of(sidecar.ask("router/route", params))
    assert error.code == -32602
    assert words in error.message
    assert error.data["reference"] == "invalid-params"


async def test_an_unknown_method_gets_an_error_response(sidecar: Sidecar) -> None:
    assert (await error_of(sidecar.ask("router/teleport", {}))).code == -32601


@pytest.mark.parametrize("method", ["router/route", "router/status", "router/catalog"])
async def test_a_request_before_initialize_gets_an_error_response(start: Start, method: str) -> None:
    sidecar = await start()
    error = await error_of(sidecar.ask(method, {}))
    assert (error.code, error.message) == (-32002, "initialize has not been called yet")


@pytest.mark.parametrize("text", ["", "   \n", "<environment_info>\nOS\n</environment_info>"])
async def test_a_request_without_words_is_an_outcome(sidecar: Sidecar, text: str) -> None:
    result = await sidecar.ask("router/route", route_params(text))
    assert (result.chosen, result.target, result.basis) == (None, None, "empty-prompt")
    assert [a.chosen for a in result.alternatives] == ["test/small", "test/middle", "test/large"]


async def test_models_that_the_catalog_does_not_know_are_an_outcome(sidecar: Sidecar) -> None:
    offered = [{"vendor": "test", "id": "other", "family": "other"}]
    result = await sidecar.ask("router/route", route_params(EASY, models=offered))
    assert (result.chosen, result.basis) == (None, "no-matching-model")


async def test_an_image_needs_a_model_that_reads_images(sidecar: Sidecar) -> None:
    result = await sidecar.ask("router/route", route_params("", messages=[user(EASY, images=1)]))
    assert result.chosen == "test/middle"


async def test_a_title_request_of_the_chat_view_is_not_scored(sidecar: Sidecar) -> None:
    result = await sidecar.ask("router/route", route_params(HARD, initiator="github.copilot-chat"))
    assert (result.chosen, result.basis, result.requirements) == ("test/small", "utility-request", None)


async def test_a_text_longer_than_every_window_is_an_outcome_with_reasons(sidecar: Sidecar) -> None:
    result = await sidecar.ask("router/route", route_params("word " * 200_000))
    assert (result.chosen, result.basis) == (None, "no-eligible-model")
    assert {c.reason for c in result.candidates} == {
        "285,714 context tokens needed, 28,000 offered",
        "285,714 context tokens needed, 123,904 offered",
        "285,714 context tokens needed, 195,904 offered",
    }


@pytest.mark.parametrize("text", ["fix \ud800 this", "\u0000\u0001", "ß" * 5_000])
async def test_odd_text_is_routed_all_the_same(sidecar: Sidecar, text: str) -> None:
    assert (await sidecar.ask("router/route", route_params(text))).chosen is not None


async def test_a_cancelled_request_is_answered_at_once(sidecar: Sidecar) -> None:
    await sidecar.ask("router/route", route_params(EASY))  # the encoder is loaded
    before = (await sidecar.ask("router/status", {})).decisions
    slow = [
        sidecar.client.protocol.send_request("router/route", route_params("word " * 2_000)) for _ in range(8)
    ]
    last = slow[-1]
    cancel = next(key for key, future in sidecar.client.protocol._request_futures.items() if future is last)
    sidecar.client.cancel_request(types.CancelParams(id=cancel))
    with pytest.raises(JsonRpcException) as caught:
        await asyncio.wait_for(asyncio.wrap_future(last), 60)
    assert caught.value.code == -32800
    await asyncio.gather(*(asyncio.wrap_future(future) for future in slow[:-1]))
    assert (await sidecar.ask("router/status", {})).decisions == before + 7


async def test_status_tells_what_is_loaded(sidecar: Sidecar) -> None:
    await sidecar.ask("router/route", route_params(EASY))
    status = await sidecar.ask("router/status", {})
    assert (status.state, status.protocolVersion, status.decisions) == ("ready", 1, 1)
    assert status.modelVersion
    assert status.catalog.models == 3


async def test_the_sidecar_says_when_it_is_ready(sidecar: Sidecar) -> None:
    status = await asyncio.wait_for(sidecar.status_changes.get(), 60)
    assert (status.state, status.error) == ("ready", None)


async def test_the_catalog_tells_where_each_value_was_set(sidecar: Sidecar) -> None:
    catalog = await sidecar.ask("router/catalog", {})
    assert [m.id for m in catalog.models] == ["test/small", "test/middle", "test/large"]
    assert catalog.problems == []


async def test_no_prompt_reaches_the_log(start: Start) -> None:
    sidecar = await start("--log-level", "debug")
    await sidecar.initialize()
    marker = "zanzibar-7731"
    await sidecar.ask("router/route", route_params(f"{EASY} {marker}"))
    await error_of(
        sidecar.ask("router/route", {**route_params(marker), "messages": [{"text": marker, "role": marker}]})
    )
    await error_of(sidecar.ask(f"router/{marker}", {"text": marker}))
    assert await sidecar.stop() == 0
    assert "decision r" in sidecar.log()
    assert marker not in sidecar.log()


async def test_a_missing_encoder_is_told_and_the_sidecar_lives(start: Start, tmp_path: Path) -> None:
    sidecar = await start("--model-dir", str(tmp_path / "nowhere"))
    await sidecar.initialize()
    error = await error_of(sidecar.ask("router/route", route_params(EASY)))
    assert (error.code, error.data["reference"]) == (-32803, "model-file-missing")
    assert error.data["hint"]
    assert error.data["barred"] == []
    status = await sidecar.ask("router/status", {})
    assert (status.state, status.error.reference) == ("failed", "model-file-missing")
    assert await sidecar.stop() == 0


async def test_without_an_encoder_it_still_tells_whom_a_fallback_may_not_use(
    start: Start, tmp_path: Path
) -> None:
    sidecar = await start("--model-dir", str(tmp_path / "nowhere"))
    await sidecar.initialize(settings={"user": {"deny": ["test/large"]}})
    params = route_params(EASY)
    params["models"] += [{"vendor": "elsewhere", "id": "large", "family": "large"}]  # an estimate
    error = await error_of(sidecar.ask("router/route", params))
    told = plain(error.data["barred"])
    assert [(one["vendor"], one["id"]) for one in told] == [("test", "large"), ("elsewhere", "large")]
    assert "deny" in told[0]["reason"]
    assert await sidecar.stop() == 0


async def test_a_broken_catalog_keeps_the_last_good_one(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "catalog.yaml"
    shutil.copy(CATALOG, path)
    sidecar = await start(catalog=path)
    await sidecar.initialize()
    good = await sidecar.ask("router/route", route_params(EASY))
    path.write_text(path.read_text().replace("input: 0.10", "input: cheap"))
    still = await sidecar.ask("router/route", route_params(EASY))
    assert still.chosen == good.chosen
    [problem] = (await sidecar.ask("router/status", {})).catalog.problems
    changes = [await asyncio.wait_for(sidecar.catalog_changes.get(), 60) for _ in range(2)]
    assert [(c.models, len(c.problems)) for c in changes] == [(3, 0), (3, 1)]
    assert (problem.line, problem.column) == (9, 20)
    assert "expected a number" in problem.message
    path.write_text(
        path.read_text().replace("input: cheap", "input: 90.0").replace("output: 0.40", "output: 99")
    )
    assert (await sidecar.ask("router/route", route_params(EASY))).chosen == "test/middle"


async def test_a_catalog_that_was_never_good_is_told(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "catalog.yaml"
    path.write_text("schema_version: 1\nmodels: 3\n")
    sidecar = await start(catalog=path)
    await sidecar.initialize()
    error = await error_of(sidecar.ask("router/route", route_params(EASY)))
    assert error.data["reference"] == "catalog-invalid"
    assert f"{path}:2:9" in error.message


async def test_shutdown_and_exit_end_with_status_zero(sidecar: Sidecar) -> None:
    assert await sidecar.stop() == 0


def test_a_client_that_goes_away_ends_the_sidecar() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hydra_auto", "serve"], input=b"", capture_output=True, timeout=60, check=False
    )
    assert done.stdout == b""
    assert b"Traceback" not in done.stderr


def test_noise_on_stdin_ends_in_no_traceback() -> None:
    noise = os.urandom(2_000)
    done = subprocess.run(
        [sys.executable, "-m", "hydra_auto", "serve"],
        input=noise,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert b"Traceback" not in done.stderr


def test_an_interrupt_ends_the_sidecar_quietly() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "hydra_auto", "serve"], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(3)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert b"Traceback" not in stderr


async def test_the_protocol_fixture_is_what_the_sidecar_says(start: Start) -> None:
    fixture = json.loads((FIXTURES / "protocol" / "route.json").read_text(encoding="utf-8"))
    sidecar = await start(catalog=None)
    await sidecar.initialize()
    result = plain(await sidecar.ask(fixture["method"], fixture["params"]))
    kept = fixture["result"]
    assert set(result) == set(kept)
    assert set(result["candidates"][0]) == set(kept["candidates"][0])
    assert set(result["explanation"]) == set(kept["explanation"])
    assert set(result["target"]) == set(kept["target"])
    assert set(result["alternatives"][0]) == set(kept["alternatives"][0])
    assert set(result["saving"]) == set(kept["saving"])
    assert set(result["timingMs"]) == set(kept["timingMs"])
    assert list(result["requirements"]) == list(kept["requirements"])
    assert (result["chosen"], result["requestId"]) == (kept["chosen"], kept["requestId"])


async def test_unknown_models_are_estimated_and_added_to_a_text(start: Start) -> None:
    fixture = json.loads((FIXTURES / "protocol" / "catalogAdd.json").read_text(encoding="utf-8"))
    sidecar = await start(catalog=None)
    await sidecar.initialize()
    params = fixture["params"]
    result = plain(await sidecar.ask(fixture["method"], params))
    assert set(result) == set(fixture["result"])
    assert [one["id"] for one in result["added"]] == [one["id"] for one in fixture["result"]["added"]]
    assert result["withoutRelative"] == fixture["result"]["withoutRelative"]
    assert result["text"].startswith(params["text"])
    routed = await sidecar.ask("router/route", route_params(EASY, models=params["models"]))
    assert (routed.target.id, routed.candidates[0].estimatedFrom.discount) == ("claude-sonnet-9", 0.05)
    assert "estimated from" in routed.explanation.line
    error = await error_of(sidecar.ask(fixture["method"], {**params, "text": "models: 3"}))
    assert error.data["reference"] == "catalog-invalid"
    settings = {"user": {"unknownModels": "ignore"}}
    sidecar.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings=settings))
    routed = await sidecar.ask("router/route", route_params(EASY, models=params["models"]))
    assert (routed.chosen, routed.basis) == (None, "no-matching-model")
