import assert from "node:assert/strict";
import { fake } from "./vscode";
import { readSettings } from "../../src/settings";

describe("readSettings", () => {
  afterEach(() => {
    fake.settings.user = {};
    fake.settings.workspace = {};
  });

  it("takes a single text for a list of it, as the sidecar does: a slip sends no prompt to other vendors", () => {
    fake.settings.user = { vendors: "ollama" };
    assert.deepEqual(readSettings().vendors, [["ollama"], []]);
  });

  it("keeps the vendors of each scope apart, without what is no text", () => {
    fake.settings.user = { vendors: ["copilot", 3] };
    fake.settings.workspace = { vendors: ["ollama"] };
    assert.deepEqual(readSettings().vendors, [["copilot"], ["ollama"]]);
  });
});
