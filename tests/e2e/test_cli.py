"""The command line as a user meets it: output, exit status, one-line errors."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sidecar_process import CATALOG

pytestmark = pytest.mark.model

EASY = "Rename the variable userCnt to userCount."


def hydra(*args: str, stdin: str | bytes = "", status: int = 0) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(
        [sys.executable, "-m", "hydra_auto", *args],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == status, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    return done


def routed(*args: str, stdin: str | bytes = "") -> dict:
    return json.loads(hydra("route", "--json", "--catalog", str(CATALOG), *args, stdin=stdin).stdout)


def fails(*args: str, stdin: str | bytes = "", status: int = 2) -> str:
    done = hydra(*args, stdin=stdin, status=status)
    assert done.stdout == b""
    return done.stderr.decode()


def test_route_prints_one_json_object_with_the_documented_keys() -> None:
    decision = routed(EASY)
    assert {
        "chosen",
        "basis",
        "requirements",
        "tau",
        "regime",
        "candidates",
        "explanation",
        "timing_ms",
        "model_version",
    } <= set(decision)
    assert list(decision["requirements"]) == ["reasoning", "code_generation", "debugging", "tool_use"]
    assert {"id", "eligible", "reason", "shortfall", "shortfalls", "cost_usd"} <= set(
        decision["candidates"][0]
    )
    assert decision["chosen"] == "test/small"


def test_the_text_may_come_from_standard_input() -> None:
    assert routed("-", stdin=EASY)["requirements"] == routed(EASY)["requirements"]
    assert routed(stdin=EASY)["chosen"] == "test/small"


def test_gates_are_options() -> None:
    assert routed(EASY, "--image")["chosen"] == "test/middle"
    assert routed(EASY, "--context-tokens", "150000")["chosen"] == "test/large"
    assert routed(EASY, "--deny", "test/small")["chosen"] == "test/middle"
    assert routed(EASY, "--allow", "test/l*")["chosen"] == "test/large"
    assert routed(EASY, "--regime", "quality")["regime"] == "quality"
    by_tau = routed(EASY, "--tau", "0.5")
    assert (by_tau["tau"], by_tau["regime"], by_tau["tau_origin"]) == (0.5, None, "request --tau")


def test_three_lines_of_yaml_for_a_new_model_change_routing_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    route = ("route", "--json", EASY)
    before = json.loads(hydra(*route).stdout)
    assert before["chosen"] != "mine/new"
    own = Path(hydra("catalog", "init").stdout.decode().partition(": written")[0])
    assert own.is_relative_to(tmp_path)
    with own.open("a", encoding="utf-8") as file:
        file.write(
            "models:\n  - {id: mine/new, price: {input: 0, output: 0},\n"
            "     capabilities: {reasoning: 0.9, code_generation: 0.9, debugging: 0.9, tool_use: 0.9}}\n"
        )
    after = json.loads(hydra(*route).stdout)
    assert after["chosen"] == "mine/new"
    assert after["candidates"][1]["id"] == before["chosen"]
    assert after["requirements"] == before["requirements"]
    assert "mine/new: price set in user catalog.yaml:" in after["explanation"]["markdown"]


def test_no_eligible_model_is_a_finding_with_reasons() -> None:
    command = ("route", "--json", "--catalog", str(CATALOG), "--context-tokens", "9000000", EASY)
    decision = json.loads(hydra(*command, status=1).stdout)
    assert (decision["chosen"], decision["basis"]) == (None, "no-eligible-model")
    assert all("context tokens needed" in c["reason"] for c in decision["candidates"])


def test_the_human_view_marks_the_choice_and_says_why() -> None:
    shown = hydra("route", "--catalog", str(CATALOG), EASY).stdout.decode()
    assert shown.startswith("Small: cheapest within tau")
    assert re.search(r"▶\s+Small", shown)
    assert "within tau, dearer" in shown
    assert "Saves" in shown
    assert "\x1b[" not in shown  # not a terminal
    coloured = hydra("route", "--color", "always", "--catalog", str(CATALOG), EASY).stdout
    assert b"\x1b[" in coloured


def test_many_messages_are_routed_line_by_line(tmp_path: Path) -> None:
    lines = [
        {"id": "a", "text": EASY},
        {"id": 2, "text": EASY, "image": True},
        {"id": "c", "text": EASY, "tools": True, "context_tokens": 150_000},
        {"id": "d", "text": ""},
    ]
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(map(json.dumps, lines)))
    hydra("route", "--jsonl", str(source), "--out", str(out), "--catalog", str(CATALOG))
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(row["id"], row["chosen"]) for row in rows] == [
        ("a", "test/small"),
        (2, "test/middle"),
        ("c", "test/large"),
        ("d", None),
    ]
    assert rows[0]["requirements"] == routed(EASY)["requirements"]


def test_score_writes_requirements_and_resumes(tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("".join(json.dumps({"id": i, "text": f"{EASY} {i}"}) + "\n" for i in range(4)))
    hydra("score", str(source), "--out", str(out))
    whole = out.read_text()
    assert [json.loads(line)["id"] for line in whole.splitlines()] == [0, 1, 2, 3]
    assert set(json.loads(whole.splitlines()[0])) == {"id", "requirements"}
    # an interrupted run: two lines and half of the third
    first_two = "".join(whole.splitlines(keepends=True)[:2])
    (tmp_path / "out.jsonl.part").write_text(first_two.replace("0.", "0.0", 1) + '{"id": 2, "requ')
    hydra("score", str(source), "--out", str(out))
    again = out.read_text().splitlines()
    assert again[1:] == whole.splitlines()[1:]
    assert again[0] != whole.splitlines()[0]  # kept as the interrupted run left it
    assert not (tmp_path / "out.jsonl.part").exists()


def test_score_does_not_mix_two_runs(tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"id": "new", "text": "x"}\n')
    (tmp_path / "out.jsonl.part").write_text('{"id": "old", "requirements": {}}\n')
    assert "was left by a run over other input" in fails("score", str(source), "--out", str(out))


@pytest.mark.parametrize("text", ["", "   ", "\n\t\n"])
def test_an_empty_text_is_wrong_usage(text: str) -> None:
    assert fails("route", "-", stdin=text) == "hydra-auto: error: Nothing to route: the text is empty.\n"


def test_a_megabyte_of_text_is_routed() -> None:
    decision = routed("-", stdin="why does this fail? " * 50_000)
    assert decision["truncated"] is True
    assert decision["chosen"]


def test_binary_on_standard_input_is_wrong_usage() -> None:
    assert "not UTF-8 text (byte 1)" in fails("route", "-", stdin=b"a\xff\xfe\x00\x01")
    assert "looks binary" in fails("route", "-", stdin=b"PK\x03\x04\x00\x00")


def test_lone_surrogates_are_routed(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"id": "s", "text": "fix \\ud800 this"}\n')
    row = json.loads(hydra("score", str(source)).stdout)
    assert row["id"] == "s"
    assert routed(b"fix \xff this".decode("utf-8", "surrogateescape"))["chosen"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--regime", "fast"], "invalid choice: 'fast'"),
        (["--tau", "1.5"], "'1.5' is not a number from 0 to 1"),
        (["--tau", "nan"], "'nan' is not a number from 0 to 1"),
        (["--tau", "0.1", "--regime", "quality"], "not allowed with argument"),
        (["--context-tokens", "-3"], "is not a whole number of tokens"),
        (["--catalog", "nowhere.yaml"], "There is no catalog file nowhere.yaml"),
        (["--out", "x"], "--out goes with --jsonl"),
    ],
)
def test_wrong_options_are_told_in_words(args: list[str], words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hydra_auto", "route", EASY, *args],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {1, 2}
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "in.jsonl:2: not JSON"),
        ("[1]", "in.jsonl:2: expected a JSON object"),
        ('{"text": "x"}', 'in.jsonl:2: "id" must be text or a whole number'),
        ('{"id": 1, "text": 5}', 'in.jsonl:2: "text" must be text'),
        ('{"id": 1, "text": "x", "image": 1}', 'in.jsonl:2: "image" must be true or false'),
        ('{"id": 1, "text": "x", "context_tokens": -1}', 'in.jsonl:2: "context_tokens" must be'),
    ],
)
def test_a_bad_line_is_told_before_anything_is_decided(tmp_path: Path, line: str, words: str) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(f'{{"id": 0, "text": "x"}}\n{line}\n')
    assert words in fails("route", "--jsonl", str(source))


def test_a_broken_catalog_is_a_finding_with_every_place(tmp_path: Path) -> None:
    path = tmp_path / "catalog.yaml"
    path.write_text(
        CATALOG.read_text().replace("input: 0.10", "input: cheap").replace("0.95, tool", ".nan, tool")
    )
    told = fails("route", "--catalog", str(path), EASY, status=1)
    assert f"{path}:9:20: " in told
    assert f"{path}:29:" in told


def test_a_missing_or_altered_encoder_is_a_finding(tmp_path: Path) -> None:
    told = fails("route", "--model-dir", str(tmp_path), EASY, status=1)
    assert "is missing" in told
    assert told.count("\n") == 1


def test_doctor_finds_nothing_wrong() -> None:
    report = json.loads(hydra("doctor", "--json", "--catalog", str(CATALOG)).stdout)
    assert report["good"] is True
    assert [f["what"] for f in report["findings"]] == [
        "program",
        "libraries",
        "encoder",
        "catalog",
        "decision",
    ]


def test_doctor_names_what_is_wrong(tmp_path: Path) -> None:
    report = json.loads(hydra("doctor", "--json", "--model-dir", str(tmp_path), status=1).stdout)
    assert {f["what"]: f["good"] for f in report["findings"]}["encoder"] is False


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps({"id": i, "text": "x"}) + "\n" for i in range(300)))
    process = subprocess.Popen(
        [sys.executable, "-m", "hydra_auto", "route", "--jsonl", str(source)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) == 0
    assert process.stderr is not None
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()


def test_bench_measures_the_real_sidecar(tmp_path: Path) -> None:
    messages = tmp_path / "m.jsonl"
    messages.write_text("".join(json.dumps({"id": i, "text": EASY}) + "\n" for i in range(3)))
    command = ("bench", "--messages", str(messages), "--sample", "3", "--starts", "1", "--json")
    figures = json.loads(hydra(*command).stdout)
    assert figures["messages"] == 3
    assert 0 < figures["route_ms"]["p50"] <= figures["route_ms"]["p95"]
    assert figures["kinds"] == {}


def test_bench_tells_what_each_kind_of_message_takes(tmp_path: Path) -> None:
    sets = {"specstory_turns": EASY, "stack_eval": "Why? " * 300, "gpteacher_codegen": "x"}
    rows = [{"set": name, "id": i, "text": text} for name, text in sets.items() for i in range(4)]
    messages = tmp_path / "m.jsonl"
    messages.write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = ("bench", "--messages", str(messages), "--sample", "8", "--starts", "1")
    shown = hydra(*command).stdout.decode()
    turns, posts = (
        next(line for line in shown.splitlines() if kind in line)
        for kind in ("turns of agent sessions", "question posts")
    )
    assert turns.split()[-1] == "0%"
    assert posts.split()[-1] == "100%"
    assert "8 messages" in shown


def test_bench_without_an_encoder_says_what_is_missing(tmp_path: Path) -> None:
    messages = tmp_path / "m.jsonl"
    messages.write_text(json.dumps({"id": 1, "text": EASY}) + "\n")
    done = hydra("bench", "--messages", str(messages), "--model-dir", str(tmp_path), status=1)
    assert b"model_card.json is missing" in done.stderr


def test_help_names_every_command() -> None:
    shown = hydra("--help").stdout.decode()
    commands = ("route", "score", "serve", "catalog", "profile", "bench", "doctor", "train")
    assert all(f"\n    {command}" in shown for command in commands)
