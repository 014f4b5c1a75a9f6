/** A sidecar that hangs, dies, is missing or too new: chat goes on. */

import assert from "node:assert/strict";
import * as vscode from "vscode";
import { EASY, HARD } from "../messages";
import { TOOL, answer, lastDecision, reason, set, sidecarState } from "./harness";

describe("a sidecar in trouble", () => {
  it("that hangs costs no more than the deadline: timeout", async () => {
    const { status } = await sidecarState("ready");
    await answer(EASY);
    await set("deadlineMs", 200);
    process.kill(status.pid, "SIGSTOP");
    try {
      assert.match(await answer(EASY), /^\[Fixture Small\]/);
      assert.equal(reason(), "timeout");
      assert.equal(lastDecision().answeredBy?.as, "last-good");
    } finally {
      process.kill(status.pid, "SIGCONT");
      await set("deadlineMs", 20_000);
    }
  });

  it("that is killed: chat goes on with the conversation's model, and it comes back by itself", async () => {
    const { status } = await sidecarState("ready");
    const options = { modelOptions: { _conversationId: "hard one" }, tools: [TOOL] };
    assert.match(await answer(HARD, { options }), /^\[Fixture Large\]/);
    process.kill(status.pid, "SIGKILL");
    await sidecarState("failed");
    assert.match(await answer(EASY, { options }), /^\[Fixture Large\]/);
    assert.equal(reason(), "sidecar-failed");
    assert.equal(lastDecision().answeredBy?.as, "last-good");

    const again = await sidecarState("ready");
    assert.notEqual(again.status.pid, status.pid);
    assert.match(await answer(EASY), /^\[Fixture Small\]/);
    assert.equal(reason(), "within-tau");
  });

  it("that is killed while it decides: the request is answered all the same", async () => {
    const { status } = await sidecarState("ready");
    process.kill(status.pid, "SIGSTOP");
    const asked = answer(EASY);
    process.kill(status.pid, "SIGKILL");
    assert.match(await asked, /answers/);
    assert.equal(reason(), "sidecar-failed");
    await sidecarState("ready");
  });

  it("with a bad interpreter: default model, and back again when the setting is right", async () => {
    await set("python", "/nowhere/python");
    const state = await sidecarState("failed");
    assert.equal(state.problem, "not-found");
    assert.match(state.message, /\/nowhere\/python.*hydraAuto\.python/);
    assert.match(await answer(EASY), /answers/);
    assert.equal(reason(), "sidecar-failed");
    await set("python", undefined);
    await sidecarState("ready");
    assert.match(await answer(EASY), /^\[Fixture Small\]/);
  });

  it("that is not there: what the user rules out meanwhile is no default model", async () => {
    await sidecarState("ready");
    assert.match(await answer(EASY), /^\[Fixture Small\]/);
    await set("python", "/nowhere/python");
    await sidecarState("failed");
    try {
      await set("deny", ["test/small"]); // the catalog's id, not VS Code's
      assert.match(await answer(EASY), /^\[Fixture Medium\]/);
      assert.equal(reason(), "sidecar-failed");
      await set("maxPrice", 3);
      await assert.rejects(answer(EASY), /none of your models now\. Its sidecar gave no answer/);
    } finally {
      await set("maxPrice", undefined);
      await set("deny", undefined);
      await set("python", undefined);
    }
    await sidecarState("ready");
    assert.match(await answer(EASY), /^\[Fixture Small\]/);
  });

  it("in an interpreter without the package: says how it ended, chat goes on", async () => {
    await set("sidecarCommand", ["/bin/sh", "-c", "exit 3"]);
    const state = await sidecarState("failed");
    assert.deepEqual([state.problem, state.message], ["crashed", "The sidecar ended with status 3."]);
    assert.match(await answer(EASY), /answers/);
    await set("sidecarCommand", undefined);
    await sidecarState("ready");
  });

  it("that speaks another protocol is refused", async () => {
    const newer = `
import sys, json
def read():
    length = 0
    while (line := sys.stdin.buffer.readline().strip()):
        if line.lower().startswith(b"content-length:"): length = int(line.split(b":")[1])
    return json.loads(sys.stdin.buffer.read(length))
request = read()
result = {"capabilities": {"experimental": {"hydraAuto": {"protocolVersion": 99}}}}
body = json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}).encode()
sys.stdout.buffer.write(b"Content-Length: %d\\r\\n\\r\\n" % len(body) + body); sys.stdout.flush()
read(); read()`;
    await set("sidecarCommand", [process.env.HYDRA_AUTO_PYTHON, "-c", newer]);
    const state = await sidecarState("failed");
    assert.equal(state.problem, "refused");
    assert.match(state.message, /protocol 99/);
    await set("sidecarCommand", undefined);
    await sidecarState("ready");
  });

  it("that is just starting: a request waits for it, within the deadline", async () => {
    const restarted = vscode.commands.executeCommand("hydraAuto.restartSidecar");
    assert.match(await answer(EASY), /^\[Fixture Small\]/);
    assert.equal(reason(), "within-tau");
    await restarted;
  });

  it("restarts on command", async () => {
    const { status } = await sidecarState("ready");
    await vscode.commands.executeCommand("hydraAuto.restartSidecar");
    assert.notEqual((await sidecarState("ready")).status.pid, status.pid);
  });
});
