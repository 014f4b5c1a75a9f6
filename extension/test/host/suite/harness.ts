/** What the in-host tests share: the extension's own API, the fixture models, and ways to ask Auto. */

import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { Decision } from "../../../src/decision";
import type { HydraAutoApi } from "../../../src/extension";
import type { SidecarState } from "../../../src/sidecar/client";
import type { FixtureModels } from "../../fixture-models/extension";

export let api: HydraAutoApi;
export let models: FixtureModels;
let decisions: Decision[];

async function activated<T>(id: string): Promise<T> {
  const extension = vscode.extensions.getExtension<T>(id);
  assert.ok(extension, `${id} is not installed`);
  return extension.activate();
}

/** Resolves once the sidecar is in the state `kind`; says which one it is in if that takes too long. */
export async function sidecarState<K extends SidecarState["kind"]>(
  kind: K,
): Promise<SidecarState & { kind: K }> {
  const end = Date.now() + 50_000; // within mocha's own timeout
  for (;;) {
    const state = api.sidecarState();
    if (state.kind === kind) return state as SidecarState & { kind: K };
    assert.ok(Date.now() < end, `the sidecar is not ${kind} but ${JSON.stringify(state)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

interface Asked {
  readonly entry?: string;
  readonly options?: vscode.LanguageModelChatRequestOptions;
  readonly token?: vscode.CancellationToken;
}

type Message = string | vscode.LanguageModelChatMessage[];

export async function request(message: Message, { entry = "auto", options = {}, token }: Asked = {}) {
  const [auto] = await vscode.lm.selectChatModels({ vendor: "hydra-auto", id: entry });
  assert.ok(auto);
  const messages = typeof message === "string" ? [vscode.LanguageModelChatMessage.User(message)] : message;
  return auto.sendRequest(messages, options, token);
}

export async function parts(message: Message, asked: Asked = {}): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const part of (await request(message, asked)).stream) all.push(part);
  return all;
}

export async function answer(message: Message, asked: Asked = {}): Promise<string> {
  return (await parts(message, asked))
    .map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : ""))
    .join("");
}

export function lastDecision(): Decision {
  const last = decisions.at(-1);
  assert.ok(last, "nothing was decided");
  return last;
}

export function reason(): string {
  const { outcome } = lastDecision();
  return outcome.kind === "default" ? outcome.why : outcome.result.basis;
}

export async function set(name: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration("hydraAuto").update(name, value, vscode.ConfigurationTarget.Global);
}

/** Asks again until the answer holds what is wanted, for as long as a busy machine may take. */
export async function eventually<T>(answer: () => T | Thenable<T>, holds: (found: T) => boolean): Promise<T> {
  const end = Date.now() + 50_000;
  for (;;) {
    const found = await answer();
    if (holds(found)) return found;
    assert.ok(Date.now() < end, `the last answer is ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export const TOOL: vscode.LanguageModelChatTool = {
  name: "read_file",
  description: "Reads a file",
  inputSchema: { type: "object", properties: { path: { type: "string" } } },
};

const routeTimes: number[] = [];
after(() => {
  const sorted = routeTimes.sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]?.toFixed(0) ?? "?";
  console.log(
    `${sorted.length} decisions; from request to decision: median ${at(0.5)} ms, 90 % ${at(0.9)} ms`,
  );
});

before(async () => {
  models = await activated<FixtureModels>("hydra-auto-test.fixture-models");
  api = await activated<HydraAutoApi>("hydra-auto.hydra-auto");
  api.onDidDecide((decision) => {
    decisions.push(decision);
    if (decision.outcome.kind === "routed") routeTimes.push(decision.routeMs);
  });
  await sidecarState("ready");
});

beforeEach(() => {
  decisions = [];
  models.reset();
});
