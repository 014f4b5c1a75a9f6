/** Reads the files that the Python tests read, too, and makes models on offer. */

import * as fs from "node:fs";
import * as path from "node:path";
import type { RouteResult, WireModel } from "../../src/protocol";

export const EXTENSION_DIR = path.resolve(__dirname, "..", "..");
const FIXTURES = path.join(EXTENSION_DIR, "..", "tests", "fixtures");

export interface ProtocolFixture {
  readonly method: string;
  readonly params: unknown;
  readonly result: unknown;
}

export function protocolFixture(name: string): ProtocolFixture {
  return readJson(path.join(FIXTURES, "protocol", `${name}.json`)) as ProtocolFixture;
}

export function fixtureNames(folder: string): string[] {
  return fs
    .readdirSync(path.join(FIXTURES, folder))
    .filter((file) => file.endsWith(".json"))
    .map((file) => path.basename(file, ".json"));
}

export function chatFixture(name: string): unknown {
  return readJson(path.join(FIXTURES, "chat", `${name}.json`));
}

export function readJson(file: string): unknown {
  return JSON.parse(fs.readFileSync(file, "utf8"));
}

/** A model that VS Code offers. */
export const model = (vendor: string, id: string): WireModel => ({
  vendor,
  id,
  family: id,
  version: "1",
  name: id,
  maxInputTokens: 1000,
});
export const small = model("acme", "small");
export const medium = model("acme", "medium");
export const large = model("globex", "large");

/** A decision of the sidecar. */
export const result = (target: WireModel | null, more: Partial<RouteResult> = {}): RouteResult => ({
  requestId: "r",
  chosen: target?.id ?? null,
  basis: "within-tau",
  target,
  alternatives: [],
  requirements: null,
  tau: 0.025,
  regime: "balanced",
  candidates: [],
  explanation: { line: "because", markdown: "because" },
  saving: null,
  timingMs: {},
  modelVersion: "v",
  ...more,
});
